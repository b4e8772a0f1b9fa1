//! What is kept in memory so that the frequent paths touch no database.
//!
//! * [`roster`]: which certificates are trusted, and the version of each client's command list. A poll that
//!   brings nothing new reads only this.
//! * [`ingest`]: wakes the worker when an upload was recorded. The queue itself is the store's list of
//!   uploads in state `received`, so nothing is lost with the process.

pub(crate) mod ingest;
pub(crate) mod roster;
