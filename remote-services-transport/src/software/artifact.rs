//! A file that is fetched piece by piece, over as many connections and runs as it takes.

use crate::document::{ContentDigest, SoftwareArtifact, expand, names};
use crate::durable;
use crate::exchange::{Answer, Method, Request};
use crate::next_step::NextStep;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An artifact on its way: what is there of it is on the disk under its digest, `HEX.part`, then `HEX`.
#[derive(Debug)]
pub struct ArtifactFile {
    artifact: SoftwareArtifact,
    part: PathBuf,
    whole: PathBuf,
    have: u64,
}

/// What a piece came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// Taken; more is to come.
    More,
    /// All of it is there and has the right digest.
    Whole(PathBuf),
    /// Passing.
    Later {
        /// The server's own wish, if it had one.
        retry_after: Option<Duration>,
        /// One sentence.
        why: String,
    },
    /// What was fetched is not what the manifest names, or the server does not have it. It was thrown away.
    Wrong(String),
}

/// Why an artifact cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The disk does not do as asked.
    #[error("{}: {source}", .path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// It would not fit, see [`ArtifactFile::fits`]; nothing was fetched.
    #[error(
        "{}: its disk has {free} octets free, and {missing} are to be fetched and {reserve} to stay free",
        .folder.display()
    )]
    NoRoom {
        /// Where it was to be.
        folder: PathBuf,
        /// Octets that are to be fetched.
        missing: u64,
        /// Octets that are to stay free.
        reserve: u64,
        /// Octets that are free.
        free: u64,
    },
}

impl ArtifactError {
    /// Whether more room would help.
    #[must_use]
    pub fn is_no_room(&self) -> bool {
        match self {
            Self::Disk { source, .. } => durable::is_full(source),
            Self::NoRoom { .. } => true,
        }
    }
}

impl ArtifactFile {
    /// Opens what was fetched of an artifact in earlier runs.
    ///
    /// # Errors
    /// As the disk says.
    pub fn open(folder: &Path, artifact: &SoftwareArtifact) -> Result<Self, ArtifactError> {
        durable::create_private_folder(folder).map_err(at(folder))?;
        let name = artifact.digest.to_hex();
        let (part, whole) = (folder.join(format!("{name}.part")), folder.join(name));
        let have = match fs::metadata(&part) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(source) => return Err(ArtifactError::Disk { path: part, source }),
        };
        Ok(Self { artifact: artifact.clone(), part, whole, have })
    }

    /// What it is to be.
    #[must_use]
    pub fn artifact(&self) -> &SoftwareArtifact {
        &self.artifact
    }

    /// Octets that are there.
    #[must_use]
    pub fn have(&self) -> u64 {
        self.have
    }

    /// Octets that are to be fetched still.
    #[must_use]
    pub fn missing(&self) -> u64 {
        if self.whole.exists() { 0 } else { self.artifact.size.saturating_sub(self.have) }
    }

    /// Whether what is missing fits on a disk with so many octets `free`, of which `reserve` are for others. To be asked
    /// before the first piece is: this module asks no disk what is free, since only the caller knows how it is asked and what
    /// else has to fit. Where that cannot be known, the disk says it when it is full, see [`ArtifactFile::handle`].
    ///
    /// # Errors
    /// [`ArtifactError::NoRoom`] when it does not.
    pub fn fits(&self, free: u64, reserve: u64) -> Result<(), ArtifactError> {
        let missing = self.missing();
        if missing == 0 || missing.saturating_add(reserve) <= free {
            return Ok(());
        }
        let folder = self.part.parent().unwrap_or(&self.part).to_owned();
        Err(ArtifactError::NoRoom { folder, missing, reserve, free })
    }

    /// The next piece, at most so many octets: `GET artifacts/…` with `Range`, and `If-Range` by the artifact's tag, which
    /// is its digest (RFC 9110 §13.1.5, §14.2).
    #[must_use]
    pub fn request(&self, template: &str, piece: u64) -> Request<'static> {
        self.request_at(expand(template, &[("digest", &self.artifact.digest.to_hex())]), piece)
    }

    /// The same at a path that the server named.
    #[must_use]
    pub fn request_at(&self, path: String, piece: u64) -> Request<'static> {
        let last = (self.have + piece.max(1)).min(self.artifact.size).saturating_sub(1);
        Request::new(Method::Get, path)
            .with("range", format!("bytes={}-{last}", self.have))
            .with("if-range", tag(self.artifact.digest))
    }

    /// Takes an answer in. The octets are durable when it returns. What was fetched stays unless octets are wrong or the server
    /// itself says that it has no such file: the page of somebody in front is neither.
    ///
    /// # Errors
    /// As the disk says; the same piece is then fetched again. When the disk is full, all that was fetched is removed: others
    /// need the room, and without more of it the rest would not come either.
    pub fn handle(&mut self, answer: &Answer) -> Result<Piece, ArtifactError> {
        let size = self.artifact.size;
        let (step, why) = answer.verdict(names::OCTETS);
        match (step, answer.status) {
            (_, 206) => match content_range(answer) {
                Some((first, last, of))
                    if first == self.have
                        && of == size
                        && last < of
                        && last - first + 1 == answer.body.len() as u64 => {}
                // An answer to another question: where it begins is not where this file ends.
                _ => return self.throw_away("the server sent another part than was asked for"),
            },
            // The server sends the whole: it is another file now, or it knows no ranges. Whoever keeps files for it may call
            // them by another media type.
            (_, 200) if answer.body.len() as u64 == size => self.truncate()?,
            (NextStep::StartAgain, _) => {
                self.truncate()?;
                return Ok(Piece::Later { retry_after: None, why });
            }
            (NextStep::GoOn, 200) if !answer.body.is_empty() => return self.throw_away(ANOTHER_SIZE),
            (NextStep::Gone | NextStep::Quarantine | NextStep::Conflict, _) => return self.throw_away(&why),
            _ => return Ok(Piece::Later { retry_after: answer.retry_after(), why }),
        }
        if answer.body.is_empty() || self.have + answer.body.len() as u64 > size {
            return self.throw_away(ANOTHER_SIZE);
        }
        self.append(&answer.body)?;
        if self.have < size { Ok(Piece::More) } else { self.finish() }
    }

    /// Looks whether all of it is there already.
    ///
    /// # Errors
    /// As the disk says.
    pub fn finish(&mut self) -> Result<Piece, ArtifactError> {
        if self.whole.exists() {
            return if self.digest_of(&self.whole)? == self.artifact.digest {
                Ok(Piece::Whole(self.whole.clone()))
            } else {
                fs::remove_file(&self.whole).map_err(at(&self.whole))?;
                self.throw_away("the artifact was changed on the disk")
            };
        }
        if self.have < self.artifact.size {
            return Ok(Piece::More);
        }
        if self.have > self.artifact.size || self.digest_of(&self.part)? != self.artifact.digest {
            return self.throw_away("the artifact does not have the digest that the manifest names");
        }
        fs::rename(&self.part, &self.whole).map_err(at(&self.whole))?;
        self.whole.parent().map_or(Ok(()), durable::sync_folder).map_err(at(&self.whole))?;
        Ok(Piece::Whole(self.whole.clone()))
    }

    fn append(&mut self, octets: &[u8]) -> Result<(), ArtifactError> {
        let mut options = durable::private_file();
        let mut file = options.create(true).append(true).open(&self.part).map_err(at(&self.part))?;
        let written = file.write_all(octets).and_then(|()| file.sync_data());
        if let Err(source) = written {
            let _ = file.set_len(self.have);
            drop(file);
            if durable::is_full(&source) {
                // The first error is the one to tell.
                let _ = self.truncate();
            }
            return Err(ArtifactError::Disk { path: self.part.clone(), source });
        }
        self.have += octets.len() as u64;
        Ok(())
    }

    fn truncate(&mut self) -> Result<(), ArtifactError> {
        match fs::remove_file(&self.part) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(ArtifactError::Disk { path: self.part.clone(), source })
            }
            _ => {
                self.have = 0;
                Ok(())
            }
        }
    }

    fn throw_away(&mut self, why: &str) -> Result<Piece, ArtifactError> {
        self.truncate()?;
        Ok(Piece::Wrong(why.to_owned()))
    }

    fn digest_of(&self, path: &Path) -> Result<ContentDigest, ArtifactError> {
        let read = File::open(path).and_then(|mut file| ContentDigest::of_reader(&mut file));
        read.map(|(_, digest)| digest).map_err(at(path))
    }
}

/// Whether a file that was fetched whole still is this artifact; why not, if so, and it is removed.
pub(super) fn still_is(artifact: &SoftwareArtifact, file: &Path) -> Result<(), String> {
    let digest = File::open(file).and_then(|mut file| ContentDigest::of_reader(&mut file));
    // Its folder is this machine's business, and the sentence goes to the server, too.
    let name = Path::new(file.file_name().unwrap_or_default()).display();
    let why = match digest {
        Ok((_, digest)) if digest == artifact.digest => return Ok(()),
        Ok(_) => format!("{name} was changed since it was fetched"),
        Err(error) => format!("{name}: {error}"),
    };
    // One that cannot be removed is refused the next time, too.
    let _ = fs::remove_file(file);
    Err(why)
}

const ANOTHER_SIZE: &str = "the artifact has another size than the manifest says";

/// The entity tag of an artifact: its digest, since it never changes.
#[must_use]
pub fn tag(digest: ContentDigest) -> String {
    format!("\"{}\"", digest.to_hex())
}

/// `Content-Range: bytes FIRST-LAST/OF` (RFC 9110 §14.4).
fn content_range(answer: &Answer) -> Option<(u64, u64, u64)> {
    let (range, of) = answer.field("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last, of.parse().ok()?))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ArtifactError + '_ {
    move |source| ArtifactError::Disk { path: path.to_owned(), source }
}
