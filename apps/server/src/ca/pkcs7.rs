//! The degenerate "certs-only" CMS message of EST (RFC 7030 §4.1.3, RFC 5652 §5.1).

/// Packs DER certificates into a certs-only `ContentInfo`, in DER.
#[must_use]
pub(crate) fn certs_only<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut sorted: Vec<&[u8]> = certificates.into_iter().collect();
    sorted.sort_unstable(); // DER orders a SET OF by its encodings (X.690 §11.6)
    let certificates = tlv(CONTEXT_0, &sorted.concat());

    let signed_data = tlv(
        SEQUENCE,
        &[VERSION_1, &tlv(SET, &[]), &tlv(SEQUENCE, ID_DATA), &certificates, &tlv(SET, &[])].concat(),
    );
    tlv(SEQUENCE, &[ID_SIGNED_DATA, &tlv(CONTEXT_0, &signed_data)].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|&&octet| octet == 0).count()..];
    let mut out = vec![tag];
    match significant {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).expect("a usize has at most 8 octets"));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xA0;
const VERSION_1: &[u8] = &[0x02, 0x01, 0x01];
/// 1.2.840.113549.1.7.1
const ID_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// 1.2.840.113549.1.7.2
const ID_SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_content_gets_a_long_form_length() {
        let packed = tlv(SEQUENCE, &[0; 300]);
        assert_eq!(packed[..4], [0x30, 0x82, 0x01, 0x2C]);
        assert_eq!(packed.len(), 304);
        assert_eq!(tlv(SET, &[7; 127])[..2], [0x31, 0x7F]);
        assert_eq!(tlv(SET, &[7; 128])[..3], [0x31, 0x81, 0x80]);
    }

    #[test]
    fn an_empty_message_is_the_known_encoding() {
        let packed = certs_only([]);
        assert_eq!(packed[0], 0x30);
        assert_eq!(usize::from(packed[1]) + 2, packed.len());
        assert!(packed.windows(11).any(|part| part == ID_SIGNED_DATA));
    }
}
