//! The symbols of a command: from the command line and from a file.

use std::{collections::HashSet, fs, io::Read, path::Path};

use client::Symbol;

use crate::{args, exit::Failure};

/// The symbols of the command line, then those of the file, each once.
///
/// In the file, blank lines and lines that start with `#` are skipped.
pub(super) fn all_symbols(given: &[Symbol], file: Option<&Path>) -> Result<Vec<Symbol>, Failure> {
    let mut symbols = given.to_vec();
    if let Some(file) = file {
        let text = read(file)?;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim().trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let symbol = args::symbol(line).map_err(|error| {
                Failure::Usage(format!("{}, line {number}: {error}", file.display()))
            })?;
            symbols.push(symbol);
        }
    }
    let mut seen = HashSet::new();
    symbols.retain(|symbol| seen.insert(symbol.clone()));
    if symbols.is_empty() {
        return Err(Failure::Usage(
            "there are no symbols in the file".to_owned(),
        ));
    }
    Ok(symbols)
}

fn read(file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin()
            .lock()
            .take(MAX_BYTES)
            .read_to_string(&mut text);
        read.map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    text.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))
}

/// More than all symbols that there are.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
