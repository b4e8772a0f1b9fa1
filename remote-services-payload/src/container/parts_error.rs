//! Why a log cannot be packed or unpacked in parts.

use thiserror::Error;

use super::{PackError, UnpackError};
use crate::archive::{ManifestError, Part};

/// Why a log cannot be packed or unpacked in parts.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PartsError {
    /// A part or the list could not be packed. Blame: the caller.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The size of parts is zero, or larger than [`super::MAX_PART_OCTETS`]. Blame: the caller.
    #[error("parts of {octets} octets are not possible")]
    PartSize {
        /// Octets asked for.
        octets: usize,
    },
    /// The log needs more parts than [`Part::MOST`].
    #[error("{needed} parts, at most {} are possible", Part::MOST)]
    TooMany {
        /// Parts needed.
        needed: u64,
    },
    /// The log goes on behind the length that was announced. Blame: the caller.
    #[error("the log is longer than the {announced} octets announced")]
    Surplus {
        /// Octets announced.
        announced: u64,
    },
    /// The log ended before the length that was announced. Blame: the caller.
    #[error("the log ended after {taken} octets of the {announced} announced")]
    Short {
        /// Octets taken.
        taken: u64,
        /// Octets announced.
        announced: u64,
    },
    /// The parts of an earlier run are not the first ones of this log. Blame: the caller.
    #[error("the parts that were sealed earlier are not those of a log of {announced} octets")]
    Resume {
        /// Octets announced.
        announced: u64,
    },
    /// A part was refused: damaged, cut off, another's, or another part than it is called.
    #[error("part {number}: {error}")]
    Part {
        /// The part, as it was called.
        number: u32,
        /// Why.
        #[source]
        error: Box<UnpackError>,
    },
    /// A part of this number was taken already.
    #[error("part {number} came twice")]
    Twice {
        /// The part.
        number: u32,
    },
    /// A part says that there are more or fewer parts than the others say.
    #[error("part {number} is one of {found}, the others are of {expected}")]
    Count {
        /// The part.
        number: u32,
        /// Parts, as it says.
        found: u32,
        /// Parts, as the others say.
        expected: u32,
    },
    /// A part does not hold one entry and nothing else, or another kind or name than the others.
    #[error("part {number} does not hold the next octets of this log")]
    Entry {
        /// The part.
        number: u32,
    },
    /// A part is shorter or longer than its place allows: all but the last are of one length.
    #[error("part {number} has {found} octets of the log (expected {expected})")]
    Length {
        /// The part.
        number: u32,
        /// Octets found.
        found: u64,
        /// Octets expected; for the last part at most.
        expected: u64,
    },
    /// The closing list was refused: damaged, cut off, or another's.
    #[error("list of parts: {0}")]
    Closing(#[source] Box<UnpackError>),
    /// The closing list is none.
    #[error("the closing container holds no list of parts")]
    NoList,
    /// The closing list cannot be read.
    #[error("list of parts: {} at {}, line {} column {}", .0.kind, .0.path, .0.line, .0.column)]
    List(#[source] Box<ManifestError>),
    /// The list names another number of parts than the parts do.
    #[error("the list has {listed} parts, the parts are of {expected}")]
    ListedCount {
        /// Parts in the list.
        listed: usize,
        /// Parts, as they say.
        expected: u32,
    },
    /// The list names another log than the parts do.
    #[error("the list is that of another log")]
    ListedLog,
    /// A part that the list names did not come.
    #[error("part {number} is missing")]
    Missing {
        /// The first part that is missing.
        number: u32,
    },
    /// A part that came is not the one that the list names: sealed again, or put in its place.
    #[error("part {number} is not the one that was listed")]
    Changed {
        /// The part.
        number: u32,
    },
}
