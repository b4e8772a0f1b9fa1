//! Engineering logs of any length, sealed part by part.

use super::{Client, now};
use remote_services_core::consent::{Consent, ConsentScope, Consents};
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_payload::container::{Limits, ListedPart, LogHead, Packer};
use remote_services_payload::seal::{Certificate, OsRandom, Signer, SoftwareSigner};
use remote_services_transport::client::blocking::{PartSource, SealedPart, SourceError};
use remote_services_transport::parts::SealedDigest;

/// A log whose octet at `n` is a function of `n`, sealed in parts of `part` octets.
pub struct Log {
    pub transfer: Uuid,
    pub sender: String,
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    pub recipient: Certificate,
    pub length: u64,
    pub part: usize,
    /// How many parts were sealed.
    pub sealed: usize,
}

impl Log {
    pub fn new(client: &Client, recipient: Certificate, transfer: Uuid, length: u64, part: usize) -> Self {
        let (certificate, key) = (client.certificate.clone(), client.key.serialize_der());
        let sender = client.id.to_string();
        Self { transfer, sender, certificate, key, recipient, length, part, sealed: 0 }
    }

    pub fn parts(&self) -> u32 {
        u32::try_from(self.length.div_ceil(self.part as u64)).unwrap()
    }

    fn with_packer<T>(
        &self,
        before: &[SealedDigest],
        use_it: impl FnOnce(Packer<'_>) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let consents = Consents::try_from(vec![Consent {
            id: Uuid::from_u128(7),
            given_by: "the manager of the site".to_owned(),
            given_at: now(),
            scopes: vec![ConsentScope::Engineering],
            devices: Vec::new(),
            until: None,
            text: ConsentScope::Engineering.statement().to_owned(),
            revocation: None,
        }])?;
        let permits = [consents.permit(&ConsentScope::Engineering, None, now(), SecurityMode::Normal)?];
        let certificate = Certificate::from_der(&self.certificate)?;
        let key = SoftwareSigner::from_pkcs8_der(&self.key)?;
        let recipients = [self.recipient.clone()];
        let head = LogHead {
            transfer: self.transfer,
            sender: self.sender.clone(),
            sequence: 100,
            redaction: "default".to_owned(),
            device: None,
            kind: "engineering".to_owned(),
            name: "trace.log".to_owned(),
            length: self.length,
        };
        let signer = Signer::new(&certificate, &key);
        let packer = Packer::new(head, self.part, &permits, signer, &recipients, Limits::default())?;
        let before =
            before.iter().map(|part| ListedPart { length: part.length, sha256: *part.digest.as_bytes() });
        use_it(packer.resume(before.collect())?)
    }
}

impl PartSource for Log {
    fn part(&mut self, part: u32, before: &[SealedDigest]) -> Result<SealedPart, SourceError> {
        let sealed = self.with_packer(before, |mut packer| {
            let from = packer.taken();
            let length = (self.length - from).min(self.part as u64);
            let octets: Vec<u8> = (from..from + length).map(octet_at).collect();
            let sealed = packer.push(&mut octets.as_slice(), now(), &mut OsRandom)?;
            let sealed = sealed.ok_or("the part is not full")?;
            assert_eq!(sealed.part.number, part);
            Ok(SealedPart { length, octets: sealed.octets })
        })?;
        self.sealed += 1;
        Ok(sealed)
    }

    fn list(&mut self, parts: &[SealedDigest]) -> Result<Vec<u8>, SourceError> {
        self.with_packer(parts, |packer| Ok(packer.finish(now(), &mut OsRandom)?.list))
    }
}

/// Hard to compress, and the same each time.
fn octet_at(position: u64) -> u8 {
    (position.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}
