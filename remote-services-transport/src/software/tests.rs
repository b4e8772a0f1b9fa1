use super::*;
use crate::document::{ContentDigest, SoftwareArtifact, SoftwareManifest, names};
use crate::exchange::Answer;
use proptest::prelude::*;
use remote_services_core::time::Timestamp;
use std::path::Path;
use uuid::Uuid;

const BYTES: &[u8] = b"the new program, many octets of it";

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn component() -> Component {
    Component { name: "agent".into(), channel: Some("stable".into()), target: Some("x86_64".into()) }
}

pub(super) fn manifest(version: &str, sequence: u64) -> SoftwareManifest {
    SoftwareManifest {
        document: SoftwareManifest::DOCUMENT.into(),
        component: "agent".into(),
        version: version.into(),
        channel: Some("stable".into()),
        from: Vec::new(),
        target: Some("x86_64".into()),
        artifact: SoftwareArtifact {
            digest: ContentDigest::of(BYTES),
            size: BYTES.len() as u64,
            origins: Vec::new(),
        },
        not_before: None,
        expires: at(1_000),
        sequence,
        preconditions: serde_json::Map::new(),
    }
}

/// A verifier for which whatever begins with `signed:` is signed.
fn verifier(_: &str, body: &[u8]) -> Result<Vec<u8>, String> {
    body.strip_prefix(b"signed:").map(<[u8]>::to_vec).ok_or_else(|| "not signed".to_owned())
}

pub(super) fn shown(manifest: &SoftwareManifest, state: &mut UpdateState, now: i64) -> Offer {
    let body = [b"signed:", &serde_json::to_vec(manifest).unwrap()[..]].concat();
    let answer = Answer { status: 200, fields: Vec::new(), body };
    judge_software(&answer, &component(), "1.0", state, &verifier, at(now))
}

fn refusal(manifest: &SoftwareManifest, state: &mut UpdateState, now: i64) -> OfferRefusal {
    let before = state.clone();
    let offer = shown(manifest, state, now);
    assert_eq!(*state, before, "what is refused changes nothing");
    match offer {
        Offer::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_question_names_component_version_channel_and_target() {
    let component = Component { name: "a&b".into(), ..component() };
    let request = request(names::SOFTWARE, Uuid::from_u128(1), &component, "1.0 beta");
    assert!(
        request.path.ends_with("/software?component=a%26b&version=1.0%20beta&channel=stable&target=x86_64"),
        "{}",
        request.path
    );
}

#[test]
fn a_manifest_is_followed_only_when_everything_about_it_holds() {
    let mut state = UpdateState::default();
    assert!(matches!(shown(&manifest("1.1", 5), &mut state, 10), Offer::Newer(_)));
    assert_eq!((state.sequence, state.fresh_until), (5, Some(at(1_000))));
    assert!(matches!(
        refusal(&manifest("0.9", 4), &mut state, 10),
        OfferRefusal::Rollback { found: 4, seen: 5 }
    ));
    assert_eq!(refusal(&manifest("1.2", 5), &mut state, 10), OfferRefusal::Twice(5));
    let mut late = state.clone();
    let expired = Offer::Refused(OfferRefusal::Expired(at(1_000)));
    assert_eq!(shown(&manifest("1.2", 6), &mut late, 1_000), expired);
    assert_eq!(late, UpdateState { clock: Some(at(1_000)), ..state.clone() }, "how late it was is kept");
    let other = SoftwareManifest { component: "firmware".into(), ..manifest("1.2", 6) };
    assert_eq!(refusal(&other, &mut state, 10), OfferRefusal::Another("firmware".into()));
    let other = SoftwareManifest { channel: None, ..manifest("1.2", 6) };
    assert!(matches!(refusal(&other, &mut state, 10), OfferRefusal::Another(_)));
    let command = SoftwareManifest { document: "command".into(), ..manifest("1.2", 6) };
    assert!(matches!(refusal(&command, &mut state, 10), OfferRefusal::Signature(_)));
    let only = SoftwareManifest { from: vec!["0.8".into()], ..manifest("1.2", 6) };
    assert_eq!(refusal(&only, &mut state, 10), OfferRefusal::From("1.0".into()));
    let body = serde_json::to_vec(&manifest("1.2", 6)).unwrap();
    let unsigned = Answer { status: 200, fields: Vec::new(), body };
    let offer = judge_software(&unsigned, &component(), "1.0", &mut state, &verifier, at(10));
    assert!(matches!(offer, Offer::Refused(OfferRefusal::Signature(_))));
    assert!(matches!(shown(&manifest("1.2", 6), &mut state, 10), Offer::Newer(_)));
    // Nor is there another under the number of one that is installed by now.
    let mut installed = |version: &str, sequence| {
        let body = [b"signed:", &serde_json::to_vec(&manifest(version, sequence)).unwrap()[..]].concat();
        let answer = Answer { status: 200, fields: Vec::new(), body };
        judge_software(&answer, &component(), "1.2", &mut state, &verifier, at(10))
    };
    assert_eq!(installed("1.2", 6), Offer::Current);
    assert_eq!(installed("1.1", 6), Offer::Refused(OfferRefusal::Twice(6)));
    assert!(matches!(installed("1.3", 7), Offer::Newer(_)));
}

#[test]
fn a_server_that_shows_nothing_fresh_for_too_long_is_told() {
    let mut state = UpdateState::default();
    let silent = |state: &mut UpdateState, status, now| {
        let answer = Answer { status, ..Answer::default() };
        judge_software(&answer, &component(), "1.0", state, &verifier, at(now))
    };
    assert_eq!(silent(&mut state, 204, 10), Offer::Current, "never heard of any");
    assert_eq!(shown(&manifest("1.0", 5), &mut state, 10), Offer::Current);
    assert_eq!(silent(&mut state, 304, 999), Offer::Current);
    for status in [204, 304] {
        assert_eq!(silent(&mut state, status, 1_000), Offer::Refused(OfferRefusal::Frozen(at(1_000))));
    }
    // One that has a fault says so for a while; beyond the last manifest's end that is silence, too.
    let state = UpdateState { clock: None, ..state };
    for status in [403, 404, 410, 500, 503] {
        let mut state = state.clone();
        assert!(matches!(silent(&mut state, status, 999), Offer::Later { .. }), "{status}");
        assert_eq!(silent(&mut state, status, 1_000), Offer::Refused(OfferRefusal::Frozen(at(1_000))));
    }
    assert!(matches!(silent(&mut UpdateState::default(), 503, 1_000), Offer::Later { .. }));
}

#[test]
fn silence_beyond_the_last_manifest_is_told_over_restarts_and_clocks_that_go_back() {
    let restarted = |state: &UpdateState| -> UpdateState {
        serde_json::from_slice(&serde_json::to_vec(state).unwrap()).unwrap()
    };
    let frozen = Some(OfferRefusal::Frozen(at(1_000)));
    let mut state = UpdateState::default();
    assert_eq!(judge_silence(&mut state, at(9_000)), None, "never heard of any");
    assert_eq!(state, UpdateState::default());
    assert_eq!(shown(&manifest("1.0", 5), &mut state, 10), Offer::Current);
    for now in [999, 20] {
        state = restarted(&state);
        assert_eq!(judge_silence(&mut state, at(now)), None, "{now}");
    }
    // Without a battery the clock begins anew at each start.
    for now in [1_000, 0, 999] {
        state = restarted(&state);
        assert_eq!(judge_silence(&mut state, at(now)), frozen, "{now}");
    }
    let nothing = Answer { status: 304, ..Answer::default() };
    let offer = judge_software(&nothing, &component(), "1.0", &mut state, &verifier, at(20));
    assert_eq!(offer, Offer::Refused(OfferRefusal::Frozen(at(1_000))));
    // What ended does not begin again with the clock.
    for again in [manifest("1.0", 5), manifest("1.1", 6)] {
        assert_eq!(shown(&again, &mut state, 20), Offer::Refused(OfferRefusal::Expired(at(1_000))));
    }
    assert_eq!(judge_silence(&mut state, at(20)), frozen);
    // One that is fresh ends it, and with it what the clock said.
    let fresh = SoftwareManifest { expires: at(2_000), ..manifest("1.0", 6) };
    assert_eq!(shown(&fresh, &mut state, 20), Offer::Current);
    assert_eq!(judge_silence(&mut state, at(1_999)), None);
}

#[test]
fn what_was_seen_to_end_is_neither_fetched_nor_installed_by_a_clock_that_goes_back() {
    let mut updates = Updates { state: UpdateState::default() };
    let newer = manifest("1.1", 5);
    assert_eq!(shown(&newer, &mut updates.state, 10), Offer::Newer(Box::new(newer.clone())));
    assert_eq!(updates.next(at(20), true), UpdatesStep::Fetch(Box::new(newer.clone())));
    let late = Offer::Refused(OfferRefusal::Expired(at(1_000)));
    assert_eq!(shown(&newer, &mut updates.state, 1_000), late);
    assert_eq!(updates.next(at(20), true), UpdatesStep::Nothing);
    updates.fetched();
    assert_eq!(updates.next(at(20), true), UpdatesStep::Nothing);
    assert_eq!(shown(&newer, &mut updates.state, 20), late);
    // Also a clock that was far ahead once leaves a way out: what is signed later ends later.
    assert!(matches!(judge_silence(&mut updates.state, at(900_000)), Some(OfferRefusal::Frozen(_))));
    let fresh = SoftwareManifest { expires: at(1_010), ..newer };
    assert_eq!(shown(&fresh, &mut updates.state, 20), Offer::Newer(Box::new(fresh.clone())));
    assert_eq!(updates.next(at(20), true), UpdatesStep::Install(Box::new(fresh)), "it was fetched");
}

#[test]
fn an_artifact_that_comes_as_something_else_is_left_alone_for_twice_as_long_each_time() {
    let mut state = UpdateState::default();
    let long = |version: &str, sequence| SoftwareManifest {
        expires: at(10_000_000),
        artifact: SoftwareArtifact {
            digest: ContentDigest::of(version.as_bytes()),
            ..manifest("1.1", 1).artifact
        },
        ..manifest(version, sequence)
    };
    assert!(matches!(shown(&long("1.1", 5), &mut state, 10), Offer::Newer(_)));
    let mut updates = Updates { state };
    let (mut now, mut waits) = (10, Vec::new());
    for _ in 0..12 {
        assert!(matches!(updates.next(at(now), true), UpdatesStep::Fetch(_)), "{waits:?}");
        let until = updates.wrong(at(now)).unwrap();
        // A restart does not forget it.
        let kept = serde_json::to_string(&updates.state).unwrap();
        updates = Updates { state: serde_json::from_str(&kept).unwrap() };
        let wait = i64::try_from(until.since(at(now)).as_secs()).unwrap();
        assert_eq!(updates.next(at(now + wait - 1), true), UpdatesStep::Wait);
        now += wait;
        waits.push(wait / 60);
    }
    assert_eq!(waits[..4], [15, 30, 60, 120]);
    assert_eq!(waits[10..], [10_080, 10_080], "a week at most");
    // It is that artifact which is left alone: another is fetched at once, and one that came right is forgotten.
    updates.wrong(at(now));
    assert!(matches!(updates.next(at(5), true), UpdatesStep::Fetch(_)), "the clock was set back");
    assert!(matches!(shown(&long("1.2", 6), &mut updates.state, now), Offer::Newer(_)));
    assert!(matches!(updates.next(at(now), true), UpdatesStep::Fetch(_)));
    updates.wrong(at(now));
    updates.fetched();
    assert_eq!(updates.state.wrong.len(), 1, "{:?}", updates.state.wrong);
}

fn part(first: usize, last: usize, of: usize) -> Answer {
    Answer {
        status: 206,
        fields: vec![("content-range".into(), format!("bytes {first}-{last}/{of}"))],
        body: BYTES[first..=last].to_vec(),
    }
}

#[test]
fn an_artifact_comes_in_pieces_over_several_runs_and_is_checked_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let artifact = manifest("1.1", 1).artifact;
    let open = || ArtifactFile::open(folder.path(), &artifact).unwrap();
    let mut file = open();
    let mut last = Piece::More;
    for first in (0..BYTES.len()).step_by(10) {
        file = open();
        assert_eq!(file.have(), first as u64);
        let request = file.request(names::ARTIFACT, 10);
        let end = (first + 9).min(BYTES.len() - 1);
        assert!(request.fields.contains(&("range", format!("bytes={first}-{end}"))));
        assert!(request.fields.contains(&("if-range", tag(artifact.digest))));
        last = file.handle(&part(first, end, BYTES.len())).unwrap();
    }
    let Piece::Whole(path) = last else { panic!("{last:?}") };
    assert_eq!(std::fs::read(&path).unwrap(), BYTES);
    assert_eq!(open().finish().unwrap(), Piece::Whole(path.clone()));
    std::fs::write(&path, b"changed on the disk").unwrap();
    assert!(matches!(file.finish().unwrap(), Piece::Wrong(_)));
    assert!(!path.exists(), "what was changed is no longer there");
}

#[test]
fn a_file_fits_where_what_is_missing_of_it_leaves_room_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let artifact = manifest("1.1", 1).artifact;
    let mut file = ArtifactFile::open(folder.path(), &artifact).unwrap();
    let size = artifact.size;
    assert!(file.fits(size + 7, 7).is_ok());
    let error = file.fits(size + 6, 7).unwrap_err();
    assert!(error.is_no_room(), "{error:?}");
    for words in
        [format!("{} octets free", size + 6), format!("{size} are to be fetched"), "7 to stay".into()]
    {
        assert!(error.to_string().contains(&words), "{error}");
    }
    assert!(file.fits(u64::MAX - 1, u64::MAX).is_err());
    assert_eq!(file.handle(&part(0, 9, BYTES.len())).unwrap(), Piece::More);
    assert!(
        file.fits(size - 10, 0).is_ok() && file.fits(size - 11, 0).is_err(),
        "what is there needs no more"
    );
    assert!(matches!(file.handle(&part(10, BYTES.len() - 1, BYTES.len())).unwrap(), Piece::Whole(_)));
    assert!(file.fits(0, u64::MAX).is_ok(), "nothing is missing");
}

#[test]
#[cfg(target_os = "linux")]
fn of_a_file_that_fills_the_disk_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let artifact = manifest("1.1", 1).artifact;
    let path = folder.path().join(format!("{}.part", artifact.digest.to_hex()));
    let mut file = ArtifactFile::open(folder.path(), &artifact).unwrap();
    assert_eq!(file.handle(&part(0, 9, BYTES.len())).unwrap(), Piece::More);
    // What is added goes to a disk that is always full.
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let error = file.handle(&part(10, 19, BYTES.len())).unwrap_err();
    assert!(error.is_no_room(), "{error}");
    assert_eq!((file.have(), std::fs::read_dir(folder.path()).unwrap().count()), (0, 0));
    assert_eq!(file.handle(&part(0, 9, BYTES.len())).unwrap(), Piece::More, "it begins anew");
}

#[test]
fn whatever_else_the_server_sends_never_reaches_the_installer() {
    let artifact = manifest("1.1", 1).artifact;
    let size = BYTES.len();
    let typed = |status, media_type: &str, body: &[u8]| {
        let fields = vec![("content-type".to_owned(), media_type.to_owned())];
        Answer { status, fields, body: body.to_vec() }
    };
    let whole = |body: &[u8]| typed(200, names::OCTETS, body);
    let bent: Vec<u8> = BYTES.iter().map(|octet| octet ^ 1).collect();
    for answer in [
        part(10, 19, size),
        part(0, 9, size + 1),
        Answer { body: BYTES[..5].to_vec(), ..part(0, 9, size) },
        Answer { fields: Vec::new(), ..part(0, 9, size) },
        whole(&bent),
        whole(&[BYTES, b"more"].concat()),
        typed(404, names::PROBLEM_JSON, b"{}"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut file = ArtifactFile::open(folder.path(), &artifact).unwrap();
        assert!(matches!(file.handle(&answer).unwrap(), Piece::Wrong(_)), "{answer:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing stays");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut file = ArtifactFile::open(folder.path(), &artifact).unwrap();
    assert_eq!(file.handle(&part(0, 9, size)).unwrap(), Piece::More);
    assert!(matches!(file.handle(&whole(b"")).unwrap(), Piece::Later { .. }));
    for status in [200, 400, 401, 403, 404, 409, 410, 413, 416, 422, 503] {
        let page = typed(status, "text/html", b"<html>nginx</html>");
        assert!(matches!(file.handle(&page).unwrap(), Piece::Later { .. }), "{status}");
        assert_eq!(file.have(), 10, "{status} of somebody in front loses nothing");
    }
    assert!(matches!(file.handle(&whole(BYTES)).unwrap(), Piece::Whole(_)), "a server without ranges");
}

struct Host {
    running: String,
    installs: u32,
    dies: bool,
    works: bool,
    holds: bool,
    disk: bool,
    repeatable: bool,
}

fn host() -> Host {
    let running = "1.0".into();
    Host { running, installs: 0, dies: false, works: true, holds: true, disk: true, repeatable: false }
}

impl Installer for Host {
    fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    fn running(&self) -> String {
        self.running.clone()
    }

    fn preconditions(&self, _: &SoftwareManifest) -> Result<(), String> {
        if self.holds { Ok(()) } else { Err("no mains".into()) }
    }

    fn install(&mut self, manifest: &SoftwareManifest, _: &Path) -> Result<(), NotInstalled> {
        self.installs += 1;
        if !self.disk {
            let why = "Read-only file system".to_owned();
            return Err(NotInstalled::Obstructed { why, path: Some("/opt/programs".into()) });
        }
        if self.works {
            self.running.clone_from(&manifest.version);
        }
        if self.dies { std::panic::panic_any("the process ends") } else { Ok(()) }
    }
}

/// What was fetched.
fn fetched(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let path = folder.path().join("x");
    std::fs::write(&path, BYTES).unwrap();
    path
}

fn ready() -> Updates {
    let mut state = UpdateState::default();
    shown(&manifest("1.1", 5), &mut state, 10);
    let mut updates = Updates { state };
    assert!(matches!(updates.next(at(10), true), UpdatesStep::Fetch(_)));
    updates.fetched();
    updates
}

#[test]
fn it_is_installed_in_the_window_and_not_before_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = fetched(&folder);
    let mut updates = ready();
    let mut host = host();
    let attempt = |updates: &mut Updates, host: &mut Host, now, window| {
        install(updates, host, &file, at(now), window, &mut |_| Ok::<_, ()>(())).unwrap()
    };
    updates.state.offered.as_mut().unwrap().not_before = Some(at(100));
    assert_eq!(attempt(&mut updates, &mut host, 99, true), Attempt::NotDue);
    assert_eq!(attempt(&mut updates, &mut host, 100, false), Attempt::NotDue);
    host.holds = false;
    assert!(matches!(attempt(&mut updates, &mut host, 100, true), Attempt::Failed(_)));
    assert_eq!(host.installs, 0);
    host.holds = true;
    assert_eq!(attempt(&mut updates, &mut host, 100, true), Attempt::Installed("1.1".into()));
    assert_eq!(attempt(&mut updates, &mut host, 100, true), Attempt::NotDue);
    assert_eq!(host.installs, 1);
}

#[test]
fn without_a_durable_note_nothing_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let file = fetched(&folder);
    let mut updates = ready();
    let mut host = host();
    let failed = install(&mut updates, &mut host, &file, at(10), true, &mut |_| Err("disk full"));
    assert_eq!((failed, host.installs), (Err("disk full"), 0));
    assert!(matches!(updates.next(at(10), true), UpdatesStep::Install(_)));
}

#[test]
fn after_a_crash_the_running_version_tells_and_nothing_is_installed_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = fetched(&folder);
    for works in [true, false] {
        let mut updates = ready();
        let mut kept = updates.state.clone();
        let mut host = Host { dies: true, works, ..host() };
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            install(&mut updates, &mut host, &file, at(10), true, &mut |updates| {
                kept = updates.state.clone();
                Ok::<_, ()>(())
            })
        }));
        assert!(died.is_err());
        // What was kept is all that is left.
        let mut updates = Updates { state: kept };
        host.dies = false;
        let attempt = install(&mut updates, &mut host, &file, at(20), true, &mut |_| Ok::<_, ()>(()));
        match attempt.unwrap() {
            Attempt::Installed(version) => assert!(works && version == "1.1"),
            Attempt::Failed(_) => assert!(!works),
            other => panic!("{other:?}"),
        }
        assert_eq!(host.installs, 1);
        let running = host.running.clone();
        let again = shown(&manifest("1.1", 5), &mut updates.state, 30);
        let offered = judge_after(&mut updates.state, &running);
        assert!(
            works || (again == Offer::Current && offered == Offer::Current),
            "a failed version is left alone"
        );
    }
}

#[test]
fn a_file_that_was_changed_while_it_waited_is_not_installed_but_removed_and_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    for changed in [&b"another program"[..], &BYTES[1..], b""] {
        let file = fetched(&folder);
        let mut updates = ready();
        let mut host = host();
        std::fs::write(&file, changed).unwrap();
        let mut kept = UpdateState::default();
        let attempt = install(&mut updates, &mut host, &file, at(20), true, &mut |updates| {
            kept = updates.state.clone();
            Ok::<_, ()>(())
        });
        let Attempt::Changed(why) = attempt.unwrap() else { panic!("it is installed") };
        assert!(why.contains("x was changed since it was fetched; not tried again before"), "{why}");
        assert_eq!((host.installs, file.exists()), (0, false));
        assert!(kept == updates.state && kept.failed.is_empty() && kept.installing.is_none(), "{kept:?}");
        assert_eq!(updates.next(at(21), true), UpdatesStep::Wait);
        assert!(matches!(updates.next(at(20 + 15 * 60), true), UpdatesStep::Fetch(_)));
    }
}

#[test]
fn what_this_machine_cannot_put_in_place_stays_offered_and_is_tried_again_after_longer_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = fetched(&folder);
    let (mut updates, mut host, mut kept) = (ready(), Host { disk: false, ..host() }, UpdateState::default());
    let mut attempt = |updates: &mut Updates, host: &mut Host, now| {
        let attempt = install(updates, host, &file, at(now), true, &mut |updates| {
            kept = updates.state.clone();
            Ok::<_, ()>(())
        });
        // A restart does not forget it.
        updates.state = serde_json::from_slice(&serde_json::to_vec(&kept).unwrap()).unwrap();
        attempt.unwrap()
    };
    updates.state.offered.as_mut().unwrap().expires = at(100_000);
    let mut now = 20;
    for (times, minutes) in [(1, 15), (2, 30), (3, 60)] {
        let Attempt::Obstructed { why, path } = attempt(&mut updates, &mut host, now) else { panic!() };
        assert!(why.starts_with("1.1 is offered and is not installed, since this machine fails: Read-only"));
        assert!(why.contains("; not tried again before") && !why.contains("/opt"), "{why}");
        assert_eq!((path, host.installs), (Some("/opt/programs".into()), times));
        let offer = shown(&manifest("1.1", 5), &mut updates.state, 30);
        assert!(matches!(offer, Offer::Newer(_)), "it is offered on: {offer:?}");
        updates.state.offered.as_mut().unwrap().expires = at(100_000);
        now += minutes * 60;
        assert_eq!(attempt(&mut updates, &mut host, now - 1), Attempt::NotDue);
        assert!(updates.is_obstructed(at(now - 1)) && !updates.is_obstructed(at(now)));
    }
    // Another file is tried at once, as is this one when the clock was set back.
    let mut other = updates.clone();
    other.state.offered.as_mut().unwrap().artifact.digest = ContentDigest::of(b"another");
    for (updates, now) in [(other, now - 1), (updates.clone(), 5)] {
        assert!(matches!(updates.next(at(now), true), UpdatesStep::Install(_)));
    }
    host.disk = true;
    assert_eq!(attempt(&mut updates, &mut host, now), Attempt::Installed("1.1".into()));
    assert_eq!((updates.state.obstructed, updates.state.failed.len()), (None, 0));
}

#[test]
fn what_may_begin_again_after_an_interruption_does_so_twice_and_is_then_told_to_be_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = fetched(&folder);
    let mut kept = ready().state;
    let mut attempt = |host: &mut Host, now| {
        let mut updates = Updates { state: kept.clone() };
        let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            install(&mut updates, host, &file, at(now), true, &mut |updates| {
                kept = updates.state.clone();
                Ok::<_, ()>(())
            })
        }));
        (attempt.ok().map(Result::unwrap), Updates { state: kept.clone() })
    };
    let mut host = Host { dies: true, works: false, repeatable: true, ..host() };
    for times in 1..=3 {
        assert!(attempt(&mut host, 20).0.is_none(), "the process ended");
        assert_eq!(host.installs, times);
        let (told, updates) = attempt(&mut host, 21);
        assert_eq!(updates.given_up("1.0").is_some(), times == 3);
        match told {
            Some(Attempt::Interrupted(why)) if times < 3 => assert!(why.contains("begins again"), "{why}"),
            Some(Attempt::GivenUp(why)) => {
                assert!(times == 3 && why.contains("given up after 3 interruptions"), "{why}");
            }
            other => panic!("{other:?}"),
        }
    }
    let (told, mut updates) = attempt(&mut host, 22);
    assert_eq!((told, host.installs), (Some(Attempt::NotDue), 3));
    assert_eq!(shown(&manifest("1.1", 5), &mut updates.state, 30), Offer::Current);
    let given_up = "1.1 was offered and was given up after 3 interruptions";
    assert_eq!(updates.given_up("1.0").as_deref(), Some(given_up));
    assert_eq!(updates.given_up("1.1"), None, "a person installed it");
}

fn judge_after(state: &mut UpdateState, running: &str) -> Offer {
    let body = [b"signed:", &serde_json::to_vec(&manifest("1.1", 5)).unwrap()[..]].concat();
    let answer = Answer { status: 200, fields: Vec::new(), body };
    judge_software(&answer, &component(), running, state, &verifier, at(30))
}

proptest! {
    /// Whatever is shown in whatever order: the sequence never goes back.
    #[test]
    fn the_sequence_never_goes_back(shows in proptest::collection::vec((0_u64..6, 0_u8..3, 0_i64..1_200), 0..40)) {
        let mut state = UpdateState::default();
        let mut highest = 0;
        for (sequence, version, now) in shows {
            shown(&manifest(&format!("1.{version}"), sequence), &mut state, now);
            prop_assert!(state.sequence >= highest);
            prop_assert!(state.offered.as_ref().is_none_or(|offered| offered.sequence == state.sequence));
            highest = state.sequence;
        }
    }
}
