//! snmpEngineBoots in a file (RFC 3414 §2.2).
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Keeps snmpEngineBoots over restarts. One process at a time.
///
/// The file is replaced as a whole: written beside the old one, synchronised, renamed, and the folder synchronised.
/// A process or machine that dies meanwhile leaves the old number or the new one.
#[derive(Clone, Debug)]
pub struct BootsFile {
    path: PathBuf,
}

impl BootsFile {
    /// The file need not exist yet; its folder must.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        BootsFile { path: path.into() }
    }

    /// Counts this start and stores it before it is used: 1 at the first start, one more at each other, and
    /// 2147483647 for ever once that is reached. The same when the file is there but says nothing readable, since
    /// boots that cannot be determined must not be used again (RFC 3414 §2.2.1): such an engine answers no
    /// authenticated request until it gets a new engine ID or new keys, and [`reset`](Self::reset).
    ///
    /// # Errors
    /// The file cannot be read or replaced. Do not start then.
    pub fn next_start(&self) -> io::Result<u32> {
        let boots = match fs::read(&self.path) {
            Ok(content) => parse(&content).map_or(LATCHED, |boots| boots.saturating_add(1).min(LATCHED)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 1,
            Err(error) => return Err(error),
        };
        self.store(boots)?;
        Ok(boots)
    }

    /// Stores boots that rose while the engine ran; see
    /// [`ResponderEvent::EngineBoots`](crate::engine::responder::ResponderEvent::EngineBoots).
    ///
    /// # Errors
    /// The file cannot be replaced; the old number stands.
    pub fn store(&self, boots: u32) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let mut file = File::create(&beside)?;
        file.write_all(format!("{boots}\n").as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, &self.path)?;
        self.sync_folder()
    }

    /// Begins to count again: only with a new engine ID, or when all keys are new.
    ///
    /// # Errors
    /// The file cannot be replaced.
    pub fn reset(&self) -> io::Result<()> {
        self.store(0)
    }

    #[cfg(unix)]
    fn sync_folder(&self) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "folders cannot be synchronised here")]
    fn sync_folder(&self) -> io::Result<()> {
        let _ = Path::new(".");
        Ok(())
    }
}

/// A line with a number. Without its end it may be the start of a longer one.
fn parse(content: &[u8]) -> Option<u32> {
    let digits = content.strip_suffix(b"\n")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(digits).ok()?.parse().ok()
}

const LATCHED: u32 = 0x7fff_ffff;

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("snmp-boots-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn file(&self) -> BootsFile {
            BootsFile::new(self.0.join("boots"))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn rfc3414_2_2_boots_rise_at_each_start_and_stick_at_the_end() {
        let folder = Folder::new("rise");
        for start in 1..=3 {
            assert_eq!(folder.file().next_start().unwrap(), start);
        }
        folder.file().store(LATCHED - 1).unwrap();
        for _ in 0..3 {
            assert_eq!(folder.file().next_start().unwrap(), LATCHED);
        }
        folder.file().reset().unwrap();
        assert_eq!(folder.file().next_start().unwrap(), 1);
    }

    #[test]
    fn rfc3414_2_2_1_boots_that_cannot_be_read_are_the_last_ones() {
        let folder = Folder::new("torn");
        for content in ["", "4", "+4\n", "4\n\n", "4 \n", "99999999999\n", "4294967295\n"] {
            fs::write(folder.0.join("boots"), content).unwrap();
            assert_eq!(folder.file().next_start().unwrap(), LATCHED, "{content:?}");
        }
    }

    #[test]
    fn a_write_that_was_cut_short_leaves_the_old_boots() {
        let folder = Folder::new("cut");
        folder.file().store(7).unwrap();
        fs::write(folder.0.join("boots.new"), "1").unwrap();
        assert_eq!(folder.file().next_start().unwrap(), 8);
    }

    #[test]
    fn without_a_folder_there_is_no_start() {
        let folder = Folder::new("gone");
        assert!(BootsFile::new(folder.0.join("none/boots")).next_start().is_err());
    }
}
