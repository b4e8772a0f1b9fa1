//! What devices said, reading by reading: the XML as it came, the decoded document, and its rows.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Store, json_at};
use crate::clock;
use crate::store::{NewReading, OpenedDevice, PartTable, PendingUpload, ReadingView, StoreError};

impl Store {
    /// Stores all that an upload brought and marks it as opened, in one transaction: either everything is
    /// there and the upload is done, or nothing is and it is still waiting.
    pub(crate) async fn store_opened(
        &self,
        upload: &PendingUpload,
        sequence: Option<i64>,
        devices: &[OpenedDevice],
        kinds: &str,
    ) -> Result<(), StoreError> {
        let (client, id) = (upload.client.to_string(), upload.upload.to_string());
        let mut transaction = self.begin().await?;
        for device in devices {
            let name = device.device.to_string();
            for reading in &device.readings {
                insert(&mut transaction, &name, &client, &id, reading).await?;
            }
        }
        if let Some(sequence) = sequence {
            sqlx::query("INSERT INTO sequences (client, sequence, upload) VALUES (?, ?, ?)")
                .bind(&client)
                .bind(sequence)
                .bind(&id)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(
            "UPDATE uploads SET state = 'opened', opened_at = ?, kinds = ?, reason = NULL
             WHERE client = ? AND id = ? AND state = 'received'",
        )
        .bind(clock::now_ms())
        .bind(kinds)
        .bind(&client)
        .bind(&id)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// The upload that already used this sequence number of the client, if any.
    pub(crate) async fn sequence_user(
        &self,
        client: Uuid,
        sequence: i64,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT upload FROM sequences WHERE client = ? AND sequence = ?")
            .bind(client.to_string())
            .bind(sequence)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(|row| row.try_get("upload")).transpose()?)
    }

    /// The newest readings of a device, newest first; of one kind if given. The XML only if asked for.
    pub(crate) async fn readings(
        &self,
        device: Option<Uuid>,
        kind: Option<&str>,
        with_xml: bool,
        limit: i64,
    ) -> Result<Vec<ReadingView>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM readings WHERE (?1 IS NULL OR device = ?1) AND (?2 IS NULL OR kind = ?2)
             ORDER BY read_at DESC, id DESC LIMIT ?3",
        )
        .bind(device.map(|device| device.to_string()))
        .bind(kind)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| view(row, with_xml)).collect()
    }

    /// One reading with its XML.
    pub(crate) async fn reading(&self, id: i64) -> Result<Option<ReadingView>, StoreError> {
        let row = sqlx::query("SELECT * FROM readings WHERE id = ?").bind(id).fetch_optional(&self.read).await?;
        row.map(|row| view(&row, true)).transpose()
    }
}

async fn insert(
    transaction: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
    device: &str,
    client: &str,
    upload: &str,
    reading: &NewReading,
) -> Result<(), StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO readings (device, kind, read_at, client, upload, xml, document) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind(device)
    .bind(&reading.kind)
    .bind(reading.read_at)
    .bind(client)
    .bind(upload)
    .bind(&reading.xml)
    .bind(reading.document.to_string())
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(row) = inserted else { return Ok(()) };
    let id: i64 = row.try_get("id")?;
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
    Ok(ReadingView {
        id: row.try_get("id")?,
        device: row.try_get("device")?,
        kind: row.try_get("kind")?,
        read_at: clock::rfc3339(row.try_get("read_at")?),
        client: row.try_get("client")?,
        upload: row.try_get("upload")?,
        document: json_at(row, "document")?,
        xml: with_xml.then(|| row.try_get("xml")).transpose()?,
    })
}
