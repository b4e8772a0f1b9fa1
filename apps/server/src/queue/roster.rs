//! Trusted certificates and poll versions, in memory; the store is the truth and fills it at start.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::watch;
use uuid::Uuid;

use crate::store::{ListVersion, Store, StoreError};

/// Shared by all connections.
#[derive(Clone, Default)]
pub(crate) struct Roster(Arc<RwLock<Inner>>);

#[derive(Default)]
struct Inner {
    certificates: HashMap<[u8; 32], Holder>,
    clients: HashMap<Uuid, Entry>,
}

/// Whom a certificate stands for.
#[derive(Clone, Copy)]
struct Holder {
    client: Uuid,
    not_after: i64,
}

struct Entry {
    tenant: Arc<str>,
    revoked: bool,
    commands: watch::Sender<ListVersion>,
}

/// What the roster says of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It stands for this client until then (milliseconds since 1970).
    Trusted { client: Uuid, tenant: Arc<str>, not_after: i64 },
    /// Its client was revoked.
    Revoked,
    /// It was never issued here, or was forgotten.
    Unknown,
}

impl Roster {
    /// Fills a new roster from the store.
    pub(crate) async fn load(store: &Store) -> Result<Self, StoreError> {
        let mut inner = Inner::default();
        for client in store.client_versions().await? {
            let commands = watch::Sender::new(client.commands_version);
            let entry = Entry { tenant: client.tenant.into(), revoked: false, commands };
            inner.clients.insert(client.id, entry);
        }
        for row in store.certificates().await? {
            let fingerprint =
                row.fingerprint.try_into().map_err(|_| StoreError::Unreadable("certificate fingerprint"))?;
            inner.certificates.insert(fingerprint, Holder { client: row.client, not_after: row.not_after });
            if let Some(entry) = inner.clients.get_mut(&row.client) {
                entry.revoked |= row.revoked;
            }
        }
        Ok(Self(Arc::new(RwLock::new(inner))))
    }

    /// What is known of the certificate with this SHA-256.
    pub(crate) fn standing(&self, fingerprint: &[u8; 32]) -> Standing {
        let inner = self.read();
        let Some(holder) = inner.certificates.get(fingerprint) else { return Standing::Unknown };
        match inner.clients.get(&holder.client) {
            Some(entry) if entry.revoked => Standing::Revoked,
            Some(entry) => Standing::Trusted {
                client: holder.client,
                tenant: Arc::clone(&entry.tenant),
                not_after: holder.not_after,
            },
            None => Standing::Unknown,
        }
    }

    /// Whether there is such a client, trusted or not.
    pub(crate) fn knows(&self, client: Uuid) -> bool {
        self.read().clients.contains_key(&client)
    }

    /// Adds a client's certificate, and the client if it is new.
    pub(crate) fn add(&self, client: Uuid, tenant: &str, fingerprint: [u8; 32], not_after: i64) {
        let mut inner = self.write();
        inner.certificates.insert(fingerprint, Holder { client, not_after });
        inner.clients.entry(client).or_insert_with(|| Entry {
            tenant: tenant.into(),
            revoked: false,
            commands: watch::Sender::new(ListVersion::default()),
        });
    }

    /// Takes the trust from a client, from its next request on.
    pub(crate) fn revoke(&self, client: Uuid) {
        if let Some(entry) = self.write().clients.get_mut(&client) {
            entry.revoked = true;
        }
    }

    /// The version of the client's command list, and a way to wait for the next.
    pub(crate) fn commands(&self, client: Uuid) -> Option<watch::Receiver<ListVersion>> {
        self.read().clients.get(&client).map(|entry| entry.commands.subscribe())
    }

    /// Tells those who wait that the client's command list changed. Numbers only grow.
    pub(crate) fn set_commands_version(&self, client: Uuid, version: ListVersion) {
        if let Some(entry) = self.read().clients.get(&client) {
            entry.commands.send_if_modified(|known| {
                let newer = version.number > known.number;
                if newer {
                    *known = version;
                }
                newer
            });
        }
    }

    // The map is whole between statements, so a panic elsewhere does not make it unusable.
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
