//! How much of a document the reader is willing to look at.

/// Limits of one decoding. The defaults fit the largest device with room to spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the document. Default 16 MiB: a device with 300 attributes makes 60 KB.
    pub octets: usize,
    /// Elements inside each other, the root included. Default 16: our deepest kind has 5.
    pub depth: usize,
    /// Elements in all. Default 250,000.
    pub elements: usize,
    /// Attributes (namespace declarations included) of one element. Default 16: ours have at most 3.
    pub attributes: usize,
    /// Octets of the text of one element or attribute. Default 256 KiB: an SNMP string has at most 64 KiB.
    pub text: usize,
    /// Unknown elements and attributes that are reported; more are stepped over and counted. Default 1,000.
    pub unknown: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 16 << 20,
            depth: 16,
            elements: 250_000,
            attributes: 16,
            text: 256 << 10,
            unknown: 1_000,
        }
    }
}
