//! How clients and the server talk: the documents they exchange, and what each side does next.
pub mod certs_only;
pub mod document;
pub mod registration_key;
