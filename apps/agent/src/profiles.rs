//! Profiles of makers from files: those of the site besides those that the program has.

use crate::failure::Failure;
use remote_services_collect::profile::Profiles;
use std::path::{Path, PathBuf};

/// Largest profile that is read.
const MOST_OCTETS: u64 = 256 << 10;

/// The program's profiles, with those of these files and folders added or put in their place.
///
/// # Errors
/// When a file cannot be read or is no profile: with its name, line, column and reason.
pub fn read(paths: &[PathBuf]) -> Result<Profiles, Failure> {
    let mut profiles = Profiles::builtin();
    for file in paths.iter().map(|path| files(path)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
        let name = file.display().to_string();
        profiles = profiles.with(&name, &text(&file)?).map_err(Failure::usage)?;
    }
    Ok(profiles)
}

/// The file itself, or the `.toml` files of a folder by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable =
        |error| Failure::usage(format_args!("cannot read the folder {}: {error}", path.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension == "toml") {
            files.push(file);
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn text(file: &Path) -> Result<String, Failure> {
    let unreadable =
        |error| Failure::usage(format_args!("cannot read the profile {}: {error}", file.display()));
    let length = std::fs::metadata(file).map_err(unreadable)?.len();
    if length > MOST_OCTETS {
        let reason = format!("{} is no profile: it has more than {MOST_OCTETS} octets", file.display());
        return Err(Failure::usage(reason));
    }
    std::fs::read_to_string(file).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ExitCode;

    const PROFILE: &str = "schema = 1\nmanufacturer = \"Example\"\nenterprises = [99999]\n";

    #[test]
    fn files_and_folders_add_to_what_is_built_in() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("example.toml"), PROFILE).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no profile").unwrap();
        let own = folder.path().join("canon.toml");
        std::fs::write(&own, "schema = 1\nmanufacturer = \"Canon\"\nenterprises = [1602]\n").unwrap();
        let known = Profiles::builtin().iter().count();
        let read = read(&[folder.path().to_owned(), own]).unwrap();
        assert_eq!(read.iter().count(), known + 1);
        assert!(read.iter().any(|profile| profile.manufacturer == "Example"));
        assert!(
            read.iter().any(|profile| profile.manufacturer == "Canon" && profile.meter_tables.is_empty())
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bad.toml");
        std::fs::write(&file, format!("{PROFILE}colour = 1\n")).unwrap();
        let failure = read(std::slice::from_ref(&file)).err().unwrap();
        assert_eq!(failure.code, ExitCode::Usage);
        assert!(failure.sentence.contains("bad.toml:4:1: unknown field `colour`"), "{}", failure.sentence);
        let failure = read(&[folder.path().join("gone.toml")]).err().unwrap();
        assert!(failure.sentence.contains("cannot read the profile"), "{}", failure.sentence);
        std::fs::write(&file, "# ".repeat(200_000)).unwrap();
        assert!(read(&[file]).err().unwrap().sentence.contains("more than 262144 octets"));
    }
}
