use super::*;

fn read(text: &str) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::look(folder.path());
    std::fs::write(home.settings(), text).unwrap();
    Settings::read(&home).map_err(|failure| failure.sentence)
}

#[test]
fn nothing_that_changes_a_device_is_on_by_default() {
    let settings = Settings::read(&Home::look("no such folder".as_ref())).unwrap();
    for (action, _, _) in Action::LISTED {
        let expected = match action {
            Action::GetStatus | Action::Troubleshoot => ActionSetting::On,
            _ => ActionSetting::Off,
        };
        assert_eq!(settings.action(action), expected, "{action}");
    }
}

#[test]
fn the_server_may_wish_for_less_detail_and_for_more_only_where_the_site_has_not_said() {
    let wish = |profile: &str| Policy { collection_profile: Some(profile.into()), ..Policy::default() };
    for (text, [usual, detailed, none]) in [
        ("", [Detail::Usual, Detail::Usage, Detail::Usage]),
        ("detailed-usage = \"on\"", [Detail::Usage; 3]),
        ("detailed-usage = \"off\"", [Detail::Usual; 3]),
    ] {
        let settings = read(text).unwrap();
        assert_eq!(settings.detail_with(&wish("usual")), usual, "{text}");
        assert_eq!(settings.detail_with(&wish("detailed")), detailed, "{text}");
        assert_eq!(settings.detail(), none, "{text}");
    }
}

#[test]
fn lockdown_switches_everything_off() {
    let settings = read("mode = \"lockdown\"\n[actions]\ngetStatus = \"on\"\n").unwrap();
    assert!(Action::LISTED.iter().all(|(action, _, _)| settings.action(action) == ActionSetting::Off));
}

#[test]
fn redaction_follows_mode_and_rules_and_is_never_less_than_lockdown() {
    let rule = "[redaction]\nname = \"acme\"\nrules = [{ element = \"Identity/Location\", do = \"keep\" }]\n";
    for (text, label) in [
        (String::new(), "default"),
        ("mode = \"lockdown\"".to_owned(), "lockdown"),
        ("[redaction]\nbase = \"strict\"".to_owned(), "strict"),
        ("mode = \"lockdown\"\n[redaction]\nbase = \"strict\"".to_owned(), "strict-lockdown"),
        (rule.to_owned(), "custom.acme"),
        (format!("mode = \"lockdown\"\n{rule}"), "custom.acme-lockdown"),
    ] {
        assert_eq!(read(&text).unwrap().redaction().unwrap().label(), label, "{text}");
    }
    let wrong =
        read("[redaction]\nrules = [{ element = \"Identity/Lokation\", do = \"keep\" }]").err().unwrap();
    assert!(wrong.contains("no element is called \"Identity/Lokation\""), "{wrong}");
}

#[test]
fn a_mistake_is_told_with_its_line() {
    assert!(read("site-name = \"x\"\nmode = \"open\"\n").err().unwrap().contains("line 2"));
    assert!(read("[actions]\nprintTestPages = \"on\"\n").err().unwrap().contains("printTestPages"));
    assert!(read("[actions]\nrestart = \"yes\"\n").err().unwrap().contains("must be"));
}

#[test]
fn a_text_that_no_document_has_room_for_is_refused_and_so_is_a_file_of_another_kind() {
    for (setting, file) in [
        ("site-name: ", "site-name = \"@\""),
        ("[software] channel: ", "[software]\nchannel = \"@\""),
        ("[logs] source: ", "[logs]\nfolder = \"/f\"\nsource = \"@\""),
        ("[proxy-credentials] user: ", "proxy = \"environment\"\n[proxy-credentials]\nuser = \"@\""),
    ] {
        let with = |text: &str| read(&file.replace('@', text));
        assert!(with(&"ü".repeat(255)).is_ok(), "{setting}");
        let said = with(&"ü".repeat(256)).err().unwrap();
        assert!(said.contains(setting) && said.contains("255 are allowed"), "{said}");
        for control in ["\\n", "\\t", "\\u0000", "\\u009b"] {
            let said = with(&format!("a{control}b")).err().unwrap();
            assert!(said.contains(setting) && said.contains("character 2 is a control"), "{said}");
        }
    }
    let comments = |octets: usize| "#".repeat(octets);
    assert!(read(&comments(1 << 20)).is_ok());
    assert!(read(&comments((1 << 20) + 1)).err().unwrap().contains("agent.toml: larger than 1 MiB"));
}

#[test]
fn a_value_that_cannot_be_meant_is_told_with_file_line_column_and_setting() {
    for (text, place, setting) in [
        ("# ü\ndaily-window = \"25:00-26:00\"", "line 2, column 16", "daily-window: a window is"),
        ("mode = \"normal\"\n poll-window = \"x\"", "line 2, column 16", "poll-window: a window is"),
        ("[software]\nwindow = \"x\"", "line 2, column 10", "[software] window: a window is"),
        ("proxy = \"automatic\"", "line 1, column 9", "proxy: a proxy is given as"),
        (
            "[proxy-credentials]\nuser = \"a\"",
            "line 1, column 2",
            "[proxy-credentials]: they are for a proxy",
        ),
        (
            "proxy = \"environment\"\nproxy-credentials = { user = \"a:b\" }",
            "line 2, column 30",
            "[proxy-credentials] user: ",
        ),
        (
            "[tls]\nname-suffixes = [\n  \"a.test\", \"https://b.test\",\n]",
            "line 3, column 13",
            "[tls] name-suffixes: ",
        ),
        ("tls.pins = [\"ü\"]", "line 1, column 13", "[tls] pins: a pin is"),
        ("tls.min-version = \"1.1\"", "line 1, column 19", "[tls] min-version: "),
        ("[tls]\nfips = false\nrevocation = \"hard\"", "line 3, column 14", "[tls] revocation: "),
        ("[limits]\nspool-days = 0", "line 2, column 14", "[limits] spool-days: from 1 to 365"),
        ("[names]\nroots = \"a\"", "line 2, column 9", "[names] roots: "),
        (
            "[[names.resolvers]]\nurl = \"tls://a.test\"\naddresses = [\"192.0.2.1\"]\n\
             [[names.resolvers]]\nurl = \"a.test\"\naddresses = []",
            "line 5, column 7",
            "[names] url: ",
        ),
        ("[redaction]\nname = \"a b\"", "line 2, column 8", "[redaction] name: "),
        (
            "[[redaction.rules]]\nelement = \"Identity/Location\"\ndo = \"keep\"\n\
             [[redaction.rules]]\nelement = \"Identity/Lokation\"\ndo = \"keep\"",
            "line 4, column ",
            "[redaction] rules: no element is called",
        ),
        ("[actions]\nmoo = \"on\"", "line 2, column 7", "[actions] moo: no action is called \"moo\""),
        ("actions.restart = \"yes\"", "line 1, column 19", "[actions] restart: \"yes\" must be"),
        (
            "targets = [\n\"127.0.0.1\",\n\"192.0.2.1 !!\"]",
            "line 3, column 1",
            "targets: entry 2: \"!!\": this is neither",
        ),
    ] {
        let said = read(text).err().unwrap();
        assert!(said.contains(&format!("agent.toml, {place}")), "{text}: {said}");
        assert!(said.contains(&format!(": {setting}")), "{text}: {said}");
    }
    assert!(read("targets = [\"192.0.2.0/24, 198.51.100.1-9:9161\"]").is_ok());
}

#[test]
fn where_an_agent_stands_and_whom_to_ask_is_checked_with_its_line() {
    let contact = read("site-name = \"x\"\ncontact = \"ada\"\n").err().unwrap();
    assert!(contact.contains("line 2: \"ada\" is no e-mail address"), "{contact}");
    let location = read("\n\nlocation = \"a\\u0007b\"\n").err().unwrap();
    assert!(location.contains("line 3: a location has no control characters"), "{location}");
}
