//! `run` takes the same scope as `discover`: networks with credentials of their own, exclusions, sources; and follows a
//! device to another address.
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use remote_services_interop::ours::{Running, Site, VirtualPrinters, agent, agent_says, play};
use remote_services_interop::process::free_udp_port;
use serde_json::Value;

/// A printer on an address of loopback.
fn printer(place: &str, community: &str, serial: &str, folder: &Path) -> Running {
    let lines = [
        "1.3.6.1.2.1.1.1.0|4|Laser",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1347.41",
        "1.3.6.1.2.1.1.3.0|67|4711",
        "1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5",
        "1.3.6.1.2.1.25.3.2.1.3.1|4|ECOSYS P2040dw",
        "1.3.6.1.2.1.43.5.1.1.1.1|65|0",
        &format!("1.3.6.1.2.1.43.5.1.1.17.1|4|{serial}"),
    ];
    play(&(lines.join("\n") + "\n"), place, community, folder)
}

#[test]
fn run_reads_networks_with_their_own_credentials_but_for_what_is_excluded() {
    let site = Site::start();
    let port = free_udp_port();
    let place = |last: u8| format!("127.79.0.{last}:{port}");
    let _printers = [
        printer(&place(2), "public", "AAA111", site.folder()),
        printer(&place(3), "public", "BBB222", site.folder()),
        printer(&place(4), "lab", "CCC333", site.folder()),
    ];
    let networks = site.folder().join("networks.toml");
    let table = format!(
        "[[network]]\nname = \"lab\"\ntargets = [\"127.79.0.4-5:{port}\"]\nlowest-version = \"2c\"\n\
         [[network.credentials]]\ncommunities = [\"lab\"]\n"
    );
    fs::write(&networks, table).unwrap();
    let networks = networks.display().to_string();
    let said = site.run(&[
        &format!("127.79.0.2-3:{port}"),
        "--exclude",
        &place(3),
        "--networks",
        &networks,
        "-c",
        "public",
    ]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    assert_eq!(site.addresses(), [place(2), place(4)]);

    // Nothing below the lowest version is sent, so a policy without credentials is a mistake told at once.
    let said = site.run(&[&place(2), "--lowest-version", "3"]);
    assert_eq!(said.code, Some(2), "{}", said.all());
    let list = site.folder().join("addresses.txt");
    fs::write(&list, format!("# second floor\n{}\n", place(3))).unwrap();
    let said = site.run(&["--file", &list.display().to_string(), "-c", "public"]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    assert_eq!(site.devices().len(), 3);
}

#[test]
fn a_device_that_has_moved_is_the_same_device_at_its_new_address() {
    let site = Site::start();
    let port = free_udp_port();
    let range = format!("127.79.1.2-4:{port}");
    let place = |last: u8| format!("127.79.1.{last}:{port}");
    let printers = [
        printer(&place(2), "public", "MOVES01", site.folder()),
        printer(&place(3), "public", "STAYS02", site.folder()),
    ];
    assert_eq!(site.run(&[&range]).code, Some(0));
    let before = site.devices();
    let [moves, _stays] = printers;
    drop(moves);
    let _moved = printer(&place(4), "public", "MOVES01", site.folder());
    assert_eq!(site.run(&[&range]).code, Some(0));
    let after = site.devices();
    let keys = |devices: &[(String, String)]| {
        let mut keys: Vec<String> = devices.iter().map(|(_, key)| key.clone()).collect();
        keys.sort();
        keys
    };
    assert_eq!((before.len(), keys(&before)), (2, keys(&after)));
    assert_eq!(after.iter().map(|(address, _)| address.clone()).collect::<Vec<_>>(), [place(3), place(4)]);
}

#[test]
fn between_discoveries_only_what_moves_is_read_and_a_device_that_moved_is_searched_at_once() {
    let site = Site::start();
    let port = free_udp_port();
    let (range, place) = (format!("127.79.2.2-4:{port}"), |last: u8| format!("127.79.2.{last}:{port}"));
    let moves = printer(&place(2), "public", "MOVES01", site.folder());
    let _stays = printer(&place(3), "public", "STAYS02", site.folder());
    let path = site.data().display().to_string();
    let words =
        ["run", "--data", &path, "--timeout", "0.3", "--every", "1", "--discover-every", "3600", &range];
    let running = Running::start(&mut agent(&words));
    let told = |sentence: &str| {
        let until = Instant::now() + Duration::from_secs(60);
        while !running.stderr().contains(sentence) {
            assert!(Instant::now() < until, "{sentence}: {}", running.stderr());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    told("2 devices read, 2 of them as a whole");
    told("2 devices read, 0 of them as a whole");
    assert!(!running.stderr().contains("searching"));
    drop(moves);
    let _moved = printer(&place(4), "public", "MOVES01", site.folder());
    told("a device is not where it was: searching");
    told("2 devices read, 1 of them as a whole");
    assert_eq!(site.addresses(), [place(3), place(4)]);
}

#[test]
fn collect_reads_many_and_says_all_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_udp_port();
    let place = |last: u8| format!("127.79.3.{last}:{port}");
    let _printers = ["ONE001", "TWO002", "NOT003"]
        .iter()
        .zip(2..)
        .map(|(serial, last)| printer(&place(last), "public", serial, folder.path()))
        .collect::<Vec<_>>();
    let range = format!("127.79.3.2-6:{port}");
    let said =
        agent_says(&["collect", &range, "--exclude", &place(4), "--timeout", "0.3", "--format", "json"]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    let reports: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
    let mut serials: Vec<&str> = reports.iter().filter_map(|report| serial_of(report)).collect();
    serials.sort_unstable();
    assert_eq!(serials, ["ONE001", "TWO002"]);
    assert!(said.stderr.contains("2 of 2 printers read"), "{}", said.stderr);

    let said = agent_says(&["collect", &place(2), &place(3), "--timeout", "0.3"]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    for part in [&place(2), "ONE001", &place(3), "TWO002"] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    assert_eq!(agent_says(&["collect", &place(2), &place(3), "--format", "xml"]).code, Some(2));
    assert_eq!(agent_says(&["collect", &format!("127.79.3.5-6:{port}"), "--timeout", "0.1"]).code, Some(3));
}

#[test]
fn collect_shows_the_jobs_of_a_device_that_keeps_them_and_says_so_of_one_that_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_udp_port();
    let (keeps, none) = (format!("127.79.4.2:{port}"), format!("127.79.4.3:{port}"));
    let jobs = "\
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1347.41
1.3.6.1.2.1.1.3.0|67|10000000
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.4.1.2699.1.1.1.3.1.1.2.1.17|2|9
1.3.6.1.4.1.2699.1.1.1.3.1.1.3.1.17|2|524288
1.3.6.1.4.1.2699.1.1.1.3.1.1.8.1.17|2|12
1.3.6.1.4.1.2699.1.1.1.3.1.1.9.1.17|4|roberta
1.3.6.1.4.1.2699.1.1.1.3.1.1.2.1.18|2|5
1.3.6.1.4.1.2699.1.1.1.4.1.1.4.1.17.23.1|4|Report
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.17.194.1|2|99990
";
    let _printers =
        [play(jobs, &keeps, "public", folder.path()), printer(&none, "public", "NOJOBS1", folder.path())];
    let shown = |place: &str, words: &[&str]| {
        let said = agent_says(&[&["collect", place, "--jobs", "--timeout", "0.5"], words].concat());
        assert_eq!(said.code, Some(0), "{}", said.all());
        said
    };
    for version in ["1", "2c"] {
        let json: Value =
            serde_json::from_str(&shown(&keeps, &["--format", "json", "--snmp-version", version]).stdout)
                .unwrap();
        let [job] = &json["Job"].as_array().unwrap()[..] else { panic!("the one that has ended: {json}") };
        assert_eq!((&job["JobId"], &job["Owner"]), (&"1.17".into(), &"roberta".into()), "{json}");
        assert_eq!(job["Result"]["Impressions"], 12, "{json}");
        let said = shown(&none, &["--format", "json", "--snmp-version", version]);
        assert!(said.stderr.contains("keeps no jobs"), "{}", said.all());
        assert!(said.stdout.contains("notSupported") && !said.stdout.contains("roberta"), "{}", said.all());
    }
    let table = shown(&keeps, &[]).stdout;
    let line = table.lines().find(|line| line.contains("1.17")).unwrap_or_else(|| panic!("{table}"));
    assert!(["roberta", "Report", "12"].iter().all(|word| line.contains(word)), "{table}");
    assert!(shown(&keeps, &["--format", "xml"]).stdout.contains("<JobAccounting"));
    assert_eq!(agent_says(&["collect", &keeps, &none, "--jobs"]).code, Some(2), "one device");
}

#[test]
fn a_printer_that_answers_more_than_it_was_asked_is_read_as_one_that_does_not() {
    let collect = |fault: &[&str], version: &str| {
        let words = ["--model", "xerox"];
        let printer = VirtualPrinters::start(&[&words[..], fault].concat());
        let address = printer.addresses[0].to_string();
        let said =
            agent_says(&["collect", &address, "--format", "json", "--snmp-version", version, "-c", "public"]);
        assert_eq!(said.code, Some(0), "{}", said.all());
        assert!(!said.stdout.contains("271828"), "what nobody asked for is in no report");
        let report: Value = serde_json::from_str(&said.stdout).unwrap();
        ["Identity", "Properties", "Counters", "Supplies"].map(|kind| {
            let mut document = report[kind].clone();
            document["Header"]["ReadAt"].take();
            document
        })
    };
    for version in ["2c", "1"] {
        let whole = collect(&[], version);
        assert!(whole[3]["Supply"].as_array().is_some_and(|supplies| supplies.len() > 4), "{}", whole[3]);
        for (document, other) in whole.iter().zip(collect(&["--fault", "surplus=1"], version)) {
            assert_eq!(*document, other, "by version {version}");
        }
    }
}

/// SerialNumber, wherever in a report it stands.
fn serial_of(report: &Value) -> Option<&str> {
    match report {
        Value::Object(members) => members.iter().find_map(|(name, value)| match value.as_str() {
            Some(serial) if name == "SerialNumber" => Some(serial),
            _ => serial_of(value),
        }),
        _ => None,
    }
}
