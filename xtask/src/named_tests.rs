//! Pages that name the tests which show what they say: `` `FILE::TEST` `` in a cell.
use std::fs;
use std::path::Path;

/// The tests that a cell names, as file and function.
#[must_use]
pub fn named_in(cell: &str) -> Vec<(&str, &str)> {
    cell.split('`').skip(1).step_by(2).filter_map(|quoted| quoted.split_once("::")).collect()
}

/// Whether the function stands in the file as a test that is run.
///
/// # Errors
/// What is wrong with it, in words.
pub fn exists(root: &Path, file: &str, test: &str) -> Result<(), String> {
    let text = fs::read_to_string(root.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let at = text.find(&format!("fn {test}(")).ok_or_else(|| format!("{file} has no {test}"))?;
    let attributes = text[..at].rsplit("\n\n").next().unwrap_or_default();
    if !attributes.contains("test]") {
        return Err(format!("{test} in {file} is no test"));
    }
    if attributes.contains("#[ignore") {
        return Err(format!("{test} in {file} is ignored"));
    }
    Ok(())
}
