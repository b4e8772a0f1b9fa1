//! A client, a server and the authority over both.
use std::rc::Rc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::{EntrySource, ManifestHead, ManifestVersion, Part};
use remote_services_payload::kind::Encoded;
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{Certificate, CryptoProvider, Recipient, RecipientKey, SealLimits, Signer, SignerKey, Trust, open};

#[derive(Clone)]
pub struct World {
    pub provider: &'static dyn CryptoProvider,
    pub trust: Trust,
    client: (Certificate, Rc<dyn SignerKey>),
    pub server: (Certificate, Rc<dyn RecipientKey>),
}

impl World {
    pub fn new(provider: &'static dyn CryptoProvider) -> Self {
        let mut params = named("authority", KeyUsagePurpose::KeyCertSign);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let issue = |name: &str, usage| {
            let key = KeyPair::generate().expect("a key");
            let issued = named(name, usage).signed_by(&key, &authority).expect("a certificate");
            (Certificate::from_der(issued.der()).expect("a certificate"), key.serialize_der())
        };
        let (client, client_key) = issue("client", KeyUsagePurpose::DigitalSignature);
        let (server, server_key) = issue("server", KeyUsagePurpose::KeyAgreement);
        let authority = Certificate::from_der(authority.der()).expect("a certificate");
        Self {
            provider,
            trust: Trust::new(now()).authority(authority).provider(provider),
            client: (client, provider.signer(&client_key).expect("a key").into()),
            server: (server, provider.recipient(&server_key).expect("a key").into()),
        }
    }

    pub fn signer(&self) -> Signer<'_> {
        Signer { provider: self.provider, ..Signer::new(&self.client.0, &*self.client.1) }
    }

    pub fn recipient(&self) -> Recipient<'_> {
        Recipient { certificate: &self.server.0, key: &*self.server.1 }
    }

    pub fn seal(&self, content: &[u8]) -> Vec<u8> {
        let recipients = std::slice::from_ref(&self.server.0);
        seal_message(content, &self.signer(), recipients, now(), &mut *self.provider.random())
            .expect("it seals")
    }

    pub fn open(&self, sealed: &[u8]) -> usize {
        let opened = open(sealed, &self.recipient(), &self.trust, &SealLimits::default());
        opened.expect("it opens").content().len()
    }

    pub fn head(&self) -> ManifestHead {
        ManifestHead {
            version: ManifestVersion::V1_0,
            payload: Uuid::from_u128(1),
            transfer: Uuid::from_u128(2),
            sender: "client".to_owned(),
            recipients: vec![self.server.0.key_id()],
            sequence: 4,
            part: Part::WHOLE,
            created_at: now(),
            redaction: "default".to_owned(),
            device: None,
        }
    }
}

pub fn entry(document: &Encoded) -> EntrySource<'_> {
    let (name, kind) = (document.name(), document.kind.label());
    EntrySource { name, kind, schema: Some(document.kind.namespace()), octets: &document.xml }
}

pub fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().expect("a time")
}

fn named(name: &str, usage: KeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![usage];
    params
}
