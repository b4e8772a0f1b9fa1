//! What is kept in memory so that the frequent paths touch no database.
//!
//! * [`roster`]: which certificates are trusted, and the version of each client's command list. A poll that
//!   brings nothing new reads only this.
//! * [`ingest`]: wakes the worker when an upload was recorded. The queue itself is the store's list of
//!   uploads in state `received`, so nothing is lost with the process.
//!
//! Whoever writes to the store and then changes one of them does both in one `carry_through`, so that neither is left behind
//! where a connection is cut.

pub(crate) mod ingest;
pub(crate) mod roster;
