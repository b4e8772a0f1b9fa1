//! Where an artifact is fetched when the server sends its clients elsewhere.
//!
//! ```text
//! GET artifact ─▶ 307 308 ─▶ same origin ──────────────▶ followed, as this client
//!                        ╲─▶ an origin of the manifest ▶ followed, as nobody: no client certificate is shown
//!                        ╲─▶ anywhere else ────────────▶ refused          a second 307 308 ─▶ refused
//!              ╲─▶ 301 302 303 ────────────────────────▶ refused
//! ```
//!
//! Whoever answers, the digest in the signed manifest decides what the file is.

use crate::document::SoftwareArtifact;
use crate::exchange::Answer;
use crate::next_step::{NextStep, Outcome, next_step};
use crate::registration_key::ServerUrl;

/// Where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Another path of the server.
    Here(String),
    /// A path of another origin, to which this client shows no certificate.
    Elsewhere(ServerUrl, String),
}

/// Where an answer of `server` sends a client that asked for an artifact: `None` when it does not, else the place, or one
/// sentence about why it is not gone to.
#[must_use]
pub fn redirected(
    answer: &Answer,
    server: &ServerUrl,
    artifact: &SoftwareArtifact,
) -> Option<Result<Place, String>> {
    match next_step(Outcome::Status(answer.status)) {
        NextStep::Follow => {}
        NextStep::Misconfigured => return Some(Err(answer.complaint())),
        _ => return None,
    }
    let Some(location) = answer.field("location") else {
        return Some(Err("the server sends this client elsewhere and does not say where".to_owned()));
    };
    let place = place(location, server).filter(|place| match place {
        Place::Here(_) => true,
        Place::Elsewhere(origin, _) => artifact
            .origins
            .iter()
            .any(|listed| listed.parse().is_ok_and(|listed: ServerUrl| listed == *origin)),
    });
    Some(place.ok_or_else(|| {
        let shown: String =
            location.chars().take(LONGEST).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect();
        format!("the server sends this client to {shown:?}, which is no origin that the manifest names")
    }))
}

fn place(location: &str, server: &ServerUrl) -> Option<Place> {
    if !location.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    // A path that begins with two strokes is another host (RFC 3986 §4.2).
    if location.starts_with('/') && !location.starts_with("//") {
        return Some(Place::Here(location.to_owned()));
    }
    let after = location.strip_prefix("https://")?;
    let (origin, path) = after.find('/').map_or((after, "/"), |at| after.split_at(at));
    let origin: ServerUrl = format!("https://{origin}").parse().ok()?;
    Some(if origin == *server {
        Place::Here(path.to_owned())
    } else {
        Place::Elsewhere(origin, path.to_owned())
    })
}

/// Characters of a place that are shown.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ContentDigest;

    fn sent(status: u16, location: &str) -> Option<Result<Place, String>> {
        let artifact = SoftwareArtifact {
            digest: ContentDigest::of(b""),
            size: 0,
            origins: vec![
                "https://files.example".into(),
                "https://cdn.example:8443/".into(),
                "no origin".into(),
            ],
        };
        let fields = vec![("location".to_owned(), location.to_owned())];
        let server = ServerUrl::new("rs.example", 443).unwrap();
        redirected(&Answer { status, fields, body: Vec::new() }, &server, &artifact)
    }

    #[test]
    fn only_the_server_itself_and_listed_origins_are_gone_to() {
        assert_eq!(sent(200, "https://files.example/x"), None);
        let elsewhere = |host: &str, port, path: &str| {
            Some(Ok(Place::Elsewhere(ServerUrl::new(host, port).unwrap(), path.to_owned())))
        };
        assert_eq!(sent(307, "https://files.example/x?y=1"), elsewhere("files.example", 443, "/x?y=1"));
        assert_eq!(sent(308, "https://FILES.example:443"), elsewhere("files.example", 443, "/"));
        assert_eq!(sent(307, "https://cdn.example:8443/x"), elsewhere("cdn.example", 8443, "/x"));
        for here in ["/other", "https://rs.example/other", "https://rs.example:443/other"] {
            assert_eq!(sent(307, here), Some(Ok(Place::Here("/other".into()))), "{here}");
        }
        for nowhere in [
            "https://evil.example/x",
            "https://cdn.example/x",
            "http://files.example/x",
            "//files.example/x",
            "https://files.example@evil.example/x",
            "https://evil.example#https://files.example/x",
            "https://files.example:0/x",
            "https:///x",
            "x",
            "",
            "/a b",
        ] {
            let why = sent(307, nowhere).unwrap().unwrap_err();
            assert!(why.contains("no origin that the manifest names"), "{nowhere}: {why}");
        }
    }

    #[test]
    fn a_redirect_that_is_no_part_of_the_protocol_is_not_followed_anywhere() {
        for status in [301, 302, 303] {
            let why = sent(status, "/other").unwrap().unwrap_err();
            assert!(why.contains(&format!("status {status}: a redirect is not part")), "{why}");
        }
    }

    #[test]
    fn a_redirect_without_a_place_is_said() {
        let artifact = SoftwareArtifact { digest: ContentDigest::of(b""), size: 0, origins: Vec::new() };
        let answer = Answer { status: 307, ..Answer::default() };
        let why = redirected(&answer, &ServerUrl::new("a.test", 1).unwrap(), &artifact).unwrap().unwrap_err();
        assert!(why.contains("does not say where"), "{why}");
    }
}
