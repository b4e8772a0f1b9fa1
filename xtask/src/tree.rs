//! How many crates come along with one of ours, and what its README says about it.
use crate::step::cargo;

/// The heading of the column in a README that tells: `| features | crates in the tree |`.
const HEADING: &str = "| features | crates in the tree |";

/// A row of a README: features, and how many crates its tree has with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The cell as it stands there.
    pub label: String,
    /// What chooses them on cargo's command line.
    pub words: Vec<String>,
    /// Crates in the tree as stated.
    pub crates: usize,
}

/// The crates in a package's tree, itself and what only compiles with it (macros) included: `name vVERSION`.
///
/// # Errors
/// When cargo cannot say.
pub fn crates(package: &str, words: &[String]) -> Result<Vec<String>, String> {
    along(package, "normal", words)
}

/// The same and what only runs while one of them is built: what build scripts need, such as to drive a compiler.
///
/// # Errors
/// When cargo cannot say.
pub fn crates_to_build(package: &str, words: &[String]) -> Result<Vec<String>, String> {
    along(package, "normal,build", words)
}

fn along(package: &str, edges: &str, words: &[String]) -> Result<Vec<String>, String> {
    let mut command =
        cargo(&["tree", "--package", package, "--edges", edges, "--prefix", "none", "--no-dedupe"]);
    let output =
        command.arg("--locked").args(words).output().map_err(|error| format!("cargo tree: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo tree: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut crates: Vec<String> =
        text.lines().filter_map(|line| Some(line.split(" (").next()?.to_owned())).collect();
    crates.retain(|line| !line.is_empty());
    crates.sort();
    crates.dedup();
    Ok(crates)
}

/// The rows that a README states.
///
/// # Errors
/// When there is no such table, or a row has no number.
pub fn stated(readme: &str) -> Result<Vec<Row>, String> {
    let rows = readme.lines().skip_while(|line| *line != HEADING).skip(2);
    let rows: Vec<Row> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| row(line).ok_or_else(|| format!("not features and a number: {line}")))
        .collect::<Result<_, _>>()?;
    if rows.is_empty() { Err(format!("there is no table `{HEADING}`")) } else { Ok(rows) }
}

/// `| none | 5 |`, `` | default, `tokio` | 40 | ``: features are in backticks, `default` stands for those on by default.
fn row(line: &str) -> Option<Row> {
    let (label, count) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
    let features: Vec<&str> = label.split('`').skip(1).step_by(2).collect();
    let mut words = Vec::new();
    if !label.contains("default") {
        words.push("--no-default-features".to_owned());
    }
    if !features.is_empty() {
        words.extend(["--features".to_owned(), features.join(",")]);
    }
    Some(Row { label: label.to_owned(), words, crates: count.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_chooses_the_features_that_it_names() {
        let readme = format!(
            "# x\n\n{HEADING}\n| --- | --- |\n| none | 3 |\n| default | 7 |\n| default, `tokio` | 9 |\n| `a`, `b` | 4 |\n\n| 1 | 2 |\n"
        );
        let rows = stated(&readme).expect("it is well formed");
        let words: Vec<String> = rows.iter().map(|row| row.words.join(" ")).collect();
        let expected =
            ["--no-default-features", "", "--features tokio", "--no-default-features --features a,b"];
        assert_eq!(words, expected);
        assert_eq!(rows.iter().map(|row| row.crates).collect::<Vec<_>>(), [3, 7, 9, 4]);
        assert!(stated("# x\n").is_err(), "no table");
        assert!(stated(&readme.replace("| 9 |", "| many |")).is_err(), "no number");
    }
}
