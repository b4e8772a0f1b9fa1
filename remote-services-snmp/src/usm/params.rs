//! UsmSecurityParameters (RFC 3414 §2.4).
use super::EngineTime;
use super::time_window::MAX_BOOTS_OR_TIME;
use crate::ber::{Buffer, DecodeError, DecodeErrorKind, Reader, Tag, Writer};
use crate::message::{MAX_ENGINE_ID, V3MessageRef};

/// The security parameters of a received message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsmParameters<'a> {
    /// msgAuthoritativeEngineID: 0 to 32 octets, empty in a discovery.
    pub engine_id: &'a [u8],
    /// msgAuthoritativeEngineBoots and msgAuthoritativeEngineTime.
    pub time: EngineTime,
    /// msgUserName: 0 to 32 octets.
    pub user_name: &'a [u8],
    /// msgAuthenticationParameters.
    pub authentication: &'a [u8],
    /// Where the authentication parameters stand in the datagram: these octets count as zero in the digest.
    pub authentication_offset: usize,
    /// msgPrivacyParameters.
    pub privacy: &'a [u8],
}

impl<'a> UsmParameters<'a> {
    /// Reads the parameters of a message whose security model is [`V3Header::USM`](crate::message::V3Header::USM).
    ///
    /// # Errors
    /// See [`DecodeErrorKind`].
    pub fn decode(message: &V3MessageRef<'a>) -> Result<Self, DecodeError> {
        let mut outer = Reader::at(message.security_parameters, message.security_parameters_offset);
        let mut contents = outer.sequence()?;
        outer.finish()?;
        let engine_id = contents.octet_string(MAX_ENGINE_ID)?;
        let boots = not_negative(&mut contents)?;
        let time = not_negative(&mut contents)?;
        let user_name = contents.octet_string(MAX_USER_NAME)?;
        let authentication = contents.octet_string(usize::MAX)?;
        let authentication_offset = contents.offset() - authentication.len();
        let privacy = contents.octet_string(usize::MAX)?;
        contents.finish()?;
        let time = EngineTime { boots, time };
        Ok(UsmParameters { engine_id, time, user_name, authentication, authentication_offset, privacy })
    }

    /// Writes the parameters. Gives how many octets before the end of all that was written the authentication
    /// parameters start.
    pub(super) fn encode<B: Buffer>(&self, writer: &mut Writer<B>) -> usize {
        let number = |number: u32| i32::try_from(number.min(MAX_BOOTS_OR_TIME)).unwrap_or(i32::MAX);
        let end = writer.mark();
        writer.octets(Tag::OCTET_STRING, self.privacy);
        let before = writer.mark();
        writer.raw(self.authentication);
        let from_end = writer.len();
        writer.wrap(Tag::OCTET_STRING, before);
        writer.octets(Tag::OCTET_STRING, self.user_name);
        writer.integer(number(self.time.time));
        writer.integer(number(self.time.boots));
        writer.octets(Tag::OCTET_STRING, self.engine_id);
        writer.wrap(Tag::SEQUENCE, end);
        writer.wrap(Tag::OCTET_STRING, end);
        from_end
    }
}

fn not_negative(reader: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let start = *reader;
    u32::try_from(reader.integer()?).map_err(|_| start.error(DecodeErrorKind::OutOfRange(Tag::INTEGER)))
}

/// RFC 3414 §2.4: msgUserName is at most 32 octets.
pub(super) const MAX_USER_NAME: usize = 32;
