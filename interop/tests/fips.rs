//! The agent with AWS-LC's FIPS module under everything that it signs, seals and encrypts; left out where the agent is built
//! without it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use remote_services_interop::ours::{SiteServer, VirtualPrinters, agent_says};
use remote_services_interop::snmpd::{AUTH_PASSWORD, PRIVACY_PASSWORD, Snmpd};
use remote_services_interop::{Tool, leave_out, require};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::usm::{EngineId, KeyCache, User};
use serde_json::{Value, json};

/// What the agent says of its cryptography.
fn crypto(words: &[&str]) -> Value {
    let said = agent_says(&[&["crypto", "--format", "json"], words].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    serde_json::from_str(&said.stdout).expect("JSON was asked for")
}

fn part<'a>(report: &'a Value, name: &str) -> &'a Value {
    report.as_array().unwrap().iter().find(|part| part["Part"] == name).unwrap()
}

/// Names of the algorithms that are used without being approved.
fn used_unapproved(part: &Value) -> Vec<&str> {
    let algorithms = part["Algorithms"].as_array().unwrap().iter();
    let used = algorithms.filter(|algorithm| algorithm["On"] == true && algorithm["Approved"] == false);
    used.map(|algorithm| algorithm["Name"].as_str().unwrap()).collect()
}

/// Whether the agent has the module.
fn agent_has_the_module() -> bool {
    let has = part(&crypto(&[]), "TLS")["FipsMode"] == true;
    if !has {
        leave_out("needs an agent with the feature fips, which is built with cmake, go, perl and g++");
    }
    has
}

#[test]
fn the_whole_road_goes_by_approved_services() {
    if !agent_has_the_module() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (server, data) = (SiteServer::start(&folder.path().join("server")), folder.path().join("agent"));
    fs::create_dir(&data).unwrap();
    let settings = "[tls]\nfips = true\n[payload]\nfips = true\n[actions]\ngetStatus = \"on\"\n";
    fs::write(data.join("agent.toml"), settings).unwrap();
    server.register(&data);
    let data = data.display().to_string();

    let report = crypto(&["--data", &data]);
    for name in ["TLS", "client's key", "payload"] {
        assert_eq!(
            (&part(&report, name)["Module"], &part(&report, name)["FipsMode"]),
            (&json!("AWS-LC"), &json!(true))
        );
        assert_eq!(used_unapproved(part(&report, name)), Vec::<&str>::new(), "{name}");
    }
    assert_eq!(part(&report, "payload")["Demand"], "approved services only");
    // Without the demand payloads stay such that openssl opens them.
    assert_eq!(
        used_unapproved(part(&crypto(&[]), "payload")),
        ["X9.63 KDF with SHA-256", "RSAES-OAEP with SHA-256"]
    );

    let printers = VirtualPrinters::start(&[]);
    let target = printers.target();
    let once = |words: &[&str]| {
        let said = agent_says(&[&["run", "--once", "--data", &data], words].concat());
        assert_eq!(said.code, Some(0), "{}", said.all());
        said
    };
    let said = once(&["-c", "public", &target]);
    let started = said.stderr.lines().find(|line| line.starts_with("cryptography: ")).unwrap();
    for words in
        ["TLS by AWS-LC ", "FIPS module", "client's key by AWS-LC, in FIPS mode", "payload by AWS-LC "]
    {
        assert!(started.contains(words), "{started}");
    }
    let uploads = server.operator.opened_uploads();
    assert!(uploads.len() >= 2 && uploads.iter().all(|upload| upload["state"] == "opened"), "{uploads:?}");
    for upload in &uploads {
        let digest = upload["digest"].as_str().unwrap();
        let file = folder.path().join("server/archive/sha-256").join(&digest[..2]).join(&digest[2..]);
        let sealed = fs::read(file).unwrap();
        let names = |scheme: &[u8]| sealed.windows(scheme.len()).any(|found| found == scheme);
        assert_eq!((names(HKDF_SHA_256), names(X963_SHA_256)), (true, false), "{upload}");
    }

    let device = &server.operator.devices()[0];
    let wish = json!({"client": device["clients"][0], "device": device["id"], "action": "getStatus"});
    let id = server.operator.post("commands", &wish)["id"].clone();
    once(&["--no-collect", "-c", "public"]);
    assert_eq!(server.operator.get(&format!("commands/{}", id.as_str().unwrap()))["state"], "succeeded");
}

/// A credentials file with the keys of this user, localised by another module for snmpd's engine.
fn imported(folder: &Path, user: &str, privacy: bool) -> PathBuf {
    let engine = EngineId::new(ENGINE).unwrap();
    let auth = Some((AuthProtocol::HmacSha256, AUTH_PASSWORD.as_bytes()));
    let private = privacy.then_some((PrivProtocol::Aes128, PRIVACY_PASSWORD.as_bytes()));
    let of_user = User::new(&rustcrypto(), &mut KeyCache::new(), user.as_bytes(), auth, private).unwrap();
    let keys = of_user.export_localized_keys(&rustcrypto(), engine).unwrap();
    let mut text = format!(
        "[[credentials]]\nuser = \"{user}\"\nauth-protocol = \"sha256\"\n[[credentials.keys]]\nengine-id = \"{}\"\n\
         auth-key = \"{}\"\n",
        hex(ENGINE),
        hex(keys.auth().unwrap().1.expose())
    );
    if let Some((_, key)) = keys.privacy() {
        writeln!(text, "priv-key = \"{}\"", hex(key.expose())).unwrap();
    }
    let path = folder.join(format!("{user}.toml"));
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn snmpd_is_read_by_the_module_with_imported_keys_and_what_is_not_approved_is_refused_unsent() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) || !agent_has_the_module() {
        return;
    }
    let report = crypto(&["--fips", "strict"]);
    assert_eq!(used_unapproved(part(&report, "SNMPv3")), Vec::<&str>::new());
    assert_eq!(part(&report, "SNMPv3")["Demand"], "strict");

    let snmpd = Snmpd::start_with(&format!("exactEngineID 0x{}\n", hex(ENGINE)));
    let folder = tempfile::tempdir().unwrap();
    let keys = |user, privacy| imported(folder.path(), user, privacy).display().to_string();
    let target = snmpd.address.to_string();
    let collect = |fips: &str, words: &[&str]| {
        agent_says(
            &[&["collect", "--retries", "4", "--format", "json", "--fips", fips, &target], words].concat(),
        )
    };
    let (authenticated, encrypted) = (keys("sha256only", false), keys("sha256aes", true));
    let read = [
        ("strict", vec!["--credentials", &authenticated]),
        // Passwords become keys, and AES-CFB encrypts: neither is approved, and this policy lets both.
        ("approved-auth", vec!["-u", "sha256aes", "-A", AUTH_PASSWORD, "-X", PRIVACY_PASSWORD]),
        ("approved-auth", vec!["--credentials", &encrypted]),
    ];
    for (policy, words) in read {
        let said = collect(policy, &words);
        assert_eq!(said.code, Some(0), "{policy} {words:?}: {}", said.stderr);
        let report: Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(report["Identity"]["Contact"], "operator@example.com", "{policy} {words:?}");
    }
    for (words, reason) in [
        (vec!["--credentials", &encrypted], "AES-128-CFB"),
        (vec!["-u", "sha256only", "-A", AUTH_PASSWORD], "password-to-key"),
    ] {
        let said = collect("strict", &words);
        let sentence = said.only_sentence(2);
        assert!(sentence.contains(reason) && sentence.contains("strict"), "{sentence}");
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// dhSinglePass-stdDH-hkdf-sha256-scheme and dhSinglePass-stdDH-sha256kdf-scheme, as they stand in DER.
const HKDF_SHA_256: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x13";
const X963_SHA_256: &[u8] = b"\x06\x06\x2b\x81\x04\x01\x0b\x01";
/// The engine ID that snmpd is given.
const ENGINE: &[u8] = b"\x80\0\x1f\x88\x04fips-engine";
