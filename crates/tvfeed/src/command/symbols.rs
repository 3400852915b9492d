//! The symbols of a command: from the command line and from a file.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::Path,
};

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
            let symbol = args::symbol_of_line(line).map_err(|error| {
                Failure::Usage(format!("{}, line {number}: {error}", file.display()))
            })?;
            symbols.push(symbol);
        }
    }
    let mut seen = HashSet::new();
    symbols.retain(|symbol| seen.insert(symbol.clone()));
    if let (true, Some(file)) = (symbols.is_empty(), file) {
        let text = format!("there are no symbols in {}", file.display());
        return Err(Failure::Usage(text));
    }
    Ok(symbols)
}

/// The text of a file, or of stdin if it is called `-`.
pub(super) fn read(file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") {
        read_text(io::stdin().lock())
    } else {
        File::open(file).and_then(read_text)
    };
    text.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))
}

fn read_text(input: impl Read) -> io::Result<String> {
    let mut text = String::new();
    input.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        let text = "a list of symbols may have 64 MiB";
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(text)
}

/// More than all symbols that there are.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
