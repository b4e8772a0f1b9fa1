//! What an administrator reads when something is wrong: one clear sentence, and the exit code that `--help` promises.
//! Credentials and hosts that refuse are in `agent.rs`; what goes wrong while a disk is full in `full_disk.rs`.
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use remote_services_interop::leave_out;
use remote_services_interop::ours::{Running, Said, SiteServer, VirtualPrinters, agent, agent_says};
use remote_services_interop::process::{free_tcp_port, free_udp_port};
use serde_json::json;

/// Impatient, since nobody will answer.
const QUICK: [&str; 4] = ["--timeout", "0.1", "--retries", "0"];

#[test]
fn targets_that_cannot_be_used_are_named() {
    for (target, code, words) in [
        ("192.0.2.0/33", 2, "target \"192.0.2.0/33\" at character 1"),
        ("192.0.2.300", 2, "this is no IP address"),
        ("192.0.2.9-3", 2, "the range ends before it begins"),
        ("192.0.2.1:70000", 2, "ports are 1 to 65535"),
        ("2001:db8::/64", 2, "more than 1048576 targets"),
        ("nowhere.invalid", 3, "the name nowhere.invalid cannot be resolved"),
    ] {
        for command in ["discover", "collect"] {
            let said = agent_says(&[&[command, target], &QUICK[..]].concat());
            assert!(said.only_sentence(code).contains(words), "{command} {target}: {}", said.stderr);
        }
    }
    let said = agent_says(&["discover", "192.0.2.0/30", "--exclude", "192.0.2.0/24"]);
    assert!(said.only_sentence(2).contains("no target is left"), "{}", said.stderr);
    let said = agent_says(&["collect", "192.0.2.0/24", "--format", "xml"]);
    assert!(said.only_sentence(2).contains("about one device"), "{}", said.stderr);
}

#[test]
fn hosts_that_do_not_answer_are_counted_in_one_sentence() {
    let dead = [free_udp_port(), free_udp_port()].map(|port| format!("127.0.0.1:{port}"));
    let said = agent_says(&[&["discover", &dead[0], &dead[1]], &QUICK[..]].concat());
    assert_eq!(said.only_sentence(3), "none of 2 hosts answers SNMP with these credentials");
    // An address nobody has, beyond any route: the same to the person who asks.
    let said = agent_says(&[&["collect", &dead[0]], &QUICK[..]].concat());
    let sentence = said.only_sentence(3);
    assert!(sentence.starts_with(&format!("{} does not answer: ", dead[0])), "{sentence}");
}

#[test]
fn no_network_is_not_told_as_a_silent_host() {
    let without_network = |words: &[&str]| {
        let mut command = Command::new("unshare");
        command.arg("--net").arg(agent(&[]).get_program()).args(words).args(QUICK);
        Running::start(&mut command).end()
    };
    let said = without_network(&["collect", "192.0.2.7"]);
    if said.stderr.starts_with("unshare") {
        leave_out("needs the right to make a network of its own");
        return;
    }
    let sentence = said.only_sentence(3);
    assert!(sentence.starts_with("192.0.2.7:161 cannot be reached from this machine: "), "{sentence}");
    let said = without_network(&["discover", "192.0.2.0/29"]);
    let sentence = said.only_sentence(3);
    assert!(sentence.starts_with("none of 6 hosts can be reached from this machine: "), "{sentence}");

    // The demo needs nothing but loopback, and where even that is missing says so in its own way.
    let scratch = tempfile::tempdir().unwrap();
    let mut demo = Command::new("unshare");
    demo.arg("--net").arg(agent(&[]).get_program()).args(["demo", "--printers", "1"]);
    let said = Running::start(demo.env("TMPDIR", scratch.path())).end();
    assert!(said.sentence(1).starts_with("step 4, register"), "{}", said.all());
}

#[test]
fn a_host_that_sends_garbage_or_refuses_is_told_from_a_silent_one() {
    let garbage = babbler();
    let said = agent_says(&[&["discover", &garbage.to_string()], &QUICK[..]].concat());
    let sentence = said.only_sentence(1);
    assert!(sentence.starts_with(&format!("{garbage}: the host answers, but not with SNMP")), "{sentence}");

    let words = ["--user", "monitor", "--auth-password", "authpass12", "--priv-password", "privpass12"];
    let printers = VirtualPrinters::start(&[&["--speaks", "3"], &words[..]].concat());
    let address = printers.addresses[0].to_string();
    let ask = |auth: &str, privacy: Option<&str>| {
        let mut line =
            vec!["collect", &address, "--timeout", "2", "--user", "monitor", "--auth-password", auth];
        line.extend(privacy.map(|password| ["--priv-password", password]).into_iter().flatten());
        agent_says(&line)
    };
    for (said, words) in [
        (ask("not the password", Some("privpass12")), "authentication password"),
        (ask("authpass12", Some("not the password")), "privacy password"),
        (ask("authpass12", None), "security level"),
    ] {
        let sentence = said.only_sentence(4);
        assert!(sentence.starts_with(&address) && sentence.contains(words), "{sentence}");
        assert!(!sentence.contains("pass12") && !sentence.contains("not the password"), "{sentence}");
    }
    // Two that refuse are one sentence, too.
    let said =
        agent_says(&[&["discover", &address, &garbage.to_string(), "-u", "nobody"], &QUICK[..]].concat());
    assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    assert!(said.stderr.contains("1 more"), "{}", said.stderr);
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_line_and_never_with_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snmp.toml");
    let path = file.to_str().unwrap();
    let secret = "hunter2hunter2";
    for (text, words) in [
        (format!("[[credentials]]\nuser = \"x\"\nauth-password = {secret}\n"), "line 3"),
        (format!("[[credentials]]\nuser = \"x\"\npassword = \"{secret}\"\n"), "line 3"),
        (format!("[[credentials]]\nversions = [\"4\"]\ncommunities = [\"{secret}\"]\n"), "line 2"),
        (format!("[[credentials]]\nauth-password = \"{secret}\"\n"), "--user"),
        ("credentials = []\n".to_owned(), "holds no [[credentials]]"),
    ] {
        fs::write(&file, text).unwrap();
        let said = agent_says(&["collect", "192.0.2.1", "--credentials", path]);
        let sentence = said.only_sentence(2);
        assert!(sentence.contains(path) && sentence.contains(words), "{sentence}");
        assert!(!sentence.contains(secret), "{sentence}");
    }
    let said = agent_says(&["collect", "192.0.2.1", "--user", "x", "-A", "short", "-X", secret]);
    assert!(!said.only_sentence(2).contains("short\""), "{}", said.stderr);
    let said = agent_says(&["collect", "192.0.2.1", "--credentials", "/no/such/file"]);
    assert!(said.only_sentence(2).contains("/no/such/file"), "{}", said.stderr);

    let settings = folder.path().join("agent.toml");
    let data = folder.path().to_str().unwrap();
    for (text, words) in [
        ("site-name = \"x\"\nmode = \"open\"\n".to_owned(), "line 2"),
        (format!("proxy = \"https://me:{secret}@proxy:1\"\n"), "a proxy is given as"),
        ("[actions]\nrestart = \"perhaps\"\n".to_owned(), "must be"),
    ] {
        fs::write(&settings, text).unwrap();
        let said = agent_says(&["run", "--once", "--data", data, "192.0.2.1"]);
        let sentence = said.only_sentence(2);
        assert!(sentence.contains("agent.toml") && sentence.contains(words), "{sentence}");
        assert!(!sentence.contains(secret), "{sentence}");
    }
}

#[test]
fn a_registration_key_that_is_mistyped_used_expired_or_for_another_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let other = SiteServer::start(&folder.path().join("other"));
    let key = read(&server.key_file(folder.path()));
    let others = read(&other.key_file(folder.path()));

    let (address, secrets) = key.split_once("/#").unwrap();
    let (one_time, pin) = secrets.split_once('.').unwrap();
    let turned = if one_time.starts_with('0') { '1' } else { '0' };
    let mistyped = format!("{address}/#{turned}{}.{pin}", &one_time[1..]);
    let said = register(folder.path(), "mistyped", &mistyped);
    assert!(said.only_sentence(2).contains("mistyped"), "{}", said.stderr);
    let said = register(folder.path(), "cut", &key[..key.len() / 2]);
    assert!(said.only_sentence(2).contains("key"), "{}", said.stderr);

    let other_pin = others.rsplit_once('.').unwrap().1;
    let said = register(folder.path(), "pin", &format!("{address}/#{one_time}.{other_pin}"));
    assert!(said.only_sentence(4).contains("trust anchor is not the one"), "{}", said.stderr);

    let said = register(folder.path(), "first", &key);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let said = register(folder.path(), "second", &key);
    assert!(said.only_sentence(4).contains("used"), "{}", said.stderr);
    let said = register(folder.path(), "first", &key);
    assert!(said.only_sentence(2).contains("--replace"), "{}", said.stderr);

    let made = server.operator.post("registration-keys", &json!({"ttlSeconds": 1}));
    let since = SystemTime::now();
    while since.elapsed().unwrap() < Duration::from_millis(1_200) {
        thread::yield_now();
    }
    let said = register(folder.path(), "expired", made["registrationKey"].as_str().unwrap());
    assert!(said.only_sentence(4).contains("expired"), "{}", said.stderr);
    for said in [&mistyped, one_time] {
        for log in ["first/audit.log", "first/exchanges.log"] {
            assert!(!fs::read_to_string(folder.path().join(log)).unwrap().contains(said), "{log}");
        }
    }
}

#[test]
fn a_server_that_is_not_there_and_a_proxy_that_refuses_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let key = read(&server.key_file(folder.path()));
    let (_, secrets) = key.split_once("/#").unwrap();

    let nobody = format!("https://127.0.0.1:{}/#{secrets}", free_tcp_port());
    let said = register(folder.path(), "nobody", &nobody);
    assert!(said.only_sentence(3).contains("refuses the connection"), "{}", said.stderr);
    let said = register(folder.path(), "nowhere", &format!("https://nowhere.invalid/#{secrets}"));
    assert!(said.only_sentence(3).contains("nowhere.invalid cannot be resolved"), "{}", said.stderr);
    let plain = listener(b"HTTP/1.1 200 OK\r\n\r\n");
    let said = register(folder.path(), "plain", &format!("https://{plain}/#{secrets}"));
    assert!(said.only_sentence(1).contains("TLS"), "{}", said.stderr);

    for (name, answer, words, code) in [
        (
            "407",
            &b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"[..],
            "status 407",
            4,
        ),
        ("403", b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "status 403", 1),
        ("garbage", b"This is no HTTP\r\n\r\n", "sent a bad answer", 1),
    ] {
        let proxy = listener(answer);
        set_proxy(&folder.path().join(name), &format!("http://me:hunter2hunter2@{proxy}"));
        let said = register(folder.path(), name, &key);
        let sentence = said.only_sentence(code);
        assert!(sentence.contains(words) && sentence.contains(&proxy.to_string()), "{sentence}");
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }
    set_proxy(&folder.path().join("gone"), &format!("http://127.0.0.1:{}", free_tcp_port()));
    let said = register(folder.path(), "gone", &key);
    assert!(said.only_sentence(3).contains("refuses the connection"), "{}", said.stderr);
}

#[test]
fn a_data_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let data = folder.path().join("agent");
    let run = |data: &Path| agent_says(&["run", "--once", "--no-collect", "--data", data.to_str().unwrap()]);

    let said = run(&folder.path().join("fresh"));
    assert!(said.only_sentence(2).contains("register this agent first"), "{}", said.stderr);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let said = run(&file.join("data"));
    assert!(said.only_sentence(1).contains("cannot make the data folder"), "{}", said.stderr);

    server.register(&data);
    assert_eq!(run(&data).code, Some(0));
    let mut first = Running::start(&mut agent(&["run", "--no-collect", "--data", data.to_str().unwrap()]));
    first.wait_until("the first agent holds the folder", |_| {
        let lock = fs::File::open(data.join("lock")).ok()?;
        lock.try_lock().is_err().then_some(())
    });
    let said = run(&data);
    assert!(said.only_sentence(1).contains("another agent is at work"), "{}", said.stderr);
    first.signal("TERM");
    assert_eq!(first.end().code, Some(0), "who stops a service has not failed");

    let devices = data.join("state/devices.json");
    let whole = fs::read(&devices);
    fs::write(&devices, "{\"sequence\": 4, \"dev").unwrap();
    let said = run(&data);
    let sentence = said.only_sentence(1);
    assert!(sentence.contains("devices.json") && sentence.contains("backup"), "{sentence}");
    match whole {
        Ok(whole) => fs::write(&devices, whole).unwrap(),
        Err(_) => fs::remove_file(&devices).unwrap(),
    }
    let audit = data.join("audit.log");
    let mut lines = fs::read(&audit).unwrap();
    lines[100] ^= 1;
    fs::write(&audit, lines).unwrap();
    let said = run(&data);
    assert!(said.only_sentence(1).contains("audit.log"), "{}", said.stderr);
}

#[test]
fn a_server_that_took_its_trust_away_is_told_with_4() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let data = folder.path().join("agent");
    server.register(&data);
    server.operator.revoke_all_clients();
    let said = agent_says(&["run", "--once", "--no-collect", "--data", data.to_str().unwrap()]);
    let sentence = said.only_sentence(4);
    assert!(sentence.contains("revoked") || sentence.contains("certificate"), "{sentence}");
}

fn register(folder: &Path, name: &str, key: &str) -> Said {
    let data = folder.join(name);
    let file = folder.join(format!("{name}.key"));
    fs::write(&file, key).expect("the test's own folder");
    let said = agent_says(&[
        "register",
        "--data",
        data.to_str().expect("a plain path"),
        "--key-file",
        file.to_str().expect("a plain path"),
    ]);
    // Whatever happened, the one-time key is not repeated.
    if let Some((_, secrets)) = key.split_once("/#") {
        let one_time = secrets.split('.').next().expect("split gives one");
        assert!(!said.all().contains(one_time), "{}", said.all());
    }
    said
}

fn set_proxy(data: &Path, proxy: &str) {
    fs::create_dir(data).expect("the test's own folder");
    fs::write(data.join("agent.toml"), format!("proxy = \"{proxy}\"\n")).expect("the test's own folder");
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("it was just made").trim().to_owned()
}

/// A UDP port that answers everything with something that is no SNMP.
fn babbler() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = socket.local_addr().expect("a bound socket has an address");
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((_, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(b"220 welcome\r\n", from);
        }
    });
    address
}

/// A TCP port that reads something and answers this.
fn listener(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 1500]);
            let _ = stream.write_all(answer);
        }
    });
    address
}
