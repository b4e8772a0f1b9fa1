//! The envelope of SNMPv3.
use super::{Version, open};
use crate::ber::{Buffer, DecodeError, DecodeErrorKind, Limits, Reader, Tag, Writer};

/// The smallest msgMaxSize that an engine may state (RFC 3412 §6.3), in octets.
pub const MIN_MAX_SIZE: u32 = 484;

/// msgGlobalData (RFC 3412 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V3Header {
    /// msgID: 0 to 2^31 - 1. Matches a message to the one it answers.
    pub msg_id: i32,
    /// msgMaxSize: the largest message that the sender can take, 484 to 2^31 - 1 octets.
    pub max_size: u32,
    /// msgFlags.
    pub flags: MsgFlags,
    /// msgSecurityModel: 3 is the user-based security model.
    pub security_model: i32,
}

/// msgFlags (RFC 3412 §6.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MsgFlags {
    /// authFlag: the message is authenticated.
    pub auth: bool,
    /// privFlag: its scoped PDU is encrypted.
    pub privacy: bool,
    /// reportableFlag: the receiver may answer with a Report.
    pub reportable: bool,
}

/// msgData as it stands in the datagram: RFC 3412 §6 has these two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageData<'a> {
    /// The scoped PDU, tag and length included, not looked at yet.
    Plaintext(&'a [u8]),
    /// The octets of the encrypted scoped PDU.
    Encrypted(&'a [u8]),
}

/// A v3 message opened as far as the header; what is inside was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V3MessageRef<'a> {
    /// The datagram as received: what the authentication code covers.
    pub whole: &'a [u8],
    /// msgGlobalData.
    pub header: V3Header,
    /// msgSecurityParameters, whose meaning depends on the security model.
    pub security_parameters: &'a [u8],
    /// Where the parameters stand in the datagram.
    pub security_parameters_offset: usize,
    /// msgData. Encrypted exactly when the header's privacy flag is set.
    pub data: MessageData<'a>,
    /// Where msgData, or its ciphertext, stands in the datagram.
    pub data_offset: usize,
}

impl<'a> V3MessageRef<'a> {
    /// Opens a datagram as far as the header.
    ///
    /// # Errors
    /// See [`DecodeErrorKind`]; SNMPv1 and SNMPv2c are unknown versions here.
    pub fn decode(datagram: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        let (version, contents) = open(datagram, limits)?;
        if version != Version::V3 {
            return Err(contents.error(DecodeErrorKind::UnknownVersion(version.to_wire())));
        }
        Self::decode_contents(datagram, contents)
    }

    pub(super) fn decode_contents(whole: &'a [u8], mut contents: Reader<'a>) -> Result<Self, DecodeError> {
        let header = V3Header::decode(&mut contents)?;
        let security_parameters = contents.octet_string(usize::MAX)?;
        let security_parameters_offset = contents.offset() - security_parameters.len();
        let start = contents;
        let (data, data_offset) = if header.flags.privacy {
            let ciphertext = contents.octet_string(usize::MAX)?;
            (MessageData::Encrypted(ciphertext), contents.offset() - ciphertext.len())
        } else {
            contents.sequence()?;
            let length = contents.offset() - start.offset();
            (MessageData::Plaintext(&start.rest()[..length]), start.offset())
        };
        Ok(V3MessageRef { whole, header, security_parameters, security_parameters_offset, data, data_offset })
    }
}

impl V3Header {
    /// The security model of RFC 3414.
    pub const USM: i32 = 3;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut contents = reader.sequence()?;
        let out_of_range = DecodeErrorKind::OutOfRange(Tag::INTEGER);
        let start = contents;
        let msg_id = contents.integer()?;
        if msg_id < 0 {
            return Err(start.error(out_of_range));
        }
        let start = contents;
        let number = contents.integer()?;
        let max_size = u32::try_from(number).ok().filter(|&size| size >= MIN_MAX_SIZE);
        let max_size = max_size.ok_or_else(|| start.error(DecodeErrorKind::MaxSizeTooSmall(number)))?;
        let start = contents;
        let flags = match *contents.octet_string(usize::MAX)? {
            [octet] => MsgFlags::from_wire(octet),
            ref other => {
                let tag = Tag::OCTET_STRING;
                return Err(start.error(DecodeErrorKind::WrongSize { tag, found: other.len() }));
            }
        };
        if flags.privacy && !flags.auth {
            return Err(start.error(DecodeErrorKind::PrivacyWithoutAuthentication));
        }
        let start = contents;
        let security_model = contents.integer()?;
        if security_model < 1 {
            return Err(start.error(out_of_range));
        }
        contents.finish()?;
        Ok(V3Header { msg_id, max_size, flags, security_model })
    }

    pub(crate) fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        let end = writer.mark();
        writer.integer(self.security_model);
        writer.octets(Tag::OCTET_STRING, &[self.flags.to_wire()]);
        writer.integer(i32::try_from(self.max_size.max(MIN_MAX_SIZE)).unwrap_or(i32::MAX));
        writer.integer(self.msg_id);
        writer.wrap(Tag::SEQUENCE, end);
    }
}

impl MsgFlags {
    /// The reserved bits are ignored.
    #[must_use]
    pub fn from_wire(octet: u8) -> Self {
        MsgFlags { auth: octet & 1 != 0, privacy: octet & 2 != 0, reportable: octet & 4 != 0 }
    }

    /// The reserved bits are sent as zero.
    #[must_use]
    pub fn to_wire(self) -> u8 {
        u8::from(self.auth) | u8::from(self.privacy) << 1 | u8::from(self.reportable) << 2
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn message(msg_id: i32, max_size: i32, flags: &[u8], model: i32, data: &[u8]) -> Vec<u8> {
        let mut writer = Writer::default();
        let end = writer.mark();
        writer.raw(data);
        writer.octets(Tag::OCTET_STRING, b"params");
        let header = writer.mark();
        writer.integer(model);
        writer.octets(Tag::OCTET_STRING, flags);
        writer.integer(max_size);
        writer.integer(msg_id);
        writer.wrap(Tag::SEQUENCE, header);
        writer.integer(3);
        writer.wrap(Tag::SEQUENCE, end);
        writer.into_vec()
    }

    fn header(octets: &[u8]) -> Result<V3Header, DecodeErrorKind> {
        V3MessageRef::decode(octets, &Limits::default()).map(|m| m.header).map_err(|error| error.kind())
    }

    #[test]
    fn the_parts_and_their_places_are_found() {
        let octets = message(7, 1400, &[3], 3, &[4, 2, 0xaa, 0xbb]);
        let opened = V3MessageRef::decode(&octets, &Limits::default()).unwrap();
        assert_eq!(opened.security_parameters, b"params");
        let at = opened.security_parameters_offset;
        assert_eq!(&octets[at..at + 6], b"params");
        assert_eq!(opened.data, MessageData::Encrypted(&[0xaa, 0xbb]));
        assert_eq!(&octets[opened.data_offset..], [0xaa, 0xbb]);
        let octets = message(7, 1400, &[5], 3, &[0x30, 1, 9, 0xee]);
        let opened = V3MessageRef::decode(&octets, &Limits::default()).unwrap();
        assert_eq!(opened.data, MessageData::Plaintext(&[0x30, 1, 9]));
    }

    #[test]
    fn rfc3412_6_msg_id_and_max_size_keep_their_ranges() {
        let empty = [0x30, 0];
        assert!(header(&message(0, 484, &[0], 3, &empty)).is_ok());
        assert!(header(&message(i32::MAX, i32::MAX, &[0], 3, &empty)).is_ok());
        let out_of_range = Err(DecodeErrorKind::OutOfRange(Tag::INTEGER));
        assert_eq!(header(&message(-1, 484, &[0], 3, &empty)), out_of_range);
        assert_eq!(header(&message(1, 483, &[0], 3, &empty)), Err(DecodeErrorKind::MaxSizeTooSmall(483)));
        assert_eq!(header(&message(1, -1, &[0], 3, &empty)), Err(DecodeErrorKind::MaxSizeTooSmall(-1)));
        assert_eq!(header(&message(1, 484, &[0], 0, &empty)), out_of_range);
        assert_eq!(header(&message(1, 484, &[0], 99, &empty)).unwrap().security_model, 99);
    }

    #[test]
    fn rfc3412_6_4_flags_are_one_octet_whose_reserved_bits_do_not_matter() {
        let empty = [0x30, 0];
        let reportable = MsgFlags { reportable: true, ..MsgFlags::default() };
        assert_eq!(header(&message(1, 484, &[0xfc], 3, &empty)).unwrap().flags, reportable);
        assert_eq!(reportable.to_wire(), 4);
        let no_auth = Err(DecodeErrorKind::PrivacyWithoutAuthentication);
        assert_eq!(header(&message(1, 484, &[2], 3, &empty)), no_auth);
        for flags in [&[][..], &[0, 0]] {
            let wrong = DecodeErrorKind::WrongSize { tag: Tag::OCTET_STRING, found: flags.len() };
            assert_eq!(header(&message(1, 484, flags, 3, &empty)), Err(wrong));
        }
    }

    #[test]
    fn the_form_of_the_data_must_be_the_one_that_the_flags_announce() {
        assert!(header(&message(1, 484, &[3], 3, &[0x30, 0])).is_err());
        assert!(header(&message(1, 484, &[1], 3, &[4, 0])).is_err());
    }
}
