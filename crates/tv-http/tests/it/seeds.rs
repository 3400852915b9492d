//! Every seed of the fuzz target goes through the same entry point, so that what fuzzing found once
//! is checked by ordinary tests for ever.

use std::{fs, path::Path};

use tv_http::fuzzing;

#[test]
fn every_seed_of_answers_is_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/http_answer");
    let mut count = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let data = fs::read(&path).unwrap();
        std::panic::catch_unwind(|| fuzzing::http_answer(&data))
            .unwrap_or_else(|_| panic!("{} fails, see the panic above", path.display()));
        count += 1;
    }
    assert!(count >= 8, "only {count} seeds were found");
}
