//! See `fuzz/targets`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| remote_services_fuzz_targets::run("pac", data));
