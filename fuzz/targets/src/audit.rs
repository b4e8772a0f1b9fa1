//! Audit logs: one that holds together is as its writer left it, and goes on.

use std::path::Path;

use remote_services_core::time::Timestamp;
use remote_services_transport::audit::{
    AuditEntry, ChainError, ChainHead, Fault, Verifier, verify, verify_export,
};

use crate::bytes::Bytes;

pub(crate) fn run(data: &[u8]) {
    let mut entries = Vec::new();
    let verdict = verify_export(Path::new("fuzzed"), data, None, &mut |entry| entries.push(entry));
    if let Ok(verdict) = &verdict {
        assert!(verdict.first <= verdict.last + 1);
    }
    for pair in entries.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence + 1, "no entry is passed over");
    }
    match verify(data) {
        Ok(head) => goes_on(data, head),
        Err(ChainError::Broken { line } | ChainError::Unfinished { line }) => {
            let lines = data.split(|octet| *octet == b'\n').count();
            assert!(usize::try_from(line).is_ok_and(|line| (1..=lines).contains(&line)));
        }
        Err(_) => {}
    }
    if let Err(Fault::Read(error)) = verdict {
        assert!(!error.to_string().is_empty());
    }
    written(data);
}

/// What is appended belongs to it, and without the last line it is another log.
fn goes_on(data: &[u8], mut head: ChainHead) {
    let lines = data.iter().filter(|octet| **octet == b'\n').count();
    assert_eq!(usize::try_from(head.entries), Ok(lines));
    let line = head.append(entry("goes on", "", ""));
    let longer = [data, line.as_bytes()].concat();
    assert!(verify(&longer[..]).is_ok_and(|now| now == head));
    let mut other = Verifier::default();
    assert!(lines == 0 || other.line(line.trim_end().as_bytes()).is_err(), "a line fits in one place only");
}

/// Any texts make lines that are read again, and no changed octet goes unnoticed.
fn written(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let (at, bits) = (usize::from(bytes.word()), bytes.byte().max(1));
    let text = |bytes: &mut Bytes<'_>| String::from_utf8_lossy(bytes.run()).into_owned();
    let mut head = ChainHead::default();
    let mut log = Vec::new();
    for _ in 0..3 {
        let (event, subject, why) = (text(&mut bytes), text(&mut bytes), text(&mut bytes));
        log.extend(head.append(entry(&event, &subject, &why)).into_bytes());
    }
    let mut read = Vec::new();
    let outcome = verify_export(Path::new("written"), &log[..], None, &mut |entry| read.push(entry));
    assert!(outcome.is_ok(), "{:?}", outcome.err().map(|error| error.to_string()));
    assert_eq!(read.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let at = at % log.len();
    log[at] ^= bits;
    assert!(verify(&log[..]).is_err(), "octet {at} was changed");
}

fn entry(event: &str, subject: &str, text: &str) -> AuditEntry {
    AuditEntry {
        sequence: 0,
        time: Timestamp::from_unix_seconds(1_800_000_000),
        event: event.into(),
        subject: subject.into(),
        text: text.into(),
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut head = ChainHead::default();
    let lines =
        ["started", "stored", "command \u{e4}\n\"quoted\""].map(|text| head.append(entry(text, "x", text)));
    vec![
        lines.concat().into_bytes(),
        lines[..1].concat().into_bytes(),
        lines[1..].concat().into_bytes(),
        lines.concat().trim_end().as_bytes().to_vec(),
        [&[0, 70, 1, 0, 5][..], b"event", &[0, 3], b"\xff\"\n", &[0, 2], b"\0x"].concat(),
    ]
}
