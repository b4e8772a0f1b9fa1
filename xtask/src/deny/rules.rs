//! `deny.toml` as far as `cargo xtask deny` goes by it.
use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::versions::{Range, Version};

/// What is refused, and which licences are allowed.
#[derive(Debug)]
pub struct Rules {
    /// `[licenses] allow`.
    pub(super) licences: Vec<String>,
    /// `[bans] deny`.
    crates: Vec<Refused>,
}

#[derive(Debug)]
struct Refused {
    name: String,
    versions: Range,
    reason: String,
}

impl Rules {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not there, or says something that would not be held: an entry without a reason, a requirement that
    /// is none.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|why| format!("{}: {why}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| format!("{error}"))?;
        let list = |outer: &str, inner: &str| {
            table
                .get(outer)
                .and_then(|it| it.get(inner))
                .and_then(Value::as_array)
                .ok_or_else(|| format!("no list [{outer}] {inner}"))
        };
        let licences =
            list("licenses", "allow")?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let crates = list("bans", "deny")?.iter().map(refused).collect::<Result<_, _>>()?;
        Ok(Self { licences, crates })
    }

    /// How many crates and ranges of versions are refused.
    #[must_use]
    pub fn len(&self) -> usize {
        self.crates.len()
    }

    /// Whether nothing is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.crates.is_empty()
    }

    /// Why this version of a crate is refused, if it is.
    ///
    /// # Errors
    /// When the version is none.
    pub fn refuses(&self, name: &str, version: &str) -> Result<Option<&str>, String> {
        let version = Version::parse(version).map_err(|error| format!("{version:?}: {error}"))?;
        let hit = self.crates.iter().find(|it| it.name == name && it.versions.matches(&version));
        Ok(hit.map(|it| it.reason.as_str()))
    }
}

/// An entry: `{ crate = "name:<1.2.3", reason = "…" }`, or without a version: any. An `@` would make of any bound that
/// one version for cargo-deny, so it is refused.
fn refused(entry: &Value) -> Result<Refused, String> {
    let word = |key: &str| {
        entry
            .get(key)
            .and_then(Value::as_str)
            .ok_or_else(|| format!("an entry of deny has no {key}: {entry:?}"))
    };
    let (spec, reason) = (word("crate")?, word("reason")?.to_owned());
    let (name, versions) = spec.split_once(':').unwrap_or((spec, "*"));
    if name.contains('@') {
        return Err(format!("{spec}: `@` stands for exactly one version; a range comes after `:`"));
    }
    let versions = Range::parse(versions).map_err(|error| format!("{spec}: {error}"))?;
    Ok(Refused { name: name.to_owned(), versions, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[licenses]\nallow = [\"MIT\"]\n[bans]\ndeny = [\n { crate = \"a:<1.2\", reason = \"old\" },\n \
        { crate = \"b\", reason = \"never\" },\n { crate = \"c:>=0.9, <0.9.3\", reason = \"between\" },\n]\n";

    #[test]
    fn a_range_refuses_what_is_in_it_and_a_bare_name_all() {
        let rules = Rules::parse(TEXT).expect("it is well formed");
        let refused = |name, version| rules.refuses(name, version).expect("a version").unwrap_or("fine");
        assert_eq!(
            [refused("a", "1.1.9"), refused("a", "1.2.0"), refused("b", "7.0.0")],
            ["old", "fine", "never"]
        );
        assert_eq!(
            [refused("c", "0.9.2"), refused("c", "0.9.3"), refused("c", "0.8.0")],
            ["between", "fine", "fine"]
        );
    }

    #[test]
    fn what_would_not_be_held_is_an_error() {
        for (from, to, word) in [
            (":<1.2", ":<one", "a:<one"),
            (":<1.2", "@<1.2", "exactly one version"),
            (", reason = \"old\"", "", "no reason"),
            ("deny", "denied", "no list [bans] deny"),
            ("[bans]", "[bans", "TOML"),
        ] {
            let error = Rules::parse(&TEXT.replacen(from, to, 1)).expect_err(word);
            assert!(error.contains(word), "{word}: {error}");
        }
    }
}
