//! The journal of receipts: one JSON document a line, in a file that only grows, and one older file.

use super::SpoolError;
use crate::document::Receipt;
use crate::durable;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use uuid::Uuid;

#[derive(Debug)]
pub(super) struct Receipts {
    folder: PathBuf,
    file: File,
    length: u64,
    /// The uploads in both files.
    known: HashSet<Uuid>,
}

impl Receipts {
    /// Opens the journal and cuts off a torn last line; says whether there was one.
    pub(super) fn open(folder: &Path) -> Result<(Self, bool), SpoolError> {
        let path = folder.join(NAME);
        let open = || -> std::io::Result<(File, u64, bool)> {
            let mut file = durable::private_file().read(true).create(true).truncate(false).open(&path)?;
            let whole = length_of_whole_lines(&file)?;
            let torn = file.metadata()?.len() != whole;
            if torn {
                file.set_len(whole)?;
                file.sync_all()?;
            }
            file.seek(std::io::SeekFrom::Start(whole))?;
            durable::sync_folder(folder)?;
            Ok((file, whole, torn))
        };
        let (file, length, torn) = open().map_err(SpoolError::at(&path))?;
        let mut receipts = Self { folder: folder.to_owned(), file, length, known: HashSet::new() };
        receipts.known = receipts.all()?.into_iter().map(|receipt| receipt.upload).collect();
        Ok((receipts, torn))
    }

    pub(super) fn holds(&self, upload: Uuid) -> bool {
        self.known.contains(&upload)
    }

    pub(super) fn is_long(&self) -> bool {
        self.length >= ROTATE_AT
    }

    /// Starts a new file; the one before the last is given up.
    pub(super) fn rotate(&mut self) -> Result<(), SpoolError> {
        let path = self.folder.join(NAME);
        fs::rename(&path, self.folder.join(OLD_NAME)).map_err(SpoolError::at(&path))?;
        *self = Self::open(&self.folder)?.0;
        Ok(())
    }

    /// Keeps a receipt durably.
    pub(super) fn append(&mut self, receipt: &Receipt) -> Result<(), SpoolError> {
        let path = self.folder.join(NAME);
        let mut line = serde_json::to_vec(receipt).expect("a receipt is three plain members");
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What was written of it goes, so that the next line does not begin in the middle of this one.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(std::io::SeekFrom::Start(self.length));
            return Err(SpoolError::at(&path)(error));
        }
        self.length += line.len() as u64;
        self.known.insert(receipt.upload);
        Ok(())
    }

    /// All receipts in both files, oldest first; lines that cannot be read are passed over.
    pub(super) fn all(&self) -> Result<Vec<Receipt>, SpoolError> {
        let mut receipts = Vec::new();
        for name in [OLD_NAME, NAME] {
            let path = self.folder.join(name);
            let file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(SpoolError::at(&path)(error)),
            };
            for line in BufReader::new(file).split(b'\n') {
                let line = line.map_err(SpoolError::at(&path))?;
                receipts.extend(serde_json::from_slice::<Receipt>(&line));
            }
        }
        Ok(receipts)
    }
}

fn length_of_whole_lines(file: &File) -> std::io::Result<u64> {
    let (mut whole, mut at) = (0, 0);
    for line in BufReader::new(file).split(b'\n') {
        at += line?.len() as u64 + 1;
        if at <= file.metadata()?.len() {
            whole = at;
        }
    }
    Ok(whole)
}

const NAME: &str = "receipts.log";
const OLD_NAME: &str = "receipts.old";
/// About 20,000 receipts: months of a busy client, and read in a moment.
const ROTATE_AT: u64 = 4 << 20;
