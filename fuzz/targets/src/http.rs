//! Answers of a server, or of whoever answers in its place: read the same however they arrive, within limits, and
//! what the client then does is within the protocol.

use std::sync::LazyLock;
use std::time::Duration;

use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::{AnswerLimits, AnswerReader, HttpFault};
use remote_services_transport::directory::DirectoryCache;
use remote_services_transport::document::{ContentDigest, NextPoll};
use remote_services_transport::enrol::{self, ClientKey, EnrolOutcome, Issuers, TrustAnchors};
use remote_services_transport::exchange::{Answer, Method};
use remote_services_transport::policy::KeptPolicy;
use remote_services_transport::poll::Poll;
use remote_services_transport::registration_key::SpkiPin;
use remote_services_transport::software::{Component, UpdateState, judge_software};
use remote_services_transport::upload::{self, UploadOutcome};
use uuid::Uuid;

const LIMITS: AnswerLimits = AnswerLimits { head: 1_024, body: 2_048 };
const SENT: &[u8] = b"a sealed payload";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

static KEY: LazyLock<ClientKey> =
    LazyLock::new(|| ClientKey::generate(&mut |octets| octets.fill(7)).expect("a number below the order"));

/// The first octet says how the rest is cut, and whether it answers HEAD.
pub(crate) fn run(data: &[u8]) {
    let [first, octets @ ..] = data else { return };
    let method = if first & 0x80 != 0 { Method::Head } else { Method::Get };
    let at_once = read(method, &[octets]);
    let step = usize::from(first & 0x7f) + 1;
    let in_pieces = read(method, &octets.chunks(step).collect::<Vec<_>>());
    match (&at_once, &in_pieces) {
        (Ok((answer, _)), Ok((again, _))) => assert_eq!(answer, again),
        // A limit may be met sooner or later; it is met all the same.
        (Err(_), Err(_)) => {}
        _ => panic!("{at_once:?} at once, {in_pieces:?} in pieces of {step}"),
    }
    if let Ok((answer, _)) = at_once {
        assert!((200..600).contains(&answer.status));
        assert!(answer.body.len() <= LIMITS.body);
        assert!(method != Method::Head || answer.body.is_empty());
        judged(&answer);
    }
}

fn read(method: Method, pieces: &[&[u8]]) -> Result<(Answer, bool), HttpFault> {
    let mut reader = AnswerReader::new(method, LIMITS);
    for piece in pieces {
        if reader.feed(piece)? {
            return Ok(reader.finish());
        }
    }
    reader.end()?;
    Ok(reader.finish())
}

/// The same answer to each thing that a client asks.
fn judged(answer: &Answer) {
    let (client, id) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let _ = (answer.problem(), answer.etag(), answer.media_type());
    assert!(!answer.complaint().is_empty());

    let outcome = upload::judge(id, ContentDigest::of(SENT), answer);
    if let UploadOutcome::Stored { receipt, .. } = &outcome {
        assert_eq!((receipt.upload, receipt.digest), (id, ContentDigest::of(SENT)), "for what was sent");
    }
    let mut backoff = Backoff::PROTOCOL;
    let _ = upload::wait_after(&outcome, &mut backoff, u64::MAX);

    let mut poll = Poll::new(client, NextPoll { seconds: 60, jitter: 0 });
    let (_, wait) = poll.handle(Ok(answer), u64::MAX);
    assert!(wait >= NextPoll::MIN, "{wait:?}");
    // What it learned goes into one line of the next request.
    let request = poll.request("/{client}", Some(Duration::from_secs(5)));
    assert!(
        request
            .fields
            .iter()
            .all(|(_, value)| value.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()))
    );

    let mut directory = DirectoryCache::default();
    if let Ok(directory) = directory.handle(answer) {
        let urls = &directory.urls;
        for url in [&urls.client, &urls.upload, &urls.command, &urls.artifact, &urls.simple_reenroll] {
            assert!(url.starts_with('/') && !url.starts_with("//"), "{url} leads elsewhere");
        }
    }
    let mut policy = KeptPolicy::default();
    let _ = policy.handle(answer);
    let _ = policy.handle(answer);

    let component = Component { name: "agent".into(), channel: None, target: None };
    let mut state = UpdateState::default();
    let signed = |_: &str, body: &[u8]| Ok(body.to_vec());
    let _ = judge_software(
        answer,
        &component,
        "1.0.0",
        &mut state,
        &signed,
        Timestamp::from_unix_seconds(1_800_000_000),
    );

    let now = Timestamp::from_unix_seconds(1_800_000_000);
    let anchors = TrustAnchors::from_stored(Vec::new());
    let by = Issuers { anchors: &anchors, between: &[], algorithms: &[], now };
    if let Ok(EnrolOutcome::AskAgain(wait)) = enrol::judge(answer, &KEY, &by) {
        assert!(wait <= DAY);
    }
    assert!(TrustAnchors::from_cacerts(answer, SpkiPin::from_bytes([1; 32])).is_err(), "nobody has this pin");
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let answers: [&str; 8] = [
        "HTTP/1.1 200 OK\r\ncontent-length: 14\r\netag: \"x\"\r\ncontent-type: application/json\r\n\r\n{\"commands\":[]}",
        "HTTP/1.1 204 No Content\r\nremote-services-next-poll: 900;jitter=300\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\ntrailer: x\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 120\r\nconnection: close\r\n\r\nbusy",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-type: application/problem+json\r\ncontent-length: 49\r\n\r\n{\"type\":\"urn:remote-services:problem:not-found\"}\n",
        "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 202 Accepted\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    ];
    answers.iter().map(|answer| [&[3], answer.as_bytes()].concat()).collect()
}
