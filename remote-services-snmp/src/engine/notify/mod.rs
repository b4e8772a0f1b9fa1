//! Notifications: events that an agent tells of by itself, as traps (sent once) or informs (repeated until acknowledged).
//!
//! ```text
//!                        ┌─ trap: written with our own engine's id and time ───────────▶ Transmit
//!  Notification ─▶ Notifier                                                       ┌────▶ Transmit
//!   (uptime, trap OID,   └─ inform: a Manager's request, repeated ────────────────┴────▶ Delivered, or why not
//!    varbinds)
//!
//!  datagram ─▶ source within its rate? ─▶ community or user? ─▶ sysUpTime, snmpTrapOID first? ─▶ Received
//!                                                                                      (and for an inform the Response)
//! ```
//!
//! `notification` is the form that all versions share and `mapping` the way from and to SNMPv1 (RFC 3584 §3); `notifier`
//! and `target` send; `receiver`, `v3`, `remote` and `sources` take in.
//!
//! Who is authoritative decides whose clock and keys count (RFC 3412 §6.4, RFC 3414 §1.5.1): of a trap it is the sender, of
//! an inform the receiver. So a [`Receiver`] has an engine of its own for informs, and learns the engines of those
//! who send traps, but only from messages that prove the key.

mod mapping;
mod notification;
mod notifier;
mod received;
mod receiver;
mod receiver_config;
mod remote;
mod sources;
mod target;
mod v3;

pub use mapping::{TrapHeader, Unmappable};
pub use notification::{Notification, NotificationError};
pub use notifier::{Notice, NoticeId, Notifier, NotifierConfig, NotifyError};
pub use received::{Received, ReceiverStats, Sender};
pub use receiver::{Handled, Receiver};
pub use receiver_config::ReceiverConfig;
pub use sources::SourceLimits;
pub use target::{Target, TargetId};
