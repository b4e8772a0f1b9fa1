//! Messages on a stream (RFC 3430 §2): one after the other, each as long as its BER header says.

use alloc::vec::Vec;

use crate::ber::{DecodeError, DecodeErrorKind, Limits, Reader, Tag};

/// Cuts the octets of a stream into messages. Does no I/O.
///
/// A stream that went wrong cannot be read any further, since nobody knows where the next message starts: after an
/// error, close the connection.
///
/// ```
/// use remote_services_snmp::message::Framer;
///
/// let mut framer = Framer::new(&Default::default());
/// framer.push(&[0x30, 3, 2]);
/// assert_eq!(framer.next_message()?, None);
/// framer.push(&[1, 1, 0x30]);
/// assert_eq!(framer.next_message()?, Some(&[0x30, 3, 2, 1, 1][..]));
/// assert!(framer.is_inside());
/// # Ok::<(), remote_services_snmp::ber::DecodeError>(())
/// ```
pub struct Framer {
    /// Octets received. Those before `start` have been handed out.
    buffer: Vec<u8>,
    start: usize,
    limit: usize,
}

impl Framer {
    /// A framer for messages of at most [`Limits::message_size`] octets. It never holds more than that and what one
    /// [`push`](Self::push) brought, as long as [`next_message`](Self::next_message) is called until it gives `None` between
    /// two pushes.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { buffer: Vec::new(), start: 0, limit: limits.message_size }
    }

    /// Takes octets in, in the order of the stream.
    pub fn push(&mut self, octets: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(octets);
    }

    /// The next whole message, or `None` until more octets have come.
    ///
    /// # Errors
    /// What comes is no SEQUENCE, has no definite length, or is longer than the limit: known from the header alone.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, DecodeError> {
        let mut reader = Reader::new(&self.buffer[self.start..]);
        if reader.is_empty() {
            return Ok(None);
        }
        let found = reader.peek_tag()?;
        if found != Tag::SEQUENCE {
            return Err(reader.error(DecodeErrorKind::UnexpectedTag { expected: Tag::SEQUENCE, found }));
        }
        let length = match reader.element() {
            Ok(_) => reader.offset(),
            Err(error) => match error.kind() {
                DecodeErrorKind::Truncated { needed, .. } if needed <= self.limit => return Ok(None),
                DecodeErrorKind::Truncated { needed, .. } => needed,
                _ => return Err(error),
            },
        };
        if length > self.limit {
            let limit = self.limit;
            return Err(DecodeError::new(DecodeErrorKind::MessageTooLarge { limit }, limit));
        }
        let message = self.start..self.start + length;
        self.start = message.end;
        Ok(Some(&self.buffer[message]))
    }

    /// Whether a message has begun and not ended.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.start < self.buffer.len()
    }
}
