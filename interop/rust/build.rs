//! Finds the tests that the client's author wrote: they are in its package, beside its sources.

use std::{env, path::Path, process::Command};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let metadata = Command::new(env::var("CARGO")?)
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .current_dir(FOLDER)
        .output()?;
    let found: serde_json::Value = serde_json::from_slice(&metadata.stdout)?;
    let packages = found["packages"].as_array().into_iter().flatten();
    let manifest = packages
        .filter(|package| package["name"] == "tradingview-rs")
        .find_map(|package| package["manifest_path"].as_str())
        .ok_or("tradingview-rs is not among the dependencies")?;
    let tests = Path::new(manifest).with_file_name("tests/misc_test.rs");
    println!("cargo::rustc-env=THEIR_TESTS={}", tests.display());
    Ok(())
}
