//! Sockets, clocks and executors: the only folder that may name them.
//!
//! ```text
//!        ┌───────────── one turn ─────────────┐
//!   poll_output ─▶ send, keep outcomes ─▶ wait for a datagram until next_deadline ─▶ handle_…
//!        └────────────────────────────────────┘
//! ```
//!
//! The same short loop stands here twice: [`blocking`] for one thread with one socket, [`tokio`] for many tasks that share
//! one socket. Neither decides anything about SNMP. What both do alike stands beside them: `inbox` between a manager and
//! what carries its messages, `datagrams` on one socket, `calls` and whom their outcomes go to, `notify`, and a `turn` of
//! requests and answers; theirs is the waiting. Sockets get a large receive buffer, because a thousand devices may
//! answer at once, and never SO_REUSEADDR, with which another program could take over the port and the answers.
//!
//! | who | takes |
//! | --- | --- |
//! | a program that asks one device after the other, or many from one thread | `blocking::ManagerDriver` |
//! | a program that reads one device, as fast as can be | `blocking::ManagerDriver::connect` |
//! | a program of many tasks that ask at the same time | `tokio::ManagerHandle` |
//! | a device that answers | `serve` of either; on TCP `serve_tcp` |
//! | a program that is told of events, or tells | `NotificationListener`, `NotificationSender` of either |
//! | whoever has an event loop already | none: `examples/own_event_loop.rs` |
//!
//! What only Linux can do (many datagrams a system call, for who asks and for who answers, the address that was asked, the network's word about hosts that
//! are not there) has a plain stand-in for other systems. The cfg `portable_sockets` takes that on Linux too, so that it
//! is built and tested.
//!
//! TCP (RFC 3430) is another way to the same engines: `serve_tcp` answers on it, `blocking::ManagerDriver::over` with
//! `blocking::Tcp` and `tokio::ManagerHandle::over_streams` with `tokio::Tcp` ask over it. The traits
//! `blocking::Transport` and `tokio::Connect` are where TLS and DTLS go.

#[cfg(feature = "blocking")]
pub mod blocking;
mod call_error;
#[cfg(feature = "tokio")]
mod calls;
mod channel;
mod clock;
mod datagrams;
mod icmp;
mod inbox;
mod named_calls;
mod notify;
mod random;
mod socket;
mod socket_options;
mod stream_limits;
#[cfg(feature = "tokio")]
pub mod tokio;
mod turn;
mod way_back;

pub use call_error::CallError;
pub use clock::Clock;
pub use inbox::Inbox;
pub use notify::{NotificationListener, NotificationSender};
pub use random::os_random;
pub use socket::bind;
pub use socket_options::SocketOptions;
pub use stream_limits::StreamLimits;
