# What a contributor runs. Needs https://just.systems; each line works without it, too.

# Build everything and run all tests that need nothing but Rust.
test:
    cargo test --workspace

# What the gate refuses: format, lints, words.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- -D warnings

# The documentation, with broken links as errors.
doc:
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps

# Quick benches.
bench:
    cargo bench -p tv-benches -- --quick

# The whole gate, as it runs before a change goes in.
ci:
    .ci/run
