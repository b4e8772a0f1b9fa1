//! The PROTOS c06-snmpv1 request cases: thousands of broken messages, and what two other implementations did with
//! each. `expected.tsv` tells whether pysnmp 7.1.30 decoded a case, which judges our codec, and whether net-snmp
//! 5.9.3 answered it, which judges our running responder. Where we differ the rule stands in [`RULES`], with the
//! number of cases that it decides.
use std::collections::HashMap;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use remote_services_interop::process::run_ok;
use remote_services_interop::responder::{Served, responder};
use remote_services_interop::{Tool, require, shared};
use remote_services_snmp::ber::{DecodeErrorKind as Kind, Limits, Tag};
use remote_services_snmp::engine::responder::SortedTable;
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::{Oid, Value, VarBind, engine, oid};

/// A difference between us and a peer, and its reason.
struct Rule {
    name: &'static str,
    differs: Differs,
    /// Whether the rule is the reason, from what our decoder says of the case and from its octets.
    explains: fn(&Result<CommunityMessage, Kind>, &Case) -> bool,
    cases: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Differs {
    /// We refuse what pysnmp decodes.
    StricterThanPysnmp,
    /// We do not answer what net-snmp answers.
    StricterThanNetSnmp,
    /// We answer what net-snmp does not answer.
    LaxerThanNetSnmp,
}

/// We decode nothing that pysnmp refuses, hence no rule for that.
const RULES: [Rule; 12] = [
    Rule {
        name: "an INTEGER has 32 bits (RFC 2578 §2, RFC 1157 as deployed); to pysnmp it has no bounds",
        differs: Differs::StricterThanPysnmp,
        explains: |ours, _| is_error(ours, |kind| kind == Kind::OutOfRange(Tag::INTEGER)),
        cases: 2_916,
    },
    Rule {
        name: "a sub-identifier is at most 2^32 - 1 (RFC 2578 §3.5); to pysnmp it has no bound",
        differs: Differs::StricterThanPysnmp,
        explains: |ours, _| is_error(ours, |kind| kind == Kind::ArcTooLarge),
        cases: 415,
    },
    Rule {
        name: "an identifier has at most 128 sub-identifiers (RFC 2578 §3.5); to pysnmp any number",
        differs: Differs::StricterThanPysnmp,
        explains: |ours, _| is_error(ours, |kind| matches!(kind, Kind::TooManyArcs(_))),
        cases: 171,
    },
    Rule {
        name: "a number has at least one octet (X.690 §8.3.1); pysnmp takes none for 0, we do by a quirk only",
        differs: Differs::StricterThanPysnmp,
        explains: |ours, _| is_error(ours, |kind| matches!(kind, Kind::WrongSize { found: 0, .. })),
        cases: 40,
    },
    Rule {
        name: "a message has at most so many bindings, `Limits::varbinds`; more are refused before they cost memory",
        differs: Differs::StricterThanPysnmp,
        explains: |ours, _| is_error(ours, |kind| matches!(kind, Kind::TooManyVarBinds { .. })),
        cases: 6,
    },
    Rule {
        name: "a PDU has a tag of one octet; pysnmp reads tags of several",
        differs: Differs::StricterThanPysnmp,
        explains: |ours, _| is_error(ours, |kind| kind == Kind::UnknownPdu(Tag(0xbf))),
        cases: 1,
    },
    Rule {
        name: "an INTEGER has 32 bits; net-snmp cuts request-ids and error fields of more",
        differs: Differs::StricterThanNetSnmp,
        explains: |ours, _| is_error(ours, |kind| kind == Kind::OutOfRange(Tag::INTEGER)),
        cases: 413,
    },
    Rule {
        name: "Counter32, Gauge32 and TimeTicks have 32 bits and no sign; net-snmp cuts them, pysnmp refuses them too, \
               and we read them by a quirk only",
        differs: Differs::StricterThanNetSnmp,
        explains: |ours, case| {
            let unsigned = [Tag::COUNTER32, Tag::GAUGE32, Tag::TIME_TICKS];
            !case.pysnmp_decoded && is_error(ours, |kind| unsigned.map(Kind::OutOfRange).contains(&kind))
        },
        cases: 276,
    },
    Rule {
        name: "an identifier has at least one octet (X.690 §8.19.2); net-snmp takes none for 0.0, pysnmp refuses it too",
        differs: Differs::StricterThanNetSnmp,
        explains: |ours, case| !case.pysnmp_decoded && is_error(ours, |kind| kind == Kind::EmptyOid),
        cases: 4,
    },
    Rule {
        name: "a message has at most so many bindings, `Limits::varbinds`",
        differs: Differs::StricterThanNetSnmp,
        explains: |ours, _| is_error(ours, |kind| matches!(kind, Kind::TooManyVarBinds { .. })),
        cases: 1,
    },
    Rule {
        name: "octets that only repeat the sign are no part of a number (RFC 3417 §8 lets senders use more than needed); \
               net-snmp wants at most as many as the type needs",
        differs: Differs::LaxerThanNetSnmp,
        explains: |ours, case| ours.is_ok() && has_padded_number(&case.octets),
        cases: 160,
    },
    Rule {
        name: "every sound request of a known community is answered (RFC 1157 §4.1); net-snmp was silent to some in the \
               neighbourhood of its largest, which pysnmp decodes as we do",
        differs: Differs::LaxerThanNetSnmp,
        explains: |ours, case| ours.is_ok() && case.pysnmp_decoded && !has_padded_number(&case.octets),
        cases: 49,
    },
];

#[test]
fn the_codec_takes_what_pysnmp_takes_and_no_more_or_the_rule_is_listed() {
    let Some(cases) = cases() else { return };
    let mut judged = Judge::default();
    let mut compared = 0;
    for case in &cases {
        match decode(&case.octets) {
            Ok(message) => {
                assert!(case.pysnmp_decoded, "pysnmp does not take case {}, we do", case.name);
                let again = CommunityMessage::from_bytes(&message.to_bytes(), &Limits::default());
                assert_eq!(again.as_ref(), Ok(&message), "case {} changes on the way", case.name);
                let CommunityPdu::Pdu(pdu) = &message.pdu else { panic!("case {} is no request", case.name) };
                assert_eq!(Some(case.pdu.as_str()), name_of(pdu.kind), "case {}", case.name);
                if let Ok(id) = case.request_id.parse::<i32>() {
                    assert_eq!(pdu.request_id, id, "case {}", case.name);
                    compared += 1;
                }
            }
            refused if case.pysnmp_decoded => judged.by_rule(Differs::StricterThanPysnmp, &refused, case),
            Err(_) => {}
        }
    }
    assert_eq!(cases.len(), 10_601);
    assert!(compared > 4_000, "{compared} request-ids are those that pysnmp read");
    judged.finish(&[Differs::StricterThanPysnmp]);
}

#[test]
fn the_responder_answers_what_net_snmp_answers_and_no_more_or_the_rule_is_listed() {
    let Some(cases) = cases() else { return };
    let mut responder = responder();
    let mut table = table();
    let from = ([127, 0, 0, 1], 9).into();
    let mut judged = Judge::default();
    for case in &cases {
        let reply = responder.handle_datagram(engine::Instant::START, from, &case.octets, &mut table);
        let ours = decode(&case.octets);
        if let Some(reply) = &reply {
            let reply =
                CommunityMessage::from_bytes(reply, &Limits::default()).expect("we read what we write");
            let asked = ours.as_ref().expect("what we answer we have understood");
            assert_eq!(reply.pdu.request_id(), asked.pdu.request_id(), "case {}", case.name);
        }
        match (reply.is_some(), case.net_snmp_answered) {
            (true, false) => judged.by_rule(Differs::LaxerThanNetSnmp, &ours, case),
            (false, true) => judged.by_rule(Differs::StricterThanNetSnmp, &ours, case),
            _ => {}
        }
    }
    judged.finish(&[Differs::LaxerThanNetSnmp, Differs::StricterThanNetSnmp]);
}

#[test]
fn the_manual_tells_every_rule_and_how_many_cases_it_decides() {
    let manual = include_str!("../../remote-services-snmp/src/manual/bent_devices.rs");
    for rule in RULES {
        let digits = rule.cases.to_string();
        let (thousands, rest) = digits.split_at(digits.len().saturating_sub(3));
        let cases = if thousands.is_empty() { digits.clone() } else { format!("{thousands},{rest}") };
        assert!(manual.contains(&format!("//! | {} | {cases} |\n", rule.name)), "{}", rule.name);
    }
}

/// R53. Over the network, with a question in between after 50 cases or fewer. The answers hold the counters: each
/// datagram has arrived, and what could not be decoded was counted as that and nothing else was.
#[test]
fn rfc3418_2_a_running_responder_counts_exactly_the_cases_that_cannot_be_decoded_and_still_answers() {
    let Some(cases) = cases() else { return };
    let served = Served::start(table());
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    socket.connect(served.address).expect("an address of loopback");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a bound socket takes a time-out");
    let mut expected = Counted::default();
    let (mut waiting, mut waiting_octets) = (0, 0);
    for (number, case) in (1..).zip(&cases) {
        socket.send(&case.octets).expect("it fits into a datagram");
        expected.packets += 1;
        match decode(&case.octets) {
            Err(Kind::UnknownVersion(_)) => expected.bad_versions += 1,
            Err(_) => expected.parse_errors += 1,
            Ok(_) => {}
        }
        waiting += 1;
        waiting_octets += case.octets.len();
        // So few that the socket's buffer drops none.
        if waiting == 50 || waiting_octets > 32_768 || number == cases.len() {
            expected.packets += 1;
            assert_eq!(ping(&socket), expected, "after case {}", case.name);
            (waiting, waiting_octets) = (0, 0);
        }
    }
    assert_eq!((expected.parse_errors, expected.bad_versions), (5_720, 69));
}

/// Numbers of the snmp group (RFC 3418 §2).
#[derive(Debug, Default, PartialEq)]
struct Counted {
    packets: u32,
    bad_versions: u32,
    parse_errors: u32,
}

/// Asks for the counters and waits for the answer, past those to the cases.
fn ping(socket: &UdpSocket) -> Counted {
    const PING: i32 = 0x5049_4e47;
    let names = [oid!("1.3.6.1.2.1.11.1.0"), oid!("1.3.6.1.2.1.11.3.0"), oid!("1.3.6.1.2.1.11.6.0")];
    let question = Pdu::request(PduKind::Get, PING, names.map(VarBind::unspecified).into());
    socket.send(&CommunityMessage::new(Version::V2c, b"public", question).to_bytes()).expect("it is short");
    let mut buffer = vec![0; 65_535];
    loop {
        let length = socket.recv(&mut buffer).expect("the responder still answers");
        let reply = CommunityMessage::from_bytes(&buffer[..length], &Limits::default()).expect("a response");
        let CommunityPdu::Pdu(pdu) = reply.pdu else { panic!("{reply:?}") };
        if pdu.request_id != PING {
            continue;
        }
        assert_eq!(pdu.kind, PduKind::Response { status: ErrorStatus::NoError, error_index: 0 });
        let counters: Vec<u32> = pdu.varbinds.iter().filter_map(counter).collect();
        let [packets, bad_versions, parse_errors] = counters[..] else { panic!("{:?}", pdu.varbinds) };
        return Counted { packets, bad_versions, parse_errors };
    }
}

fn counter(varbind: &VarBind) -> Option<u32> {
    if let Value::Counter32(number) = varbind.value { Some(number) } else { None }
}

/// Counts the cases of each rule.
#[derive(Default)]
struct Judge([usize; RULES.len()]);

impl Judge {
    fn by_rule(&mut self, differs: Differs, ours: &Result<CommunityMessage, Kind>, case: &Case) {
        let rule = RULES.iter().position(|rule| rule.differs == differs && (rule.explains)(ours, case));
        let rule = rule.unwrap_or_else(|| panic!("{differs:?}: case {} by no rule: {ours:?}", case.name));
        self.0[rule] += 1;
    }

    /// Each rule decides as many cases as it says.
    fn finish(&self, directions: &[Differs]) {
        for (rule, decided) in RULES.iter().zip(self.0) {
            if directions.contains(&rule.differs) {
                assert_eq!(decided, rule.cases, "{:?}: {}", rule.differs, rule.name);
            }
        }
    }
}

/// One case, and what the peers did with it.
struct Case {
    name: String,
    octets: Vec<u8>,
    net_snmp_answered: bool,
    pysnmp_decoded: bool,
    pdu: String,
    request_id: String,
}

fn decode(octets: &[u8]) -> Result<CommunityMessage, Kind> {
    CommunityMessage::from_bytes(octets, &Limits::default()).map_err(|error| error.kind())
}

fn is_error(ours: &Result<CommunityMessage, Kind>, is: impl Fn(Kind) -> bool) -> bool {
    ours.as_ref().is_err_and(|&kind| is(kind))
}

/// What pysnmp calls this PDU.
fn name_of(kind: PduKind) -> Option<&'static str> {
    match kind {
        PduKind::Get => Some("GetRequestPDU"),
        PduKind::GetNext => Some("GetNextRequestPDU"),
        PduKind::Set => Some("SetRequestPDU"),
        _ => None,
    }
}

/// Whether any number in a message that we take has more octets than its type can need.
fn has_padded_number(octets: &[u8]) -> bool {
    use remote_services_snmp::ber::Reader;
    let mut reader = Reader::new(octets);
    while let (false, Ok((tag, contents))) = (reader.is_empty(), reader.element()) {
        let length = contents.rest().len();
        let padded = match tag {
            Tag::INTEGER => length > 4,
            Tag::COUNTER32 | Tag::GAUGE32 | Tag::TIME_TICKS => length > 5,
            Tag(constructed) if constructed & 0x20 != 0 => has_padded_number(contents.rest()),
            _ => false,
        };
        if padded {
            return true;
        }
    }
    false
}

fn table() -> SortedTable {
    const SYS_NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
    SortedTable::from_iter([(SYS_NAME, Value::from("a printer"))])
}

/// All cases in order, or `None` when the test is left out.
fn cases() -> Option<Vec<Case>> {
    let archive = shared("data/protos-snmpv1/req-app.tar.xz")?;
    if !require(&[Tool::Xz]) {
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    run_ok(Command::new("tar").arg("xJf").arg(&archive).arg("-C").arg(folder.path()));
    let mut octets = files(&folder.path().join("req-app"));
    let table = shared("data/protos-snmpv1/expected.tsv").expect("it lies beside the archive");
    let text = fs::read_to_string(table).expect("it is a text");
    let case = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let name = columns[1].to_owned();
        Case {
            octets: octets.remove(&name).unwrap_or_else(|| panic!("case {name} is not in the archive")),
            name,
            net_snmp_answered: columns[4] == "1",
            pysnmp_decoded: columns[6] == "ok",
            pdu: columns[8].to_owned(),
            request_id: columns[9].to_owned(),
        }
    };
    let cases = text.lines().skip(1).map(case).collect();
    assert!(octets.is_empty(), "{} cases are not in the table", octets.len());
    Some(cases)
}

fn files(folder: &Path) -> HashMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the archive holds this folder").flatten();
    let file = |entry: fs::DirEntry| {
        let octets = fs::read(entry.path()).expect("it was just unpacked");
        (entry.file_name().to_string_lossy().into_owned(), octets)
    };
    entries.map(file).collect()
}
