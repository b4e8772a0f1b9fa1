//! An agent of a few lines, made to misbehave in every way that a test wants.

use std::collections::BTreeMap;
use std::ops::Bound;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::{Oid, Value, VarBind};

#[derive(Clone)]
pub struct Agent {
    pub objects: BTreeMap<Oid, Value>,
    /// GETBULK of more variable bindings than this is answered with `bulk_error`.
    pub bulk_limit: usize,
    pub bulk_error: ErrorStatus,
    /// Answers of more variable bindings than this are tooBig.
    pub size_limit: usize,
    pub ignores_bulk: bool,
    pub is_mute: bool,
    /// The names that come after these are these, whatever the order says.
    pub next_is: BTreeMap<Oid, Oid>,
    /// What comes after the last name.
    pub end: Value,
    /// These are answered with genErr.
    pub broken: Vec<Oid>,
    /// With an error-index of 0, as some devices do.
    pub blames_nobody: bool,
}

impl Agent {
    pub fn new(objects: impl IntoIterator<Item = (Oid, Value)>) -> Self {
        Self {
            objects: objects.into_iter().collect(),
            bulk_limit: usize::MAX,
            bulk_error: ErrorStatus::GenErr,
            size_limit: usize::MAX,
            ignores_bulk: false,
            is_mute: false,
            next_is: BTreeMap::new(),
            end: Value::EndOfMibView,
            broken: Vec::new(),
            blames_nobody: false,
        }
    }

    /// `rows` integers under each of these columns.
    pub fn table(columns: &[Oid], rows: u32) -> Self {
        let cells = columns.iter().flat_map(|column| {
            (1..=rows).map(|row| (column.child(row).unwrap(), Value::Integer(row.try_into().unwrap())))
        });
        Self::new(cells)
    }

    /// Answers a message of SNMPv1 or v2c with any community.
    pub fn answer(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.answer_as(None, bytes)
    }

    /// The same as an agent of SNMPv1 behind a proxy answers: without GETBULK, and with errors in place of exceptions.
    pub fn answer_as_version1(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.ignores_bulk = true;
        self.answer_as(Some(Version::V1), bytes)
    }

    fn answer_as(&mut self, version: Option<Version>, bytes: &[u8]) -> Vec<Vec<u8>> {
        let message =
            CommunityMessage::from_bytes(bytes, &Limits::default()).expect("the manager sends SNMP");
        let CommunityPdu::Pdu(pdu) = &message.pdu else { panic!("no request") };
        let version1 = version.unwrap_or(message.version) == Version::V1;
        let Some(response) = self.respond(pdu, version1) else { return Vec::new() };
        vec![CommunityMessage::new(message.version, &message.community, response).to_bytes()]
    }

    /// What a PDU is answered with.
    pub fn respond(&mut self, pdu: &Pdu, version1: bool) -> Option<Pdu> {
        let blames_nobody = self.blames_nobody;
        let error = |status, index: usize| {
            let index = if blames_nobody { 0 } else { index };
            Some(Pdu::response(pdu.request_id, status, index.try_into().unwrap(), pdu.varbinds.clone()))
        };
        if self.is_mute {
            return None;
        }
        let mut answers = Vec::new();
        match pdu.kind {
            PduKind::Get => {
                for (at, asked) in pdu.varbinds.iter().enumerate() {
                    if self.broken.contains(&asked.name) {
                        return error(ErrorStatus::GenErr, at + 1);
                    }
                    match self.objects.get(&asked.name) {
                        Some(value) => answers.push(VarBind::new(asked.name.clone(), value.clone())),
                        None if version1 => return error(ErrorStatus::NoSuchName, at + 1),
                        None => answers.push(VarBind::new(asked.name.clone(), Value::NoSuchInstance)),
                    }
                }
            }
            PduKind::GetNext => {
                for (at, asked) in pdu.varbinds.iter().enumerate() {
                    let next = self.next(&asked.name);
                    if self.broken.contains(&next.name) {
                        return error(ErrorStatus::GenErr, at + 1);
                    }
                    if version1 && next.value == Value::EndOfMibView {
                        return error(ErrorStatus::NoSuchName, at + 1);
                    }
                    answers.push(next);
                }
            }
            PduKind::GetBulk { non_repeaters, max_repetitions } => {
                if self.ignores_bulk {
                    return None;
                }
                let (once, rest) = pdu.varbinds.split_at((non_repeaters as usize).min(pdu.varbinds.len()));
                if once.len() + rest.len() * max_repetitions as usize > self.bulk_limit {
                    return error(self.bulk_error, 0);
                }
                answers.extend(once.iter().map(|asked| self.next(&asked.name)));
                let mut names: Vec<Oid> = rest.iter().map(|asked| asked.name.clone()).collect();
                for _ in 0..max_repetitions {
                    for name in &mut names {
                        let next = self.next(name);
                        *name = next.name.clone();
                        answers.push(next);
                    }
                }
            }
            PduKind::Set => {
                for write in &pdu.varbinds {
                    self.objects.insert(write.name.clone(), write.value.clone());
                }
                answers.clone_from(&pdu.varbinds);
            }
            PduKind::Inform => answers.clone_from(&pdu.varbinds),
            _ => panic!("no request: {pdu:?}"),
        }
        if answers.len() > self.size_limit {
            return error(ErrorStatus::TooBig, 0);
        }
        Some(Pdu::response(pdu.request_id, ErrorStatus::NoError, 0, answers))
    }

    fn next(&self, name: &Oid) -> VarBind {
        if let Some(wrong) = self.next_is.get(name) {
            return VarBind::new(
                wrong.clone(),
                self.objects.get(wrong).cloned().unwrap_or(Value::Integer(0)),
            );
        }
        let mut after = self.objects.range((Bound::Excluded(name.clone()), Bound::Unbounded));
        match after.next() {
            Some((name, value)) => VarBind::new(name.clone(), value.clone()),
            None => VarBind::new(name.clone(), self.end.clone()),
        }
    }
}
