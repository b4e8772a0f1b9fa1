//! Devices and the names that clients have for them.
//!
//! What counts as the same device is decided by [`crate::business::identity`]; here the evidence is
//! looked up, the decision applied, and both in one transaction.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{Store, audit, json_at, uuid_at};
use crate::business::identity::{self, Candidate, Decision};
use crate::clock;
use crate::random;
use crate::store::{DeviceEvidenceRow, DeviceView, StoreError};

/// What became of a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A device that was not known before.
    Created(Uuid),
    /// A device that was known.
    Known(Uuid),
    /// The evidence contradicts itself: it fits more than one device.
    Conflict(Vec<Uuid>),
    /// The client has as many names for devices as it may; this is another.
    TooMany,
}

impl Store {
    /// Finds or makes the device that the evidence speaks of and keeps the evidence.
    ///
    /// `name` is the client's own name for it; `strict` refuses contradictions instead of settling them.
    pub(crate) async fn resolve_device(
        &self,
        tenant: &str,
        client: Uuid,
        name: Uuid,
        evidence: &DeviceEvidenceRow,
        strict: bool,
    ) -> Result<Resolved, StoreError> {
        let key = identity::match_key(evidence.manufacturer.as_deref(), evidence.serial.as_deref());
        let macs: Vec<String> = evidence.macs.iter().filter_map(|mac| identity::usable_mac(mac)).collect();
        let now = clock::now_ms();

        let mut transaction = self.begin().await?;
        if is_one_too_many(&mut transaction, client, name).await? {
            return Ok(Resolved::TooMany);
        }
        let by_key = match &key {
            Some(key) => find_by_key(&mut transaction, tenant, key).await?,
            None => None,
        };
        let mut by_mac: Vec<Candidate> = Vec::new();
        for mac in &macs {
            if let Some(found) = find_by_mac(&mut transaction, tenant, mac).await?
                && !by_mac.contains(&found)
            {
                by_mac.push(found);
            }
        }
        let by_name = find_by_name(&mut transaction, tenant, client, name).await?;

        let (device, created) = match identity::decide(key.as_deref(), by_key, by_mac, by_name, strict) {
            Decision::Conflict(candidates) => return Ok(Resolved::Conflict(candidates)),
            Decision::Same(device) => (device, false),
            Decision::Merge { from, into } => {
                merge(&mut transaction, from, into).await?;
                (into, false)
            }
            Decision::New => (create(&mut transaction, tenant, name, now).await?, true),
        };
        keep_evidence(&mut transaction, tenant, device, evidence, key.as_deref(), &macs, now).await?;
        keep_name(&mut transaction, client, name, device, now).await?;
        transaction.commit().await?;
        Ok(if created { Resolved::Created(device) } else { Resolved::Known(device) })
    }

    /// Keeps the evidence document that a client sent, as it was sent.
    pub(crate) async fn keep_evidence_document(
        &self,
        client: Uuid,
        name: Uuid,
        document: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE client_devices SET evidence = ? WHERE client = ? AND name = ?")
            .bind(document)
            .bind(client.to_string())
            .bind(name.to_string())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The client's own name for a device, the most recent one.
    pub(crate) async fn name_at_client(
        &self,
        client: Uuid,
        device: Uuid,
    ) -> Result<Option<Uuid>, StoreError> {
        let row = sqlx::query(
            "SELECT name FROM client_devices WHERE client = ? AND device = ? ORDER BY seen_at DESC, name LIMIT 1",
        )
        .bind(client.to_string())
        .bind(device.to_string())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(|row| uuid_at(row, "name")).transpose()
    }

    /// How many devices there are.
    pub(crate) async fn device_count(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT count(*) FROM devices WHERE merged_into IS NULL")
            .fetch_one(&self.read)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// A page of devices, each with the newest document of every kind.
    pub(crate) async fn devices(&self, limit: i64, offset: i64) -> Result<Vec<DeviceView>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM devices WHERE merged_into IS NULL
             ORDER BY manufacturer, model, serial, id LIMIT ? OFFSET ?",
        )
        .bind(limit)
        .bind(offset)
        .fetch_all(&self.read)
        .await?;
        let mut devices = Vec::with_capacity(rows.len());
        for row in &rows {
            devices.push(self.device_view(row).await?);
        }
        Ok(devices)
    }

    /// One device; a device that was merged is answered with the one it went into.
    pub(crate) async fn device(&self, device: Uuid) -> Result<Option<DeviceView>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM devices WHERE id = (SELECT coalesce(merged_into, id) FROM devices WHERE id = ?)",
        )
        .bind(device.to_string())
        .fetch_optional(&self.read)
        .await?;
        match row {
            Some(row) => Ok(Some(self.device_view(&row).await?)),
            None => Ok(None),
        }
    }

    async fn device_view(&self, row: &SqliteRow) -> Result<DeviceView, StoreError> {
        let id: String = row.try_get("id")?;
        let macs = self.texts("SELECT mac FROM device_macs WHERE device = ? ORDER BY mac", &id).await?;
        let clients = self
            .texts("SELECT DISTINCT client FROM client_devices WHERE device = ? ORDER BY client", &id)
            .await?;
        let newest = sqlx::query(
            "WITH kinds (kind) AS (SELECT DISTINCT kind FROM readings WHERE device = ?1)
             SELECT readings.kind, document FROM kinds JOIN readings ON id =
                (SELECT id FROM readings WHERE device = ?1 AND kind = kinds.kind
                 ORDER BY ranked_at DESC, read_at DESC, id DESC LIMIT 1)",
        )
        .bind(&id)
        .fetch_all(&self.read)
        .await?;
        let mut latest = BTreeMap::new();
        for reading in &newest {
            latest.insert(reading.try_get("kind")?, json_at(reading, "document")?);
        }
        Ok(DeviceView {
            id,
            tenant: row.try_get("tenant")?,
            manufacturer: row.try_get("manufacturer")?,
            model: row.try_get("model")?,
            serial: row.try_get("serial")?,
            macs,
            clients,
            first_seen: clock::rfc3339(row.try_get("first_seen")?),
            last_seen: clock::rfc3339(row.try_get("last_seen")?),
            latest: latest.into_iter().collect(),
        })
    }

    async fn texts(&self, query: &'static str, id: &str) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(query).bind(id).fetch_all(&self.read).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }
}

type Tx = Transaction<'static, Sqlite>;

fn candidate(row: &SqliteRow) -> Result<Candidate, StoreError> {
    Ok(Candidate {
        device: uuid_at(row, "id")?,
        key: row.try_get("match_key")?,
        last_seen: row.try_get("last_seen")?,
    })
}

async fn find_by_key(tx: &mut Tx, tenant: &str, key: &str) -> Result<Option<Candidate>, StoreError> {
    let row = sqlx::query(
        "SELECT id, match_key, last_seen FROM devices
         WHERE tenant = ? AND match_key = ? AND merged_into IS NULL",
    )
    .bind(tenant)
    .bind(key)
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(candidate).transpose()
}

async fn find_by_mac(tx: &mut Tx, tenant: &str, mac: &str) -> Result<Option<Candidate>, StoreError> {
    let row = sqlx::query(
        "SELECT id, match_key, last_seen FROM devices JOIN device_macs ON device_macs.device = devices.id
         WHERE device_macs.tenant = ? AND mac = ?",
    )
    .bind(tenant)
    .bind(mac)
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(candidate).transpose()
}

/// By the name that this client gave it, or by its own id, which a client learns from a redirect.
async fn find_by_name(
    tx: &mut Tx,
    tenant: &str,
    client: Uuid,
    name: Uuid,
) -> Result<Option<Candidate>, StoreError> {
    let row = sqlx::query(
        "SELECT id, match_key, last_seen FROM devices WHERE tenant = ?1 AND merged_into IS NULL AND id = coalesce(
             (SELECT device FROM client_devices WHERE client = ?2 AND name = ?3),
             (SELECT coalesce(merged_into, id) FROM devices WHERE id = ?3))",
    )
    .bind(tenant)
    .bind(client.to_string())
    .bind(name.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(candidate).transpose()
}

/// Whether this is one more name of a client that has as many as it may.
async fn is_one_too_many(tx: &mut Tx, client: Uuid, name: Uuid) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT NOT EXISTS (SELECT 1 FROM client_devices WHERE client = ?1 AND name = ?2)
         AND (SELECT count(*) FROM client_devices WHERE client = ?1) >= ?3",
    )
    .bind(client.to_string())
    .bind(name.to_string())
    .bind(MOST_DEVICES)
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get(0)?)
}

/// A new device, under the client's name for it unless another tenant has that.
async fn create(tx: &mut Tx, tenant: &str, name: Uuid, now: i64) -> Result<Uuid, StoreError> {
    let taken = sqlx::query("SELECT 1 FROM devices WHERE id = ?")
        .bind(name.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    let id = if taken.is_some() { random::uuid()? } else { name };
    sqlx::query("INSERT INTO devices (id, tenant, first_seen, last_seen) VALUES (?, ?, ?, ?)")
        .bind(id.to_string())
        .bind(tenant)
        .bind(now)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(id)
}

async fn keep_evidence(
    tx: &mut Tx,
    tenant: &str,
    device: Uuid,
    evidence: &DeviceEvidenceRow,
    key: Option<&str>,
    macs: &[String],
    now: i64,
) -> Result<(), StoreError> {
    let id = device.to_string();
    sqlx::query(
        "UPDATE devices SET manufacturer = coalesce(?, manufacturer), model = coalesce(?, model),
         serial = coalesce(?, serial), match_key = coalesce(?, match_key), last_seen = ? WHERE id = ?",
    )
    .bind(short(evidence.manufacturer.as_deref()))
    .bind(short(evidence.model.as_deref()))
    .bind(short(evidence.serial.as_deref()))
    .bind(key)
    .bind(now)
    .bind(&id)
    .execute(&mut **tx)
    .await?;
    for mac in macs {
        sqlx::query(
            "INSERT INTO device_macs (tenant, mac, device) VALUES (?, ?, ?)
             ON CONFLICT (tenant, mac) DO UPDATE SET device = excluded.device",
        )
        .bind(tenant)
        .bind(mac)
        .bind(&id)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// As much of a text as names anything.
fn short(text: Option<&str>) -> Option<String> {
    text.map(|text| text.chars().take(LONGEST_TEXT).collect())
}

async fn keep_name(tx: &mut Tx, client: Uuid, name: Uuid, device: Uuid, now: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO client_devices (client, name, device, seen_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (client, name) DO UPDATE SET device = excluded.device, seen_at = excluded.seen_at",
    )
    .bind(client.to_string())
    .bind(name.to_string())
    .bind(device.to_string())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Moves all that hangs on `from` to `into`; `from` stays as a pointer.
async fn merge(tx: &mut Tx, from: Uuid, into: Uuid) -> Result<(), StoreError> {
    let (old, new) = (from.to_string(), into.to_string());
    for statement in [
        "UPDATE devices SET merged_into = ?2, match_key = NULL WHERE id = ?1 OR merged_into = ?1",
        "UPDATE device_macs SET device = ?2 WHERE device = ?1",
        "UPDATE client_devices SET device = ?2 WHERE device = ?1",
        "UPDATE commands SET device = ?2 WHERE device = ?1",
        "UPDATE readings SET device = ?2 WHERE device = ?1",
    ] {
        sqlx::query(statement).bind(&old).bind(&new).execute(&mut **tx).await?;
    }
    audit::append(tx, "server", "devicesMerged", &format!("{old} into {new}")).await
}

/// More devices than any site has.
const MOST_DEVICES: i64 = 100_000;
/// In characters.
const LONGEST_TEXT: usize = 256;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;

    #[tokio::test]
    async fn a_client_that_names_devices_without_end_names_no_more_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("server.sqlite")).await.unwrap();
        let (client, known) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for statement in [
            "INSERT INTO tenants VALUES ('t', 0)",
            "INSERT INTO clients (id, tenant, registered_at)
             VALUES ('00000000-0000-0000-0000-000000000001', 't', 0)",
            "INSERT INTO devices (id, tenant, first_seen, last_seen)
             VALUES ('00000000-0000-0000-0000-000000000002', 't', 0, 0)",
            "INSERT INTO client_devices
             WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= 100000)
             SELECT '00000000-0000-0000-0000-000000000001', printf('00000000-0000-0000-0000-%012x', n),
                    '00000000-0000-0000-0000-000000000002', NULL, 0 FROM numbers",
        ] {
            sqlx::query(statement).execute(&store.write).await.unwrap();
        }
        let none = DeviceEvidenceRow::default();
        let resolve = |name| store.resolve_device("t", client, name, &none, true);
        assert_eq!(resolve(Uuid::max()).await.unwrap(), Resolved::TooMany);
        assert_eq!(resolve(known).await.unwrap(), Resolved::Known(known));
        assert_eq!(store.device_count().await.unwrap(), 1);
        store.close().await;
    }

    #[test]
    fn texts_of_any_length_are_kept_as_far_as_they_name_anything() {
        let long = "ü".repeat(100_000);
        assert_eq!(short(Some(&long)).unwrap().chars().count(), LONGEST_TEXT);
        assert_eq!(short(Some("Xerox")).as_deref(), Some("Xerox"));
        assert_eq!(identity::match_key(Some("Xerox"), Some(&long)), None);
    }
}
