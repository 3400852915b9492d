//! Any text as the report of a strategy.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::strategy_report(data));
