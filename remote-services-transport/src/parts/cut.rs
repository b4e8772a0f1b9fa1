/// How a log is cut: all parts but the last have the same length, which every part that was sealed tells.
///
/// A part that is too large for somebody in front of the server never passes. So the log is cut anew, in halves, under another
/// name: parts of two lengths are no log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    length: u64,
    part: u64,
    most: u32,
}

impl Cut {
    /// No part is made smaller than this, since what sealing adds would soon be most of it.
    pub const SMALLEST: u64 = 16 << 10;

    /// A log of `length` octets in parts of `part` octets, or of more where there would be more than `most` parts else.
    #[must_use]
    pub fn new(length: u64, part: u64, most: u32) -> Self {
        let most = most.max(1);
        Self { length, part: part.max(length.div_ceil(most.into())).max(1), most }
    }

    /// Octets of the log in each part but the last, which has no more.
    #[must_use]
    pub fn part(&self) -> u64 {
        self.part
    }

    /// How many parts there are; a log without octets is one part.
    #[must_use]
    pub fn parts(&self) -> u32 {
        u32::try_from(self.length.div_ceil(self.part).max(1)).unwrap_or(u32::MAX)
    }

    /// The same log in parts that are half as large, after one was too large. `None` when there are no smaller ones: they
    /// are as small as they may be, or there would be too many.
    #[must_use]
    pub fn smaller(&self) -> Option<Self> {
        // The only part of a short log is shorter than it may be.
        let tried = self.part.min(self.length);
        let smaller = Self::new(self.length, tried.div_ceil(2).max(Self::SMALLEST), self.most);
        (smaller.part < tried).then_some(smaller)
    }
}
