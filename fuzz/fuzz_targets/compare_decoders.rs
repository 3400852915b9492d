//! Any text is read by the templates and by serde: both say the same.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::compare_decoders(data));
