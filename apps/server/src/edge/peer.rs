//! Who is at the other end: the certificate that was shown, and whether it is trusted now.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use remote_services_transport::document::ProblemKind;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

use super::Refusal;
use crate::app::App;
use crate::clock;
use crate::queue::roster::Standing;

/// What a connection knows of its other end; the listener puts it on every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// Address of the other end; proxies included.
    pub(crate) address: IpAddr,
    /// SHA-256 of the certificate it showed and proved to hold, if any.
    pub(crate) certificate: Option<[u8; 32]>,
}

impl Peer {
    pub(crate) fn new(address: IpAddr, certificate: Option<&[u8]>) -> Self {
        Self { address, certificate: certificate.map(|der| Sha256::digest(der).into()) }
    }

    pub(crate) fn of(parts: &Parts) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| {
            Refusal::new(ProblemKind::Internal, "the request came without its connection's identity")
        })
    }
}

/// A client that is trusted at this moment, on a path that is its own.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) id: Uuid,
    pub(super) tenant: Arc<str>,
}

impl Client {
    /// Who the certificate stands for; `grace_ms` after its end it still counts.
    pub(super) fn authenticate(app: &App, peer: &Peer, grace_ms: i64) -> Result<Self, Refusal> {
        let refuse = |reason, detail| Refusal::new(ProblemKind::NotTrusted, detail).because(reason);
        let fingerprint = peer.certificate.ok_or_else(|| {
            refuse("noCertificate", "this resource needs a client certificate; none was shown")
        })?;
        match app.roster.standing(&fingerprint) {
            Standing::Trusted { client, tenant, not_after } => {
                if clock::now_ms() > not_after.saturating_add(grace_ms) {
                    return Err(refuse("certificateExpired", "the client certificate has expired"));
                }
                Ok(Self { id: client, tenant })
            }
            Standing::Revoked => Err(refuse("revoked", "this client's registration was revoked")),
            Standing::Unknown => {
                Err(refuse("notRegistered", "this client certificate belongs to no registered client"))
            }
        }
    }
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let client = Self::authenticate(app, &Peer::of(parts)?, 0)?;
        let path = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|error| Refusal::new(ProblemKind::Malformed, error.to_string()))?;
        for (name, value) in &path {
            // The identity in the path is only a repetition; the certificate decides.
            if name == "client" && value.parse() != Ok(client.id) {
                return Err(Refusal::new(
                    ProblemKind::NotTrusted,
                    "the client certificate does not belong to the client in this path",
                )
                .because("anotherClient"));
            }
        }
        Ok(client)
    }
}

/// The UUIDs of a path after the client's, in order; the number of a part is no UUID and not among them.
pub(super) struct Names(pub(super) Vec<Uuid>);

impl<S: Send + Sync> FromRequestParts<S> for Names {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| Refusal::new(ProblemKind::Malformed, error.to_string()))?;
        path.iter()
            .filter(|(name, _)| !matches!(*name, "client" | "part"))
            .map(|(name, value)| {
                value.parse().map_err(|_| {
                    Refusal::new(ProblemKind::Malformed, format!("the {name} in the path is not a UUID"))
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}
