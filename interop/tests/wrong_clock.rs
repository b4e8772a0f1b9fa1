//! A host whose clock is months ahead: what the server issues and judges is renewed by the server's clock.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::time::{Duration, SystemTime};

use remote_services_core::time::Timestamp;
use remote_services_interop::clock::Clock;
use remote_services_interop::ours::program;
use remote_services_interop::process::{run, run_ok};
use remote_services_interop::server::OurServer;
use remote_services_interop::{Tool, require};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_certificate_is_not_renewed_at_each_start_by_a_clock_that_is_months_ahead() {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let server = OurServer::start();
    let (data, key) = (server.folder().join("agent"), server.folder().join("key"));
    fs::write(&key, server.registration_key(HOUR)).unwrap();
    let agent = || program("remote-services-agent");
    run_ok(agent().args(["register", "--data"]).arg(&data).arg("--key-file").arg(&key));
    let certificate = || fs::read_to_string(data.join("identity/client.pem")).unwrap();
    let first = certificate();
    // Its life is 90 days.
    let ahead = Timestamp::from_system_time(SystemTime::now()).plus(75 * 24 * HOUR + HOUR);
    let clock = Clock::new(server.folder(), ahead);
    for start in 1..=3 {
        let mut round = agent();
        let round = clock.set(round.args(["run", "--once", "--no-collect", "--data"]).arg(&data));
        let told = String::from_utf8(run(round).stderr).unwrap();
        assert!(told.contains("this host's clock is 75 d") && !told.contains("renewed"), "{start}: {told}");
        assert!(certificate() == first, "{start}: {told}");
    }
}
