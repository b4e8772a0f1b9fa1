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
    /// Attributes of one element, declarations of namespaces not counted. Default 16: ours have at most 3. They are
    /// compared with each other, so a limit of many makes a flood of them cost more than its size.
    pub attributes: usize,
    /// Prefixes that are declared at one place, by the element there and those around it. Default 32.
    pub namespaces: usize,
    /// Octets of the name of a namespace. Default 1,024.
    pub namespace: usize,
    /// Octets of the text of one element or attribute, however it is put together from text, references and CDATA;
    /// inside what is unknown, of the text from one tag to the next. Default 256 KiB: an SNMP string has at most 64 KiB.
    pub text: usize,
    /// Unknown elements and attributes that are kept and reported; more are stepped over and counted. Default 10,000.
    pub unknown: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 16 << 20,
            depth: 16,
            elements: 250_000,
            attributes: 16,
            namespaces: 32,
            namespace: 1_024,
            text: 256 << 10,
            unknown: 10_000,
        }
    }
}
