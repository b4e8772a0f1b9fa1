//! Printers that announce themselves on the local network (DNS-SD over multicast DNS, RFC 6762 and RFC 6763).
//!
//! [`Browse`] is what RFC 6762 §5.1 calls a one-shot querier: it asks from a port of its own, so answers come to it alone
//! and nothing else on this machine is disturbed. What is missing of an answer is asked for once more.

use core::net::IpAddr;
use simple_dns::rdata::RData;
use simple_dns::{Name, Packet, PacketFlag, QTYPE, TYPE};
use std::collections::{BTreeMap, BTreeSet};

use super::{address, query};

/// The services of printers: IPP, LPD and raw printing (Bonjour Printing Specification).
pub const SERVICES: [&str; 3] = ["_ipp._tcp.local", "_printer._tcp.local", "_pdl-datastream._tcp.local"];
/// Where all that speak multicast DNS listen.
pub const GROUP: core::net::SocketAddrV4 =
    core::net::SocketAddrV4::new(core::net::Ipv4Addr::new(224, 0, 0, 251), 5353);
/// The most instances, and the most host names. Further ones are not heard.
pub const MAX_INSTANCES: usize = 16_384;

/// A printer that announces itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Announced {
    /// Its address.
    pub address: IpAddr,
    /// The name of the service instance, as its administrator wrote it.
    pub instance: String,
    /// The service: `_ipp._tcp`.
    pub service: String,
}

/// What has been announced so far.
#[derive(Debug)]
pub struct Browse {
    id: u16,
    /// By their full names in small letters: label, service, and host once it is known.
    instances: BTreeMap<String, Instance>,
    hosts: BTreeMap<String, BTreeSet<IpAddr>>,
}

#[derive(Debug)]
struct Instance {
    /// The full name. As text it could not be asked for: a label may have dots in it.
    name: Name<'static>,
    label: String,
    service: &'static str,
    host: Option<String>,
}

impl Browse {
    /// Nothing is known. `id` is random.
    #[must_use]
    pub fn new(id: u16) -> Self {
        Self { id, instances: BTreeMap::new(), hosts: BTreeMap::new() }
    }

    /// The message that asks for all services at once.
    #[must_use]
    pub fn question(&self) -> Vec<u8> {
        let services = SERVICES.map(|service| (Name::new_unchecked(service), QTYPE::TYPE(TYPE::PTR)));
        query(self.id, services.to_vec(), true, false).unwrap_or_default()
    }

    /// The message that asks for what is still missing: hosts of instances, addresses of hosts.
    #[must_use]
    pub fn further_question(&self) -> Option<Vec<u8>> {
        let services = self.instances.values().filter(|it| it.host.is_none());
        let services = services.map(|it| (it.name.clone(), QTYPE::TYPE(TYPE::SRV)));
        let hosts = self.instances.values().filter_map(|it| it.host.as_deref());
        let hosts: BTreeSet<&str> = hosts.filter(|host| !self.hosts.contains_key(*host)).collect();
        let hosts = hosts.into_iter().flat_map(|host| {
            [TYPE::A, TYPE::AAAA].map(|kind| (Name::new_unchecked(host), QTYPE::TYPE(kind)))
        });
        let missing: Vec<_> = services.chain(hosts).take(MAX_QUESTIONS).collect();
        if missing.is_empty() { None } else { query(self.id, missing, true, false) }
    }

    /// Takes a datagram; whatever is no answer is ignored.
    pub fn handle_datagram(&mut self, bytes: &[u8]) {
        let Ok(packet) = Packet::parse(bytes) else { return };
        if !packet.has_flags(PacketFlag::RESPONSE) {
            return;
        }
        let records = packet.answers.iter().chain(&packet.additional_records);
        // Instances first: a host counts only as that of an instance.
        for record in records.clone() {
            if let RData::PTR(name) = &record.rdata
                && let Some(service) =
                    SERVICES.iter().find(|it| record.name.to_string().eq_ignore_ascii_case(it))
                && self.instances.len() < MAX_INSTANCES
                && let Some(label) = name.0.get_labels().first()
            {
                let text = name.0.to_string();
                self.instances.entry(text.to_ascii_lowercase()).or_insert_with(|| Instance {
                    name: name.0.clone().into_owned(),
                    // Not by its Display, which writes a dot as `\\.`
                    label: String::from_utf8_lossy(label.as_ref()).into_owned(),
                    service: service.trim_end_matches(".local"),
                    host: None,
                });
            }
        }
        for record in records {
            let name = record.name.to_string().to_ascii_lowercase();
            match &record.rdata {
                RData::SRV(srv) => {
                    if let Some(instance) = self.instances.get_mut(&name) {
                        instance.host = Some(srv.target.to_string().to_ascii_lowercase());
                    }
                }
                data => {
                    if let Some(ip) = address(data)
                        && (self.hosts.len() < MAX_INSTANCES || self.hosts.contains_key(&name))
                    {
                        self.hosts.entry(name).or_default().insert(ip);
                    }
                }
            }
        }
    }

    /// All printers whose address is known. A host with addresses of both families is asked by its IPv4 address.
    pub fn announced(&self) -> impl Iterator<Item = Announced> + '_ {
        self.instances.values().filter_map(|instance| {
            let addresses = self.hosts.get(instance.host.as_ref()?)?;
            let address = *addresses.iter().find(|it| is_usable(it))?;
            Some(Announced {
                address,
                instance: instance.label.clone(),
                service: instance.service.to_owned(),
            })
        })
    }
}

/// Link-local IPv6 addresses need a zone, which a message does not tell.
fn is_usable(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast()
        }
        IpAddr::V6(ip) => {
            !ip.is_loopback() && !ip.is_unicast_link_local() && !ip.is_multicast() && !ip.is_unspecified()
        }
    }
}

/// What fits one datagram, with names of usual length.
const MAX_QUESTIONS: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::rdata::{A, PTR, SRV};
    use simple_dns::{CLASS, Label, ResourceRecord};

    fn full(service: &'static str) -> Name<'static> {
        let service = Name::new_unchecked(service);
        let label = Label::new(b"Laser 9. (lobby)".as_slice()).unwrap();
        let labels: Vec<Label<'_>> =
            std::iter::once(label).chain(service.get_labels().iter().cloned()).collect();
        Name::new_with_labels(&labels).into_owned()
    }

    fn message(records: Vec<(Name<'static>, RData<'static>)>) -> Vec<u8> {
        let mut packet = Packet::new_reply(1);
        packet.answers =
            records.into_iter().map(|(name, data)| ResourceRecord::new(name, CLASS::IN, 10, data)).collect();
        packet.build_bytes_vec().unwrap()
    }

    fn records() -> [(Name<'static>, RData<'static>); 3] {
        let host = || Name::new_unchecked("laser.local");
        let srv = SRV { priority: 0, weight: 0, port: 631, target: host() };
        [
            (Name::new_unchecked(SERVICES[0]), RData::PTR(PTR(full(SERVICES[0])))),
            (full(SERVICES[0]), RData::SRV(srv)),
            (host(), RData::A(A { address: 0xC000_0207 })),
        ]
    }

    fn expected() -> Vec<Announced> {
        let (instance, service) = ("Laser 9. (lobby)".to_owned(), "_ipp._tcp".to_owned());
        vec![Announced { address: "192.0.2.7".parse().unwrap(), instance, service }]
    }

    #[test]
    fn one_answer_or_three_say_the_same() {
        let mut at_once = Browse::new(1);
        assert!(at_once.question().len() < 200);
        at_once.handle_datagram(&message(records().to_vec()));
        assert_eq!(at_once.announced().collect::<Vec<_>>(), expected());
        assert_eq!(at_once.further_question(), None);

        let mut piece_by_piece = Browse::new(1);
        for record in records() {
            assert_eq!(piece_by_piece.announced().count(), 0);
            piece_by_piece.handle_datagram(&message(vec![record]));
        }
        assert_eq!(piece_by_piece.announced().collect::<Vec<_>>(), expected());
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        let mut browse = Browse::new(1);
        let [pointer, service, _] = records();
        browse.handle_datagram(&message(vec![pointer]));
        let question = browse.further_question().unwrap();
        assert_eq!(Packet::parse(&question).unwrap().questions[0].qname, full(SERVICES[0]));
        browse.handle_datagram(&message(vec![service]));
        let question = browse.further_question().unwrap();
        assert_eq!(Packet::parse(&question).unwrap().questions.len(), 2);
    }

    #[test]
    fn other_services_questions_and_damaged_answers_are_not_heard() {
        let mut browse = Browse::new(1);
        let other = (Name::new_unchecked("_ssh._tcp.local"), RData::PTR(PTR(full("_ssh._tcp.local"))));
        browse.handle_datagram(&message(vec![other]));
        browse.handle_datagram(&browse.question());
        let whole = message(records().to_vec());
        for cut in 0..whole.len() {
            browse.handle_datagram(&whole[..cut]);
        }
        assert_eq!((browse.announced().count(), browse.further_question()), (0, None));
    }
}
