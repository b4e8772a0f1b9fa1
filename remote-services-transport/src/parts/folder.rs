//! What survives of an upload in parts.
//!
//! ```text
//! FOLDER/head.json     the upload's name, how many parts, what the log is: written once, before anything goes out
//! FOLDER/parts.log     one JSON line a sealed part: number, length, digest; a later line replaces an earlier one
//! FOLDER/N.sealed      the part that is being sent, or `list.sealed`
//! ```

use crate::document::ContentDigest;
use crate::durable;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// What the closing list says about one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedDigest {
    /// Octets of the log in it.
    pub length: u64,
    /// SHA-256 of the part as it was sealed.
    pub digest: ContentDigest,
}

/// The durable state of one upload in parts.
#[derive(Debug)]
pub struct PartsFolder {
    folder: PathBuf,
    head: Head,
    log: File,
    sealed: BTreeMap<u32, SealedDigest>,
}

/// Why the folder is of no use. Blame: the disk, or whoever changed what is on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The disk does not do as asked.
    #[error("{}: {source}", .path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// The folder is of another log: its name, length or number of parts differ.
    #[error("{} is the upload of another log", .0.display())]
    AnotherLog(PathBuf),
    /// The head cannot be read.
    #[error("{} cannot be read: {why}", .path.display())]
    Head {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    upload: Uuid,
    parts: u32,
    log: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    part: u32,
    #[serde(flatten)]
    sealed: SealedDigest,
}

impl PartsFolder {
    /// Opens the folder of an upload that was begun, or begins one under the name `fresh`. `log` says what is
    /// uploaded, such as a path, a length and a digest: an upload goes on only for the same log in as many parts.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn open(folder: &Path, fresh: Uuid, parts: u32, log: &str) -> Result<Self, Fault> {
        durable::create_private_folder(folder).map_err(at(folder))?;
        let path = folder.join(HEAD);
        let wanted = Head { upload: fresh, parts, log: log.to_owned() };
        let head = match fs::read(&path) {
            Ok(octets) => serde_json::from_slice(&octets)
                .map_err(|error| Fault::Head { path: path.clone(), why: error.to_string() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let octets = serde_json::to_vec(&wanted).expect("a head is three plain members");
                durable::replace(&path, &octets).map_err(at(&path))?;
                // The folder's own name must last as long as what is in it.
                folder.parent().map_or(Ok(()), durable::sync_folder).map_err(at(folder))?;
                wanted.clone()
            }
            Err(source) => return Err(Fault::Disk { path, source }),
        };
        if (head.parts, &head.log) != (wanted.parts, &wanted.log) {
            return Err(Fault::AnotherLog(folder.to_owned()));
        }
        let path = folder.join(LOG);
        let (log, sealed) = open_log(&path).map_err(at(&path))?;
        durable::sync_folder(folder).map_err(at(folder))?;
        Ok(Self { folder: folder.to_owned(), head, log, sealed })
    }

    /// The upload's name, the same in every run.
    #[must_use]
    pub fn upload(&self) -> Uuid {
        self.head.upload
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> u32 {
        self.head.parts
    }

    /// The digests of the parts that were sealed so far, by number.
    #[must_use]
    pub fn sealed(&self) -> &BTreeMap<u32, SealedDigest> {
        &self.sealed
    }

    /// The octets of a part that was sealed earlier and their digest, if they are still there as they were.
    ///
    /// # Errors
    /// As the disk says.
    pub fn kept(&self, part: u32) -> Result<Option<(Vec<u8>, ContentDigest)>, Fault> {
        let octets = self.read(&name_of(part))?;
        let digest = self.sealed.get(&part).map(|sealed| sealed.digest);
        Ok(octets.zip(digest).filter(|(octets, digest)| ContentDigest::of(octets) == *digest))
    }

    /// Keeps a part durably, before it is sent, and gives its digest.
    ///
    /// # Errors
    /// As the disk says; the part must not be sent then.
    pub fn keep(&mut self, part: u32, length: u64, octets: &[u8]) -> Result<ContentDigest, Fault> {
        self.write(&name_of(part), octets)?;
        let sealed = SealedDigest { length, digest: ContentDigest::of(octets) };
        let mut line = serde_json::to_vec(&Line { part, sealed }).expect("a line is plain members");
        line.push(b'\n');
        let path = self.folder.join(LOG);
        self.log.write_all(&line).and_then(|()| self.log.sync_data()).map_err(at(&path))?;
        self.sealed.insert(part, sealed);
        Ok(sealed.digest)
    }

    /// Lets go of the octets of a part that the server has.
    ///
    /// # Errors
    /// As the disk says.
    pub fn sent(&self, part: u32) -> Result<(), Fault> {
        let path = self.folder.join(name_of(part));
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(Fault::Disk { path, source }),
            _ => Ok(()),
        }
    }

    /// The list as it was sealed earlier, if it was.
    ///
    /// # Errors
    /// As the disk says.
    pub fn list(&self) -> Result<Option<Vec<u8>>, Fault> {
        self.read(LIST)
    }

    /// Keeps the list durably, before it is sent.
    ///
    /// # Errors
    /// As the disk says; the list must not be sent then.
    pub fn keep_list(&self, octets: &[u8]) -> Result<(), Fault> {
        self.write(LIST, octets)
    }

    /// Throws a list away that is not true any more, since a part was sealed anew.
    ///
    /// # Errors
    /// As the disk says.
    pub fn forget_list(&self) -> Result<(), Fault> {
        let path = self.folder.join(LIST);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(Fault::Disk { path, source }),
            _ => durable::sync_folder(&self.folder).map_err(at(&self.folder)),
        }
    }

    /// The upload is over: nothing of it stays. The head goes last, so that a crash in between leaves an upload that
    /// goes on, and the server knows it.
    ///
    /// # Errors
    /// As the disk says.
    pub fn remove(self) -> Result<(), Fault> {
        let Self { folder, log, .. } = self;
        drop(log);
        let gone = || -> io::Result<()> {
            for item in fs::read_dir(&folder)? {
                let path = item?.path();
                if path.file_name().is_some_and(|name| name != HEAD) {
                    fs::remove_file(path)?;
                }
            }
            durable::sync_folder(&folder)?;
            fs::remove_file(folder.join(HEAD))?;
            fs::remove_dir(&folder)?;
            folder.parent().map_or(Ok(()), durable::sync_folder)
        };
        gone().map_err(at(&folder))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(octets) => Ok(Some(octets)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Fault::Disk { path, source }),
        }
    }

    fn write(&self, name: &str, octets: &[u8]) -> Result<(), Fault> {
        let path = self.folder.join(name);
        durable::replace(&path, octets).map_err(at(&path))
    }
}

/// Reads the log and cuts off a torn last line.
fn open_log(path: &Path) -> io::Result<(File, BTreeMap<u32, SealedDigest>)> {
    let mut options = durable::private_file();
    let file = options.read(true).append(true).create(true).open(path)?;
    let (mut sealed, mut whole) = (BTreeMap::new(), 0);
    let mut reader = BufReader::new(&file);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let Some(read) = line.strip_suffix(b"\n").and_then(|line| serde_json::from_slice::<Line>(line).ok())
        else {
            break;
        };
        whole += line.len() as u64;
        sealed.insert(read.part, read.sealed);
        line.clear();
    }
    if file.metadata()?.len() != whole {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok((file, sealed))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Fault + '_ {
    move |source| Fault::Disk { path: path.to_owned(), source }
}

fn name_of(part: u32) -> String {
    format!("{part}.sealed")
}

const HEAD: &str = "head.json";
const LOG: &str = "parts.log";
const LIST: &str = "list.sealed";
