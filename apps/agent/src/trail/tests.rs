use super::*;
use remote_services_transport::audit::{AuditEntry, AuditLimits, verify_log};
use remote_services_transport::client::ClientError;
use remote_services_transport::exchange::Method;
use std::path::Path;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn logs(folder: &tempfile::TempDir) -> Logs {
    let open = |name: &str| AuditLog::open(&folder.path().join(name), at(0)).unwrap();
    Logs { main: open("audit.log"), exchanges: open("exchanges.log") }
}

fn trail(folder: &tempfile::TempDir) -> Trail {
    let trail = Trail::default();
    trail.begin(logs(folder));
    trail
}

fn lines(folder: &tempfile::TempDir, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
    text.lines().map(|line| line[65..].to_owned()).collect()
}

fn entries(folder: &tempfile::TempDir) -> Vec<String> {
    lines(folder, "exchanges.log")
}

/// So many polls, a minute apart, by what they come to.
fn polls(trail: &Trail, from: i64, count: i64, outcome: Result<u16, &ClientError>) {
    for nth in from..from + count {
        trail.take_at(Method::Get, "/commands", outcome, at(nth * 60));
    }
}

impl Trail {
    fn take_at(&self, method: Method, path: &str, outcome: Result<u16, &ClientError>, at: Timestamp) {
        self.book()
            .note(&Seen { method, peer: "server:443", path, outcome, sent: 3, received: 5, ms: 7 }, at);
    }
}

#[test]
fn idle_polls_of_a_year_are_a_few_entries_an_hour_and_what_differs_stands_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let trail = trail(&folder);
    polls(&trail, 0, 600, Ok(304));
    assert!(entries(&folder).len() <= 11, "{:?}", entries(&folder));
    assert!(entries(&folder)[1].contains("304; the same 60 times more"), "{:?}", entries(&folder)[1]);
    let before = entries(&folder).len();
    polls(&trail, 600, 1, Ok(200));
    polls(&trail, 601, 1, Ok(304));
    let all = entries(&folder);
    assert_eq!(all.len(), before + 3, "those counted, what differs, and the first of the next: {all:?}");
    assert!(
        all[before].contains("the same") && all[before + 1].contains("200; 3 octets sent, 5 received, 7 ms")
    );
}

#[test]
fn a_server_that_is_away_is_told_once_an_hour_and_each_write_stands_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let trail = trail(&folder);
    let away = ClientError::Refused { peer: "server:443".into() };
    polls(&trail, 0, 120, Err(&away));
    assert!(entries(&folder).len() <= 3, "{:?}", entries(&folder));
    for second in 7_150..7_160 {
        trail.take_at(Method::Put, "/clients/7", Ok(204), at(second));
    }
    assert!(entries(&folder).len() >= 10);
    drop(trail);
    assert!(entries(&folder).last().unwrap().contains("the same 59 times more"), "nothing counted is lost");
}

#[test]
fn a_file_in_a_thousand_pieces_is_two_entries_with_all_its_octets() {
    let folder = tempfile::tempdir().unwrap();
    let trail = trail(&folder);
    for _ in 0..1_000 {
        trail.take_at(Method::Get, "/artifacts/7", Ok(307), at(0));
        trail.take_at(Method::Get, "/elsewhere/7", Ok(206), at(0));
    }
    trail.take_at(Method::Get, "/elsewhere/7", Ok(404), at(0));
    drop(trail);
    let all = entries(&folder);
    assert_eq!(all.len(), 5, "{all:?}");
    let told = |what: &str| all.iter().any(|entry| entry.contains(what));
    assert!(told("206; 3 octets sent, 5 received, 7 ms") && told("404; 3 octets"), "{all:?}");
    assert!(told("206; the same 999 times more") && told("2997 octets sent, 4995 received"), "{all:?}");
    assert!(told("307; the same 999 times more"), "{all:?}");
}

#[test]
fn what_happens_before_there_is_a_log_waits_for_it_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail::default();
    for second in 0..300 {
        trail.take_at(Method::Put, "/clients/7", Ok(204), at(second));
    }
    trail.begin(logs(&folder));
    let all = entries(&folder);
    assert_eq!(all.len(), 257);
    assert!(all[0].contains("44 entries could not be written down"), "{}", all[0]);
}

/// All that a log still has, of all its files.
fn kept(folder: &Path, name: &str) -> Vec<AuditEntry> {
    let mut all = Vec::new();
    verify_log(&folder.join(name), None, &mut |entry| all.push(entry)).unwrap();
    all
}

fn id(nth: u64) -> String {
    format!("7b0d6a5e-4f0d-4c3e-9d8a-{nth:012x}")
}

#[test]
fn whoever_answers_for_the_server_and_signs_nothing_washes_no_consent_out_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let trail = trail(&folder);
    let small = AuditLimits { max_file: 16 << 10, ..AuditLimits::default() };
    trail.bound(LogLimits { main: small, exchanges: small });
    trail.append(at(0), "consent", "printTestPage", "agreed by Ada Lovelace").unwrap();
    trail.payload(at(1), "stored", &id(1), "stored by the server").unwrap();
    // An hour of polls, each with a hundred commands that nobody signed, another policy, and another time.
    for poll in 0..720 {
        let now = at(2 + 5 * poll);
        let nth = u64::try_from(poll).unwrap();
        trail.take_at(Method::Get, "/clients/1/commands", Ok(200), now);
        for command in 0..100 {
            let path = format!("/clients/1/commands/{}", id(100 * nth + command));
            trail.take_at(Method::Get, &path, Ok(200), now);
            trail.take_at(
                Method::Put,
                &format!("{path}/execution"),
                Ok(if command % 2 == 0 { 200 } else { 404 }),
                now,
            );
            trail.claim(now, "command", &id(100 * nth + command), "refused: not signed").unwrap();
        }
        trail.take_at(Method::Get, "/policy", Ok(200), now);
        trail
            .claim(now, "policy", "server", &format!("applied {{}}; left out {poll} {}", "x".repeat(10_000)))
            .unwrap();
        trail.claim(now, "clock", "server", "is off").unwrap();
        trail.checkpoint(now).unwrap();
    }
    trail.append(at(3_602), "consent", "printTestPage", "withdrawn by Ada Lovelace").unwrap();
    drop(trail);
    let main = kept(folder.path(), "audit.log");
    let texts: Vec<_> =
        main.iter().filter(|entry| entry.event == "consent").map(|entry| &entry.text).collect();
    assert_eq!(texts, ["agreed by Ada Lovelace", "withdrawn by Ada Lovelace"], "of {} entries", main.len());
    assert_eq!(main[0].sequence, 1, "nothing at all was given up");
    let about = |event: &str| main.iter().filter(|entry| entry.event == event).collect::<Vec<_>>();
    for (event, count) in [("command", 72_000), ("policy", 720), ("clock", 720)] {
        let told = about(event);
        assert!(told.len() <= 36, "{event}: {}", told.len());
        let counted =
            |text: &str| text.rsplit_once("; ")?.1.split_once(" more of the kind")?.0.parse::<usize>().ok();
        let others: usize = told.iter().filter_map(|entry| counted(&entry.text)).sum();
        assert_eq!(told.len() + others, count, "each {event} is told or counted");
    }
}

#[test]
fn exchanges_about_what_was_never_signed_are_counted_and_those_of_the_site_keep_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let trail = trail(&folder);
    for nth in 0..20_000 {
        let now = at(i64::try_from(nth / 20).unwrap());
        let path = format!("/clients/1/commands/{}", id(nth));
        trail.take_at(Method::Get, &path, Ok(200), now);
        trail.take_at(Method::Put, &format!("{path}/execution"), Ok(200), now);
    }
    let before = entries(&folder).len();
    assert!(before < 1_100, "{before} lines");
    // What the server has of this site's readings makes room for their lines, as many as they are.
    for nth in 0..500 {
        trail.payload(at(1_000), "stored", &id(nth), "stored by the server").unwrap();
        trail.take_at(Method::Put, &format!("/uploads/{}", id(nth)), Ok(201), at(1_000));
        trail.take_at(Method::Put, &format!("/devices/{}", id(nth)), Ok(204), at(1_000));
    }
    assert_eq!(entries(&folder).len(), before + 1_500);
    drop(trail);
    let all = kept(folder.path(), "exchanges.log");
    let by_count =
        |text: &str| text.split_once("the same ")?.1.split_once(" times more")?.0.parse::<usize>().ok();
    for subject in
        ["GET server:443/clients/{id}/commands/{id}", "PUT server:443/clients/{id}/commands/{id}/execution"]
    {
        let (method, last) = (&subject[..3], subject.ends_with("execution"));
        let single = all.iter().filter(|it| {
            it.subject.starts_with(method)
                && it.subject.contains("/commands/7b")
                && it.subject.ends_with("execution") == last
        });
        let counted: usize =
            all.iter().filter(|it| it.subject == subject).filter_map(|it| by_count(&it.text)).sum();
        assert_eq!(single.count() + counted, 20_000, "{subject}");
    }
}

#[test]
fn kinds_without_number_are_one_line_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let trail = trail(&folder);
    for nth in 0..10_000 {
        trail.take_at(
            Method::Get,
            &format!("/of-{}", "a".repeat(nth % 100)),
            Ok(400 + u16::try_from(nth % 150).unwrap()),
            at(1),
        );
    }
    assert_eq!(entries(&folder).len(), 1_024);
    trail.checkpoint(at(3_700)).unwrap();
    let all = entries(&folder);
    assert_eq!(all.len(), 1_024 + 33);
    assert!(all.last().unwrap().contains("other exchanges"), "{:?}", all.last());
}

#[test]
fn what_people_read_later_and_what_happens_often_stand_apart() {
    let folder = tempfile::tempdir().unwrap();
    let trail = trail(&folder);
    trail.append(at(1), "command", &id(1), "getStatus asked by the server").unwrap();
    trail.take_at(Method::Put, "/uploads/1", Ok(201), at(2));
    trail.payload(at(3), "stored", &id(2), "stored by the server").unwrap();
    trail.payload(at(4), "dropped", &id(3), "the spool was full").unwrap();
    let events = |name: &str| kept(folder.path(), name).into_iter().map(|it| it.event).collect::<Vec<_>>();
    assert_eq!(events("audit.log"), ["command", "dropped"]);
    assert_eq!(events("exchanges.log"), ["exchange", "stored"]);
    for nth in 0..100 {
        trail.payload(at(5), "dropped", &id(nth), "the spool was full").unwrap();
    }
    let dropped = |name: &str| events(name).iter().filter(|event| *event == "dropped").count();
    assert_eq!(
        (dropped("audit.log"), dropped("exchanges.log")),
        (32, 69),
        "beyond that, each is in the other"
    );
}
