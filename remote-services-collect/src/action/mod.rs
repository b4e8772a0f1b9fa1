//! Actions on a device: what to do in which order, and how to tell whether it happened.
//!
//! ```text
//!  read ─▶ the right device? ─▶ may it be done? ─▶ keep(before) ─▶ effect, once ─▶ look until it shows ─▶ Outcome
//!             ╲─▶ another: not touched                                ╲ crash
//!                                                                       ─▶ look_after: look only, never again
//! ```
//!
//! [`Device`] is the one trait for all of them: whoever has sockets implements how to ask, to write and to send, and gets
//! [`Device::carry_out`] and [`Device::look_after`]. A device is touched only after it proved, at that very address, to be
//! the one that is meant; what was before is kept before the effect; and an effect is tried a second way only when the
//! first way certainly did nothing. Whether an action is allowed at all is decided before, by the caller.
//!
//! | order | effect | what shows it |
//! | --- | --- | --- |
//! | [`Order::GetStatus`] [`Order::Ping`] | none | the answer |
//! | [`Order::Restart`] | one SET: prtGeneralReset, else what the profile of the maker says | sysUpTime begins again |
//! | [`Order::TestPage`] | a job to the raw port or by LPR | prtMarkerLifeCount moves |
//! | [`Order::Upgrade`] | a file to the raw port or by LPR | a restart, and the version that is read back |
//! | [`Order::Set`] | one SET of objects that are listed as settings | the values that are read back |

mod device;
mod lpr;
mod page;
mod print;
mod restart;
pub(crate) mod settings;
mod upgrade;
mod watch;
mod ways;

pub use device::{
    Before, Content, Device, Order, Outcome, Package, Patience, Ping, Progress, Seen, Sent, Unreached,
    WriteFailure,
};
pub use lpr::{LprError, LprJob, LprSender, LprStep};
pub use page::{NoLanguage, PageLanguage, TestPage, test_page};
pub use restart::{Reset, reset};
pub use settings::{Settable, Setting, SettingError, settable};
pub use upgrade::Upgrade;
pub use ways::{LPR_PORT, RAW_PORT, Way, Wish, lpr_queue, raw_port};

#[cfg(test)]
mod tests;
