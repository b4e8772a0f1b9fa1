//! The detailed usage on its whole road: from a printer by `run` to the server, and to the terminal by `collect`.
use std::fs;
use std::path::Path;

use remote_services_interop::ours::{Running, Site, SiteServer, agent, play};
use remote_services_interop::process::free_udp_port;
use serde_json::{Value, json};

const LEXMARK: &str = include_str!("values/lexmark.snmprec");

/// A Lexmark with this cartridge, until it is dropped.
fn printer(place: &str, cartridge: &str, folder: &Path) -> Running {
    let described = format!("Black Cartridge S/N:{cartridge}");
    let lines =
        LEXMARK.replacen("43.11.1.1.6.1.1|4|Black Cartridge", &format!("43.11.1.1.6.1.1|4|{described}"), 1);
    let more = "\
1.3.6.1.2.1.1.3.0|67|4711
1.3.6.1.2.1.43.5.1.1.17.1|4|LXK0001
1.3.6.1.2.1.43.11.1.1.8.1.1|2|1000
1.3.6.1.2.1.43.11.1.1.9.1.1|2|500
";
    play(&format!("{lines}{more}"), place, "public", folder)
}

/// The documents of this kind that the server has, when there are so many, oldest first.
fn usage(server: &SiteServer, count: usize) -> Vec<Value> {
    let path = "readings?kind=detailedUsage";
    let ids = server.operator.wait_for(path, |readings| {
        let readings = readings.as_array().expect("a list");
        let ids: Vec<i64> = readings.iter().filter_map(|reading| reading["id"].as_i64()).collect();
        (ids.len() >= count).then_some(ids)
    });
    let mut ids = ids;
    ids.sort_unstable();
    assert_eq!(ids.len(), count);
    ids.iter().map(|id| server.operator.get(&format!("readings/{id}"))["document"].clone()).collect()
}

#[test]
fn what_a_printer_tells_of_its_use_and_what_the_agent_has_seen_reaches_the_server() {
    let site = Site::start();
    let server = &site.server;
    let place = format!("127.79.7.2:{}", free_udp_port());
    let run = || {
        let said = site.run(&[&place]);
        assert_eq!(said.code, Some(0), "{}", said.all());
    };
    let first = printer(&place, "CRT00001", site.folder());
    run();
    let [before] = &usage(server, 1)[..] else { unreachable!("one is waited for") };
    assert!(before["RunLength"].as_array().is_some_and(|runs| !runs.is_empty()), "{before}");
    assert!(before["MediaSize"].as_array().is_some_and(|sizes| !sizes.is_empty()), "{before}");
    drop(first);
    // Another cartridge, seen by another run of the agent.
    let second = printer(&place, "CRT00002", site.folder());
    run();
    let [_, after] = &usage(server, 2)[..] else { unreachable!("two are waited for") };
    let unit = |usage: &Value| {
        let units = usage["Cru"].as_array().cloned().unwrap_or_default();
        units.into_iter().find(|unit| unit["ReplacedAt"].as_array().is_some_and(|at| !at.is_empty()))
    };
    assert_eq!(unit(before), None, "{before}");
    assert_eq!(unit(after).expect("the cartridge")["Name"], "Black Cartridge", "{after}");
    // Who does not want it switches it off.
    fs::write(site.data().join("agent.toml"), "detailed-usage = \"off\"\n").unwrap();
    run();
    let uploads = server.operator.opened_uploads();
    assert!(uploads.len() >= 6, "three devices' and three agents' reports: {uploads:?}");
    assert_eq!(usage(server, 2).len(), 2);
    // Where the site has not said, the server may do without; it is heard after the reading of that round.
    fs::write(site.data().join("agent.toml"), "#\n").unwrap();
    server.operator.wish(&json!({ "collectionProfile": "usual" }));
    run();
    run();
    let uploads = server.operator.opened_uploads();
    assert!(uploads.len() >= 10, "{uploads:?}");
    assert_eq!(usage(server, 3).len(), 3, "one more by the round in which it heard");
    for (words, shown) in
        [(&["show"][..], json!({ "collectionProfile": "usual" })), (&["set", "{}"], json!({}))]
    {
        let said = Running::start(&mut site.policy(words)).end();
        let said: (_, Value) = (said.code, serde_json::from_str(&said.stdout).unwrap());
        assert_eq!(said, (Some(0), shown), "{words:?}");
    }
    run();
    run();
    assert_eq!(usage(server, 4).len(), 4, "and it is wished no more");

    let shown = |words: &[&str]| {
        let said = Running::start(agent(&["collect", &place, "--timeout", "0.5"]).args(words)).end();
        assert_eq!(said.code, Some(0), "{}", said.all());
        said.stdout
    };
    let json: Value = serde_json::from_str(&shown(&["--usage", "--format", "json"])).unwrap();
    assert!(json["DetailedUsage"]["RunLength"].is_array(), "{json}");
    assert!(!shown(&["--format", "json"]).contains("RunLength"));
    assert!(shown(&["--usage"]).contains("RunLength"));
    drop(second);
}
