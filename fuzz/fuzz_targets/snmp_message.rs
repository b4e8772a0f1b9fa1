//! Arbitrary bytes into the SNMP message decoder, with no quirk and with all of them: it may refuse, it must never
//! panic, and what it accepts it must write and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use remote_services_snmp::ber::{Limits, Quirks, Reader};
use remote_services_snmp::message::{CommunityMessage, Message, MessageData, ScopedPduRef, V3MessageRef};
use remote_services_snmp::usm::UsmParameters;

fuzz_target!(|data: &[u8]| {
    let strict = Limits::default();
    let mut tolerant = Limits::default();
    tolerant.quirks = Quirks::ALL;
    read(data, &strict);
    read(data, &tolerant);
    if let (Ok(strictly), Ok(tolerantly)) = (Message::decode(data, &strict), Message::decode(data, &tolerant)) {
        assert_eq!(strictly, tolerantly, "a quirk changes what is sound without it");
    }
});

fn read(data: &[u8], limits: &Limits) {
    match Message::decode(data, limits) {
        Ok(Message::Community(message)) => {
            let owned = message.to_owned();
            // A quirk hands values out as types that hold them, so that they are written soundly.
            let again = CommunityMessage::from_bytes(&owned.to_bytes(), &Limits::default());
            assert_eq!(again, Ok(owned));
        }
        Ok(Message::V3(message)) => open(&message, limits),
        Err(error) => assert!(error.offset() <= data.len()),
    }
}

/// What a receiver reads of a v3 message before it knows whether it is authentic.
fn open(message: &V3MessageRef<'_>, limits: &Limits) {
    if let Ok(parameters) = UsmParameters::decode(message) {
        let end = parameters.authentication_offset + parameters.authentication.len();
        assert_eq!(message.whole.get(parameters.authentication_offset..end), Some(parameters.authentication));
    }
    if let MessageData::Plaintext(octets) = message.data {
        if let Ok(scoped) = ScopedPduRef::decode(&mut Reader::at(octets, message.data_offset), limits) {
            assert_eq!(scoped.pdu.varbinds.iter().count(), scoped.pdu.varbinds.len());
        }
    }
}
