//! Payloads that look sealed.

/// The smallest container that has the form of a sealed one, with this content.
#[allow(unreachable_pub, reason = "shared by tests of several files")]
pub fn sealed(content: &[u8]) -> Vec<u8> {
    let oid = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
    let length = u32::try_from(oid.len() + content.len()).unwrap().to_be_bytes();
    [&[0x30, 0x84][..], &length, &oid, content].concat()
}
