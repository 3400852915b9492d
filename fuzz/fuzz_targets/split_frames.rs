//! A whole message is split: every byte is accounted for, and frames come back.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::split_frames(data));
