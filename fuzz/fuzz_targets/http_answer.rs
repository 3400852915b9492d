//! Any bytes are read as the answer to each HTTP endpoint: nothing of an object is lost.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| http_api::fuzzing::http_answer(data));
