"""Uses a mailbox server with exchangelib, and checks every answer.

Usage: exchangelib_client.py TOKEN_ENDPOINT MAIL_ENDPOINT BASE_URL SECRET_FILE

The server has to be fresh, with the mailboxes sales@example.com and orders@example.com. No step needs
another one, so that a failure hides no other; all failures are raised together at the end.
"""

import email.message
import email.policy
import json
import os
import pathlib
import sys
import time
import unittest
import urllib.request

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the server speaks plain HTTP, which oauthlib refuses

from exchangelib import (
    IMPERSONATION, OAUTH2, UTC, Account, BaseProtocol, Build, Configuration, FaultTolerance, FileAttachment,
    Identity, ItemAttachment, OAuth2Credentials, errors)

if not __debug__:
    sys.exit("without assertions nothing is checked")
TOKEN_ENDPOINT, MAIL_ENDPOINT, BASE_URL, SECRET_FILE = (it.rstrip("/") for it in sys.argv[1:])
SALES, ORDERS = "sales@example.com", "orders@example.com"
TEXT = "Grüße: plain & simple"
CONTENT = bytes(range(256)) * 1000  # more than is put into base64, or read back, at once
IMAGE = b"\x89PNG\r\n\x1a\n"
LATIN = "Stück;5\r\n".encode("iso-8859-1")  # no UTF-8, so that a change of its characters shows
# What exchangelib waits where a busy server names no time. Its default of 10 seconds would make this slow.
BaseProtocol.RETRY_WAIT = 0.5
BaseProtocol.TIMEOUT = 20
raises = unittest.TestCase().assertRaises


class SandboxCredentials(OAuth2Credentials):
    token_url = TOKEN_ENDPOINT
    scope = ["https://outlook.office365.com/.default"]


def open_account(address, retry_policy=None):
    # exchangelib asks for the version before it has an account, and the token of an application has to
    # impersonate somebody even then: hence the identity.
    secret = pathlib.Path(SECRET_FILE).read_text().strip()
    config = Configuration(
        credentials=SandboxCredentials("sandbox-client", secret, "sandbox", Identity(upn=SALES)),
        service_endpoint=MAIL_ENDPOINT, auth_type=OAUTH2, retry_policy=retry_policy)
    return Account(address, config=config, access_type=IMPERSONATION, autodiscover=False, default_timezone=UTC)


def put(path, body, kind):
    request = urllib.request.Request(f"{BASE_URL}/{path}", body, {"Content-Type": kind}, method="PUT")
    urllib.request.urlopen(request, timeout=20).close()


def set_faults(*faults):
    put("mail-faults", json.dumps(faults).encode(), "application/json")


def new_mail(subject):
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"] = "A Shop <shop@example.net>"
    mail["To"] = f"Sales <{SALES}>, {ORDERS}"
    mail["Cc"] = "Copy <copy@example.org>"
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{subject.replace(' ', '.')}@example.net>"
    mail["Importance"] = "high"
    mail.set_content(TEXT + "\n")
    return mail


def deliver(mail, address=SALES, folder="inbox"):
    put(f"mailboxes/{address}/{folder}", mail.as_bytes(), "message/rfc822")


def find(folder, subject, *fields):
    # Looks at all mails, so that the other steps do not need restrictions.
    items = folder.all().only("subject", *fields) if fields else folder.all()
    return next((it for it in items if it.subject == subject), None)


def delivered(mail, *fields):
    deliver(mail)
    return find(sales.inbox, mail["Subject"], *fields)


def check_busy(operation, use):
    for fault, seconds in [
        ({"kind": "fault", "code": "ErrorServerBusy", "back_off_ms": 700}, 0.7),
        ({"kind": "status", "status": 503, "retry_after_s": 1}, 1),
        ({"kind": "code", "code": "ErrorServerBusy"}, 0.5),
        ({"kind": "code", "code": "ErrorInternalServerError", "inner": "ErrorServerBusy"}, 0.5),
    ]:
        set_faults({"fault": fault, "operation": operation, "times": 1})
        start = time.monotonic()
        assert use() and time.monotonic() - start > seconds - 0.05, fault  # clocks differ a little


class Steps:
    def opens():
        assert sales.version.build >= Build(15, 20) and sales.protocol.credentials.access_token["access_token"]
        assert sales.inbox.is_distinguished and sales.inbox.name == "Inbox"

    def folders():
        top = sales.msg_folder_root
        assert {"Inbox", "Sent Items", "Deleted Items"} <= {it.name for it in top.children}
        assert sales.inbox.parent.id == top.id and sales.inbox.id in {it.id for it in sales.root.walk()}
        before = sales.inbox.total_count
        deliver(new_mail("counted"))
        sales.inbox.refresh()
        assert sales.inbox.total_count == before + 1 and sales.inbox.unread_count >= 1
        assert sales.root.id != sales.msg_folder_root.id, "root and msgfolderroot are the same"
        assert (sales.root / "Top of Information Store" / "Inbox").id == sales.inbox.id

    def subfolder():
        deliver(new_mail("in a subfolder"), folder="inbox/Orders")
        sales.root.clear_cache()
        below = sales.inbox / "Orders"
        assert below.total_count == 1 and below.parent.id == sales.inbox.id
        assert below.id in {it.id for it in sales.root.walk()} and find(below, "in a subfolder")

    def sync():
        inbox, subjects = orders.inbox, ["first", "second", "third"]
        for subject in subjects:
            deliver(new_mail(subject), ORDERS)
        changes = list(inbox.sync_items(max_changes_returned=2))  # so that there is more than one answer
        assert sorted((kind, it.subject) for kind, it in changes) == [("create", it) for it in subjects]
        assert list(inbox.sync_items()) == []
        item = find(inbox, "first")
        old_id, item.is_read = item.id, True
        item.save(update_fields=["is_read"])
        changes = [(kind, it.id, is_read) for kind, (it, is_read) in inbox.sync_items()]
        assert changes == [("read_flag_change", old_id, True)], changes
        item.categories = ["Seen"]
        item.save(update_fields=["categories"])
        assert [(kind, it.categories) for kind, it in inbox.sync_items()] == [("update", ["Seen"])]
        item.move(orders.junk)
        assert [(kind, it.id) for kind, it in inbox.sync_items()] == [("delete", old_id)]

    def items():
        mail = new_mail("all fields")
        mail.add_alternative("<p>Grüße</p>\n", subtype="html")
        item = delivered(
            mail, "sender", "to_recipients", "cc_recipients", "datetime_received", "is_read", "message_id",
            "has_attachments", "importance", "categories", "headers", "body", "mime_content", "size")
        assert (item.sender.name, item.sender.email_address) == ("A Shop", "shop@example.net")
        assert [it.email_address for it in item.to_recipients] == [SALES, ORDERS]
        assert [it.email_address for it in item.cc_recipients] == ["copy@example.org"]
        assert abs(time.time() - item.datetime_received.timestamp()) < 60, item.datetime_received
        assert not item.is_read and not item.has_attachments and not item.categories
        assert item.importance == "High" and item.message_id == mail["Message-ID"]
        assert "<p>Grüße</p>" in item.body and item.headers[0].value == mail["From"]
        assert item.size >= len(mail.as_bytes()) and item.mime_content == mail.as_bytes(), item.mime_content

    def text_body():
        item = delivered(new_mail("text"), "text_body")
        assert item.text_body and item.text_body.strip() == TEXT, item.text_body

    def order():
        for letter in "bca":
            deliver(new_mail(f"order {letter}"))
        for field, wanted in [("datetime_received", "bca"), ("-datetime_received", "acb"), ("subject", "abc")]:
            subjects = sales.inbox.all().order_by(field).values_list("subject", flat=True)
            assert "".join(it[-1] for it in subjects if it.startswith("order ")) == wanted, field

    def restrictions():
        deliver(new_mail("wanted"))
        for query in [{"subject": "wanted"}, {"is_read": False, "subject__contains": "ante"}]:
            assert [it.subject for it in sales.inbox.filter(**query)] == ["wanted"], query

    def attachments():
        mail = new_mail("attachments")
        mail.add_alternative('<img src="cid:logo@example.net">', subtype="html")
        mail.get_payload()[1].add_related(IMAGE, "image", "png", cid="<logo@example.net>", disposition="inline")
        mail.add_attachment(CONTENT, "application", "octet-stream", filename="stück.bin")
        mail.add_attachment(LATIN, "text", "csv", filename="list.csv", params={"charset": "iso-8859-1"})
        item = delivered(mail)
        by_type = {it.content_type: it for it in item.attachments}
        assert item.has_attachments and all(isinstance(it, FileAttachment) for it in item.attachments)
        data, inline = by_type["application/octet-stream"], by_type["image/png"]
        with data.fp as stream:
            assert b"".join(iter(lambda: stream.read(1000), b"")) == CONTENT
        assert (data.name, data.is_inline, data.content) == ("stück.bin", False, CONTENT)
        assert (inline.content_id, inline.is_inline, inline.content) == ("logo@example.net", True, IMAGE)
        assert by_type["text/csv"].content == LATIN, by_type["text/csv"].content

    def item_attachment():
        mail = new_mail("with a mail")
        mail.add_attachment(new_mail("inner mail"))
        [attached] = delivered(mail).attachments
        assert isinstance(attached, ItemAttachment) and attached.name == "inner mail"
        inner = email.message_from_bytes(attached.item.mime_content, policy=email.policy.default)
        assert inner["Message-ID"] == "<inner.mail@example.net>" and inner.get_content().strip() == TEXT
        assert attached.item.subject == "inner mail" and attached.item.sender, "the answer has the MIME alone"

    def update():
        item = delivered(new_mail("updated"))
        for is_read, categories in [(True, ["Red", "A & B"]), (False, None)]:
            item.is_read, item.categories = is_read, categories
            item.save(update_fields=["is_read", "categories"])
            item.refresh()
            assert (item.is_read, item.categories) == (is_read, categories), item.is_read

    def move():
        item = delivered(new_mail("moved"))
        old_id = item.id
        item.move(sales.junk)
        assert item.id != old_id and find(sales.junk, "moved").id == item.id
        assert isinstance(next(sales.fetch([(old_id, None)])), errors.ErrorItemNotFound)
        item.categories = ["Moved"]
        item.save(update_fields=["categories"])  # with the change key that the move gave

    def delete():
        trash, deletions = sales.trash, sales.recoverable_items_deletions
        for name, places in {"move_to_trash": [trash], "soft_delete": [deletions], "delete": []}.items():
            getattr(delivered(new_mail(name)), name)()
            assert [it for it in [sales.inbox, trash, deletions] if find(it, name)] == places, name

    def busy():
        deliver(new_mail("while busy"))
        inbox = open_account(SALES, FaultTolerance(max_wait=30)).inbox
        check_busy("FindItem", lambda: list(inbox.all().only("subject")))

    def busy_sync():
        inbox = open_account(SALES, FaultTolerance(max_wait=30)).inbox
        check_busy("SyncFolderItems", lambda: [deliver(new_mail("one more")), *inbox.sync_items()][1:])

    def wrong_names():
        with raises(errors.ErrorNonExistentMailbox):
            open_account("nobody@example.com").inbox
        with raises(errors.ErrorInvalidSyncStateData):
            list(sales.inbox.sync_items("bm9uc2Vuc2U="))


sales, orders = open_account(SALES), open_account(ORDERS)
steps = [it for name, it in vars(Steps).items() if not name.startswith("_")]
failures = []
for step in steps:
    set_faults()
    try:
        step()
        print("ok", step.__name__, flush=True)
    except Exception as error:
        failures.append(error)
if failures:
    raise ExceptionGroup(f"{len(failures)} of {len(steps)} steps failed", failures)
