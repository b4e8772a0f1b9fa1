//! The virtual printer as programs that others wrote meet it: net-snmp, its trap receiver, a browser.
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use remote_services_interop::net_snmp::{self, V3};
use remote_services_interop::ours::{Running, VirtualPrinters, program};
use remote_services_interop::process::run_ok;
use remote_services_interop::snmptrapd::Snmptrapd;
use remote_services_interop::{Tool, require};
use remote_services_snmp::ber::Limits;
use remote_services_snmp::message::{CommunityMessage, Version};
use remote_services_snmp::oid;
use remote_services_snmp::pdu::{Pdu, PduKind, VarBind};

const USER: V3<'_> = V3 { user: "monitor", auth: ("SHA-256", "authpass12"), privacy: ("AES", "privpass12") };

/// Where the program says a service is.
fn place(stdout: &str, service: &str) -> Option<SocketAddr> {
    stdout.split_once(service)?.1.split([',', '\n']).next()?.trim().parse().ok()
}

fn start(words: &[&str]) -> (Running, String) {
    let mut command = program("virtual-printer");
    let mut running = Running::start(command.args(["--listen", "127.0.0.1:0"]).args(words));
    let said =
        running.wait_until("it runs", |stdout| stdout.contains("running; ").then(|| stdout.to_owned()));
    (running, said)
}

/// One action by the control.
fn act(control: SocketAddr, action: &str) {
    let mut stream = TcpStream::connect(control).expect("the control is there");
    let length = action.len();
    let head =
        "POST /printers/0/actions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json";
    write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{action}").expect("the control is there");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the control is there");
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
}

#[test]
fn net_snmp_reads_and_writes_it_in_every_version() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let words = ["--model", "xerox", "--write-community", "private", "--user", "monitor"];
    let keys = ["--auth-password", "authpass12", "--priv-password", "privpass12"];
    let (_printer, said) = start(&[&words[..], &keys].concat());
    let address = place(&said, "SNMP on ").unwrap().to_string();
    let v3 = USER.words();
    let v3: Vec<&str> = v3.iter().map(String::as_str).collect();
    let mut counted = Vec::new();
    for (walk, version) in [
        ("snmpwalk", &["-v1", "-c", "public"][..]),
        ("snmpbulkwalk", &["-v2c", "-c", "public"]),
        ("snmpbulkwalk", &v3),
    ] {
        let (done, text) =
            net_snmp::ask(net_snmp::command(walk).args(version).args([&address, "1.3.6.1.2.1.43"]));
        assert!(done, "{text}");
        assert!(text.contains("\"EHQ100000\""), "{text}");
        counted.push(text.lines().filter(|line| line.starts_with(".1.3.6.1.2.1.43")).count());
    }
    assert!(counted[0] > 150 && counted.iter().all(|count| *count == counted[0]), "{counted:?}");
    for (version, name) in [(&["-v2c", "-c", "private"][..], "front desk"), (&v3, "back office")] {
        let set = ["1.3.6.1.2.1.1.5.0", "s", name];
        let (done, text) = net_snmp::ask(net_snmp::command("snmpset").args(version).arg(&address).args(set));
        assert!(done && text.contains(name), "{text}");
    }
    let refused = ["1.3.6.1.2.1.43.10.2.1.4.1.1", "i", "1"];
    let (done, text) = net_snmp::ask(
        net_snmp::command("snmpset").args(["-v2c", "-c", "private"]).arg(&address).args(refused),
    );
    assert!(!done && text.contains("notWritable"), "{text}");
}

#[test]
fn snmptrapd_is_told_of_alerts_in_every_version() {
    if !require(&[Tool::Snmp, Tool::Snmptrapd]) {
        return;
    }
    let mut receiver = Snmptrapd::start();
    let to = receiver.address;
    let receivers =
        [format!("1@{to}"), format!("2c@{to}"), format!("inform:2c@{to}"), format!("inform:3@{to}")];
    let mut words = vec![
        "--model",
        "xerox",
        "--control",
        "127.0.0.1:0",
        "--user",
        remote_services_interop::snmptrapd::USER,
    ];
    words.extend(["--auth-password", remote_services_interop::snmpd::AUTH_PASSWORD]);
    words.extend(["--priv-password", remote_services_interop::snmpd::PRIVACY_PASSWORD]);
    for receiver in &receivers {
        words.extend(["--notify", receiver]);
    }
    let (_printer, said) = start(&words);
    act(place(&said, "control on http://").unwrap(), r#"{"do": "openCover", "index": 1}"#);
    let log = receiver.log(4);
    // prtAlertCode coverOpen(3) of alert 1, and the notification itself in the form of each version.
    assert_eq!(log.matches(".1.3.6.1.2.1.43.18.1.1.7.1.1").count(), 4, "{log}");
    assert!(log.matches(".1.3.6.1.2.1.43.18.2").count() >= 4, "{log}");
}

#[test]
fn a_browser_shows_the_page_and_nothing_that_a_job_brought_is_markup() {
    if !require(&[Tool::Chromium]) {
        return;
    }
    let (mut printer, said) = start(&["--model", "kyocera", "--web", "0", "--condition", "low-toner"]);
    let mut raw = TcpStream::connect(place(&said, "print jobs on ").unwrap()).unwrap();
    raw.write_all(b"\x1b%-12345X@PJL JOB NAME=\"<img src=x onerror=document.title='owned'>\"\r\n@PJL SET USERNAME=\"jane & co\"\r\n\
        @PJL ENTER LANGUAGE=PCL\r\none\x0Ctwo\x0C\x1b%-12345X").unwrap();
    drop(raw);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://{}/", place(&said, "a page on http://").unwrap());
    let browse = |words: &[&str]| {
        let mut browser = Command::new(Tool::Chromium.path());
        browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
        browser.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
        run_ok(browser.args(words))
    };
    let page = printer.wait_until("the job is on the page", |_| {
        let page = browse(&["--dump-dom", &url]);
        page.contains("jane &amp; co").then_some(page)
    });
    for text in ["KYOCERA ECOSYS M5526cdw", "VR91000001", "Black toner is low", "11281", "&lt;img src=x"] {
        assert!(page.contains(text), "{text} is missing in\n{page}");
    }
    assert!(!page.contains("<img") && page.contains("<title>KYOCERA"), "{page}");
    let picture = folder.path().join("page.png");
    browse(&["--window-size=1000,1400", &format!("--screenshot={}", picture.display()), &url]);
    assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    if let Some(keep) = std::env::var_os("KEEP_SCREENSHOT") {
        fs::copy(&picture, keep).unwrap();
    }
}

#[test]
fn two_thousand_printers_in_one_process_all_answer_as_themselves() {
    let (printer, said) = {
        let mut command = program("virtual-printer");
        command.args([
            "--listen",
            "127.20.0.1:16161",
            "--fleet",
            "2000",
            "--addresses",
            "--raw",
            "off",
            "--speaks",
            "2c",
        ]);
        let mut running = Running::start(&mut command);
        let said =
            running.wait_until("they run", |stdout| stdout.contains("running; ").then(|| stdout.to_owned()));
        (running, said)
    };
    let announced = said.lines().filter_map(|line| {
        let (who, rest) = line.split_once(": SNMP on ")?;
        let serial = who.split_whitespace().last()?.to_owned();
        Some((serial, rest.split(',').next()?.trim().parse::<SocketAddr>().ok()?))
    });
    let announced: Vec<_> = announced.collect();
    assert_eq!(announced.len(), 2000);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut buffer = [0; 2048];
    for (serial, address) in &announced {
        // The column, since the printer's hrDeviceIndex differs.
        let name = VarBind::unspecified(oid!("1.3.6.1.2.1.43.5.1.1.17"));
        let request =
            CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::GetNext, 1, vec![name]));
        let answered = (0..5).find_map(|_| {
            socket.send_to(&request.to_bytes(), address).unwrap();
            let (length, from) = socket.recv_from(&mut buffer).ok()?;
            (from == *address)
                .then(|| CommunityMessage::from_bytes(&buffer[..length], &Limits::default()).unwrap())
        });
        let answered = format!("{:?}", answered.expect("each answers").pdu);
        let told = answered.contains(&format!("{serial:?}")) || !answered.contains("43.5.1.1.17");
        let octets: Vec<String> = serial.bytes().map(|octet| octet.to_string()).collect();
        assert!(told || answered.contains(&octets.join(", ")), "{serial}: {answered}");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", printer.id())).unwrap_or_default();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
    let resident = resident.expect("Linux tells the memory of a process");
    println!("2000 printers: {resident} KiB resident, {} KiB each", resident / 2000);
    assert!(resident < 2000 * 64, "{resident} KiB");
}

#[test]
fn a_fleet_of_the_program_is_found_by_the_agent() {
    let fleet = VirtualPrinters::start(&["--fleet", "14"]);
    let mut agent = program("remote-services-agent");
    let found = run_ok(agent.args([
        "discover",
        "--format",
        "json",
        "--retries",
        "5",
        "-c",
        "public",
        &fleet.target(),
    ]));
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found.as_array().map(Vec::len), Some(14), "{found}");
}

#[test]
fn its_secrets_are_in_a_file_and_whoever_puts_them_on_the_command_line_is_told() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("secrets.toml");
    let secrets = "community = \"medlar\"\nauth-password = \"authpass12\"\npriv-password = \"privpass12\"\n";
    fs::write(&file, secrets).expect("the folder is ours");
    let in_file = ["--user", "monitor", "--secrets", file.to_str().expect("a name")];
    let (quiet, said) = start(&in_file);
    let address = place(&said, "SNMP on ").expect("it says where it is").to_string();
    let v3 = USER.words();
    let v3: Vec<&str> = v3.iter().map(String::as_str).collect();
    for (credentials, answers) in
        [(&["-v2c", "-c", "medlar"][..], true), (&["-v2c", "-c", "public"], false), (&v3, true)]
    {
        let ask = ["-r", "0", "-t", "1", &address, "1.3.6.1.2.1.1.1.0"];
        let (done, text) = net_snmp::ask(net_snmp::command("snmpget").args(credentials).args(ask));
        assert_eq!(done, answers, "{credentials:?}: {text}");
    }
    assert_eq!(quiet.stderr(), "");

    let on_the_line = ["--user", "monitor", "--community", "medlar", "--auth-password", "authpass12"];
    let (told, _) = start(&on_the_line);
    let told = told.stderr();
    assert_eq!(told.lines().count(), 2, "{told}");
    for option in ["--community", "--auth-password"] {
        assert!(told.contains(&format!("warning: {option} is on the command line, ")), "{told}");
    }
    assert!(!told.contains("medlar") && !told.contains("authpass12"), "{told}");
}
