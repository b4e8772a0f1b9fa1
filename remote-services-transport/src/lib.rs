//! How clients and the server talk: the documents they exchange, and what each side does next.
pub mod audit;
pub mod certs_only;
pub mod directory;
pub mod document;
pub mod durable;
pub mod enrol;
pub mod exchange;
pub mod execution;
pub mod next_step;
pub mod poll;
pub mod registration_key;
pub mod spool;
pub mod upload;
