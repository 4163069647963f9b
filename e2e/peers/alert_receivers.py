"""Receives alerts and says how it found them: webhooks by the published library of Standard Webhooks and the
published schema, mails by aiosmtpd with TLS and a user.

alert_receivers.py FOLDER SCHEMA WEBHOOK_PORT SMTP_PORT STARTTLS|TLS; `server.pem` and `server.key` are in the
folder, the signing secret is in its `secret` once it is known, in `takes` how many seconds each webhook takes. What
came is a line of `received` each. Of the receivers of mail `nobody` is not known, and `later` is put off once.
"""

import email
import email.policy
import json
import pathlib
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonschema
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

folder = pathlib.Path(sys.argv[1])
schema = json.loads(pathlib.Path(sys.argv[2]).read_text())
web_port, smtp_port, how = int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
lock = threading.Lock()
put_off = set()


def received(**what):
    with lock, open(folder / "received", "a") as file:
        file.write(json.dumps(what) + "\n")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:  # whoever sent it was killed
            return
        body = body.decode()
        secret = (folder / "secret").read_text().strip()
        try:
            message = Webhook(secret).verify(body, dict(self.headers))
            jsonschema.validate(message, schema)
            verdict = "good"
        except (WebhookVerificationError, jsonschema.ValidationError) as fault:
            message, verdict = None, repr(fault)
        headers = {name.lower(): value for name, value in self.headers.items()}
        received(
            kind="webhook", verdict=verdict, message=message, id=headers["webhook-id"], body=body, headers=headers
        )
        time.sleep(float((folder / "takes").read_text()))
        self.send_response(204 if verdict == "good" else 400)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        # of TLS from the first byte aiosmtpd notes nothing in the session
        tls = session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None
        received(
            kind="mail", sender=envelope.mail_from, to=envelope.rcpt_tos, tls=tls,
            user=session.auth_data, subject=mail["subject"], automatic=mail["auto-submitted"],
            date=mail["date"].datetime.isoformat(), id=mail["message-id"], text=mail.get_content(),
        )
        return "250 2.0.0 taken"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        if address.startswith("later") and address not in put_off:
            put_off.add(address)
            return "451 4.7.1 come again"
        envelope.rcpt_tos.append(address)
        return "250 ok"


def authenticate(server, session, envelope, mechanism, data):
    if isinstance(data, LoginPassword) and data.login == b"grantd" and data.password == "pass wörd".encode():
        return AuthResult(success=True, auth_data="grantd")
    return AuthResult(success=False, handled=False)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder / "server.pem", folder / "server.key")
settings = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": how == "starttls"}
if how == "tls":
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=smtp_port, ssl_context=context, **settings)
else:
    controller = Controller(
        Mailbox(), hostname="127.0.0.1", port=smtp_port, tls_context=context, require_starttls=True, **settings
    )
controller.start()
print("ready", flush=True)
ThreadingHTTPServer(("127.0.0.1", web_port), Receiver).serve_forever()
