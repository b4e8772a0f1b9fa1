//! The bills of materials hold what CycloneDX 1.5 asks of a document, and have all that is linked.
use std::collections::BTreeSet;

use serde_json::Value;
use xtask::sbom::documents;
use xtask::tree::crates;

#[test]
fn every_document_is_whole_and_has_the_crates_of_the_tree() {
    let documents = documents().unwrap();
    assert_eq!(documents.len(), 10, "six libraries and four programs: {:?}", documents.keys());
    for (name, document) in &documents {
        let found = complaints(document);
        assert!(found.is_empty(), "{name}: {found:?}");
        let components = document["components"].as_array().unwrap();
        assert_eq!(components.len() + 1, crates(name, &[]).unwrap().len(), "{name}");
        let ours = |component: &&Value| component["name"].as_str().unwrap().starts_with("remote-services-");
        for theirs in
            components.iter().filter(|component| !ours(component) && component["name"] != "virtual-printer")
        {
            assert_eq!(theirs["hashes"][0]["content"].as_str().map(str::len), Some(64), "{name}: {theirs}");
        }
    }
    assert_eq!(documents["remote-services-agent"]["metadata"]["component"]["type"], "application");
    assert_eq!(documents["remote-services-snmp"]["metadata"]["component"]["type"], "library");
}

#[test]
fn what_the_rules_ask_is_missed_where_it_is_taken_away() {
    let documents = documents().unwrap();
    let fine = &documents["remote-services-core"];
    let changed = |change: fn(&mut Value)| {
        let mut document = fine.clone();
        change(&mut document);
        complaints(&document).join(" ")
    };
    assert!(changed(|it| it["bomFormat"] = "other".into()).contains("bomFormat"));
    assert!(changed(|it| it["components"][0]["type"] = "crate".into()).contains("type"));
    assert!(changed(|it| it["components"][0]["name"] = Value::Null).contains("name"));
    assert!(changed(|it| it["components"][1] = it["components"][0].clone()).contains("twice"));
    assert!(
        changed(|it| it["dependencies"][0]["dependsOn"] = serde_json::json!(["pkg:cargo/none@1"]))
            .contains("nobody")
    );
    assert!(
        changed(|it| it["components"][0]["licenses"] = serde_json::json!([{ "id": "MIT" }]))
            .contains("licence")
    );
    assert!(changed(|it| it["components"][0]["hashes"][0]["content"] = "12".into()).contains("hash"));
    assert!(changed(|it| it["dependencies"] = serde_json::json!([])).contains("no line"));
}

/// What the specification of version 1.5 asks and the document does not have.
fn complaints(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut ask = |holds: bool, what: String| {
        if !holds {
            found.push(what);
        }
    };
    ask(document["bomFormat"] == "CycloneDX", "bomFormat".to_owned());
    ask(document["specVersion"] == "1.5", "specVersion".to_owned());
    ask(document["version"].as_u64().is_some_and(|version| version > 0), "version".to_owned());
    let mut refs = BTreeSet::new();
    let main = std::iter::once(&document["metadata"]["component"]);
    for component in main.chain(document["components"].as_array().into_iter().flatten()) {
        let name = component["name"].as_str().unwrap_or_default();
        ask(!name.is_empty(), format!("a component without a name: {component}"));
        ask(component["type"] == "library" || component["type"] == "application", format!("{name}: type"));
        let (version, purl) = (component["version"].as_str().unwrap_or_default(), component["purl"].as_str());
        let expected = format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"));
        ask(!version.is_empty() && purl == Some(&expected), format!("{name}: purl"));
        ask(refs.insert(component["bom-ref"].as_str().unwrap_or_default()), format!("{name}: bom-ref twice"));
        for choice in component["licenses"].as_array().into_iter().flatten() {
            ask(
                choice["expression"].is_string() && !choice.to_string().contains('/'),
                format!("{name}: licence"),
            );
        }
        for hash in component["hashes"].as_array().into_iter().flatten() {
            let octets = hash["content"].as_str().unwrap_or_default();
            let hex = octets.len() == 64 && octets.chars().all(|digit| digit.is_ascii_hexdigit());
            ask(hash["alg"] == "SHA-256" && hex, format!("{name}: hash"));
        }
    }
    let mut lines = BTreeSet::new();
    for line in document["dependencies"].as_array().into_iter().flatten() {
        let whose = line["ref"].as_str().unwrap_or_default();
        ask(lines.insert(whose), format!("{whose}: dependencies twice"));
        for needed in std::iter::once(&line["ref"]).chain(line["dependsOn"].as_array().into_iter().flatten())
        {
            ask(
                needed.as_str().is_some_and(|it| refs.contains(it)),
                format!("{whose} needs {needed}, nobody here"),
            );
        }
    }
    for component in refs.difference(&lines) {
        ask(false, format!("{component}: no line of dependencies"));
    }
    found
}
