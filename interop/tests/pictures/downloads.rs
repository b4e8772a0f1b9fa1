//! The download of an artifact against its picture.
use super::drawn::{Arrows, STATUSES, arrow, compare, drawn, event};
use remote_services_transport::document::{ContentDigest, SoftwareArtifact, names};
use remote_services_transport::exchange::Answer;
use remote_services_transport::registration_key::ServerUrl;
use remote_services_transport::software::{ArtifactFile, Piece, Place, redirected};
use std::collections::BTreeMap;

pub(crate) const COMPARED: &[&str] = &["Software download"];

const FILE: &[u8] = b"0123456789";
const HALF: usize = 5;

fn artifact() -> SoftwareArtifact {
    let origins = vec!["https://files.example".to_owned()];
    SoftwareArtifact { digest: ContentDigest::of(FILE), size: FILE.len() as u64, origins }
}

/// An answer to the question for what is missing from `have` on.
fn answer(status: u16, variant: &str, have: usize) -> Answer {
    let field = |name: &str, value: String| vec![(name.to_owned(), value)];
    let typed = || field("content-type", names::OCTETS.into());
    let range = |first: usize, last: usize| {
        [typed(), field("content-range", format!("bytes {first}-{last}/10"))].concat()
    };
    let (fields, body) = match variant {
        "whole" => (typed(), FILE.to_vec()),
        "others" => (typed(), b"abcdefghij".to_vec()),
        "piece" => (range(have, have + HALF - 1), FILE[have..have + HALF].to_vec()),
        "others-piece" => (range(have, have + HALF - 1), vec![b'x'; HALF]),
        "another-piece" => (range(have + 1, have + HALF), vec![b'x'; HALF]),
        "here" => (field("location", "/other".into()), Vec::new()),
        "listed-origin" => (field("location", "https://files.example/x".into()), Vec::new()),
        "another-origin" => (field("location", "https://evil.example/x".into()), Vec::new()),
        "problem" => (field("content-type", names::PROBLEM_JSON.into()), b"{}".to_vec()),
        _ => (Vec::new(), Vec::new()),
    };
    Answer { status, fields, body }
}

#[test]
fn the_picture_of_a_download_has_every_step_of_the_code_and_no_other() {
    let answers: &[&str] = &[
        "whole",
        "others",
        "piece",
        "others-piece",
        "another-piece",
        "here",
        "listed-origin",
        "another-origin",
        "bare",
        "problem",
    ];
    let variants = BTreeMap::from([("nothing", answers), ("begun", answers)]);
    let server = ServerUrl::new("rs.example", 443).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut coded = Arrows::new();
    for from in ["nothing", "begun"] {
        for status in STATUSES {
            for variant in answers {
                let have = if from == "begun" { HALF } else { 0 };
                for left in std::fs::read_dir(folder.path()).unwrap() {
                    std::fs::remove_file(left.unwrap().path()).unwrap();
                }
                let mut file = ArtifactFile::open(folder.path(), &artifact()).unwrap();
                if from == "begun" {
                    assert_eq!(file.handle(&answer(206, "piece", 0)).unwrap(), Piece::More);
                }
                let answer = answer(status, variant, have);
                let to = match redirected(&answer, &server, file.artifact()) {
                    Some(Ok(Place::Here(_))) => "askedHere",
                    Some(Ok(Place::Elsewhere(..))) => "askedThere",
                    Some(Err(_)) => "refused",
                    None => match file.handle(&answer).unwrap() {
                        Piece::More => "begun",
                        Piece::Whole(path) => {
                            assert_eq!(std::fs::read(path).unwrap(), FILE);
                            "whole"
                        }
                        Piece::Wrong(_) => {
                            assert_eq!(file.have(), 0);
                            "thrownAway"
                        }
                        Piece::Later { .. } if file.have() == have as u64 => "later",
                        Piece::Later { .. } => "begunAnew",
                        other => panic!("{other:?} is in no picture"),
                    },
                };
                coded.insert(arrow(from, &event(status, variant), to));
            }
        }
    }
    compare("Software download", &drawn("Software download", &variants), &coded);
}
