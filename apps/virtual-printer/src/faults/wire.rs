//! Datagrams that are lost, late, doubled or damaged. Without a socket: says when to send what.

use super::Faults;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::message::{CommunityMessage, CommunityPdu};
use remote_services_snmp::pdu::{PduKind, VarBind};
use remote_services_snmp::{Oid, Value, oid};
use std::time::Duration;

/// What kind of request a reply is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// GETNEXT or GETBULK of v1 or v2c.
    Walk,
    /// Anything else.
    Other,
}

/// The way of one printer's datagrams. The same seed has the same accidents.
#[derive(Debug)]
pub struct Wire {
    rng: fastrand::Rng,
    requests: u64,
}

impl Wire {
    /// A way with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), requests: 0 }
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.rng.f64() < share
    }

    /// Whether a request arrives.
    pub fn arrives(&mut self, faults: &Faults) -> bool {
        self.requests += 1;
        let dropped = faults.drop_every > 0 && self.requests.is_multiple_of(u64::from(faults.drop_every));
        !faults.silent && !dropped && !self.happens(faults.loss)
    }

    /// What is sent in place of a reply, and how late.
    pub fn leaves(&mut self, faults: &Faults, kind: Kind, reply: &[u8]) -> Vec<(Duration, Vec<u8>)> {
        if self.happens(faults.loss) {
            return Vec::new();
        }
        let mut reply = reply.to_vec();
        let wrong_id = self.happens(faults.wrong_request_id);
        let circles = kind == Kind::Walk && !faults.not_increasing.0.is_empty();
        let surplus = self.happens(faults.surplus);
        if wrong_id || circles || surplus {
            let accident = Accident { wrong_id, surplus, circles: circles.then_some(faults) };
            reply = changed(&reply, &accident).unwrap_or(reply);
        }
        if self.happens(faults.truncated) {
            let length = self.rng.usize(0..reply.len().max(1));
            reply.truncate(length);
        }
        let copies = if self.happens(faults.duplicates) { 2 } else { 1 };
        (0..copies).map(|_| (self.delay(faults), reply.clone())).collect()
    }

    fn delay(&mut self, faults: &Faults) -> Duration {
        let jitter = if faults.jitter_ms > 0 { self.rng.u32(0..=faults.jitter_ms) } else { 0 };
        Duration::from_millis(u64::from(faults.latency_ms) + u64::from(jitter))
    }
}

/// What happens to the content of a reply.
struct Accident<'a> {
    wrong_id: bool,
    surplus: bool,
    circles: Option<&'a Faults>,
}

/// The reply after it happened; `None` when it is none of v1 or v2c.
fn changed(reply: &[u8], accident: &Accident<'_>) -> Option<Vec<u8>> {
    let mut message = CommunityMessage::from_bytes(reply, &Limits::default()).ok()?;
    let CommunityPdu::Pdu(pdu) = &mut message.pdu else { return None };
    if accident.wrong_id {
        pdu.request_id = pdu.request_id.wrapping_add(7) & i32::MAX;
    }
    if let Some(faults) = accident.circles {
        for varbind in &mut pdu.varbinds {
            if faults.not_increasing.contain(&varbind.name) {
                varbind.name = first_of_row(&varbind.name)?;
            }
        }
    }
    if accident.surplus {
        pdu.varbinds.push(VarBind::new(SURPLUS, Value::Integer(271_828)));
    }
    Some(message.to_bytes())
}

/// A name that nobody asked for.
const SURPLUS: Oid = oid!("1.3.6.1.4.1.99999.1.0");

/// The name with 0 as its last arc: whoever walks on from there comes back.
fn first_of_row(name: &Oid) -> Option<Oid> {
    name.parent()?.child(0).ok()
}

/// What kind of request this is.
impl Kind {
    /// Of a datagram.
    #[must_use]
    pub fn of(request: &[u8]) -> Self {
        match CommunityMessage::from_bytes(request, &Limits::default()).map(|message| message.pdu) {
            Ok(CommunityPdu::Pdu(pdu)) if matches!(pdu.kind, PduKind::GetNext | PduKind::GetBulk { .. }) => {
                Self::Walk
            }
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Subtrees;
    use remote_services_snmp::message::Version;
    use remote_services_snmp::pdu::Pdu;

    fn reply(names: &[Oid]) -> Vec<u8> {
        let varbinds = names.iter().map(|name| VarBind::new(name.clone(), Value::Integer(1))).collect();
        CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Get, 41, varbinds)).to_bytes()
    }

    fn read(octets: &[u8]) -> (i32, Vec<Oid>) {
        let message = CommunityMessage::from_bytes(octets, &Limits::default()).unwrap();
        let CommunityPdu::Pdu(pdu) = message.pdu else { panic!("no PDU") };
        (pdu.request_id, pdu.varbinds.into_iter().map(|varbind| varbind.name).collect())
    }

    #[test]
    fn the_same_seed_has_the_same_accidents() {
        let faults =
            Faults { loss: 0.3, duplicates: 0.2, truncated: 0.1, jitter_ms: 20, ..Faults::default() };
        let run = |seed| {
            let mut wire = Wire::new(seed);
            (0..200)
                .map(|_| (wire.arrives(&faults), wire.leaves(&faults, Kind::Other, &[1; 50])))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let sent = run(7).into_iter().flat_map(|(_, sent)| sent).count();
        assert!((130..=200).contains(&sent), "{sent} of 200 with 30 % lost and 20 % doubled");
    }

    #[test]
    fn each_fault_does_what_its_name_says_and_without_any_nothing_happens() {
        let names = [oid!("1.3.6.1.2.1.43.11.1.1.9.1.1"), oid!("1.3.6.1.2.1.43.11.1.1.9.1.2")];
        let whole = reply(&names);
        let mut wire = Wire::new(1);
        let sent = |wire: &mut Wire, faults: &Faults| wire.leaves(faults, Kind::Walk, &whole);
        assert_eq!(sent(&mut wire, &Faults::default()), [(Duration::ZERO, whole.clone())]);
        let double = Faults { duplicates: 1.0, latency_ms: 5, ..Faults::default() };
        assert_eq!(
            sent(&mut wire, &double),
            [(Duration::from_millis(5), whole.clone()), (Duration::from_millis(5), whole.clone())]
        );
        let cut = Faults { truncated: 1.0, ..Faults::default() };
        assert!(sent(&mut wire, &cut)[0].1.len() < whole.len());
        let other = Faults { wrong_request_id: 1.0, ..Faults::default() };
        assert_eq!(read(&sent(&mut wire, &other)[0].1), (48, names.to_vec()));
        let more = Faults { surplus: 1.0, ..Faults::default() };
        assert_eq!(read(&sent(&mut wire, &more)[0].1), (41, [&names[..], &[SURPLUS]].concat()));
        let circles = Faults { not_increasing: Subtrees(vec![oid!("1.3.6.1.2.1.43")]), ..Faults::default() };
        let (_, round) = read(&sent(&mut wire, &circles)[0].1);
        assert_eq!(round[0], round[1]);
        let third = Faults { drop_every: 3, ..Faults::default() };
        let mut wire = Wire::new(1);
        assert_eq!([(); 6].map(|()| wire.arrives(&third)), [true, true, false, true, true, false]);
        assert!(!wire.arrives(&Faults { silent: true, ..Faults::default() }));
    }
}
