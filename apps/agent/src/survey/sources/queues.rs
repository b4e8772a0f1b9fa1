use super::Found;
use crate::failure::{Context, Failure};
use crate::survey::{Origin, SnmpAsker};
use remote_services_collect::discover::queues::cups::{
    AnswerError, CONTENT_TYPE, MAX_ANSWER, OPERATION_NOT_SUPPORTED, Question, queues, request,
};
use remote_services_collect::discover::queues::{Queue, QueueSource};
use remote_services_transport::client::Resolve;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// A print server that speaks IPP over HTTP: CUPS, or another for one queue.
pub struct CupsServer {
    name: String,
    url: String,
    printer_uri: String,
    agent: ureq::Agent,
}

impl CupsServer {
    /// From what a person types: `print.example`, `print.example:8631`, `ipp://print.example/printers/office`.
    ///
    /// # Errors
    /// When it is no such URL, or one that wants TLS.
    pub fn new(text: &str, names: Arc<dyn Resolve>) -> Result<Self, Failure> {
        let wrong = |why| Failure::usage(format_args!("--print-server {text}: {why}"));
        let rest = match text.split_once("://") {
            None => text,
            Some(("ipp" | "http", rest)) => rest,
            Some(("ipps" | "https", _)) => {
                return Err(wrong("only without TLS: give http://, on a network that may see it"));
            }
            Some(_) => return Err(wrong("give a host, or a URL that begins with http:// or ipp://")),
        };
        let (authority, path) =
            rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
        let has_port = authority.rsplit_once(':').is_some_and(|(host, port)| {
            !host.ends_with(':')
                && port.bytes().all(|it| it.is_ascii_digit())
                && (!host.contains(':') || host.ends_with(']'))
        });
        let is_host = |it: char| it.is_alphanumeric() || matches!(it, '.' | '-' | '_' | ':' | '[' | ']');
        if authority.is_empty() || !authority.chars().all(is_host) {
            return Err(wrong("this is no host"));
        }
        let authority = if has_port { authority.to_owned() } else { format!("{authority}:631") };
        let config =
            ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).proxy(None).build();
        Ok(Self {
            name: text.to_owned(),
            url: format!("http://{authority}{}", if path.is_empty() { "/" } else { &path }),
            printer_uri: format!("ipp://{authority}{path}"),
            agent: ureq::Agent::with_parts(config, DefaultConnector::default(), ByNames(names)),
        })
    }

    fn ask(&self, question: Question<'_>) -> Result<Vec<u8>, Failure> {
        let about = format!("the print server {}", self.name);
        let answer =
            self.agent.post(&self.url).header("content-type", CONTENT_TYPE).send(&request(question)[..]);
        answer.context(&about)?.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().context(&about)
    }
}

impl QueueSource for CupsServer {
    type Error = Failure;

    fn server(&self) -> &str {
        &self.name
    }

    fn queues(&mut self) -> Result<Vec<Queue>, Failure> {
        let about = format!("the print server {}", self.name);
        match queues(&self.ask(Question::All)?) {
            // No CUPS: then the one queue whose URI was given.
            Err(AnswerError::Status(OPERATION_NOT_SUPPORTED)) => {
                queues(&self.ask(Question::One(&self.printer_uri))?).context(&about)
            }
            all => all.context(&about),
        }
    }
}

/// Tells of every host that a queue of this server prints to, to be asked on `port`; `names` finds where they are.
///
/// # Errors
/// When the server cannot be asked, or the stop flag was set.
pub fn print_server<S: QueueSource<Error = Failure>>(
    asker: &mut SnmpAsker,
    source: &mut S,
    names: &dyn Resolve,
    port: u16,
    found: Found<'_>,
) -> Result<(), Failure> {
    asker.wait_for_packet()?;
    let server = source.server().to_owned();
    for queue in source.queues()? {
        if asker.is_stopped() {
            return Err(Failure::interrupted());
        }
        let Some(host) = queue.host() else {
            tell!(
                "queue {} of {server} prints to no host of the network ({})",
                queue.name,
                scheme(&queue.device_uri)
            );
            continue;
        };
        let address = names.resolve(host, port).map(|all| all.first().copied());
        match address {
            Ok(Some(address)) => found(address, Origin::Queue { name: queue.name, server: server.clone() })?,
            Ok(None) => tell!("queue {} of {server}: {host} has no address", queue.name),
            Err(error) => {
                tell!("queue {} of {server}: the name {host} cannot be resolved: {error}", queue.name);
            }
        }
    }
    Ok(())
}

/// Has the agent's own resolver find print servers.
struct ByNames(Arc<dyn Resolve>);

impl fmt::Debug for ByNames {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ByNames")
    }
}

impl Resolver for ByNames {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?.trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(80);
        let mut addresses = self.empty();
        for address in self.0.resolve(host, port)?.into_iter().take(MOST_ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(addresses) }
    }
}

/// As many as ureq keeps.
const MOST_ADDRESSES: usize = 16;

/// Of a device's URI what cannot be a secret.
fn scheme(uri: &str) -> &str {
    match uri.split_once(':') {
        Some((scheme, _)) => scheme,
        None => "its device is not told",
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_transport::client::SystemResolver;

    #[test]
    fn a_print_server_is_a_host_or_a_url_without_tls() {
        let url = |text| {
            CupsServer::new(text, Arc::new(SystemResolver))
                .map(|it| it.url)
                .map_err(|failure| failure.sentence)
        };
        assert_eq!(url("print.example").unwrap(), "http://print.example:631/");
        assert_eq!(url("127.0.0.1:8631").unwrap(), "http://127.0.0.1:8631/");
        assert_eq!(url("[2001:db8::1]").unwrap(), "http://[2001:db8::1]:631/");
        assert_eq!(url("[2001:db8::1]:99").unwrap(), "http://[2001:db8::1]:99/");
        assert_eq!(url("ipp://print.example/printers/a").unwrap(), "http://print.example:631/printers/a");
        assert!(url("ipps://print.example").unwrap_err().contains("without TLS"));
        for wrong in ["", "ftp://x", "http://", "a b", "user@host"] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
