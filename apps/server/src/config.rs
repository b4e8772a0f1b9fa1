//! What a server is told by whoever starts it.

use remote_services_transport::document::{Limits, NextPoll};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::ca::Lifetimes;

/// What a server needs to know before it starts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Folder of everything that the server keeps; made if it is not there.
    pub data_dir: PathBuf,
    /// File with the passphrase of the server's own keys, in its first line. Default: a credential that systemd gives,
    /// otherwise `keys.passphrase` in the data folder, which is made.
    pub key_passphrase: Option<PathBuf>,
    /// Where clients connect. Port 0 takes a free one. Default 127.0.0.1:0.
    pub listen: SocketAddr,
    /// Where the operator connects. Default 127.0.0.1:0.
    pub operator_listen: SocketAddr,
    /// Whether the operator's side has TLS. Needed anywhere but on loopback. Default no.
    pub operator_tls: bool,
    /// Names and addresses for the TLS certificate, beside localhost, 127.0.0.1 and ::1. The first one is
    /// the host in URLs and registration keys.
    pub names: Vec<String>,
    /// Most connections of one address (with IPv6, of one network of 64 bits) that have shown no certificate, or none yet. More are
    /// closed at once. 0 is the default: 256.
    pub max_per_address: u32,
    /// What clients are told about when to come again. Default 900 s with 300 s of jitter.
    pub next_poll: NextPoll,
    /// Largest upload in octets. Default 16 MiB.
    pub max_upload: u64,
    /// Largest part of a large upload in octets. Default 8 MiB.
    pub part_size: u64,
    /// Most uploads of one client that have parts and are not closed. Default 4.
    pub max_open_uploads: u32,
    /// Most octets of them together, and so of one log. Default 8 GiB.
    pub max_open_octets: u64,
    /// How long one of them has had no part when it makes room for another one. Default one hour.
    pub open_idle: Duration,
    /// How long the parts of an upload are kept that is never closed. Default 30 days after the last part.
    pub keep_parts: Duration,
    /// Most uploads of one client that wait to be opened or are quarantined by its fault; while it has as many, it is told to bring
    /// more later. Default 10,000.
    pub max_unopened_uploads: u32,
    /// Most octets of them in the archive: no more is taken once it has as many. Default 4 GiB.
    pub max_unopened_octets: u64,
    /// How long at least what is quarantined is kept. After that the oldest makes room when its client has as much as it may. Default
    /// one day.
    pub keep_quarantined: Duration,
    /// Octets of the data folder's disk that payloads and artifacts leave free: what would not is refused for now. Default 64 MiB, or
    /// a twentieth of the disk if that is less.
    pub keep_free: Option<u64>,
    /// When a client that waits for a person's approval is told to ask again. Default 60 s.
    pub approval_pace: Duration,
    /// How long client certificates live.
    pub lifetimes: Lifetimes,
}

impl ServerConfig {
    /// The defaults, on loopback with free ports.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            data_dir: data_dir.into(),
            key_passphrase: None,
            listen: loopback,
            operator_listen: loopback,
            operator_tls: false,
            names: Vec::new(),
            max_per_address: 0,
            next_poll: NextPoll { seconds: 900, jitter: 300 },
            max_upload: Limits::default().max_upload,
            part_size: Limits::default().part_size,
            max_open_uploads: Limits::default().max_open_uploads,
            max_open_octets: 8 << 30,
            open_idle: Duration::from_secs(60 * 60),
            keep_parts: Duration::from_secs(30 * 24 * 60 * 60),
            max_unopened_uploads: 10_000,
            max_unopened_octets: 4 << 30,
            keep_quarantined: Duration::from_secs(24 * 60 * 60),
            keep_free: None,
            approval_pace: Duration::from_secs(60),
            lifetimes: Lifetimes::default(),
        }
    }
}
