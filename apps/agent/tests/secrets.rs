//! Secrets on the disk: an installation of an earlier version is taken over when there is no way back, and what
//! people write is sealed by the program.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::settings::Settings;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use support::World;

const PROGRAM: &str = env!("CARGO_BIN_EXE_remote-services-agent");
const PSEUDONYMS: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn run(program: &Path, words: &[&str], input: &str) -> Output {
    let mut command = Command::new(program);
    command.args(words).env_remove("RS_SECRETS_KEY").env_remove("CREDENTIALS_DIRECTORY");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn agent(words: &[&str], input: &str) -> (Option<i32>, String) {
    let output = run(PROGRAM.as_ref(), words, input);
    (output.status.code(), said(&output))
}

fn text(data: &Path, name: &str) -> String {
    std::fs::read_to_string(data.join(name)).unwrap()
}

/// The agent's folder as a version left it that sealed nothing; gives its private key.
fn as_of_old(data: &Path) -> String {
    let (_, identity) = identity::load(&Home::look(data), &Settings::default()).unwrap();
    let key = identity.key_pem().unwrap();
    std::fs::write(data.join("identity/client.key.pem"), key.as_bytes()).unwrap();
    std::fs::write(data.join("identity/pseudonym.key"), PSEUDONYMS).unwrap();
    std::fs::remove_file(data.join("secrets.key")).unwrap();
    key.as_str().to_owned()
}

/// This program as version 1.1 of a folder whose supervisor believes in `good`.
fn version_of(folder: &Path, good: &str) -> PathBuf {
    let program = folder.join("versions/1.1/remote-services-agent");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    if !program.exists() && std::fs::hard_link(PROGRAM, &program).is_err() {
        std::fs::copy(PROGRAM, &program).unwrap();
    }
    std::fs::write(folder.join("supervised.json"), format!("{{\"good\":\"{good}\"}}")).unwrap();
    program
}

#[test]
fn a_plain_key_is_sealed_once_the_version_stood_its_trial_and_nothing_is_lost() {
    let world = World::new();
    let data = world.data();
    assert!(text(&data, "identity/client.key.pem").starts_with("sealed:v1:"), "a new identity is sealed");
    let key = as_of_old(&data);
    let folder = world.folder.path().join("program");
    let round = ["run", "--once", "--no-collect", "--data", data.to_str().unwrap()];

    let output = run(&version_of(&folder, "1.0"), &round, "");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(text(&data, "identity/client.key.pem"), key, "the version before could not read it");
    assert!(!data.join("secrets.key").exists());

    let output = run(&version_of(&folder, "1.1"), &round, "");
    assert!(output.status.success(), "{}", said(&output));
    let told = "sealed from now on";
    assert!(said(&output).contains(told), "{}", said(&output));
    for name in ["identity/client.key.pem", "identity/pseudonym.key"] {
        assert!(text(&data, name).starts_with("sealed:v1:"), "{name}");
    }
    let audit = text(&data, "audit.log");
    assert!(audit.contains(told) && !audit.contains(PSEUDONYMS), "{audit}");
    let (_, identity) = identity::load(&Home::look(&data), &Settings::default()).unwrap();
    assert_eq!(identity.key_pem().unwrap().as_str(), key);

    let (code, words) = agent(&round, "");
    assert!(code == Some(0) && !words.contains(told), "it is said once: {words}");
    std::fs::remove_file(data.join("secrets.key")).unwrap();
    let (code, words) = agent(&round, "");
    assert!(
        code != Some(0) && words.contains("secrets.key is not there") && words.contains("backup"),
        "{words}"
    );
    assert!(!data.join("secrets.key").exists(), "another key would open nothing");
}

#[test]
fn what_people_write_is_sealed_by_the_program_and_read_by_it() {
    let world = World::new();
    let data = world.data();
    let (folder, at) = (data.to_str().unwrap(), |name: &str| data.join(name).to_str().unwrap().to_owned());
    let (settings, networks) = (at("agent.toml"), at("networks.toml"));
    std::fs::write(&settings, "# ours\nproxy = \"none\"\n[traps]\ncommunities = [\"quince-traps\"]\n")
        .unwrap();
    let credentials = "[[network]]\ntargets = [\"192.0.2.1\"]\n\
                       [[network.credentials]]\nuser = \"monitor\"\nauth-password = ";
    std::fs::write(&networks, format!("{credentials}\"medlar-opens\"\n")).unwrap();

    let status = ["secrets", "status", "--data", folder, &networks, "--format", "json"];
    let output = run(PROGRAM.as_ref(), &status, "");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!said(&output).contains("quince") && !said(&output).contains("medlar"), "{}", said(&output));
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&shown["KeyPlace"], &shown["Key"]), (&"data".into(), &"there".into()));
    let states: Vec<_> = shown["Secrets"].as_array().unwrap().iter().map(|it| &it["State"]).collect();
    assert_eq!(states, ["sealed", "inClear", "inClear"], "{shown:#}");
    assert_eq!(shown["Secrets"][1]["Line"], 4);

    let round = ["run", "--once", "--no-collect", "--data", folder, "--networks", &networks];
    let (code, words) = agent(&round, "");
    assert_eq!(code, Some(0), "{words}");
    for file in [&settings, &networks] {
        assert!(words.contains(&format!("1 secret in clear in {file}")), "{words}");
    }

    let (code, words) = agent(&["secrets", "seal-files", "--data", folder, &settings, &networks], "");
    assert!(code == Some(0) && words.contains("1 secret sealed"), "{words}");
    assert!(text(&data, "agent.toml").starts_with("# ours\nproxy = \"none\"\n"));
    assert!(
        !text(&data, "agent.toml").contains("quince") && !text(&data, "networks.toml").contains("medlar")
    );
    assert_eq!(agent(&status, "").0, Some(0));
    let (code, words) = agent(&round, "");
    assert!(code == Some(0) && !words.contains("in clear"), "{words}");

    let (code, sealed) = agent(&["secrets", "seal", "auth-password", "--data", folder], "another-medlar\n");
    assert!(code == Some(0) && sealed.starts_with("sealed:v1:"), "{sealed}");
    std::fs::write(&networks, format!("{credentials}\"{}\"\n", sealed.trim())).unwrap();
    assert_eq!(agent(&round, "").0, Some(0));
    std::fs::write(&networks, format!("{credentials}\"{}AAAA\"\n", &sealed.trim()[..sealed.len() - 5]))
        .unwrap();
    let (code, words) = agent(&round, "");
    assert!(
        code == Some(2) && words.contains("networks.toml, line 5: ") && words.contains("it was changed"),
        "{words}"
    );
    assert_eq!(agent(&status, "").0, Some(1), "it does not open");
    let long = "x".repeat(4097);
    for wrong in ["", "\n", "two\nlines\n", &sealed, &long] {
        assert_eq!(agent(&["secrets", "seal", "pin", "--data", folder], wrong).0, Some(2), "{wrong:?}");
    }
}

#[test]
fn a_secret_of_the_environment_may_be_sealed_and_one_on_the_command_line_is_told() {
    let world = World::new();
    let data = world.data();
    let folder = data.to_str().unwrap();
    let credentials = "proxy = \"http://192.0.2.1:1\"\n[proxy-credentials]\nuser = \"scanner\"\n";
    std::fs::write(data.join("agent.toml"), credentials).unwrap();
    let (_, password) = agent(&["secrets", "seal", "proxy-password", "--data", folder], "sorb\n");
    let (_, community) = agent(&["secrets", "seal", "communities", "--data", folder], "quince\n");
    let with = |password: &str, community: &str| {
        let mut command = Command::new(PROGRAM);
        command.args(["preview", "127.0.0.1:1", "--timeout", "0.01", "--retries", "0", "--data", folder]);
        command.args(["--community", community]).env("RS_PROXY_PASSWORD", password);
        command.env_remove("RS_SECRETS_KEY").env_remove("CREDENTIALS_DIRECTORY");
        said(&command.output().unwrap())
    };
    let words = with("", "quince");
    assert!(
        words.contains("warning: --community is on the command line") && !words.contains("quince"),
        "{words}"
    );
    let words = with("", &community);
    assert!(!words.contains("warning: ") && !words.contains("sealed"), "{words}");
    let words = with("", &community.replace("sealed:v1:", "sealed:v1:A"));
    assert!(words.contains("--community: "), "{words}");

    let round = |password: &str| {
        let mut command = Command::new(PROGRAM);
        command.args(["run", "--once", "--no-collect", "--data", folder]).env("RS_PROXY_PASSWORD", password);
        command.env_remove("RS_SECRETS_KEY").env_remove("CREDENTIALS_DIRECTORY");
        said(&command.output().unwrap())
    };
    // That nobody is at the proxy's address is another failure than a password that does not open.
    let words = round(password.trim());
    assert!(!words.contains("RS_PROXY_PASSWORD"), "{words}");
    let words = round(community.trim());
    assert!(words.contains("RS_PROXY_PASSWORD") && words.contains("secrets seal"), "{words}");
}

#[test]
fn the_key_is_changed_while_no_agent_is_at_work_and_the_agent_works_on_with_the_new_one() {
    let world = World::new();
    let data = world.data();
    let (folder, at) = (data.to_str().unwrap(), |name: &str| data.join(name).to_str().unwrap().to_owned());
    let networks = at("networks.toml");
    std::fs::write(at("agent.toml"), "[traps]\ncommunities = [\"quince-traps\"]\n").unwrap();
    let credentials = "[[network]]\ntargets = [\"192.0.2.1\"]\n[[network.credentials]]\n";
    std::fs::write(&networks, format!("{credentials}communities = [\"medlar-reads\"]\n")).unwrap();
    let seal = ["secrets", "seal-files", "--data", folder, &at("agent.toml"), &networks];
    assert_eq!(agent(&seal, "").0, Some(0));
    let round = ["run", "--once", "--no-collect", "--data", folder, "--networks", &networks];
    let files = ["secrets.key", "identity/client.key.pem", "agent.toml", "networks.toml"];
    let before = files.map(|name| text(&data, name));
    let rekey = ["secrets", "rekey", "--data", folder, &networks, "--format", "json"];

    let at_work = Home::open(&data).unwrap();
    let (code, words) = agent(&rekey, "");
    assert!(code == Some(1) && words.contains("another agent is at work"), "{words}");
    drop(at_work);
    assert_eq!(files.map(|name| text(&data, name)), before);

    let mut output = run(PROGRAM.as_ref(), &rekey, "");
    // A program that another test starts has a copy of the lock until it is that program.
    for _ in 0..600 {
        if !said(&output).contains("another agent is at work") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        output = run(PROGRAM.as_ref(), &rekey, "");
    }
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&shown["Resumed"], &shown["KeyFile"]), (&false.into(), &at("secrets.key").into()));
    assert_eq!(shown["Files"].as_array().unwrap().len(), 3, "{shown:#}");
    for (name, before) in files.iter().zip(&before) {
        assert_ne!(&text(&data, name), before, "{name}");
    }
    assert_eq!(agent(&["secrets", "status", "--data", folder, &networks], "").0, Some(0));
    assert_eq!(agent(&round, "").0, Some(0));
    let audit = text(&data, "audit.log");
    assert!(audit.contains("3 secrets sealed anew under a new key"), "{audit}");

    // What was not named does not open, and is told; what does not open is not lost in silence.
    assert_eq!(agent(&["secrets", "rekey", "--data", folder], "").0, Some(0));
    let (code, words) = agent(&round, "");
    assert!(
        code == Some(2) && words.contains("networks.toml, line 4") && words.contains("another key"),
        "{words}"
    );
    let (code, words) = agent(&rekey, "");
    assert!(code == Some(2) && words.contains("networks.toml, line 4"), "{words}");
    assert!(!data.join("secrets.key.next").exists());
}

#[test]
fn a_change_of_the_key_that_is_killed_at_any_moment_leaves_an_agent_that_works() {
    let world = World::new();
    let data = world.data();
    let folder = data.to_str().unwrap();
    let words = ["secrets", "rekey", "--data", folder];
    let time = std::time::Instant::now();
    assert_eq!(agent(&words, "").0, Some(0));
    let whole = time.elapsed();
    let (_, identity) = identity::load(&Home::look(&data), &Settings::default()).unwrap();
    let key = identity.key_pem().unwrap();
    for moment in 1..=ROUNDS {
        let mut command = Command::new(PROGRAM);
        command.args(words).env_remove("RS_SECRETS_KEY").env_remove("CREDENTIALS_DIRECTORY");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * moment / ROUNDS);
        child.kill().unwrap();
        child.wait().unwrap();
        let (_, identity) = identity::load(&Home::look(&data), &Settings::default()).unwrap();
        assert_eq!(identity.key_pem().unwrap().as_str(), key.as_str(), "{moment}");
    }
    let (code, said) = agent(&words, "");
    assert_eq!(code, Some(0), "{said}");
    assert!(!data.join("secrets.key.next").exists());
    assert_eq!(agent(&["run", "--once", "--no-collect", "--data", folder], "").0, Some(0));
}

const ROUNDS: u32 = 24;

#[cfg(unix)]
#[test]
fn a_key_elsewhere_that_all_can_read_is_told_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let (data, key) = (world.data(), world.folder.path().join("elsewhere"));
    std::fs::rename(data.join("secrets.key"), &key).unwrap();
    let key = key.to_str().unwrap();
    let round = ["run", "--once", "--no-collect", "--data", data.to_str().unwrap(), "--secrets-key", key];
    for (mode, is_told) in [(0o644, true), (0o640, false), (0o600, false)] {
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(mode)).unwrap();
        let (code, words) = agent(&round, "");
        let told = words.contains(&format!("can read {key} (mode 0644)"));
        assert_eq!((code, told), (Some(0), is_told), "{words}");
    }
}

#[test]
fn a_key_elsewhere_seals_and_opens_and_the_data_folder_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, key, snmp) = (at("data"), at("key"), at("snmp.toml"));
    std::fs::create_dir(&data).unwrap();
    std::fs::write(&key, format!("{PSEUDONYMS}\n")).unwrap();
    std::fs::write(&snmp, "[[credentials]]\ncommunities = [\"quince-reads\"]\n").unwrap();
    let (code, words) = agent(&["secrets", "seal-files", "--secrets-key", &key, &snmp], "");
    assert_eq!(code, Some(0), "{words}");
    // Nobody is there to ask: what is wrong with the credentials would be told before.
    let ask = |more: &[&str]| {
        let words = ["collect", "127.0.0.1:9", "-t", "0.05", "-r", "0", "--credentials", &snmp];
        agent(&[&words[..], more].concat(), "")
    };
    let (code, words) = ask(&["--secrets-key", &key]);
    assert_eq!(code, Some(3), "{words}");
    let (code, words) = ask(&[]);
    assert!(
        code == Some(2) && words.contains("snmp.toml, line 2") && words.contains("--secrets-key"),
        "{words}"
    );

    std::fs::write(at("data/agent.toml"), format!("[secrets]\nkey-file = {key:?}\n")).unwrap();
    let (code, sealed) =
        agent(&["secrets", "seal", "proxy", "--data", &data], "http://a:sorb@192.0.2.1:3128");
    assert_eq!(code, Some(0), "{sealed}");
    std::fs::write(
        at("data/agent.toml"),
        format!("proxy = {:?}\n[secrets]\nkey-file = {key:?}\n", sealed.trim()),
    )
    .unwrap();
    let settings = Settings::read(&Home::look(data.as_ref())).unwrap();
    assert_eq!(settings.proxy.as_deref(), Some("http://a:sorb@192.0.2.1:3128"));
    assert!(!Path::new(&data).join("secrets.key").exists());
}
