//! Proxies by environment variables, as curl reads them (curl(1), "ENVIRONMENT"), for servers that are always HTTPS.

use super::routes::host_and_port;
use super::{FindProxy, ProxySettings, Route};
use crate::registration_key::ServerUrl;
use remote_services_core::secret::Secret;
use std::net::IpAddr;
use std::sync::Arc;

/// What the environment says about proxies. No `Debug`: it may hold a password.
pub struct ProxyEnvironment {
    proxy: Option<Arc<ProxySettings>>,
    /// Hosts that are reached directly.
    except: Vec<String>,
}

/// Why a variable cannot be used; its value, which may hold a password, is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// Not `[http://][USER:PASSWORD@]HOST[:PORT]`.
    #[error("{0} is not [http://][USER:PASSWORD@]HOST[:PORT]")]
    Form(&'static str),
    /// A proxy of a kind that is not spoken here.
    #[error("{0} names a proxy of another kind than http")]
    Scheme(&'static str),
}

impl ProxyEnvironment {
    /// Reads the variables that `get` gives: `https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY` in this order, where the
    /// first that is set counts even if it is empty, which means none; `no_proxy`, `NO_PROXY`. `http_proxy` is for other
    /// URLs than ours. Like curl, a proxy without a port has port 1080.
    ///
    /// # Errors
    /// See [`EnvironmentError`].
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        let set = names.into_iter().find_map(|name| Some((name, get(name)?)));
        let proxy = match set {
            Some((name, value)) if !value.trim().is_empty() => {
                Some(Arc::new(read_proxy(name, value.trim())?))
            }
            _ => None,
        };
        let except = get("no_proxy").or_else(|| get("NO_PROXY")).unwrap_or_default();
        let except = except.split([',', ' ']).filter(|entry| !entry.is_empty()).map(str::to_ascii_lowercase);
        Ok(Self { proxy, except: except.collect() })
    }

    /// Whether a variable has credentials for the proxy, in clear as they are there.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| proxy.credentials.is_some())
    }

    /// The same with these credentials for the proxy that is named, in place of those that a variable has.
    #[must_use]
    pub fn with_credentials(self, user: String, password: Secret) -> Self {
        let with = |proxy: Arc<ProxySettings>| {
            let ProxySettings { host, port, .. } = &*proxy;
            Arc::new(ProxySettings { host: host.clone(), port: *port, credentials: Some((user, password)) })
        };
        Self { proxy: self.proxy.map(with), ..self }
    }

    fn is_excepted(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        self.except.iter().any(|entry| match address {
            _ if entry == "*" => true,
            Some(address) => is_in(address, entry),
            None => {
                let entry = entry.trim_start_matches('.').trim_end_matches('.');
                let rest = host.strip_suffix(entry);
                !entry.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        })
    }
}

impl FindProxy for ProxyEnvironment {
    fn routes(&self, server: &ServerUrl) -> Result<Vec<Route>, String> {
        let proxy = self.proxy.as_ref().filter(|_| !self.is_excepted(server.host()));
        Ok(vec![proxy.map_or(Route::Direct, |proxy| Route::Proxy(Arc::clone(proxy)))])
    }
}

fn read_proxy(name: &'static str, value: &str) -> Result<ProxySettings, EnvironmentError> {
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    if !scheme.eq_ignore_ascii_case("http") {
        return Err(EnvironmentError::Scheme(name));
    }
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (credentials, address) = match rest.rsplit_once('@') {
        Some((credentials, address)) => (Some(credentials), address),
        None => (None, rest),
    };
    let form = EnvironmentError::Form(name);
    let (host, port) = host_and_port(address, 1080).ok_or_else(|| form.clone())?;
    let credentials = match credentials {
        None => None,
        Some(text) => {
            let (user, password) = text.split_once(':').unwrap_or((text, ""));
            let user = String::from_utf8(decoded(user).ok_or_else(|| form.clone())?);
            let password = Secret::new(decoded(password).ok_or_else(|| form.clone())?);
            Some((user.map_err(|_| form)?, password))
        }
    };
    Ok(ProxySettings { host, port, credentials })
}

/// Percent-decoding (RFC 3986 §2.1).
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        octets.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
                u8::try_from(value).ok()?
            }
            plain => plain,
        });
    }
    Some(octets)
}

/// Whether an address is the entry, or in its network (`192.0.2.0/24`).
fn is_in(address: IpAddr, entry: &str) -> bool {
    let (network, bits) = match entry.split_once('/') {
        Some((network, bits)) => (network, bits.parse::<u32>().ok()),
        None => (entry, Some(u32::MAX)),
    };
    let network = network.trim_matches(['[', ']']).parse::<IpAddr>();
    let (Ok(network), Some(bits)) = (network, bits) else { return false };
    let same = |a: u128, b: u128, width: u32| {
        let shift = width - bits.min(width);
        shift >= 128 || (a >> shift) == (b >> shift)
    };
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<ProxyEnvironment, EnvironmentError> {
        ProxyEnvironment::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn route(variables: &[(&str, &str)], host: &str) -> String {
        let server = ServerUrl::new(host, 443).unwrap();
        read(variables).unwrap().routes(&server).unwrap()[0].name()
    }

    #[test]
    fn the_variables_are_those_of_curl_in_its_order() {
        let all = [
            ("ALL_PROXY", "all.test:1"),
            ("HTTPS_PROXY", "upper.test:2"),
            ("https_proxy", "http://lower.test:3/"),
        ];
        assert_eq!(route(&all, "a.test"), "lower.test:3");
        assert_eq!(route(&all[..2], "a.test"), "upper.test:2");
        assert_eq!(route(&all[..1], "a.test"), "all.test:1");
        assert_eq!(route(&[("http_proxy", "x.test:1"), ("HTTP_PROXY", "x.test:1")], "a.test"), "direct");
        assert_eq!(route(&[("https_proxy", ""), ("all_proxy", "all.test:1")], "a.test"), "direct");
        assert_eq!(route(&[("https_proxy", "x.test")], "a.test"), "x.test:1080");
    }

    #[test]
    fn hosts_that_are_excepted_are_reached_directly() {
        let with = |no_proxy: &str, host: &str| {
            route(&[("https_proxy", "x.test:1"), ("no_proxy", no_proxy)], host) == "direct"
        };
        for (no_proxy, host) in [
            ("*", "a.test"),
            ("a.test", "a.test"),
            ("other, .A.test", "sub.a.test"),
            (".a.test", "a.test"),
            ("b.test a.test", "x.a.test"),
            ("192.0.2.0/24", "192.0.2.77"),
            ("192.0.2.77", "192.0.2.77"),
            ("2001:db8::/32", "2001:db8::1"),
        ] {
            assert!(with(no_proxy, host), "{no_proxy} {host}");
        }
        for (no_proxy, host) in [
            ("", "a.test"),
            ("a.test", "ba.test"),
            ("sub.a.test", "a.test"),
            ("192.0.2.0/25", "192.0.2.200"),
            ("192.0.2.0/x", "192.0.2.1"),
            ("2.77", "192.0.2.77"),
            (".", "a.test"),
        ] {
            assert!(!with(no_proxy, host), "{no_proxy} {host}");
        }
        assert_eq!(route(&[("https_proxy", "x.test:1"), ("NO_PROXY", "a.test")], "a.test"), "direct");
    }

    #[test]
    fn credentials_are_decoded_and_never_shown() {
        let found = read(&[("https_proxy", "http://us%40er:pa%3Ass%zz@x.test:1")]);
        let error = found.err().unwrap();
        assert_eq!(error, EnvironmentError::Form("https_proxy"));
        assert!(!error.to_string().contains("ss"));
        let found = read(&[("https_proxy", "us%40er:pa%3Ass@x.test:1")]).unwrap();
        let proxy = found.proxy.as_ref().unwrap();
        let (user, password) = proxy.credentials.as_ref().unwrap();
        assert_eq!((user.as_str(), password.expose()), ("us@er", b"pa:ss".as_slice()));
        assert!(found.has_credentials() && !read(&[("https_proxy", "x.test:1")]).unwrap().has_credentials());
        let other = read(&[("https_proxy", "x.test:1")]).unwrap();
        let other = other.with_credentials("scanner".into(), "s3cret".into()).proxy.unwrap();
        assert_eq!((other.host.as_str(), other.port), ("x.test", 1));
        assert!(other.credentials.as_ref().is_some_and(|(user, _)| user == "scanner"));
        let none = read(&[]).unwrap().with_credentials("scanner".into(), "s3cret".into());
        assert!(none.proxy.is_none(), "credentials make no proxy");
        for other in ["socks5://x.test:1", "https://x.test:1"] {
            assert_eq!(read(&[("all_proxy", other)]).err(), Some(EnvironmentError::Scheme("all_proxy")));
        }
        assert!(read(&[("https_proxy", "x.test:port")]).is_err());
    }
}
