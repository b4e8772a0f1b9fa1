use serde::{Serialize, de::DeserializeOwned};
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

/// All that a small client keeps from one power cut to the next, in one file of JSON.
///
/// What is [changed](Self::change) counts once the disk has it. What may be lost may be changed in place: the disk has it with the
/// next change.
#[derive(Debug)]
pub struct Kept<T> {
    path: PathBuf,
    value: T,
}

impl<T: Clone + Default + Serialize + DeserializeOwned> Kept<T> {
    /// Reads the file; where there is none yet, it begins with the default.
    ///
    /// # Errors
    /// When the file cannot be read, or has something else. They name it, here and below.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let value = match std::fs::read(&path) {
            Ok(content) => serde_json::from_slice(&content).map_err(|error| at(&path, &error.into()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => T::default(),
            Err(error) => return Err(at(&path, &error)),
        };
        Ok(Self { path, value })
    }

    /// Changes it, durably.
    ///
    /// # Errors
    /// As the disk says: then it is as it was, and so a file that is read anew tells nothing else.
    pub fn change(&mut self, change: impl FnOnce(&mut T)) -> io::Result<()> {
        let mut next = self.value.clone();
        change(&mut next);
        let content = serde_json::to_vec(&next)?;
        super::replace(&self.path, &content).map_err(|error| at(&self.path, &error))?;
        self.value = next;
        Ok(())
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_once_the_disk_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, beside) = (folder.path().join("state"), folder.path().join("state.new"));
        let mut kept = Kept::<Vec<u8>>::open(path.clone()).unwrap();
        kept.change(|value| value.push(1)).unwrap();
        kept.push(2);
        // Nothing can be written where a folder is.
        std::fs::create_dir(&beside).unwrap();
        let error = kept.change(|value| value.push(3)).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{}: ", path.display())), "{error}");
        assert_eq!((&*kept, &*Kept::<Vec<u8>>::open(path.clone()).unwrap()), (&vec![1, 2], &vec![1]));
        std::fs::remove_dir(&beside).unwrap();
        kept.change(|value| value.push(4)).unwrap();
        assert_eq!(*Kept::<Vec<u8>>::open(path.clone()).unwrap(), [1, 2, 4]);
        std::fs::write(&path, "half").unwrap();
        assert!(Kept::<Vec<u8>>::open(path).is_err(), "what cannot be read is not begun anew");
    }
}
