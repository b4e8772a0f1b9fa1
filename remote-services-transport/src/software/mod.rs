//! Newer software for a component: asked for, checked, fetched, installed at the set time.
//!
//! ```text
//!                      refused, and nothing changes: signature, another component, expired, sequence gone back,
//!                      ▲ twice with one sequence, not from this version; frozen: for too long 204, 304, 4xx, 5xx or no answer
//!                      │
//! current ── GET software ─▶ manifest, signed ─▶ offered ─▶ fetching (Range, If-Range) ─▶ whole, digest right
//!    ▲  ╲─ 204 304 ─▶ nothing newer               │ ▲              ╲─▶ other octets: thrown away, told, left │
//!    │                        it expires: lapsed ◀┘ └─ signed anew    alone for 15 min, doubling            ▼
//!    └── installed ◀── version is the new one ◀── installing ◀── ready: not before, in the window, allowed
//!                      │ ╲─▶ failed: it is not; this version is not tried again
//!                      ╰─▶ obstructed by this machine: told, and ready again after 15 min, doubling
//! ```
//!
//! [`Updates`] decides and does no I/O; its state is one small document that the caller keeps durably before it does what
//! it was told. Before the installer runs, `installing` is kept: after a crash the version that runs tells what became of
//! it. One that does not run then begins again, twice at most, where its installer says that it may
//! ([`Installer::is_repeatable`]); else, and after that, it is never installed without a person's word. [`ArtifactFile`] holds what was fetched: every
//! piece synced, the digest taken over the whole file before the installer sees it, and once more by [`install`] right before
//! that, since it may have waited for its window for long. Whoever knows how much room there is asks
//! [`ArtifactFile::fits`] before the first piece; of a file that fills the disk nothing stays.
//!
//! What protects against old manifests must not go with the state's file: [`UpdateState::seen`] is to be kept elsewhere as well, and
//! [`UpdateState::recall`] takes it back.
//!
//! A client that opted out never asks; nothing else depends on this module.

mod again;
mod artifact;
mod install;
mod offer;
mod redirect;
mod seen;

pub use artifact::{ArtifactError, ArtifactFile, Piece, tag};
pub use install::{Attempt, Installer, NotInstalled, install};
pub use offer::{
    Component, Offer, OfferRefusal, UpdateState, Updates, UpdatesStep, WrongArtifact, judge_silence,
    judge_software, request,
};
pub use redirect::{Place, redirected};
pub use seen::Seen;

#[cfg(test)]
mod tests;
