//! Carrying out one command, at most once.
//!
//! ```text
//! delivered ─▶ accepted ─▶ [awaitingConsent] ─▶ [scheduled] ─▶ running ─▶ succeeded | failed | timedOut
//!     ╲─▶ rejected(reason)    ╲─▶ expired | cancelled | failed    ╲ crash          (or rejected, until it is scheduled)
//!                                                                  ─▶ interrupted ─▶ (look) ─▶ succeeded | failed
//! ```
//!
//! [`next`] says what to do with a command in whatever state it is: one pure function, asked again after every change.
//! [`advance`] does all of them that can be done now, with the [`Hands`] of whoever has a device, and stops at the beginning:
//! the server is told of it, and [`carry_out`] has the effect unless another client of this name has begun ([`leave`]) or the
//! server does not trust this one ([`Run::take_back`]).
//! [`rule`] is the server's side of it: which report is taken.
//!
//! Every state is in the journal before anything else happens. [`Run::begin`] hands out [`Begun`] only after the
//! journal has kept `running`, and whoever causes an effect asks for it. After a crash [`Run::resume`] turns
//! `running` into `interrupted`, from which no way leads back: the client looks at the device and concludes.

mod admit;
mod advance;
mod book;
mod plan;
mod report;
mod rule;
mod run;
#[cfg(test)]
mod samples;

pub use admit::{CommandVerifier, Site, admit};
pub use advance::{Hands, advance, carry_out, leave};
pub use book::{CommandBook, KeepBook, Orders};
pub use plan::{Asked, Step, WindowState, next};
pub use report::{ReportOutcome, begun_elsewhere, is_underway, judge_report, report};
pub use rule::{Ruling, rule};
pub use run::{Begun, Journal, Run, RunError};
