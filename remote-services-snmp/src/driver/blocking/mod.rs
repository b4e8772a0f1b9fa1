//! For programs of threads: [`ManagerDriver`] asks, [`serve`] answers, [`NotificationListener`] hears of events.

mod manager;
mod notify;
mod serve;
mod serve_tcp;
mod tcp;
mod transport;

pub use manager::ManagerDriver;
pub use notify::{NotificationListener, NotificationSender};
pub use serve::serve;
pub use serve_tcp::serve_tcp;
pub use tcp::Tcp;
pub use transport::{Transport, Udp};
