//! Whom a discovery asks: lists, files, networks, and sources that find hosts.

use super::networks;
use super::snmp_options::Version;
use crate::failure::{ExitCode, Failure};
use crate::survey::sources::{self, CupsServer, Found};
use crate::survey::{Rules, SnmpAsker, Targets, Wanted, one_a_line};
use clap::Args;
use remote_services_collect::discover::targets::{TargetList, broadcast_address};
use remote_services_collect::discover::{Network, SnmpVersion};
use remote_services_transport::client::{Resolve, SystemResolver};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Whom to ask.
#[derive(Args, Clone)]
pub struct ScopeOptions {
    /// Address, name, CIDR (192.0.2.0/24) or range (192.0.2.1-20), each with :PORT or :PORT-PORT if it is not 161
    #[arg(value_name = "TARGETS")]
    pub targets: Vec<String>,
    /// File of targets: items apart by blanks, commas or line ends, `#` begins a comment
    #[arg(short, long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// TOML file of networks, each with its own targets, lowest version and credentials (its form: see below)
    #[arg(long, value_name = "FILE")]
    pub networks: Option<PathBuf>,
    /// Targets to leave out, in the same forms; may be given again and again
    #[arg(long, value_name = "TARGETS")]
    pub exclude: Vec<String>,
    /// Send one SNMP request to all hosts of a subnet (192.0.2.0/24 or 192.0.2.255), and ask whoever answers
    #[arg(long, value_name = "SUBNET")]
    pub broadcast: Vec<String>,
    /// Ask all hosts of a DNS zone, or of a reverse zone (2.0.192.in-addr.arpa), where its server gives a transfer of it
    #[arg(long, value_name = "ZONE")]
    pub zone: Vec<String>,
    /// Ask those of these addresses that have a name in the DNS
    #[arg(long, value_name = "TARGETS")]
    pub reverse: Vec<String>,
    /// Name server for --zone and --reverse, with :PORT if it is not 53 (default: the system's first)
    #[arg(long, value_name = "ADDRESS")]
    pub dns_server: Option<String>,
    /// Ask printers that announce themselves on this host's networks by multicast DNS (Bonjour, Avahi)
    #[arg(long)]
    pub dns_sd: bool,
    /// Ask the printers of a print server's queues: host or URL of a CUPS or other IPP server, by HTTP on port 631
    #[arg(long, value_name = "SERVER")]
    pub print_server: Vec<String>,
    /// UDP port to ask hosts on that --zone, --dns-sd and --print-server find
    #[arg(long, value_name = "PORT", default_value_t = 161, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Ask by ICMP echo first, and by SNMP only who answers; where this system does not let us ping, says so and asks all
    #[arg(long)]
    pub ping: bool,
    /// With --ping: ask silent hosts by SNMP all the same
    #[arg(long, requires = "ping")]
    pub ask_silent: bool,
    /// Never use an SNMP version below this one, whatever credentials there are
    #[arg(long, value_name = "VERSION", default_value = "1")]
    pub lowest_version: Version,
    /// Seconds to wait for answers to broadcasts and multicasts
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    pub listen: u16,
}

/// What [`ScopeOptions`] come to.
pub(super) struct Scope {
    /// How to ask.
    pub(super) rules: Rules,
    /// Whom to ask, as far as it is named.
    wanted: Vec<Wanted>,
    /// Who resolves the names of it.
    pub(super) names: Arc<dyn Resolve>,
    /// All of it in one line, without secrets: a discovery can go on only where this is the same.
    pub(super) request: String,
}

impl Scope {
    /// Whom to ask, as far as it is named; what names stand for is looked up each time.
    ///
    /// # Errors
    /// A sentence with position and cause.
    pub(super) fn targets(&self) -> Result<Targets, Failure> {
        Targets::read(&self.wanted, &*self.names)
    }
}

impl ScopeOptions {
    /// Whether this says of nobody to ask.
    pub(super) fn names_nobody(&self) -> bool {
        let no_target = self.targets.iter().all(|it| it.trim().is_empty());
        no_target && self.file.is_empty() && self.networks.is_none() && !self.has_sources()
    }

    /// The one host that this names, if it names one address or name and nothing else.
    pub(super) fn only_target(&self) -> Option<&str> {
        let [target] = &self.targets[..] else { return None };
        let plain = self.file.is_empty() && self.networks.is_none() && self.exclude.is_empty();
        let list = TargetList::parse(target, "").ok()?;
        let count = list.len() + list.names().len() as u64;
        (plain && !self.ping && !self.has_sources() && count == 1).then_some(target)
    }

    /// Everybody to ask: who is named, and whom the sources find now.
    ///
    /// # Errors
    /// Why nobody is left to ask, or that the stop flag was set.
    pub(super) fn gather(&self, scope: &Scope, asker: &mut SnmpAsker) -> Result<Targets, Failure> {
        let mut targets = scope.targets()?;
        self.ask_sources(asker, &scope.rules, &scope.names, &mut |address, origin| {
            targets.add(address, origin);
            Ok(())
        })?;
        self.check(&targets)?;
        for why in targets.unresolved() {
            tell!("{why}");
        }
        Ok(targets)
    }

    /// Reads the files, and the credentials of networks.
    ///
    /// # Errors
    /// A sentence that names the option, or the file with line and column, that is wrong.
    pub(super) fn read(&self, asker: &mut SnmpAsker) -> Result<Scope, Failure> {
        let exclusions = one_a_line(&self.exclude);
        let mut items = one_a_line(&self.targets);
        for path in &self.file {
            items.push('\n');
            items.push_str(&read_file(path)?);
        }
        let mut request = format!(
            "{items:?} but {exclusions:?} broadcast {:?} zone {:?} reverse {:?} of {:?} services {} queues {:?} port {} ping {} {} lowest {:?}",
            self.broadcast,
            self.zone,
            self.reverse,
            self.dns_server,
            self.dns_sd,
            self.print_server,
            self.port,
            self.ping,
            self.ask_silent,
            self.lowest_version
        );
        let mut wanted = vec![Wanted { network: Some(0), targets: items, exclusions: exclusions.clone() }];
        let site = Network { credentials: (0..asker.versions().len()).collect(), lowest: SnmpVersion::V1 };
        let mut networks = vec![site.clone()];
        let mut names = vec!["the targets".to_owned()];
        for rules in self
            .networks
            .as_deref()
            .map(|path| networks::read(asker.vault(), path))
            .transpose()?
            .unwrap_or_default()
        {
            let _ = write!(
                request,
                " {} {:?} but {:?} lowest {:?}",
                rules.name, rules.targets, rules.exclusions, rules.lowest
            );
            names.push(rules.name);
            wanted.push(Wanted {
                network: Some(networks.len()),
                targets: rules.targets,
                exclusions: format!("{}\n{exclusions}", rules.exclusions),
            });
            let credentials = match rules.credentials {
                none if none.is_empty() => site.credentials.clone(),
                own => asker.add_credentials(own)?,
            };
            networks.push(Network { credentials, lowest: rules.lowest.unwrap_or(Version::V1).into() });
        }
        let versions = asker.versions();
        let is_asked = |place: usize| place > 0 || self.has_sources() || !wanted[0].targets.trim().is_empty();
        for (place, network) in networks.iter().enumerate().filter(|(place, _)| is_asked(*place)) {
            let lowest = network.lowest.max(self.lowest_version.into());
            if !network.credentials.iter().any(|position| versions[*position] >= lowest) {
                return Err(Failure::usage(format_args!(
                    "{}: there are no credentials of the lowest version that is allowed, or above",
                    names[place]
                )));
            }
        }
        let rules = Rules {
            echo: self.ping,
            ask_silent: self.ask_silent,
            lowest: self.lowest_version.into(),
            networks,
        };
        for Wanted { targets, exclusions, .. } in &wanted {
            TargetList::parse(targets, exclusions).map_err(Failure::usage)?;
        }
        Ok(Scope { rules, wanted, names: Arc::new(SystemResolver), request })
    }

    /// Asks everything that finds hosts. A source that cannot be asked is told of, and the others are asked.
    ///
    /// # Errors
    /// When a source is named wrongly, or the stop flag was set.
    pub(super) fn ask_sources(
        &self,
        asker: &mut SnmpAsker,
        rules: &Rules,
        names: &Arc<dyn Resolve>,
        found: Found<'_>,
    ) -> Result<(), Failure> {
        let patience = Duration::from_secs(self.listen.into());
        let go_on = |end: Result<(), Failure>| match end {
            Err(failure) if matches!(failure.code, ExitCode::Failed | ExitCode::NoAnswer) => {
                tell!("{failure}");
                Ok(())
            }
            end => end,
        };
        if !self.broadcast.is_empty() {
            let subnets = self.broadcast.iter().map(|item| broadcast_address(item));
            let subnets = subnets.collect::<Result<Vec<SocketAddr>, _>>().map_err(Failure::usage)?;
            let mut site = rules.networks[0].clone();
            site.lowest = site.lowest.max(rules.lowest);
            go_on(sources::broadcast(asker, &subnets, &site, patience, found))?;
        }
        if !self.zone.is_empty() || !self.reverse.is_empty() {
            let server = sources::name_server(self.dns_server.as_deref())?;
            for zone in &self.zone {
                go_on(sources::zone(asker, server, zone, self.port, found))?;
            }
            let list = TargetList::parse(&one_a_line(&self.reverse), "").map_err(Failure::usage)?;
            if !list.is_empty() {
                go_on(sources::reverse(asker, server, &list, Duration::from_secs(2), found))?;
            }
        }
        if self.dns_sd {
            go_on(sources::services(asker, self.port, patience, found))?;
        }
        for server in &self.print_server {
            go_on(sources::print_server(
                asker,
                &mut CupsServer::new(server, Arc::clone(names))?,
                &**names,
                self.port,
                found,
            ))?;
        }
        Ok(())
    }

    /// Whether somebody is left to ask.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check(&self, targets: &Targets) -> Result<(), Failure> {
        if !targets.is_empty() {
            return Ok(());
        }
        if self.has_sources() {
            return Err(Failure::no_answer("no source has found a host"));
        }
        if let Some(why) = targets.unresolved().first() {
            return Err(Failure::no_answer(why));
        }
        if self.names_nobody() {
            return Err(Failure::usage(
                "no target is named: give addresses, a file or a source (see --help)",
            ));
        }
        Err(Failure::usage("no target is left to ask: there are none, or the exclusions cover them all"))
    }

    fn has_sources(&self) -> bool {
        let lists = [&self.broadcast, &self.zone, &self.reverse, &self.print_server];
        self.dns_sd || lists.iter().any(|list| !list.is_empty())
    }
}

/// A file of targets, which is read once more together with all others; here its errors get their place in it.
fn read_file(path: &Path) -> Result<String, Failure> {
    let about = |error: &dyn std::fmt::Display| Failure::usage(format_args!("{}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| about(&error))?.len();
    if size > LARGEST_FILE {
        return Err(about(&format_args!("larger than {} MiB", LARGEST_FILE >> 20)));
    }
    let bytes = std::fs::read(path).map_err(|error| about(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].iter().filter(|octet| **octet == b'\n').count() + 1;
        about(&format_args!("line {line}: this is not UTF-8"))
    })?;
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    if let Err(error) = TargetList::parse(text, "") {
        let (line, column) = error.line_and_column(text);
        let why = format!("line {line}, column {column}: {:?}: {}", error.item, error.cause);
        return Err(about(&why));
    }
    Ok(text.to_owned())
}

/// More than a list of the most targets can need.
const LARGEST_FILE: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_file_is_told_with_line_and_column() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("addresses.txt");
        let read = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            read_file(&path).map_err(|failure| failure.sentence)
        };
        assert!(read(b"\xEF\xBB\xBF# office\r\n192.0.2.1, 192.0.2.2\r\n").is_ok());
        let wrong = read(b"# office\n192.0.2.1\n\t192.0.2.400 # copier\n").unwrap_err();
        assert!(
            wrong.ends_with("addresses.txt: line 3, column 2: \"192.0.2.400\": this is no IP address"),
            "{wrong}"
        );
        assert!(read(b"192.0.2.1\nB\xFCro\n").unwrap_err().contains("line 2: this is not UTF-8"));
        assert!(read_file(&folder.path().join("none")).unwrap_err().sentence.contains("none: "));
    }

    fn read(words: &[&str]) -> Result<Scope, Failure> {
        use super::super::{Command, Line};
        use clap::Parser;
        use remote_services_transport::client::blocking::StopFlag;
        let line = Line::parse_from([&["agent", "discover"], words].concat());
        let Command::Discover(options) = line.command else { panic!("not discover") };
        options.scope.read(&mut SnmpAsker::new(&options.snmp, StopFlag::new()).unwrap())
    }

    #[test]
    fn a_comment_in_one_entry_swallows_no_other() {
        let lists =
            ["192.0.2.1 # copier", "192.0.2.2", "--exclude", "192.0.2.3 # gone", "--exclude", "192.0.2.2"];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("networks.toml");
        std::fs::write(
            &path,
            "[[network]]\ntargets = [\"192.0.2.2\", \"192.0.2.4\"]\nexclude = [\"# none\"]\n",
        )
        .unwrap();
        let scope = read(&[&lists[..], &["--networks", path.to_str().unwrap()]].concat()).unwrap();
        let hosts: Vec<String> =
            scope.targets().unwrap().hosts().map(|host| host.address.to_string()).collect();
        assert_eq!(hosts, ["192.0.2.1:161", "192.0.2.4:161"]);
    }

    #[test]
    fn a_policy_that_allows_no_credentials_is_a_mistake_and_nobody_is_asked() {
        let read = |words: &[&str]| {
            read(words).map(|scope| scope.rules.networks.len()).map_err(|failure| failure.sentence)
        };
        assert_eq!(read(&["192.0.2.1", "--lowest-version", "2c"]), Ok(1));
        assert!(read(&["192.0.2.1", "--lowest-version", "3"]).unwrap_err().starts_with("the targets: "));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("networks.toml");
        std::fs::write(
            &path,
            "[[network]]\nname = \"lab\"\ntargets = [\"192.0.2.1\"]\nlowest-version = \"3\"\n",
        )
        .unwrap();
        let networks = ["--networks", path.to_str().unwrap()];
        assert!(read(&networks).unwrap_err().starts_with("lab: "));
    }
}
