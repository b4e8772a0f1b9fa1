//! The BER reader, element by element to the ground, and the framer of streams.

use remote_services_snmp::ber::{Limits, Quirks, Reader, Writer};
use remote_services_snmp::message::Framer;
use remote_services_snmp::{Oid, Value, oid};

use crate::message;

/// Deeper than any message; the reader itself has no depth.
const DEPTH: usize = 32;

pub(crate) fn run(data: &[u8]) {
    for quirks in [Quirks::NONE, Quirks::ALL] {
        let mut limits = Limits::default();
        limits.quirks = quirks;
        let mut levels = vec![Reader::new(data)];
        while let Some(reader) = levels.last_mut() {
            let before = *reader;
            value(before, &limits);
            match reader.element() {
                Ok((tag, contents)) => {
                    assert!(reader.offset() > before.offset(), "no element takes no octet");
                    assert_eq!(contents.offset() + contents.rest().len(), reader.offset());
                    assert_eq!(data[reader.offset()..reader.offset() + reader.rest().len()], *reader.rest());
                    if tag.0 & 0x20 != 0 && levels.len() < DEPTH {
                        levels.push(contents);
                    }
                }
                Err(error) => {
                    assert!(error.offset() <= data.len(), "{error} is outside");
                    levels.pop();
                }
            }
        }
    }
    framed(data);
}

/// What is read as a value is written soundly, and read again as the same.
fn value(mut reader: Reader<'_>, limits: &Limits) {
    let Ok(value) = reader.value(limits) else { return };
    let octets = written(&value.to_owned());
    let mut again = Reader::new(&octets);
    assert_eq!(again.value(&Limits::default()), Ok(value));
    assert!(again.is_empty());
    if let Value::ObjectIdentifier(name) = value.to_owned() {
        assert_eq!(name.to_string().parse::<Oid>().as_ref(), Ok(&name));
        assert_eq!(Oid::from_arcs(&name.to_arcs()).as_ref(), Ok(&name));
    }
}

/// A stream gives the same messages however it is cut.
fn framed(data: &[u8]) {
    let at_once = frames(&[data]);
    let step = usize::from(data.first().copied().unwrap_or(0) % 7) + 1;
    assert_eq!(frames(&data.chunks(step).collect::<Vec<_>>()), at_once);
    let length: usize = at_once.0.iter().map(Vec::len).sum();
    assert_eq!(at_once.0.concat(), data[..length]);
}

/// The messages, and whether an error ended them.
fn frames(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, bool) {
    let mut framer = Framer::new(&Limits::default());
    let mut messages = Vec::new();
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next_message() {
                Ok(Some(message)) => messages.push(message.to_vec()),
                Ok(None) => break,
                Err(_) => return (messages, true),
            }
        }
    }
    (messages, false)
}

fn written(value: &Value) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.value(value.as_ref());
    writer.into_vec()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let values = [
        Value::Integer(i32::MIN),
        Value::from("a text"),
        Value::Null,
        Value::ObjectIdentifier(oid!("1.3.6.1.4.1.4294967295")),
        Value::IpAddress([192, 0, 2, 1]),
        Value::Counter32(u32::MAX),
        Value::Counter64(u64::MAX),
        Value::Opaque(vec![0x9f, 0x78, 4, 0x42, 0x28, 0, 0]),
        Value::EndOfMibView,
    ];
    let mut seeds: Vec<Vec<u8>> = values.iter().map(written).collect();
    seeds.push(seeds.concat());
    seeds.extend(message::seeds().into_iter().take(2));
    seeds
}
