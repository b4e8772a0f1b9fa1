//! The names of devices, asked for over TLS: each address is a task of its own.

use super::Encrypted;
use crate::survey::device_names::LookUp;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use remote_services_collect::discover::dns::names::{Found, MOST_NAMES, is_host_name};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::time::timeout;

pub(super) struct Lookups {
    encrypted: Encrypted,
    sender: Sender<(IpAddr, Found)>,
    receiver: Receiver<(IpAddr, Found)>,
    found: BTreeMap<IpAddr, Option<Found>>,
}

impl Lookups {
    pub(super) fn new(encrypted: Encrypted) -> Self {
        let (sender, receiver) = channel();
        Self { encrypted, sender, receiver, found: BTreeMap::new() }
    }
}

impl LookUp for Lookups {
    fn ask(&mut self, address: IpAddr) {
        if matches!(self.found.insert(address, None), Some(None)) {
            return;
        }
        let (resolver, sender) = (self.encrypted.resolver.clone(), self.sender.clone());
        self.encrypted.runtime.spawn(async move {
            let found = timeout(PATIENCE, names(&resolver, address)).await;
            // Whoever asked may be gone.
            let _ = sender.send((address, found.ok().flatten().unwrap_or(Found::NotAnswered)));
        });
    }

    fn turn(&mut self, _: &mut dyn FnMut() -> bool) {
        for (address, found) in self.receiver.try_iter() {
            self.found.insert(address, Some(found));
        }
    }

    fn found(&self, address: IpAddr) -> Option<Found> {
        self.found.get(&address)?.clone()
    }
}

/// The names of an address that lead back to it; `None` when nobody says.
async fn names(resolver: &TokioResolver, address: IpAddr) -> Option<Found> {
    let pointers = match resolver.reverse_lookup(address).await {
        Ok(pointers) => pointers,
        Err(error) if error.is_no_records_found() => return Some(Found::Names(Vec::new())),
        Err(_) => return None,
    };
    let names = pointers.answers().iter().filter_map(|record| match &record.data {
        RData::PTR(name) => Some(name.0.to_utf8().trim_end_matches('.').to_owned()),
        _ => None,
    });
    let names: BTreeSet<String> = names.filter(|name| is_host_name(name)).take(MOST_NAMES).collect();
    let mut own = Vec::new();
    for name in names {
        // The dot keeps the search list out.
        match resolver.lookup_ip(format!("{name}.")).await {
            Ok(found) if found.iter().any(|found| found == address) => own.push(name),
            Ok(_) => {}
            Err(error) if error.is_no_records_found() => {}
            Err(_) if own.is_empty() => return None,
            Err(_) => {}
        }
    }
    Some(Found::Names(own))
}

const PATIENCE: Duration = Duration::from_secs(3);
