//! Programs that know of hosts: a name server with zones, a print server with queues, an announcer of services.
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use crate::Tool;
use crate::lan::Host;
use crate::process::{Guard, free_tcp_port, run_ok};

/// nsd with a zone that anybody may transfer, its reverse, and one that nobody may.
///
/// # Panics
/// When it does not start.
#[must_use]
pub fn name_server(folder: &Path) -> (Guard, SocketAddr) {
    let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
    let soa =
        "$TTL 60\n@ IN SOA ns.printers.test. admin.printers.test. 1 60 60 60 60\n@ IN NS ns.printers.test.\n";
    let write = |name: &str, records: &str| write_file(&folder.join(name), &format!("{soa}{records}"));
    write(
        "printers.test",
        "ns A 127.0.0.1\nlaser A 127.78.0.2\nlaser TXT \"second floor\"\ncopier A 127.78.0.3\nalso CNAME laser\ngone A 127.78.0.9\n",
    );
    write("0.78.127.in-addr.arpa", "2 PTR laser.printers.test.\n3 PTR copier.printers.test.\n");
    // A name that is another's.
    write("1.78.127.in-addr.arpa", "2 PTR laser.printers.test.\n");
    write("closed.test", "secret A 127.78.0.2\n");
    let zone = |name: &str, transfer: &str| {
        format!("zone:\n  name: {name}\n  zonefile: {}\n{transfer}", folder.join(name).display())
    };
    let open = "  provide-xfr: 127.0.0.1 NOKEY\n";
    let config = format!(
        "server:\n  ip-address: 127.0.0.1@{}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"{dir}\"\n  pidfile: \"{dir}/nsd.pid\"\n  \
         xfrdfile: \"{dir}/xfrd.state\"\n  zonelistfile: \"{dir}/zone.list\"\n  xfrdir: \"{dir}\"\n  database: \"\"\n  server-count: 1\n\
         remote-control:\n  control-enable: no\n{}{}{}{}",
        address.port(),
        zone("printers.test", open),
        zone("0.78.127.in-addr.arpa", open),
        zone("1.78.127.in-addr.arpa", ""),
        zone("closed.test", ""),
        dir = folder.display(),
    );
    write_file(&folder.join("nsd.conf"), &config);
    let mut command = Command::new(Tool::Nsd.path());
    command.args(["-d", "-c"]).arg(folder.join("nsd.conf"));
    let mut guard = Guard::start(&mut command, &folder.join("nsd.log"));
    guard.wait_until("nsd listens", || TcpStream::connect(address).ok().map(drop));
    (guard, address)
}

/// A real CUPS on a port of loopback, with nothing outside of the folder.
///
/// # Panics
/// When it does not start.
#[must_use]
pub fn print_server(folder: &Path) -> (Guard, String) {
    let port = free_tcp_port();
    for name in ["root", "cache", "spool", "state", "tmp"] {
        fs::create_dir(folder.join(name)).expect("the test's own folder");
    }
    let at = |name: &str| folder.join(name).display().to_string();
    let files = format!(
        "ServerRoot {}\nCacheDir {}\nRequestRoot {}\nStateDir {}\nTempDir {}\nAccessLog {}\nErrorLog {}\nPageLog {}\nSystemGroup root\n",
        at("root"),
        at("cache"),
        at("spool"),
        at("state"),
        at("tmp"),
        at("access.log"),
        at("error.log"),
        at("page.log")
    );
    let config = format!(
        "Listen 127.0.0.1:{port}\nBrowsing Off\nDefaultAuthType None\nWebInterface No\n<Location />\n  Order allow,deny\n  Allow all\n</Location>\n\
         <Location /admin>\n  Order allow,deny\n  Allow all\n</Location>\n<Policy default>\n  <Limit All>\n    Order deny,allow\n    Allow all\n  </Limit>\n</Policy>\n"
    );
    write_file(&folder.join("cups-files.conf"), &files);
    write_file(&folder.join("cupsd.conf"), &config);
    let mut command = Command::new(Tool::Cupsd.path());
    command.args(["-f", "-c"]).arg(folder.join("cupsd.conf")).arg("-s").arg(folder.join("cups-files.conf"));
    let mut guard = Guard::start(&mut command, &folder.join("cupsd.log"));
    guard.wait_until("CUPS listens", || TcpStream::connect(("127.0.0.1", port)).ok().map(drop));
    (guard, format!("127.0.0.1:{port}"))
}

/// A queue of the print server that prints to this device.
///
/// # Panics
/// When the print server does not take it.
pub fn add_queue(server: &str, name: &str, uri: &str) {
    run_ok(Command::new(Tool::Lpadmin.path()).args(["-h", server, "-p", name, "-E", "-v", uri]));
}

/// Avahi on a host, which announces services (name, type, port) as `laser.local`.
///
/// # Panics
/// When it does not start.
#[must_use]
pub fn announce(host: &Host, folder: &Path, services: &[(&str, &str, u16)]) -> Guard {
    fs::create_dir(folder.join("services")).expect("the test's own folder");
    for (name, kind, port) in services {
        let text = format!(
            "<?xml version=\"1.0\"?><!DOCTYPE service-group SYSTEM \"avahi-service.dtd\"><service-group><name>{name}</name>\
             <service><type>{kind}</type><port>{port}</port></service></service-group>"
        );
        write_file(&folder.join(format!("services/{kind}.service")), &text);
    }
    let config = "[server]\nhost-name=laser\nuse-ipv6=no\nenable-dbus=no\nallow-interfaces=eth0\n[wide-area]\nenable-wide-area=no\n\
                  [publish]\npublish-hinfo=no\npublish-workstation=no\n";
    write_file(&folder.join("avahi.conf"), config);
    let log = folder.join("avahi.log");
    let mut command = host.program("sh");
    command.args(["-c", AVAHI, "sh"]).arg(folder).arg(Tool::Avahi.path());
    let mut avahi = Guard::start(&mut command, &log);
    avahi.wait_until("avahi has announced", || {
        let log = fs::read_to_string(&log).ok()?;
        (log.matches("successfully established").count() >= services.len()).then_some(())
    });
    avahi
}

fn write_file(path: &Path, text: &str) {
    fs::write(path, text).expect("the test's own folder");
}

/// Avahi announces what the files of its folder say, and knows no other place for them.
const AVAHI: &str = "
set -e
mount -t tmpfs none /run && mkdir /run/avahi-daemon
mount --bind \"$1/services\" /etc/avahi/services
exec \"$2\" -f \"$1/avahi.conf\" --no-drop-root --no-chroot --no-rlimits
";
