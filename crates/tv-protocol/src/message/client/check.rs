//! What is wrong with a command before it is sent: its session, its symbols, texts that are empty.
//!
//! Knows which method names what at which position. It does not know which sessions exist.

use serde_json::Value;
use thiserror::Error;

use super::ClientMessage;
use crate::{
    id::SessionId,
    json::Json,
    message::{MessageError, envelope::Event},
    symbol::{Symbol, SymbolError},
};

/// The longest name of a method that is accepted. The longest known one has 25 characters.
const MAX_METHOD: usize = 64;

/// The longest session id that is accepted. The ids of browsers have at most 50 characters.
const MAX_SESSION: usize = 128;

/// Why a command cannot be sent as it is. Nothing was sent.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// The name of the method is empty, too long, or has other characters than ASCII letters,
    /// digits and `_`.
    #[error(
        "{method:?} is not the name of a method; use 1 to 64 letters, digits and underscores, for example quote_add_symbols"
    )]
    Method {
        /// The beginning of the name.
        method: String,
    },
    /// The parameters are not a list.
    #[error(
        "the parameters of {method} are not a list; put them in brackets, for example [\"qs_1\"]"
    )]
    NotAList {
        /// The method.
        method: String,
    },
    /// The parameters do not fit the method.
    #[error("the parameters of {method} do not fit: {error}")]
    Malformed {
        /// The method.
        method: String,
        /// What is wrong.
        error: MessageError,
    },
    /// The first parameter is not the id of such a session.
    #[error(
        "{method} needs a session: {session:?} is not an id of the form {prefix}…, letters, digits, underscores and hyphens"
    )]
    Session {
        /// The method.
        method: String,
        /// The beginning of what stands in place of the id.
        session: String,
        /// What ids of such sessions begin with.
        prefix: &'static str,
    },
    /// A parameter is an empty text.
    #[error("parameter {position} of {method} is an empty text; give it a value")]
    Empty {
        /// The method.
        method: String,
        /// Which parameter, from 1.
        position: usize,
    },
    /// A parameter cannot be a symbol.
    #[error("parameter {position} of {method} cannot be a symbol: {error}")]
    Symbol {
        /// The method.
        method: String,
        /// Which parameter, from 1.
        position: usize,
        /// What is wrong.
        error: SymbolError,
    },
    /// A parameter begins with `=` and is not a descriptor of a symbol.
    #[error(
        "parameter {position} of {method} begins with '=' and is not a descriptor; make it with SymbolDescriptor::to_wire"
    )]
    Descriptor {
        /// The method.
        method: String,
        /// Which parameter, from 1.
        position: usize,
    },
    /// No symbol is named.
    #[error("{method} names no symbol; add one after the session")]
    NoSymbols {
        /// The method.
        method: String,
    },
}

impl ClientMessage<'_> {
    /// Checks what a server would refuse in any case: the form of session ids and symbols, texts
    /// that are empty, parameters that do not fit the method. Of an unknown method, only the name
    /// and that its parameters are a list.
    ///
    /// ```
    /// use tv_protocol::message::{ClientMessage, client};
    ///
    /// let good = client::QuoteCreateSession { session: "qs_1".into() };
    /// assert!(ClientMessage::from(good).check().is_ok());
    /// let bad = client::QuoteCreateSession { session: "cs_1".into() };
    /// assert!(ClientMessage::from(bad).check().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If the command cannot be right; see [`CommandError`].
    pub fn check(&self) -> Result<(), CommandError> {
        let method = self.method();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if method.is_empty() || method.len() > MAX_METHOD || !method.bytes().all(is_name) {
            let method = beginning(method);
            return Err(CommandError::Method { method });
        }
        let method = || method.to_owned();
        if let Self::Malformed(malformed) = self {
            let (method, error) = (method(), malformed.error.clone());
            return Err(CommandError::Malformed { method, error });
        }
        let Value::Array(params) = self.wire().1 else {
            return Err(CommandError::NotAList { method: method() });
        };
        if matches!(self, Self::Unknown(_)) {
            return Ok(());
        }
        if let Some(prefix) = self.prefix() {
            let session = params.first().and_then(Value::as_str).unwrap_or_default();
            if !is_session(session, prefix) {
                let session = beginning(session);
                return Err(CommandError::Session {
                    method: method(),
                    session,
                    prefix,
                });
            }
        }
        let symbols = self.symbols();
        for (at, param) in params.iter().enumerate() {
            let Some(text) = param.as_str() else {
                continue;
            };
            if symbols.contains(&at) {
                check_symbol(self.method(), at + 1, text)?;
            } else if text.is_empty() && self.may_be_empty() != Some(at) {
                let position = at + 1;
                return Err(CommandError::Empty {
                    method: method(),
                    position,
                });
            }
        }
        let names = matches!(self, Self::QuoteAddSymbols(_) | Self::QuoteRemoveSymbols(_));
        if names && !params.iter().skip(1).any(Value::is_string) {
            return Err(CommandError::NoSymbols { method: method() });
        }
        Ok(())
    }

    /// The session that the command is for, if it is for one. Of an unknown method, its first
    /// parameter if that has the form of a session id.
    ///
    /// ```
    /// use tv_protocol::message::{ClientMessage, client};
    ///
    /// let step = client::ReplayStep { session: "rs_1".into(), request: "r1".into(), count: 1 };
    /// assert_eq!(ClientMessage::from(step).session().as_deref(), Some("rs_1"));
    /// ```
    #[must_use]
    pub fn session(&self) -> Option<String> {
        let (_, params) = self.wire();
        let first = params.get(0)?.as_str()?;
        let is_session = match self {
            Self::Unknown(_) => PREFIXES.iter().any(|prefix| is_session(first, prefix)),
            _ => self.prefix().is_some(),
        };
        is_session.then(|| first.to_owned())
    }

    /// What the id of the command's session begins with; `None` if it concerns the connection.
    fn prefix(&self) -> Option<&'static str> {
        let method = self.method();
        let family = method.split_once('_').map_or(method, |(family, _)| family);
        Some(match (self, family) {
            (
                Self::SetAuthToken(_)
                | Self::SetLocale(_)
                | Self::SetDataQuality(_)
                | Self::SwitchProtocol(_),
                _,
            ) => return None,
            (Self::RequestHistoryData(_), _) | (_, "history") => SessionId::HISTORY,
            (_, "quote") => SessionId::QUOTE,
            (_, "replay") => SessionId::REPLAY,
            (_, "depth") => SessionId::DEPTH,
            _ => SessionId::CHART,
        })
    }

    /// Where symbols stand among the parameters, from 0. The symbols of series are ids.
    fn symbols(&self) -> std::ops::Range<usize> {
        match self {
            Self::QuoteAddSymbols(_) | Self::QuoteRemoveSymbols(_) | Self::QuoteFastSymbols(_) => {
                1..usize::MAX
            }
            Self::DepthSetSymbol(_) => 1..2,
            Self::ResolveSymbol(_)
            | Self::ReplayAddSeries(_)
            | Self::ReplayRemoveSeries(_)
            | Self::RequestHistoryData(_) => 2..3,
            _ => 0..0,
        }
    }

    /// The parameter that browsers leave empty, from 0.
    fn may_be_empty(&self) -> Option<usize> {
        match self {
            Self::ChartCreateSession(_) => Some(1),
            Self::CreateSeries(_) => Some(6),
            Self::ModifySeries(_) => Some(5),
            _ => None,
        }
    }
}

/// The prefixes of all kinds of sessions.
const PREFIXES: [&str; 5] = [
    SessionId::QUOTE,
    SessionId::CHART,
    SessionId::REPLAY,
    SessionId::DEPTH,
    SessionId::HISTORY,
];

/// Whether a text has the form of a session id.
fn is_session(text: &str, prefix: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let rest = text.strip_prefix(prefix).unwrap_or_default();
    !rest.is_empty() && text.len() <= MAX_SESSION && rest.bytes().all(is_part)
}

fn check_symbol(method: &str, position: usize, text: &str) -> Result<(), CommandError> {
    if let Some(descriptor) = text.strip_prefix('=') {
        let names_symbol = |json: &Json| json.get("symbol").is_some();
        if Json::parse(descriptor).is_ok_and(|json| names_symbol(&json)) {
            return Ok(());
        }
        let method = method.to_owned();
        return Err(CommandError::Descriptor { method, position });
    }
    Symbol::new(text)
        .map(drop)
        .map_err(|error| CommandError::Symbol {
            method: method.to_owned(),
            position,
            error,
        })
}

/// As much of a text as an error shows.
fn beginning(text: &str) -> String {
    text.chars().take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::client;

    fn check(json: &str) -> Result<(), CommandError> {
        ClientMessage::decode(json).check()
    }

    #[test]
    fn what_cannot_be_right_is_refused_and_the_error_says_where() {
        for (json, expected) in [
            (
                r#"{"m":"quote_create_session","p":[""]}"#,
                "needs a session",
            ),
            (
                r#"{"m":"quote_create_session","p":["qs_"]}"#,
                "needs a session",
            ),
            (
                r#"{"m":"quote_create_session","p":["cs_1"]}"#,
                "of the form qs_",
            ),
            (
                r#"{"m":"create_series","p":["qs_1","s","t","y","1",1]}"#,
                "of the form cs_",
            ),
            (
                r#"{"m":"replay_step","p":["rs_a b","r",1]}"#,
                "of the form rs_",
            ),
            (
                r#"{"m":"depth_set_scale","p":["dx_1",1]}"#,
                "of the form ds_",
            ),
            (
                r#"{"m":"history_create_session","p":["1"]}"#,
                "of the form hs_",
            ),
            (
                r#"{"m":"quote_add_symbols","p":["qs_1"]}"#,
                "names no symbol",
            ),
            (
                r#"{"m":"quote_add_symbols","p":["qs_1","A:B",""]}"#,
                "parameter 3",
            ),
            (
                r#"{"m":"quote_remove_symbols","p":["qs_1"," A:B"]}"#,
                "parameter 2",
            ),
            (
                r#"{"m":"quote_fast_symbols","p":["qs_1","=A:B"]}"#,
                "not a descriptor",
            ),
            (
                r#"{"m":"resolve_symbol","p":["cs_1","s","={}"]}"#,
                "not a descriptor",
            ),
            (
                r#"{"m":"resolve_symbol","p":["cs_1","","A:B"]}"#,
                "parameter 2",
            ),
            (
                r#"{"m":"depth_set_symbol","p":["ds_1",""]}"#,
                "the symbol is empty",
            ),
            (
                r#"{"m":"create_series","p":["cs_1","s","","y","1",1]}"#,
                "parameter 3",
            ),
            (r#"{"m":"set_locale","p":["","US"]}"#, "parameter 1"),
            (
                r#"{"m":"replay_step","p":["rs_1","r","many"]}"#,
                "do not fit",
            ),
            (r#"{"m":"","p":[]}"#, "not the name of a method"),
            (r#"{"m":"a b","p":[]}"#, "not the name of a method"),
            (r#"{"m":"new_method","p":{"a":1}}"#, "not a list"),
            (r#"{"m":"new_method"}"#, "not a list"),
            ("nonsense", "not the name of a method"),
        ] {
            let error = check(json).expect_err(json).to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn what_browsers_send_is_let_through() {
        for json in [
            r#"{"m":"chart_create_session","p":["cs_1",""]}"#,
            r#"{"m":"create_series","p":["cs_1","s","t","y","1",1,""]}"#,
            r#"{"m":"modify_series","p":["cs_1","s","t","y","1",""]}"#,
            r#"{"m":"quote_fast_symbols","p":["qs_1"]}"#,
            r#"{"m":"quote_create_session","p":["qs_snapshoter_basic-symbol-quotes_a1"]}"#,
            r#"{"m":"quote_add_symbols","p":["qs_1","={\"symbol\":\"A:B\"}","A:B"]}"#,
            r#"{"m":"new_method","p":["",{"a":1}]}"#,
        ] {
            assert_eq!(check(json), Ok(()), "{json}");
        }
    }

    #[test]
    fn a_command_of_any_name_is_written_as_it_is() {
        let params = Json::parse(r#"["cs_1",{"b":1,"a":[null,"é"]},-2.5]"#).unwrap();
        let command = ClientMessage::custom("new_method", &params);
        assert_eq!(command.check(), Ok(()));
        assert_eq!(command.session().as_deref(), Some("cs_1"));
        let json = command.to_json();
        assert!(
            json.starts_with(r#"{"m":"new_method","p":["cs_1",{"#),
            "{json}"
        );
        let ClientMessage::Unknown(unknown) = ClientMessage::decode(&json) else {
            panic!("{json}");
        };
        assert_eq!(Json::parse(unknown.params()).unwrap(), params);
        // A known name is not a way around the checks once it is read.
        let params = Json::parse(r#"["cs_1"]"#).unwrap();
        let json = ClientMessage::custom("quote_create_session", &params).to_json();
        assert!(ClientMessage::decode(&json).check().is_err());
        let locale = client::SetLocale {
            language: "en".into(),
            country: "US".into(),
        };
        assert_eq!(ClientMessage::from(locale).session(), None);
    }
}
