"""Passes HTTP on to a server, and keeps what was said of Exchange Web Services.

Usage: record_mail.py TARGET FOLDER

TARGET is HOST:PORT. It prints its own port on the first line. Each exchange becomes two files in FOLDER:
NUMBER-OPERATION-STATUS-request.xml and the same with `answer`.
"""

import http.client
import http.server
import itertools
import pathlib
import re
import sys

HOP_BY_HOP = {"connection", "content-length", "date", "transfer-encoding"}
target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
numbers = itertools.count(1)


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection(target, timeout=60)
        passed = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP | {"host"}}
        try:
            connection.request(self.command, self.path, body, passed)
            answer = connection.getresponse()
            said = answer.read()
        except (http.client.HTTPException, OSError):
            # the server broke off: so does this
            self.close_connection = True
            return
        finally:
            connection.close()
        if self.path.lower().endswith("/exchange.asmx"):
            self.keep(body, answer, said)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def keep(self, request, answer, said):
        operation = re.search(rb"Body>\s*<(?:\w+:)?(\w+)", request)
        operation = operation.group(1).decode() if operation else "none"
        name = f"{next(numbers):05}-{operation}-{answer.status}"
        (folder / f"{name}-request.xml").write_bytes(request)
        if (answer.getheader("Content-Type") or "").startswith("text/xml"):
            (folder / f"{name}-answer.xml").write_bytes(said)

    do_GET = do_PUT = do_POST = pass_on

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
print(server.server_address[1], flush=True)
server.serve_forever()
