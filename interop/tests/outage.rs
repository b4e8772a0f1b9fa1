//! The server is away for a while: devices are read all the same, and what they said arrives later, once.
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use remote_services_interop::curl_client::CurlClient;
use remote_services_interop::ours::program;
use remote_services_interop::process::{run, run_ok};
use remote_services_interop::{Tool, require};
use virtual_printer::access::Guests;
use virtual_printer::fleet;

#[test]
fn what_is_read_while_the_server_is_away_arrives_when_it_is_back() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
    let fleet = runtime.block_on(fleet::start(Ipv4Addr::LOCALHOST.into(), 0, 1, &guests)).unwrap();
    let target = fleet.printers[0].printer.snmp.to_string();
    let mut world = CurlClient::unregistered();
    let (data, key) = (world.path("agent"), world.path("key"));
    fs::write(&key, world.server.registration_key(Duration::from_secs(600))).unwrap();
    run_ok(
        program("remote-services-agent").args(["register", "--data"]).arg(&data).arg("--key-file").arg(&key),
    );
    let agent = |words: &[&str]| {
        let mut command = program("remote-services-agent");
        command.args(["run", "--once", "--data"]).arg(&data).args(words);
        command
    };
    run_ok(&mut agent(&["-c", "public", &target]));
    assert_eq!(waiting(&data), 0);

    let away = world.server.go_away();
    let output = run(&mut agent(&["-c", "public", &target]));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("the server is away: payloads will wait in the spool"), "{told}");
    assert_eq!(waiting(&data), 2, "one report of the printer, one of the agent: {told}");

    world.server.come_back(&away);
    run_ok(&mut agent(&["--no-collect"]));
    assert_eq!(waiting(&data), 0);
    world.wait_for("/api/v1/uploads", |answer| {
        let uploads = answer.as_array()?;
        let opened = uploads.iter().filter(|upload| upload["state"] == "opened").count();
        (uploads.len() == 4 && opened == 4).then_some(())
    });
}

/// Sealed payloads that wait in the spool.
fn waiting(data: &Path) -> usize {
    let Ok(folder) = fs::read_dir(data.join("spool/pending")) else { return 0 };
    folder.flatten().filter(|file| file.path().extension().is_some_and(|it| it == "sealed")).count()
}
