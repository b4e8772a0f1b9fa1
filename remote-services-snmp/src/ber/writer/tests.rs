use super::*;
use crate::ber::{Limits, Reader};

fn written(value: ValueRef<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.value(value);
    writer.into_vec()
}

#[test]
fn numbers_take_the_shortest_form() {
    assert_eq!(written(ValueRef::Integer(0)), [2, 1, 0]);
    assert_eq!(written(ValueRef::Integer(127)), [2, 1, 127]);
    assert_eq!(written(ValueRef::Integer(128)), [2, 2, 0, 128]);
    assert_eq!(written(ValueRef::Integer(-128)), [2, 1, 0x80]);
    assert_eq!(written(ValueRef::Integer(-129)), [2, 2, 0xff, 0x7f]);
    assert_eq!(written(ValueRef::Integer(i32::MIN)), [2, 4, 0x80, 0, 0, 0]);
    assert_eq!(written(ValueRef::Counter32(0)), [0x41, 1, 0]);
    assert_eq!(written(ValueRef::Gauge32(u32::MAX)), [0x42, 5, 0, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(written(ValueRef::Counter64(u64::MAX)).len(), 11);
}

#[test]
fn lengths_change_form_at_128_and_256_and_65536() {
    for (length, header) in [
        (127, &[4, 127][..]),
        (128, &[4, 0x81, 128]),
        (255, &[4, 0x81, 255]),
        (256, &[4, 0x82, 1, 0]),
        (65_536, &[4, 0x83, 1, 0, 0]),
    ] {
        let contents = alloc::vec![7; length];
        let octets = written(ValueRef::OctetString(&contents));
        assert_eq!(&octets[..header.len()], header);
        assert_eq!(octets.len(), header.len() + length);
        assert_eq!(
            Reader::new(&octets).value(&Limits { message_size: 100_000, ..Limits::default() }),
            Ok(ValueRef::OctetString(&contents))
        );
    }
}

#[test]
fn what_was_written_is_counted_and_can_be_forgotten() {
    let mut writer = Writer::with_capacity(16);
    assert!(writer.is_empty() && writer.as_slice().is_empty());
    writer.octets(Tag::OCTET_STRING, &[7; 200]);
    assert_eq!((writer.len(), writer.is_empty()), (203, false));
    writer.clear();
    assert_eq!((writer.len(), writer.is_empty()), (0, true));
    writer.integer(5);
    assert_eq!(writer.as_mut_slice(), [2, 1, 5]);
    assert_eq!(writer.into_vec(), [2, 1, 5]);
    let mut none = Writer::in_slice(&mut []);
    assert!(none.is_whole() && none.is_empty());
    none.integer(5);
    assert_eq!((none.is_whole(), none.len(), none.is_empty()), (false, 3, false));
}

#[test]
fn a_binding_of_any_length_is_written_as_its_elements_are() {
    for name in (1..140).map(|octets| alloc::vec![0x2b; octets]) {
        for value in [&[][..], &[7], &[7; 60], &[7; 121], &[7; 127], &[7; 300]] {
            let (mut at_once, mut apart) = (Writer::default(), Writer::default());
            for (writer, at_once) in [(&mut at_once, true), (&mut apart, false)] {
                writer.integer(1);
                let mark = writer.mark();
                writer.octets(Tag::OCTET_STRING, value);
                if at_once {
                    writer.name(&name, mark);
                } else {
                    writer.octets(Tag::OBJECT_IDENTIFIER, &name);
                    writer.wrap(Tag::SEQUENCE, mark);
                }
            }
            assert_eq!(at_once.into_vec(), apart.into_vec(), "{} and {}", name.len(), value.len());
        }
        let (mut at_once, mut apart) = (Writer::default(), Writer::default());
        at_once.unspecified(&name);
        apart.octets(Tag::NULL, &[]);
        apart.octets(Tag::OBJECT_IDENTIFIER, &name);
        apart.wrap(Tag::SEQUENCE, Mark(0));
        assert_eq!(at_once.into_vec(), apart.into_vec(), "{}", name.len());
    }
}

#[test]
fn a_slice_of_any_size_takes_the_same_octets_or_tells_how_many_they_are() {
    let text = [7; 300];
    let write = |writer: &mut dyn FnMut(ValueRef<'_>)| {
        let values = [ValueRef::Integer(-129), ValueRef::OctetString(&text), ValueRef::Counter64(u64::MAX)];
        values.into_iter().chain([ValueRef::Null, ValueRef::Integer(1)]).for_each(writer);
    };
    let mut grown = Writer::default();
    write(&mut |value| grown.value(value));
    let grown = grown.into_vec();
    for size in 0..grown.len() + 20 {
        let mut memory = alloc::vec![0; size];
        let mut writer = Writer::in_slice(&mut memory);
        write(&mut |value| writer.value(value));
        let expected = Err(BufferTooSmall { needed: grown.len() });
        let expected = if size < grown.len() { expected } else { Ok(&grown[..]) };
        assert_eq!(writer.finish(), expected, "{size}");
    }
}

#[test]
fn a_message_of_any_length_fits_the_memory_of_another() {
    let mut memory = Vec::with_capacity(64);
    let place: *const u8 = memory.as_ptr();
    for length in [5, 5, 9, 0, 30, 62, 1, 62, 40] {
        let mut writer = Writer::reuse(memory);
        writer.octets(Tag::OCTET_STRING, &alloc::vec![length; usize::from(length)]);
        memory = writer.into_vec();
        assert_eq!(memory[..2], [4, length]);
        assert_eq!(memory[2..], alloc::vec![length; usize::from(length)]);
        assert_eq!((memory.as_ptr(), memory.capacity()), (place, 64));
    }
    let mut writer = Writer::reuse(memory);
    writer.octets(Tag::OCTET_STRING, &[7; 100]);
    writer.integer(1);
    assert_eq!(writer.into_vec(), [&[2, 1, 1, 4, 100][..], &[7; 100]].concat());
}

#[test]
fn a_writer_with_room_for_a_message_takes_no_more() {
    let mut writer = Writer::with_capacity(16);
    writer.octets(Tag::OCTET_STRING, &[7; 14]);
    let octets = writer.into_vec();
    assert_eq!((octets.len(), octets.capacity()), (16, 16));
}

#[test]
fn a_reused_buffer_is_not_allocated_again() {
    let buffer = Vec::with_capacity(64);
    let memory = buffer.as_ptr();
    let mut writer = Writer::reuse(buffer);
    let mark = writer.mark();
    writer.integer(5);
    writer.wrap(Tag::SEQUENCE, mark);
    assert_eq!(writer.as_slice(), [0x30, 3, 2, 1, 5]);
    let octets = writer.into_vec();
    assert_eq!((octets.as_ptr(), octets.len()), (memory, 5));
}
