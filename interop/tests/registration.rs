//! The programs: where an agent stands and whom to ask about it goes from `register` to the operator, whatever else goes on.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "front/mod.rs"]
mod front;

use std::fs;

use front::{client_files, go_by};
use remote_services_interop::ours::{Running, Site, SiteServer, VirtualPrinters, agent, agent_says};
use remote_services_interop::stand_in::StandIn;
use remote_services_interop::{Tool, require};
use serde_json::{Value, json};

#[test]
fn the_operator_sees_where_an_agent_stands_and_whom_to_ask_from_its_first_description_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let (data, key) = (folder.path().join("agent"), server.key_file(folder.path()));
    let [data, key] = [&data, &key].map(|path| path.to_str().unwrap());
    let register = ["register", "--data", data, "--key-file", key, "--location", "Second floor"];
    let refused = agent_says(&[&register[..], &["--contact", "Ada Lovelace"]].concat());
    assert_eq!(refused.code, Some(2), "{}", refused.all());
    assert!(refused.stderr.contains("no e-mail address"), "{}", refused.all());
    let both = agent_says(&[&register[..], &["--key", "another"]].concat());
    assert!(both.code == Some(2) && both.stderr.contains("not by both"), "{}", both.all());
    // The key is not used up by that, and the environment counts where no option gives one.
    let mut named = agent(&[&register[..], &["--contact", "ada@example.com"]].concat());
    let said = Running::start(named.env("RS_REGISTRATION_KEY", "another")).end();
    assert_eq!(said.code, Some(0), "{}", said.all());

    let printers = VirtualPrinters::start(&[]);
    let target = printers.target();
    let round = ["run", "--once", "--data", data, "-c", "public", target.as_str()];
    let told = || {
        let said = agent_says(&round);
        assert_eq!(said.code, Some(0), "{}", said.all());
        let description = server.operator.get("clients")[0]["description"].clone();
        ["location", "contact"].map(|member| description[member].clone())
    };
    assert_eq!(told(), [json!("Second floor"), json!("ada@example.com")]);
    let settings = folder.path().join("agent/agent.toml");
    fs::write(&settings, "mode = \"lockdown\"\nlocation = \"Cellar\"\n").unwrap();
    assert_eq!(told(), [json!("Cellar"), json!("ada@example.com")]);
    fs::write(&settings, "contact = \"\"\n").unwrap();
    assert_eq!(told(), [json!("Second floor"), Value::Null]);
    fs::write(&settings, "location = \"Cellar\"\ncontact = \"Ada Lovelace\"\n").unwrap();
    let said = agent_says(&round);
    assert_eq!(said.code, Some(2), "{}", said.all());
    assert!(said.stderr.contains("line 2: \"Ada Lovelace\" is no e-mail address"), "{}", said.all());
}

#[test]
fn one_wish_of_another_type_puts_no_other_aside_and_the_operator_hears_of_it() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let site = Site::start();
    let policy = r#"{"dailyWindow":"02:00-03:00","snmpRetries":"x","discoverEvery":7200.0}"#;
    let rules = format!("location ~ /policy$ {{ default_type application/json; return 200 '{policy}'; }}");
    let (url, authority) = (site.server.device_url(), site.folder().join("server/ca"));
    let front = StandIn::in_front_of(url, &authority, &client_files(&site.data(), site.folder()), &rules);
    go_by(&site.data(), &front.url());
    let said = site.run(&["--no-collect"]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    let description = site.server.operator.get("clients")[0]["description"].clone();
    let left_out = json!([
        "discoverEvery is no whole number within the site's 3600 to 2592000",
        "snmpRetries is no whole number within the site's 0 to 5"
    ]);
    assert_eq!(description["wishesLeftOut"], left_out, "{description}");
    let noted = fs::read_to_string(site.data().join("audit.log")).unwrap();
    assert!(noted.contains("02:00-03:00") && noted.contains("snmpRetries is no whole number"), "{noted}");
}
