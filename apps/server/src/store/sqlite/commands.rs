//! Commands and the reports of their execution.

use remote_services_core::command::CommandState;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use uuid::Uuid;

use super::{Store, audit, json_at, uuid_at};
use crate::clock;
use crate::store::{CommandRow, CommandView, ExecutionView, ListVersion, NewCommand, StoreError};

/// The open commands of a client and the version of that list.
pub(crate) struct OpenCommands {
    pub(crate) commands: Vec<(Uuid, CommandState)>,
    pub(crate) version: ListVersion,
}

/// The open commands of a client that come first: those that it is to cancel, those that it has not taken up, the rest.
macro_rules! first_open {
    () => {
        "FROM commands WHERE client = ? AND open = 1 ORDER BY CASE state
         WHEN 'cancelRequested' THEN 0 WHEN 'queued' THEN 1 WHEN 'delivered' THEN 1 ELSE 2 END, issued_at, id LIMIT ?"
    };
}

impl Store {
    /// Queues a command; the new version of the client's list.
    pub(crate) async fn queue_command(&self, command: &NewCommand) -> Result<ListVersion, StoreError> {
        let (id, client) = (command.id.to_string(), command.client.to_string());
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO commands (id, client, device, action, document, signed, issued_at, expires_at, state, open)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', 1)",
        )
        .bind(&id)
        .bind(&client)
        .bind(command.device.map(|device| device.to_string()))
        .bind(&command.action)
        .bind(&command.document)
        .bind(&command.signed)
        .bind(command.issued_at)
        .bind(command.expires_at)
        .execute(&mut *transaction)
        .await?;
        audit::append(&mut transaction, "operator", "commandQueued", &format!("{id} {}", command.action))
            .await?;
        let version = bump(&mut transaction, &client).await?;
        transaction.commit().await?;
        Ok(version)
    }

    /// Lists a client's open commands, so that those that wait keep no other from being heard of; what was queued is delivered
    /// by this.
    pub(crate) async fn deliver_commands(
        &self,
        client: Uuid,
        limit: i64,
    ) -> Result<OpenCommands, StoreError> {
        let id = client.to_string();
        let mut transaction = self.begin().await?;
        let delivered = sqlx::query(concat!(
            "UPDATE commands SET state = 'delivered' WHERE state = 'queued' AND id IN (SELECT id ",
            first_open!(),
            ")"
        ))
        .bind(&id)
        .bind(limit)
        .execute(&mut *transaction)
        .await?;
        if delivered.rows_affected() > 0 {
            bump(&mut transaction, &id).await?;
        }
        let open = open_commands(&mut transaction, &id, limit).await?;
        transaction.commit().await?;
        Ok(open)
    }

    /// The same list as it is, with nothing delivered by this.
    pub(crate) async fn look_at_commands(
        &self,
        client: Uuid,
        limit: i64,
    ) -> Result<OpenCommands, StoreError> {
        let mut transaction = self.read.begin().await?;
        open_commands(&mut transaction, &client.to_string(), limit).await
    }

    /// One command of one client.
    pub(crate) async fn command(
        &self,
        client: Uuid,
        command: Uuid,
    ) -> Result<Option<CommandRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM commands WHERE id = ? AND client = ?")
            .bind(command.to_string())
            .bind(client.to_string())
            .fetch_optional(&self.read)
            .await?;
        row.map(|row| {
            Ok(CommandRow {
                id: uuid_at(&row, "id")?,
                client: uuid_at(&row, "client")?,
                state: CommandState::from_label(row.try_get("state")?),
                version: row.try_get("version")?,
                signed: row.try_get("signed")?,
                execution: row.try_get("execution")?,
            })
        })
        .transpose()
    }

    /// Applies an execution report that was found legal for the row as it was read; the new version of the
    /// client's list, or nothing if the row changed in between.
    pub(crate) async fn report_execution(
        &self,
        seen: &CommandRow,
        next: &CommandState,
        document: &str,
    ) -> Result<Option<ListVersion>, StoreError> {
        let (id, client) = (seen.id.to_string(), seen.client.to_string());
        let mut transaction = self.begin().await?;
        let updated = sqlx::query(
            "UPDATE commands SET state = ?, open = ?, version = version + 1, execution = ?
             WHERE id = ? AND version = ? AND state = ?",
        )
        .bind(next.label())
        .bind(!next.is_closed())
        .bind(document)
        .bind(&id)
        .bind(seen.version)
        .bind(seen.state.label())
        .execute(&mut *transaction)
        .await?;
        if updated.rows_affected() == 0 {
            return Ok(None);
        }
        sqlx::query("INSERT INTO executions (command, version, received_at, document) VALUES (?, ?, ?, ?)")
            .bind(&id)
            .bind(seen.version + 1)
            .bind(clock::now_ms())
            .bind(document)
            .execute(&mut *transaction)
            .await?;
        audit::append(&mut transaction, &client, "commandReported", &format!("{id} {next}")).await?;
        let version = bump(&mut transaction, &client).await?;
        transaction.commit().await?;
        Ok(Some(version))
    }

    /// Takes a command back: at once when its client never heard of it, else by a wish that the client will see. The new
    /// version of the client's list, or nothing when the command is over.
    pub(crate) async fn cancel_command(
        &self,
        command: Uuid,
    ) -> Result<Option<(Uuid, ListVersion)>, StoreError> {
        let id = command.to_string();
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "UPDATE commands SET version = version + 1,
             open = CASE state WHEN 'queued' THEN 0 ELSE 1 END,
             state = CASE state WHEN 'queued' THEN 'cancelled' ELSE 'cancelRequested' END
             WHERE id = ? AND open = 1 AND state <> 'cancelRequested' RETURNING client, state",
        )
        .bind(&id)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (client, state): (Uuid, &str) = (uuid_at(&row, "client")?, row.try_get("state")?);
        audit::append(&mut transaction, "operator", "commandCancelled", &format!("{id} {state}")).await?;
        let version = bump(&mut transaction, &client.to_string()).await?;
        transaction.commit().await?;
        Ok(Some((client, version)))
    }

    /// Closes the commands whose time passed before they began; the clients whose lists changed.
    pub(crate) async fn expire_commands(&self) -> Result<Vec<(Uuid, ListVersion)>, StoreError> {
        let mut transaction = self.begin().await?;
        let rows = sqlx::query(
            "UPDATE commands SET state = 'expired', open = 0, version = version + 1
             WHERE open = 1 AND expires_at <= ?
             AND state IN ('queued', 'delivered', 'accepted', 'awaitingConsent', 'scheduled') RETURNING client",
        )
        .bind(clock::now_ms())
        .fetch_all(&mut *transaction)
        .await?;
        let mut clients = rows.iter().map(|row| uuid_at(row, "client")).collect::<Result<Vec<_>, _>>()?;
        clients.sort_unstable();
        clients.dedup();
        let mut changed = Vec::with_capacity(clients.len());
        for client in clients {
            changed.push((client, bump(&mut transaction, &client.to_string()).await?));
        }
        transaction.commit().await?;
        Ok(changed)
    }

    /// When the next command that has not begun will expire.
    pub(crate) async fn next_command_expiry(&self) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query(
            "SELECT min(expires_at) FROM commands WHERE open = 1
             AND state IN ('queued', 'delivered', 'accepted', 'awaitingConsent', 'scheduled')",
        )
        .fetch_one(&self.read)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// The newest commands, newest first; of one device or client if given.
    pub(crate) async fn commands(
        &self,
        client: Option<Uuid>,
        device: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<CommandView>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM commands WHERE (?1 IS NULL OR client = ?1) AND (?2 IS NULL OR device = ?2)
             ORDER BY issued_at DESC, id DESC LIMIT ?3",
        )
        .bind(client.map(|id| id.to_string()))
        .bind(device.map(|id| id.to_string()))
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let mut commands = Vec::with_capacity(rows.len());
        for row in &rows {
            commands.push(self.command_view(row).await?);
        }
        Ok(commands)
    }

    /// One command as the operator sees it.
    pub(crate) async fn command_by_id(&self, id: Uuid) -> Result<Option<CommandView>, StoreError> {
        let row = sqlx::query("SELECT * FROM commands WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        match row {
            Some(row) => Ok(Some(self.command_view(&row).await?)),
            None => Ok(None),
        }
    }

    async fn command_view(&self, row: &SqliteRow) -> Result<CommandView, StoreError> {
        let id: String = row.try_get("id")?;
        let executions = sqlx::query("SELECT * FROM executions WHERE command = ? ORDER BY version")
            .bind(&id)
            .fetch_all(&self.read)
            .await?;
        Ok(CommandView {
            id,
            client: row.try_get("client")?,
            device: row.try_get("device")?,
            action: row.try_get("action")?,
            state: row.try_get("state")?,
            issued_at: clock::rfc3339(row.try_get("issued_at")?),
            expires_at: clock::rfc3339(row.try_get("expires_at")?),
            document: json_at(row, "document")?,
            executions: executions
                .iter()
                .map(|row| {
                    Ok(ExecutionView {
                        received_at: clock::rfc3339(row.try_get("received_at")?),
                        document: json_at(row, "document")?,
                    })
                })
                .collect::<Result<_, StoreError>>()?,
        })
    }
}

async fn open_commands(
    transaction: &mut Transaction<'static, Sqlite>,
    client: &str,
    limit: i64,
) -> Result<OpenCommands, StoreError> {
    let rows = sqlx::query(concat!("SELECT id, state ", first_open!()))
        .bind(client)
        .bind(limit)
        .fetch_all(&mut **transaction)
        .await?;
    let version = sqlx::query("SELECT commands_version, commands_mark FROM clients WHERE id = ?")
        .bind(client)
        .fetch_one(&mut **transaction)
        .await?;
    let command = |row| Ok((uuid_at(row, "id")?, CommandState::from_label(row.try_get("state")?)));
    let commands = rows.iter().map(command).collect::<Result<_, StoreError>>()?;
    Ok(OpenCommands { commands, version: list_version(&version)? })
}

async fn bump(
    transaction: &mut Transaction<'static, Sqlite>,
    client: &str,
) -> Result<ListVersion, StoreError> {
    let row = sqlx::query(
        "UPDATE clients SET commands_version = commands_version + 1, commands_mark = random() WHERE id = ?
         RETURNING commands_version, commands_mark",
    )
    .bind(client)
    .fetch_one(&mut **transaction)
    .await?;
    list_version(&row)
}

pub(super) fn list_version(row: &SqliteRow) -> Result<ListVersion, StoreError> {
    Ok(ListVersion { number: row.try_get("commands_version")?, mark: row.try_get("commands_mark")? })
}
