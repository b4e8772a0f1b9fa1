//! A client that sends a long log in parts, and a server that takes it.
#![allow(dead_code, reason = "each test file uses a part of this")]

use crate::support::{Authority, Counting, Issued, now};
use remote_services_core::consent::{Consent, ConsentScope, Consents, Permit};
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_payload::container::{
    ExpectedLog, Limits, LogHead, Packer, SealedPart, SignerBinding, Unpacker,
};
use remote_services_payload::seal::{Signer, Trust};

pub(crate) const TRANSFER: Uuid = Uuid::from_u128(2);
pub(crate) const PART: usize = 1_000;

pub(crate) struct World {
    pub(crate) authority: Authority,
    pub(crate) client: Issued,
    pub(crate) server: Issued,
    pub(crate) trust: Trust,
    pub(crate) consents: Consents,
}

pub(crate) fn consents() -> Consents {
    let consent = Consent {
        id: Uuid::from_u128(7),
        given_by: "the manager of the site".to_owned(),
        given_at: now(),
        scopes: vec![ConsentScope::Engineering],
        devices: Vec::new(),
        until: None,
        text: ConsentScope::Engineering.statement().to_owned(),
        revocation: None,
    };
    Consents::try_from(vec![consent]).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let authority = Authority::new("authority");
        let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
        let trust = authority.trust();
        Self { authority, client, server, trust, consents: consents() }
    }

    /// The parts of a log and its list.
    pub(crate) fn packed(&self, head: LogHead, log: &[u8]) -> (Vec<SealedPart>, Vec<u8>) {
        self.packed_by(self.client.as_signer(), head, log)
    }

    pub(crate) fn packed_by(
        &self,
        signer: Signer<'_>,
        head: LogHead,
        log: &[u8],
    ) -> (Vec<SealedPart>, Vec<u8>) {
        let recipients = [self.server.certificate.clone()];
        let permits = self.permits();
        let mut packer = Packer::new(head, PART, &permits, signer, &recipients, Limits::default()).unwrap();
        let mut random = Counting(1);
        let mut parts = Vec::new();
        // Octets come in pieces that know nothing of parts.
        for mut piece in log.chunks(77) {
            while let Some(part) = packer.push(&mut piece, now(), &mut random).unwrap() {
                parts.push(part);
            }
            assert!(piece.is_empty());
        }
        let finished = packer.finish(now(), &mut random).unwrap();
        parts.extend(finished.last);
        (parts, finished.list)
    }

    pub(crate) fn permits(&self) -> [Permit<'_>; 1] {
        [self.consents.permit(&ConsentScope::Engineering, None, now(), SecurityMode::default()).unwrap()]
    }

    pub(crate) fn unpacker(&self) -> Unpacker<'_> {
        let (sender, binding) = ("client-7".to_owned(), SignerBinding::CommonName);
        let expected = ExpectedLog { sender, binding, transfer: TRANSFER };
        Unpacker::new(expected, self.server.as_recipient(), &self.trust, Limits::default())
    }
}

pub(crate) fn head(length: usize) -> LogHead {
    LogHead {
        transfer: TRANSFER,
        sender: "client-7".to_owned(),
        sequence: 40,
        redaction: "default".to_owned(),
        device: Some("printer-1".to_owned()),
        kind: "engineering".to_owned(),
        name: "engine.log".to_owned(),
        length: length as u64,
    }
}
