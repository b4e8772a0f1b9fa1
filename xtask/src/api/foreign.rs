//! The crates of others whose names stand in our public interfaces: each is a promise that binds users to its version.

/// A crate that may stand in the interface of one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Our crate.
    pub library: String,
    /// Theirs, as Rust spells it.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Foreign {
    /// Reads `library TAB crate TAB reason` below a heading.
    ///
    /// # Errors
    /// A line without three cells, or with a reason too short to be one.
    pub fn parse(text: &str) -> Result<Vec<Self>, String> {
        let row = |line: &str| match line.split('\t').collect::<Vec<_>>()[..] {
            [library, name, reason] if reason.len() > 15 => {
                Ok(Self { library: library.to_owned(), name: name.to_owned(), reason: reason.to_owned() })
            }
            _ => Err(format!("not library, crate and reason: {line}")),
        };
        text.lines().skip(1).map(row).collect()
    }
}

/// What was found and is not listed, and what is listed and no longer there.
#[must_use]
pub fn check(listed: &[Foreign], found: &[(String, String)]) -> Vec<String> {
    let is = |row: &Foreign, (library, name): &(String, String)| row.library == *library && row.name == *name;
    let more = found.iter().filter(|pair| !listed.iter().any(|row| is(row, pair)));
    let fewer = listed.iter().filter(|row| !found.iter().any(|pair| is(row, pair)));
    more.map(|(library, name)| {
        format!("{library} shows {name} and docs/api/foreign.tsv has no reason for it")
    })
    .chain(fewer.map(|row| {
        format!("{} no longer shows {}: strike it from docs/api/foreign.tsv", row.library, row.name)
    }))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_a_reason_and_a_reason_without_a_crate_are_told() {
        let text =
            "library\tcrate\treason\na\ttokio\tthe runtime of its driver\na\tder\tfields of certificates\n";
        let listed = Foreign::parse(text).expect("it is well formed");
        let pair = |library: &str, name: &str| (library.to_owned(), name.to_owned());
        assert!(check(&listed, &[pair("a", "tokio"), pair("a", "der")]).is_empty());
        let told = check(&listed, &[pair("a", "tokio"), pair("b", "der")]);
        assert!(
            told.len() == 2 && told[0].starts_with("b shows der") && told[1].starts_with("a no longer"),
            "{told:?}"
        );
        assert!(Foreign::parse("h\na\ttokio\t\n").is_err(), "no reason");
    }
}
