"""Measures email listeners beside exchangelib, on one mailbox server in one run.

Usage: bench_mail.py GRANTD

GRANTD is the release binary. Three figures are told: how much memory a mail with an attachment of 150 MB
takes beyond what grantd has anyhow, as MIME and in parts; the CPU time per delivered mail of 20 kB with one attachment, of grantd's
process and of this one with exchangelib; and the memory of 1,000 listeners on 1,000 mailboxes.
"""

import base64
import email.message
import email.policy
import hashlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the sandbox speaks plain HTTP, which oauthlib refuses

from exchangelib import (
    IMPERSONATION, OAUTH2, UTC, Account, Configuration, Identity, Message, OAuth2Credentials)

GRANTD = pathlib.Path(sys.argv[1])
TICKS = os.sysconf("SC_CLK_TCK")
MAILS, LISTENERS = 1000, 1000
GATES = {"memory_mb": 40, "share": 0.1, "listeners_mb": 300, "threads": 32}


def get(url, key=None):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return json.loads(answer.read())


def send(method, url, body, key=None):
    kind = "application/json" if isinstance(body, (dict, list)) else "message/rfc822"
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return answer.read()


def wait(what, holds, seconds=300):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {seconds} s")
        time.sleep(0.1)


class Program:
    """A process, with its CPU time and memory."""

    def __init__(self, arguments, **more):
        self.process = subprocess.Popen([GRANTD, *arguments], **more)
        self.proc = pathlib.Path(f"/proc/{self.process.pid}")

    def cpu(self):
        fields = (self.proc / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, name):
        line = next(it for it in (self.proc / "status").read_text().splitlines() if it.startswith(name))
        return int(line.split()[1]) / 1024

    def threads(self):
        return len(list((self.proc / "task").iterdir()))

    def forget_peak(self):
        (self.proc / "clear_refs").write_text("5")

    def end(self):
        self.process.terminate()
        self.process.wait()


def new_mail(number, size):
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"] = "A Shop <shop@example.net>"
    mail["To"] = "sales@example.com"
    mail["Subject"] = f"Order {number}"
    mail["Message-ID"] = f"<{number}@example.net>"
    mail.set_content("The order is attached.\n" * 40)
    mail.add_attachment(os.urandom(size), "application", "pdf", filename="order.pdf")
    return mail.as_bytes()


class Stage:
    def __init__(self, folder, mailboxes):
        self.folder = pathlib.Path(folder)
        secret = self.folder / "secret"
        secret.write_text("secret-of-the-sandbox")
        secret.chmod(0o600)
        arguments = ["sandbox", "--output", "json", "--client-secret-file", secret]
        for mailbox in mailboxes:
            arguments += ["--mailbox", mailbox]
        self.sandbox = Program(arguments, stdout=subprocess.PIPE, text=True)
        text = ""
        while not text.rstrip().endswith("}"):
            text += self.sandbox.process.stdout.readline()
        self.told = json.loads(text)
        spool = self.folder / "spool"
        spool.mkdir()
        (self.folder / "grantd.toml").write_text(
            '[server]\nlisten = "127.0.0.1:0"\n[egress]\nallow = ["127.0.0.1/32"]\n'
            f'[spools.orders]\nfolder = "{spool}"\n')
        # into a file: what nobody reads out of a pipe makes the writer wait
        log = self.folder / "grantd.log"
        with log.open("w") as file:
            self.grantd = Program(
                ["serve", "--state-dir", self.folder / "state", "--config", self.folder / "grantd.toml"],
                stderr=file)
        wait("grantd listens", lambda: "listening on http" in log.read_text(), 30)
        self.url = log.read_text().split("listening on ")[1].split()[0].split('"')[0]
        self.key = (self.folder / "state/admin.key").read_text().strip()
        send("POST", f"{self.url}/v1/credentials", {
            "name": "Mailer", "client_id": self.told["client_id"], "client_secret": secret.read_text(),
            "token_endpoint": self.told["token_endpoint"], "scope": self.told["scope"],
            "allowed_mailboxes": ["*@example.com"], "bound_hosts": ["127.0.0.1"]}, self.key)

    def put(self, mailbox, mime):
        send("PUT", f"{self.told['url']}/mailboxes/{mailbox}/inbox", mime)

    def listen(self, name, mailbox, **more):
        send("POST", f"{self.url}/v1/listeners", {
            "name": name, "credential": "mailer", "mailbox": mailbox, "start": "unread", "interval_s": 1,
            "endpoint": self.told["mail_endpoint"], "delivery": {"spool": "orders"}} | more, self.key)

    def delivered(self):
        return sum(1 for it in os.scandir(self.folder / "spool") if it.name.endswith(".json"))

    def unread(self, mailbox):
        mails = get(f"{self.told['url']}/mailboxes/{mailbox}/inbox")
        return sum(1 for it in mails if not it["is_read"])

    def end(self):
        self.grantd.end()
        self.sandbox.end()


def memory_of_a_large_mail(content):
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder, ["large@example.com"])
        try:
            stage.listen("Large", "large@example.com", content=content)
            stage.put("large@example.com", new_mail(0, 1000))
            wait("the first mail", lambda: stage.delivered() == 1)
            time.sleep(2)
            stage.grantd.forget_peak()
            before = stage.grantd.memory("VmRSS")
            stage.put("large@example.com", new_mail(1, 150_000_000))
            wait("the large mail", lambda: stage.delivered() == 2)
            time.sleep(1)
            return before, stage.grantd.memory("VmHWM") - before
        finally:
            stage.end()


class SandboxCredentials(OAuth2Credentials):
    token_url = None
    scope = ["https://outlook.office365.com/.default"]


def by_exchangelib(stage, mailbox, folder):
    """The same work: new mails by sync, their MIME, envelope and attachments as durable files of the same names,
    the envelope last, and marked as read."""
    SandboxCredentials.token_url = stage.told["token_endpoint"]
    secret = (stage.folder / "secret").read_text()
    credentials = SandboxCredentials(stage.told["client_id"], secret, "sandbox", Identity(upn=mailbox))
    config = Configuration(
        credentials=credentials, service_endpoint=stage.told["mail_endpoint"], auth_type=OAUTH2)
    account = Account(
        mailbox, config=config, access_type=IMPERSONATION, autodiscover=False, default_timezone=UTC)
    fields = ["subject", "sender", "to_recipients", "datetime_received", "message_id", "is_read", "size",
              "has_attachments", "importance", "categories", "headers", "mime_content", "attachments"]
    inbox, done = account.inbox, 0
    new = [item for kind, item in inbox.sync_items(only_fields=["is_read"]) if kind == "create"]
    desk = folder / ".work"
    desk.mkdir()
    for at in range(0, len(new), 20):
        ids = [(it.id, it.changekey) for it in new[at:at + 20]]
        items = list(account.fetch(ids, only_fields=[inbox.normalize_fields([it])[0] for it in fields]))
        for number, item in enumerate(items):
            deliver(folder, desk, f"{at + number:06}", item)
        sync(folder)
        for number in range(len(items)):
            name = f"{at + number:06}"
            (desk / f"{name}.json").rename(folder / f"{name}.json")
        sync(folder)
        for item in items:
            item.is_read = True
            done += 1
        account.bulk_update([(it, ["is_read"]) for it in items], suppress_read_receipts=True)
    return done


def deliver(folder, desk, name, item):
    parsed = email.message_from_bytes(item.mime_content, policy=email.policy.default)
    text = parsed.get_body(("plain",))
    envelope = {
        "subject": item.subject, "from": item.sender.email_address, "message_id": item.message_id,
        "to": [it.email_address for it in item.to_recipients or []], "size": item.size,
        "received_at": str(item.datetime_received), "headers": [(it.name, it.value) for it in item.headers],
        "text": text and text.get_content(), "attachments": [],
        "mime": {"file": f"{name}.eml", "sha256": hashlib.sha256(item.mime_content).hexdigest()}}
    attachments = desk / "attachments"
    attachments.mkdir()
    for number, part in enumerate(parsed.iter_attachments(), 1):
        content = part.get_content()
        file = f"{number:02}-{part.get_filename()}"
        write(attachments / file, content)
        envelope["attachments"].append({
            "file": f"{name}.attachments/{file}", "content_type": part.get_content_type(), "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest()})
    sync(attachments)
    attachments.rename(folder / f"{name}.attachments")
    write(desk / "mail.eml", item.mime_content)
    (desk / "mail.eml").rename(folder / f"{name}.eml")
    write(desk / f"{name}.json", json.dumps(envelope, indent=2).encode())


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(folder):
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def cpu_per_mail():
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder, ["ours@example.com", "theirs@example.com"])
        try:
            for number in range(MAILS):
                mime = new_mail(number, 13_500)
                stage.put("ours@example.com", mime)
                stage.put("theirs@example.com", mime)
            begun, cpu = time.monotonic(), stage.grantd.cpu()
            stage.listen("Ours", "ours@example.com")
            wait("all mails", lambda: stage.delivered() == MAILS)
            took = time.monotonic() - begun
            wait("all are marked", lambda: stage.unread("ours@example.com") == 0)
            ours = stage.grantd.cpu() - cpu
            target = pathlib.Path(folder) / "theirs"
            target.mkdir()
            begun, cpu = time.monotonic(), time.process_time()
            done = by_exchangelib(stage, "theirs@example.com", target)
            theirs, theirs_took = time.process_time() - cpu, time.monotonic() - begun
            assert done == MAILS and stage.unread("theirs@example.com") == 0, done
            return len(mime), ours / MAILS, took, theirs / MAILS, theirs_took
        finally:
            stage.end()


def many_listeners():
    with tempfile.TemporaryDirectory() as folder:
        mailboxes = [f"box{number:04}@example.com" for number in range(LISTENERS)]
        stage = Stage(folder, mailboxes)
        try:
            for number, mailbox in enumerate(mailboxes):
                stage.listen(f"Listener {number}", mailbox, interval_s=10)
            for number, mailbox in enumerate(mailboxes):
                stage.put(mailbox, new_mail(number, 13_500))
            wait("a mail of each", lambda: stage.delivered() == LISTENERS)
            time.sleep(15)
            cpu = stage.grantd.cpu()
            time.sleep(20)
            busy = (stage.grantd.cpu() - cpu) / 20
            return stage.grantd.memory("VmRSS"), stage.grantd.memory("VmHWM"), stage.grantd.threads(), busy
        finally:
            stage.end()


most = 0
for way, content in [("as MIME", {}), ("in parts", {"most_mime_bytes": 1_000_000})]:
    before, more = memory_of_a_large_mail(content)
    most = max(most, more)
    print(f"a mail with 150 MB, {way}: {more:.1f} MiB beyond the {before:.1f} MiB before "
          f"(gate {GATES['memory_mb']})")
size, ours, took, theirs, theirs_took = cpu_per_mail()
share = ours / theirs
print(f"CPU per mail of {size:,} bytes with one attachment, {MAILS} mails: grantd {ours * 1000:.2f} ms "
      f"({took:.1f} s in all), exchangelib {theirs * 1000:.2f} ms ({theirs_took:.1f} s): {share:.3f} "
      f"(gate {GATES['share']})")
rss, peak, threads, busy = many_listeners()
print(f"{LISTENERS} listeners on {LISTENERS} mailboxes, each looking every 10 s: {rss:.1f} MiB, at most "
      f"{peak:.1f} MiB (gate {GATES['listeners_mb']}), {threads} threads (gate {GATES['threads']}), {busy * 100:.1f} % of a core")
over = [most > GATES["memory_mb"], share > GATES["share"], peak > GATES["listeners_mb"],
        threads > GATES["threads"]]
sys.exit(any(over))
