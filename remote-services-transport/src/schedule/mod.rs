//! When a client does its daily work: at its own moment of a window that the site chose.
//!
//! ```text
//!            ┌─ window, in local time ─────────────────────────┐
//! 02:00 ─────┼──────────────● hash(id): this client's moment ──┤ 04:00
//!            └─────────────────────────────────────────────────┘
//! waiting ── the moment comes ─▶ due ── done ─▶ waiting for the next local day
//!    ╲── asleep over the moment ─▶ due soon after waking, once however many days were missed, a little spread
//!    │                          (who sleeps again before that: soon after the first of these wakings)
//!    ╲── on demand ─▶ due now; the daily moment stays
//! ```
//!
//! The moment is `hash(id)` of the window, the same every day, so that a fleet is spread over its windows and a power
//! cut lines nobody up. Windows are in local time: on the days when clocks change, a time that does not exist becomes
//! the one as much later, and of a time that comes twice the first counts, so that every day has exactly one moment. A
//! clock that is set back, by a day at most, brings no second run; one that is set forward brings one run, not many.

mod daily;

pub use daily::{Daily, DailyWindow, Due, WindowError, window_state};

#[cfg(test)]
mod tests;
