//! Sealed and signed containers, and certificates. Nobody but the signer makes any that are taken: what is given out is
//! what a seed holds, whatever was done to it.

use std::sync::LazyLock;

use remote_services_core::time::Timestamp;
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Certificate, Random, RandomError, Recipient, SealLimits, Signer, SoftwareRecipient, SoftwareSigner,
    Trust, open, open_in_place, sign, verify,
};

const CONTENT: &[u8] = b"what the printer said";
const LIMITS: SealLimits = SealLimits { max_sealed: 16 << 10 };

struct Parties {
    authority: Certificate,
    signer: (Certificate, SoftwareSigner),
    recipient: (Certificate, SoftwareRecipient),
}

static PARTIES: LazyLock<Parties> = LazyLock::new(|| {
    let certificate = |pem| Certificate::from_pem(pem).expect("it is in the profile");
    Parties {
        authority: certificate(include_str!("../data/authority.pem")),
        signer: (
            certificate(include_str!("../data/signer.pem")),
            SoftwareSigner::from_pkcs8_pem(include_str!("../data/signer.key")).expect("a key"),
        ),
        recipient: (
            certificate(include_str!("../data/recipient.pem")),
            SoftwareRecipient::from_pkcs8_pem(include_str!("../data/recipient.key")).expect("a key"),
        ),
    }
});

/// 2027-01-15.
fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000)
}

/// The first octet says what the others are.
pub(crate) fn run(data: &[u8]) {
    let [first, octets @ ..] = data else { return };
    let parties = &*PARTIES;
    let trust = Trust::new(now()).authority(parties.authority.clone());
    match first % 3 {
        0 => {
            let recipient = Recipient { certificate: &parties.recipient.0, key: &parties.recipient.1 };
            let opened = open(octets, &recipient, &trust, &LIMITS);
            let in_place = open_in_place(octets.to_vec(), &recipient, &trust, &LIMITS);
            assert_eq!(opened.is_ok(), in_place.is_ok());
            match opened {
                Ok(opened) => {
                    assert_eq!(opened.content(), CONTENT);
                    assert_eq!(opened.signer, parties.signer.0);
                    assert_eq!(opened.signing_time, now());
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
        1 => match verify(octets, &trust, &LIMITS) {
            Ok(verified) => {
                assert_eq!(verified.content, CONTENT);
                assert_eq!(verified.signer, parties.signer.0);
                assert_eq!(verified.signing_time, now());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        },
        _ => {
            if let Ok(certificate) = Certificate::from_der(octets) {
                assert_eq!(certificate.der(), octets, "a certificate is its octets, with none behind them");
                let (from, to) = certificate.validity();
                assert_eq!(certificate.check_validity(now()).is_ok(), from <= now() && now() <= to);
                let _ = (certificate.common_name(), certificate.key_id());
            }
        }
    }
}

/// Counts up: the same octets in every run.
struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for octet in out {
            self.0 = self.0.wrapping_mul(77).wrapping_add(31);
            *octet = self.0;
        }
        Ok(())
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let parties = &*PARTIES;
    let signer = Signer::new(&parties.signer.0, &parties.signer.1);
    let recipients = core::slice::from_ref(&parties.recipient.0);
    let sealed = seal_message(CONTENT, &signer, recipients, now(), &mut Counting(1)).expect("all are valid");
    let signed = sign(CONTENT, &signer, now()).expect("the certificate is valid");
    let certificates = [&parties.authority, &parties.signer.0, &parties.recipient.0];
    let mut seeds = vec![[vec![0], sealed].concat(), [vec![1], signed].concat()];
    seeds.extend(certificates.map(|certificate| [&[2], certificate.der()].concat()));
    seeds
}
