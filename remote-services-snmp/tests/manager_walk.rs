//! Walks and tables against agents that cope, agents that do not, and agents that would never end.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use link::agent::Agent;
use link::{AGENT, Fate, Link, bent, ms};
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    ApiMisuse, Credentials, ManagerConfig, Operation, PeerId, PeerOptions, ProtocolError, RequestError,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu};
use remote_services_snmp::pdu::{ErrorStatus, PduKind};
use remote_services_snmp::{Oid, Value, VarBind, ber::Limits, oid};

const COLUMN: Oid = oid!("1.3.6.1.2.1.43.11.1.1.6");
const NEXT_COLUMN: Oid = oid!("1.3.6.1.2.1.43.11.1.1.8");
const LAST_COLUMN: Oid = oid!("1.3.6.1.2.1.43.11.1.1.9");

fn cell(column: &Oid, row: u32) -> Oid {
    column.child(row).unwrap()
}

fn with(agent: Agent) -> (Link, PeerId) {
    with_options(agent, PeerOptions::default())
}

fn with_options(mut agent: Agent, options: PeerOptions) -> (Link, PeerId) {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let peer = link.peer_with(address, Credentials::v2c("public"), options);
    (link, peer)
}

fn with_v1(mut agent: Agent) -> (Link, PeerId) {
    let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
    let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
    let peer = link.peer(address, Credentials::v1("public"));
    (link, peer)
}

fn rows(column: &Oid, last: u32) -> Vec<VarBind> {
    (1..=last).map(|row| VarBind::new(cell(column, row), Value::Integer(row.try_into().unwrap()))).collect()
}

/// The kinds of all PDUs that were sent.
fn kinds(link: &Link) -> Vec<PduKind> {
    link.sent
        .iter()
        .map(|packet| match CommunityMessage::from_bytes(&packet.bytes, &Limits::default()).unwrap().pdu {
            CommunityPdu::Pdu(pdu) => pdu.kind,
            CommunityPdu::TrapV1(_) => panic!("a manager sends no traps"),
        })
        .collect()
}

fn bulk(max_repetitions: u32) -> PduKind {
    PduKind::GetBulk { non_repeaters: 0, max_repetitions }
}

#[test]
fn a_walk_reads_its_subtree_and_no_more() {
    let (mut link, peer) = with(Agent::table(&[COLUMN, NEXT_COLUMN], 100));
    assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 100));
    assert_eq!(kinds(&link), [bulk(40); 3]);
}

#[test]
fn a_walk_to_the_end_of_the_view_stops_at_the_first_end_of_mib_view() {
    let (mut link, peer) = with(Agent::table(&[COLUMN], 50));
    assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 50));
    assert_eq!(link.sent.len(), 2);
}

#[test]
fn a_walk_of_nothing_is_empty_and_no_error() {
    let (mut link, peer) = with(Agent::table(&[COLUMN], 3));
    assert_eq!(link.read(peer, Operation::Walk(NEXT_COLUMN)), []);
    let (mut old, peer) = with_v1(Agent::table(&[COLUMN], 3));
    assert_eq!(old.read(peer, Operation::Walk(NEXT_COLUMN)), []);
}

#[test]
fn the_walk_of_an_instance_has_its_value_where_that_is_wanted_and_costs_a_message_only_there() {
    let options = || PeerOptions { walk_reads_instance: true, ..PeerOptions::default() };
    for version1 in [false, true] {
        let mut agent = Agent::table(&[COLUMN, NEXT_COLUMN], 3);
        let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
        let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
        let credentials = || if version1 { Credentials::v1("public") } else { Credentials::v2c("public") };
        let peer = link.peer_with(address, credentials(), options());
        assert_eq!(link.read(peer, Operation::Walk(cell(&COLUMN, 2))), rows(&COLUMN, 3)[1..2]);
        assert_eq!(link.read(peer, Operation::Walk(LAST_COLUMN)), []);
        assert_eq!(link.read(peer, Operation::Table(vec![LAST_COLUMN, cell(&COLUMN, 2)])), []);
        link.sent.clear();
        assert_eq!(link.read(peer, Operation::Walk(NEXT_COLUMN)), rows(&NEXT_COLUMN, 3));
        assert!(!kinds(&link).contains(&PduKind::Get));
        let plain = link.peer(address, credentials());
        assert_eq!(link.read(plain, Operation::Walk(cell(&COLUMN, 2))), []);
    }
}

#[test]
fn version_1_walks_by_getnext_and_ends_with_no_such_name() {
    let (mut link, peer) = with_v1(Agent::table(&[COLUMN], 7));
    assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 7));
    assert_eq!(kinds(&link), [PduKind::GetNext; 8]);
}

#[test]
fn a_table_keeps_columns_apart_even_where_rows_are_missing() {
    for version1 in [false, true] {
        let mut agent = Agent::table(&[COLUMN, NEXT_COLUMN, LAST_COLUMN], 30);
        for row in [1, 2, 9, 28, 29, 30] {
            agent.objects.remove(&cell(&NEXT_COLUMN, row));
        }
        let (mut link, peer) = if version1 { with_v1(agent) } else { with(agent) };
        let read = link.read(peer, Operation::Table(vec![COLUMN, NEXT_COLUMN, LAST_COLUMN]));
        let thin = rows(&NEXT_COLUMN, 27).into_iter().enumerate().filter(|(at, _)| ![0, 1, 8].contains(at));
        let expected: Vec<VarBind> = rows(&COLUMN, 30)
            .into_iter()
            .chain(thin.map(|(_, cell)| cell))
            .chain(rows(&LAST_COLUMN, 30))
            .collect();
        assert_eq!(read, expected);
    }
}

#[test]
fn a_table_of_many_columns_is_asked_in_parts() {
    let columns: Vec<Oid> = (1..=40).map(|column| cell(&oid!("1.3.6.1.4.1.9.1"), column)).collect();
    let (mut link, peer) = with(Agent::table(&columns, 5));
    let read = link.read(peer, Operation::Table(columns.clone()));
    assert_eq!(read, columns.iter().flat_map(|column| rows(column, 5)).collect::<Vec<_>>());
}

#[test]
fn bulk_is_halved_on_gen_err_and_on_too_big_until_it_fits() {
    for bulk_error in [ErrorStatus::GenErr, ErrorStatus::TooBig] {
        let mut agent = Agent::table(&[COLUMN], 30);
        agent.bulk_limit = 12;
        agent.bulk_error = bulk_error;
        let (mut link, peer) = with(agent);
        assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 30));
        assert_eq!(kinds(&link), [bulk(40), bulk(20), bulk(10), bulk(10), bulk(10), bulk(10)]);
    }
}

#[test]
fn a_bulk_walk_asks_for_the_rows_that_are_wanted_and_halves_where_they_do_not_fit() {
    let mut agent = Agent::table(&[COLUMN, NEXT_COLUMN], 30);
    let (mut link, peer) = with(agent.clone());
    let walk = Operation::BulkWalk { root: COLUMN, max_repetitions: 25 };
    assert_eq!(link.read(peer, walk.clone()), rows(&COLUMN, 30));
    assert_eq!(kinds(&link), [bulk(25); 2]);
    agent.bulk_limit = 12;
    let (mut link, peer) = with(agent);
    assert_eq!(link.read(peer, walk), rows(&COLUMN, 30));
    assert_eq!(kinds(&link), [bulk(25), bulk(12), bulk(12), bulk(12)]);
}

#[test]
fn a_bulk_walk_is_not_for_version_1() {
    let (mut link, peer) = with_v1(Agent::table(&[COLUMN], 1));
    let walk = Operation::BulkWalk { root: COLUMN, max_repetitions: 5 };
    let now = link.now();
    assert_eq!(link.manager.request(now, peer, walk), Err(ApiMisuse::NotInVersion1));
}

#[test]
fn gen_err_in_one_column_of_a_table_does_not_cost_the_others() {
    for blames_nobody in [false, true] {
        let mut agent = Agent::table(&[COLUMN, NEXT_COLUMN, LAST_COLUMN], 6);
        agent.bulk_limit = 0;
        agent.broken = vec![cell(&NEXT_COLUMN, 4)];
        agent.blames_nobody = blames_nobody;
        let (mut link, peer) = with(agent);
        let completed = link.ask(peer, Operation::Table(vec![COLUMN, NEXT_COLUMN, LAST_COLUMN]));
        let Err(RequestError::ErrorStatus { status, name, .. }) = completed.result else {
            panic!("no error")
        };
        assert_eq!((status, name), (ErrorStatus::GenErr, Some(cell(&NEXT_COLUMN, 3))));
        let expected = [rows(&COLUMN, 6), rows(&NEXT_COLUMN, 3), rows(&LAST_COLUMN, 6)].concat();
        assert_eq!(completed.partial, expected);
    }
}

#[test]
fn an_agent_that_refuses_every_bulk_is_walked_by_getnext() {
    let mut agent = Agent::table(&[COLUMN], 3);
    agent.bulk_limit = 0;
    let (mut link, peer) = with(agent);
    assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 3));
    let mut expected: Vec<PduKind> = [40, 20, 10, 5, 2, 1].map(bulk).into();
    expected.extend([PduKind::GetNext; 4]);
    assert_eq!(kinds(&link), expected);
}

#[test]
fn an_agent_that_ignores_bulk_is_walked_by_getnext_and_soon_not_asked_again() {
    let mut agent = Agent::table(&[COLUMN], 3);
    agent.ignores_bulk = true;
    let (mut link, peer) = with(agent);
    for _ in 0..2 {
        assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 3));
    }
    link.sent.clear();
    assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 3));
    assert_eq!(kinds(&link), [PduKind::GetNext; 4]);
}

#[test]
fn the_size_of_bulk_grows_back_after_a_loss() {
    let (mut link, peer) = with(Agent::table(&[COLUMN], 400));
    let first = Cell::new(true);
    link.fate = Box::new(move |_| if first.replace(false) { Fate::IsLost } else { Fate::Arrives });
    assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 400));
    assert_eq!(kinds(&link)[..7], [bulk(40), bulk(20), bulk(20), bulk(20), bulk(20), bulk(40), bulk(40)]);
}

#[test]
fn what_fits_no_message_ends_a_bulk_as_too_large_in_whatever_words_the_agent_says_so() {
    for says_so in [true, false] {
        let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
        let address = link.host(AGENT, move |_, bytes| {
            vec![bent(bytes, |response| {
                response.varbinds.clear();
                if says_so {
                    response.kind = PduKind::Response { status: ErrorStatus::TooBig, error_index: 0 };
                }
            })]
        });
        let peer = link.peer(address, Credentials::v2c("public"));
        let bulk = |non_repeaters, max_repetitions| Operation::GetBulk {
            non_repeaters,
            max_repetitions,
            names: vec![COLUMN],
        };
        for (non_repeaters, max_repetitions) in [(0, 10), (1, 0), (1, 10)] {
            assert_eq!(link.fail(peer, bulk(non_repeaters, max_repetitions)), RequestError::TooLarge);
            assert!(link.sent.len() <= 5, "{}", link.sent.len());
            link.sent.clear();
        }
        // Nothing was asked for.
        assert_eq!(link.ask(peer, bulk(0, 0)).result.is_ok(), !says_so);
        let walked = link.fail(peer, Operation::Walk(COLUMN));
        let empty = ProtocolError::VarBindCount { expected: 1, found: 0 };
        assert_eq!(walked, if says_so { RequestError::TooLarge } else { empty.into() });
    }
}

#[test]
fn a_peer_that_must_not_get_bulk_gets_none() {
    let options = PeerOptions { avoid_bulk: true, ..PeerOptions::default() };
    let (mut link, peer) = with_options(Agent::table(&[COLUMN], 3), options);
    assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 3));
    assert_eq!(kinds(&link), [PduKind::GetNext; 4]);
}

#[test]
fn too_big_by_getnext_asks_for_fewer_columns() {
    let mut agent = Agent::table(&[COLUMN, NEXT_COLUMN, LAST_COLUMN], 4);
    agent.size_limit = 1;
    let (mut link, peer) = with(agent);
    let read = link.read(peer, Operation::Table(vec![COLUMN, NEXT_COLUMN, LAST_COLUMN]));
    let expected: Vec<VarBind> =
        [COLUMN, NEXT_COLUMN, LAST_COLUMN].iter().flat_map(|column| rows(column, 4)).collect();
    assert_eq!(read, expected);
}

#[test]
fn rfc3416_4_2_2_a_name_that_does_not_increase_ends_the_walk_and_keeps_what_was_read() {
    for back_to in [3, 5] {
        let mut agent = Agent::table(&[COLUMN], 9);
        agent.next_is.insert(cell(&COLUMN, 5), cell(&COLUMN, back_to));
        let (mut link, peer) = with(agent);
        let outcome = link.ask(peer, Operation::Walk(COLUMN));
        let expected =
            RequestError::OidNotIncreasing { previous: cell(&COLUMN, 5), returned: cell(&COLUMN, back_to) };
        assert_eq!(outcome.result, Err(expected));
        assert_eq!(outcome.partial, rows(&COLUMN, 5));
    }
}

#[test]
fn the_override_goes_on_over_unordered_names_and_ends_where_they_repeat() {
    let options = PeerOptions { tolerate_unordered_names: true, ..PeerOptions::default() };
    let mut agent = Agent::table(&[COLUMN], 6);
    // 1 2 3 6 4 5, then 6 again.
    agent.next_is.insert(cell(&COLUMN, 3), cell(&COLUMN, 6));
    agent.next_is.insert(cell(&COLUMN, 6), cell(&COLUMN, 4));
    let (mut link, peer) = with_options(agent, options);
    let read = link.read(peer, Operation::Walk(COLUMN));
    let order: Vec<i64> = read.iter().filter_map(|varbind| varbind.value.as_i64()).collect();
    assert_eq!(order, [1, 2, 3, 6, 4, 5]);
}

#[test]
fn an_agent_that_starts_again_at_the_top_has_come_to_its_end() {
    let mut agent = Agent::table(&[COLUMN], 3);
    agent.next_is.insert(cell(&COLUMN, 3), oid!("1.3.6.1.2.1.1.1.0"));
    let (mut link, peer) = with(agent);
    assert_eq!(link.read(peer, Operation::Walk(COLUMN)), rows(&COLUMN, 3));
}

#[test]
fn a_walk_longer_than_its_limit_ends_with_what_was_read() {
    let options = PeerOptions { max_walk_varbinds: 64, ..PeerOptions::default() };
    let (mut link, peer) = with_options(Agent::table(&[COLUMN], 1_000), options);
    let outcome = link.ask(peer, Operation::Walk(COLUMN));
    assert_eq!(outcome.result, Err(RequestError::WalkTooLong { limit: 64 }));
    assert_eq!(outcome.partial, rows(&COLUMN, 64));
}

#[test]
fn a_device_that_fills_every_datagram_cannot_fill_the_memory() {
    const LIMIT: usize = 1 << 20;
    let page = Value::OctetString(vec![b'x'; 30_000]);
    for (operation, bulk) in [
        (Operation::Walk(COLUMN), 1),
        (Operation::Table(vec![COLUMN, NEXT_COLUMN]), 2),
        (Operation::Get((1..=200).map(|row| cell(&COLUMN, row)).collect()), 2),
    ] {
        let columns = [COLUMN, NEXT_COLUMN];
        let cells = columns.iter().flat_map(|column| (1..=200).map(|row| (cell(column, row), page.clone())));
        let options = PeerOptions {
            max_answer_octets: LIMIT,
            bulk_varbinds: bulk,
            max_names: 2,
            ..PeerOptions::default()
        };
        let (mut link, peer) = with_options(Agent::new(cells), options);
        let outcome = link.ask(peer, operation);
        assert_eq!(outcome.result, Err(RequestError::AnswerTooLong { limit: LIMIT }));
        assert!(
            (LIMIT / 30_000 - 2..=LIMIT / 30_000).contains(&outcome.partial.len()),
            "{}",
            outcome.partial.len()
        );
    }
}

#[test]
fn a_device_that_answers_at_the_last_moment_cannot_hold_a_walk_for_ever() {
    let limit = Duration::from_secs(30);
    let options = PeerOptions { max_duration: limit, bulk_varbinds: 1, ..PeerOptions::default() };
    let (mut link, peer) = with_options(Agent::table(&[COLUMN], 1_000), options);
    link.fate = Box::new(|_| Fate::IsLate(ms(450)));
    let before = link.now();
    let outcome = link.ask(peer, Operation::Walk(COLUMN));
    assert_eq!(outcome.result, Err(RequestError::TookTooLong { limit }));
    let took = link.now().saturating_since(before);
    assert!((limit..limit + Duration::from_secs(5)).contains(&took), "{took:?}");
    assert!((10..40).contains(&outcome.partial.len()), "{}", outcome.partial.len());
}

#[test]
fn a_device_that_dies_in_a_walk_leaves_what_was_read() {
    let (mut link, peer) = with(Agent::table(&[COLUMN], 1_000));
    let alive = Rc::new(Cell::new(6));
    link.fate = Box::new(move |_| {
        alive.set(alive.get() - 1);
        if alive.get() >= 0 { Fate::Arrives } else { Fate::IsLost }
    });
    let outcome = link.ask(peer, Operation::Walk(COLUMN));
    assert_eq!(outcome.result, Err(RequestError::Timeout { attempts: 4, garbage: None }));
    assert_eq!(outcome.partial, rows(&COLUMN, 120));
}

#[test]
fn gen_err_for_one_object_by_getnext_names_it() {
    let mut agent = Agent::table(&[COLUMN], 5);
    agent.broken = vec![cell(&COLUMN, 4)];
    let (mut link, peer) = with_v1(agent);
    let outcome = link.ask(peer, Operation::Walk(COLUMN));
    assert_eq!(
        outcome.result,
        Err(RequestError::ErrorStatus {
            status: ErrorStatus::GenErr,
            index: 1,
            name: Some(cell(&COLUMN, 3))
        })
    );
    assert_eq!(outcome.partial, rows(&COLUMN, 3));
}
