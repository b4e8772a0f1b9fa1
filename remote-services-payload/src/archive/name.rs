//! Which names entries may have.

/// The name of the first entry; no other may have it.
pub const MANIFEST_NAME: &str = "manifest.xml";

/// Octets of a name.
pub(crate) const MAX_NAME: usize = 120;
/// Folders deep, the file itself included.
const MAX_SEGMENTS: usize = 4;

/// Whether a name is allowed: one to four segments of ASCII letters, digits, `.`, `_` and `-`, joined by `/`,
/// each starting with a letter or digit and not ending in a dot; at most 120 octets.
///
/// That leaves out absolute paths, `..`, backslashes, drive letters, empty segments, control characters and
/// names that look alike.
#[must_use]
pub(crate) fn is_allowed(name: &str) -> bool {
    let segment = |segment: &str| {
        segment.starts_with(|first: char| first.is_ascii_alphanumeric())
            && !segment.ends_with('.')
            && segment.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"._-".contains(&octet))
    };
    name.len() <= MAX_NAME && name.split('/').count() <= MAX_SEGMENTS && name.split('/').all(segment)
}

/// Whether an entry can have this name beside the manifest: one to four segments of ASCII letters, digits, `.`, `_` and `-`,
/// joined by `/`, each starting with a letter or digit and not ending in a dot; at most 120 octets.
#[must_use]
pub fn is_entry_name(name: &str) -> bool {
    is_allowed(name) && !name.eq_ignore_ascii_case(MANIFEST_NAME)
}

/// A name for error texts, whatever octets it has.
#[must_use]
pub(crate) fn shown(name: &[u8]) -> String {
    name[..name.len().min(MAX_NAME)].escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allows_plain_names_and_folders() {
        for name in ["identity.xml", "a", "devices/2f/supplies-1_0.xml", "1/2/3/4"] {
            assert!(is_allowed(name), "{name}");
        }
    }

    #[test]
    fn refuses_whatever_could_leave_a_folder_or_look_like_another_name() {
        let long = "a".repeat(MAX_NAME + 1);
        for name in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            ".",
            "..",
            ".hidden",
            "a\\b",
            "c:x",
            "a b",
            "a.",
            "a\0",
            "ä",
            "a/b/c/d/e",
            "~root",
            &long,
        ] {
            assert!(!is_allowed(name), "{name:?}");
        }
    }
}
