//! The setting `proxy`: which web proxies lead to the server.

use crate::dhcp;
use crate::failure::{Context, Failure};
use remote_services_transport::client::blocking::{ProxyScript, ScriptSource};
use remote_services_transport::client::{ClientConfig, ProxyEnvironment, ProxySettings, Resolve, Timeouts};
use std::path::PathBuf;
use std::sync::Arc;

/// The client that goes the way that the setting names: `environment`, `none`, a script, `wpad`, or the
/// proxy's URL. `names` finds where a script is; what resolves names in secret is not within the reach of scripts.
///
/// # Errors
/// When it has another form. The text is not repeated: it may hold a password.
pub fn through(
    config: ClientConfig,
    setting: &str,
    names: Arc<dyn Resolve>,
    encrypted: bool,
) -> Result<ClientConfig, Failure> {
    Ok(match setting {
        NONE => config,
        ENVIRONMENT => {
            let environment = ProxyEnvironment::read(|name| std::env::var(name).ok());
            let environment = environment.map_err(|error| Failure::usage(error.to_string()))?;
            config.with_proxy_finder(Arc::new(environment))
        }
        setting => match script(setting) {
            Some(source) => {
                let script = ProxyScript::new(source, program()?).with_network(Timeouts::default(), names);
                let script = if encrypted { script.without_names() } else { script };
                config.with_proxy_finder(Arc::new(script))
            }
            None => config.with_proxy(proxy_settings(setting)?),
        },
    })
}

/// Where a proxy script is, if the setting names one: `pac+file:///PATH`, `pac+http://URL`, or `wpad` for what DHCP gave and
/// the domains that this host searches.
fn script(setting: &str) -> Option<ScriptSource> {
    if setting == WPAD {
        let resolver = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        return Some(ScriptSource::Wpad {
            from_dhcp: dhcp::proxy_script_url(),
            domains: searched(&resolver),
        });
    }
    let place = setting.strip_prefix("pac+")?;
    match place.strip_prefix("file://") {
        Some(path) => Some(ScriptSource::File(path.into())),
        None => place.starts_with("http://").then(|| ScriptSource::Url(place.to_owned())),
    }
}

/// The domains of resolv.conf(5): the last `domain` or `search` counts.
fn searched(resolver: &str) -> Vec<String> {
    let lines = resolver.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        matches!(words.next(), Some("domain" | "search")).then(|| words.map(str::to_owned).collect())
    });
    lines.reduce(|_, later| later).unwrap_or_default()
}

/// The program that evaluates scripts lies beside this one.
fn program() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().context("the folder of this program")?;
    Ok(own.with_file_name(format!("remote-services-pac{}", std::env::consts::EXE_SUFFIX)))
}

/// Whether a setting has a form that [`through`] takes.
///
/// # Errors
/// When it has not.
pub fn check(setting: &str) -> Result<(), Failure> {
    if matches!(setting, NONE | ENVIRONMENT) || script(setting).is_some() {
        Ok(())
    } else {
        proxy_settings(setting).map(drop)
    }
}

/// What the server is told of it: one word, no address.
#[must_use]
pub fn kind(setting: Option<&str>) -> &'static str {
    match setting {
        None | Some(NONE) => "none",
        Some(ENVIRONMENT) => "environment",
        Some(WPAD) => "wpad",
        Some(setting) if script(setting).is_some() => "pac",
        Some(_) => "explicit",
    }
}

const NONE: &str = "none";
const ENVIRONMENT: &str = "environment";
const WPAD: &str = "wpad";

/// `http://[user:password@]host:port`
///
/// # Errors
/// When it has another form. The text is not repeated: it may hold a password.
fn proxy_settings(text: &str) -> Result<ProxySettings, Failure> {
    let wrong = || {
        Failure::usage(
            "a proxy is given as http://[USER:PASSWORD@]HOST:PORT, as environment, wpad or none, or as pac+file:///PATH or pac+http://URL",
        )
    };
    let rest = text.strip_prefix("http://").ok_or_else(wrong)?.trim_end_matches('/');
    let (credentials, authority) = match rest.rsplit_once('@') {
        Some((credentials, authority)) => (Some(credentials), authority),
        None => (None, rest),
    };
    let (host, port) = authority.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(wrong());
    }
    let credentials = match credentials {
        Some(credentials) => {
            let (user, password) = credentials.split_once(':').ok_or_else(wrong)?;
            Some((user.to_owned(), password.into()))
        }
        None => None,
    };
    Ok(ProxySettings { host: host.to_owned(), port: port.parse().map_err(|_| wrong())?, credentials })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_taken_and_told_to_the_server_without_an_address() {
        for (setting, word) in [
            ("none", "none"),
            ("environment", "environment"),
            ("http://u:p@proxy.example:3128", "explicit"),
            ("pac+file:///etc/proxy.pac", "pac"),
            ("pac+http://web.example/proxy.pac", "pac"),
            ("wpad", "wpad"),
        ] {
            assert!(check(setting).is_ok());
            assert_eq!(kind(Some(setting)), word);
        }
        assert_eq!(kind(None), "none");
        assert!(check("pac+ftp://x/").is_err());
        assert_eq!(
            searched("domain a.test\nsearch b.test c.test\nnameserver 192.0.2.1\n"),
            ["b.test", "c.test"]
        );
        assert!(check("automatic").is_err_and(|failure| !failure.sentence.contains("automatic")));
    }

    #[test]
    fn a_proxy_is_read_with_and_without_credentials() {
        let proxy = proxy_settings("http://scanner:p%40ss:w@proxy.example:3128/").ok().unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("proxy.example", 3128));
        assert_eq!(proxy.credentials.unwrap().0, "scanner");
        assert!(proxy_settings("http://[::1]:3128").is_ok_and(|proxy| proxy.host == "::1"));
        for wrong in ["proxy:3128", "http://proxy", "http://:1", "http://user@proxy:1", "http://proxy:99999"]
        {
            let sentence = proxy_settings(wrong).err().unwrap().sentence;
            assert!(!sentence.contains("user@"), "{sentence}");
        }
    }
}
