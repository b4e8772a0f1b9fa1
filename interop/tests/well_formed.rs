//! What our readers take, libxml2 finds well-formed; what they refuse and libxml2 does not has a reason.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

#[path = "../../remote-services-payload/tests/models/mod.rs"]
mod models;
mod mutation;

use models::random::{self, Dice};
use models::{sample, sample_usage};
use mutation::Mutator;
use remote_services_interop::{Tool, require};
use remote_services_payload::archive::Manifest;
use remote_services_payload::kind::{self, PayloadKind};
use remote_services_payload::xml::{Limits, XmlCause};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::process::Command;

/// Which of the documents xmllint complains about, whatever their schema. It is started once.
fn ill_formed(documents: &[&[u8]]) -> HashSet<usize> {
    let folder = tempfile::tempdir().unwrap();
    for (number, document) in documents.iter().enumerate() {
        fs::write(folder.path().join(number.to_string()), document).unwrap();
    }
    let output = Command::new(Tool::Xmllint.path())
        .current_dir(folder.path())
        .args(["--nonet", "--noout"])
        .args((0..documents.len()).map(|number| number.to_string()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // `7:1: parser error : …`; a prefix that is not declared is a namespace error, and an exit status of 0.
    // Whether the name of a namespace is a URI is more than Namespaces in XML asks a reader to check.
    let errors =
        said.lines().filter(|line| line.contains(" error : ") && !line.ends_with("is not a valid URI"));
    errors.filter_map(number_of).collect()
}

fn number_of(line: &str) -> Option<usize> {
    line.split(':').next()?.parse().ok()
}

/// What a reader of ours says of a document: nothing when it takes it.
type Reader = fn(&[u8], usize) -> Result<(), Refusal>;

enum Refusal {
    /// Not for its form: the reason, which libxml2 does not share.
    Ours(&'static str),
    /// For its form, in words.
    Form(String),
}

/// Mutants of each seed, before both judges.
fn compare(seeds: &[Vec<u8>], each: usize, read: Reader) {
    let mut mutator = Mutator::new(seeds);
    let (mut both, mut neither, mut reasons, mut wrong) = (0, 0, BTreeMap::new(), Vec::new());
    for round in 0..each {
        let mutants: Vec<(usize, Vec<u8>)> = (0..seeds.len())
            .map(|seed| (seed, if round == 0 { seeds[seed].clone() } else { mutator.mutant(seed) }))
            .collect();
        let ill = ill_formed(&mutants.iter().map(|(_, octets)| octets.as_slice()).collect::<Vec<_>>());
        for (number, (seed, octets)) in mutants.iter().enumerate() {
            let text = String::from_utf8_lossy(octets);
            match (read(octets, *seed), ill.contains(&number)) {
                (Ok(()), true) => wrong.push(format!("ours takes, xmllint finds ill-formed: {text}")),
                (Ok(()), false) => both += 1,
                (Err(_), true) => neither += 1,
                (Err(Refusal::Ours(reason)), false) => *reasons.entry(reason).or_insert(0) += 1,
                (Err(Refusal::Form(why)), false) => {
                    wrong.push(format!("ours refuses ({why}), xmllint finds well-formed: {text}"));
                }
            }
        }
    }
    eprintln!("{both} taken by both, {neither} refused by both, refused by us alone: {reasons:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // neither judge has an easy life
    assert!(both >= 100 && neither >= 100, "{both} {neither}");
}

fn kind_of(seed: usize, octets: &[u8]) -> PayloadKind {
    // a changed root is refused as the wrong one
    let text = String::from_utf8_lossy(octets);
    let named = PayloadKind::ALL.iter().find(|kind| text.contains(kind.namespace()));
    *named.unwrap_or(&PayloadKind::ALL[seed % PayloadKind::ALL.len()])
}

fn read_document(octets: &[u8], seed: usize) -> Result<(), Refusal> {
    match kind::decode(kind_of(seed, octets), octets, &Limits::default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(reason(&error.cause).map_or(Refusal::Form(error.to_string()), Refusal::Ours)),
    }
}

/// Why we refuse what is well-formed.
fn reason(cause: &XmlCause) -> Option<&'static str> {
    Some(match cause {
        XmlCause::Doctype | XmlCause::ProcessingInstruction => "what the dialect leaves out",
        // libxml2 reads no further than a zero behind the root
        XmlCause::ForbiddenCharacter('\0') => "a zero octet",
        // against production 32, libxml2 asks for none before `standalone`
        XmlCause::Declaration("has no blank before one of its parts") => "a blank in the declaration",
        XmlCause::ForeignEncoding(_) | XmlCause::ForeignVersion(_) => "another encoding or version",
        XmlCause::TooLarge { .. }
        | XmlCause::TooDeep { .. }
        | XmlCause::TooManyElements { .. }
        | XmlCause::TooManyAttributes { .. }
        | XmlCause::TooManyNamespaces { .. }
        | XmlCause::NamespaceTooLong { .. }
        | XmlCause::TextTooLong { .. } => "beyond a limit",
        XmlCause::WrongRoot { .. }
        | XmlCause::SchemaVersion(_)
        | XmlCause::UnexpectedText
        | XmlCause::UnexpectedElement(_)
        | XmlCause::MissingElement(_)
        | XmlCause::MissingAttribute(_)
        | XmlCause::RepeatedElement(_)
        | XmlCause::OutOfOrder(_)
        | XmlCause::Value { .. } => "not as the schema has it",
        _ => return None,
    })
}

#[test]
fn what_our_reader_takes_xmllint_finds_well_formed_and_the_other_way_or_the_reason_is_listed() {
    if !require(&[Tool::Xmllint]) {
        return;
    }
    let mut seeds: Vec<Vec<u8>> = mutation::SEEDS.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    seeds.extend(kind::encode_report(&sample::report()).unwrap().into_iter().map(|document| document.xml));
    for document in sample_usage::with_consent().into_iter().chain(random::with_consent(&mut Dice::new(7))) {
        seeds.push(document.encode().unwrap().xml);
    }
    // the hand-written ones are where the rules of XML meet
    let by_hand: Vec<_> = seeds[..mutation::SEEDS.len()].iter().cycle().take(120).cloned().collect();
    compare(&by_hand, 120, read_document);
    compare(&seeds, 120, read_document);
}

#[test]
fn what_the_manifests_reader_takes_xmllint_finds_well_formed() {
    if !require(&[Tool::Xmllint]) {
        return;
    }
    let seeds: Vec<_> =
        mutation::MANIFESTS.iter().cycle().take(80).map(|seed| seed.as_bytes().to_vec()).collect();
    compare(&seeds, 25, |octets, _| {
        Manifest::from_xml(octets).map(|_| ()).map_err(|error| match error.kind {
            remote_services_payload::archive::ManifestErrorKind::Malformed(why) => Refusal::Form(why),
            _ => Refusal::Ours("not as the schema has it, or what the manifest leaves out"),
        })
    });
}
