use super::origin::{Origin, Origins};
use crate::failure::Failure;
use remote_services_collect::discover::targets::TargetList;
use remote_services_collect::discover::{InTurn, Target};
use remote_services_transport::client::Resolve;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// What to ask in one network, as a person types it.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Position of its rules; `None`: those of the whole site.
    pub network: Option<usize>,
    /// Items of a target list.
    pub targets: String,
    /// What to leave out, in the same form.
    pub exclusions: String,
}

/// The entries of a list that somebody wrote as one text, each on lines of its own: a comment in one ends with it.
pub(crate) fn one_a_line(entries: &[String]) -> String {
    entries.join("\n")
}

/// The hosts to ask.
#[derive(Debug, Default)]
pub struct Targets {
    lists: Vec<(Option<usize>, TargetList)>,
    /// Names that were resolved, and what other sources found.
    hosts: Vec<Target>,
    known: BTreeSet<SocketAddr>,
    unresolved: Vec<String>,
    origins: Origins,
}

impl Targets {
    /// One address.
    #[must_use]
    pub fn one(address: SocketAddr) -> Self {
        Self { hosts: vec![address.into()], known: [address].into(), ..Self::default() }
    }

    /// Reads what is wanted, and has `names` resolve the names in it. Nothing may be left to ask.
    ///
    /// # Errors
    /// A sentence with position and cause.
    pub fn read(wanted: &[Wanted], names: &dyn Resolve) -> Result<Self, Failure> {
        let mut targets = Self::default();
        for Wanted { network, targets: items, exclusions } in wanted {
            let mut list = TargetList::parse(items, exclusions).map_err(Failure::usage)?;
            for (_, earlier) in &targets.lists {
                list.subtract(earlier);
            }
            targets.resolve(*network, &list, names);
            targets.lists.push((*network, list));
        }
        Ok(targets)
    }

    /// All hosts, those of each subnet in turn with those of the others.
    pub fn hosts(&self) -> impl Iterator<Item = Target> + '_ {
        let lists = self.lists.iter().flat_map(|(network, list)| {
            list.ranges().map(|range| {
                let of = |address| Target { network: *network, ..Target::from(address) };
                Box::new(range.map(of)) as Box<dyn Iterator<Item = Target> + '_>
            })
        });
        let hosts = Box::new(self.hosts.iter().cloned()) as Box<dyn Iterator<Item = Target> + '_>;
        InTurn::new(lists.chain([hosts]))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.lists.iter().map(|(_, list)| list.len()).sum::<u64>() + self.hosts.len() as u64
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A sentence for each name that has no address, and is left out.
    #[must_use]
    pub fn unresolved(&self) -> &[String] {
        &self.unresolved
    }

    /// What led to a host, beside the lists.
    #[must_use]
    pub fn origins(&self, host: IpAddr) -> &[Origin] {
        self.origins.of(host)
    }

    /// Whether somebody, or a source, expects a device there, and not only somewhere in a range.
    #[must_use]
    pub fn expects(&self, address: SocketAddr) -> bool {
        self.lists.iter().any(|(_, list)| list.names_alone(address)) || !self.origins(address.ip()).is_empty()
    }

    /// Takes a host that a source found. Not if it is excluded; not a second time if it is in a list.
    pub fn add(&mut self, address: SocketAddr, origin: Origin) {
        if self.lists.iter().any(|(_, list)| list.excludes(address)) {
            return;
        }
        self.origins.add(address.ip(), origin);
        if self.lists.iter().all(|(_, list)| !list.contains(address)) && self.known.insert(address) {
            // By the rules of the site: the credentials of single networks are not for whoever turns up.
            let network = self.lists.first().and_then(|(network, _)| *network);
            self.hosts.push(Target { network, ..Target::from(address) });
        }
    }

    fn resolve(&mut self, network: Option<usize>, list: &TargetList, names: &dyn Resolve) {
        let mut resolved: BTreeMap<&str, Vec<IpAddr>> = BTreeMap::new();
        for target in list.names() {
            let found = resolved.entry(&target.host).or_insert_with(|| {
                match names.resolve(&target.host, target.port) {
                    Ok(addresses) => addresses.iter().map(SocketAddr::ip).collect(),
                    Err(error) => {
                        self.unresolved.push(format!("the name {} cannot be resolved: {error}", target.host));
                        Vec::new()
                    }
                }
            });
            let mut addresses: Vec<SocketAddr> = Vec::new();
            for ip in found {
                let address = SocketAddr::new(*ip, target.port);
                if !list.excludes(address) && !addresses.contains(&address) {
                    self.origins.add(*ip, Origin::Name(target.host.clone()));
                    addresses.push(address);
                }
            }
            // The addresses of a name are one host: the next is for when the first is silent.
            let Some((first, others)) = addresses.split_first() else { continue };
            if self.known.insert(*first) {
                self.hosts.push(Target { address: *first, others: others.to_vec(), network });
            }
        }
    }
}

/// Reads targets as a person types them, and has `names` resolve the names among them.
///
/// # Errors
/// A sentence with position and cause, or why nothing is left to ask.
pub fn read_targets(
    targets: &[String],
    exclusions: &[String],
    names: &dyn Resolve,
) -> Result<Targets, Failure> {
    if targets.iter().all(|target| target.trim().is_empty()) {
        return Err(Failure::usage("no target is named"));
    }
    let wanted = Wanted { network: None, targets: one_a_line(targets), exclusions: one_a_line(exclusions) };
    let targets = Targets::read(&[wanted], names)?;
    match (targets.is_empty(), targets.unresolved.first()) {
        (false, _) => Ok(targets),
        (true, Some(why)) => Err(Failure::no_answer(why)),
        (true, None) => Err(Failure::usage("no target is left to ask: the exclusions cover them all")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ExitCode;
    use remote_services_transport::client::SystemResolver;

    fn read(targets: &str, exclusions: &str) -> Result<Targets, Failure> {
        read_targets(&[targets.to_owned()], &[exclusions.to_owned()], &SystemResolver)
    }

    #[test]
    fn a_name_is_resolved_and_may_be_excluded_by_its_address() {
        let targets = read("localhost:1161-1162", "127.0.0.1:1161, [::1]:1161").unwrap();
        let hosts: Vec<_> = targets.hosts().collect();
        assert_eq!(hosts.len(), 1, "{hosts:?}");
        assert!(hosts[0].address.ip().is_loopback() && hosts[0].addresses().all(|it| it.port() == 1162));
        assert_eq!(targets.origins(hosts[0].address.ip()), [Origin::Name("localhost".to_owned())]);
    }

    #[test]
    fn a_name_without_an_address_is_left_out_unless_it_is_all_there_is() {
        let targets = read("nowhere.invalid 192.0.2.1", "").unwrap();
        assert_eq!((targets.len(), targets.unresolved().len()), (1, 1));
        let failure = read("nowhere.invalid", "").err().unwrap();
        assert_eq!(failure.code, ExitCode::NoAnswer);
        assert!(failure.sentence.contains("nowhere.invalid"));
    }

    #[test]
    fn exclusions_that_leave_nothing_are_a_mistake_of_the_command_line() {
        assert_eq!(read("192.0.2.0/30", "192.0.2.0/24").err().unwrap().code, ExitCode::Usage);
    }

    #[test]
    fn an_empty_target_is_not_blamed_on_exclusions() {
        let failure = read(" ", "").err().unwrap();
        assert_eq!((failure.code, failure.sentence.as_str()), (ExitCode::Usage, "no target is named"));
    }

    #[test]
    fn an_address_of_two_networks_is_asked_once_by_the_rules_of_the_first() {
        let wanted = |network, targets: &str| Wanted {
            network: Some(network),
            targets: targets.to_owned(),
            exclusions: "192.0.2.9".to_owned(),
        };
        let mut targets =
            Targets::read(&[wanted(0, "192.0.2.1-4"), wanted(1, "192.0.2.3-6")], &SystemResolver).unwrap();
        let networks: Vec<_> =
            targets.hosts().map(|host| (host.network, host.address.ip().to_string())).collect();
        assert_eq!(targets.len(), 6);
        assert_eq!(networks[..2], [(Some(0), "192.0.2.1".to_owned()), (Some(1), "192.0.2.5".to_owned())]);
        let at = |last| SocketAddr::from(([192, 0, 2, last], 161));
        targets.add(at(3), Origin::Broadcast);
        targets.add(at(9), Origin::Broadcast);
        targets.add(at(7), Origin::Broadcast);
        targets.add(at(7), Origin::Dns("x".to_owned()));
        assert_eq!(targets.len(), 7);
        assert!(targets.hosts().any(|host| host.address == at(7) && host.network == Some(0)));
        assert_eq!((targets.origins(at(3).ip()).len(), targets.origins(at(7).ip()).len()), (1, 2));
        assert_eq!(targets.origins(at(9).ip()), []);
    }
}
