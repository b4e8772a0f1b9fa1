//! Through a web proxy by CONNECT (RFC 9110 §9.3.6), with HTTP Basic (RFC 7617).

use super::{HttpFault, ProxySettings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What a proxy said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProxyAnswer {
    /// From here on the octets are the server's.
    Connected,
    /// It will not, and says so by this status.
    Refused(u16),
}

/// The request to be connected to `authority`, or why the settings cannot be used.
pub(super) fn connect_request(
    proxy: &ProxySettings,
    authority: &str,
) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let mut head = Zeroizing::new(Vec::with_capacity(512));
    head.extend_from_slice(format!("CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\n").as_bytes());
    if let Some((user, password)) = &proxy.credentials {
        if user.contains(':') || user.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("the user name for the proxy must have no colon and no control character");
        }
        let mut pair = Zeroizing::new(Vec::with_capacity(user.len() + 1 + password.expose().len()));
        pair.extend_from_slice(user.as_bytes());
        pair.push(b':');
        pair.extend_from_slice(password.expose());
        head.extend_from_slice(b"proxy-authorization: Basic ");
        head.extend_from_slice(Zeroizing::new(STANDARD.encode(&*pair)).as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    Ok(head)
}

/// Reads the proxy's answer as far as it is there; `None` when more is needed.
pub(super) fn read_answer(octets: &[u8]) -> Result<Option<ProxyAnswer>, HttpFault> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut fields);
    match answer.parse(octets) {
        Ok(httparse::Status::Partial) if octets.len() >= MAX_HEAD => Err(HttpFault::HeadTooLarge(MAX_HEAD)),
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(length)) => match answer.code {
            // A TLS server says nothing before we do: what follows is not from the server.
            Some(200..=299) if length < octets.len() => {
                Err(HttpFault::Malformed("octets after the proxy's answer to CONNECT"))
            }
            Some(200..=299) => Ok(Some(ProxyAnswer::Connected)),
            Some(status @ 300..) => Ok(Some(ProxyAnswer::Refused(status))),
            _ => Err(HttpFault::Malformed("an interim answer to CONNECT")),
        },
        Err(_) => Err(HttpFault::Malformed("the proxy's answer to CONNECT")),
    }
}

/// Octets of the longest answer to CONNECT that is read.
pub(super) const MAX_HEAD: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::secret::Secret;

    fn settings(user: &str) -> ProxySettings {
        let credentials = Some((user.to_owned(), Secret::from("open sesame")));
        ProxySettings { host: "proxy.test".into(), port: 3128, credentials }
    }

    #[test]
    fn credentials_go_with_the_first_request() {
        // The pair is the example of RFC 7617 §2.
        let head = connect_request(&settings("Aladdin"), "a.test:443").unwrap();
        let head = String::from_utf8(head.to_vec()).unwrap();
        assert!(head.starts_with("CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n"));
        assert!(head.ends_with("proxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"));
        assert!(connect_request(&settings("a:b"), "a.test:443").is_err());
        assert!(connect_request(&settings("a\r\n"), "a.test:443").is_err());
    }

    #[test]
    fn the_answer_is_read_whole_and_no_further() {
        let answer = b"HTTP/1.1 200 Connection established\r\n\r\n";
        for at in 0..answer.len() {
            assert_eq!(read_answer(&answer[..at]), Ok(None));
        }
        assert_eq!(read_answer(answer), Ok(Some(ProxyAnswer::Connected)));
        assert_eq!(read_answer(b"HTTP/1.1 407 No\r\nx: y\r\n\r\nbody"), Ok(Some(ProxyAnswer::Refused(407))));
        assert!(read_answer(&[answer.as_slice(), b"\x16\x03"].concat()).is_err());
        assert!(read_answer(b"SSH-2.0\r\n").is_err());
        assert_eq!(
            read_answer(&[b"HTTP/1.1 200 OK\r\nx: ".as_slice(), &[b'y'; MAX_HEAD]].concat()),
            Err(HttpFault::HeadTooLarge(MAX_HEAD))
        );
    }
}
