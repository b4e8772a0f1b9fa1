//! For programs of threads: [`ManagerDriver`] asks, [`serve`] answers, [`NotificationListener`] hears of events.

mod calls;
mod manager;
mod notify;
mod serve;

pub use manager::ManagerDriver;
pub use notify::{NotificationListener, NotificationSender};
pub use serve::serve;
