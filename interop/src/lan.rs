//! A network of our own: hosts in network namespaces on one bridge. Nothing of it is seen outside, and it goes with the test.
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::process::{Guard, run, run_ok, runs_as_root};
use crate::{Tool, leave_out, require};

/// A bridge with hosts on it; the interface of every host is `eth0`.
#[derive(Debug)]
pub struct Lan {
    name: String,
    hosts: Vec<String>,
}

/// A host of a [`Lan`].
#[derive(Clone, Debug)]
pub struct Host {
    namespace: String,
}

impl Lan {
    /// A network without hosts; `None`, which is said, where this system does not let us have one.
    ///
    /// # Panics
    /// When a namespace can be made, but not what belongs into it.
    #[must_use]
    pub fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if !require(&[Tool::Ip]) {
            return None;
        }
        let name = format!("rs{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let made = runs_as_root()
            && run(Command::new(Tool::Ip.path()).args(["netns", "add", &name])).status.success();
        if !made {
            leave_out("needs root and the right to make network namespaces");
            return None;
        }
        let lan = Self { name: name.clone(), hosts: vec![name.clone()] };
        let switch = Host { namespace: name };
        switch.ip(&["link", "add", "br0", "type", "bridge"]);
        switch.ip(&["link", "set", "br0", "up"]);
        Some(lan)
    }

    /// One more host with this address (`10.77.0.1/16`).
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn host(&mut self, address: &str) -> Host {
        let number = self.hosts.len();
        let namespace = format!("{}-{number}", self.name);
        run_ok(Command::new(Tool::Ip.path()).args(["netns", "add", &namespace]));
        self.hosts.push(namespace.clone());
        let (host, switch) = (Host { namespace: namespace.clone() }, Host { namespace: self.name.clone() });
        let port = format!("p{number}");
        switch.ip(&["link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns", &namespace]);
        switch.ip(&["link", "set", &port, "master", "br0", "up"]);
        host.ip(&["link", "set", "lo", "up"]);
        host.ip(&["addr", "add", address, "broadcast", "+", "dev", "eth0"]);
        host.ip(&["link", "set", "eth0", "up"]);
        host
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        for host in self.hosts.iter().rev() {
            let _ = Command::new(Tool::Ip.path()).args(["netns", "del", host]).status();
        }
    }
}

impl Host {
    /// The same command, run on this host.
    #[must_use]
    pub fn command(&self, command: &Command) -> Command {
        let mut inside = Command::new(Tool::Ip.path());
        inside.args(["netns", "exec", &self.namespace]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside
    }

    /// A program on this host.
    #[must_use]
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        self.command(&Command::new(program))
    }

    /// Changes this host's network.
    ///
    /// # Panics
    /// When it cannot be changed.
    pub fn ip(&self, words: &[&str]) {
        run_ok(Command::new(Tool::Ip.path()).args(["-n", &self.namespace]).args(words));
    }

    /// Lets this host answer for a whole subnet.
    pub fn answer_for(&self, subnet: &str) {
        self.ip(&["route", "add", "local", subnet, "dev", "lo"]);
    }

    /// Sets a number of the kernel for this host: `net/ipv4/icmp_echo_ignore_all`.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn set(&self, name: &str, value: &str) {
        run_ok(self.program("sh").args(["-c", &format!("echo '{value}' > /proc/sys/{name}")]));
    }

    /// Begins to write down what passes this host's interface.
    ///
    /// # Panics
    /// When it does not begin: [`require`] `Tool::Tcpdump` first.
    #[must_use]
    pub fn capture(&self, folder: &Path) -> Capture {
        let mut command = self.program(Tool::Tcpdump.path());
        // -U and -l: every packet is there at once; -B: none is lost while this machine is busy.
        command.args([
            "-i",
            "eth0",
            "-n",
            "-tt",
            "-l",
            "-q",
            "-B",
            "8192",
            "--immediate-mode",
            "-s",
            "96",
            "ip",
        ]);
        let mut guard = Guard::start(&mut command, &folder.join("capture"));
        let path = folder.join("capture");
        guard.wait_until("tcpdump listens", || {
            std::fs::read_to_string(&path).ok()?.contains("listening on").then_some(())
        });
        Capture { guard }
    }
}

/// What passes an interface.
#[derive(Debug)]
pub struct Capture {
    guard: Guard,
}

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When, since an arbitrary start.
    pub at: Duration,
    /// Who sent it; with a port if the protocol has ports: `10.77.0.1.161`.
    pub from: String,
    /// To whom, in the same way.
    pub to: String,
    /// What tcpdump says of it: `UDP, length 43`.
    pub what: String,
}

impl Packet {
    /// Whether it goes to a port of this number.
    #[must_use]
    pub fn is_to_port(&self, port: u16) -> bool {
        let mut parts = self.to.split('.').skip(4);
        parts.next() == Some(&port.to_string())
    }

    /// The address it goes to, without a port.
    #[must_use]
    pub fn host(&self) -> String {
        self.to.split('.').take(4).collect::<Vec<_>>().join(".")
    }
}

impl Capture {
    /// Ends it, and gives what passed.
    ///
    /// # Panics
    /// When tcpdump lost packets.
    #[must_use]
    pub fn packets(self) -> Vec<Packet> {
        let Self { mut guard } = self;
        let _ = Command::new("kill").args(["-INT", &guard.id().to_string()]).status();
        guard.wait(Duration::from_secs(30));
        let log = guard.log();
        assert!(
            log.contains("\n0 packets dropped by kernel"),
            "{}",
            log.lines().rev().take(5).collect::<String>()
        );
        log.lines().filter_map(packet).collect()
    }
}

/// `1764333333.123456 IP 10.77.0.1.40000 > 10.77.1.1.161: UDP, length 43`
fn packet(line: &str) -> Option<Packet> {
    let (at, rest) = line.split_once(" IP ")?;
    let (ends, what) = rest.split_once(": ")?;
    let (from, to) = ends.split_once(" > ")?;
    let at = Duration::try_from_secs_f64(at.parse().ok()?).ok()?;
    Some(Packet { at, from: from.to_owned(), to: to.to_owned(), what: what.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_tcpdump_is_read() {
        let udp = packet("17.5 IP 10.77.0.1.40000 > 10.77.1.1.161: UDP, length 43").unwrap();
        assert_eq!(
            (udp.at, udp.is_to_port(161), udp.host().as_str()),
            (Duration::from_millis(17_500), true, "10.77.1.1")
        );
        let ping =
            packet("17.5 IP 10.77.0.1 > 10.77.1.161: ICMP echo request, id 5, seq 1, length 24").unwrap();
        assert_eq!((ping.is_to_port(161), ping.host().as_str()), (false, "10.77.1.161"));
    }
}
