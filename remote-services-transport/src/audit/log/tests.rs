use super::super::{ChainError, verify};
use super::*;
use std::io::BufReader;

fn open(folder: &tempfile::TempDir) -> Result<AuditLog, AuditError> {
    AuditLog::open(&folder.path().join("audit.log"), Timestamp::from_unix_seconds(9))
}

fn append(log: &mut AuditLog, event: &str) {
    log.append(Timestamp::from_unix_seconds(1), event, "x", "a sentence").unwrap();
}

#[test]
fn goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    append(&mut open(&folder).unwrap(), "one");
    let mut log = open(&folder).unwrap();
    append(&mut log, "two");
    let file = File::open(folder.path().join("audit.log")).unwrap();
    let head = verify(BufReader::new(file)).unwrap();
    assert_eq!((head, head.entries), (log.head(), 2));
}

#[test]
fn no_text_makes_a_line_that_cannot_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(&folder).unwrap();
    // A control character takes six octets in JSON, an astral one four.
    for text in ["\u{1}", "\u{1F5A8}", "x"] {
        let endless = text.repeat(100_000);
        log.append(Timestamp::from_unix_seconds(1), &endless, &endless, &endless).unwrap();
    }
    assert_eq!(open(&folder).unwrap().head(), log.head());
}

#[test]
fn an_unfinished_entry_is_cut_off_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    append(&mut open(&folder).unwrap(), "one");
    let whole = std::fs::read(&path).unwrap();
    for cut in 1..whole.len() {
        std::fs::write(&path, [&whole[..], &whole[..cut]].concat()).unwrap();
        let log = open(&folder).unwrap();
        assert_eq!(log.head().entries, 2, "cut at {cut}");
        assert!(std::fs::read_to_string(&path).unwrap().contains("recovered"));
    }
    std::fs::write(&path, &whole[..20]).unwrap();
    assert_eq!(open(&folder).unwrap().head().entries, 1);
}

#[test]
fn an_edited_log_is_not_opened_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    append(&mut open(&folder).unwrap(), "one");
    let edited = std::fs::read_to_string(&path).unwrap().replace("one", "two");
    std::fs::write(&path, &edited).unwrap();
    assert!(matches!(open(&folder), Err(AuditError::Chain { source: ChainError::Broken { line: 1 }, .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), edited);
}
