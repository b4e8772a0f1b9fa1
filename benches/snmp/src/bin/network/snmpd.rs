//! net-snmp's agent on a port of its own.
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use remote_services_snmp::message::{CommunityMessage, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::{VarBind, oid};

/// It ends with this.
pub(crate) struct Snmpd {
    pub(crate) address: SocketAddr,
    process: Child,
    folder: PathBuf,
}

impl Snmpd {
    /// Starts one and waits until it answers. Its user authenticates by SHA-1 and encrypts by AES.
    pub(crate) fn start() -> Self {
        let free = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let address = free.expect("a free port");
        let folder = std::env::temp_dir().join(format!("snmp-speed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("snmpd.conf");
        let lines = format!(
            "agentAddress udp:{address}\nrocommunity public 127.0.0.1\n\
             createUser sha1aes SHA \"authpass12\" AES \"privpass12\"\nrouser sha1aes priv\n"
        );
        std::fs::write(&file, lines).expect("the folder is ours");
        let mut command = Command::new("snmpd");
        let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
        command.args(["-f", "-Lo", "-C", "-c"]).arg(&file).arg("-p").arg(folder.join("pid"));
        command.env("PATH", path).env("MIBS", "").env("SNMP_PERSISTENT_DIR", &folder);
        let process =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("snmpd is installed");
        let snmpd = Self { address, process, folder };
        snmpd.wait();
        snmpd
    }

    fn wait(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
        let pdu = Pdu::request(PduKind::Get, 1, vec![VarBind::unspecified(oid!("1.3.6.1.2.1.1.3.0"))]);
        let request = CommunityMessage::new(Version::V2c, b"public", pdu).to_bytes();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            let sent = socket.send_to(&request, self.address);
            if sent.is_ok() && socket.recv(&mut [0; 1_500]).is_ok() {
                return;
            }
        }
        panic!("snmpd does not answer");
    }
}

impl Drop for Snmpd {
    fn drop(&mut self) {
        // It has nothing to lose, and the folder is in the system's place for such.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
