use super::ProxySettings;
use crate::registration_key::ServerUrl;
use remote_services_core::secret::Secret;
use std::sync::Arc;

/// One way to the server.
#[derive(Clone)]
pub enum Route {
    /// Without a proxy.
    Direct,
    /// Through this one.
    Proxy(Arc<ProxySettings>),
}

impl Route {
    /// A name without secrets: `direct`, or host and port.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Direct => "direct".to_owned(),
            Self::Proxy(proxy) => format!("{}:{}", proxy.host, proxy.port),
        }
    }
}

/// Who finds the ways to a server. Asked for each new connection, so that a laptop that moves is not lost.
pub trait FindProxy: Send + Sync {
    /// The ways, best first. May take a while: it is called on a thread that may wait.
    ///
    /// # Errors
    /// One sentence, without secrets, when none can be found now.
    fn routes(&self, server: &ServerUrl) -> Result<Vec<Route>, String>;
}

/// One proxy for everything.
impl FindProxy for Arc<ProxySettings> {
    fn routes(&self, _: &ServerUrl) -> Result<Vec<Route>, String> {
        Ok(vec![Route::Proxy(Self::clone(self))])
    }
}

/// What a proxy auto-configuration script gave is no list of routes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proxy script's answer has no way that can be gone: {0}")]
pub struct PacError(String);

/// Reads what `FindProxyForURL` gives: `PROXY a:8080; HTTP b:3128; DIRECT`, best first. Ways of other kinds, such as
/// `SOCKS` and `HTTPS`, are passed over. An empty answer means direct. `credentials` are for each of the proxies.
///
/// # Errors
/// [`PacError`] when nothing of it can be used.
pub fn pac_routes(answer: &str, credentials: Option<&(String, Secret)>) -> Result<Vec<Route>, PacError> {
    let ways = answer.split(';').map(str::trim).filter(|way| !way.is_empty()).take(MAX_ROUTES);
    let ways: Vec<&str> = ways.collect();
    if ways.is_empty() {
        return Ok(vec![Route::Direct]);
    }
    let route = |way: &&str| {
        let (kind, address) = way.split_once([' ', '\t']).unwrap_or((way, ""));
        let kind = kind.to_ascii_uppercase();
        if kind == "DIRECT" && address.trim().is_empty() {
            return Some(Route::Direct);
        }
        let (host, port) = host_and_port(address.trim(), 80)?;
        matches!(kind.as_str(), "PROXY" | "HTTP").then(|| {
            let copy = |(user, password): &(String, Secret)| (user.clone(), Secret::new(password.expose()));
            Route::Proxy(Arc::new(ProxySettings { host, port, credentials: credentials.map(copy) }))
        })
    };
    let routes: Vec<Route> = ways.iter().filter_map(route).collect();
    if routes.is_empty() {
        let shown: String = answer.chars().filter(|it| !it.is_control()).take(80).collect();
        return Err(PacError(shown));
    }
    Ok(routes)
}

/// `host`, `host:port`, `[address]:port`; the host is one that a URL can have.
pub(in crate::client) fn host_and_port(text: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
        _ => (text, default),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerUrl::new(host, port).is_ok().then(|| (host.to_owned(), port))
}

/// Ways of one answer that are looked at.
const MAX_ROUTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn names(answer: &str) -> Vec<String> {
        pac_routes(answer, None).unwrap().iter().map(Route::name).collect()
    }

    #[test]
    fn the_ways_are_taken_in_their_order_and_others_passed_over() {
        assert_eq!(
            names("PROXY a.test:8080; http b.test; SOCKS c.test:1080; DIRECT"),
            ["a.test:8080", "b.test:80", "direct"]
        );
        assert_eq!(names(" ; PROXY 192.0.2.1:3128 ;"), ["192.0.2.1:3128"]);
        assert_eq!(names(""), ["direct"]);
        for useless in ["SOCKS a.test:1", "PROXY", "PROXY a b:1", "PROXY :80", "hello", "PROXY a.test:99999"]
        {
            assert!(pac_routes(useless, None).is_err(), "{useless}");
        }
    }

    #[test]
    fn the_name_of_a_route_holds_no_secret() {
        let credentials = ("user".to_owned(), Secret::from("sesame"));
        let routes = pac_routes("PROXY a.test:1", Some(&credentials)).unwrap();
        assert_eq!(routes[0].name(), "a.test:1");
        let Route::Proxy(proxy) = &routes[0] else { panic!("direct") };
        assert!(proxy.credentials.is_some());
    }
}
