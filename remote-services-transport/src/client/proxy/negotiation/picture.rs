//! The picture of this machine in `docs/machines.md`, against the code: all answers that a proxy may give, one after another.

use super::tests::{DIGEST, SERVER, asks, auth, authorization, settings};
use super::*;
use crate::client::ProxyHandler;
use std::collections::BTreeSet;
use std::sync::Arc;

const MACHINES: &str = include_str!("../../../../../docs/machines.md");
type Arrows = BTreeSet<(String, String)>;

fn drawn() -> Arrows {
    let section = MACHINES.lines().skip_while(|line| *line != "## Proxy negotiation");
    let picture = section.skip_while(|line| *line != "stateDiagram-v2").take_while(|line| *line != "```");
    let arrows = picture.filter_map(|line| line.trim().split_once(" --> "));
    arrows.filter(|(from, _)| *from != "[*]").map(|(from, to)| (from.to_owned(), to.to_owned())).collect()
}

/// A handshake of any length.
struct Patient;

impl ProxyHandler for Patient {
    fn scheme(&self) -> &'static str {
        "NTLM"
    }
    fn begin(&self, _: &str) -> Box<dyn ProxyHandshake + Send> {
        Box::new(Self)
    }
}

impl ProxyHandshake for Patient {
    fn answer(&mut self, _: Option<&str>) -> Result<Zeroizing<String>, String> {
        Ok(Zeroizing::new("token".into()))
    }
    fn finish(&mut self, token: Option<&str>) -> Result<(), String> {
        if token == Some("wrong=") { Err("who are you?".into()) } else { Ok(()) }
    }
}

/// Answers of each kind: connected, connected with octets of its own or by somebody else, refused, and challenges of all sorts.
fn answers() -> Vec<String> {
    let offers = ["NTLM", DIGEST, "Basic realm=x"];
    let challenges = (0..8_usize).map(|bits| {
        let offered = offers.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
        asks(&offered.map(|(_, offer)| *offer).collect::<Vec<_>>())
    });
    let token = asks(&["NTLM token="]);
    let plain = |status: u16| format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
    let mut all: Vec<String> = challenges.collect();
    all.push(asks(&[&format!("{DIGEST}, stale=true"), "Basic realm=x"]));
    all.push(token.replace("Content-Length: 4", "Connection: close\r\nContent-Length: 4"));
    all.push(token);
    all.push("HTTP/1.1 200 X\r\n\r\nand more".to_owned());
    all.push("HTTP/1.1 200 X\r\nProxy-Authenticate: NTLM wrong=\r\n\r\n".to_owned());
    all.extend([200, 299, 302, 401, 403, 502].map(plain));
    all
}

/// Where a proxy that gives these answers leads: each request by what it shows, and the end.
fn way(memory: &ProxyMemory, given: &[&str]) -> Vec<&'static str> {
    let (settings, auth) = (settings(Some(("user", "password"))), auth(true, vec![Arc::new(Patient)]));
    let mut negotiation = Negotiation::new(&settings, "proxy.test:3128".into(), SERVER, (&auth, memory));
    let mut states = Vec::new();
    for answer in given {
        let request = String::from_utf8(negotiation.request([7; 16]).unwrap().to_vec()).unwrap();
        let shown = authorization(&request).and_then(|it| it.split(' ').next());
        states.push(match shown {
            Some(_) if states.is_empty() => "known",
            None => "open",
            Some("Basic") => "basic",
            Some("Digest") => "digest",
            _ => "handler",
        });
        let verdict = match negotiation.feed(answer.as_bytes()) {
            Ok(None) => negotiation.end(),
            Ok(Some(verdict)) => Ok(verdict),
            Err(fault) => Err(fault),
        };
        states.push(match verdict {
            Ok(Verdict::Again { .. }) => continue,
            Ok(Verdict::Connected) => "connected",
            Ok(Verdict::Refused(_)) => "refused",
            Ok(Verdict::Credentials(_)) => "credentials",
            Ok(Verdict::Impostor(_)) => "impostor",
            Err(_) => "badAnswer",
        });
        return states;
    }
    states
}

#[test]
fn the_picture_of_the_negotiation_has_every_step_of_the_code_and_no_other() {
    let answers = answers();
    let connected = answers.iter().position(|answer| answer.starts_with("HTTP/1.1 299")).unwrap();
    let mut coded = Arrows::new();
    // What worked before: nothing, then the handler, Digest and Basic, each offered alone.
    for worked in [None, Some(1), Some(2), Some(4)] {
        let mut open: Vec<Vec<&str>> = answers.iter().map(|answer| vec![answer.as_str()]).collect();
        while let Some(given) = open.pop() {
            let memory = ProxyMemory::default();
            if let Some(offer) = worked {
                let before = way(&memory, &[&answers[offer], &answers[connected]]);
                assert_eq!(before.last(), Some(&"connected"));
            }
            let states = way(&memory, &given);
            coded.extend(states.windows(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())));
            if states.len() == given.len() && given.len() < 4 {
                open.extend(answers.iter().map(|answer| [&given[..], &[answer.as_str()]].concat()));
            }
        }
    }
    // Each status but those, at first; and a proxy that never has enough.
    for status in (300..=599).filter(|status| *status != 407) {
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(way(&ProxyMemory::default(), &[&answer]), ["open", "refused"], "{status}");
    }
    let (ntlm, token) = (asks(&["NTLM"]), asks(&["NTLM token="]));
    let endless: Vec<&str> = std::iter::once(&*ntlm).chain(std::iter::repeat_n(&*token, 20)).collect();
    let states = way(&ProxyMemory::default(), &endless);
    assert_eq!((states.len(), states.last()), (9, Some(&"credentials")), "asked eight times at most");
    let drawn = drawn();
    assert_eq!(
        (drawn.difference(&coded).collect::<Vec<_>>(), coded.difference(&drawn).collect::<Vec<_>>()),
        (Vec::new(), Vec::new()),
        "drawn only, coded only"
    );
}
