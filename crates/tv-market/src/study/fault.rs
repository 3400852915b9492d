//! Why a study cannot be computed, in the words of `study_error`.

use serde_json::{Value, json};

/// What is wrong with a study.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// There is no such script, or it is another user's.
    NotAuthorized(String),
    /// An input has a value that the script does not accept.
    Input {
        /// The name of the argument.
        argument: String,
        /// The function that was called with it.
        function: &'static str,
        /// What the value must be, such as `> 0`.
        op: String,
        /// The value.
        value: Value,
    },
    /// The text of a script is its source, which the server does not compile.
    Source {
        /// Where in it the compiler stops: the line, the column, and what is there.
        at: (usize, usize, char),
    },
    /// A script looks beyond the end of an array.
    Index,
    /// A script takes too long.
    Time,
}

impl Fault {
    /// A script that there is not, asked for as a study such as `Script@tv-scripting-101!`. The
    /// server names the version of its script engine, not the one that was asked for.
    pub fn script(study: &str) -> Self {
        let name = study.split(['@', '$']).next().unwrap_or_default();
        Self::NotAuthorized(format!("{name}@tv-scripting-507"))
    }

    /// What the compiler says of a text that should be an encrypted script; `None` if it could be
    /// encrypted.
    pub(super) fn source(text: &str) -> Option<Self> {
        let (line, at) = text.lines().zip(1..).find_map(|(line, number)| {
            let odd = |it: char| !(it.is_ascii_alphanumeric() || "+/=_-".contains(it));
            Some((number, line.char_indices().find(|(_, it)| odd(*it))?))
        })?;
        Some(Self::Source {
            at: (line, at.0, at.1),
        })
    }

    /// The reason in a `study_error`: text, or an object for an error of the script.
    pub fn reason(&self) -> Value {
        match self {
            Self::NotAuthorized(script) => json!(format!("study_not_auth:{script}")),
            Self::Source {
                at: (line, column, found),
            } => json!(format!(
                "line {line}:{column} no viable alternative at character '{found}'"
            )),
            Self::Index => json!({
                "error": "Error on bar {bar_index}: In '{funcName}' function. Index {index} is out \
                          of bounds, array size is {size}.",
                "ctx": { "funcName": "array.get", "index": 5, "size": 5, "bar_index": 0, "code": "RE10045" },
                "stack_trace": [{ "n": "#main", "p": 7 }],
            }),
            Self::Time => json!("Calculation timed out. (40 s)"),
            Self::Input {
                argument,
                function,
                op,
                value,
            } => {
                // The server's own text puts the limit outside of `op`.
                let (op, limit) = match op.strip_suffix(" 0") {
                    Some(op) => (op, " 0"),
                    None => (op.as_str(), ""),
                };
                let function = function.trim_start_matches("ta.");
                json!({
                    "error": format!(
                        "Error on bar {{bar_index}}: Invalid value of the '{{argName}}' argument \
                         ({{value}}) in the '{{funName}}' function. It must be {{op}}{limit}."
                    ),
                    "ctx": {
                        "argName": argument,
                        "bar_index": 0,
                        "code": "RE10001",
                        "funName": format!("'{function}'"),
                        "op": op,
                        "value": value,
                    },
                    "stack_trace": [{ "n": "#main", "p": 7 }],
                })
            }
        }
    }
}
