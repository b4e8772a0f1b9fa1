//! What llvm-cov wrote, in lcov's form, as lines of files that ran and that did not.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// How many lines there are with code in them, and how many of those ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) all: u32,
    ran: u32,
}

impl Lines {
    /// Percent that ran; all, where there are none.
    pub(super) fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { f64::from(self.ran) * 100.0 / f64::from(self.all) }
    }

    pub(super) fn missed(self) -> u32 {
        self.all - self.ran
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { all: self.all + other.all, ran: self.ran + other.ran }
    }
}

/// The lines of each file below `root`, by its path from there. Tests are left out: files of tests, and in others what
/// stands below `#[cfg(test)]`.
pub(super) fn by_file(lcov: &str, root: &Path) -> Result<BTreeMap<String, Lines>, String> {
    let mut files = BTreeMap::new();
    for record in lcov.split("end_of_record") {
        let Some(path) = record.lines().find_map(|line| line.strip_prefix("SF:")) else { continue };
        let Ok(file) = Path::new(path).strip_prefix(root) else { continue };
        let file = file.to_string_lossy().replace('\\', "/");
        if is_test(&file) {
            continue;
        }
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        files.insert(file, count(record, first_line_of_tests(&text)));
    }
    Ok(files)
}

fn is_test(file: &str) -> bool {
    let (folders, name) = file.rsplit_once('/').unwrap_or(("", file));
    folders.split('/').any(|folder| folder == "tests")
        || name.starts_with("tests")
        || name.ends_with("_tests.rs")
}

/// The number of the line where the tests of a file begin; above all others when it has none.
fn first_line_of_tests(text: &str) -> u32 {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.windows(2).position(|two| two[0] == "#[cfg(test)]" && two[1].starts_with("mod "));
    at.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(u32::MAX)
}

/// `DA:LINE,TIMES`, a line of code each.
fn count(record: &str, tests: u32) -> Lines {
    let mut lines = Lines::default();
    for line in record.lines().filter_map(|line| line.strip_prefix("DA:")) {
        let Some((number, times)) = line.split_once(',') else { continue };
        if number.parse().is_ok_and(|number: u32| number < tests) {
            lines.all += 1;
            lines.ran += u32::from(times != "0");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_tests_are_not_counted() {
        let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        assert_eq!(first_line_of_tests(text), 3);
        assert_eq!(first_line_of_tests("#[cfg(test)]\nfn only_for_tests() {}\nfn a() {}\n"), u32::MAX);
        let lines = count("SF:a.rs\nDA:1,0\nDA:2,7\nDA:5,1\n", 3);
        assert_eq!(lines, Lines { all: 2, ran: 1 });
        assert_eq!((lines.percent(), lines.missed()), (50.0, 1));
    }

    #[test]
    fn files_of_tests_are_known_by_name_and_folder() {
        for file in ["a/tests/b.rs", "a/src/tests.rs", "a/src/tests_networks.rs", "a/src/status_tests.rs"] {
            assert!(is_test(file), "{file}");
        }
        assert!(!is_test("a/src/attests.rs") && !is_test("a/src/contests/b.rs"));
    }

    #[test]
    fn only_files_of_the_project_are_read() {
        let root = crate::step::root();
        let ours = root.join("xtask/src/lib.rs");
        let lcov = format!(
            "SF:/no/such/file.rs\nDA:1,1\nend_of_record\nSF:{}\nDA:1,4\nend_of_record\n",
            ours.display()
        );
        let files = by_file(&lcov, &root).expect("the file is there");
        assert_eq!(files, BTreeMap::from([("xtask/src/lib.rs".to_owned(), Lines { all: 1, ran: 1 })]));
    }
}
