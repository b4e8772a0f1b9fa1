//! What devices said, reading by reading: the XML as it came, the decoded document, and its rows.

use remote_services_payload::seal::MAX_SKEW;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Store, json_at};
use crate::clock;
use crate::store::{NewReading, OpenedReadings, PartTable, PendingUpload, ReadingView, StoreError};

/// Narrows a list of readings; what is absent does not narrow.
#[derive(Default)]
pub(crate) struct ReadingFilter<'a> {
    pub(crate) device: Option<Uuid>,
    pub(crate) client: Option<Uuid>,
    pub(crate) kind: Option<&'a str>,
    /// Whether the XML is wanted too.
    pub(crate) with_xml: bool,
}

impl Store {
    /// Stores all that an upload brought and marks it as opened, in one transaction: either everything is
    /// there and the upload is done, or nothing is and it is still waiting.
    pub(crate) async fn store_opened(
        &self,
        upload: &PendingUpload,
        opened: &OpenedReadings,
    ) -> Result<(), StoreError> {
        let (client, id) = (upload.client.to_string(), upload.upload.to_string());
        let device = opened.device.map(|device| device.to_string());
        let kinds: Vec<&str> = opened
            .readings
            .iter()
            .map(|reading| reading.kind.as_str())
            .chain(opened.log.as_ref().map(|log| log.kind.as_str()))
            .collect();
        let log = opened.log.as_ref().and_then(|log| serde_json::to_string(log).ok());
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "UPDATE uploads SET state = 'opened', held = NULL, opened_at = ?, kinds = ?, sequence = ?, log = ?
             WHERE client = ? AND id = ? AND state = 'received'",
        )
        .bind(clock::now_ms())
        .bind(kinds.join(" "))
        .bind(opened.sequence)
        .bind(log)
        .bind(&client)
        .bind(&id)
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        for reading in &opened.readings {
            let device = device.as_deref().filter(|_| reading.about_device);
            insert(&mut transaction, device, upload, reading).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Another upload of the client that was opened with this sequence number, if any.
    pub(crate) async fn sequence_user(
        &self,
        client: Uuid,
        sequence: i64,
        upload: Uuid,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT id FROM uploads WHERE client = ? AND sequence = ? AND id <> ? LIMIT 1")
            .bind(client.to_string())
            .bind(sequence)
            .bind(upload.to_string())
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(|row| row.try_get("id")).transpose()?)
    }

    /// The newest readings that pass the filter, newest first; none is taken for newer than when it was received.
    pub(crate) async fn readings(
        &self,
        filter: &ReadingFilter<'_>,
        limit: i64,
    ) -> Result<Vec<ReadingView>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM readings WHERE (?1 IS NULL OR device = ?1) AND (?2 IS NULL OR client = ?2)
             AND (?3 IS NULL OR kind = ?3) ORDER BY ranked_at DESC, read_at DESC, id DESC LIMIT ?4",
        )
        .bind(filter.device.map(|device| device.to_string()))
        .bind(filter.client.map(|client| client.to_string()))
        .bind(filter.kind)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| view(row, filter.with_xml)).collect()
    }

    /// One reading with its XML.
    pub(crate) async fn reading(&self, id: i64) -> Result<Option<ReadingView>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM readings WHERE id = ?").bind(id).fetch_optional(&self.read).await?;
        row.map(|row| view(&row, true)).transpose()
    }
}

async fn insert(
    transaction: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
    device: Option<&str>,
    upload: &PendingUpload,
    reading: &NewReading,
) -> Result<(), StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO readings (device, kind, read_at, received_at, client, upload, xml, document)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(device)
    .bind(&reading.kind)
    .bind(reading.read_at)
    .bind(upload.stored_at)
    .bind(upload.client.to_string())
    .bind(upload.upload.to_string())
    .bind(&reading.xml)
    .bind(reading.document.to_string())
    .fetch_one(&mut **transaction)
    .await?;
    let id: i64 = inserted.try_get("id")?;
    for (table, rows) in &reading.parts {
        let statement = match table {
            PartTable::Supplies => "INSERT INTO supplies (reading, position, document) VALUES (?, ?, ?)",
            PartTable::Counters => "INSERT INTO counters (reading, position, document) VALUES (?, ?, ?)",
            PartTable::Alerts => "INSERT INTO alerts (reading, position, document) VALUES (?, ?, ?)",
        };
        for (position, document) in (0_i64..).zip(rows) {
            sqlx::query(statement)
                .bind(id)
                .bind(position)
                .bind(document.to_string())
                .execute(&mut **transaction)
                .await?;
        }
    }
    Ok(())
}

fn view(row: &SqliteRow, with_xml: bool) -> Result<ReadingView, StoreError> {
    let (read_at, received_at): (i64, i64) = (row.try_get("read_at")?, row.try_get("received_at")?);
    Ok(ReadingView {
        id: row.try_get("id")?,
        device: row.try_get("device")?,
        kind: row.try_get("kind")?,
        read_at: clock::rfc3339(read_at),
        received_at: clock::rfc3339(received_at),
        is_ahead: read_at.saturating_sub(received_at) > MAX_SKEW_MS,
        client: row.try_get("client")?,
        upload: row.try_get("upload")?,
        document: json_at(row, "document")?,
        xml: with_xml.then(|| row.try_get("xml")).transpose()?,
    })
}

/// How far clocks may differ.
#[allow(clippy::cast_possible_truncation, reason = "it is an hour")]
const MAX_SKEW_MS: i64 = MAX_SKEW.as_millis() as i64;
