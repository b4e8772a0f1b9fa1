//! `[names]` of `agent.toml`: names are resolved over TLS (RFC 7858), by the resolvers that the site names and by no others;
//! without it by the operating system.

mod devices;

use crate::failure::{Context, Failure};
use crate::modules;
use crate::regular;
use crate::settings::WrongSetting;
use crate::survey::device_names::{LookUp, NameServer};
use crate::survey::sources::name_server;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use remote_services_transport::client::{Resolve, SystemResolver};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use std::fmt::Display;
use std::io;
use std::io::BufReader;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The section. Without a resolver the operating system resolves names.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NamesSection {
    /// Who is asked; the next one when one does not answer.
    pub resolvers: Vec<ResolverEntry>,
    /// Whether the names of devices are looked up while they are read: `on`, `off`, or the name server to ask where there are
    /// no resolvers, as for `--dns-server`; without it they are not.
    pub of_devices: Option<String>,
    /// Authorities that certify resolvers, in PEM; else those that the host believes.
    pub roots: Option<PathBuf>,
}

/// One resolver.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ResolverEntry {
    /// `tls://NAME[:PORT]`: the name is the one in its certificate.
    pub url: String,
    /// Where it is: no name is asked for to find out.
    pub addresses: Vec<IpAddr>,
}

impl NamesSection {
    /// Whether names are resolved in another way than the operating system's.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        !self.resolvers.is_empty()
    }

    /// Whether everything has a form that can be used; no file is looked at.
    ///
    /// # Errors
    /// A sentence with the setting that has not.
    pub fn check(&self) -> Result<(), WrongSetting> {
        if self.roots.is_some() && !self.is_encrypted() {
            return Err(wrong("roots", "there are no resolvers for it"));
        }
        if let Some(Wish::Server(server)) = wish(self.of_devices.as_deref()) {
            self.check_server(server)?;
        }
        for (number, entry) in self.resolvers.iter().enumerate() {
            entry.connection().map_err(|wrong| wrong.within("resolvers", number))?;
        }
        Ok(())
    }

    /// No question goes out in clear where there are resolvers.
    fn check_server(&self, server: &str) -> Result<(), WrongSetting> {
        if self.is_encrypted() {
            return Err(wrong(
                "of-devices",
                format_args!("{server} would be asked in clear: the resolvers are, by \"on\""),
            ));
        }
        name_server(Some(server)).map(drop).map_err(|_| {
            wrong(
                "of-devices",
                format_args!("{server:?} is not on, off or an IP address, with :PORT if it is not 53"),
            )
        })
    }

    /// Who looks up the names of devices, if somebody does: as `wished` on the command line, else as the section says.
    ///
    /// # Errors
    /// A sentence with the setting, option or file that cannot be used.
    pub(crate) fn look_up(&self, wished: Option<&str>) -> Result<Option<Box<dyn LookUp>>, Failure> {
        let Some(wish) = wish(wished.or(self.of_devices.as_deref())) else { return Ok(None) };
        if let Wish::Server(server) = wish {
            self.check_server(server)?;
            return Ok(Some(Box::new(NameServer::open(Some(server))?)));
        }
        Ok(Some(match self.encrypted()? {
            Some(resolver) => Box::new(devices::Lookups::new(resolver)),
            None => Box::new(NameServer::open(None)?),
        }))
    }

    /// Who resolves names.
    ///
    /// # Errors
    /// A sentence with the setting or file that cannot be used.
    pub fn resolver(&self) -> Result<Arc<dyn Resolve>, Failure> {
        Ok(match self.encrypted()? {
            Some(resolver) => Arc::new(resolver),
            None => Arc::new(SystemResolver),
        })
    }

    fn encrypted(&self) -> Result<Option<Encrypted>, Failure> {
        if !self.is_encrypted() {
            return Ok(None);
        }
        let mut servers = Vec::new();
        for entry in &self.resolvers {
            let connection = entry.connection()?;
            let at = |address: &IpAddr| NameServerConfig::new(*address, true, vec![connection.clone()]);
            servers.extend(entry.addresses.iter().map(at));
        }
        Encrypted::new(ResolverConfig::from_name_servers(servers), self.tls()?).map(Some)
    }

    fn tls(&self) -> Result<ClientConfig, Failure> {
        let mut roots = RootCertStore::empty();
        match &self.roots {
            Some(path) => {
                for certificate in read_certificates(path)? {
                    roots.add(certificate).map_err(|error| wrong("roots", at(path, error)))?;
                }
            }
            None => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
            }
        }
        if roots.is_empty() {
            return Err(wrong("roots", "no authority is known that could certify a resolver").into());
        }
        let config =
            ClientConfig::builder_with_provider(modules::tls()).with_safe_default_protocol_versions();
        let config = config.context("TLS towards resolvers")?;
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    }
}

impl ResolverEntry {
    fn connection(&self) -> Result<ConnectionConfig, WrongSetting> {
        let url = &self.url;
        let form = || wrong("url", format_args!("{url:?} is not tls://NAME[:PORT]"));
        let authority = url.strip_prefix("tls://").ok_or_else(form)?;
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse::<u16>().map_err(|_| form())?)),
            None => (authority, None),
        };
        if ServerName::try_from(name).is_err() {
            return Err(form());
        }
        if self.addresses.is_empty() {
            return Err(wrong("addresses", format_args!("{url:?} has none")));
        }
        let mut connection = ConnectionConfig::tls(name.into());
        connection.port = port.unwrap_or(connection.port);
        Ok(connection)
    }
}

/// Asks over TLS and never in clear. The host's own file of names comes first: it asks nobody.
struct Encrypted {
    resolver: TokioResolver,
    /// The connections to the resolvers live here.
    runtime: Runtime,
}

impl Encrypted {
    fn new(servers: ResolverConfig, tls: ClientConfig) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.context("the thread that resolves names")?;
        let mut builder = TokioResolver::builder_with_config(servers, TokioRuntimeProvider::default());
        builder.options_mut().use_hosts_file = ResolveHosts::Always;
        let resolver = builder.with_tls_config(tls).build().context("resolving names")?;
        Ok(Self { resolver, runtime })
    }
}

impl Resolve for Encrypted {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let found = self.runtime.block_on(self.resolver.lookup_ip(host));
        let found = found.map_err(|error| io::Error::other(format!("encrypted resolution: {error}")))?;
        Ok(found.iter().map(|address| SocketAddr::new(address, port)).collect())
    }
}

/// What is wished of the names of devices.
enum Wish<'a> {
    /// To ask whoever resolves names.
    Usual,
    /// To ask this name server.
    Server(&'a str),
}

fn wish(text: Option<&str>) -> Option<Wish<'_>> {
    match text? {
        OFF => None,
        ON => Some(Wish::Usual),
        server => Some(Wish::Server(server)),
    }
}

/// The word that has names looked up by whoever resolves them anyway.
pub const ON: &str = "on";
const OFF: &str = "off";

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let file = regular::open(path).map_err(|error| wrong("roots", at(path, error)))?;
    let read = CertificateDer::pem_reader_iter(BufReader::new(file)).collect::<Result<Vec<_>, _>>();
    read.map_err(|error| wrong("roots", at(path, error)).into())
}

fn at(path: &Path, error: impl Display) -> String {
    format!("{}: {error}", path.display())
}

fn wrong(setting: &str, why: impl Display) -> WrongSetting {
    WrongSetting::new(Some("names"), setting, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::config::ProtocolConfig;

    fn entry(url: &str) -> ResolverEntry {
        ResolverEntry { url: url.into(), addresses: vec!["192.0.2.53".parse().unwrap()] }
    }

    #[test]
    fn names_of_devices_are_looked_up_when_somebody_wants_it_and_never_in_clear_beside_resolvers() {
        let section = |of_devices: Option<&str>, resolvers: &[ResolverEntry]| NamesSection {
            of_devices: of_devices.map(Into::into),
            resolvers: resolvers.to_vec(),
            roots: None,
        };
        let is_on = |section: NamesSection, wished| section.look_up(wished).map(|lookup| lookup.is_some());
        assert!(!is_on(section(None, &[]), None).unwrap());
        assert!(!is_on(section(Some("off"), &[]), None).unwrap());
        assert!(is_on(section(Some("192.0.2.53"), &[]), None).unwrap());
        assert!(is_on(section(Some("off"), &[]), Some("192.0.2.53:5353")).unwrap());
        assert!(section(Some("on"), &[entry("tls://dns.example")]).check().is_ok());

        let encrypted = [entry("tls://dns.example")];
        for (setting, resolvers) in [("192.0.2.53", &encrypted[..]), ("dns.example", &[])] {
            let said = section(Some(setting), resolvers).check().unwrap_err().to_string();
            assert!(said.contains("[names] of-devices") && said.contains(setting), "{said}");
            assert!(is_on(section(None, resolvers), Some(setting)).is_err());
        }
    }

    #[test]
    fn resolvers_are_named_by_url_and_found_by_address() {
        for (url, port) in [("tls://dns.example", 853), ("tls://dns.example:8853", 8853)] {
            let connection = entry(url).connection().unwrap();
            let name = ProtocolConfig::Tls { server_name: "dns.example".into() };
            assert_eq!((connection.port, connection.protocol), (port, name), "{url}");
        }
        for url in [
            "dns.example",
            "udp://dns.example",
            "tls://dns.example/x",
            "tls://",
            "tls://a b",
            "tls://a:b",
            "https://dns.example/dns-query",
        ] {
            let section = NamesSection { resolvers: vec![entry(url)], ..NamesSection::default() };
            let said = section.check().unwrap_err().to_string();
            assert!(said.contains("[names] url") && said.contains(url), "{said}");
        }
        let nowhere = ResolverEntry { url: "tls://dns.example".into(), addresses: Vec::new() };
        let section = NamesSection { resolvers: vec![nowhere], ..NamesSection::default() };
        assert!(section.check().unwrap_err().to_string().contains("[names] addresses"));
    }

    #[test]
    fn roots_that_are_none_are_told_by_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        let section = NamesSection {
            resolvers: vec![entry("tls://dns.example")],
            roots: Some(path.clone()),
            ..NamesSection::default()
        };
        let said = section.resolver().err().unwrap().to_string();
        assert!(said.contains("roots.pem"), "{said}");
        std::fs::write(&path, "nothing of the kind").unwrap();
        let said = section.resolver().err().unwrap().to_string();
        assert!(said.contains("no authority"), "{said}");
        assert!(NamesSection { roots: Some(path), ..NamesSection::default() }.check().is_err());
    }

    #[test]
    fn without_the_section_the_system_resolves() {
        let addresses = NamesSection::default().resolver().unwrap().resolve("localhost", 80).unwrap();
        assert!(addresses.iter().all(|address| address.ip().is_loopback()), "{addresses:?}");
    }
}
