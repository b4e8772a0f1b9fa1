//! An agent that answers v2c requests from octets written beforehand, faster than any client asks.
use std::io::{BufRead, BufReader, IoSlice, IoSliceMut, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::process::{Child, Command, Stdio};

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg};
use remote_services_snmp::message::{CommunityMessage, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::{Oid, Value, VarBind, oid};
use rustix::net::addr::SocketAddrArg;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

/// The column that is walked.
pub(crate) const COLUMN: Oid = oid!("1.3.6.1.2.1.2.2.1.10");
pub(crate) const ROWS: u32 = 10_000;
pub(crate) const REPETITIONS: u16 = 25;
/// The six objects of a poll.
pub(crate) const POLLED: [&str; 6] = [
    "1.3.6.1.2.1.1.3.0",
    "1.3.6.1.2.1.25.3.2.1.5.1",
    "1.3.6.1.2.1.25.3.5.1.1.1",
    "1.3.6.1.2.1.43.10.2.1.4.1.1",
    "1.3.6.1.2.1.43.11.1.1.9.1.1",
    "1.3.6.1.2.1.43.11.1.1.9.1.2",
];
const BATCH: usize = 64;

/// The agent as its clients hold it: it ends with this.
pub(crate) struct Agent {
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Agent {
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut process =
            Command::new(program).arg("agent").stdout(Stdio::piped()).spawn().expect("this program again");
        let mut line = String::new();
        let said = process.stdout.as_mut().expect("it is piped");
        BufReader::new(said).read_line(&mut line).expect("it tells its address");
        Self { address: line.trim().parse().expect("an address"), process }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers until it is killed.
pub(crate) fn run() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 16 << 20).expect("a buffer");
    println!("{}", socket.local_addr().expect("it is bound"));
    std::io::stdout().flush().expect("somebody reads");
    let canned = Canned::new();
    let mut room = vec![[0_u8; 2_048]; BATCH];
    let mut answers: Vec<(SocketAddrAny, Vec<u8>)> = Vec::new();
    loop {
        answers.clear();
        let mut headers = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
        let mut slots: Vec<_> = room.iter_mut().map(|slot| [IoSliceMut::new(slot)]).collect();
        let received =
            recvmmsg(socket.as_raw_fd(), &mut headers, slots.iter_mut(), MsgFlags::MSG_WAITFORONE, None);
        for message in received.expect("datagrams") {
            let from = SocketAddr::V4(message.address.expect("it has a source").into());
            let request = message.iovs().next().expect("a request");
            answers.push((from.as_any(), canned.answer(request)));
        }
        let parts: Vec<_> = answers.iter().map(|(to, bytes)| (to, [IoSlice::new(bytes)])).collect();
        let mut control: Vec<_> = parts.iter().map(|_| SendAncillaryBuffer::default()).collect();
        let mut messages: Vec<_> = parts
            .iter()
            .zip(&mut control)
            .map(|((to, bytes), control)| MMsgHdr::new_with_addr(to, bytes, control))
            .collect();
        let mut sent = 0;
        while sent < messages.len() {
            sent += sendmmsg(&socket, &mut messages[sent..], SendFlags::empty()).unwrap_or(1);
        }
    }
}

struct Canned {
    /// All rows one after the other, and some of what follows.
    rows: Vec<u8>,
    /// Where each row begins.
    starts: Vec<usize>,
    poll: Vec<u8>,
}

impl Canned {
    fn new() -> Self {
        let mut rows = Vec::new();
        let mut starts = Vec::new();
        for row in 1..=ROWS + 200 {
            let column = if row > ROWS { oid!("1.3.6.1.2.1.2.2.1.11") } else { COLUMN };
            let name = column.child(row).expect("short");
            starts.push(rows.len());
            rows.extend(encoded(vec![VarBind::new(name, Value::Counter32(row.wrapping_mul(77_777)))]));
        }
        starts.push(rows.len());
        let values = [
            Value::TimeTicks(123_456_789),
            Value::Integer(2),
            Value::Integer(4),
            Value::Counter32(1_234_567),
            Value::Integer(4_200),
            Value::Integer(77),
        ];
        let poll =
            POLLED.iter().zip(values).map(|(name, value)| VarBind::new(name.parse().expect("an OID"), value));
        Self { rows, starts, poll: encoded(poll.collect()) }
    }

    /// Reads only what it must: whoever asks is on our side.
    fn answer(&self, request: &[u8]) -> Vec<u8> {
        let message = skip_into(request);
        let community = after(message);
        let pdu = after(community);
        let kind = pdu[0];
        let id = skip_into(pdu);
        let varbinds = after(after(after(id)));
        let id = &id[..id.len() - after(id).len()];
        let bindings: &[u8] = if kind == 0xA5 {
            let name = skip_into(skip_into(varbinds));
            let name = &name[2..2 + usize::from(name[1])];
            let first = last_arc_below_column(name);
            let most = usize::from(REPETITIONS);
            &self.rows[self.starts[first]..self.starts[first + most]]
        } else {
            &self.poll
        };
        let head = id.len() + 3 + 3 + 4 + bindings.len();
        let before = &message[..message.len() - pdu.len()];
        let mut answer = Vec::with_capacity(head + before.len() + 8);
        start(&mut answer, 0x30, before.len() + 4 + head);
        answer.extend_from_slice(before);
        start(&mut answer, 0xA2, head);
        answer.extend_from_slice(id);
        answer.extend_from_slice(&[2, 1, 0, 2, 1, 0]);
        start(&mut answer, 0x30, bindings.len());
        answer.extend_from_slice(bindings);
        answer
    }
}

/// The row of a name below the column, or 0.
fn last_arc_below_column(name: &[u8]) -> usize {
    let Some(rest) = name.strip_prefix(COLUMN.as_wire()) else { return 0 };
    rest.iter().fold(0, |arc, octet| arc << 7 | usize::from(octet & 0x7F))
}

fn start(into: &mut Vec<u8>, tag: u8, length: usize) {
    let [high, low] = u16::try_from(length).expect("a datagram").to_be_bytes();
    into.extend_from_slice(&[tag, 0x82, high, low]);
}

/// The content of an element and what follows it.
fn skip_into(element: &[u8]) -> &[u8] {
    &element[2 + long_form(element)..]
}

/// What follows an element.
fn after(element: &[u8]) -> &[u8] {
    let more = long_form(element);
    let length = match more {
        0 => usize::from(element[1]),
        _ => element[2..2 + more].iter().fold(0, |length, octet| length << 8 | usize::from(*octet)),
    };
    &element[2 + more + length..]
}

fn long_form(element: &[u8]) -> usize {
    if element[1] & 0x80 == 0 { 0 } else { usize::from(element[1] & 0x7F) }
}

/// The octets of these bindings, without what stands around them.
fn encoded(varbinds: Vec<VarBind>) -> Vec<u8> {
    let whole =
        CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Get, 1, varbinds)).to_bytes();
    let pdu = after(after(skip_into(&whole)));
    skip_into(after(after(after(skip_into(pdu))))).to_vec()
}
