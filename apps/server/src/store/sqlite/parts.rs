//! Parts of large uploads, before and after the list that closes them.
//!
//! A client that begins more than it may have open gives up what it left alone for the longest: an upload that still gets
//! parts never makes room, and nothing makes room for a client that keeps within its bounds.

use remote_services_core::hex;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteExecutor, Transaction};
use std::collections::BTreeSet;
use uuid::Uuid;

use super::uploads::stored_upload;
use super::{Store, audit, digest_at};
use crate::clock;
use crate::store::{GivenUp, NewPart, NoRoom, OpenBounds, PartRecorded, StoreError, StoredUpload};

impl Store {
    /// Whether there would be room for a part of so many octets; asked before they are received.
    pub(crate) async fn room_for_part(
        &self,
        client: Uuid,
        upload: Uuid,
        part: u32,
        octets: u64,
        bounds: OpenBounds,
    ) -> Result<Option<NoRoom>, StoreError> {
        let (client, upload) = (client.to_string(), upload.to_string());
        // What is there takes no more room, and what is closed is refused by what was sent.
        let settled = sqlx::query(
            "SELECT 1 FROM upload_parts WHERE client = ?1 AND upload = ?2 AND part = ?3
             UNION SELECT 1 FROM uploads WHERE client = ?1 AND id = ?2",
        )
        .bind(&client)
        .bind(&upload)
        .bind(part)
        .fetch_optional(&self.read)
        .await?;
        if settled.is_some() {
            return Ok(None);
        }
        let open = open_uploads(&self.read, &client).await?;
        Ok(make_room(&open, &upload, octets, bounds, clock::now_ms()).err())
    }

    /// Records a part whose bytes are durable in the archive, unless another stands under its number. With it, what was given
    /// up to make room.
    pub(crate) async fn record_part(
        &self,
        new: &NewPart,
        bounds: OpenBounds,
    ) -> Result<(PartRecorded, GivenUp), StoreError> {
        let (client, upload) = (new.octets.client.to_string(), new.octets.upload.to_string());
        let mut transaction = self.begin().await?;
        if let Some(stored) = stored_part(&mut transaction, &client, &upload, new.part).await? {
            return Ok((PartRecorded::There(stored, false), GivenUp::new()));
        }
        let closed = sqlx::query("SELECT 1 FROM uploads WHERE client = ? AND id = ?")
            .bind(&client)
            .bind(&upload)
            .fetch_optional(&mut *transaction)
            .await?;
        if closed.is_some() {
            return Ok((PartRecorded::Closed, GivenUp::new()));
        }
        let open = open_uploads(&mut *transaction, &client).await?;
        let octets = u64::try_from(new.octets.size).unwrap_or(0);
        let left_alone = match make_room(&open, &upload, octets, bounds, clock::now_ms()) {
            Ok(left_alone) => left_alone,
            Err(no_room) => return Ok((PartRecorded::NoRoom(no_room), GivenUp::new())),
        };
        let mut given_up = GivenUp::new();
        for other in left_alone {
            let why = format!("left alone, its parts made room for {upload}");
            given_up.extend(give_up(&mut transaction, &client, &other.upload, &why).await?);
        }
        sqlx::query(
            "INSERT INTO upload_parts (client, upload, part, sha256, size, stored_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&client)
        .bind(&upload)
        .bind(new.part)
        .bind(new.octets.sha256.as_slice())
        .bind(new.octets.size)
        .bind(new.octets.stored_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let NewPart { octets, .. } = new;
        let stored = StoredUpload { sha256: octets.sha256, size: octets.size, stored_at: octets.stored_at };
        Ok((PartRecorded::There(stored, true), given_up))
    }

    /// The digests of an upload's parts by number.
    pub(crate) async fn parts(&self, client: Uuid, upload: Uuid) -> Result<Vec<(u32, [u8; 32])>, StoreError> {
        let rows = sqlx::query(
            "SELECT part, sha256 FROM upload_parts WHERE client = ? AND upload = ? ORDER BY part",
        )
        .bind(client.to_string())
        .bind(upload.to_string())
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("part")?, digest_at(row, "sha256")?))).collect()
    }

    /// Gives up the parts of uploads that got no part since then and were never closed.
    pub(crate) async fn forget_stale_parts(&self, before: i64) -> Result<GivenUp, StoreError> {
        let mut transaction = self.begin().await?;
        let stale = sqlx::query("SELECT client, upload FROM open_uploads WHERE last_at < ?")
            .bind(before)
            .fetch_all(&mut *transaction)
            .await?;
        let mut given_up = GivenUp::new();
        for row in &stale {
            let (client, upload): (&str, &str) = (row.try_get("client")?, row.try_get("upload")?);
            let why = "never closed, its parts were given up";
            given_up.extend(give_up(&mut transaction, client, upload, why).await?);
        }
        transaction.commit().await?;
        Ok(given_up)
    }

    /// Those of the given-up octets that nothing refers to any more.
    pub(crate) async fn unused(&self, mut given_up: GivenUp) -> Result<GivenUp, StoreError> {
        let gone: Vec<String> = given_up.iter().map(|digest| hex::encode(digest)).collect();
        let used = sqlx::query(
            "WITH gone (sha256) AS (SELECT unhex(value) FROM json_each(?))
             SELECT sha256 FROM gone WHERE EXISTS (SELECT 1 FROM uploads WHERE sha256 = gone.sha256 AND given_up_at IS NULL)
             OR EXISTS (SELECT 1 FROM upload_parts WHERE sha256 = gone.sha256)
             OR EXISTS (SELECT 1 FROM artifacts WHERE sha256 = gone.sha256)",
        )
        .bind(serde_json::to_string(&gone).unwrap_or_default())
        .fetch_all(&self.read)
        .await?;
        let used = used.iter().map(|row| digest_at(row, "sha256")).collect::<Result<BTreeSet<_>, _>>()?;
        given_up.retain(|digest| !used.contains(digest));
        Ok(given_up)
    }
}

/// An upload that has parts and is not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OpenUpload {
    upload: String,
    octets: u64,
    /// When its last part came.
    last_at: i64,
}

/// The open uploads of a client, the one that was left alone for the longest first.
async fn open_uploads(
    executor: impl SqliteExecutor<'_>,
    client: &str,
) -> Result<Vec<OpenUpload>, StoreError> {
    let rows = sqlx::query(
        "SELECT upload, octets, last_at FROM open_uploads WHERE client = ? ORDER BY last_at, upload",
    )
    .bind(client)
    .fetch_all(executor)
    .await?;
    let open = |row: &SqliteRow| {
        let octets = u64::try_from(row.try_get::<i64, _>("octets")?).unwrap_or(0);
        Ok(OpenUpload { upload: row.try_get("upload")?, octets, last_at: row.try_get("last_at")? })
    };
    rows.iter().map(open).collect()
}

/// Those of the open uploads that are given up for a part of so many octets; none while all is within the bounds.
fn make_room<'a>(
    open: &'a [OpenUpload],
    upload: &str,
    octets: u64,
    bounds: OpenBounds,
    now: i64,
) -> Result<Vec<&'a OpenUpload>, NoRoom> {
    let (own, others): (Vec<_>, Vec<_>) = open.iter().partition(|open| open.upload == upload);
    let sum = |uploads: &[&OpenUpload]| uploads.iter().fold(0, |sum, open| open.octets.saturating_add(sum));
    let own = sum(&own).saturating_add(octets);
    if own > bounds.octets || bounds.uploads == 0 {
        return Err(NoRoom::Ever);
    }
    let most = usize::try_from(bounds.uploads).unwrap_or(usize::MAX);
    let mut kept = others.as_slice();
    while let Some((oldest, younger)) = kept.split_first()
        && (kept.len() >= most || sum(kept) > bounds.octets - own)
    {
        let wait = oldest.last_at.saturating_add(bounds.idle_ms).saturating_sub(now);
        if wait > 0 {
            return Err(NoRoom::For(wait));
        }
        kept = younger;
    }
    let given_up = others.len() - kept.len();
    Ok(others.into_iter().take(given_up).collect())
}

async fn stored_part(
    transaction: &mut Transaction<'static, Sqlite>,
    client: &str,
    upload: &str,
    part: u32,
) -> Result<Option<StoredUpload>, StoreError> {
    let row = sqlx::query(
        "SELECT sha256, size, stored_at FROM upload_parts WHERE client = ? AND upload = ? AND part = ?",
    )
    .bind(client)
    .bind(upload)
    .bind(part)
    .fetch_optional(&mut **transaction)
    .await?;
    row.as_ref().map(stored_upload).transpose()
}

/// Forgets the parts of an open upload and notes why; the digests that stood there.
async fn give_up(
    transaction: &mut Transaction<'static, Sqlite>,
    client: &str,
    upload: &str,
    why: &str,
) -> Result<GivenUp, StoreError> {
    let gone = sqlx::query("DELETE FROM upload_parts WHERE client = ? AND upload = ? RETURNING sha256")
        .bind(client)
        .bind(upload)
        .fetch_all(&mut **transaction)
        .await?;
    sqlx::query("DELETE FROM open_uploads WHERE client = ? AND upload = ?")
        .bind(client)
        .bind(upload)
        .execute(&mut **transaction)
        .await?;
    audit::append(transaction, client, "partsGivenUp", &format!("{upload}: {why}")).await?;
    tracing::warn!(client, upload, why, "an upload in parts is given up");
    gone.iter().map(|row| digest_at(row, "sha256")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;

    const BOUNDS: OpenBounds = OpenBounds { uploads: 3, octets: 100, idle_ms: 10 };

    fn open(uploads: &[(&str, u64, i64)]) -> Vec<OpenUpload> {
        let open = |(upload, octets, last_at): &(&str, u64, i64)| OpenUpload {
            upload: (*upload).to_owned(),
            octets: *octets,
            last_at: *last_at,
        };
        uploads.iter().map(open).collect()
    }

    /// What is given up for `octets` more of `upload` at the time 20.
    fn given_up(uploads: &[(&str, u64, i64)], upload: &str, octets: u64) -> Result<Vec<String>, NoRoom> {
        let open = open(uploads);
        let given_up = make_room(&open, upload, octets, BOUNDS, 20)?;
        Ok(given_up.into_iter().map(|open| open.upload.clone()).collect())
    }

    #[test]
    fn nothing_is_given_up_within_the_bounds_however_long_it_was_left_alone() {
        assert_eq!(given_up(&[], "a", 100), Ok(vec![]));
        assert_eq!(given_up(&[("a", 40, 0), ("b", 30, 0)], "c", 30), Ok(vec![]));
        assert_eq!(given_up(&[("a", 40, 0), ("b", 30, 0), ("c", 20, 0)], "a", 10), Ok(vec![]));
    }

    #[test]
    fn one_upload_too_many_takes_the_place_of_the_one_that_was_left_alone_for_the_longest() {
        let three = [("a", 1, 3), ("b", 1, 9), ("c", 1, 20)];
        assert_eq!(given_up(&three, "d", 1), Ok(vec!["a".to_owned()]));
        assert_eq!(given_up(&three[1..], "d", 1), Ok(vec![]));
        let busy = [("a", 1, 11), ("b", 1, 19), ("c", 1, 20)];
        assert_eq!(given_up(&busy, "d", 1), Err(NoRoom::For(1)));
    }

    #[test]
    fn octets_are_made_room_for_by_others_only_and_not_by_those_that_still_get_parts() {
        let uploads = [("a", 30, 1), ("b", 30, 2), ("c", 40, 3)];
        assert_eq!(given_up(&uploads, "c", 1), Ok(vec!["a".to_owned()]));
        assert_eq!(given_up(&uploads, "c", 31), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(given_up(&uploads, "c", 60), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(given_up(&uploads, "c", 61), Err(NoRoom::Ever));
        assert_eq!(given_up(&[("a", 30, 1), ("b", 70, 15)], "c", 31), Err(NoRoom::For(5)));
    }

    #[test]
    fn no_count_overflows() {
        assert_eq!(given_up(&[("a", u64::MAX, i64::MAX)], "a", u64::MAX), Err(NoRoom::Ever));
        assert!(matches!(given_up(&[("a", u64::MAX, i64::MAX)], "b", 1), Err(NoRoom::For(_))));
    }
}
