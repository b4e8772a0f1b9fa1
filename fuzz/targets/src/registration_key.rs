//! Registration keys and what else a person types about the way to the server.

use remote_services_transport::client::{ProxyEnvironment, Route, pac_routes};
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKey, ServerUrl, SpkiPin};

/// The first octet says what the text is.
pub(crate) fn run(data: &[u8]) {
    let [first, octets @ ..] = data else { return };
    let Ok(text) = core::str::from_utf8(octets) else { return };
    match first % 5 {
        0 => {
            if let Ok(key) = RegistrationKey::from_text(text) {
                let written = key.to_text();
                let again = RegistrationKey::from_text(&written)
                    .unwrap_or_else(|error| panic!("we wrote it: {error}"));
                assert!(again.server == key.server && again.pin == key.pin && again.key.equals(&key.key));
            }
        }
        1 => {
            if let Ok(key) = OneTimeKey::from_basic(text).or_else(|_| OneTimeKey::from_text(text)) {
                assert!(OneTimeKey::from_basic(&key.to_basic()).is_ok_and(|again| again.equals(&key)));
                assert!(OneTimeKey::from_text(&key.to_text()).is_ok_and(|again| again.equals(&key)));
            }
        }
        2 => {
            if let Ok(server) = text.parse::<ServerUrl>() {
                assert_eq!(server.to_string().parse(), Ok(server.clone()));
                assert!(
                    server.port() > 0 && server.authority().bytes().all(|octet| octet.is_ascii_graphic())
                );
            }
            if let Ok(pin) = text.parse::<SpkiPin>() {
                assert_eq!(pin.to_string().parse(), Ok(pin));
            }
        }
        3 => {
            if let Ok(routes) = pac_routes(text, None) {
                assert!(!routes.is_empty());
                for route in routes {
                    if let Route::Proxy(proxy) = route {
                        assert!(proxy.port > 0 && !proxy.host.is_empty());
                        assert!(proxy.host.bytes().all(|octet| octet.is_ascii_graphic()), "{}", proxy.host);
                    }
                }
            }
        }
        _ => {
            let (proxy, except) = text.split_once('\n').unwrap_or((text, ""));
            let variable = |name: &str| match name {
                "https_proxy" => Some(proxy.to_owned()),
                "no_proxy" => Some(except.to_owned()),
                _ => None,
            };
            // Credentials are in it, so that the error must not repeat the text.
            if let Err(error) = ProxyEnvironment::read(variable) {
                assert!(proxy.len() < 40 || !error.to_string().contains(proxy));
            }
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let server = ServerUrl::new("reports.example.net", 8443).expect("a name and a port");
    let key = RegistrationKey {
        server: server.clone(),
        pin: SpkiPin::from_bytes([5; 32]),
        key: OneTimeKey::from_random([9; 16]),
    };
    let tagged = |tag: u8, text: &str| [&[tag], text.as_bytes()].concat();
    vec![
        tagged(0, &key.to_text()),
        tagged(1, &key.key.to_basic()),
        tagged(1, &key.key.to_text()),
        tagged(2, &server.to_string()),
        tagged(2, "https://[2001:db8::1]:443"),
        tagged(2, &key.pin.to_string()),
        tagged(3, "PROXY proxy.example.net:8080; HTTP 192.0.2.1; SOCKS x:1; DIRECT"),
        tagged(4, "http://user:p%40ss@proxy.example.net:3128/\n.example.net,192.0.2.0/24,*"),
    ]
}
