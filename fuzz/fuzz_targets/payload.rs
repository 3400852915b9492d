//! Any bytes are unpacked as a study's compressed payload: within the limits, or refused.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::payload(data));
