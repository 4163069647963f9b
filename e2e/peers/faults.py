"""The way between grantd and the authorization server, as an addon of mitmproxy: it does to token requests what it
was told last, and shows the certificate it was told.

POST /e2e/fault takes {"fault": NAME, "at": [PREFIX, ...], "certificate": NAME}: the fault, for requests whose path
begins so, and the certificate that is shown, NAME/server.pem and NAME/server.key in the folder CERTIFICATES. The
first part of a path is for this alone: the server gets the rest.
"""

import asyncio
import json
import os
import pathlib
import socket
import struct

from mitmproxy import ctx, http
from OpenSSL import SSL

JSON = {"content-type": "application/json"}
PAGE = b"<!doctype html><title>Sign in</title><p>Please sign in to the network of the airport.</p>"
TOKEN = {"access_token": "not-from-the-server", "token_type": "Bearer", "expires_in": 600}
# longer than grantd waits in the tests
HANGS_S = 20


def issued(**more):
    return json.dumps(TOKEN | more).encode()


def cut():
    """A response that ends before it is complete."""
    response = http.Response.make(200, issued()[:20], JSON)
    response.headers["content-length"] = str(len(issued()))
    response.headers["connection"] = "close"
    return response


def huge():
    """More than is read, which is not told in advance."""
    response = http.Response.make(200, issued(padding="x" * (3 << 20)), JSON)
    del response.headers["content-length"]
    response.headers["transfer-encoding"] = "chunked"
    return response


ANSWERS = {
    "failed": lambda: http.Response.make(500, b'{"error": "server_error"}', JSON),
    "maintenance": lambda: http.Response.make(503, b"back soon", {"retry-after": "1"}),
    "too_many": lambda: http.Response.make(429, b'{"error": "slow_down"}', JSON),
    "cut": cut,
    "truncated": lambda: http.Response.make(200, issued()[:-20], JSON),
    "page": lambda: http.Response.make(200, PAGE, {"content-type": "text/html"}),
    "huge": huge,
    "redirect": lambda: http.Response.make(307, b"", {"location": "https://login.example/token"}),
}


def reset(connection):
    """Ends a connection without a word (RST)."""
    for handler in ctx.master.addons.get("proxyserver").connections.values():
        if handler.client is connection:
            linger = struct.pack("ii", 1, 0)
            peer = handler.transports[connection].writer.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


class Faults:
    def __init__(self):
        self.told = {"fault": None, "at": [], "certificate": "good"}
        # the certificate that each connection was shown
        self.shown = {}

    def tls_start_client(self, tls_start):
        name = self.told["certificate"]
        folder = pathlib.Path(os.environ["CERTIFICATES"]) / name
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate_chain_file(str(folder / "server.pem"))
        context.use_privatekey_file(str(folder / "server.key"))
        tls_start.ssl_conn = SSL.Connection(context)
        tls_start.ssl_conn.set_accept_state()
        self.shown[tls_start.conn.id] = name

    def client_disconnected(self, client):
        self.shown.pop(client.id, None)

    async def request(self, flow):
        if flow.request.path == "/e2e/fault":
            self.told = json.loads(flow.request.content)
            flow.response = http.Response.make(204)
            return
        fault = self.told["fault"]
        path = flow.request.path
        flow.request.path = path[path.index("/", 1):]
        if self.shown.get(flow.client_conn.id) != self.told["certificate"]:
            # as if it had been restarted
            flow.kill()
        elif not any(path.startswith(prefix) for prefix in self.told["at"]):
            pass
        elif fault == "reset":
            reset(flow.client_conn)
            flow.kill()
        elif fault == "hang":
            await asyncio.sleep(HANGS_S)
        elif fault in ANSWERS:
            flow.response = ANSWERS[fault]()
        elif fault == "mislabelled":
            flow.metadata[fault] = True

    def response(self, flow):
        if flow.metadata.get("mislabelled"):
            flow.response.headers["content-type"] = "application/octet-stream"


addons = [Faults()]
