//! Reads the action of a rule.

use std::time::Duration;

use super::tokens::{Tokens, Wrong, duration, number};
use crate::fault::action::{Action, CutForm, Length, Pulse, Side};

/// Reads an action, to its last word.
pub(super) fn read(tokens: &mut Tokens) -> Result<Action, Wrong> {
    let column = tokens.column();
    let name = tokens.parsed("an action", |word| Some(word.to_owned()))?;
    Ok(match name.as_str() {
        "refuse" => Action::Refuse,
        "cut" => Action::Cut {
            bytes: tokens.small("a number of bytes")?,
            form: cut_form(tokens),
        },
        "bomb" => Action::Bomb {
            mebibytes: tokens.small("a number of MiB")?,
        },
        "reset" => Action::Reset,
        "fin" => Action::Fin,
        "drop" => Action::Drop,
        "corrupt" => Action::Corrupt,
        "expire-token" => Action::ExpireToken,
        "http" => http(tokens)?,
        "black-hole" => Action::BlackHole {
            side: tokens.parsed("`in`, `out` or `both`", side)?,
            lasting: lasting(tokens)?,
        },
        "drip" => {
            let bytes = tokens.small("a number of bytes")?;
            tokens.expect("every", "`every` and a time follow")?;
            Action::Drip {
                bytes,
                every: tokens.duration()?,
                lasting: lasting(tokens)?,
            }
        }
        "slice" => Action::Slice {
            bytes: tokens.small("a number of bytes")?,
        },
        "delay" => {
            let range = |word: &str| match word.split_once("..") {
                None => duration(word).map(|d| (d, d)),
                Some((from, to)) => Some((duration(from)?, duration(to)?)),
            };
            let (from, to) = tokens.parsed("a time, or a range such as `0s..2s`,", range)?;
            Action::Delay { from, to }
        }
        "stall" => Action::Stall {
            lasting: lasting(tokens)?,
        },
        "duplicate" => Action::Duplicate {
            copies: count(tokens),
        },
        "ping" => Action::Ping {
            count: count(tokens),
        },
        "reorder" => Action::Reorder {
            window: tokens.small("a number of frames")?,
        },
        "length" => length(tokens)?,
        "close" => close(tokens)?,
        "raw" => Action::Raw {
            bytes: tokens.bytes("bytes")?,
            times: times(tokens)?,
        },
        "text" => Action::Text(tokens.text("a text")?),
        "frame" => Action::Frame(tokens.text("a payload")?),
        "binary" => Action::Binary(tokens.bytes("bytes")?),
        "critical-error" => Action::CriticalError(tokens.text("a reason")?),
        "symbol-error" => Action::SymbolError(tokens.text("a reason")?),
        "series-error" => Action::SeriesError(tokens.text("a reason")?),
        "late-correction" => Action::LateCorrection {
            back: tokens.small("a number of bars")?,
        },
        "skip-bars" => Action::SkipBars {
            count: tokens.small("a number of bars")?,
        },
        "study-error" => Action::StudyError(tokens.text("a reason")?),
        "protocol-error" => Action::ProtocolError(tokens.text("a reason")?),
        "heartbeats" => Action::Heartbeats(pulse(tokens)?),
        "restart" => {
            let keeping = tokens.take_word("keeping");
            if !keeping {
                tokens.take_word("losing");
            }
            Action::Restart {
                keeping,
                down: lasting(tokens)?.unwrap_or_default(),
            }
        }
        _ => return Err((column, format!("`{name}` is not an action"))),
    })
}

fn http(tokens: &mut Tokens) -> Result<Action, Wrong> {
    let status = tokens.parsed("a status of HTTP", |word| number(word)?.try_into().ok())?;
    let mut headers = Vec::new();
    while tokens.at_quote() {
        let column = tokens.column();
        let header = tokens.text("a header")?;
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| (column, "a header is \"Name: value\"".to_owned()))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let (mut body, mut repeated) = (String::new(), 1);
    if tokens.take_word("body") {
        body = tokens.text("a body")?;
        repeated = times(tokens)?;
    }
    Ok(Action::Http {
        status,
        headers,
        body,
        times: repeated,
    })
}

fn close(tokens: &mut Tokens) -> Result<Action, Wrong> {
    let code = tokens.optional(|word| number(word)?.try_into().ok());
    let mut reason = String::new();
    if code.is_some() && tokens.at_quote() {
        reason = tokens.text("a reason")?;
    }
    Ok(Action::Close { code, reason })
}

fn length(tokens: &mut Tokens) -> Result<Action, Wrong> {
    if tokens.at_quote() {
        return Ok(Action::Length(Length::Is(tokens.text("a length")?)));
    }
    let read = |word: &str| {
        let amount = |text| number(text)?.try_into().ok();
        if let Some(more) = word.strip_prefix('+') {
            return amount(more).map(Length::Longer);
        }
        amount(word.strip_prefix('-')?).map(Length::Shorter)
    };
    let what = "`+N`, `-N` or a text in \"quotes\"";
    tokens.parsed(what, read).map(Action::Length)
}

fn pulse(tokens: &mut Tokens) -> Result<Pulse, Wrong> {
    if tokens.take_word("every") {
        return tokens.duration().map(Pulse::Every);
    }
    tokens.parsed(
        "`on`, `off`, `wrong` or `every` and a time",
        |word| match word {
            "on" => Some(Pulse::On),
            "off" => Some(Pulse::Off),
            "wrong" => Some(Pulse::WrongId),
            _ => None,
        },
    )
}

fn cut_form(tokens: &mut Tokens) -> CutForm {
    if tokens.take_word("chunked") {
        CutForm::Chunked
    } else if tokens.take_word("held") {
        CutForm::Held
    } else {
        CutForm::Length
    }
}

fn side(word: &str) -> Option<Side> {
    match word {
        "in" => Some(Side::In),
        "out" => Some(Side::Out),
        "both" => Some(Side::Both),
        _ => None,
    }
}

fn lasting(tokens: &mut Tokens) -> Result<Option<Duration>, Wrong> {
    if tokens.take_word("for") {
        return tokens.duration().map(Some);
    }
    Ok(None)
}

fn times(tokens: &mut Tokens) -> Result<u32, Wrong> {
    if tokens.take_word("times") {
        return tokens.small("a number");
    }
    Ok(1)
}

/// A number, or 1 if there is none.
fn count(tokens: &mut Tokens) -> u32 {
    let read = |word: &str| number(word)?.try_into().ok();
    tokens.optional(read).unwrap_or(1)
}
