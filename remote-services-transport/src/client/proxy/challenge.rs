//! `Proxy-Authenticate` (RFC 9110 §11.3, §11.7.1): lists of challenges, several to a field and several fields.

use crate::exchange::Answer;

/// One challenge of a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// In lower case.
    pub(super) scheme: String,
    /// What handshakes such as Negotiate carry.
    pub(super) token: Option<String>,
    /// Names in lower case; a name that comes twice makes the challenge useless and is not read.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut values = self.parameters.iter().filter(|(known, _)| known == name);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() { None } else { first }
    }
}

/// All challenges of an answer, up to where one cannot be read.
pub(super) fn challenges(answer: &Answer, field: &str) -> Vec<Challenge> {
    let values = answer.fields.iter().filter(|(name, _)| name == field);
    values.flat_map(|(_, value)| Cursor(value).challenges()).collect()
}

/// The parameters of a field such as `Proxy-Authentication-Info`.
pub(super) fn parameters(value: &str) -> Vec<(String, String)> {
    let mut cursor = Cursor(value);
    let mut found = Vec::new();
    while let Some(parameter) = cursor.parameter() {
        found.push(parameter);
    }
    found
}

#[derive(Clone, Copy)]
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn challenges(mut self) -> Vec<Challenge> {
        let mut found = Vec::new();
        loop {
            self.skip(" \t,");
            let Some(scheme) = self.token() else { return found };
            let spaces = self.0.len();
            self.skip(" \t");
            let mut challenge =
                Challenge { scheme: scheme.to_ascii_lowercase(), token: None, parameters: Vec::new() };
            if spaces > self.0.len() {
                challenge.token = self.token68();
                while challenge.token.is_none()
                    && let Some(parameter) = self.parameter()
                {
                    challenge.parameters.push(parameter);
                }
            }
            found.push(challenge);
        }
    }

    /// The next `name=value`, if that is what follows; stays before what is something else.
    fn parameter(&mut self) -> Option<(String, String)> {
        let mut ahead = *self;
        ahead.skip(" \t,");
        let name = ahead.token()?.to_ascii_lowercase();
        ahead.skip(" \t");
        ahead.0 = ahead.0.strip_prefix('=')?;
        ahead.skip(" \t");
        let value = match ahead.0.strip_prefix('"') {
            Some(rest) => {
                ahead.0 = rest;
                ahead.quoted()?
            }
            None => ahead.token()?.to_owned(),
        };
        *self = ahead;
        Some((name, value))
    }

    /// Up to the closing quote, without the backslashes of quoted pairs.
    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut characters = self.0.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Some(value);
                }
                '\\' => value.push(characters.next()?.1),
                other => value.push(other),
            }
        }
        None
    }

    /// `token68` (RFC 9110 §11.2): all up to the next comma, or it is something else.
    fn token68(&mut self) -> Option<String> {
        let end = self.0.find([',', ' ', '\t']).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        let text = word.trim_end_matches('=');
        let rest = rest.trim_start_matches([' ', '\t']);
        let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
        if text.is_empty() || !fits || !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
        self.0 = rest;
        Some(word.to_owned())
    }

    fn token(&mut self) -> Option<&'a str> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let end = self.0.bytes().position(|byte| !is_token(byte)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    fn skip(&mut self, characters: &str) {
        self.0 = self.0.trim_start_matches(|character| characters.contains(character));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Vec<(String, Option<String>, usize)> {
        let field = |value: &&str| ("proxy-authenticate".to_owned(), (*value).to_owned());
        let answer = Answer { status: 407, fields: values.iter().map(field).collect(), body: Vec::new() };
        let read = challenges(&answer, "proxy-authenticate");
        read.into_iter().map(|it| (it.scheme, it.token, it.parameters.len())).collect()
    }

    fn plain(scheme: &str, parameters: usize) -> (String, Option<String>, usize) {
        (scheme.to_owned(), None, parameters)
    }

    #[test]
    fn several_challenges_are_read_from_one_field_and_from_several() {
        let two = r#"Digest realm="a, b", nonce="x\"y", qop="auth,auth-int", Basic realm=plain"#;
        let all = [plain("digest", 3), plain("basic", 1)];
        assert_eq!(read(&[two]), all);
        assert_eq!(read(&[r#"Digest realm="a", nonce="b", qop=auth"#, r#"BASIC Realm = "c""#]), all);
        assert_eq!(
            read(&["Negotiate, NTLM , Basic realm=x"]),
            [plain("negotiate", 0), plain("ntlm", 0), plain("basic", 1)]
        );
        let token = ("negotiate".to_owned(), Some("YII+/a==".to_owned()), 0);
        assert_eq!(read(&["Negotiate YII+/a==, Basic realm=x"]), [token, plain("basic", 1)]);
    }

    #[test]
    fn what_is_quoted_is_read_without_its_backslashes_and_twice_is_never() {
        let answer = Answer {
            status: 407,
            fields: vec![("f".into(), r#"Digest nonce="x\"\\y", a=1, a=2"#.into())],
            body: Vec::new(),
        };
        let read = challenges(&answer, "f");
        assert_eq!(read[0].parameter("nonce"), Some(r#"x"\y"#));
        assert_eq!(read[0].parameter("a"), None);
        assert_eq!(
            parameters(r#"nextnonce="n", rspauth="x""#),
            [("nextnonce".to_owned(), "n".to_owned()), ("rspauth".to_owned(), "x".to_owned())]
        );
    }

    #[test]
    fn nothing_that_a_proxy_writes_makes_it_loop_or_panic() {
        let two = r#"Digest realm="a", nonce="b\"c", Negotiate abc==, x"#;
        for cut in 0..two.len() {
            read(&[&two[..cut]]);
            read(&[&two[cut..]]);
        }
        for odd in ["", ",", "=", "a=", "a b c", "é", "\"", "a \"", "a =", "a b=\"\\"] {
            read(&[odd]);
        }
    }
}
