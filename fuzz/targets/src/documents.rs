//! The JSON documents and header fields of the protocol: what is read is written and read again as the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use remote_services_transport::document::{
    ClientDescription, Command, CommandList, ContentDigest, DeviceConflict, DeviceEvidence, Directory,
    Execution, NextPoll, PartRanges, Policy, Problem, Receipt, SoftwareManifest, expand,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One of the documents, by the first octet.
type Read = (fn(&[u8]), &'static str);

const DOCUMENTS: [Read; 14] = [
    (
        json::<Problem>,
        r#"{"type":"urn:remote-services:problem:digest","title":"x","status":400,"detail":"y"}"#,
    ),
    (
        json::<Directory>,
        r#"{"urls":{"cacerts":"/.well-known/est/cacerts","upload":"/u/{client}/{upload}"},"limits":{"maxUpload":1000,"partSize":8388608,"maxParts":100}}"#,
    ),
    (json::<CommandList>, r#"{"commands":[{"id":"00000000-0000-7000-8000-000000000001","state":"queued"}]}"#),
    (
        json::<Command>,
        r#"{"id":"00000000-0000-7000-8000-000000000001","client":"00000000-0000-7000-8000-000000000002","action":"restart","sequence":1,"issuedAt":"2026-11-22T09:30:00.000Z","expires":"2026-11-23T09:30:00.000Z"}"#,
    ),
    (
        json::<Policy>,
        r#"{"dailyWindow":"01:00-03:00","collectEvery":3600,"maintenanceWindow":"x","softwareEvery":4294967295}"#,
    ),
    (
        json::<Receipt>,
        r#"{"upload":"00000000-0000-7000-8000-000000000001","digest":"sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:","storedAt":"2026-11-22T09:30:00.000Z"}"#,
    ),
    (
        json::<Execution>,
        r#"{"state":"succeeded","attempt":1,"percent":100,"result":{"code":"done","text":""},"evidence":["00000000-0000-7000-8000-000000000001"]}"#,
    ),
    (
        json::<SoftwareManifest>,
        r#"{"document":"software","component":"agent","version":"1.2.3","sequence":7,"expires":"2026-11-23T09:30:00.000Z","artifact":{"digest":"sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:","size":5}}"#,
    ),
    (
        json::<ClientDescription>,
        r#"{"software":{"agent":"0.1.0"},"operatingSystem":"linux","spool":{"depth":1,"bytes":2,"quarantined":0}}"#,
    ),
    (
        json::<DeviceEvidence>,
        r#"{"manufacturer":"HP","evidence":[{"kind":"serial","value":"X1"}],"withheld":["macAddress"]}"#,
    ),
    (json::<DeviceConflict>, r#"{"candidates":["00000000-0000-7000-8000-000000000001"]}"#),
    (text::<ContentDigest>, "sha-512=:AAAA:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:;q=1"),
    (text::<NextPoll>, "900;jitter=300"),
    (text::<PartRanges>, "(1 7), (9 9)"),
];

pub(crate) fn run(data: &[u8]) {
    let [first, octets @ ..] = data else { return };
    match DOCUMENTS.get(usize::from(*first) % (DOCUMENTS.len() + 1)) {
        Some((read, _)) => read(octets),
        None => expanded(&String::from_utf8_lossy(octets)),
    }
}

fn json<T: DeserializeOwned + Serialize + PartialEq + Debug>(octets: &[u8]) {
    let Ok(document) = serde_json::from_slice::<T>(octets) else { return };
    let written = serde_json::to_vec(&document).expect("it was read");
    assert_eq!(serde_json::from_slice::<T>(&written).expect("we wrote it"), document);
}

fn text<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(octets: &[u8]) {
    let Some(read) = core::str::from_utf8(octets).ok().and_then(|text| text.parse::<T>().ok()) else {
        return;
    };
    assert_eq!(read.to_string().parse::<T>().expect("we wrote it"), read);
}

/// A value never gets out of its place in a template.
fn expanded(text: &str) {
    let (template, value) = text.split_once('\n').unwrap_or(("/{value}/", text));
    let path = expand("/{value}/", &[("value", value)]);
    let inside =
        path.strip_prefix('/').and_then(|path| path.strip_suffix('/')).expect("the template is kept");
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~%".contains(&octet);
    assert!(inside.bytes().all(plain), "{path}");
    let _ = expand(template, &[("value", value), ("client", "x")]);
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = (0_u8..)
        .zip(DOCUMENTS)
        .map(|(number, (_, sample))| [&[number], sample.as_bytes()].concat())
        .collect();
    seeds.push([&[14], &b"/c/{client}/x/{value}\na/../b?c#d \xc3\xa4"[..]].concat());
    seeds
}
