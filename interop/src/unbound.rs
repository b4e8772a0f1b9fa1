//! unbound as a resolver that is asked over TLS, and in clear by nobody.
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::lan::Host;
use crate::pki::Authority;
use crate::process::{Guard, free_tcp_port};

/// The name in its certificate.
pub const NAME: &str = "dns.names.test";

/// A running resolver. It knows the names that it was told, and asks nobody for others.
#[derive(Debug)]
pub struct Unbound {
    /// Where it is asked over TLS.
    pub tls: SocketAddr,
    guard: Guard,
    folder: TempDir,
}

impl Unbound {
    /// Starts one for which `names` are at 127.0.0.1; `authority` certifies it.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(authority: &Authority, names: &[&str]) -> Self {
        let records: Vec<String> = names.iter().map(|name| format!("{name}. A 127.0.0.1")).collect();
        Self::start_with(authority, &records, |command| command)
    }

    /// Starts one on a host of a network, at its own 127.0.0.1, which has these records.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_on(host: &Host, authority: &Authority, records: &[String]) -> Self {
        Self::start_with(authority, records, |command| host.command(&command))
    }

    fn start_with(
        authority: &Authority,
        records: &[String],
        placed: impl FnOnce(Command) -> Command,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let identity = authority.server(NAME);
        let tls = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        let told: String = records.iter().map(|record| format!("  local-data: \"{record}\"\n")).collect();
        let text = format!(
            "server:
  interface: 127.0.0.1@{tls}
  tls-port: {tls}
  tls-service-key: {key}
  tls-service-pem: {certificate}
  do-daemonize: no
  use-syslog: no
  log-queries: yes
  logfile: \"{here}/queries.log\"
  username: \"\"
  chroot: \"\"
  directory: \"{here}\"
  pidfile: \"{here}/pid\"
  module-config: \"iterator\"
  local-zone: \".\" static
{told}remote-control:
  control-enable: no
",
            tls = tls.port(),
            key = identity.key.display(),
            certificate = identity.certificate.display(),
            here = folder.path().display(),
        );
        let file = folder.path().join("unbound.conf");
        fs::write(&file, text).expect("the folder is ours");
        let mut command = Command::new(Tool::Unbound.path());
        command.arg("-d").arg("-c").arg(&file);
        let mut resolver =
            Self { tls, guard: Guard::start(&mut placed(command), &folder.path().join("log")), folder };
        let queries = resolver.folder.path().join("queries.log");
        resolver.guard.wait_until("unbound listens", || {
            fs::read_to_string(&queries).ok()?.contains("start of service").then_some(())
        });
        resolver
    }

    /// A line for each question.
    #[must_use]
    pub fn queries(&self) -> String {
        fs::read_to_string(self.folder.path().join("queries.log")).unwrap_or_default()
    }

    /// The agent's `[names]` that ask this one, believing the authority in `roots`.
    #[must_use]
    pub fn section(&self, roots: &Path) -> String {
        let (roots, port) = (roots.display(), self.tls.port());
        format!(
            "[names]\nroots = \"{roots}\"\n\
             [[names.resolvers]]\nurl = \"tls://{NAME}:{port}\"\naddresses = [\"127.0.0.1\"]\n"
        )
    }
}
