//! Documents and archives made to cost much, in any size: `hostile SHAPE OCTETS TIMES` reads one so often. What is counted is whether
//! twice the octets take twice the instructions.
mod archives;
#[path = "../../../../../remote-services-payload/tests/models/hostile.rs"]
mod documents;

use std::hint::black_box;
use std::process::ExitCode;

use payload_speed::Round;
use remote_services_payload::kind::{self, PayloadKind};
use remote_services_payload::xml::Limits;

fn main() -> ExitCode {
    payload_speed::run(find)
}

fn find(shape: &str, size: &str) -> Option<Round> {
    let size = size.parse().ok()?;
    if shape.starts_with("zip-") {
        return archives::find(shape, size);
    }
    let xml = documents::document(shape, size)?;
    documents::SHAPES.contains(&shape).then(|| -> Round {
        Box::new(move || {
            let read = kind::decode(PayloadKind::Network, black_box(&xml).as_bytes(), &Limits::default());
            usize::from(black_box(read).is_ok())
        })
    })
}
