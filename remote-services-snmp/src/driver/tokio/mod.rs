//! For programs of tasks: [`ManagerHandle`] asks, [`serve`] answers.

mod manager;
mod serve;
mod task;

pub use manager::ManagerHandle;
pub use serve::serve;
