-- One row for each token request, in the order of seq, whatever the clock says. It stays when its
-- credential is deleted, until it is too old.
CREATE TABLE token_event (
    seq            INTEGER NOT NULL PRIMARY KEY,
    id             TEXT    NOT NULL UNIQUE,
    at             INTEGER NOT NULL,
    credential_id  TEXT    NOT NULL,
    cause          TEXT    NOT NULL,
    actor          TEXT    NOT NULL,
    duration       INTEGER NOT NULL,
    secret_version INTEGER,
    -- Of a request that gave a token: how long it lives, and whether it was the one before.
    lifetime       INTEGER,
    same           INTEGER NOT NULL CHECK (same IN (0, 1)),
    -- Of one that gave none.
    class          TEXT,
    detail         TEXT,
    remedy         TEXT,
    retry_at       INTEGER,
    CHECK ((lifetime IS NULL) <> (class IS NULL))
) STRICT;

CREATE INDEX token_event_by_credential ON token_event (credential_id, seq);
CREATE INDEX token_event_by_time ON token_event (at);

-- What is known of a credential's health at its present generation.
CREATE TABLE credential_health (
    credential_id    TEXT    NOT NULL PRIMARY KEY REFERENCES credential (id) ON DELETE CASCADE,
    token_generation INTEGER NOT NULL,
    valid_at         INTEGER,
    failing_since    INTEGER,
    failing_last_at  INTEGER,
    failing_times    INTEGER,
    failing_class    TEXT,
    failing_detail   TEXT,
    failing_remedy   TEXT
) STRICT, WITHOUT ROWID;

-- How often tokens were handed out: by minute, credential, actor and result.
CREATE TABLE token_usage (
    minute        INTEGER NOT NULL,
    credential_id TEXT    NOT NULL,
    actor         TEXT    NOT NULL,
    result        TEXT    NOT NULL,
    count         INTEGER NOT NULL,
    PRIMARY KEY (credential_id, minute, actor, result)
) STRICT, WITHOUT ROWID;

CREATE INDEX token_usage_by_minute ON token_usage (minute);
