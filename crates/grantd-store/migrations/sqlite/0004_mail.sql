-- Email listeners. What people set is one document, as the API has it.
CREATE TABLE email_listener (
    id            TEXT    NOT NULL PRIMARY KEY,
    slug          TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    name_folded   TEXT    NOT NULL UNIQUE,
    -- A credential that a listener uses is not deleted.
    credential_id TEXT    NOT NULL REFERENCES credential (id),
    settings      TEXT    NOT NULL,
    paused        INTEGER NOT NULL CHECK (paused IN (0, 1)),
    revision      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    created_by    TEXT    NOT NULL,
    updated_at    INTEGER NOT NULL,
    updated_by    TEXT    NOT NULL
) STRICT;

CREATE INDEX email_listener_by_credential ON email_listener (credential_id);

-- How far it has come.
CREATE TABLE listener_state (
    listener_id     TEXT    NOT NULL PRIMARY KEY REFERENCES email_listener (id) ON DELETE CASCADE,
    place           TEXT    NOT NULL,
    folder          TEXT,
    start           TEXT    NOT NULL,
    sync_state      TEXT,
    phase           TEXT    NOT NULL,
    began_at        INTEGER,
    looked_at       INTEGER,
    delivered_at    INTEGER,
    lag             INTEGER,
    failing_since   INTEGER,
    failing_last_at INTEGER,
    failing_times   INTEGER,
    failing_class   TEXT,
    failing_detail  TEXT,
    failing_remedy  TEXT,
    next_look_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX listener_state_failing ON listener_state (listener_id) WHERE failing_since IS NOT NULL;

-- What was delivered or passed over, by digests of the mail's key and of the server's id of it.
CREATE TABLE mail_seen (
    listener_id TEXT    NOT NULL REFERENCES email_listener (id) ON DELETE CASCADE,
    mark        BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    -- Whether it was not wanted, and never delivered.
    passed_over INTEGER NOT NULL CHECK (passed_over IN (0, 1)),
    PRIMARY KEY (listener_id, mark)
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_seen_by_time ON mail_seen (at);

-- What was found while a folder is read through, and is still to be delivered: decided once.
CREATE TABLE mail_pending (
    -- In the order in which the server told of them: the newest first.
    seq         INTEGER NOT NULL PRIMARY KEY,
    listener_id TEXT    NOT NULL REFERENCES email_listener (id) ON DELETE CASCADE,
    item        TEXT    NOT NULL,
    lasting_id  BLOB,
    message_id  TEXT,
    received_at INTEGER,
    UNIQUE (listener_id, item)
) STRICT;

CREATE INDEX mail_pending_by_time ON mail_pending (listener_id, received_at, seq DESC);

CREATE TABLE mail_delivery (
    seq         INTEGER NOT NULL PRIMARY KEY,
    listener_id TEXT    NOT NULL REFERENCES email_listener (id) ON DELETE CASCADE,
    mail_key    TEXT    NOT NULL,
    item        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    received_at INTEGER,
    subject     TEXT    NOT NULL,
    sender      TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    attachments INTEGER NOT NULL,
    took        INTEGER NOT NULL,
    attempt     INTEGER NOT NULL
) STRICT;

CREATE INDEX mail_delivery_by_listener ON mail_delivery (listener_id, seq);
CREATE INDEX mail_delivery_by_key ON mail_delivery (listener_id, mail_key, seq);
CREATE INDEX mail_delivery_by_time ON mail_delivery (at);

-- What is still to be done with mails that were delivered: an outbox, written with the delivery.
CREATE TABLE mail_action (
    listener_id TEXT    NOT NULL REFERENCES email_listener (id) ON DELETE CASCADE,
    mail_key    TEXT    NOT NULL,
    item        TEXT    NOT NULL,
    what        TEXT    NOT NULL,
    attempts    INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    fault       TEXT,
    PRIMARY KEY (listener_id, mail_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_action_by_due ON mail_action (listener_id, due_at);

-- Mails that could not be delivered: those with a time are tried again, the others were given up.
CREATE TABLE mail_letter (
    listener_id TEXT    NOT NULL REFERENCES email_listener (id) ON DELETE CASCADE,
    mail_key    TEXT    NOT NULL,
    item        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    sender      TEXT    NOT NULL,
    received_at INTEGER,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    due_at      INTEGER,
    class       TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    -- Whether it was delivered before, and somebody wants it again.
    again       INTEGER NOT NULL CHECK (again IN (0, 1)),
    PRIMARY KEY (listener_id, mail_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_letter_by_time ON mail_letter (listener_id, first_at);
CREATE INDEX mail_letter_given_up ON mail_letter (listener_id) WHERE due_at IS NULL;

CREATE TABLE mail_hour (
    listener_id TEXT    NOT NULL REFERENCES email_listener (id) ON DELETE CASCADE,
    hour        INTEGER NOT NULL,
    delivered   INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    most_lag    INTEGER NOT NULL,
    PRIMARY KEY (listener_id, hour)
) STRICT, WITHOUT ROWID;
