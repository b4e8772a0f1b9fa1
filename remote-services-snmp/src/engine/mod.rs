//! The engines. First the manager: it asks thousands of peers over one socket, without owning the socket, the clock or the dice.
//!
//! ```text
//!  request ──▶ queue of the peer ──▶ window and packet rate ──▶ Transmit ──▶ network
//!                    ▲                                                          │
//!                    │ next step of a walk, split GET, retransmission           ▼
//!              job of the request ◀── pending table (msgID, request-id) ◀── handle_datagram
//!                    │
//!                    └──▶ Completed
//! ```
//!
//! One file, one idea: `operation` and `outcome` are the words towards the application, `config` the numbers.
//! A request becomes a job (`job/`), which knows what to ask next and what an answer means, and nothing of versions,
//! messages or time. `pending` finds the question that a datagram answers (with `numbers` and `slab`); `pacing` decides when the next one may leave;
//! `peer` and `user` write and prove messages and hold what is known of a peer's SNMPv3 engine; `report` reads Reports;
//! `manager` is what the application calls, `seek` how it asks whom nobody has heard yet, `schedule` decides who sends when and how a question ends, `reply` takes in
//! what comes back. The other role, answering, has a folder of its own: [`responder`].
//!
//! What it never does: wait, retry without limit, trust an address alone, or take an unauthenticated word for the time.

mod authority;
mod calls;
mod config;
mod credential_set;
mod credentials;
mod engine_record;
mod instant;
mod job;
mod key_ring;
mod manager;
pub mod notify;
mod numbers;
mod operation;
mod outcome;
mod output;
mod own_engine;
mod pacing;
mod peer;
mod pending;
mod reply;
mod report;
pub mod responder;
mod schedule;
mod seek;
mod send_queue;
mod slab;
mod stats;
mod user;

pub use config::{ManagerConfig, PeerOptions};
pub use credential_set::{CredentialSet, Protection};
pub use credentials::Credentials;
pub use engine_record::{EngineRecord, LOCAL_ENGINE_ID};
pub use instant::Instant;
pub use manager::Manager;
pub use operation::{ApiMisuse, Operation, PeerId, RequestId};
pub use outcome::{ProtocolError, RequestError};
pub use output::{Completed, Output};
pub use seek::Seek;
pub use stats::ManagerStats;

// A community or password, as every layer holds it.
pub use remote_services_core::secret::Secret;
