//! Carrying out one command, at most once.
//!
//! ```text
//! delivered ─▶ accepted ─▶ [awaitingConsent] ─▶ [scheduled] ─▶ running ─▶ succeeded | failed | timedOut
//!     ╲─▶ rejected(reason)    ╲─▶ expired | cancelled             ╲ crash
//!                                                                  ─▶ interrupted ─▶ (look) ─▶ succeeded | failed
//! ```
//!
//! Every state is in the journal before anything else happens. [`Run::begin`] hands out [`Begun`] only after the
//! journal has kept `running`, and whoever causes an effect asks for it. After a crash [`Run::resume`] turns
//! `running` into `interrupted`, from which no way leads back: the client looks at the device and concludes.

mod admit;
mod report;
mod run;

pub use admit::{CommandVerifier, Site, admit};
pub use report::{ReportOutcome, judge_report, report};
pub use run::{Begun, Journal, Run, RunError};
