//! Any text is decoded as a message of either direction: what was understood comes back.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::decode_message(data));
