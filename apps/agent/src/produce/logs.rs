//! Engineering logs: the files of a folder that the site has named for support.

use remote_services_core::engineering::EngineeringLog;
use remote_services_core::time::Timestamp;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Files of one folder. Neither folders below it nor links are looked at: what lies elsewhere was not named.
#[derive(Debug)]
pub struct LogFiles {
    folder: PathBuf,
    /// The component that writes them, as support knows it.
    source: String,
    /// The one file that was asked for.
    only: Option<String>,
    /// The file that was read last: it stays the same one when another takes its name.
    open: Option<(String, File)>,
}

/// Files that are listed at most.
const MOST_FILES: usize = 256;
/// Names in a sentence at most.
const SHOWN: usize = 5;

impl LogFiles {
    /// The files of this folder, written by `source`.
    #[must_use]
    pub fn new(folder: &Path, source: &str) -> Self {
        Self { folder: folder.to_owned(), source: source.to_owned(), only: None, open: None }
    }

    /// Of these the one of this name alone.
    #[must_use]
    pub fn only(self, name: Option<&str>) -> Self {
        Self { only: name.map(str::to_owned), ..self }
    }

    /// One entry a file, by name, of the first 256. Size and digest are for whoever reads the octets: a log grows meanwhile.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self, request: &str, consent: &str, now: Timestamp) -> io::Result<Vec<EngineeringLog>> {
        let (mut names, _) = self.names()?;
        names.truncate(MOST_FILES);
        let log = |name: String| EngineeringLog {
            id: name.clone(),
            source: self.source.clone(),
            media_type: media_type(&name).to_owned(),
            captured_at: now,
            request: request.to_owned(),
            consent: consent.to_owned(),
            content: name,
            ..EngineeringLog::default()
        };
        Ok(names.into_iter().map(log).collect())
    }

    /// A sentence about each kind of files that are not listed: how many, and the names of the first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn left_out(&self) -> io::Result<Vec<String>> {
        let (names, unreadable) = self.names()?;
        let beyond = names.get(MOST_FILES..).unwrap_or_default();
        let said = [
            (
                beyond,
                format!(
                    "beyond the first {MOST_FILES} of the folder, each sent when it is asked for by its name"
                ),
            ),
            (&unreadable, "whose names are not UTF-8, each sent once it is renamed".to_owned()),
        ];
        let said = said.into_iter().filter(|(names, _)| !names.is_empty());
        let files = |names: &[String]| match names.len() {
            1 => "1 file".to_owned(),
            several => format!("{several} files"),
        };
        Ok(said.map(|(names, what)| format!("{} {what}: {}", files(names), some_of(names))).collect())
    }

    /// The names of the files in their order, and as they can be shown those that are not UTF-8.
    fn names(&self) -> io::Result<(Vec<String>, Vec<String>)> {
        let (mut names, mut unreadable) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&self.folder)?.filter_map(Result::ok) {
            if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            match entry.file_name().into_string() {
                Ok(name) if self.only.as_ref().is_none_or(|only| *only == name) => names.push(name),
                Err(name) if self.only.is_none() => unreadable.push(name.to_string_lossy().into_owned()),
                _ => {}
            }
        }
        names.sort();
        unreadable.sort();
        Ok((names, unreadable))
    }

    /// Octets of a listed file from `offset` on; 0 is the end. As long as no other is asked for it is the same file, whatever
    /// has its name meanwhile.
    ///
    /// # Errors
    /// When it is none of the folder's files, or cannot be read.
    pub fn read(&mut self, content: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let file = match self.open.take() {
            Some((name, file)) if name == content => file,
            _ => self.file(content)?,
        };
        let (_, file) = self.open.insert((content.to_owned(), file));
        file.seek(SeekFrom::Start(offset))?;
        file.read(into)
    }

    fn file(&self, content: &str) -> io::Result<File> {
        let mut parts = Path::new(content).components();
        let plain = matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(_)), None));
        let path = self.folder.join(content);
        let none = || io::Error::new(io::ErrorKind::NotFound, "no log of this folder");
        // Looked at first, since opening what is no file may take for ever.
        if !plain || !path.symlink_metadata()?.is_file() {
            return Err(none());
        }
        let file = File::open(&path)?;
        // It may have become a link in between.
        if is_same(&path.symlink_metadata()?, &file.metadata()?) { Ok(file) } else { Err(none()) }
    }
}

/// The first of these names, and how many more there are.
fn some_of(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| name.escape_debug().to_string()).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(unix)]
fn is_same(named: &Metadata, open: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    named.is_file() && (named.dev(), named.ino()) == (open.dev(), open.ino())
}

#[cfg(not(unix))]
fn is_same(named: &Metadata, _: &Metadata) -> bool {
    named.is_file()
}

fn media_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("log" | "txt") | None => "text/plain",
        Some("gz") => "application/gzip",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, LogFiles) {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        std::fs::create_dir_all(logs.join("below")).unwrap();
        std::fs::write(logs.join("engine.log"), b"0123456789").unwrap();
        std::fs::write(logs.join("core.bin"), [0; 3]).unwrap();
        std::fs::write(folder.path().join("secret"), b"elsewhere").unwrap();
        let files = LogFiles::new(&logs, "engine");
        (folder, files)
    }

    #[test]
    fn the_files_of_the_folder_are_logs_under_request_and_consent() {
        let (_folder, files) = folder();
        let logs = files.list("command-1", "consent-1", Timestamp::from_unix_seconds(7)).unwrap();
        let names: Vec<_> = logs.iter().map(|log| (log.id.as_str(), log.media_type.as_str())).collect();
        assert_eq!(names, [("core.bin", "application/octet-stream"), ("engine.log", "text/plain")]);
        assert!(
            logs.iter().all(|log| (log.request.as_str(), log.consent.as_str()) == ("command-1", "consent-1"))
        );
    }

    #[test]
    fn octets_come_piece_by_piece_and_from_nowhere_else() {
        let (_folder, mut files) = folder();
        let mut piece = [0; 4];
        assert_eq!((files.read("engine.log", 8, &mut piece).unwrap(), &piece[..2]), (2, &b"89"[..]));
        assert_eq!(files.read("engine.log", 10, &mut piece).unwrap(), 0);
        for elsewhere in ["../secret", "/etc/hostname", "below", "", ".", "engine.log/..", "nothing"] {
            assert!(files.read(elsewhere, 0, &mut piece).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn a_file_that_is_read_stays_the_same_one_when_another_takes_its_name() {
        let (folder, mut files) = folder();
        let mut piece = [0; 4];
        files.read("engine.log", 0, &mut piece).unwrap();
        let path = folder.path().join("logs/engine.log");
        std::fs::rename(&path, path.with_extension("1")).unwrap();
        std::fs::write(&path, b"another").unwrap();
        assert_eq!((files.read("engine.log", 4, &mut piece).unwrap(), &piece), (4, b"4567"));
        files.read("core.bin", 0, &mut piece).unwrap();
        files.read("engine.log", 0, &mut piece).unwrap();
        assert_eq!(&piece, b"anot", "once it was left, the name counts again");
    }

    #[test]
    fn files_beyond_the_first_256_are_counted_and_named_and_one_that_is_asked_for_is_listed_all_the_same() {
        let (folder, files) = folder();
        assert_eq!(files.left_out().unwrap(), [""; 0]);
        for number in 0..300 {
            std::fs::write(folder.path().join(format!("logs/z{number:03}.log")), b"").unwrap();
        }
        let listed = files.list("r", "c", Timestamp::default()).unwrap();
        assert_eq!((listed.len(), listed[255].content.as_str()), (256, "z253.log"));
        let said = "46 files beyond the first 256 of the folder, each sent when it is asked for by its name: \
                    z254.log, z255.log, z256.log, z257.log, z258.log and 41 more";
        assert_eq!(files.left_out().unwrap(), [said]);
        for number in 255..300 {
            std::fs::remove_file(folder.path().join(format!("logs/z{number:03}.log"))).unwrap();
        }
        assert!(files.left_out().unwrap()[0].starts_with("1 file beyond"));
        std::fs::write(folder.path().join("logs/z299.log"), b"").unwrap();
        let one = files.only(Some("z299.log"));
        let listed = one.list("r", "c", Timestamp::default()).unwrap();
        assert_eq!(listed.iter().map(|log| log.content.as_str()).collect::<Vec<_>>(), ["z299.log"]);
        assert_eq!(one.left_out().unwrap(), [""; 0], "nothing else was asked for");
    }

    /// macOS has no such names.
    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_utf_8_are_counted_and_shown() {
        use std::os::unix::ffi::OsStrExt as _;
        let (folder, files) = folder();
        for name in [&b"caf\xE9.log"[..], b"b\xFF\n"] {
            let name = std::ffi::OsStr::from_bytes(name);
            std::fs::write(folder.path().join("logs").join(name), b"").unwrap();
        }
        let said =
            "2 files whose names are not UTF-8, each sent once it is renamed: b\u{fffd}\\n, caf\u{fffd}.log";
        assert_eq!(files.left_out().unwrap(), [said]);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere() {
        let (folder, mut files) = folder();
        std::os::unix::fs::symlink(folder.path().join("secret"), folder.path().join("logs/link.log"))
            .unwrap();
        assert!(files.read("link.log", 0, &mut [0; 4]).is_err());
        assert!(files.list("r", "c", Timestamp::default()).unwrap().iter().all(|log| log.id != "link.log"));
    }
}
