//! The peers alone, so that a failure elsewhere can be told from a peer that does not work here.
use std::fs;
use std::process::Command;

use remote_services_collect::record::{Mode, parse};
use remote_services_interop::net_snmp::{self, V3};
use remote_services_interop::nginx::Nginx;
use remote_services_interop::pki::Authority;
use remote_services_interop::process::{run, run_ok};
use remote_services_interop::snmpd::{AUTH_PASSWORD, PRIVACY_PASSWORD, Snmpd};
use remote_services_interop::snmpsim::{self, Snmpsim};
use remote_services_interop::squid::Squid;
use remote_services_interop::{Tool, require};

#[test]
fn curl_uploads_to_nginx_through_squid_and_only_with_certificate_and_password() {
    if !require(&[Tool::Nginx, Tool::Squid, Tool::Htpasswd, Tool::Curl]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let nginx = Nginx::start(&authority, &authority.server("upload.test"));
    let squid = Squid::start("user", "pass", &["upload.test"]);
    let client = authority.client("client");
    let body = folder.path().join("body");
    fs::write(&body, b"sealed").unwrap();
    let curl = |proxy_password: &str, with_certificate: bool| {
        let mut curl = Command::new(Tool::Curl.path());
        curl.args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert"]).arg(authority.certificate());
        curl.args(["-x", &format!("http://user:{proxy_password}@{}", squid.address), "-T"]).arg(&body);
        if with_certificate {
            curl.arg("--cert").arg(&client.certificate).arg("--key").arg(&client.key);
        }
        curl.arg(format!("https://upload.test:{}/one", nginx.address.port()));
        curl
    };
    assert_eq!(run_ok(&mut curl("pass", true)), "201");
    assert_eq!(fs::read(nginx.store().join("one")).unwrap(), b"sealed");
    assert_eq!(run_ok(&mut curl("pass", false)), "400");
    assert!(!run(&mut curl("wrong", true)).status.success());
}

#[test]
fn snmpd_answers_every_user_that_it_was_given() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = Snmpd::start();
    for (user, auth) in [("sha256aes", "SHA-256"), ("sha1aes", "SHA")] {
        let user = V3 { user, auth: (auth, AUTH_PASSWORD), privacy: ("AES", PRIVACY_PASSWORD) };
        let mut get = net_snmp::command("snmpget");
        get.args(user.words()).arg(snmpd.address.to_string()).arg("1.3.6.1.2.1.1.4.0");
        let (answered, text) = net_snmp::ask(&mut get);
        assert!(answered && text.contains("operator@example.com"), "{text}");
    }
}

#[test]
fn snmpsim_serves_a_recording_over_v2c_and_v3() {
    if !require(&[Tool::Snmp, Tool::Snmpsim]) {
        return;
    }
    let text = b"1.3.6.1.2.1.1.5.0|4|printer\n1.3.6.1.2.1.1.1.0|4|A printer\n";
    let recording = parse(text, Mode::Strict).unwrap();
    let snmpsim = Snmpsim::serve(&[("first", &recording)]);
    let user = V3 {
        user: snmpsim::USER,
        auth: ("SHA", snmpsim::AUTH_PASSWORD),
        privacy: ("AES", snmpsim::PRIVACY_PASSWORD),
    };
    let v2c = ["-v2c", "-c", "first"].map(str::to_owned).to_vec();
    let v3 = [user.words(), ["-n", "first"].map(str::to_owned).to_vec()].concat();
    for credentials in [v2c, v3] {
        let mut walk = net_snmp::command("snmpbulkwalk");
        walk.args(credentials).arg(snmpsim.address.to_string()).arg("1.3.6.1.2.1");
        let (answered, text) = net_snmp::ask(&mut walk);
        assert!(answered, "{text}");
        // At the end it fills the answer with as many endOfMibView as were asked for.
        let objects = text.lines().filter(|line| !line.contains("No more variables")).count();
        assert_eq!(objects, recording.values.len(), "{text}");
    }
}
