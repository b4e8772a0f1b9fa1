//! Who may know whom, and what the libraries may not do (ARCHITECTURE.md), read from the tree itself.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use xtask::manifest::{Member, members};
use xtask::step::root;

/// Which of our crates each library may link.
const MAY_KNOW: [(&str, &[&str]); 6] = [
    ("remote-services-core", &[]),
    ("remote-services-snmp", &["remote-services-core"]),
    ("remote-services-payload", &["remote-services-core"]),
    ("remote-services-transport", &["remote-services-core"]),
    ("remote-services-pkcs11", &["remote-services-core"]),
    ("remote-services-collect", &["remote-services-core", "remote-services-snmp"]),
];

#[test]
fn no_library_links_one_of_ours_that_it_must_not_know() {
    let members = read_members();
    let ours: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    for (name, allowed) in MAY_KNOW {
        let member = members.iter().find(|member| member.name == name).expect("is a member");
        for dependency in member.dependencies.iter().filter(|name| ours.contains(&name.as_str())) {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not know {dependency}");
        }
    }
}

#[test]
fn every_published_library_stands_in_the_table_of_who_may_know_whom() {
    for member in read_members().iter().filter(|member| member.is_published_library()) {
        assert!(MAY_KNOW.iter().any(|(name, _)| *name == member.name), "{} is not in the table", member.name);
    }
}

#[test]
fn no_library_names_an_app() {
    let members = read_members();
    let apps: Vec<&Member> = members.iter().filter(|member| member.folder.starts_with("apps/")).collect();
    assert_eq!(apps.len(), 4);
    for library in members.iter().filter(|member| member.is_published_library()) {
        for file in rust_files(&root().join(&library.folder)) {
            let text = fs::read_to_string(&file).unwrap();
            for app in &apps {
                let path = app.name.replace('-', "_");
                assert!(!text.contains(&format!("{path}::")), "{} names {}", file.display(), app.name);
            }
        }
    }
}

#[test]
fn core_and_snmp_are_no_std_and_only_drivers_name_std() {
    for (folder, may_use_std) in
        [("remote-services-core", &[][..]), ("remote-services-snmp", &["/driver/", "/src/boots_file.rs"])]
    {
        let source = root().join(folder).join("src");
        let crate_root = fs::read_to_string(source.join("lib.rs")).unwrap();
        assert!(
            crate_root.contains("#![no_std]")
                || crate_root.contains("#![cfg_attr(not(feature = \"std\"), no_std)]"),
            "{folder}/src/lib.rs does not say no_std"
        );
        for file in rust_files(&source) {
            let path = file.to_string_lossy().replace('\\', "/");
            if may_use_std.iter().any(|part| path.contains(part)) {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in code_before_tests(&text) {
                assert!(!line.contains("std::"), "{path}:{number} names std: {line}");
            }
        }
    }
}

#[test]
fn only_the_folders_that_say_so_touch_sockets_files_and_the_clock() {
    let words = [
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "TcpStream",
        "UdpSocket",
        "SystemTime::now",
        "Instant::now",
    ];
    for (folder, may) in [
        ("remote-services-core", &[][..]),
        ("remote-services-snmp", &["/driver/", "/src/boots_file.rs"]),
        ("remote-services-collect", &[]),
        ("remote-services-payload", &[]),
        (
            "remote-services-transport",
            &[
                "/client/blocking/",
                "/client/tokio/",
                "/spool/",
                "/audit/",
                "/durable.rs",
                "/durable/",
                "/parts/folder.rs",
                "/software/artifact.rs",
                "/tests.rs",
            ],
        ),
    ] {
        for file in rust_files(&root().join(folder).join("src")) {
            let path = file.to_string_lossy().replace('\\', "/");
            if may.iter().any(|part| path.contains(part)) {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in code_before_tests(&text) {
                assert!(!words.iter().any(|word| line.contains(word)), "{path}:{number} does I/O: {line}");
            }
        }
    }
}

#[test]
fn no_page_and_no_comment_cites_a_document_that_is_not_in_the_project() {
    let root = root();
    let mut texts = rust_files(&root);
    texts.extend(files_with(&root, "md"));
    for file in texts {
        let text = fs::read_to_string(&file).unwrap();
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c))) {
            let name = word.rsplit('/').next().unwrap_or(word);
            if name.ends_with(".md") && name.starts_with(|c: char| c.is_ascii_uppercase()) {
                let found = root.join(name).exists() || file.with_file_name(name).exists();
                assert!(found, "{} cites {word}, which a reader does not have", file.display());
            }
        }
    }
}

#[test]
fn every_crate_takes_the_common_lints_and_forbids_unsafe_code() {
    for member in read_members() {
        let manifest = fs::read_to_string(root().join(&member.folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} has lints of its own", member.folder);
    }
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
}

#[test]
fn each_driver_of_snmp_is_below_three_hundred_lines_of_code() {
    for kind in ["blocking", "tokio"] {
        let mut drivers = BTreeMap::<&str, usize>::new();
        for file in rust_files(&root().join("remote-services-snmp/src/driver").join(kind)) {
            let name = file.file_stem().expect("it is a file").to_string_lossy().into_owned();
            let driver = match name.as_str() {
                "mod" => continue,
                "tcp" | "streams" => "a carrier of the manager's messages",
                name if name.starts_with("serve") => "responder",
                name if name.starts_with("notify") => "notifications",
                _ => "manager with its socket",
            };
            let text = fs::read_to_string(&file).unwrap();
            let code = code_before_tests(&text).iter().filter(|(_, line)| !line.is_empty()).count();
            *drivers.entry(driver).or_default() += code;
        }
        assert_eq!(drivers.len(), 4, "{kind}: {drivers:?}");
        for (driver, lines) in drivers {
            assert!(lines < 300, "{kind}, {driver}: {lines} lines");
        }
    }
}

#[test]
fn the_page_of_the_snmp_crate_has_a_short_example_for_each_driver_and_a_row_for_each_feature() {
    let crate_folder = root().join("remote-services-snmp");
    let page = fs::read_to_string(crate_folder.join("src/lib.rs")).unwrap();
    for (driver, import) in [
        ("ManagerDriver", "use remote_services_snmp::driver::{blocking"),
        ("ManagerHandle", "tokio::ManagerHandle}"),
    ] {
        let start = page.find(import).unwrap_or_else(|| panic!("no example of {driver}"));
        let example: Vec<&str> = page[start..].lines().take_while(|line| *line != "//! ```").collect();
        assert!(example.iter().any(|line| line.contains(&format!("{driver}::bind_any"))), "{example:?}");
        assert!(example.len() < 30, "{driver}: {} lines", example.len());
    }
    let manifest = fs::read_to_string(crate_folder.join("Cargo.toml")).unwrap();
    let features = manifest.split("[features]\n").nth(1).expect("it has features");
    for line in features.lines().take_while(|line| !line.starts_with('[')) {
        let Some((feature, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else { continue };
        let listed = page.contains(&format!("//! | `{feature}`"));
        assert!(feature == "default" || listed, "{feature} is not in the table");
    }
}

fn read_members() -> Vec<Member> {
    members(&root()).expect("the manifests are part of the project")
}

/// The numbered lines of code above the unit tests, without comments and items that only exist with `std`.
fn code_before_tests(text: &str) -> Vec<(usize, &str)> {
    let mut code = Vec::new();
    let mut gate: Option<usize> = None;
    for (number, line) in text.lines().enumerate().take_while(|(_, line)| !line.starts_with("#[cfg(test)]")) {
        let word = line.trim();
        let indent = line.len() - line.trim_start().len();
        match gate {
            Some(outer) if indent == outer && word.ends_with(['}', ';']) => gate = None,
            Some(_) => {}
            None if word == "#[cfg(feature = \"std\")]" => gate = Some(indent),
            None if word.starts_with("//") => {}
            None => code.push((number + 1, word)),
        }
    }
    code
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files_with(folder, "rs")
}

/// Files below the folder with this extension; what builds leave behind is no part of the project.
fn files_with(folder: &Path, wanted: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is part of the project").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                files.extend(files_with(&path, wanted));
            }
        } else if path.extension().is_some_and(|extension| extension == wanted) {
            files.push(path);
        }
    }
    files
}
