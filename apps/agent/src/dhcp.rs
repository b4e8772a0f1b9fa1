//! The URL of a proxy script that DHCP gave (option 252, WPAD), where the DHCP client of this host keeps it in a file: the
//! leases of dhclient, also under NetworkManager, and those of systemd-networkd.

use jiff::Timestamp;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The URL in the leases of this host that are in their time; of several the one of the newest file.
#[must_use]
pub fn proxy_script_url() -> Option<String> {
    url_in(&FOLDERS.map(PathBuf::from), Timestamp::now())
}

fn url_in(folders: &[PathBuf], now: Timestamp) -> Option<String> {
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter_map(|path| {
            Some((path.metadata().ok().filter(std::fs::Metadata::is_file)?.modified().ok()?, path))
        })
        .collect();
    files.sort();
    files.iter().rev().take(MOST_FILES).find_map(|(_, path)| {
        let text = read(path)?;
        of_dhclient(&text, now).or_else(|| of_networkd(&text)).and_then(|octets| usable(&octets))
    })
}

fn read(path: &Path) -> Option<String> {
    let mut octets = Vec::new();
    File::open(path).ok()?.take(LONGEST_FILE).read_to_end(&mut octets).ok()?;
    Some(String::from_utf8_lossy(&octets).into_owned())
}

/// dhclient.leases(5): blocks of statements, of which the last counts, if its time is not over.
fn of_dhclient(text: &str, now: Timestamp) -> Option<Vec<u8>> {
    let last = text.rsplit("lease {").next().filter(|_| text.contains("lease {"))?;
    let statements: Vec<&str> =
        last.split(['\n', '{', '}']).map(|line| line.trim().trim_end_matches(';')).collect();
    let ends = statements.iter().find_map(|statement| statement.strip_prefix("expire "));
    if ends.is_some_and(|ends| is_over(ends, now)) {
        return None;
    }
    statements.iter().find_map(|statement| {
        let (name, value) = statement.strip_prefix("option ")?.split_once(' ')?;
        if !NAMES.contains(&name) {
            return None;
        }
        match value.trim().strip_prefix('"') {
            Some(text) => Some(unescaped(text.strip_suffix('"')?.as_bytes())),
            None => value.trim().split(':').map(|octet| u8::from_str_radix(octet, 16).ok()).collect(),
        }
    })
}

/// What dhclient's quotation means: `\ooo` is an octet in octal, which it writes for what cannot be printed; it puts a backslash
/// before `"`, `'`, `$`, `` ` ``, `\`, `|` and `&`; and it reads `\n`, `\r`, `\t` and `\b` as C does.
fn unescaped(mut text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    loop {
        let (octet, rest) = match text {
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..] => {
                ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), rest)
            }
            [b'\\', b'n', rest @ ..] => (b'\n', rest),
            [b'\\', b'r', rest @ ..] => (b'\r', rest),
            [b'\\', b't', rest @ ..] => (b'\t', rest),
            [b'\\', b'b', rest @ ..] => (8, rest),
            [b'\\', octet, rest @ ..] | [octet, rest @ ..] => (*octet, rest),
            [] => return octets,
        };
        octets.push(octet);
        text = rest;
    }
}

/// `never`, `epoch SECONDS`, or `WEEKDAY YYYY/MM/DD HH:MM:SS` in UTC; what is none of these ends nothing.
fn is_over(ends: &str, now: Timestamp) -> bool {
    let mut words = ends.split_ascii_whitespace();
    let (first, second, third) = (words.next(), words.next(), words.next());
    match (first, second, third) {
        (Some("epoch"), Some(seconds), _) => seconds.parse().is_ok_and(|ends: i64| ends <= now.as_second()),
        (Some(_), Some(day), Some(time)) => {
            let moment = format!("{}T{time}Z", day.replace('/', "-"));
            moment.parse().is_ok_and(|ends: Timestamp| ends <= now)
        }
        _ => false,
    }
}

/// A lease of systemd-networkd: `OPTION_252=` in hexadecimal. It is in its time as long as the file is there.
fn of_networkd(text: &str) -> Option<Vec<u8>> {
    hexadecimal(text.lines().find_map(|line| line.strip_prefix("OPTION_252="))?.trim())
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|digit| digit.to_digit(16)?.try_into().ok()).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// A URL of printable characters; servers like to end it with NUL or a line end.
fn usable(octets: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(octets).ok()?.trim_end_matches(['\0', '\r', '\n', ' ']);
    let plain = text.len() <= LONGEST_URL && text.bytes().all(|octet| octet.is_ascii_graphic());
    (plain && text.starts_with("http://")).then(|| text.to_owned())
}

/// Where DHCP clients keep their leases.
const FOLDERS: [&str; 4] =
    ["/run/systemd/netif/leases", "/var/lib/dhcp", "/var/lib/dhclient", "/var/lib/NetworkManager"];
/// How dhclient may call option 252.
const NAMES: [&str; 4] = ["wpad", "wpad-url", "option-252", "unknown-252"];
/// Octets of a file of leases that are read.
const LONGEST_FILE: u64 = 1 << 20;
/// Files that are looked at.
const MOST_FILES: usize = 64;
/// A DHCP option has at most so many octets (RFC 2132 §2).
const LONGEST_URL: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    /// The URL that a host would find whose only lease this is.
    fn found(text: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lease"), text).unwrap();
        url_in(
            &[folder.path().join("no such folder"), folder.path().to_owned()],
            "2026-11-28T12:00:00Z".parse().unwrap(),
        )
    }

    fn dhclient(option: &str, expire: &str) -> String {
        format!(
            "lease {{\n  interface \"eth0\";\n  fixed-address 192.0.2.7;\n  option routers 192.0.2.1;\n  {option}\n  \
             expire {expire};\n}}\n"
        )
    }

    const URL: &str = "http://wpad.example/proxy.pac";

    #[test]
    fn a_lease_of_dhclient_is_read_under_each_name_and_in_its_time_only() {
        let later = "6 2026/11/28 18:00:00";
        for option in ["wpad", "wpad-url", "option-252", "unknown-252"] {
            let text = dhclient(&format!("option {option} \"{URL}\\000\";"), later);
            assert_eq!(found(&text).as_deref(), Some(URL), "{option}");
        }
        // Without quotation marks dhclient writes octets, with as few digits as they need.
        let octets: Vec<String> = URL.bytes().chain([0]).map(|octet| format!("{octet:x}")).collect();
        let text = dhclient(&format!("option unknown-252 {};", octets.join(":")), later);
        assert_eq!(found(&text).as_deref(), Some(URL));
        for (ends, is_found) in [
            ("never", true),
            ("epoch 1795870800", true),
            ("epoch 1764331200", false),
            ("6 2026/11/28 06:00:00", false),
        ] {
            let text = dhclient(&format!("option wpad \"{URL}\";"), ends);
            assert_eq!(found(&text).is_some(), is_found, "{ends}");
        }
    }

    #[test]
    fn the_last_lease_of_a_file_counts() {
        let later = "6 2026/11/28 18:00:00";
        let old = dhclient("option wpad \"http://old.example/\";", later);
        assert_eq!(
            found(&(old.clone() + &dhclient(&format!("option wpad \"{URL}\";"), later))).as_deref(),
            Some(URL)
        );
        assert_eq!(found(&(old + &dhclient("option domain-name \"example\";", later))), None);
    }

    #[test]
    fn what_dhclient_quotes_is_the_url_that_the_server_gave() {
        for (quoted, url) in [
            // As dhclient 4.4.3 wrote them.
            (r"http://127.0.0.1:18090/wpad.dat?a=1\&b=2", "http://127.0.0.1:18090/wpad.dat?a=1&b=2"),
            (r"http://127.0.0.1:18090/\$w/\'x\'\|wpad.dat", "http://127.0.0.1:18090/$w/'x'|wpad.dat"),
            (r"http://127.0.0.1:18090/wpad.dat\012 ", "http://127.0.0.1:18090/wpad.dat"),
            (r#"http://a.test/\"\`"#, "http://a.test/\"`"),
            (r"http://a.test/\\012", r"http://a.test/\012"),
            (r"http://a.test/x\r\n\000", "http://a.test/x"),
            (r"http://a.test/\0x\9", "http://a.test/0x9"),
        ] {
            let text = dhclient(&format!("option wpad \"{quoted}\";"), "never");
            assert_eq!(found(&text).as_deref(), Some(url), "{quoted}");
        }
        // An octet that no URL has is not passed over.
        for quoted in [r"http://a.test/\012x", r"http://a.test/\377", r"http://a.test/\tx"] {
            let text = dhclient(&format!("option wpad \"{quoted}\";"), "never");
            assert_eq!(found(&text), None, "{quoted}");
        }
    }

    #[test]
    fn a_lease_of_networkd_is_read() {
        let hex: String = URL.bytes().chain(*b"\n").map(|octet| format!("{octet:02x}")).collect();
        let text = format!("# This is private data. Do not parse.\nADDRESS=192.0.2.7\nOPTION_252={hex}\n");
        assert_eq!(found(&text).as_deref(), Some(URL));
    }

    #[test]
    fn what_is_no_plain_url_is_not_taken() {
        let later = "never";
        for value in
            ["\"\"", "\"https://wpad.example/\"", "\"http://a b/\"", "\"file:///etc/passwd\"", "68:7", "zz"]
        {
            assert_eq!(found(&dhclient(&format!("option wpad {value};"), later)), None, "{value}");
        }
        let long = format!("option wpad \"http://{}\";", "a".repeat(255));
        assert_eq!(found(&dhclient(&long, later)), None);
        for text in ["", "OPTION_252=6", "OPTION_252=xy", "lease {"] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
