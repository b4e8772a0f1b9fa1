//! A file system that keeps a log of what was asked of it, and every state in which a crash may leave it.
//!
//! What is not synced may be there after a crash, or not, or in part, whatever its order: names of one folder come
//! and go independently, the end of a file is missing, half there, or zeros.

use remote_services_transport::spool::{Disk, Lock};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

type Inode = usize;

/// What is on the disk: names, and content by inode.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    folders: BTreeSet<PathBuf>,
    names: BTreeMap<PathBuf, Inode>,
    content: BTreeMap<Inode, Vec<u8>>,
}

#[derive(Clone, Debug)]
enum Op {
    Folder(PathBuf),
    Name(Naming),
    Extend(Inode, Vec<u8>),
    Cut(Inode, usize),
    SyncFile(Inode),
    SyncFolder(PathBuf),
}

/// A change of names, which happens whole or not at all.
#[derive(Clone, Debug)]
enum Naming {
    Create(PathBuf, Inode),
    Rename(PathBuf, PathBuf, Inode),
    Remove(PathBuf, Inode),
}

impl Naming {
    /// The folder whose sync makes it durable.
    fn folder(&self) -> &Path {
        let (Self::Create(path, _) | Self::Rename(_, path, _) | Self::Remove(path, _)) = self;
        path.parent().unwrap()
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Inode>) {
        match self {
            Self::Create(path, inode) => {
                names.insert(path.clone(), *inode);
            }
            Self::Rename(from, to, inode) => {
                if names.get(from) == Some(inode) {
                    names.remove(from);
                }
                names.insert(to.clone(), *inode);
            }
            Self::Remove(path, inode) => {
                if names.get(path) == Some(inode) {
                    names.remove(path);
                }
            }
        }
    }
}

#[derive(Debug, Default)]
struct Inner {
    base: Image,
    live: Image,
    next: Inode,
    ops: Vec<Op>,
}

/// The file system.
#[derive(Clone, Debug)]
pub struct ModelDisk(Arc<Mutex<Inner>>);

impl ModelDisk {
    pub fn new(base: Image) -> Self {
        let next = base.content.keys().max().map_or(0, |last| last + 1);
        Self(Arc::new(Mutex::new(Inner { live: base.clone(), base, next, ops: Vec::new() })))
    }

    /// How many steps were taken so far.
    pub fn steps(&self) -> usize {
        self.0.lock().unwrap().ops.len()
    }

    /// Every state that a crash after `steps` steps may leave behind.
    pub fn after_crash(&self, steps: usize) -> BTreeSet<Image> {
        let inner = self.0.lock().unwrap();
        let mut durable = inner.base.clone();
        let mut naming: Vec<Naming> = Vec::new();
        // What each file that is not synced may hold, the synced content first.
        let mut unsynced: BTreeMap<Inode, (Vec<u8>, Vec<u8>)> = BTreeMap::new();
        for op in &inner.ops[..steps] {
            match op {
                // A folder without its name would lose all that was promised before the first promise.
                Op::Folder(path) => {
                    durable.folders.insert(path.clone());
                }
                Op::Name(change) => naming.push(change.clone()),
                Op::Extend(inode, more) => {
                    let synced = durable.content.entry(*inode).or_default();
                    let (_, now) = unsynced.entry(*inode).or_insert_with(|| (synced.clone(), synced.clone()));
                    now.extend_from_slice(more);
                }
                Op::Cut(inode, length) => {
                    let synced = durable.content.entry(*inode).or_default();
                    let (_, now) = unsynced.entry(*inode).or_insert_with(|| (synced.clone(), synced.clone()));
                    now.truncate(*length);
                }
                Op::SyncFile(inode) => {
                    let now = unsynced.remove(inode).map(|(_, now)| now);
                    durable.content.entry(*inode).or_default();
                    if let Some(now) = now {
                        durable.content.insert(*inode, now);
                    }
                }
                Op::SyncFolder(folder) => {
                    naming.retain(|change| {
                        let done = change.folder() == folder;
                        if done {
                            change.apply(&mut durable.names);
                        }
                        !done
                    });
                }
            }
        }
        let mut states = BTreeSet::from([durable.clone()]);
        for subset in subsets(naming.len()) {
            let mut state = durable.clone();
            for (position, change) in naming.iter().enumerate() {
                if subset & (1 << position) != 0 {
                    change.apply(&mut state.names);
                }
            }
            states.insert(state);
        }
        for (inode, (synced, now)) in unsynced {
            let variants = torn(&synced, &now);
            states = states
                .iter()
                .flat_map(|state| {
                    variants.iter().map(|content| {
                        let mut state = state.clone();
                        state.content.insert(inode, content.clone());
                        state
                    })
                })
                .collect();
        }
        states.into_iter().map(Image::tidy).collect()
    }
}

/// All subsets of few changes; of many, none, all, all but one, one alone, and each beginning.
fn subsets(changes: usize) -> Vec<u64> {
    if changes <= 8 {
        return (0..1 << changes).collect();
    }
    let all = (1_u64 << changes) - 1;
    let mut some = vec![0, all];
    for position in 0..changes {
        some.extend([1 << position, all & !(1 << position), (1 << position) - 1]);
    }
    some
}

/// What a file may hold whose change from `synced` to `now` was not synced.
fn torn(synced: &[u8], now: &[u8]) -> Vec<Vec<u8>> {
    let mut variants = vec![synced.to_vec(), now.to_vec()];
    if let Some(more) = now.strip_prefix(synced) {
        let half = more.len() / 2;
        variants.push([synced, &more[..half]].concat());
        variants.push([synced, &vec![0; more.len()][..]].concat());
        variants.push([synced, &more[..half], &vec![0; more.len() - half][..]].concat());
        if let Some(all_but_one) = more.len().checked_sub(1) {
            variants.push([synced, &more[..all_but_one]].concat());
        }
    }
    variants
}

impl Image {
    /// Without content that has no name: nobody can find it again.
    fn tidy(mut self) -> Self {
        let named: BTreeSet<Inode> = self.names.values().copied().collect();
        self.content.retain(|inode, _| named.contains(inode));
        self
    }
}

fn missing(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, path.display().to_string())
}

impl Inner {
    fn inode(&self, path: &Path) -> io::Result<Inode> {
        self.live.names.get(path).copied().ok_or_else(|| missing(path))
    }

    fn name(&mut self, change: Naming) {
        change.apply(&mut self.live.names);
        self.ops.push(Op::Name(change));
    }

    fn create(&mut self, path: &Path) -> io::Result<Inode> {
        if self.inode(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = self.next;
        self.next += 1;
        self.live.content.insert(inode, Vec::new());
        self.name(Naming::Create(path.to_owned(), inode));
        Ok(inode)
    }

    fn extend(&mut self, inode: Inode, content: &[u8]) {
        // Two writes: a crash may fall between them.
        self.write_half(inode, content, 0);
        self.write_half(inode, content, 1);
        self.ops.push(Op::SyncFile(inode));
    }

    fn write_half(&mut self, inode: Inode, content: &[u8], which: usize) {
        let (first, second) = content.split_at(content.len() / 2);
        let half = [first, second][which];
        if !half.is_empty() {
            self.live.content.entry(inode).or_default().extend_from_slice(half);
            self.ops.push(Op::Extend(inode, half.to_vec()));
        }
    }
}

impl Disk for ModelDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        if inner.live.folders.insert(folder.to_owned()) {
            inner.ops.push(Op::Folder(folder.to_owned()));
        }
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, u64)>> {
        let inner = self.0.lock().unwrap();
        let named = inner.live.names.iter().filter(|(path, _)| path.parent() == Some(folder));
        let entry = |(path, inode): (&PathBuf, &Inode)| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, inner.live.content.get(inode).map_or(0, Vec::len) as u64)
        };
        Ok(named.map(entry).collect())
    }

    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        let inner = self.0.lock().unwrap();
        let content = inner.live.content.get(&inner.inode(path)?).cloned().unwrap_or_default();
        Ok(content.into_iter().take(usize::try_from(at_most).unwrap()).collect())
    }

    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        let inode = inner.create(path)?;
        inner.extend(inode, content);
        Ok(())
    }

    /// All are there before any is whole, and whole before any is synced; the last is synced first.
    fn write_all_new(&self, files: &[(PathBuf, &[u8])]) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        let mut made = Vec::new();
        for (path, content) in files {
            made.push((inner.create(path)?, *content));
        }
        for half in [0, 1] {
            for (inode, content) in &made {
                inner.write_half(*inode, content, half);
            }
        }
        inner.ops.extend(made.iter().rev().map(|(inode, _)| Op::SyncFile(*inode)));
        Ok(())
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        let inode = inner.inode(path)?;
        inner.extend(inode, content);
        Ok(())
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        let (inode, length) = (inner.inode(path)?, usize::try_from(length).unwrap());
        inner.live.content.entry(inode).or_default().truncate(length);
        inner.ops.extend([Op::Cut(inode, length), Op::SyncFile(inode)]);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        let inode = inner.inode(from)?;
        inner.name(Naming::Rename(from.to_owned(), to.to_owned(), inode));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        if let Ok(inode) = inner.inode(path) {
            inner.name(Naming::Remove(path.to_owned(), inode));
        }
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.lock().unwrap().ops.push(Op::SyncFolder(folder.to_owned()));
        Ok(())
    }

    fn lock(&self, _: &Path) -> io::Result<Option<Lock>> {
        Ok(Some(Box::new(())))
    }
}
