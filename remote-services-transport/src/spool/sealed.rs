/// Octets that are a sealed container by their form: CMS AuthEnvelopedData (RFC 5083), whole.
///
/// Whether the seal holds only its reader can say. The form is enough to keep clear text out of a spool by mistake.
#[derive(Clone, Copy)]
pub struct SealedPayload<'a>(&'a [u8]);

/// These octets are no sealed container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a sealed payload: only encrypted payloads are kept")]
pub struct NotSealed;

impl<'a> SealedPayload<'a> {
    /// Looks at the form.
    ///
    /// # Errors
    /// [`NotSealed`].
    pub fn new(octets: &'a [u8]) -> Result<Self, NotSealed> {
        let (header, content) = der_header(octets).ok_or(NotSealed)?;
        let whole = header.checked_add(content) == Some(octets.len());
        let inside = octets.get(header..).unwrap_or_default();
        if whole && inside.starts_with(&AUTH_ENVELOPED_DATA) { Ok(Self(octets)) } else { Err(NotSealed) }
    }

    /// The octets.
    #[must_use]
    pub fn octets(self) -> &'a [u8] {
        self.0
    }
}

/// Octets of the header of a SEQUENCE, and of its content.
fn der_header(octets: &[u8]) -> Option<(usize, usize)> {
    let (&first, rest) = octets.strip_prefix(&[0x30])?.split_first()?;
    if first < 0x80 {
        return Some((2, first.into()));
    }
    let count = usize::from(first & 0x7F);
    let length = rest.get(..count).filter(|length| (1..=4).contains(&length.len()))?;
    let content = length.iter().fold(0_usize, |value, octet| value << 8 | usize::from(*octet));
    Some((2 + count, content))
}

/// The object identifier id-ct-authEnvelopedData, 1.2.840.113549.1.9.16.1.23, as it stands in a ContentInfo.
const AUTH_ENVELOPED_DATA: [u8; 13] =
    [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::tests::sealed;

    #[test]
    fn clear_text_is_refused_and_so_is_what_is_cut_off_or_goes_on() {
        for length in [0, 1, 100, 200, 70_000] {
            let whole = sealed(&vec![7; length]);
            assert_eq!(SealedPayload::new(&whole).unwrap().octets(), whole);
            assert!(SealedPayload::new(&whole[..whole.len() - 1]).is_err());
            assert!(SealedPayload::new(&[&whole[..], b"x"].concat()).is_err());
        }
        for clear in
            [&b""[..], b"0", b"<xml/>", b"PK\x03\x04", &[0x30, 0x80, 0, 0], &[0x30, 0x84, 1], &[0x30, 0]]
        {
            assert!(SealedPayload::new(clear).is_err(), "{clear:?}");
        }
        // The short form of a length is one, the indefinite form is none, whatever follows it.
        let short = [&[0x30, 15][..], &AUTH_ENVELOPED_DATA, b"xy"].concat();
        assert_eq!(SealedPayload::new(&short).unwrap().octets(), short);
        let indefinite = [&[0x30, 0x80][..], &AUTH_ENVELOPED_DATA, &[7; 115]].concat();
        assert!(SealedPayload::new(&indefinite).is_err());
        // SignedData is signed, not encrypted.
        let signed =
            [&[0x30, 11, 0x06, 9][..], &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]].concat();
        assert!(SealedPayload::new(&signed).is_err());
    }
}
