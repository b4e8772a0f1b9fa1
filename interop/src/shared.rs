//! Data that is not part of the project: recordings of real devices, vectors, hostile packets.
use std::path::{Path, PathBuf};

use crate::leave_out;

/// A file or folder below `../shared` (beside the project's root). When it is absent the test is left out,
/// which this function says; return then.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    leave_out(&format!("needs ../shared/{path}, which is not part of the project"));
    None
}
