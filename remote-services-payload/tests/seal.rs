//! Seal and open: the round trip, and each way in which a container must be refused.

mod support;

use remote_services_payload::seal::{SealLimits, open, seal};
use support::{Authority, Counting, now};

#[test]
fn what_was_sealed_opens_with_signer_and_time() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
    for length in [0, 1, 127, 128, 5_000, 70_000] {
        let content = vec![b'z'; length];
        let sealed = seal(
            &content,
            &client.as_signer(),
            std::slice::from_ref(&server.certificate),
            now(),
            &mut Counting(1),
        )
        .unwrap();
        let opened =
            open(&sealed, &server.as_recipient(), &authority.trust(), &SealLimits::default()).unwrap();
        assert_eq!(opened.content(), content);
        assert_eq!(opened.signer, client.certificate);
        assert_eq!(opened.signer.common_name().as_deref(), Some("client-7"));
        assert_eq!(opened.signing_time, now());
        assert_eq!(opened.into_content(), content);
    }
}
