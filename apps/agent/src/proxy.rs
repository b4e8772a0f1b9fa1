//! The setting `proxy`: which web proxies lead to the server.

use crate::dhcp;
use crate::failure::{Context, Failure};
use crate::regular;
use crate::settings::{Settings, Switch, WrongSetting};
use crate::vault::Vault;
use crate::vault::toml::Kind;
use remote_services_core::secret::Secret;
use remote_services_transport::client::blocking::{ProxyScript, ScriptSource};
use remote_services_transport::client::{ClientConfig, ProxyEnvironment, ProxySettings, Resolve, Timeouts};
use serde::Deserialize;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What a proxy that wants credentials is told: `[proxy-credentials]`. The password is in none of the settings.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProxyCredentials {
    /// The user name.
    pub user: String,
    /// The file with the password; without it the password is that of the environment.
    pub password_file: Option<PathBuf>,
    /// `on` or `off`: whether the password may be shown by HTTP Basic. Without it, where this host itself says which proxy
    /// that is, and not where the network does.
    pub basic: Option<Switch>,
}

impl ProxyCredentials {
    /// Name and password, as file or environment have it now.
    fn read(&self, vault: &Vault) -> Result<(String, Secret), Failure> {
        let mut text = Zeroizing::new(String::new());
        match &self.password_file {
            Some(path) => {
                let read = regular::open(path)
                    .and_then(|file| file.take(LONGEST_PASSWORD).read_to_string(&mut text));
                read.map_err(|error| {
                    regular::failure(format_args!("password for the proxy in {}", path.display()), &error)
                })?;
                text = vault.open_stored(Kind::ProxyPassword.name(), path, text)?;
            }
            None => {
                *text = std::env::var(PASSWORD).map_err(|_| {
                    Failure::usage(format_args!("[proxy-credentials] needs password-file, or {PASSWORD} set"))
                })?;
                text = vault.open_stored(Kind::ProxyPassword.name(), Path::new(PASSWORD), text)?;
            }
        }
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Failure::usage("the password for the proxy is empty"));
        }
        Ok((self.user.clone(), password.into()))
    }
}

/// The client that goes the way that the settings name: `environment`, `none`, a script, `wpad`, or the proxy's URL. `names`
/// finds where a script is; where names are resolved in secret, scripts may ask for none.
///
/// # Errors
/// When it has another form, or there is no password where one is to be. No text is repeated: it may hold a password.
pub fn through(
    config: ClientConfig,
    settings: &Settings,
    names: Arc<dyn Resolve>,
    vault: &Vault,
) -> Result<ClientConfig, Failure> {
    let (Some(setting), login) = (settings.proxy.as_deref(), settings.proxy_credentials.as_ref()) else {
        return Ok(config);
    };
    let credentials = login.map(|login| login.read(vault)).transpose()?;
    let basic = login.and_then(|login| login.basic);
    let by_network = setting == WPAD || setting.starts_with("pac+http://");
    let config = match (credentials.is_some(), basic, by_network) {
        (_, Some(Switch::Off), _) | (true, None, true) => config.without_basic_for_proxies(),
        _ => config,
    };
    Ok(match setting {
        NONE => config,
        ENVIRONMENT => {
            let environment = ProxyEnvironment::read(|name| std::env::var(name).ok());
            let environment = environment.map_err(|error| Failure::usage(error.to_string()))?;
            config.with_proxy_finder(Arc::new(with_credentials(environment, credentials)?))
        }
        setting => match script(setting) {
            Some(source) => {
                let script = ProxyScript::new(source, program()?).with_network(Timeouts::default(), names);
                let script = if settings.names.is_encrypted() { script.without_names() } else { script };
                config.with_proxy_finder(Arc::new(match credentials {
                    Some((user, password)) => script.with_credentials(user, password),
                    None => script,
                }))
            }
            None => {
                let named = proxy_settings(setting)?;
                config.with_proxy(ProxySettings { credentials: credentials.or(named.credentials), ..named })
            }
        },
    })
}

/// The proxy of the environment with the credentials of the settings. Those that the environment has are used, and told.
fn with_credentials(
    environment: ProxyEnvironment,
    credentials: Option<(String, Secret)>,
) -> Result<ProxyEnvironment, Failure> {
    match (environment.has_credentials(), credentials) {
        (true, Some(_)) => Err(Failure::usage(
            "the proxy has credentials in the environment and others in [proxy-credentials]",
        )),
        (true, None) => {
            tell!(
                "warning: the environment has the password for the proxy in clear, where all programs that are started in it find \
                 it: name the proxy there without user and password, and put them into [proxy-credentials]"
            );
            Ok(environment)
        }
        (false, Some((user, password))) => Ok(environment.with_credentials(user, password)),
        (false, None) => Ok(environment),
    }
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
        Some(path) => Path::new(path).is_absolute().then(|| ScriptSource::File(path.into())),
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

/// Whether the settings have a form that [`through`] takes; no file is looked at.
///
/// # Errors
/// When they have not.
pub fn check(setting: Option<&str>, login: Option<&ProxyCredentials>) -> Result<(), WrongSetting> {
    let named = match setting {
        None | Some(NONE | ENVIRONMENT) => None,
        Some(setting) if script(setting).is_some() => None,
        Some(setting) => Some(proxy_settings(setting)?),
    };
    let Some(login) = login else { return Ok(()) };
    let wrong = |why: &str| WrongSetting::of_section(CREDENTIALS, why);
    if matches!(setting, None | Some(NONE)) {
        return Err(wrong(
            "they are for a proxy that is named, also by the environment, or found by a script",
        ));
    }
    if named.is_some_and(|named| named.credentials.is_some()) {
        return Err(wrong("the proxy has others in its URL"));
    }
    if login.user.is_empty() || login.user.contains(':') {
        return Err(WrongSetting::new(Some(CREDENTIALS), "user", "a name without a colon is needed"));
    }
    Ok(())
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

const CREDENTIALS: &str = "proxy-credentials";
const NONE: &str = "none";
const ENVIRONMENT: &str = "environment";
const WPAD: &str = "wpad";
/// Where the password for the proxy is when no file is named.
const PASSWORD: &str = "RS_PROXY_PASSWORD";
/// Octets of a file with a password that are looked at.
const LONGEST_PASSWORD: u64 = 4096;

/// `http://[user:password@]host:port`
///
/// # Errors
/// When it has another form. The text is not repeated: it may hold a password.
fn proxy_settings(text: &str) -> Result<ProxySettings, WrongSetting> {
    let wrong = || {
        WrongSetting::new(
            None,
            "proxy",
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
            assert!(check(Some(setting), None).is_ok());
            assert_eq!(kind(Some(setting)), word);
        }
        assert_eq!(kind(None), "none");
        assert!(check(Some("pac+ftp://x/"), None).is_err());
        // Whose folder the agent is started in is nobody's promise.
        for relative in ["pac+file://proxy.pac", "pac+file://etc/proxy.pac", "pac+file://"] {
            assert!(
                check(Some(relative), None).is_err_and(|it| it.sentence.contains("pac+file:///PATH")),
                "{relative}"
            );
        }
        assert_eq!(
            searched("domain a.test\nsearch b.test c.test\nnameserver 192.0.2.1\n"),
            ["b.test", "c.test"]
        );
        assert!(check(Some("automatic"), None).is_err_and(|failure| !failure.sentence.contains("automatic")));
    }

    #[test]
    fn credentials_fit_the_way_and_their_password_is_in_a_file() {
        let login = |user: &str| ProxyCredentials { user: user.into(), ..ProxyCredentials::default() };
        for setting in ["http://proxy.example:3128", "pac+file:///etc/proxy.pac", "wpad", "environment"] {
            assert!(check(Some(setting), Some(&login("scanner"))).is_ok(), "{setting}");
            assert!(
                check(Some(setting), Some(&login("a:b"))).is_err()
                    && check(Some(setting), Some(&login(""))).is_err()
            );
        }
        for setting in [None, Some("none"), Some("http://u:p@proxy.example:3128")] {
            assert!(check(setting, Some(&login("scanner"))).is_err(), "{setting:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let vault = Vault::new(None, Some(folder.path()));
        let named = ProxyCredentials { password_file: Some(path.clone()), ..login("scanner") };
        assert!(named.read(&vault).is_err_and(|failure| failure.sentence.contains("password")));
        std::fs::write(&path, "s3cret: words\r\n").unwrap();
        let (user, password) = named.read(&vault).ok().unwrap();
        assert!(user == "scanner" && password.equals(&"s3cret: words".into()));
        let name = Kind::ProxyPassword.name();
        let sealed = vault.key_or_new().unwrap().seal(name, "s3cret: words").unwrap();
        std::fs::write(&path, format!("{sealed}\n")).unwrap();
        assert!(named.read(&vault).is_ok_and(|(_, password)| password.equals(&"s3cret: words".into())));
        std::fs::write(&path, "\n").unwrap();
        assert!(named.read(&vault).is_err());
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
