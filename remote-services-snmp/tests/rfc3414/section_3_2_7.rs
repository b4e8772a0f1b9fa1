//! §3.2 step 7 b: the manager's notion of an engine's time, on a clock that obeys the test.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::{ManagerConfig, Operation, PeerId, RequestError};
use remote_services_snmp::usm::{AuthorityClock, EngineTime};
use remote_services_snmp::{Oid, Value, VarBind, oid};

use super::link::agent::Agent;
use super::link::secure::{AUTH, PRIVACY, SecureAgent, USER, credentials};
use super::link::{AGENT, Fate, Link, MANAGER};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");

pub(crate) fn get() -> Operation {
    Operation::Get(vec![NAME])
}

fn lobby() -> Vec<VarBind> {
    vec![VarBind::new(NAME, Value::from("lobby"))]
}

pub(crate) fn pair(auth: Option<&str>, privacy: Option<&str>) -> (Link, PeerId, Rc<RefCell<SecureAgent>>) {
    let agent = SecureAgent::new(Agent::new([(NAME, Value::from("lobby"))]), auth, privacy);
    let agent = Rc::new(RefCell::new(agent));
    let mut link = Link::new(ManagerConfig::default(), rustcrypto());
    let at = Rc::clone(&agent);
    let address = link.host(AGENT, move |now, bytes| at.borrow_mut().answer(now, bytes));
    let peer = link.peer(address, credentials(USER, auth, privacy));
    (link, peer, agent)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// From now on, what the agent says of its time when it answers is this.
fn claim(agent: &Rc<RefCell<SecureAgent>>, time: EngineTime) {
    agent.borrow_mut().bend = Box::new(move |envelope, _| envelope.time = time);
}

/// R12.
#[test]
fn rfc3414_3_2_7_a_report_without_proof_moves_no_clock_and_is_no_data() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    let before = link.manager.engine(peer).unwrap();
    agent.borrow_mut().reports_in_clear = true;
    agent.borrow_mut().clock = AuthorityClock::new(1_000_000, Duration::ZERO);
    let id = link.request(peer, get());
    link.run_for(Duration::from_millis(500));
    assert_eq!(link.manager.engine(peer).unwrap().time.unwrap().boots, before.time.unwrap().boots);
    assert_eq!(link.manager.stats().unauthenticated_time, 1);
    // The agent comes to its senses, and the request is answered.
    agent.borrow_mut().clock = AuthorityClock::new(7, Duration::ZERO);
    link.run_until_idle();
    assert_eq!(link.completed(id).result, Ok(lobby()));
}

/// R25.
#[test]
fn rfc3414_3_2_7_b_1_only_a_later_time_or_newer_boots_moves_the_clock() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    link.read(peer, get());
    let time = |link: &Link| link.manager.engine(peer).unwrap().time.unwrap();
    let believed = time(&link);
    claim(&agent, EngineTime { time: believed.time - 100, ..believed });
    assert_eq!(link.read(peer, get()), lobby());
    assert_eq!(time(&link), believed, "an earlier time is accepted and moves nothing");
    let later = EngineTime { time: believed.time + 5_000, ..believed };
    claim(&agent, later);
    assert_eq!(link.read(peer, get()), lobby());
    assert_eq!(time(&link), later);
}

/// R26.
#[test]
fn rfc3414_3_2_7_b_2_answers_up_to_150_seconds_old_count_and_older_ones_do_not() {
    for (age, counts) in [(0, true), (149, true), (150, true), (151, false), (10_000, false)] {
        let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
        link.run_for(seconds(20_000));
        link.read(peer, get());
        let believed = link.manager.engine(peer).unwrap().time.unwrap();
        claim(&agent, EngineTime { time: believed.time - age, ..believed });
        let id = link.request(peer, get());
        link.run_for(Duration::from_millis(100));
        let done = link.done.iter().any(|done| done.id == id && done.result.is_ok());
        assert_eq!(done, counts, "{age} seconds old");
        assert_eq!(link.manager.stats().not_in_time, u64::from(!counts));
    }
}

/// R26.
#[test]
fn rfc3414_3_2_7_b_2_answers_of_earlier_boots_and_of_used_up_boots_are_refused() {
    for boots in [6, 0x7fff_ffff] {
        let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
        link.read(peer, get());
        let believed = link.manager.engine(peer).unwrap().time.unwrap();
        claim(&agent, EngineTime { boots, ..believed });
        assert_eq!(link.fail(peer, get()), RequestError::NotInTimeWindow);
        assert!(link.manager.stats().not_in_time > 0);
    }
}

#[test]
fn an_engine_whose_boots_is_used_up_from_the_start_is_never_believed() {
    let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
    agent.borrow_mut().clock = AuthorityClock::new(0x7fff_ffff, Duration::ZERO);
    assert_eq!(link.fail(peer, get()), RequestError::NotInTimeWindow);
}

#[test]
fn a_clock_that_runs_fast_or_slow_is_followed_within_and_beyond_the_window() {
    // Seconds that the agent's clock gains or loses in each pause of 1,000 seconds.
    for drift in [-140_i64, -40, 40, 140, 160, 500] {
        let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
        let clock =
            |ahead: i64| AuthorityClock::new(7, seconds(10_000_u64.checked_add_signed(-ahead).unwrap()));
        agent.borrow_mut().clock = clock(0);
        link.run_for(seconds(50_000));
        let mut shift = 0_i64;
        for _ in 0..5 {
            assert_eq!(link.read(peer, get()), lobby(), "drift {drift}");
            link.run_for(seconds(1_000));
            shift += drift;
            agent.borrow_mut().clock = clock(shift);
        }
        let resynchronised = link.manager.stats().resynchronised;
        assert!(
            if drift > 150 { resynchronised >= 4 } else { resynchronised <= 1 },
            "{drift} {resynchronised}"
        );
    }
}

#[test]
fn a_bad_line_and_a_reboot_together_are_survived() {
    for seed in 1..20_u64 {
        let (mut link, peer, agent) = pair(Some(AUTH), Some(PRIVACY));
        let mut dice = super::link::dice(seed);
        link.fate = Box::new(move |_| match dice() % 10 {
            0 | 1 => Fate::IsLost,
            2 | 3 => Fate::ArrivesTwice,
            4 | 5 => Fate::IsLate(Duration::from_millis(dice() % 3_000)),
            _ => Fate::Arrives,
        });
        let (mut good, mut bad) = (0, 0);
        for turn in 0..20 {
            if turn % 5 == 4 {
                let now = link.now();
                agent.borrow_mut().reboot(now);
            }
            match link.ask(peer, get()).result {
                Ok(read) => {
                    assert_eq!(read, lobby());
                    good += 1;
                }
                Err(_) => bad += 1,
            }
        }
        assert!(good >= 15, "seed {seed}: {good} good, {bad} bad");
        link.fate = Box::new(|_| Fate::Arrives);
        link.run_for(seconds(30));
        assert_eq!(link.read(peer, get()), lobby());
        assert_eq!((link.manager.in_flight(), link.manager.requests_pending()), (0, 0));
        assert!(link.sent.iter().all(|packet| packet.from == MANAGER.parse().unwrap()));
    }
}
