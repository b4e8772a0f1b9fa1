//! Proxy auto-configuration scripts: the engine, and the functions that such scripts may call.

use std::time::Duration;

use remote_services_pac::{Budget, Fault, MOST_ANSWER, Names, evaluate};
use remote_services_transport::client::{Route, pac_routes};

/// Names that end with `.test` have an address; the network is not asked.
#[derive(Clone, Copy)]
struct Table;

impl Names for Table {
    fn resolve(&self, host: &str) -> Option<String> {
        host.ends_with(".test").then(|| format!("192.0.2.{}", host.len() % 256))
    }

    fn own_address(&self) -> String {
        "192.0.2.1".to_owned()
    }
}

/// Little, so that a loop without end costs little.
const BUDGET: Budget = Budget { time: Duration::from_millis(50), memory: 4 << 20 };

/// An odd first octet: the rest is a script. An even one: the lines are arguments, and what the functions answer is
/// compared with what they mean.
pub(crate) fn run(data: &[u8]) {
    let [first, octets @ ..] = data else { return };
    let text = String::from_utf8_lossy(octets);
    if first % 2 == 1 {
        let answer = evaluate(&text, "https://printer.test/", "printer.test", Table, BUDGET);
        hold(answer);
        return;
    }
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (subject, pattern, network, mask) = (line(), line(), line(), line());
    let script = "function FindProxyForURL(url, host) {
        const [subject, pattern, network, mask] = JSON.parse(host);
        return [shExpMatch(subject, pattern), dnsDomainIs(subject, pattern), isInNet(subject, network, mask)].join(' ');
    }";
    let words = serde_json::to_string(&[subject, pattern, network, mask]).expect("texts are JSON");
    let answer = match evaluate(script, "", &words, Table, BUDGET) {
        Ok(answer) => answer,
        Err(fault) => {
            hold(Err(fault.clone()));
            assert_eq!(fault, Fault::Budget, "no argument makes a function throw");
            return;
        }
    };
    // The engine and this compiler may know different versions of Unicode.
    let lower = |text: &str| text.to_ascii_lowercase();
    if !subject.is_ascii() || !pattern.is_ascii() {
        return;
    }
    // JavaScript counts in units of UTF-16.
    let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    let matches = matches(&units(subject), &units(pattern));
    let ends = lower(subject).ends_with(&lower(pattern));
    let lies = is_in_net(subject, network, mask);
    assert_eq!(answer, format!("{matches} {ends} {lies}"), "{subject:?} {pattern:?} {network:?} {mask:?}");
}

/// What must hold of any answer.
fn hold(answer: Result<String, Fault>) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(Fault::Script(why)) => {
            assert!(why.chars().count() <= 200 && !why.chars().any(char::is_control), "{why:?}");
            return;
        }
        Err(Fault::Budget) => return,
    };
    assert!(answer.chars().count() <= MOST_ANSWER && !answer.chars().any(char::is_control), "{answer:?}");
    for route in pac_routes(&answer, None).unwrap_or_default() {
        if let Route::Proxy(proxy) = route {
            assert!(proxy.port > 0 && proxy.host.bytes().all(|octet| octet.is_ascii_graphic()));
        }
    }
}

/// A shell pattern of `*` and `?`, the long way: for each length of the text, whether the pattern so far matches it.
fn matches(text: &[u16], pattern: &[u16]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for unit in pattern {
        let before = reached.clone();
        for at in 0..reached.len() {
            reached[at] = if *unit == u16::from(b'*') {
                before[at] || at > 0 && reached[at - 1]
            } else {
                at > 0 && before[at - 1] && (*unit == u16::from(b'?') || *unit == text[at - 1])
            };
        }
    }
    reached[text.len()]
}

fn is_in_net(host: &str, network: &str, mask: &str) -> bool {
    let address = number(host).or_else(|| number(&Table.resolve(host)?));
    let (Some(address), Some(network), Some(mask)) = (address, number(network), number(mask)) else {
        return false;
    };
    address & mask == network & mask
}

/// Four numbers of one to three digits each, zeros in front allowed.
fn number(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split('.').collect();
    let digits =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|octet| octet.is_ascii_digit());
    if parts.len() != 4 || !parts.iter().all(digits) {
        return None;
    }
    parts.iter().try_fold(0, |sum: u32, part| Some(sum << 8 | u32::from(part.parse::<u8>().ok()?)))
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    [
        "\x01function FindProxyForURL(url, host) { return dnsDomainIs(host, '.test') ? 'PROXY a.test:3128; DIRECT' : 'DIRECT'; }",
        "\x01function FindProxyForURL(url, host) { if (isInNet(myIpAddress(), '192.0.2.0', '255.255.255.0')) return 'PROXY ' + dnsResolve(host) + ':1'; }",
        "\x01function FindProxyForURL() { return weekdayRange('MON', 'FRI') && timeRange(8, 18) && dateRange('JAN', 'MAR', 'GMT') ? 'HTTP b.test' : null; }",
        "\x01function FindProxyForURL() { while (true) {} }",
        "\x01function FindProxyForURL() { let text = 'x'; while (true) text += text; }",
        "\x01function FindProxyForURL(url) { return FindProxyForURL(url) + 1; }",
        "\x00printer.test\n*.te?t\n192.0.2.0\n255.255.255.0",
        "\x00192.0.2.77\n192.*.77\n192.0.2.64\n255.255.255.192",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}
