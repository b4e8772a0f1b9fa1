//! A log as it was when it was asked for, and its octets for as long as they are those.
//!
//! A log that is sent over days is rotated or written anew meanwhile: what was measured piece by piece is compared piece by piece,
//! in the very octets that are sent.

use remote_services_core::digest::Sha256 as Digest;
use sha2::{Digest as _, Sha256};

/// Octets of a log from an offset on; 0 of them is its end.
pub(super) type Read<'a> = dyn FnMut(u64, &mut [u8]) -> Result<usize, String> + 'a;

/// What a log was.
pub(super) struct Measured {
    pub(super) size: u64,
    pub(super) digest: Digest,
    /// Of each [`PIECE`].
    pub(super) pieces: Vec<Digest>,
}

/// Length and digests of a log as it is now.
pub(super) fn measure(read: &mut Read<'_>) -> Result<Measured, String> {
    let (mut whole, mut size, mut pieces) = (Sha256::new(), 0, Vec::new());
    let mut octets = vec![0; PIECE];
    loop {
        let filled = fill(read, size, &mut octets)?;
        if filled > 0 {
            whole.update(&octets[..filled]);
            pieces.push(Digest(Sha256::digest(&octets[..filled]).into()));
            size += filled as u64;
        }
        if filled < PIECE {
            return Ok(Measured { size, digest: Digest(whole.finalize().into()), pieces });
        }
    }
}

/// Octets of a log of this size from `from` on, into all of `into`. Without digests of its pieces, as earlier versions of this
/// program planned it, whatever is there is taken.
pub(super) fn take(
    read: &mut Read<'_>,
    (size, pieces): (u64, &[Digest]),
    from: u64,
    into: &mut [u8],
) -> Result<(), String> {
    let (mut taken, mut octets) = (0, vec![0; PIECE]);
    while taken < into.len() {
        let at = from + taken as u64;
        let begin = at - at % PIECE as u64;
        let length = usize::try_from(size.saturating_sub(begin)).map_or(PIECE, |left| left.min(PIECE));
        let piece = &mut octets[..length];
        if fill(read, begin, piece)? < length {
            return Err("the log is shorter than it was".to_owned());
        }
        let number = usize::try_from(begin / PIECE as u64).unwrap_or(usize::MAX);
        if pieces.get(number).is_some_and(|known| *known != Digest(Sha256::digest(&*piece).into())) {
            return Err("the log was rotated, or written anew, while it was sent".to_owned());
        }
        let within = usize::try_from(at - begin).unwrap_or(length);
        let more =
            piece.get(within..).filter(|more| !more.is_empty()).ok_or("the log is shorter than asked for")?;
        let more = &more[..more.len().min(into.len() - taken)];
        into[taken..taken + more.len()].copy_from_slice(more);
        taken += more.len();
    }
    Ok(())
}

/// Reads until all is full or the end.
fn fill(read: &mut Read<'_>, from: u64, into: &mut [u8]) -> Result<usize, String> {
    let mut filled = 0;
    while filled < into.len() {
        match read(from + filled as u64, &mut into[filled..])? {
            0 => break,
            more => filled += more,
        }
    }
    Ok(filled)
}

/// A thousand of them are a gigabyte, and 64 KB of the plan.
const PIECE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives few octets at a time.
    fn of(octets: &[u8]) -> impl FnMut(u64, &mut [u8]) -> Result<usize, String> {
        move |from, into| {
            let from = usize::try_from(from).unwrap().min(octets.len());
            let length = (octets.len() - from).min(into.len()).min(300_000);
            into[..length].copy_from_slice(&octets[from..from + length]);
            Ok(length)
        }
    }

    #[test]
    fn what_was_measured_is_taken_wherever_it_is_cut_and_nothing_else() {
        let log: Vec<u8> = (0..2 * PIECE + 77).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let Measured { size, digest, pieces } = measure(&mut of(&log)).unwrap();
        assert_eq!((size, pieces.len()), (log.len() as u64, 3));
        assert_eq!(digest, Digest(Sha256::digest(&log).into()));
        for (from, length) in
            [(0, 10), (PIECE - 1, 2), (5, 2 * PIECE), (2 * PIECE, 77), (0, log.len()), (9, 0)]
        {
            let mut taken = vec![0; length];
            take(&mut of(&log), (size, &pieces), from as u64, &mut taken).unwrap();
            assert!(taken == log[from..from + length], "{from} {length}");
        }
        // It grew: what was there is sent.
        let grown = [&log[..], b"more"].concat();
        let mut taken = vec![0; 77];
        take(&mut of(&grown), (size, &pieces), 2 * PIECE as u64, &mut taken).unwrap();
        assert!(take(&mut of(&grown), (size, &pieces), size, &mut [0]).is_err());

        let mut other = log.clone();
        other[PIECE + 9] ^= 1;
        let asked = |log: &[u8], from: usize| take(&mut of(log), (size, &pieces), from as u64, &mut [0; 4]);
        assert!(asked(&other, PIECE).unwrap_err().contains("rotated"));
        assert!(asked(&other, 0).is_ok());
        assert!(asked(&log[..PIECE + 5], PIECE).unwrap_err().contains("shorter"));
        let mut unknown = [0; 4];
        take(&mut of(&other), (size, &[]), PIECE as u64, &mut unknown).unwrap();
    }

    #[test]
    fn a_log_without_octets_has_no_pieces() {
        let nothing = measure(&mut of(b"")).unwrap();
        assert_eq!((nothing.size, nothing.pieces.len()), (0, 0));
        assert_eq!(nothing.digest, Digest(Sha256::digest(b"").into()));
        take(&mut of(b""), (0, &[]), 0, &mut []).unwrap();
    }
}
