//! The schema, as steps that are run once each and counted in `PRAGMA user_version`.

use sqlx::{Executor, Row, SqlitePool};

use crate::store::StoreError;

/// Brings the database up to the newest schema; each step is one transaction.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let found: i64 = sqlx::query("PRAGMA user_version").fetch_one(&mut *transaction).await?.get(0);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute(*step).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Times are milliseconds since 1970, UUIDs lower-case text, digests BLOBs of 32 octets.
const STEPS: &[&str] = &["
CREATE TABLE tenants (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT;

CREATE TABLE registration_keys (
    hash BLOB PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenants,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER, spki_digest BLOB, client TEXT REFERENCES clients, certificate BLOB
) STRICT;

CREATE TABLE clients (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenants,
    registered_at INTEGER NOT NULL,
    revoked_at INTEGER,
    commands_version INTEGER NOT NULL DEFAULT 0,
    description TEXT, described_at INTEGER
) STRICT;

CREATE TABLE certificates (
    fingerprint BLOB PRIMARY KEY,
    client TEXT NOT NULL REFERENCES clients,
    der BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    not_after INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenants,
    manufacturer TEXT, model TEXT, serial TEXT,
    match_key TEXT,
    merged_into TEXT REFERENCES devices,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX devices_by_key ON devices (tenant, match_key) WHERE merged_into IS NULL;

CREATE TABLE device_macs (
    tenant TEXT NOT NULL, mac TEXT NOT NULL, device TEXT NOT NULL REFERENCES devices,
    PRIMARY KEY (tenant, mac)
) STRICT;
CREATE INDEX device_macs_by_device ON device_macs (device);

-- The names that clients gave to a device, and the evidence that they last sent.
CREATE TABLE client_devices (
    client TEXT NOT NULL REFERENCES clients,
    name TEXT NOT NULL,
    device TEXT NOT NULL REFERENCES devices,
    evidence TEXT,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (client, name)
) STRICT;
CREATE INDEX client_devices_by_device ON client_devices (device);

CREATE TABLE uploads (
    client TEXT NOT NULL REFERENCES clients,
    id TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    size INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'opened', 'quarantined')),
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT, opened_at INTEGER, kinds TEXT,
    sequence INTEGER, -- the sender's own count, known once it is opened
    PRIMARY KEY (client, id)
) STRICT;
CREATE INDEX uploads_waiting ON uploads (stored_at) WHERE state = 'received';
CREATE INDEX uploads_by_sequence ON uploads (client, sequence);
CREATE INDEX uploads_by_time ON uploads (stored_at);

CREATE TABLE readings (
    id INTEGER PRIMARY KEY,
    device TEXT REFERENCES devices, -- none for what an agent says of itself
    kind TEXT NOT NULL,
    read_at INTEGER NOT NULL,
    client TEXT NOT NULL, upload TEXT NOT NULL,
    xml TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (client, upload, kind),
    FOREIGN KEY (client, upload) REFERENCES uploads (client, id)
) STRICT;
CREATE INDEX readings_newest ON readings (device, kind, read_at);

CREATE TABLE supplies (reading INTEGER NOT NULL REFERENCES readings, position INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (reading, position)) STRICT;
CREATE TABLE counters (reading INTEGER NOT NULL REFERENCES readings, position INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (reading, position)) STRICT;
CREATE TABLE alerts (reading INTEGER NOT NULL REFERENCES readings, position INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (reading, position)) STRICT;

CREATE TABLE commands (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL REFERENCES clients,
    device TEXT REFERENCES devices,
    action TEXT NOT NULL,
    document TEXT NOT NULL,
    signed BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    open INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    execution TEXT
) STRICT;
CREATE INDEX commands_open ON commands (client, issued_at) WHERE open = 1;

CREATE TABLE executions (
    command TEXT NOT NULL REFERENCES commands, version INTEGER NOT NULL,
    received_at INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (command, version)
) STRICT;

-- Each line carries the hash of the line before it, so that an edit breaks the chain.
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL, actor TEXT NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- Login links (used once) and the sessions that they open, by the hash of their secret.
CREATE TABLE logins (hash BLOB PRIMARY KEY, kind TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;

PRAGMA user_version = 1;
", "
-- Parts of uploads that are not closed yet, and of those that are: with these they are opened.
CREATE TABLE upload_parts (
    client TEXT NOT NULL REFERENCES clients,
    upload TEXT NOT NULL,
    part INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    size INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (client, upload, part)
) STRICT;
-- By how many parts an upload is made; none for one in one piece.
ALTER TABLE uploads ADD COLUMN parts INTEGER;
ALTER TABLE uploads ADD COLUMN log TEXT;

PRAGMA user_version = 2;
", "
-- Files that clients may fetch; the octets are in the archive.
CREATE TABLE artifacts (sha256 BLOB PRIMARY KEY, size INTEGER NOT NULL, stored_at INTEGER NOT NULL) STRICT;

-- Manifests, unsigned and without an end: they are signed when they are asked for, good for some days each time.
CREATE TABLE software (
    component TEXT NOT NULL, channel TEXT NOT NULL, target TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (component, channel, sequence)
) STRICT;

-- What is wished of a client's settings.
ALTER TABLE clients ADD COLUMN policy TEXT;
ALTER TABLE clients ADD COLUMN policy_version INTEGER NOT NULL DEFAULT 0;

PRAGMA user_version = 3;
", "
-- Where each client's own audit log stood when it last said so.
CREATE TABLE audit_stands (
    client TEXT PRIMARY KEY REFERENCES clients,
    entries INTEGER NOT NULL, hash TEXT NOT NULL, told_at INTEGER NOT NULL
) STRICT;
INSERT INTO audit_stands
    SELECT id, description ->> '$.audit.entries', description ->> '$.audit.hash', described_at FROM clients
    WHERE typeof(description ->> '$.audit.entries') = 'integer' AND json_type(description, '$.audit.hash') = 'text';

-- What was found wrong with a client, each thing once.
CREATE TABLE findings (
    client TEXT NOT NULL REFERENCES clients,
    text TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    PRIMARY KEY (client, text)
) STRICT;

PRAGMA user_version = 4;
", "
-- When a client's log stood there, by the client's clock.
ALTER TABLE audit_stands ADD COLUMN stood_at INTEGER;

PRAGMA user_version = 5;
", "
-- Whether a person must agree before a key becomes a certificate.
ALTER TABLE registration_keys ADD COLUMN needs_approval INTEGER NOT NULL DEFAULT 0;

-- Who asked with such a key, and what the person said: nothing yet, yes, or no and why.
CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    key_hash BLOB NOT NULL UNIQUE REFERENCES registration_keys (hash),
    spki_digest BLOB NOT NULL,
    address TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    decided_at INTEGER, refusal TEXT
) STRICT;

PRAGMA user_version = 6;
", "
-- Tells a list of commands from another that came to the same version; drawn with each version.
ALTER TABLE clients ADD COLUMN commands_mark INTEGER NOT NULL DEFAULT 0;
UPDATE clients SET commands_mark = random() WHERE commands_version > 0;

PRAGMA user_version = 7;
", "
-- The uploads that have parts and are not closed, with the octets of their parts and the time of the last one.
CREATE TABLE open_uploads (
    client TEXT NOT NULL REFERENCES clients,
    upload TEXT NOT NULL,
    octets INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (client, upload)
) STRICT;
CREATE INDEX open_uploads_by_time ON open_uploads (last_at);
INSERT INTO open_uploads
    SELECT client, upload, sum(size), max(stored_at) FROM upload_parts AS open
    WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE client = open.client AND id = open.upload)
    GROUP BY client, upload;
CREATE TRIGGER part_opens_or_adds AFTER INSERT ON upload_parts BEGIN
    INSERT INTO open_uploads VALUES (NEW.client, NEW.upload, NEW.size, NEW.stored_at)
    ON CONFLICT DO UPDATE SET octets = octets + excluded.octets, last_at = max(last_at, excluded.last_at);
END;
CREATE TRIGGER upload_closes AFTER INSERT ON uploads BEGIN
    DELETE FROM open_uploads WHERE client = NEW.client AND upload = NEW.id;
END;

PRAGMA user_version = 8;
", "
-- In the order in which they are opened, so that the next one is found at once however many wait.
DROP INDEX uploads_waiting;
CREATE INDEX uploads_waiting ON uploads (attempts, stored_at, id) WHERE state = 'received';

PRAGMA user_version = 9;
", "
-- In the order in which they are opened, where clients take turns.
DROP INDEX uploads_waiting;
CREATE INDEX uploads_waiting ON uploads (attempts, client, stored_at, id) WHERE state = 'received';

PRAGMA user_version = 10;
", "
-- Octets in the archive, parts included, that count in the share of the upload's client: while it waits to be opened, and while
-- it is quarantined by the sender's fault. None when it does not count.
ALTER TABLE uploads ADD COLUMN held INTEGER;
-- When the octets of what was quarantined were given up.
ALTER TABLE uploads ADD COLUMN given_up_at INTEGER;
CREATE TABLE shares (client TEXT PRIMARY KEY REFERENCES clients, uploads INTEGER NOT NULL, octets INTEGER NOT NULL) STRICT;
CREATE TRIGGER upload_counts AFTER UPDATE OF held ON uploads BEGIN
    INSERT INTO shares
    VALUES (NEW.client, (NEW.held IS NOT NULL) - (OLD.held IS NOT NULL), ifnull(NEW.held, 0) - ifnull(OLD.held, 0))
    ON CONFLICT DO UPDATE SET uploads = uploads + excluded.uploads, octets = octets + excluded.octets;
END;
UPDATE uploads SET held = size + ifnull(
    (SELECT sum(size) FROM upload_parts WHERE client = uploads.client AND upload = uploads.id), 0)
    WHERE state = 'received' OR (state = 'quarantined' AND attempts < 5);
DROP TRIGGER upload_closes;
CREATE TRIGGER upload_closes AFTER INSERT ON uploads BEGIN
    UPDATE uploads SET held = size + ifnull(
        (SELECT octets FROM open_uploads WHERE client = NEW.client AND upload = NEW.id), 0)
        WHERE client = NEW.client AND id = NEW.id;
    DELETE FROM open_uploads WHERE client = NEW.client AND upload = NEW.id;
END;

-- Whether given-up octets are referred to must be found at once: it is asked for what was refused.
CREATE INDEX uploads_by_digest ON uploads (sha256);
CREATE INDEX upload_parts_by_digest ON upload_parts (sha256);

PRAGMA user_version = 11;
", "
-- When the server received a reading, and where it stands among the others of its kind: no reading is from later than when it
-- was received, whatever its clock said, so that none from the future is the newest for ever.
ALTER TABLE readings ADD COLUMN received_at INTEGER NOT NULL DEFAULT 0;
UPDATE readings SET received_at =
    ifnull((SELECT stored_at FROM uploads WHERE uploads.client = readings.client AND uploads.id = readings.upload), read_at);
ALTER TABLE readings ADD COLUMN ranked_at INTEGER GENERATED ALWAYS AS (min(read_at, received_at)) VIRTUAL;
DROP INDEX readings_newest;
CREATE INDEX readings_newest ON readings (device, kind, ranked_at, read_at);

PRAGMA user_version = 12;
"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;
    use sqlx::sqlite::SqlitePoolOptions;

    /// A database as a server wrote it that knew so many steps, with what `rows` inserts.
    async fn database(steps: usize, rows: &'static str) -> SqlitePool {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        for step in &STEPS[..steps] {
            pool.execute(*step).await.unwrap();
        }
        pool.execute(rows).await.unwrap();
        pool
    }

    const CLIENTS: &str = "
INSERT INTO tenants VALUES ('t', 0);
INSERT INTO clients (id, tenant, registered_at, commands_version) VALUES ('new', 't', 0, 0), ('old', 't', 0, 3);
INSERT INTO uploads (client, id, sha256, size, stored_at, state, attempts) VALUES
    ('old', 'closed', x'00', 1, 0, 'received', 0), ('old', 'opened', x'04', 2, 0, 'opened', 0),
    ('old', 'refused', x'05', 4, 0, 'quarantined', 4), ('old', 'our fault', x'06', 8, 0, 'quarantined', 5);
INSERT INTO upload_parts VALUES
    ('old', 'closed', 1, x'01', 10, 1), ('old', 'open', 1, x'02', 20, 3), ('old', 'open', 2, x'03', 30, 2);";

    #[tokio::test]
    async fn readings_from_the_future_that_were_stored_before_stand_where_they_were_received() {
        let pool = database(11, CLIENTS).await;
        let before = "INSERT INTO uploads (client, id, sha256, size, stored_at) VALUES
                ('old', 'early', x'07', 1, 50), ('old', 'late', x'08', 1, 60);
            INSERT INTO readings (kind, read_at, client, upload, xml, document) VALUES
                ('status', 9000, 'old', 'early', '', ''), ('status', 58, 'old', 'late', '', '')";
        pool.execute(before).await.unwrap();
        migrate(&pool).await.unwrap();
        let readings =
            sqlx::query("SELECT upload, received_at, ranked_at FROM readings ORDER BY ranked_at DESC")
                .fetch_all(&pool)
                .await
                .unwrap();
        let readings: Vec<(String, i64, i64)> =
            readings.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        assert_eq!(readings, [("late".to_owned(), 60, 58), ("early".to_owned(), 50, 50)]);
    }

    #[tokio::test]
    async fn lists_that_were_never_empty_get_a_mark_and_what_was_open_is_counted() {
        let pool = database(6, CLIENTS).await;
        migrate(&pool).await.unwrap();
        let marks =
            sqlx::query("SELECT commands_mark FROM clients ORDER BY id").fetch_all(&pool).await.unwrap();
        let marks: Vec<i64> = marks.iter().map(|row| row.get(0)).collect();
        assert!(marks[0] == 0 && marks[1] != 0, "{marks:?}");
        let open =
            sqlx::query("SELECT upload, octets, last_at FROM open_uploads").fetch_all(&pool).await.unwrap();
        let open: Vec<(String, i64, i64)> =
            open.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        assert_eq!(open, [("open".to_owned(), 50, 3)]);
        let shares = sqlx::query("SELECT * FROM shares").fetch_all(&pool).await.unwrap();
        let shares: Vec<(String, i64, i64)> =
            shares.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        assert_eq!(shares, [("old".to_owned(), 2, 11 + 4)]);
    }
}
