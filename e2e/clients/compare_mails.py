"""Compares how grantd reads mails with how CPython's `email` package reads the same bytes.

Usage: compare_mails.py DELIVERED MAILS...

DELIVERED is the folder into which a listener delivered: `.eml` and `.json` of each mail, and its
attachments. MAILS are the folders of what was put into the mailbox; names are relative to them. Every
difference has to be explained below, and every explanation has to be needed.
"""

import hashlib
import json
import sys
from datetime import datetime, timezone
from email import message_from_bytes, policy
from pathlib import Path

# Why differences are accepted: the reason, then the mails with their fields.
REASONS = {
    "the name stands in a comment, as RFC 822 had it; CPython drops comments": """
        msg_01.txt:from msg_03.txt:from msg_04.txt:from msg_06.txt:from msg_14.txt:from msg_20.txt:from
        msg_27.txt:from msg_27.txt:to msg_29.txt:from msg_44.txt:from""",
    "a word without @ is no address (RFC 5322, 3.4.1), so grantd takes it for a name": """
        msg_05.txt:from msg_05.txt:to msg_15.txt:to rfc/001.eml:from rfc/001.eml:to rfc/004.eml:from
        rfc/004.eml:to""",
    "`<>` is no address where somebody has to be named (RFC 5322, 3.4)": "msg_43.txt:from",
    "a subject is told on one line, without tabs": "msg_27.txt:subject",
    "bytes within an encoded word (RFC 2047, 2 forbids them): grantd decodes, CPython gives up": """
        legacy/009.eml:to legacy/009.eml:subject legacy/015.eml:to legacy/015.eml:subject
        legacy/016.eml:to legacy/016.eml:subject legacy/018.eml:to legacy/018.eml:subject
        legacy/023.eml:to legacy/023.eml:subject legacy/024.eml:to legacy/024.eml:subject
        legacy/025.eml:to legacy/025.eml:subject legacy/026.eml:to legacy/026.eml:subject
        legacy/050.eml:to legacy/050.eml:subject legacy/051.eml:to legacy/051.eml:subject""",
    "white space between encoded words is none (RFC 2047, 6.2); CPython keeps it": "legacy/011.eml:to",
    "a mail within in base64 (RFC 2046, 5.2.1 forbids it): only grantd decodes": "rfc/008.eml:attachments",
    "a multipart has the boundary of its parent (RFC 2046, 5.1.2 forbids it)": """
        msg_15.txt:attachments msg_39.txt:attachments""",
    "blanks behind the name of an encoding: only grantd decodes": "thirdparty/003.eml:attachments",
    "what stands before the first part of an attached mail: CPython does not write it again": """
        msg_42.txt:attachments""",
    "no `;` before the boundary: only grantd finds the parts": "malformed/017.eml:attachments",
    "`Content-Type` twice: grantd takes the last one, CPython the first": """
        malformed/020.eml:text malformed/020.eml:html malformed/021.eml:text malformed/021.eml:html""",
    "random bytes: CPython finds no boundary in them": """
        malformed/019.eml:to malformed/019.eml:subject malformed/019.eml:message-id
        malformed/019.eml:date malformed/019.eml:text malformed/019.eml:html
        malformed/019.eml:attachments""",
    "a boundary with a blank at its end (RFC 2046, 5.1.1 forbids it)": "malformed/005.eml:text",
}
ACCEPTED = {tuple(it.rsplit(":", 1)): why for why, them in REASONS.items() for it in them.split()}


class Reading(policy.EmailPolicy):
    """RFC 6532 lets a header be UTF-8; CPython reads bytes as ASCII, and would show U+FFFD."""

    def header_fetch_parse(self, name, value):
        value = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return super().header_fetch_parse(name, value)


def parse(raw):
    """The mail, with structured headers wherever CPython can parse them."""
    # long lines of mails within would be folded anew
    message = message_from_bytes(raw, policy=Reading(refold_source="none"))
    try:
        for part in message.walk():
            part.items()
        return message
    except Exception:  # its parsers of headers raise IndexError, AttributeError and others
        return message_from_bytes(raw, policy=policy.compat32)


def addresses(message, field):
    lists = [getattr(it, "addresses", ()) for it in message.get_all(field, [])]
    return [(one.display_name, one.addr_spec) for people in lists for one in people]


def instant(message):
    date = getattr(message["date"], "datetime", None)
    # `-0000` makes a date without zone, which is one in UTC (RFC 5322, 3.3)
    if date is not None and date.tzinfo is None:
        date = date.replace(tzinfo=timezone.utc)
    return date and date.astimezone(timezone.utc)


def plain(text):
    """Text without what transport may change: line ends, and white space at ends of lines."""
    lines = (text or "").replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip()


def digest(content, kind):
    if kind.startswith("message/"):
        # CPython keeps no bytes of mails and reports within; writing them again changes white space
        content = b"".join(content.split())
    return hashlib.sha256(content).hexdigest()[:12]


def leaves(part):
    """What holds content; a mail within the mail is one leaf, a multipart without parts is none."""
    if part.get_content_maintype() != "multipart":
        yield part
    elif part.is_multipart():
        for child in part.get_payload():
            yield from leaves(child)
    elif part.get_payload().strip():
        yield part


def content(part):
    if part.is_multipart():
        return b"".join(it.as_bytes(unixfrom=bool(it.get_unixfrom())) for it in part.get_payload())
    return part.get_payload(decode=True)


def text(part):
    if part is None:
        return None
    try:
        return part.get_payload(decode=True).decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return part.get_payload(decode=True).decode("utf-8", "replace")


def by_python(raw):
    message = parse(raw)
    parts = list(leaves(message))
    shown = [it for it in parts if it.get_content_disposition() != "attachment"]
    bodies = [
        next((it for it in shown if it.get_content_type() == kind), None)
        for kind in ("text/plain", "text/html")
    ]
    # whatever is not shown as the text or the HTML has to be somewhere, or it is lost
    attached = [it for it in parts if not any(it is body for body in bodies)]
    return {it: addresses(message, it) for it in ("from", "to", "cc", "reply-to")} | {
        "subject": str(message.get("subject", "")).strip(),
        "message-id": str(message.get("message-id", "")).strip(" \t<>") or None,
        "date": instant(message),
        "text": plain(text(bodies[0])),
        "html": plain(text(bodies[1])),
        "attachments": [
            (it.get_content_type(), it.get_filename(), digest(content(it), it.get_content_type()))
            for it in attached
        ],
    }


def by_grantd(envelope, folder):
    def people(field):
        return [(it["name"] or "", it["address"] or "") for it in envelope[field]]

    date = envelope["date"]
    return {it: people(it.replace("-", "_")) for it in ("from", "to", "cc", "reply-to")} | {
        "subject": envelope["subject"].strip(),
        "message-id": envelope["message_id"],
        "date": date and datetime.fromisoformat(date.replace("Z", "+00:00")),
        "text": plain(envelope["text"]),
        "html": plain(envelope["html"]),
        "attachments": [
            (it["content_type"], it["original_name"],
             digest((folder / it["file"]).read_bytes(), it["content_type"]))
            for it in envelope["attachments"]
        ],
    }


def main(delivered, *folders):
    envelopes = {}
    for file in delivered.glob("*.json"):
        mail = file.with_suffix(".eml").read_bytes()
        envelopes[hashlib.sha256(mail).hexdigest()] = json.loads(file.read_bytes())
    mails = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.suffix in (".eml", ".txt")
    }
    unexplained, unused = 0, set(ACCEPTED)
    for name, raw in mails.items():
        envelope = envelopes.get(hashlib.sha256(raw).hexdigest())
        python = by_python(raw) if envelope else {"delivered": True}
        grantd = by_grantd(envelope, delivered) if envelope else {"delivered": False}
        for field in (it for it in python if python[it] != grantd[it]):
            unused.discard((name, field))
            if (name, field) not in ACCEPTED:
                unexplained += 1
                sides = f"    CPython  {python[field]!r:.400}\n    grantd   {grantd[field]!r:.400}"
                print(f"{name}  {field}\n{sides}")
    for name, field in sorted(unused):
        print(f"{name}  {field}\n    is explained, but there is no difference")
    print(f"{len(mails)} mails: {unexplained} differences unexplained, {len(unused)} explanations unused")
    return bool(unexplained or unused or not mails)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*map(Path, sys.argv[1:])))
