//! The pieces of work, by name and by whose code does them. Each round returns a number, so that nothing is left out.
use std::hint::black_box;

use remote_services_snmp::ber::{Limits, Writer};
use remote_services_snmp::message::{CommunityMessage, CommunityMessageRef, CommunityPdu, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::{VarBind, oid};

type Round = Box<dyn FnMut() -> usize>;

/// How many variable bindings a decoder hands out of a message that it takes.
pub(crate) type Counter = fn(&[u8]) -> Option<usize>;

pub(crate) const RESPONSE: &[u8] = include_bytes!("../data/resp20.bin");
#[cfg(feature = "peers")]
pub(crate) const BULK: &[u8] = include_bytes!("../data/bulk3.bin");

/// `decode`: all that the decoder checks by itself. `arcs`: all arcs as owned `u32`s, a vector for each name as the
/// peers hold them. `arena`: the arcs of all names in one vector. `owned`: names and values owned, names in wire form.
/// `encode`: the GETBULK into octets.
pub(crate) fn find(what: &str, who: &str) -> Option<Round> {
    #[cfg(feature = "peers")]
    if let Some(round) = crate::work::peers::find(what, who) {
        return Some(round);
    }
    match (what, who) {
        ("decode", "ours") => Some(Box::new(|| usize::from(ours(black_box(RESPONSE)).is_some()))),
        ("arcs", "ours") => Some(Box::new(arcs())),
        ("arena", "ours") => Some(Box::new(arena())),
        ("owned", "ours") => Some(Box::new(|| {
            let message = CommunityMessage::from_bytes(black_box(RESPONSE), &Limits::default());
            usize::from(black_box(message).is_ok())
        })),
        ("encode", "ours") => Some(Box::new(encode())),
        _ => None,
    }
}

/// The decoder called so, for the mutations.
pub(crate) fn counter(who: &str) -> Option<Counter> {
    #[cfg(feature = "peers")]
    if let Some(counter) = peers::counter(who) {
        return Some(counter);
    }
    (who == "ours").then_some(count as Counter)
}

fn ours(octets: &[u8]) -> Option<CommunityMessageRef<'_>> {
    CommunityMessageRef::decode(octets, &Limits::default()).ok()
}

fn count(octets: &[u8]) -> Option<usize> {
    match ours(octets)?.pdu {
        CommunityPdu::Pdu(pdu) => Some(pdu.varbinds.iter().count()),
        CommunityPdu::TrapV1(trap) => Some(trap.varbinds.iter().count()),
    }
}

/// Each name's arcs in a vector of its own, as the peers hold them.
fn arcs() -> impl FnMut() -> usize {
    || {
        let Some(message) = ours(black_box(RESPONSE)) else { return 0 };
        let CommunityPdu::Pdu(pdu) = &message.pdu else { return 0 };
        let mut sum = 0;
        for varbind in &pdu.varbinds {
            let arcs = varbind.name.to_arcs();
            sum += black_box(&arcs).len();
        }
        sum
    }
}

/// All names' arcs in one vector, each name's end beside it.
fn arena() -> impl FnMut() -> usize {
    || {
        let Some(message) = ours(black_box(RESPONSE)) else { return 0 };
        let CommunityPdu::Pdu(pdu) = &message.pdu else { return 0 };
        let mut arcs = Vec::with_capacity(512);
        let mut ends = Vec::with_capacity(pdu.varbinds.len());
        for varbind in &pdu.varbinds {
            varbind.name.append_arcs(&mut arcs);
            ends.push(arcs.len());
        }
        black_box((&arcs, &ends)).0.len()
    }
}

/// The GETBULK of `data/bulk3.bin` from its parts, into the same buffer each time.
fn encode() -> impl FnMut() -> usize {
    let names =
        [oid!("1.3.6.1.2.1.43.11.1.1.6"), oid!("1.3.6.1.2.1.43.11.1.1.8"), oid!("1.3.6.1.2.1.43.11.1.1.9")];
    let kind = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 25 };
    let pdu = Pdu::request(kind, 1_414_683_000, names.map(VarBind::unspecified).into());
    let message = CommunityMessage::new(Version::V2c, b"public", pdu);
    let mut writer = Writer::with_capacity(1_472);
    move || {
        writer.clear();
        black_box(&message).encode(&mut writer);
        black_box(writer.as_slice()).len()
    }
}

/// How many of `times` changed responses are taken with fewer bindings than the twenty that were sent.
///
/// One to three octets are changed at random places; the same seed gives the same changes to every decoder.
pub(crate) fn missing(times: u32, decode: Counter) -> u32 {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap_or(0)
    };
    let mut octets = RESPONSE.to_vec();
    let mut missing = 0;
    for _ in 0..times {
        for _ in 0..=next() % 3 {
            octets[next() % RESPONSE.len()] = next().to_le_bytes()[0];
        }
        missing += u32::from(decode(&octets).is_some_and(|count| count < 20));
        octets.copy_from_slice(RESPONSE);
    }
    missing
}

#[cfg(feature = "peers")]
mod peers {
    use super::{BULK, Counter, RESPONSE, Round};
    use std::hint::black_box;
    use std::net::UdpSocket;
    use std::time::Duration;

    type Rasn = rasn_snmp::v2c::Message<rasn_snmp::v2::Pdus>;

    pub(super) fn find(what: &str, who: &str) -> Option<Round> {
        let counter = counter(who)?;
        match (what, who) {
            // Each binding is handed out, because some look at none before that.
            ("decode", _) => Some(Box::new(move || counter(black_box(RESPONSE)).unwrap_or(0))),
            ("arcs", "async-snmp" | "rusnmp" | "csnmp" | "rasn-snmp") => {
                Some(Box::new(move || counter(black_box(RESPONSE)).unwrap_or(0)))
            }
            ("encode", "snmp2") => {
                // `Pdu::to_bytes` zeroes 65,507 octets each time; only its sessions keep their buffer, so one of them
                // encodes here and sends to a port where nobody listens. The system's part is not counted.
                let nobody = UdpSocket::bind("127.0.0.1:0").ok()?.local_addr().ok()?;
                let wait = Some(Duration::from_secs(1));
                let mut session = snmp2::SyncSession::new_v2c(nobody, b"public", wait, 1_414_683_000).ok()?;
                let column = |column| snmp2::Oid::from(&[1, 3, 6, 1, 2, 1, 43, 11, 1, 1, column]).ok();
                let [a, b, c] = [column(6)?, column(8)?, column(9)?];
                Some(Box::new(move || usize::from(session.getbulk(&[&a, &b, &c], 0, 25).is_err())))
            }
            ("encode", "rasn-snmp") => {
                let message = rasn::ber::decode::<Rasn>(BULK).ok()?;
                Some(Box::new(move || {
                    rasn::ber::encode(black_box(&message)).map_or(0, |octets| octets.len())
                }))
            }
            ("encode", "csnmp") => {
                let message = csnmp::message::Snmp2cMessage::try_from_bytes(BULK).ok()?;
                Some(Box::new(move || black_box(&message).to_bytes().map_or(0, |octets| octets.len())))
            }
            ("encode", "async-snmp") => {
                let octets = bytes::Bytes::from_static(BULK);
                let message =
                    async_snmp::message::CommunityMessage::decode(octets, Default::default()).ok()?.value;
                Some(Box::new(move || black_box(&message).encode().map_or(0, |octets| octets.len())))
            }
            _ => None,
        }
    }

    pub(super) fn counter(who: &str) -> Option<Counter> {
        Some(match who {
            "snmp2" => |octets| Some(snmp2::Pdu::from_bytes(octets).ok()?.varbinds.map(black_box).count()),
            "snmp-parser" => |octets| {
                let (_, message) = snmp_parser::parse_snmp_v2c(octets).ok()?;
                Some(message.vars_iter().map(black_box).count())
            },
            "rasn-snmp" => |octets| {
                use rasn_snmp::v2::Pdus;
                let message = black_box(rasn::ber::decode::<Rasn>(octets).ok()?);
                Some(match message.data {
                    Pdus::GetBulkRequest(pdu) => pdu.0.variable_bindings.len(),
                    Pdus::Response(pdu) => pdu.0.variable_bindings.len(),
                    Pdus::GetRequest(pdu) => pdu.0.variable_bindings.len(),
                    Pdus::GetNextRequest(pdu) => pdu.0.variable_bindings.len(),
                    Pdus::SetRequest(pdu) => pdu.0.variable_bindings.len(),
                    Pdus::InformRequest(pdu) => pdu.0.variable_bindings.len(),
                    Pdus::Trap(pdu) => pdu.0.variable_bindings.len(),
                    Pdus::Report(pdu) => pdu.0.variable_bindings.len(),
                })
            },
            "async-snmp" => |octets| {
                let octets = bytes::Bytes::copy_from_slice(octets);
                let message =
                    async_snmp::message::CommunityMessage::decode(octets, Default::default()).ok()?;
                black_box(message).value.pdu().standard().map(|pdu| pdu.varbinds().len())
            },
            "rusnmp" => |octets| Some(black_box(rusnmp::codec::decode_response(octets).ok()?).varbinds.len()),
            "csnmp" => |octets| {
                use csnmp::message::Snmp2cPdu;
                let message = black_box(csnmp::message::Snmp2cMessage::try_from_bytes(octets).ok()?);
                Some(match message.pdu {
                    Snmp2cPdu::GetBulkRequest(pdu) => pdu.variable_bindings.len(),
                    Snmp2cPdu::GetRequest(pdu)
                    | Snmp2cPdu::GetNextRequest(pdu)
                    | Snmp2cPdu::Response(pdu)
                    | Snmp2cPdu::SetRequest(pdu)
                    | Snmp2cPdu::InformRequest(pdu)
                    | Snmp2cPdu::SnmpV2Trap(pdu) => pdu.variable_bindings.len(),
                })
            },
            _ => return None,
        })
    }
}
