//! The writer: literal tags and escaped text, appended to one buffer.

use super::error::{EncodeCause, EncodeError};
use std::io::{self, Write as _};

/// The tags of an element, put together at compile time.
pub(crate) struct Tag {
    pub(crate) name: &'static str,
    /// `<Name>`
    pub(crate) open: &'static str,
    /// `</Name>`
    pub(crate) close: &'static str,
}

impl Tag {
    /// `<Name`, for elements with attributes.
    pub(crate) fn start(&self) -> &'static str {
        &self.open[..self.open.len() - 1]
    }
}

/// Where text stands, which decides what must be escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Text,
    Attribute,
}

/// A document in the making. The first value that cannot be written is remembered and told at the end.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
    error: Option<EncodeError>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { out: Vec::with_capacity(4096), error: None }
    }

    /// Markup, as it is.
    #[inline]
    pub(crate) fn raw(&mut self, markup: &str) {
        self.out.extend_from_slice(markup.as_bytes());
    }

    /// Text from anywhere: escaped, and what XML cannot carry replaced.
    pub(crate) fn text(&mut self, text: &str, place: Place) {
        let bytes = text.as_bytes();
        let mut copied = 0;
        let mut at = 0;
        while at < bytes.len() {
            let class = CLASSES[usize::from(bytes[at])];
            if class == PLAIN || (class == QUOTING && place == Place::Text) {
                at += 1;
                continue;
            }
            let (replacement, length): (&[u8], usize) = match bytes[at] {
                b'<' => (b"&lt;", 1),
                b'>' => (b"&gt;", 1),
                b'&' => (b"&amp;", 1),
                b'"' => (b"&quot;", 1),
                b'\t' => (b"&#9;", 1),
                b'\n' => (b"&#10;", 1),
                b'\r' => (b"&#13;", 1),
                // U+FFFE and U+FFFF are EF BF BE and EF BF BF
                0xEF if bytes[at..].starts_with(&[0xEF, 0xBF, 0xBE])
                    || bytes[at..].starts_with(&[0xEF, 0xBF, 0xBF]) =>
                {
                    ("\u{FFFD}".as_bytes(), 3)
                }
                0xEF => {
                    at += 3;
                    continue;
                }
                // U+2400 to U+241F are E2 90 80 to E2 90 9F
                control => {
                    self.out.extend_from_slice(&bytes[copied..at]);
                    self.out.extend_from_slice(&[0xE2, 0x90, 0x80 | control]);
                    at += 1;
                    copied = at;
                    continue;
                }
            };
            self.out.extend_from_slice(&bytes[copied..at]);
            self.out.extend_from_slice(replacement);
            at += length;
            copied = at;
        }
        self.out.extend_from_slice(&bytes[copied..]);
    }

    /// A number in decimal.
    pub(crate) fn unsigned(&mut self, mut number: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b"0123456789"[(number % 10) as usize];
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    /// Anything that prints without characters that need escaping.
    pub(crate) fn display(&mut self, value: impl std::fmt::Display) {
        // writing to a Vec cannot fail
        let _ = write!(self.out, "{value}");
    }

    /// Remembers that `element` could not be written.
    pub(crate) fn fail(&mut self, element: &'static str, cause: EncodeCause) {
        self.error.get_or_insert(EncodeError { element, cause });
    }

    /// What was written so far.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.out
    }

    /// Gives what was written so far to a sink, if it is at least so much.
    pub(crate) fn drain_into(&mut self, sink: &mut dyn io::Write, at_least: usize) -> io::Result<()> {
        if self.out.len() >= at_least {
            sink.write_all(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, EncodeError> {
        match self.error {
            None => Ok(self.out),
            Some(error) => Err(error),
        }
    }
}

const PLAIN: u8 = 0;
/// To be replaced in attributes only.
const QUOTING: u8 = 1;
/// To be replaced everywhere (or, for 0xEF, looked at).
const SPECIAL: u8 = 2;

static CLASSES: [u8; 256] = {
    let mut classes = [PLAIN; 256];
    let mut control = 0;
    while control < 0x20 {
        classes[control] = SPECIAL;
        control += 1;
    }
    classes[b'\t' as usize] = QUOTING;
    classes[b'\n' as usize] = QUOTING;
    classes[b'"' as usize] = QUOTING;
    classes[b'<' as usize] = SPECIAL;
    classes[b'>' as usize] = SPECIAL;
    classes[b'&' as usize] = SPECIAL;
    classes[0xEF] = SPECIAL;
    classes
};

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, place: Place) -> String {
        let mut writer = Writer::new();
        writer.text(text, place);
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn escapes_markup_and_line_ends() {
        assert_eq!(written("a<b>&\"'\t\r\n]]>", Place::Text), "a&lt;b&gt;&amp;\"'\t&#13;\n]]&gt;");
        assert_eq!(written("a<b>&\"'\t\r\n", Place::Attribute), "a&lt;b&gt;&amp;&quot;'&#9;&#13;&#10;");
    }

    #[test]
    fn shows_what_xml_cannot_carry() {
        assert_eq!(written("\0a\u{1B}[0m\u{1F}", Place::Text), "␀a␛[0m␟");
        assert_eq!(written("x\u{FFFE}y\u{FFFF}", Place::Attribute), "x\u{FFFD}y\u{FFFD}");
        assert_eq!(written("ﬁn\u{FEFF}\u{FFFD}ｆ", Place::Text), "ﬁn\u{FEFF}\u{FFFD}ｆ");
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 9, 10, 1_234_567_890, u64::MAX] {
            let mut writer = Writer::new();
            writer.unsigned(number);
            assert_eq!(writer.finish().unwrap(), number.to_string().into_bytes());
        }
    }

    #[test]
    fn the_first_failure_is_told() {
        let mut writer = Writer::new();
        writer.fail("Unit", EncodeCause::EmptyToken);
        writer.fail("PrintSpeed", EncodeCause::OutOfRange);
        assert_eq!(writer.finish(), Err(EncodeError { element: "Unit", cause: EncodeCause::EmptyToken }));
    }
}
