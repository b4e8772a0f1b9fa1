//! The XML of one large device as text and back, by ours and by the peers.
//!
//! The documents are fixed and lie in `data/`: 29 supplies, 28 alerts, 20 trays, the counters of six services and
//! some 300 attributes, 55,531 octets together. What others are compared with is how long a report takes, so a round
//! is all six documents.
#[cfg(feature = "peers")]
mod peers;
mod work;

use std::process::ExitCode;

fn main() -> ExitCode {
    payload_speed::run(work::find)
}
