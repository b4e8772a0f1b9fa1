//! The client's key in a token, played by SoftHSM: handshake, enrolment, seal and audit log, and the key never leaves.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use remote_services_core::key::{KeyError, KeyKind, SignatureScheme, SignerKey};
use remote_services_core::secret::Secret;
use remote_services_core::time::Timestamp;
use remote_services_interop::pki::Authority;
use remote_services_interop::process::{run, run_ok};
use remote_services_interop::s_server::SServer;
use remote_services_interop::server::OurServer;
use remote_services_interop::softhsm::{
    MODULE, PIN, TOKEN, again_with_token, blunt_module, bring_back, take_away, tokens, uri,
};
use remote_services_interop::uploader::{config, identity};
use remote_services_interop::{Tool, require};
use remote_services_payload::seal::{Certificate, Signer, sign};
use remote_services_pkcs11::{KeyUri, Module, TokenError};
use remote_services_transport::audit::{AuditLimits, AuditLog, CheckpointKey, History, verify_log};
use remote_services_transport::client::blocking::{Client, Enrolled, enrol};
use remote_services_transport::client::{ClientError, TlsFault};
use remote_services_transport::enrol::{ClientKey, Identity, TrustAnchors, validity};
use remote_services_transport::exchange::{Method, Request};
use remote_services_transport::registration_key::RegistrationKey;

const HOST: &str = "upload.test";

fn module() -> Module {
    Module::load(MODULE.as_ref()).unwrap()
}

fn named(object: &str) -> KeyUri {
    uri(object).parse().unwrap()
}

fn pin() -> Secret {
    Secret::from(PIN)
}

/// Makes one more token of the name that all have.
fn another_token() {
    token_with_pin(PIN);
}

fn token_with_pin(pin: &str) {
    let mut make = Command::new(Tool::Softhsm.path());
    run_ok(make.args(["--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678", "--pin", pin]));
}

/// A key that was made in the token just now.
fn token_key(object: &str) -> ClientKey {
    ClientKey::by_handle(Arc::new(module().generate(&named(object), &pin()).unwrap())).unwrap()
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).unwrap())
}

/// The key's certificate by an authority.
fn certified(authority: &Authority, key: &ClientKey) -> Identity {
    Identity {
        client: remote_services_core::id::Uuid::from_u128(7),
        chain: vec![authority.certify("client", &key.certification_request().unwrap())],
        key: key.duplicate(),
        anchors: TrustAnchors::from_stored(vec![authority.certificate_der()]),
    }
}

#[test]
fn a_token_signs_the_handshake_in_both_versions_of_tls() {
    if !require(&[Tool::Softhsm, Tool::Openssl])
        || !again_with_token("a_token_signs_the_handshake_in_both_versions_of_tls")
    {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let key = token_key("client");
    assert!(key.to_pkcs8().is_none(), "there is nothing to give out");
    let identity = certified(&authority, &key);
    let server = authority.server(HOST);
    let demand = authority.certificate().display().to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let options = [version, "-CAfile", &demand, "-Verify", "1", "-verify_return_error"];
        let server = SServer::start(&server.certificate, &server.key, &options);
        let get = |identity: &Identity| {
            let client = Client::new(config(HOST, server.address.port()), identity).unwrap();
            client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO).map(|answer| answer.status)
        };
        assert_eq!(get(&identity).unwrap(), 200, "{version}: {}", server.log());
        // A key that signs wrongly is not believed, so it was the token's signature that counted.
        let wrong = ClientKey::by_handle(Arc::new(Wrong(identity.key.public_spki()))).unwrap();
        let error = get(&Identity { key: wrong, ..certified(&authority, &key) }).unwrap_err();
        assert!(matches!(error, ClientError::Tls { .. } | ClientError::Lost { .. }), "{version}: {error}");
    }
}

/// A handle whose signatures are none of this key.
struct Wrong(Vec<u8>);

impl SignerKey for Wrong {
    fn kind(&self) -> KeyKind {
        KeyKind::P256
    }

    fn public_spki(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn sign(&self, _: SignatureScheme, _: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(vec![1; 64])
    }
}

#[test]
fn a_token_enrols_seals_and_signs_the_audit_log() {
    if !require(&[Tool::Softhsm, Tool::Openssl])
        || !again_with_token("a_token_enrols_seals_and_signs_the_audit_log")
    {
        return;
    }
    let key = token_key("client");
    let server = OurServer::start();
    let registration = server.registration_key(Duration::from_secs(600));
    let registration = RegistrationKey::from_text(&registration).unwrap();
    let config = config(registration.server.host(), registration.server.port());
    let Enrolled::Issued(identity) = enrol(&config, &registration, &key).unwrap() else {
        panic!("not issued")
    };
    assert!(identity.key_pem().is_none());
    let client = Client::new(config.clone(), &identity).unwrap();
    client.directory().unwrap();
    client.renew(&key).unwrap();
    // What a later run finds: the same key by its name, and the chain from its files.
    let again = ClientKey::by_handle(Arc::new(module().key(&named("client"), &pin()).unwrap())).unwrap();
    let again = Identity::with_key(&identity.chain_pem(), again, &identity.anchors_pem()).unwrap();
    Client::new(config, &again).unwrap().directory().unwrap();

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let certificate = Certificate::from_der(&identity.chain[0]).unwrap();
    let signed = sign(b"what the printer said", &Signer::new(&certificate, &identity.key), now()).unwrap();
    fs::write(at("signed"), signed).unwrap();
    fs::write(at("ca.pem"), identity.anchors_pem()).unwrap();
    let mut verify = Command::new(Tool::Openssl.path());
    verify.args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-in"]).arg(at("signed"));
    let said = run_ok(verify.arg("-CAfile").arg(at("ca.pem")));
    assert_eq!(said, "what the printer said");

    let signer = Box::new(identity.key.duplicate());
    let by = CheckpointKey::from_spki(&identity.key.public_spki()).unwrap();
    let history = History { log: "audit", keys: by, copy: None, begun: false };
    let mut log =
        AuditLog::open_signed(&at("audit"), AuditLimits::default(), signer, &history, now()).unwrap();
    log.append(now(), "enrolled", "7", "by a token").unwrap();
    log.checkpoint(now()).unwrap();
    drop(log);
    let verdict = verify_log(&at("audit"), Some(&history), &mut |_| {}).unwrap();
    assert_eq!(verdict.vouched.map(|(entry, _)| entry), Some(1));
}

#[test]
fn a_certificate_is_renewed_for_the_same_key_which_stays_in_the_token() {
    if !require(&[Tool::Softhsm, Tool::Openssl])
        || !again_with_token("a_certificate_is_renewed_for_the_same_key_which_stays_in_the_token")
    {
        return;
    }
    let key = token_key("client");
    let server = OurServer::start();
    let registration = server.registration_key(Duration::from_secs(600));
    let registration = RegistrationKey::from_text(&registration).unwrap();
    let run = || config(registration.server.host(), registration.server.port());
    let config = run();
    let Enrolled::Issued(first) = enrol(&config, &registration, &key).unwrap() else { panic!("not issued") };
    let client = Client::new(config.clone(), &first).unwrap();
    client.directory().unwrap();
    assert!(client.renew_when_due(&first, now()).unwrap().is_none(), "it has just been issued");
    let (from, until) = validity(&first.chain[0]).unwrap();
    let late = from.plus(until.since(from) / 10 * 9);
    let second = client.renew_when_due(&first, late).unwrap().unwrap();
    assert_ne!(second.chain[0], first.chain[0]);
    assert_eq!((second.client, second.key.public_spki()), (first.client, key.public_spki()));
    assert!(second.key_pem().is_none(), "it is still the token's");
    assert!(validity(&second.chain[0]).unwrap().1 >= until);

    // The new chain with the key by its name, as the next run finds it: handshake, renewal and seal.
    let again = ClientKey::by_handle(Arc::new(module().key(&named("client"), &pin()).unwrap())).unwrap();
    let again = Identity::with_key(&second.chain_pem(), again, &second.anchors_pem()).unwrap();
    let config = run();
    let client = Client::new(config.clone(), &again).unwrap();
    client.directory().unwrap();
    let third = client.renew_when_due(&again, late).unwrap().unwrap();
    Client::new(config.clone(), &third).unwrap().directory().unwrap();
    let certificate = Certificate::from_der(&third.chain[0]).unwrap();
    sign(b"what the printer said", &Signer::new(&certificate, &third.key), now()).unwrap();

    // A token whose key signs wrongly gets no certificate: the request is signed, too.
    let wrong = ClientKey::by_handle(Arc::new(Wrong(key.public_spki()))).unwrap();
    let client = Client::new(config, &second).unwrap();
    assert!(client.renew(&wrong).is_err());
}

#[test]
fn what_is_wrong_with_a_token_is_told_apart() {
    if !require(&[Tool::Softhsm]) || !again_with_token("what_is_wrong_with_a_token_is_told_apart") {
        return;
    }
    let key = token_key("client");
    let module = module();
    let wrong = |uri: &str, pin: &Secret| module.key(&uri.parse().unwrap(), pin).err().unwrap();
    let found = wrong("pkcs11:token=another;object=client", &pin());
    assert!(
        matches!(&found, TokenError::NoToken { found, .. } if found.contains("token=a token;serial=")),
        "{found}"
    );
    let found = wrong(&uri("nobody"), &pin());
    assert!(matches!(&found, TokenError::NoKey { uri } if uri.contains("object=nobody")), "{found}");
    let found = module.generate(&named("client"), &pin()).err().unwrap();
    assert!(matches!(found, TokenError::Exists { .. }), "{found}");
    let found = Module::load("/no/such/module.so".as_ref()).err().unwrap();
    assert!(found.to_string().contains("/no/such/module.so"), "{found}");

    // A certificate for another key is noticed before anybody is asked.
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let other = identity(&authority, &authority.client("other"));
    let client = Client::new(config(HOST, 1), &Identity { key, ..other });
    assert!(matches!(client.err(), Some(ClientError::Setup(why)) if why.contains("cannot be used")));
}

#[test]
fn tokens_of_one_name_are_listed_with_their_serial_numbers() {
    if !require(&[Tool::Softhsm])
        || !again_with_token("tokens_of_one_name_are_listed_with_their_serial_numbers")
    {
        return;
    }
    another_token();
    let several = module().key(&named("client"), &pin()).err().unwrap();
    let said = several.to_string();
    let TokenError::ManyTokens { count: 2, found, .. } = several else { panic!("{said}") };
    let serials: Vec<_> = found.split("token=a token;serial=").skip(1).map(|it| &it[..16]).collect();
    assert!(serials.len() == 2 && serials[0] != serials[1] && said.contains(&found), "{said}");
    // One of them is enough to say.
    let one: KeyUri =
        uri("client").replace("token=a%20token", &format!("serial={}", serials[1])).parse().unwrap();
    module().generate(&one, &pin()).unwrap();
}

#[test]
fn a_wrong_pin_is_tried_once_and_not_repeated_in_words() {
    if !require(&[Tool::Softhsm]) || !again_with_token("a_wrong_pin_is_tried_once_and_not_repeated_in_words")
    {
        return;
    }
    let refused = |pin: &Secret| module().key(&named("client"), pin).err().unwrap();
    let wrong = Secret::from("000000");
    let found = refused(&wrong);
    assert!(matches!(found, TokenError::Pin(_)) && found.is_of_pin(), "{found}");
    assert!(!found.to_string().contains("000000"));
    // The token is not asked again for the same one, and for another one it is.
    for _ in 0..3 {
        let found = refused(&wrong);
        assert!(matches!(found, TokenError::PinKnownWrong), "{found}");
    }
    let found = refused(&Secret::from("000001"));
    assert!(matches!(found, TokenError::Pin(_)), "{found}");
    module().generate(&named("client"), &pin()).unwrap();
    let found = refused(&wrong);
    assert!(matches!(found, TokenError::PinKnownWrong), "{found}");
}

#[test]
fn a_module_that_is_blunt_about_a_wrong_pin_is_shown_it_once_a_call() {
    if !require(&[Tool::Softhsm, Tool::Openssl, Tool::Cc])
        || !again_with_token("a_module_that_is_blunt_about_a_wrong_pin_is_shown_it_once_a_call")
    {
        return;
    }
    let tokens = tokens();
    let folder = tokens.parent().unwrap();
    let module = Module::load(&blunt_module(folder)).unwrap();
    let logins = || fs::read_to_string(folder.join("logins")).unwrap_or_default().lines().count();
    // The token counts it, so it was the PIN: it is known as wrong from then on.
    let wrong = Secret::from("000000");
    let found = module.key(&named("client"), &wrong).err().unwrap();
    assert!(matches!(found, TokenError::Pin(_)), "{found}");
    let found = module.key(&named("client"), &wrong).err().unwrap();
    assert!(matches!(found, TokenError::PinKnownWrong), "{found}");
    assert_eq!(logins(), 1);

    // One that counts in silence: no call shows it twice, neither when the program begins nor later on.
    fs::write(folder.join("hide"), "").unwrap();
    let found = module.key(&named("client"), &Secret::from("000001")).err().unwrap();
    assert!(matches!(found, TokenError::Login(_)) && !found.is_of_pin(), "{found}");
    assert_eq!(logins(), 2);
    let key = ClientKey::by_handle(Arc::new(module.generate(&named("client"), &pin()).unwrap())).unwrap();
    take_away(&tokens);
    key.certification_request().unwrap_err();
    token_with_pin("999999");
    let before = logins();
    let until = Instant::now() + Duration::from_secs(300);
    while logins() < before + 2 {
        let so_far = logins();
        let error = key.certification_request().unwrap_err();
        assert!(logins() <= so_far + 1, "{error}");
        assert!(Instant::now() < until, "{error}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let error = key.certification_request().unwrap_err().to_string();
    assert!(error.contains("does not let in who shows the PIN"), "{error}");
}

#[test]
fn who_wants_to_know_is_told_of_a_pin_that_is_refused_later_on() {
    if !require(&[Tool::Softhsm, Tool::Openssl])
        || !again_with_token("who_wants_to_know_is_told_of_a_pin_that_is_refused_later_on")
    {
        return;
    }
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let key = module().generate(&named("client"), &pin()).unwrap().when_refused(move |error| {
        assert!(error.is_of_pin(), "{error}");
        count.fetch_add(1, Ordering::Relaxed);
    });
    let key = ClientKey::by_handle(Arc::new(key)).unwrap();
    let tokens = tokens();
    take_away(&tokens);
    key.certification_request().unwrap_err();
    assert_eq!(told.load(Ordering::Relaxed), 0, "a token that is away refuses nothing");
    token_with_pin("999999");
    let until = Instant::now() + Duration::from_secs(300);
    while told.load(Ordering::Relaxed) == 0 {
        let error = key.certification_request().unwrap_err();
        assert!(Instant::now() < until, "{error}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_last_try_of_a_pin_is_not_used_up() {
    if !require(&[Tool::Softhsm]) || !again_with_token("the_last_try_of_a_pin_is_not_used_up") {
        return;
    }
    // CKF_USER_PIN_FINAL_TRY among the flags of the token, which are a number in 8 octets of its file.
    let token = fs::read_dir(tokens()).unwrap().next().unwrap().unwrap().path().join("token.object");
    let mut octets = fs::read(&token).unwrap();
    let flags = |final_try: u8| [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, final_try, 4, 0x2D];
    let at = octets.windows(16).position(|window| *window == flags(0)).unwrap();
    octets[at..at + 16].copy_from_slice(&flags(2));
    fs::write(&token, octets).unwrap();
    let found = module().key(&named("client"), &pin()).err().unwrap();
    assert!(matches!(found, TokenError::PinFinalTry) && found.is_of_pin(), "{found}");
}

#[test]
fn a_token_that_was_away_signs_again_with_each_of_its_keys() {
    if !require(&[Tool::Softhsm, Tool::Openssl])
        || !again_with_token("a_token_that_was_away_signs_again_with_each_of_its_keys")
    {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request");
    let keys = [token_key("client"), token_key("second")];
    let tokens = tokens();
    for round in 0..2 {
        take_away(&tokens);
        for key in &keys {
            let error = key.certification_request().unwrap_err();
            assert!(error.to_string().contains("no token fits pkcs11:token=a%20token"), "{error}");
        }
        bring_back(&tokens);
        let until = Instant::now() + Duration::from_secs(300);
        for key in &keys {
            let request = loop {
                match key.certification_request() {
                    Ok(request) => break request,
                    Err(error) => assert!(Instant::now() < until, "round {round}: {error}"),
                }
                std::thread::sleep(Duration::from_millis(50));
            };
            // By this key and not by the other one.
            fs::write(&file, request).unwrap();
            let mut verify = Command::new(Tool::Openssl.path());
            verify.args(["req", "-verify", "-noout", "-inform", "DER", "-in"]).arg(&file);
            let said = String::from_utf8(run(&mut verify).stderr).unwrap();
            assert!(said.contains("verify OK"), "round {round}: {said}");
        }
    }
    // Another key under the same name is not taken for the one that was there.
    take_away(&tokens);
    keys[0].certification_request().unwrap_err();
    another_token();
    let until = Instant::now() + Duration::from_secs(300);
    let says = |words: &str| keys[0].certification_request().unwrap_err().to_string().contains(words);
    while !says("no private key that fits") {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(50));
    }
    token_key("client");
    while !says("another key now that fits") {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_token_that_is_gone_is_told_as_such_in_the_handshake() {
    struct Gone(ClientKey);
    impl SignerKey for Gone {
        fn kind(&self) -> KeyKind {
            KeyKind::P256
        }

        fn public_spki(&self) -> Vec<u8> {
            self.0.public_spki()
        }

        fn sign(&self, _: SignatureScheme, _: &[u8]) -> Result<Vec<u8>, KeyError> {
            Err(KeyError::Module("CKR_DEVICE_REMOVED".to_owned()))
        }
    }
    if !require(&[Tool::Openssl]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let inner = identity(&authority, &authority.client("client"));
    let gone = ClientKey::by_handle(Arc::new(Gone(inner.key.duplicate()))).unwrap();
    let server = authority.server(HOST);
    for version in ["-tls1_2", "-tls1_3"] {
        let server = SServer::start(&server.certificate, &server.key, &[version, "-Verify", "1"]);
        let gone = Identity {
            key: gone.duplicate(),
            chain: inner.chain.clone(),
            anchors: inner.anchors.clone(),
            ..inner
        };
        let client = Client::new(config(HOST, server.address.port()), &gone).unwrap();
        let error = client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO).unwrap_err();
        let ClientError::Tls { fault: TlsFault::OwnKey(why), .. } = &error else { panic!("{error}") };
        assert!(why.contains("CKR_DEVICE_REMOVED"), "{error}");
    }
}
