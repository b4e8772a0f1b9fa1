//! For programs of threads: [`ManagerDriver`] asks, [`serve`] answers.

mod manager;
mod serve;

pub use manager::ManagerDriver;
pub use serve::serve;
