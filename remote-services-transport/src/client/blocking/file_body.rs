//! Files as bodies of requests.

use crate::exchange::BodySource;
use std::fs::File;
use std::io;

impl BodySource for File {
    #[cfg(unix)]
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, into, at)
    }

    /// Moves the file's cursor: one request at a time reads from one file.
    #[cfg(not(unix))]
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        use std::io::{Read as _, Seek as _};
        let mut file = self;
        file.seek(io::SeekFrom::Start(at))?;
        file.read(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_from_anywhere_and_ends_where_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body");
        std::fs::write(&path, b"0123456789").unwrap();
        let file = File::open(path).unwrap();
        let read = |at| {
            let mut into = [0; 4];
            let read = BodySource::read_at(&file, at, &mut into).unwrap();
            into[..read].to_vec()
        };
        assert_eq!((read(6), read(0), read(8)), (b"6789".to_vec(), b"0123".to_vec(), b"89".to_vec()));
        assert_eq!(read(10), b"");
    }
}
