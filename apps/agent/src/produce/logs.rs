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
    /// The file that was read last: it stays the same one when another takes its name.
    open: Option<(String, File)>,
}

/// Files that are listed at most.
const MOST_FILES: usize = 256;

impl LogFiles {
    /// The files of this folder, written by `source`.
    #[must_use]
    pub fn new(folder: &Path, source: &str) -> Self {
        Self { folder: folder.to_owned(), source: source.to_owned(), open: None }
    }

    /// One entry a file, by name. Size and digest are for whoever reads the octets: a log grows meanwhile.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self, request: &str, consent: &str, now: Timestamp) -> io::Result<Vec<EngineeringLog>> {
        let mut names: Vec<String> = std::fs::read_dir(&self.folder)?
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
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
