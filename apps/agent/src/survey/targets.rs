use crate::failure::Failure;
use remote_services_collect::discover::targets::TargetList;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// The addresses to ask.
pub struct Targets {
    list: TargetList,
    resolved: Vec<SocketAddr>,
    unresolved: Vec<String>,
}

impl Targets {
    /// One address.
    #[must_use]
    pub fn one(address: SocketAddr) -> Self {
        Self { list: TargetList::default(), resolved: vec![address], unresolved: Vec::new() }
    }

    /// All addresses.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.list.addresses().chain(self.resolved.iter().copied())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.list.len() + self.resolved.len() as u64
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
}

/// Reads targets as a person types them, and resolves the names among them.
///
/// # Errors
/// A sentence with position and cause, or why nothing is left to ask.
pub fn read_targets(targets: &[String], exclusions: &[String]) -> Result<Targets, Failure> {
    if targets.iter().all(|target| target.trim().is_empty()) {
        return Err(Failure::usage("no target is named"));
    }
    let list = TargetList::parse(&targets.join(" "), &exclusions.join(" ")).map_err(Failure::usage)?;
    let mut resolved = Vec::new();
    let mut unresolved = Vec::new();
    let mut known: BTreeMap<&str, Vec<IpAddr>> = BTreeMap::new();
    for target in list.names() {
        let addresses = known.entry(&target.host).or_insert_with(|| {
            match (target.host.as_str(), target.port).to_socket_addrs() {
                Ok(addresses) => addresses.map(|address| address.ip()).collect(),
                Err(error) => {
                    unresolved.push(format!("the name {} cannot be resolved: {error}", target.host));
                    Vec::new()
                }
            }
        });
        // The first address that is not excluded: the others are the same host.
        let mut addresses = addresses.iter().map(|address| SocketAddr::new(*address, target.port));
        resolved.extend(addresses.find(|address| !list.excludes(*address)));
    }
    resolved.sort();
    resolved.dedup();
    let targets = Targets { list, resolved, unresolved };
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

    fn read(targets: &str, exclusions: &str) -> Result<Targets, Failure> {
        read_targets(&[targets.to_owned()], &[exclusions.to_owned()])
    }

    #[test]
    fn a_name_is_resolved_and_may_be_excluded_by_its_address() {
        let targets = read("localhost:1161-1162", "127.0.0.1:1161, [::1]:1161").unwrap();
        let addresses: Vec<_> = targets.addresses().collect();
        assert_eq!(addresses.len(), 1, "{addresses:?}");
        assert!(addresses[0].ip().is_loopback() && addresses[0].port() == 1162);
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
}
