//! HTTP/1.1 (RFC 9112) as bytes: the head of a request, and an answer that is read piece by piece within limits.
//!
//! Strict where laxness has been abused: no bare line feeds, no folded fields, one length and one only, no coding
//! but chunked. An answer that breaks a rule ends the connection.

use super::AnswerLimits;
use crate::document::names;
use crate::exchange::{Answer, Body, Method, Request};
use zeroize::Zeroizing;

/// What is wrong with an answer; the server, or whoever answers in its place, is to blame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpFault {
    /// Not HTTP/1.1.
    #[error("it is not HTTP/1.1: {0}")]
    Malformed(&'static str),
    /// Header fields beyond the limit.
    #[error("its header fields exceed {0} octets")]
    HeadTooLarge(usize),
    /// A body beyond the limit.
    #[error("its body exceeds {0} octets")]
    BodyTooLarge(usize),
    /// Lengths that contradict each other: somebody may be smuggling.
    #[error("its length is not clear: {0}")]
    Framing(&'static str),
    /// A coding that was not asked for.
    #[error("its body is encoded in a way that was not asked for")]
    Coding,
    /// The connection ended before the answer did.
    #[error("it ends in the middle")]
    Truncated,
}

/// The head of a request. Zeroised, since it may hold a one-time key.
///
/// # Errors
/// What of the request could break out of its line.
pub(super) fn request_head(request: &Request<'_>, host: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    if !request.path.starts_with('/') || !request.path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the path of a request must begin with / and have no spaces");
    }
    let mut head = Zeroizing::new(Vec::with_capacity(1024));
    let mut line = |parts: &[&str]| {
        for part in parts {
            head.extend_from_slice(part.as_bytes());
        }
        head.extend_from_slice(b"\r\n");
    };
    line(&[request.method.as_str(), " ", &request.path, " HTTP/1.1"]);
    line(&["host: ", host]);
    line(&["user-agent: remote-services/", env!("CARGO_PKG_VERSION")]);
    line(&["accept-encoding: identity"]);
    for (name, value) in &request.fields {
        if !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return Err("a header field has a character that does not belong there");
        }
        line(&[name, ": ", value]);
    }
    if matches!(request.method, Method::Put | Method::Post) {
        let body = request.body.unwrap_or_else(|| Body::from(&[]));
        line(&["content-length: ", &body.length().to_string()]);
        line(&[names::CONTENT_DIGEST, ": ", &body.digest().to_string()]);
    }
    line(&[]);
    Ok(head)
}

/// Reads one answer, piece by piece and within limits: for who has the connection, such as a TLS library of their own.
///
/// ```
/// use remote_services_transport::client::{AnswerLimits, AnswerReader};
/// use remote_services_transport::exchange::Method;
///
/// let mut reader = AnswerReader::new(Method::Get, AnswerLimits::default());
/// assert!(!reader.feed(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel")?);
/// assert!(reader.feed(b"lo")?, "the answer is whole");
/// let (answer, may_be_used_again) = reader.finish();
/// assert_eq!((answer.status, &answer.body[..], may_be_used_again), (200, &b"hello"[..], true));
/// # Ok::<(), remote_services_transport::client::HttpFault>(())
/// ```
#[derive(Debug)]
pub struct AnswerReader {
    limits: AnswerLimits,
    /// The answer to HEAD has no body, whatever its fields say.
    is_head: bool,
    /// Neither has success as an answer to CONNECT (RFC 9110 §9.3.6): what follows is the server's.
    is_connect: bool,
    state: State,
    /// What was fed and is not understood yet: part of the head, or of a line between chunks.
    buffer: Vec<u8>,
    /// Octets of heads, chunk lines and trailers so far.
    overhead: usize,
    answer: Answer,
    reusable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    Length(usize),
    UntilClose,
    ChunkSize,
    ChunkData(usize),
    ChunkEnd,
    Trailers,
    Done,
}

impl AnswerReader {
    /// A reader of the answer to a request of this method.
    #[must_use]
    pub fn new(method: Method, limits: AnswerLimits) -> Self {
        Self {
            limits,
            is_head: method == Method::Head,
            is_connect: false,
            state: State::Head,
            buffer: Vec::new(),
            overhead: 0,
            answer: Answer::default(),
            reusable: false,
        }
    }

    /// Reads a proxy's answer to CONNECT. When it connects, `finish` says whether nothing followed.
    pub(super) fn for_connect(limits: AnswerLimits) -> Self {
        Self { is_connect: true, ..Self::new(Method::Get, limits) }
    }

    /// Takes the next octets; true when the answer is whole.
    ///
    /// # Errors
    /// [`HttpFault`]; the connection is of no use any more then.
    pub fn feed(&mut self, mut octets: &[u8]) -> Result<bool, HttpFault> {
        while self.state != State::Done && !octets.is_empty() {
            octets = match self.state {
                State::Head => self.head(octets)?,
                State::Length(left) => {
                    let rest = self.take_body(octets, left);
                    let left = left - (octets.len() - rest.len());
                    self.state = if left == 0 { State::Done } else { State::Length(left) };
                    rest
                }
                State::UntilClose => {
                    self.allow_body(octets.len())?;
                    self.take_body(octets, usize::MAX)
                }
                State::ChunkData(left) => {
                    let rest = self.take_body(octets, left);
                    let left = left - (octets.len() - rest.len());
                    self.state = if left == 0 { State::ChunkEnd } else { State::ChunkData(left) };
                    rest
                }
                State::ChunkSize | State::ChunkEnd | State::Trailers => self.chunk_line(octets)?,
                State::Done => octets,
            };
        }
        // Octets beyond the answer belong to nothing that was asked: this connection is not used again.
        self.reusable &= octets.is_empty();
        Ok(self.state == State::Done)
    }

    /// The connection ended, and properly so.
    ///
    /// # Errors
    /// [`HttpFault::Truncated`] when the answer was not whole.
    pub fn end(&mut self) -> Result<(), HttpFault> {
        match self.state {
            State::UntilClose => self.state = State::Done,
            State::Done => {}
            _ => return Err(HttpFault::Truncated),
        }
        Ok(())
    }

    /// Whether anything was fed.
    pub(super) fn has_begun(&self) -> bool {
        self.overhead > 0 || !self.buffer.is_empty()
    }

    /// The answer, once it is whole, and whether the connection may be used again.
    #[must_use]
    pub fn finish(self) -> (Answer, bool) {
        (self.answer, self.reusable)
    }

    fn head<'a>(&mut self, octets: &'a [u8]) -> Result<&'a [u8], HttpFault> {
        let known = self.buffer.len();
        let room = self.limits.head.saturating_sub(self.overhead + known);
        self.buffer.extend_from_slice(&octets[..octets.len().min(room)]);
        let from = known.saturating_sub(3);
        let end = self.buffer[from..].windows(4).position(|window| window == b"\r\n\r\n");
        // As soon as it shows: one who speaks another protocol may never come to what ends a head.
        check_lines(&self.buffer[..end.map_or(self.buffer.len(), |end| from + end + 4)], known)?;
        let Some(end) = end else {
            return if octets.len() >= room {
                Err(HttpFault::HeadTooLarge(self.limits.head))
            } else {
                Ok(&[])
            };
        };
        let length = from + end + 4;
        self.buffer.truncate(length);
        self.overhead += length;
        let head = std::mem::take(&mut self.buffer);
        self.parse_head(&head)?;
        Ok(&octets[length - known..])
    }

    fn parse_head(&mut self, head: &[u8]) -> Result<(), HttpFault> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut parsed = httparse::Response::new(&mut fields);
        match parsed.parse(head) {
            Ok(httparse::Status::Complete(length)) if length == head.len() => {}
            Err(httparse::Error::TooManyHeaders) => {
                return Err(HttpFault::Malformed("too many header fields"));
            }
            Ok(_) | Err(_) => return Err(HttpFault::Malformed("its head cannot be parsed")),
        }
        let (Some(version), Some(status)) = (parsed.version, parsed.code) else {
            return Err(HttpFault::Malformed("its head has no status"));
        };
        match status {
            // Interim answers are passed over; the limit of the head counts them all together.
            100 | 102..=199 => return Ok(()),
            200..=599 => {}
            _ => return Err(HttpFault::Malformed("a status that was not asked for")),
        }
        self.answer.status = status;
        self.answer.fields = parsed
            .headers
            .iter()
            .map(|field| (field.name.to_ascii_lowercase(), String::from_utf8_lossy(field.value).into_owned()))
            .collect();
        self.frame(version)
    }

    /// Decides where the body ends (RFC 9112 §6.3), and whether the connection may be used again.
    fn frame(&mut self, version: u8) -> Result<(), HttpFault> {
        if self.is_connect && self.answer.status < 300 {
            (self.reusable, self.state) = (true, State::Done);
            return Ok(());
        }
        let all = |name: &'static str| {
            self.answer.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let (codings, lengths): (Vec<_>, Vec<_>) =
            (all("transfer-encoding").collect(), all("content-length").collect());
        if all("content-encoding").any(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Err(HttpFault::Coding);
        }
        // Older proxies say it by a field of their own.
        let of_proxy = all("proxy-connection").filter(|_| self.is_connect);
        let closes = all("connection")
            .chain(of_proxy)
            .flat_map(|value| value.split(','))
            .any(|option| option.trim().eq_ignore_ascii_case("close"));
        self.reusable = version == 1 && !closes;
        let state = match (codings.as_slice(), lengths.as_slice()) {
            ([], []) => State::UntilClose,
            ([], [length]) => State::Length(content_length(length)?),
            ([coding], []) if version == 1 && coding.eq_ignore_ascii_case("chunked") => State::ChunkSize,
            ([], _) => return Err(HttpFault::Framing("more than one Content-Length")),
            ([_], []) => return Err(HttpFault::Framing("a Transfer-Encoding other than chunked")),
            ([_, _, ..], []) => return Err(HttpFault::Framing("more than one Transfer-Encoding")),
            (_, _) => return Err(HttpFault::Framing("both Content-Length and Transfer-Encoding")),
        };
        self.state = match state {
            _ if self.is_head || matches!(self.answer.status, 204 | 304) => State::Done,
            State::Length(0) => State::Done,
            State::Length(length) => {
                self.allow_body(length)?;
                State::Length(length)
            }
            State::UntilClose => {
                self.reusable = false;
                State::UntilClose
            }
            other => other,
        };
        Ok(())
    }

    fn allow_body(&self, more: usize) -> Result<(), HttpFault> {
        match self.answer.body.len().checked_add(more) {
            Some(length) if length <= self.limits.body => Ok(()),
            _ => Err(HttpFault::BodyTooLarge(self.limits.body)),
        }
    }

    fn take_body<'a>(&mut self, octets: &'a [u8], most: usize) -> &'a [u8] {
        let (body, rest) = octets.split_at(octets.len().min(most));
        self.answer.body.extend_from_slice(body);
        rest
    }

    /// Collects one of the lines of the chunked coding (RFC 9112 §7.1) and acts on it.
    fn chunk_line<'a>(&mut self, octets: &'a [u8]) -> Result<&'a [u8], HttpFault> {
        let end = octets.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(octets.len(), |end| end + 1);
        self.overhead += taken;
        // Small chunks make many lines: they may take as much room as body and head together.
        if self.buffer.len() + taken > MAX_CHUNK_LINE || self.overhead > self.limits.head + self.limits.body {
            return Err(HttpFault::Framing("the lines between its chunks are too long"));
        }
        self.buffer.extend_from_slice(&octets[..taken]);
        if end.is_some() {
            let line = std::mem::take(&mut self.buffer);
            let line = line
                .strip_suffix(b"\r\n")
                .ok_or(HttpFault::Framing("a line feed without carriage return"))?;
            self.state = match (self.state, line) {
                (State::ChunkSize, line) => match chunk_size(line)? {
                    0 => State::Trailers,
                    size => {
                        self.allow_body(size)?;
                        State::ChunkData(size)
                    }
                },
                (State::Trailers, []) => State::Done,
                (State::Trailers, _) => State::Trailers,
                (_, []) => State::ChunkSize,
                _ => return Err(HttpFault::Framing("a chunk is longer than it says")),
            };
        }
        Ok(&octets[taken..])
    }
}

/// Checks how a head begins, as far as it is there, and that none of its lines, of which those before `known` were looked at
/// already, ends with a bare line feed: httparse would take it.
fn check_lines(head: &[u8], known: usize) -> Result<(), HttpFault> {
    if !head.iter().zip(b"HTTP/1.").all(|(found, wanted)| found == wanted) {
        return Err(HttpFault::Malformed("it does not begin as HTTP/1 does"));
    }
    let bare = |at: usize| head[at] == b'\n' && (at == 0 || head[at - 1] != b'\r');
    if (known..head.len()).any(bare) {
        return Err(HttpFault::Malformed("a line feed without carriage return"));
    }
    Ok(())
}

/// Most header fields of an answer; ours have about ten.
const MAX_FIELDS: usize = 64;
/// Longest line between chunks.
const MAX_CHUNK_LINE: usize = 1024;

fn content_length(text: &str) -> Result<usize, HttpFault> {
    // 18 digits fit into 64 bits; a sign, a list or white space is refused with everything else.
    if text.is_empty() || text.len() > 18 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HttpFault::Framing("a Content-Length that is no number"));
    }
    text.parse().map_err(|_| HttpFault::Framing("a Content-Length that is too large"))
}

fn chunk_size(line: &[u8]) -> Result<usize, HttpFault> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    // Eight digits are 4 GiB, beyond every limit here, and fit without overflow.
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(HttpFault::Framing("a chunk size that is no number"));
    }
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| usize::from_str_radix(digits, 16).ok())
        .ok_or(HttpFault::Framing("a chunk size that is too large"))
}

#[cfg(test)]
mod tests;
