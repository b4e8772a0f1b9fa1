//! How clients and the server talk: the documents they exchange, and what each side does next.
pub mod document;
