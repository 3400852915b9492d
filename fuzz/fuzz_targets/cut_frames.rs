//! A byte stream is read whole and in pieces: both yield the same.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::cut_frames(data));
