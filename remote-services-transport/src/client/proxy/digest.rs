//! HTTP Digest (RFC 7616) for proxies: SHA-256, and MD5 for proxies that know nothing better; `qop=auth`.

use super::challenge::Challenge;
use remote_services_core::hex;
use remote_services_core::secret::Secret;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A challenge that can be answered, any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    algorithm: Algorithm,
    /// Whether H(A1) is bound to nonce and cnonce (`-sess`).
    session: bool,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// Whether the user's name goes as a hash.
    userhash: bool,
    /// How often this nonce was used (nc).
    count: u32,
}

/// In the order of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    #[cfg(feature = "md5")]
    Md5,
    Sha256,
}

/// What of a request the answer is bound to.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    /// Fresh for each request.
    pub(super) cnonce: &'a str,
}

impl Digest {
    /// The strongest of the challenges that can be answered.
    pub(super) fn strongest(challenges: &[Challenge]) -> Option<Self> {
        let readable = challenges.iter().filter(|challenge| challenge.scheme == "digest");
        readable.filter_map(Self::read).max_by_key(|digest| digest.algorithm)
    }

    fn read(challenge: &Challenge) -> Option<Self> {
        let named = challenge.parameter("algorithm").unwrap_or("MD5").to_ascii_uppercase();
        let (named, session) = match named.strip_suffix("-SESS") {
            Some(base) => (base, true),
            None => (named.as_str(), false),
        };
        let algorithm = match named {
            "SHA-256" => Algorithm::Sha256,
            #[cfg(feature = "md5")]
            "MD5" => Algorithm::Md5,
            _ => return None,
        };
        let offers_auth = |qop: &str| qop.split(',').any(|it| it.trim().eq_ignore_ascii_case("auth"));
        if !challenge.parameter("qop").is_some_and(offers_auth) {
            return None;
        }
        let is_true = |name| challenge.parameter(name).is_some_and(|it| it.eq_ignore_ascii_case("true"));
        Some(Self {
            algorithm,
            session,
            realm: challenge.parameter("realm")?.to_owned(),
            nonce: challenge.parameter("nonce")?.to_owned(),
            opaque: challenge.parameter("opaque").map(str::to_owned),
            userhash: is_true("userhash"),
            count: 0,
        })
    }

    /// Whether these challenges say that only the nonce was too old: the password may be right.
    pub(super) fn is_stale(challenges: &[Challenge]) -> bool {
        challenges.iter().any(|challenge| {
            challenge.scheme == "digest"
                && challenge.parameter("stale").is_some_and(|it| it.eq_ignore_ascii_case("true"))
        })
    }

    /// Takes the nonce that the proxy wants next time (`nextnonce`, RFC 7616 §3.5).
    pub(super) fn renew(&mut self, nonce: &str) {
        (self.nonce, self.count) = (nonce.to_owned(), 0);
    }

    /// The value of `Proxy-Authorization`.
    pub(super) fn answer(&mut self, user: &str, password: &Secret, bound: Bound<'_>) -> Zeroizing<String> {
        self.count = self.count.saturating_add(1);
        let (count, Bound { method, uri, cnonce }) = (format!("{:08x}", self.count), bound);
        let algorithm = self.algorithm;
        let mut secret =
            algorithm.hash(&[user.as_bytes(), b":", self.realm.as_bytes(), b":", password.expose()]);
        if self.session {
            let nonces = format!(":{}:{cnonce}", self.nonce);
            secret = algorithm.hash(&[secret.as_bytes(), nonces.as_bytes()]);
        }
        let what = algorithm.hash(&[method.as_bytes(), b":", uri.as_bytes()]);
        let tail = format!(":{}:{count}:{cnonce}:auth:{}", self.nonce, *what);
        let response = algorithm.hash(&[secret.as_bytes(), tail.as_bytes()]);
        let mut value = String::from("Digest ");
        if self.userhash {
            let name = algorithm.hash(&[user.as_bytes(), b":", self.realm.as_bytes()]);
            value += &format!("username=\"{}\", userhash=true", *name);
        } else if user.is_ascii() {
            value += &format!("username={}", quoted(user));
        } else {
            value += &format!("username*=UTF-8''{}", percent_encoded(user));
        }
        let suffix = if self.session { "-sess" } else { "" };
        value += &format!(
            ", realm={}, uri={}, algorithm={}{suffix}, nonce={}, nc={count}, cnonce={}, qop=auth, response=\"{}\"",
            quoted(&self.realm),
            quoted(uri),
            algorithm.name(),
            quoted(&self.nonce),
            quoted(cnonce),
            *response
        );
        if let Some(opaque) = &self.opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        Zeroizing::new(value)
    }
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "md5")]
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    fn hash(self, pieces: &[&[u8]]) -> Zeroizing<String> {
        fn of<D: sha2::Digest>(pieces: &[&[u8]]) -> Zeroizing<String> {
            let mut hash = D::new();
            pieces.iter().for_each(|piece| hash.update(piece));
            Zeroizing::new(hex::encode(&hash.finalize()))
        }
        match self {
            #[cfg(feature = "md5")]
            Self::Md5 => of::<md5::Md5>(pieces),
            Self::Sha256 => of::<Sha256>(pieces),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `value-chars` of RFC 8187 §3.2.1.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::super::challenge::challenges;
    use super::*;
    use crate::exchange::Answer;

    fn digest(value: &str) -> Option<Digest> {
        let fields = vec![("f".to_owned(), value.to_owned())];
        Digest::strongest(&challenges(&Answer { status: 407, fields, body: Vec::new() }, "f"))
    }

    /// RFC 7616 §3.9.1.
    const REALM: &str = r#"realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
    const BOUND: Bound<'_> = Bound {
        method: "GET",
        uri: "/dir/index.html",
        cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    };

    #[test]
    fn answers_are_those_of_rfc_7616_3_9_1() {
        for (algorithm, response) in [
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
            #[cfg(feature = "md5")]
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ] {
            let mut read = digest(&format!("Digest {REALM}, algorithm={algorithm}")).unwrap();
            let answer = read.answer("Mufasa", &Secret::from("Circle of Life"), BOUND);
            for part in [
                "username=\"Mufasa\"",
                "nc=00000001",
                "qop=auth,",
                &format!("algorithm={algorithm},"),
                &format!("response=\"{response}\""),
                "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
            ] {
                assert!(answer.contains(part), "{part} in {}", *answer);
            }
            let again = read.answer("Mufasa", &Secret::from("Circle of Life"), BOUND);
            assert!(again.contains("nc=00000002") && !again.contains(response));
            read.renew("another");
            assert!(read.answer("a", &Secret::from("b"), BOUND).contains("nonce=\"another\", nc=00000001"));
        }
    }

    #[test]
    fn the_strongest_that_can_be_answered_is_taken() {
        let both = format!("Digest {REALM}, algorithm=MD5, Digest {REALM}, algorithm=SHA-256");
        assert_eq!(digest(&both).unwrap().algorithm, Algorithm::Sha256);
        for useless in ["algorithm=SHA-512-256", "algorithm=SHA-256, qop=\"auth-int\""] {
            assert_eq!(digest(&format!("Digest realm=a, nonce=b, {useless}")), None, "{useless}");
        }
        assert_eq!(digest("Digest realm=a, qop=auth, algorithm=SHA-256"), None, "no nonce");
        assert_eq!(digest("Basic realm=a"), None);
    }

    #[test]
    fn names_outside_ascii_and_hashed_names_are_written_as_the_rfc_says() {
        let password = Secret::from("p");
        let mut plain = digest(&format!("Digest {REALM}, algorithm=SHA-256")).unwrap();
        assert!(
            plain.answer("Jäsøn Doe", &password, BOUND).contains("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe,")
        );
        assert!(plain.answer("a\"b\\", &password, BOUND).contains(r#"username="a\"b\\","#));
        let mut hashed = digest(&format!("Digest {REALM}, algorithm=SHA-256, userhash=true")).unwrap();
        let answer = hashed.answer("Mufasa", &password, BOUND);
        assert!(answer.contains("userhash=true") && !answer.contains("Mufasa"), "{}", *answer);
        let mut session = digest(&format!("Digest {REALM}, algorithm=SHA-256-sess")).unwrap();
        let bound = session.answer("Mufasa", &Secret::from("Circle of Life"), BOUND);
        assert!(bound.contains("algorithm=SHA-256-sess,"), "{}", *bound);
        assert!(!bound.contains("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"));
    }
}
