-- People who sign in at the console.
CREATE TABLE console_user (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    name_folded    TEXT    NOT NULL UNIQUE,
    role           TEXT    NOT NULL,
    enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    -- argon2id in PHC string format; absent until the person has chosen a password.
    password       TEXT,
    -- The shared secret of a second factor, sealed; its version is never used twice.
    factor_secret  BLOB,
    factor_version INTEGER NOT NULL,
    factor_since   INTEGER,
    factor_step    INTEGER NOT NULL,
    -- SHA-256 of the recovery codes that are left, as a JSON list of hexadecimal texts.
    recovery       TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    created_by     TEXT    NOT NULL,
    signed_in_at   INTEGER
) STRICT;

-- What a browser shows is kept as its SHA-256 alone.
CREATE TABLE console_session (
    id         TEXT    NOT NULL PRIMARY KEY,
    digest     BLOB    NOT NULL UNIQUE,
    user_id    TEXT    NOT NULL REFERENCES console_user (id) ON DELETE CASCADE,
    stage      TEXT    NOT NULL CHECK (stage IN ('second_factor', 'signed_in')),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL
) STRICT;

CREATE INDEX console_session_by_user ON console_session (user_id, seen_at);

-- Links that let somebody in once.
CREATE TABLE sign_in_link (
    digest     BLOB    NOT NULL PRIMARY KEY,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('setup', 'password', 'sign_in')),
    user_id    TEXT    REFERENCES console_user (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When a token of the credential was last handed out; 0 where none ever was. Each credential is in it,
-- so that a list in this order is read from the index.
CREATE TABLE credential_use (
    credential_id TEXT    NOT NULL PRIMARY KEY REFERENCES credential (id) ON DELETE CASCADE,
    last_used_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_use_by_time ON credential_use (last_used_at, credential_id);

CREATE TRIGGER credential_has_use AFTER INSERT ON credential BEGIN
    INSERT INTO credential_use (credential_id, last_used_at) VALUES (NEW.id, 0);
END;

-- How often something happened within an hour, of all credentials together.
CREATE TABLE hour_count (
    hour  INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO credential_use (credential_id, last_used_at)
    SELECT credential.id, COALESCE(MAX(token_usage.minute), 0) FROM credential
    LEFT JOIN token_usage ON token_usage.credential_id = credential.id AND result = 'handed_out'
    GROUP BY credential.id;

INSERT INTO hour_count (hour, kind, count)
    SELECT at / 3600000000 * 3600000000,
           CASE WHEN class IS NULL THEN 'issued' ELSE 'failed ' || class END,
           COUNT(*)
    FROM token_event GROUP BY 1, 2;

INSERT INTO hour_count (hour, kind, count)
    SELECT minute / 3600000000 * 3600000000,
           CASE result WHEN 'handed_out' THEN 'handed_out' ELSE 'refused' END,
           SUM(count)
    FROM token_usage GROUP BY 1, 2;

-- The last one for those whose secret ends on no known day, as the statement of a page has it.
CREATE INDEX credential_by_secret_end ON credential (COALESCE(secret_expires_at, 9223372036854775807), id);
-- Holds all that says where a credential stands, so that no whole row is read for it.
CREATE INDEX credential_by_standing ON credential (enabled, secret_expires_at, token_generation, name_folded, id);
CREATE INDEX audit_entry_by_actor ON audit_entry (json_extract(actor, '$.id'), seq);
CREATE INDEX audit_entry_by_time ON audit_entry (at);
-- What people did, among many more token requests.
CREATE INDEX audit_entry_without_fetches ON audit_entry (seq) WHERE action <> 'token.fetch';
CREATE INDEX audit_entry_by_object_without_fetches ON audit_entry (object, seq) WHERE action <> 'token.fetch';
