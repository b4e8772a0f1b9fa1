//! Jobs: what a printer is given, and what it remembers of it.

use super::counts::{Color, Service};
use std::time::Duration;

/// The most sides that one job makes; more are not printed.
pub const MOST_SIDES: u32 = 20_000;

/// Where a job came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Raw TCP, 9100 by custom.
    Raw,
    /// The line printer daemon protocol (RFC 1179).
    Lpr,
    /// Somebody at the device, or a user of a printer that lives.
    Local,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What kind of work it is.
    pub service: Service,
    /// Where it came from.
    pub origin: Origin,
    /// What it is called: a document, a firmware; may be empty.
    pub name: String,
    /// Who sent it; may be empty.
    pub user: String,
    /// Sides in black alone.
    pub mono_sides: u32,
    /// Sides in colour.
    pub color_sides: u32,
    /// Whether both sides of a sheet are printed.
    pub two_sided: bool,
    /// Octets that came.
    pub octets: u64,
    /// SHA-256 of these octets, in hexadecimal; empty for local work.
    pub digest: String,
}

impl Job {
    /// A job from the network that makes this many sides in black.
    #[must_use]
    pub fn sides(origin: Origin, mono_sides: u32) -> Self {
        Self {
            service: Service::Print,
            origin,
            name: String::new(),
            user: String::new(),
            mono_sides,
            color_sides: 0,
            two_sided: false,
            octets: 0,
            digest: String::new(),
        }
    }
}

/// A job that came, for pages that people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
    /// From 1.
    pub number: u64,
    /// When it came.
    pub at: Duration,
    /// What came.
    pub job: Job,
    /// What became of it, if that is not plain.
    pub remark: Option<String>,
}

/// What is left of a job under way.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    pub(super) service: Service,
    pub(super) mono: u32,
    pub(super) color: u32,
    pub(super) two_sided: bool,
    /// Whether the sheet in hand has its first side already.
    pub(super) turned: bool,
}

impl Rest {
    pub(super) fn of(job: &Job) -> Self {
        let mono = job.mono_sides.min(MOST_SIDES);
        Self {
            service: job.service,
            mono,
            color: job.color_sides.min(MOST_SIDES - mono),
            two_sided: job.two_sided,
            turned: false,
        }
    }

    /// The colour of the next side: those in black come first.
    pub(super) fn next(&self) -> Option<Color> {
        match (self.mono, self.color) {
            (0, 0) => None,
            (0, _) => Some(Color::Full),
            _ => Some(Color::Mono),
        }
    }
}
