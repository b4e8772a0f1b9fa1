use super::*;
use crate::document::ContentDigest;
use proptest::prelude::*;

const LIMITS: AnswerLimits = AnswerLimits { head: 512, body: 64 };

fn read(method: Method, octets: &[u8]) -> Result<(Answer, bool), HttpFault> {
    let mut reader = AnswerReader::new(method, LIMITS);
    if !reader.feed(octets)? {
        reader.end()?;
    }
    Ok(reader.finish())
}

fn get(text: &str) -> Result<(Answer, bool), HttpFault> {
    read(Method::Get, text.as_bytes())
}

fn body(text: &str) -> Result<Vec<u8>, HttpFault> {
    get(text).map(|(answer, _)| answer.body)
}

#[test]
fn a_request_carries_length_and_digest_of_its_body() {
    let request = Request::new(Method::Put, "/x").with("if-none-match", "*").with_body("text/plain", b"hi");
    let head = String::from_utf8(request_head(&request, "a.test:8443").unwrap().to_vec()).unwrap();
    assert!(head.starts_with("PUT /x HTTP/1.1\r\nhost: a.test:8443\r\n"));
    assert!(head.contains("\r\nif-none-match: *\r\n"));
    assert!(head.contains("\r\ncontent-length: 2\r\n"));
    assert!(head.contains(&format!("\r\ncontent-digest: {}\r\n", ContentDigest::of(b"hi"))));
    assert!(head.ends_with("\r\n\r\n"));
    let head = request_head(&Request::new(Method::Get, "/x"), "a.test").unwrap();
    assert!(!String::from_utf8_lossy(&head).contains("content-"));
}

#[test]
fn nothing_breaks_out_of_its_line() {
    for path in ["x", "", "/a b", "/a\r\nx: y", "/\u{e9}"] {
        assert!(request_head(&Request::new(Method::Get, path), "a.test").is_err(), "{path:?}");
    }
    let request = Request::new(Method::Get, "/").with("if-match", "\"a\"\r\nx: y");
    assert!(request_head(&request, "a.test").is_err());
}

#[test]
fn a_body_ends_where_its_length_says() {
    let (answer, reusable) = get("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"1\"\r\n\r\nhi").unwrap();
    assert_eq!((answer.status, answer.body.as_slice(), answer.etag()), (200, &b"hi"[..], Some("\"1\"")));
    assert!(reusable);
    let (answer, reusable) = get("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhiHTTP/1.1 200").unwrap();
    assert_eq!(answer.body, b"hi");
    assert!(!reusable, "octets beyond the answer make the connection useless");
}

#[test]
fn a_chunked_body_is_put_together() {
    let text =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;x=y\r\nhi\r\n3 \r\n you\r\n0\r\nA: b\r\n\r\n";
    assert!(matches!(get(text), Err(HttpFault::Framing(_))), "a chunk is longer than it says");
    let text = text.replace("3 \r\n", "4 \r\n");
    assert_eq!(body(&text).unwrap(), b"hi you");
    assert!(get(&text).unwrap().1);
}

#[test]
fn answers_without_a_body_have_none() {
    for head in ["HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 304 No\r\ncontent-length: 99\r\n\r\n"] {
        assert_eq!(body(head).unwrap(), b"");
    }
    assert_eq!(read(Method::Head, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").unwrap().0.body, b"");
}

#[test]
fn a_body_without_length_ends_with_the_connection() {
    let (answer, reusable) = get("HTTP/1.0 200 OK\r\n\r\nhi").unwrap();
    assert_eq!(answer.body, b"hi");
    assert!(!reusable);
    assert!(!get("HTTP/1.1 200 OK\r\nconnection: x, Close\r\ncontent-length: 0\r\n\r\n").unwrap().1);
}

#[test]
fn two_lengths_are_one_too_many() {
    for fields in [
        "content-length: 2\r\ncontent-length: 2",
        "content-length: 2, 2",
        "content-length: +2",
        "content-length: -2",
        "content-length: 0x2",
        "content-length:",
        "content-length: 99999999999999999999",
        "content-length: 2\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: identity",
    ] {
        let text = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
        assert!(matches!(get(&text), Err(HttpFault::Framing(_))), "{fields}");
    }
    let old = "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(matches!(get(old), Err(HttpFault::Framing(_))));
}

#[test]
fn what_is_too_much_is_not_read() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(600));
    assert_eq!(get(&long).unwrap_err(), HttpFault::HeadTooLarge(512));
    let endless = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
    assert_eq!(get(&endless).unwrap_err(), HttpFault::HeadTooLarge(512));
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 65\r\n\r\n";
    assert_eq!(get(announced).unwrap_err(), HttpFault::BodyTooLarge(64));
    let unannounced = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(65));
    assert_eq!(get(&unannounced).unwrap_err(), HttpFault::BodyTooLarge(64));
    let chunks = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", "1\r\nx\r\n".repeat(65));
    assert_eq!(get(&chunks).unwrap_err(), HttpFault::BodyTooLarge(64));
    let size = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n";
    assert!(matches!(get(size), Err(HttpFault::Framing(_))));
    let extension = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;{}", "x".repeat(2000));
    assert!(matches!(get(&extension), Err(HttpFault::Framing(_))));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(65));
    assert!(matches!(get(&many), Err(HttpFault::Malformed(_))));
}

#[test]
fn what_is_not_http_is_said_to_be_none() {
    for text in [
        "SSH-2.0-x\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx : y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: y\r\n z\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 999 X\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
    ] {
        assert!(matches!(get(text), Err(HttpFault::Malformed(_))), "{text:?}");
    }
    let packed = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(get(packed).unwrap_err(), HttpFault::Coding);
}

#[test]
fn what_is_not_http_is_refused_before_its_head_could_end() {
    let fault = |octets: &[u8]| AnswerReader::new(Method::Get, LIMITS).feed(octets).unwrap_err();
    // HTTP/0.9 has no head, HTTP/2 begins with a frame, and another version of it names itself.
    for octets in
        [&b"<html>"[..], b"hi", b"\0\0\x12\x04\0", b"HTTP/2 200 OK", b"\r\nHTTP/1.1 200", b"http/1.1"]
    {
        assert_eq!(fault(octets), HttpFault::Malformed("it does not begin as HTTP/1 does"), "{octets:?}");
    }
    let bare = HttpFault::Malformed("a line feed without carriage return");
    for text in
        ["HTTP/1.1 200 OK\n", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nx: y\n", "HTTP/1.1 200 OK\r\n\n"]
    {
        assert_eq!(fault(text.as_bytes()), bare, "{text:?}");
        let mut reader = AnswerReader::new(Method::Get, LIMITS);
        let found = text.bytes().find_map(|octet| reader.feed(&[octet]).err());
        assert_eq!(found, Some(bare.clone()), "octet by octet: {text:?}");
    }
    assert_eq!(body("HTTP/1.1 200 OK\r\n\r\na\nb\n").unwrap(), b"a\nb\n", "a body has any octets");
}

#[test]
fn a_cut_answer_is_never_taken_for_whole() {
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
        "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx: y\r\n\r\n",
    ] {
        assert_eq!(body(text).unwrap(), b"hi");
        for at in 0..text.len() {
            assert_eq!(get(&text[..at]).unwrap_err(), HttpFault::Truncated, "cut at {at}");
        }
    }
}

proptest! {
    #[test]
    fn pieces_of_any_size_give_the_same_answer(cuts in proptest::collection::vec(1_usize..9, 1..200)) {
        for text in [
            "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx: y\r\n\r\n",
            "HTTP/1.1 422 No\r\ncontent-length: 3\r\ncontent-type: a/b\r\n\r\nhey",
        ] {
            let mut reader = AnswerReader::new(Method::Get, LIMITS);
            let (mut rest, mut cuts) = (text.as_bytes(), cuts.iter().cycle());
            let mut done = false;
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                done = reader.feed(piece).unwrap();
                rest = after;
            }
            prop_assert!(done);
            prop_assert_eq!(reader.finish(), get(text).unwrap());
        }
    }

    #[test]
    fn no_octets_panic_or_exceed_the_limit(octets: Vec<u8>, chunked: bool) {
        let head: &[u8] = if chunked { b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" } else { b"" };
        if let Ok((answer, _)) = read(Method::Get, &[head, &octets].concat()) {
            prop_assert!(answer.body.len() <= LIMITS.body);
        }
    }
}
