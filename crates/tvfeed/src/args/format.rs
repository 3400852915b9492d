//! The format of rows, chosen by option or by the ending of a file.

use std::{fs, path::Path};

use clap::ValueEnum;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON object per line.
    Ndjson,
    /// Comma-separated values.
    Csv,
}

impl Format {
    /// The given format; else the one that the file's ending names; else a table.
    ///
    /// A file with an unknown ending is an error. Devices and pipes need no ending.
    pub(super) fn choose(given: Option<Self>, file: Option<&Path>) -> Result<Self, String> {
        let (Some(file), None) = (file.filter(|file| *file != Path::new("-")), given) else {
            return Ok(given.unwrap_or(Self::Table));
        };
        if file.is_dir() {
            return Err(format!("{} is a folder; name a file in it", file.display()));
        }
        let ending = file.extension().map(|ending| ending.to_ascii_lowercase());
        match ending.as_deref().and_then(std::ffi::OsStr::to_str) {
            Some("csv") => Ok(Self::Csv),
            Some("ndjson" | "jsonl") => Ok(Self::Ndjson),
            Some("txt") => Ok(Self::Table),
            _ if fs::metadata(file).is_ok_and(|found| !found.is_file() && !found.is_dir()) => {
                Ok(Self::Table)
            }
            _ => Err(format!(
                "the ending of {} does not name a format: use .csv, .ndjson, .jsonl or .txt (table), or give --format",
                file.display()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_names_the_format_unless_the_option_does() {
        for (file, format) in [
            ("a.csv", Format::Csv),
            ("a.CSV", Format::Csv),
            ("a.b.ndjson", Format::Ndjson),
            ("a.jsonl", Format::Ndjson),
            ("a.txt", Format::Table),
            ("-", Format::Table),
        ] {
            assert_eq!(
                Format::choose(None, Some(Path::new(file))),
                Ok(format),
                "{file}"
            );
        }
        assert_eq!(Format::choose(None, None), Ok(Format::Table));
        let given = Format::choose(Some(Format::Csv), Some(Path::new("a.parquet")));
        assert_eq!(given, Ok(Format::Csv));
        let folder = Format::choose(None, Some(Path::new("src"))).unwrap_err();
        assert!(folder.contains("src is a folder"), "{folder}");
        for file in ["a.parquet", "a", "csv", "a.csv.gz"] {
            let error = Format::choose(None, Some(Path::new(file))).unwrap_err();
            assert!(error.contains(".ndjson"), "{error}");
        }
    }
}
