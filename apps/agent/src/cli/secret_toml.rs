//! TOML files with secrets in them.

use crate::failure::Failure;
use serde::de::DeserializeOwned;
use std::path::Path;
use zeroize::Zeroizing;

/// Reads a file; `what` is what to call it.
///
/// # Errors
/// With the line, but never with its text: the reader would quote it, and it may hold a password.
pub(super) fn read<T: DeserializeOwned>(what: &str, path: &Path) -> Result<T, Failure> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| Failure::usage(format_args!("{what} {}: {error}", path.display())))?;
    toml::from_str(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text[..at.min(text.len())].matches('\n').count() + 1;
        Failure::usage(format_args!("{what} {}, line {line}: {}", path.display(), error.message()))
    })
}
