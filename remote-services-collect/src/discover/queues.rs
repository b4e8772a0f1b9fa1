//! Queues of print servers: their printers are hosts to ask.
//!
//! A queue names its device by a URI, and of that only the host counts here: it is asked by SNMP like any other, and never
//! by the URI. [`cups`] has the messages that CUPS and other IPP servers take. Whoever can list the queues of other
//! servers, such as those of Windows by its RPC interface, implements [`QueueSource`].

pub mod cups;

/// A queue of a print server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Where it prints to: `socket://192.0.2.7:9100`. Empty when the server does not tell.
    pub device_uri: String,
}

/// Somebody who can list the queues of a print server.
///
/// ```
/// use remote_services_collect::discover::queues::{Queue, QueueSource};
///
/// /// What a program of the site's own has exported, a line a queue: name, blank, port name of Windows.
/// struct Exported(String);
///
/// impl QueueSource for Exported {
///     type Error = core::convert::Infallible;
///     fn server(&self) -> &str {
///         "print.example"
///     }
///     fn queues(&mut self) -> Result<Vec<Queue>, Self::Error> {
///         let queue = |(name, host): (&str, &str)| Queue {
///             name: name.to_owned(),
///             device_uri: format!("socket://{host}:9100"),
///         };
///         Ok(self.0.lines().filter_map(|line| line.split_once(' ')).map(queue).collect())
///     }
/// }
///
/// let mut source = Exported("office 192.0.2.7\nlobby 192.0.2.8".to_owned());
/// assert_eq!(source.queues()?[0].host(), Some("192.0.2.7"));
/// # Ok::<(), core::convert::Infallible>(())
/// ```
pub trait QueueSource {
    /// Why the server could not be asked.
    type Error;

    /// What to call the server.
    fn server(&self) -> &str;

    /// All its queues. They are read once a discovery.
    ///
    /// # Errors
    /// When the server cannot be asked, or its answer not be used.
    fn queues(&mut self) -> Result<Vec<Queue>, Self::Error>;
}

impl Queue {
    /// The host that it prints to, a name or an address; `None` for devices that are no hosts, such as `usb:` and
    /// `file:`, and for those found by multicast DNS (`dnssd:`), which names no host.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let (scheme, rest) = self.device_uri.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        // The URIs of HPLIP: hp:/net/Model?ip=192.0.2.7
        if matches!(scheme.as_str(), "hp" | "hpfax") {
            let (_, query) = rest.split_once('?')?;
            return query
                .split('&')
                .find_map(|part| part.strip_prefix("ip="))
                .filter(|host| !host.is_empty());
        }
        if !NETWORK_SCHEMES.contains(&scheme.as_str()) {
            return None;
        }
        let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = match host.strip_prefix('[') {
            Some(inside) => inside.split_once(']')?.0,
            None => host.split(':').next()?,
        };
        (!host.is_empty()).then_some(host)
    }
}

/// Schemes of CUPS's network backends.
const NETWORK_SCHEMES: [&str; 8] = ["socket", "lpd", "ipp", "ipps", "http", "https", "snmp", "lpr"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_device_uri() {
        let cases = [
            ("socket://192.0.2.7:9100", Some("192.0.2.7")),
            ("socket://printer-7.example", Some("printer-7.example")),
            ("lpd://guest@192.0.2.8/PASSTHRU?format=l", Some("192.0.2.8")),
            ("ipp://[2001:db8::7]:631/ipp/print", Some("2001:db8::7")),
            ("IPPS://printer.example/ipp", Some("printer.example")),
            ("snmp://192.0.2.9", Some("192.0.2.9")),
            ("hp:/net/LaserJet_9?ip=192.0.2.10", Some("192.0.2.10")),
            ("usb://Brother/HL?serial=1", None),
            ("dnssd://Laser%209._ipp._tcp.local/", None),
            ("file:///dev/null", None),
            ("socket://", None),
            ("socket:", None),
            ("", None),
        ];
        for (uri, host) in cases {
            let queue = Queue { name: "q".to_owned(), device_uri: uri.to_owned() };
            assert_eq!(queue.host(), host, "{uri}");
        }
    }
}
