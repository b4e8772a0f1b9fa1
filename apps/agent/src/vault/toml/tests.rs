use super::*;
use crate::vault::{KEY_FILE, MARK};
use tempfile::TempDir;

const FILE: &str = "# Office\r
proxy = 'http://scanner:sorb-opens@proxy.example:3128' # changed in May\n\
[traps]\nlisten = \"0.0.0.0:162\"\ncommunities = [ \"public\", \"\"\"quince-\n\"traps\\\"\"\"\", ] # two\n\
[[network]]\nname = \"auth-password\"\ntargets = [\"192.0.2.0/24\"]\n\
credentials = [ { user = \"monitor\", auth-password = \"medlar \\\" \\\\ \\u00e4\", priv-password = \"\" } ]\n\
[[credentials]]\nuser = \"other\"\n\
[[credentials.keys]]\nengine-id = \"80\"\nauth-key = \"00ff\"\n";

fn world() -> (TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("identity")).unwrap();
    let vault = Vault::without_credentials(None, Some(folder.path()));
    (folder, vault)
}

#[test]
fn each_secret_is_found_with_its_place_and_line() {
    let found = find(FILE).unwrap();
    let plain: Vec<_> =
        found.iter().filter(|it| it.is_plain_secret()).map(|it| (it.name.as_str(), it.line)).collect();
    let expected = [
        ("proxy", 2),
        ("traps.communities[1]", 5),
        ("network[0].credentials[0].auth-password", 10),
        ("credentials[0].keys[0].auth-key", 15),
    ];
    assert_eq!(plain, expected);
    for (text, why) in
        [("proxy = \"environment\"", "a word"), ("communities = [\"public\"]", "everybody knows")]
    {
        assert!(!find(text).unwrap()[0].is_plain_secret(), "{why}");
    }
}

#[test]
fn a_file_is_sealed_where_it_stands_and_means_the_same() {
    let (folder, vault) = world();
    let path = folder.path().join("file.toml");
    std::fs::write(&path, FILE).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    }
    assert_eq!(seal_file(&vault, &path).unwrap(), 4);
    let sealed = std::fs::read_to_string(&path).unwrap();
    for secret in ["sorb", "quince", "medlar", "00ff"] {
        assert!(!sealed.contains(secret), "{sealed}");
    }
    for kept in [
        "# Office\r\n",
        " # changed in May\n",
        "[ \"public\", \"sealed:v1:",
        ", ] # two\n",
        "user = \"monitor\"",
    ] {
        assert!(sealed.contains(kept), "{kept} in {sealed}");
    }
    let before: toml::Table = toml::from_str(FILE).unwrap();
    assert_eq!(parse::<toml::Table>(&vault, &sealed).unwrap(), before);
    assert_eq!(seal_file(&vault, &path).unwrap(), 0, "there is nothing left to seal");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), sealed);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        4,
        "identity, the key, its lock and the file"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}

#[test]
fn what_does_not_open_is_told_with_its_line_and_without_its_value() {
    let (folder, vault) = world();
    let (text, _) = sealed(&vault.key_or_new().unwrap(), FILE).unwrap();
    let why = |text: &str| {
        let wrong = parse::<toml::Table>(&vault, text).unwrap_err();
        wrong.of("networks file", Path::new("/n.toml")).sentence
    };
    let password = find(&text).unwrap().swap_remove(3);
    assert_eq!(password.name, "network[0].credentials[0].auth-password");
    let value = password.value.as_str();
    let told = why(&text.replace(value, &format!("{}AAAA", &value[..value.len() - 4])));
    assert!(
        told.starts_with(
            "networks file /n.toml, line 9: network[0].credentials[0].auth-password: it was changed"
        ) && !told.contains(MARK),
        "{told}"
    );
    // It would be sent in clear.
    let told = why(&format!("communities = [\"{value}\"]"));
    assert!(
        told.contains("line 1: communities[0]: it was changed, or sealed as a secret of something else"),
        "{told}"
    );
    // It would be told to the server.
    let told = why(&format!("\nsite-name = \"{value}\""));
    assert!(told.contains("line 2: site-name: nothing that is sealed is opened here"), "{told}");
    let told = why("[traps]\ncommunities = [\"sealed:v1:!\"]");
    assert!(told.contains("line 2: traps.communities[0]: it is not sealed:v1:"), "{told}");

    std::fs::write(folder.path().join(KEY_FILE), SealingKey::draw().unwrap().to_text()).unwrap();
    assert!(why(&text).contains("it was sealed under another key"), "{}", why(&text));
    std::fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
    let told = why(&text);
    assert!(told.contains("secrets.key is not there") && told.contains("backup"), "{told}");
}

#[test]
fn a_secret_in_the_wrong_form_is_not_quoted_in_clear_nor_opened() {
    #[derive(Debug, Deserialize)]
    struct Traps {
        #[allow(dead_code, reason = "never read")]
        communities: Vec<String>,
    }
    let (_folder, vault) = world();
    let plain = "communities = \"quince-traps\"";
    let (sealed, count) = sealed(&vault.key_or_new().unwrap(), plain).unwrap();
    assert_eq!(count, 1);
    for text in [plain, &sealed] {
        let told = parse::<Traps>(&vault, text).unwrap_err().of("file", Path::new("/f")).sentence;
        assert!(told.contains("line 1: a secret stands here") && !told.contains("quince"), "{told}");
    }
}
