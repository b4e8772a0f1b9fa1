use crate::failure::Failure;
use remote_services_collect::discover::targets::TargetList;
use std::net::{SocketAddr, ToSocketAddrs};

/// The addresses to ask.
pub struct Targets {
    list: TargetList,
    resolved: Vec<SocketAddr>,
}

impl Targets {
    /// One address.
    #[must_use]
    pub fn one(address: SocketAddr) -> Self {
        Self { list: TargetList::default(), resolved: vec![address] }
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
}

/// Reads targets as a person types them, and resolves the names among them. A name that does not resolve is told by
/// `unresolved` and left out, unless it is the only target.
///
/// # Errors
/// A sentence with position and cause, or that nothing is left to ask.
pub fn read_targets(
    targets: &[String],
    exclusions: &[String],
    mut unresolved: impl FnMut(&str),
) -> Result<Targets, Failure> {
    let list = TargetList::parse(&targets.join(" "), &exclusions.join(" ")).map_err(Failure::usage)?;
    let mut resolved = Vec::new();
    for target in list.names() {
        match (target.host.as_str(), target.port).to_socket_addrs() {
            Ok(addresses) => {
                // The first address that is not excluded: the others are the same host.
                let first = addresses.into_iter().find(|address| !list.excludes(*address));
                resolved.extend(first);
            }
            Err(error) => unresolved(&format!("the name {} cannot be resolved: {error}", target.host)),
        }
    }
    resolved.sort();
    resolved.dedup();
    let targets = Targets { list, resolved };
    if targets.is_empty() {
        return Err(Failure::no_answer("no target is left to ask"));
    }
    Ok(targets)
}
