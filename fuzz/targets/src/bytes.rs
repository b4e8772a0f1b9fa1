//! Decisions out of octets, for targets whose input is a sequence of things to do.

/// What is left of the input. Behind its end every decision is 0.
pub(crate) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((0, self.0), |(first, rest)| (*first, rest));
        self.0 = rest;
        first
    }

    pub(crate) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// One of `count` positions; `count` must not be 0.
    pub(crate) fn pick(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    /// Octets with their number in front of them, or what is there of them.
    pub(crate) fn run(&mut self) -> &'a [u8] {
        let length = usize::from(self.word()).min(self.0.len());
        let (run, rest) = self.0.split_at(length);
        self.0 = rest;
        run
    }
}

/// The way back of [`Bytes::run`], for seeds.
pub(crate) fn with_length(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).expect("seeds are short");
    [&length.to_be_bytes(), octets].concat()
}

/// A fixed sequence in place of randomness: the same input does the same every time.
pub(crate) fn dice(seed: u64) -> impl FnMut() -> u64 + Send {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state ^ (state >> 29)
    }
}
