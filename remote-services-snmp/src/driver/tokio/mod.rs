//! For programs of tasks: [`ManagerHandle`] asks, [`serve`] answers, [`NotificationListener`] hears of events.

mod manager;
mod notify;
mod serve;
mod serve_tcp;
mod streams;
mod task;
mod udp;

pub use manager::ManagerHandle;
pub use notify::{NotificationListener, NotificationSender};
pub use serve::serve;
pub use serve_tcp::serve_tcp;
pub use streams::{Connect, Tcp};
