//! Profiles of makers from files: those of the site besides those that the program has.

use crate::failure::Failure;
use remote_services_collect::profile::{Profiles, is_same_maker};
use std::path::{Path, PathBuf};

/// Largest profile that is read.
const MOST_OCTETS: u64 = 256 << 10;

/// The program's profiles, with those of these files and folders added or put in their place.
///
/// # Errors
/// When a file cannot be read or is no profile: with its name, line, column and reason.
pub fn read(paths: &[PathBuf]) -> Result<Profiles, Failure> {
    let Gathered { profiles, wrong, .. } = gather(paths);
    wrong.into_iter().next().map_or(Ok(profiles), Err)
}

/// What became of files and folders with profiles.
pub struct Gathered {
    /// The program's profiles, and those of the files that are right, added or put in their place.
    pub profiles: Profiles,
    /// Each maker of such a file, and the file.
    pub own: Vec<(String, PathBuf)>,
    /// What is wrong with the others, each with its file and place.
    pub wrong: Vec<Failure>,
}

/// Reads all files, whatever is wrong with some of them.
#[must_use]
pub fn gather(paths: &[PathBuf]) -> Gathered {
    let mut all = Gathered { profiles: Profiles::builtin(), own: Vec::new(), wrong: Vec::new() };
    for path in paths {
        match files(path) {
            Ok(files) => files.into_iter().for_each(|file| all.take(file)),
            Err(failure) => all.wrong.push(failure),
        }
    }
    all
}

impl Gathered {
    fn take(&mut self, file: PathBuf) {
        let name = file.display().to_string();
        let with = text(&file).and_then(|text| self.profiles.with(&name, &text).map_err(Failure::usage));
        match with {
            Ok(profiles) => {
                self.profiles = profiles;
                // The one that was read last stands at the end.
                let maker = self.profiles.iter().last().map(|profile| profile.manufacturer.clone());
                let maker = maker.unwrap_or_default();
                self.own.retain(|(other, _)| !is_same_maker(other, &maker));
                self.own.push((maker, file));
            }
            Err(failure) => self.wrong.push(failure),
        }
    }

    /// Where the profile of a maker comes from: a file of the site, and whether it stands in place of the program's.
    #[must_use]
    pub fn origin(&self, maker: &str) -> String {
        let own = self.own.iter().find(|(own, _)| is_same_maker(own, maker));
        let builtin =
            || Profiles::builtin().iter().any(|profile| is_same_maker(&profile.manufacturer, maker));
        match own {
            None => "built in".to_owned(),
            Some((_, file)) if builtin() => format!("{}, in place of the one built in", file.display()),
            Some((_, file)) => file.display().to_string(),
        }
    }
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
    fn one_file_that_is_wrong_hides_no_other_and_a_file_in_place_of_what_is_built_in_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("a.toml", "schema = 1\nmanufacturer = 7\n");
        write("b.toml", PROFILE);
        write("c.toml", "schema = 2\n");
        write("d.toml", "schema = 1\nmanufacturer = \"CANON\"\nenterprises = [1602]\n");
        let all = gather(&[folder.path().to_owned(), folder.path().join("gone.toml")]);
        let wrong: Vec<&str> = all.wrong.iter().map(|failure| failure.sentence.as_str()).collect();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(wrong[0].contains("a.toml:2:16:") && wrong[1].contains("c.toml:"), "{wrong:?}");
        assert!(all.origin("Example").ends_with("b.toml"), "{}", all.origin("Example"));
        assert!(all.origin("Canon").ends_with("d.toml, in place of the one built in"));
        assert_eq!(all.origin("Xerox"), "built in");
        assert_eq!(all.profiles.iter().count(), Profiles::builtin().iter().count() + 1);
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
