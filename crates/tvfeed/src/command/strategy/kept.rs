//! The file of a sweep: results as they came, so that a later run leaves them out.
//!
//! The first line says what the sweep is of, each other line has the inputs and figures of a run.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use crate::{args::Input, exit::Failure};

/// More than a sweep writes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The figures of a run, by name.
pub(super) type Figures = Map<String, Value>;

/// The results so far, and the file that they are in, if there is one.
#[derive(Debug)]
pub(super) struct Kept {
    file: Option<(File, PathBuf)>,
    results: HashMap<String, Figures>,
}

impl Kept {
    /// Opens the file and reads the results that it holds. `what` describes the sweep; a file of
    /// another one is refused.
    pub(super) fn open(file: Option<&Path>, what: &Value) -> Result<Self, Failure> {
        let Some(path) = file else {
            return Ok(Self {
                file: None,
                results: HashMap::new(),
            });
        };
        let cannot =
            |error: io::Error| Failure::Usage(format!("--resume {}: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(cannot)?;
        let mut text = String::new();
        let mut limited = (&mut file).take(MAX_BYTES);
        limited.read_to_string(&mut text).map_err(cannot)?;
        // A line that was cut by the end of a process is computed again.
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let lines = text.get(..whole).unwrap_or_default();
        let results = results(lines, what)
            .map_err(|why| Failure::Usage(format!("--resume {}: {why}", path.display())))?;
        file.set_len(u64::try_from(whole).unwrap_or_default())
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .map_err(cannot)?;
        let mut kept = Self {
            file: Some((file, path.to_owned())),
            results,
        };
        if whole == 0 {
            kept.line(what)?;
        }
        Ok(kept)
    }

    /// The figures of a run that is done.
    pub(super) fn get(&self, inputs: &[Input]) -> Option<&Figures> {
        self.results.get(&key(inputs))
    }

    /// Takes the figures of a run.
    pub(super) fn put(&mut self, inputs: &[Input], figures: Figures) -> Result<(), Failure> {
        let line = json!({"inputs": of(inputs), "figures": figures});
        self.line(&line)?;
        self.results.insert(key(inputs), figures);
        Ok(())
    }

    fn line(&mut self, line: &Value) -> Result<(), Failure> {
        let Some((file, path)) = &mut self.file else {
            return Ok(());
        };
        let written = file.write_all(format!("{line}\n").as_bytes());
        written
            .map_err(|error| Failure::Internal(format!("cannot write {}: {error}", path.display())))
    }
}

/// Inputs as they stand in the file.
fn of(inputs: &[Input]) -> Value {
    let input = |input: &Input| (input.name.clone(), Value::from(input.value.as_str()));
    Value::Object(inputs.iter().map(input).collect())
}

fn key(inputs: &[Input]) -> String {
    of(inputs).to_string()
}

fn results(lines: &str, what: &Value) -> Result<HashMap<String, Figures>, String> {
    let mut results = HashMap::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let value: Value = serde_json::from_str(line)
            .map_err(|error| format!("line {number} is not that of a sweep: {error}"))?;
        if number == 1 {
            if value != *what {
                return Err(format!(
                    "the file is of another sweep ({value}); name another file, or remove it"
                ));
            }
            continue;
        }
        match (value.get("inputs"), value.get("figures")) {
            (Some(inputs @ Value::Object(_)), Some(Value::Object(figures))) => {
                results.insert(inputs.to_string(), figures.clone());
            }
            _ => return Err(format!("line {number} has no inputs and figures")),
        }
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn inputs(value: &str) -> Vec<Input> {
        vec![Input {
            name: "length".to_owned(),
            value: value.to_owned(),
        }]
    }

    fn figures(profit: f64) -> Figures {
        let mut figures = Figures::new();
        figures.insert("net_profit".to_owned(), profit.into());
        figures
    }

    fn file(name: &str) -> PathBuf {
        let file = std::env::temp_dir().join(format!("tvfeed-{}-{name}", std::process::id()));
        let _none = fs::remove_file(&file);
        file
    }

    #[test]
    fn what_was_kept_is_there_again_and_a_cut_line_is_not() {
        let file = file("kept");
        let what = json!({"symbol": "A:B"});
        let mut kept = Kept::open(Some(&file), &what).unwrap();
        kept.put(&inputs("5"), figures(1.5)).unwrap();
        kept.put(&inputs("10"), figures(2.5)).unwrap();
        drop(kept);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, &text[..text.len() - 4]).unwrap();
        let mut kept = Kept::open(Some(&file), &what).unwrap();
        assert_eq!(kept.get(&inputs("5")), Some(&figures(1.5)));
        assert_eq!(kept.get(&inputs("10")), None);
        kept.put(&inputs("10"), figures(2.5)).unwrap();
        drop(kept);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let file = file("other");
        let what = json!({"symbol": "A:B"});
        for (text, words) in [
            ("{\"symbol\":\"C:D\"}\n", "another sweep"),
            ("time,open\n", "line 1 is not that of a sweep"),
            (
                "{\"symbol\":\"A:B\"}\n{\"inputs\":5}\n",
                "line 2 has no inputs",
            ),
        ] {
            fs::write(&file, text).unwrap();
            let failure = Kept::open(Some(&file), &what).unwrap_err();
            assert_eq!(failure.status(), 2);
            assert!(
                failure.text().unwrap_or_default().contains(words),
                "{failure:?}"
            );
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        fs::remove_file(&file).unwrap();
        let failure = Kept::open(Some(Path::new("/no/such/folder/x")), &what).unwrap_err();
        assert_eq!(failure.status(), 2);
    }
}
