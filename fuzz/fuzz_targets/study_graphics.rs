//! Any text, line by line, as commands for the drawings of a study.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::study_graphics(data));
