//! Messages of the Internet Printing Protocol (RFC 8010) that list a server's queues.

use core::fmt;

use super::Queue;

/// What to ask a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question<'a> {
    /// All queues: CUPS-Get-Printers, an operation of CUPS.
    All,
    /// One queue by its URI: Get-Printer-Attributes (RFC 8011 §4.2.5), which every IPP server has.
    One(&'a str),
}

/// Why an answer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// The server refuses, with this status code (RFC 8011 appendix B).
    Status(u16),
    /// The octets are no IPP message.
    Malformed {
        /// Where, in octets.
        offset: usize,
    },
    /// More than [`MAX_QUEUES`].
    TooMany,
}

/// The most queues of one answer.
pub const MAX_QUEUES: usize = 65_536;
/// The largest answer that is read, in octets: some 250 for each of the most queues.
pub const MAX_ANSWER: u64 = 16 << 20;
/// The content type of all messages.
pub const CONTENT_TYPE: &str = "application/ipp";
/// The server does not know the operation (server-error-operation-not-supported).
pub const OPERATION_NOT_SUPPORTED: u16 = 0x0501;

/// The message that asks.
#[must_use]
pub fn request(question: Question<'_>) -> Vec<u8> {
    let operation: u16 = match question {
        Question::All => 0x4002,
        Question::One(_) => 0x000B,
    };
    // Version 1.1, which every server takes; the request id is 1.
    let mut bytes = vec![1, 1];
    bytes.extend(operation.to_be_bytes());
    bytes.extend([0, 0, 0, 1, OPERATION_ATTRIBUTES]);
    attribute(&mut bytes, CHARSET, "attributes-charset", "utf-8");
    attribute(&mut bytes, NATURAL_LANGUAGE, "attributes-natural-language", "en");
    if let Question::One(uri) = question {
        attribute(&mut bytes, URI, "printer-uri", uri);
    }
    attribute(&mut bytes, KEYWORD, "requested-attributes", "printer-name");
    attribute(&mut bytes, KEYWORD, "", "device-uri");
    bytes.push(END);
    bytes
}

/// The queues of an answer.
///
/// # Errors
/// See [`AnswerError`].
pub fn queues(answer: &[u8]) -> Result<Vec<Queue>, AnswerError> {
    let mut reader = Reader { bytes: answer, offset: 0 };
    let header = reader.take(8)?;
    let status = u16::from_be_bytes([header[2], header[3]]);
    // client-error-not-found: CUPS has no queue at all.
    if status == 0x0406 {
        return Ok(Vec::new());
    }
    if status > 0x00FF {
        return Err(AnswerError::Status(status));
    }
    let mut queues: Vec<Queue> = Vec::new();
    let mut current: Option<Queue> = None;
    loop {
        let tag = reader.take(1)?[0];
        if tag <= LAST_DELIMITER {
            queues.extend(current.take().filter(|queue| !queue.name.is_empty()));
            if tag == END {
                return Ok(queues);
            }
            if queues.len() >= MAX_QUEUES {
                return Err(AnswerError::TooMany);
            }
            current = (tag == PRINTER_ATTRIBUTES).then(Queue::default);
            continue;
        }
        let name = reader.text()?;
        let value = reader.text()?;
        let Some(queue) = &mut current else { continue };
        match name {
            b"printer-name" => queue.name = String::from_utf8_lossy(value).into_owned(),
            b"device-uri" => queue.device_uri = String::from_utf8_lossy(value).into_owned(),
            _ => {}
        }
    }
}

fn attribute(bytes: &mut Vec<u8>, tag: u8, name: &str, value: &str) {
    bytes.push(tag);
    for text in [name, value] {
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        bytes.extend(length.to_be_bytes());
        bytes.extend(&text.as_bytes()[..length.into()]);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], AnswerError> {
        let malformed = AnswerError::Malformed { offset: self.offset };
        let taken = self.bytes.get(self.offset..self.offset + count).ok_or(malformed)?;
        self.offset += count;
        Ok(taken)
    }

    /// Two octets of length, and as many octets.
    fn text(&mut self) -> Result<&'a [u8], AnswerError> {
        let length = self.take(2)?;
        self.take(u16::from_be_bytes([length[0], length[1]]).into())
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the server refuses (IPP status 0x{status:04x})"),
            Self::Malformed { offset } => write!(f, "the answer is no IPP message at byte {offset}"),
            Self::TooMany => write!(f, "the answer has more than {MAX_QUEUES} queues"),
        }
    }
}

impl core::error::Error for AnswerError {}

/// Delimiter tags (RFC 8010 §3.5.1) and value tags (§3.5.2).
const OPERATION_ATTRIBUTES: u8 = 0x01;
const END: u8 = 0x03;
const PRINTER_ATTRIBUTES: u8 = 0x04;
const LAST_DELIMITER: u8 = 0x0F;
const KEYWORD: u8 = 0x44;
const URI: u8 = 0x45;
const CHARSET: u8 = 0x47;
const NATURAL_LANGUAGE: u8 = 0x48;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, queues: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = vec![1, 1];
        bytes.extend(status.to_be_bytes());
        bytes.extend([0, 0, 0, 1, OPERATION_ATTRIBUTES]);
        attribute(&mut bytes, CHARSET, "attributes-charset", "utf-8");
        for (name, uri) in queues {
            bytes.push(PRINTER_ATTRIBUTES);
            attribute(&mut bytes, URI, "device-uri", uri);
            attribute(&mut bytes, 0x42, "printer-name", name);
            attribute(&mut bytes, KEYWORD, "job-sheets-default", "none");
            attribute(&mut bytes, KEYWORD, "", "none");
        }
        bytes.push(END);
        bytes
    }

    #[test]
    fn queues_come_with_their_devices() {
        let bytes = answer(0, &[("office", "socket://192.0.2.7"), ("lobby", "usb:/dev")]);
        let read = queues(&bytes).unwrap();
        let names: Vec<_> = read.iter().map(|queue| (queue.name.as_str(), queue.host())).collect();
        assert_eq!(names, [("office", Some("192.0.2.7")), ("lobby", None)]);
    }

    #[test]
    fn refusals_and_cut_answers_are_errors_and_no_queue_is_none() {
        assert_eq!(queues(&answer(0x0501, &[])), Err(AnswerError::Status(OPERATION_NOT_SUPPORTED)));
        assert_eq!(queues(&answer(0x0406, &[])), Ok(Vec::new()));
        let whole = answer(0, &[("office", "socket://192.0.2.7")]);
        for cut in 0..whole.len() {
            assert!(
                matches!(queues(&whole[..cut]), Err(AnswerError::Malformed { offset }) if offset <= cut),
                "{cut}"
            );
        }
    }

    #[test]
    fn the_question_is_as_rfc_8010_writes_it() {
        let bytes = request(Question::One("ipp://print.example/printers/office"));
        assert_eq!(bytes[..9], [1, 1, 0, 0x0B, 0, 0, 0, 1, 1]);
        assert_eq!(bytes[9..12], [CHARSET, 0, 18]);
        assert!(bytes.windows(6).any(|text| text == b"office") && bytes.ends_with(&[END]));
        assert_eq!(request(Question::All)[2..4], [0x40, 0x02]);
    }
}
