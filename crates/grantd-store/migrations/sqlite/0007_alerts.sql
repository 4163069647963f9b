-- Where alerts go. What people set is one document, as the API has it.
CREATE TABLE alert_channel (
    id              TEXT    NOT NULL PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE,
    settings        TEXT    NOT NULL,
    -- The signing secret of a webhook, the password of a mailbox, or the URL of a chat.
    secret_version  INTEGER,
    secret_sealed   BLOB,
    secret_set_at   INTEGER,
    secret_set_by   TEXT,
    -- The signing secret before the current one.
    earlier_version INTEGER,
    earlier_sealed  BLOB,
    earlier_set_at  INTEGER,
    earlier_set_by  TEXT,
    -- The highest version that its secret ever had.
    secret_counter  INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      TEXT    NOT NULL,
    updated_at      INTEGER NOT NULL,
    updated_by      TEXT    NOT NULL,
    CHECK ((secret_version IS NULL) = (secret_sealed IS NULL)),
    CHECK ((earlier_version IS NULL) = (earlier_sealed IS NULL))
) STRICT;

-- What was told of a cause, so that none is told more than once an hour.
CREATE TABLE alert_cause (
    -- An id, or `source/` and a name: what the configuration declares has no id.
    object       TEXT    NOT NULL,
    trouble      TEXT    NOT NULL,
    since        INTEGER,
    is_told      INTEGER NOT NULL CHECK (is_told IN (0, 1)),
    told_at      INTEGER,
    recovered_at INTEGER,
    untold       INTEGER NOT NULL,
    level        INTEGER,
    end_at       INTEGER,
    PRIMARY KEY (object, trouble)
) STRICT, WITHOUT ROWID;

-- The outbox: each alert for each channel, written with what was told of its cause.
CREATE TABLE alert_delivery (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    channel_id  TEXT    NOT NULL REFERENCES alert_channel (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    message     TEXT    NOT NULL,
    attempts    INTEGER NOT NULL,
    -- When it is tried next; absent when it is over.
    due_at      INTEGER,
    last_at     INTEGER,
    last_class  TEXT,
    last_detail TEXT,
    CHECK ((last_at IS NULL) = (last_class IS NULL))
) STRICT;

CREATE INDEX alert_delivery_by_channel ON alert_delivery (channel_id, seq);
CREATE INDEX alert_delivery_by_due ON alert_delivery (channel_id, due_at) WHERE due_at IS NOT NULL;
