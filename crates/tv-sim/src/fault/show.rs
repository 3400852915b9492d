//! How a plan is written: the same text that is read.

use std::{fmt, time::Duration};

use super::{
    action::{Action, CutForm, Length, Pulse, Side},
    plan::FaultPlan,
    rule::Rule,
    when::{Period, Span, When},
};

impl Action {
    /// The word that it begins with.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Http { .. } => "http",
            Self::Cut { .. } => "cut",
            Self::Bomb { .. } => "bomb",
            Self::Reset => "reset",
            Self::Fin => "fin",
            Self::BlackHole { .. } => "black-hole",
            Self::Drip { .. } => "drip",
            Self::Slice { .. } => "slice",
            Self::Delay { .. } => "delay",
            Self::Drop => "drop",
            Self::Stall { .. } => "stall",
            Self::Duplicate { .. } => "duplicate",
            Self::Reorder { .. } => "reorder",
            Self::Corrupt => "corrupt",
            Self::Length(_) => "length",
            Self::Close { .. } => "close",
            Self::Raw { .. } => "raw",
            Self::Text(_) => "text",
            Self::Binary(_) => "binary",
            Self::Frame(_) => "frame",
            Self::Ping { .. } => "ping",
            Self::CriticalError(_) => "critical-error",
            Self::SymbolError(_) => "symbol-error",
            Self::SeriesError(_) => "series-error",
            Self::LateCorrection { .. } => "late-correction",
            Self::SkipBars { .. } => "skip-bars",
            Self::StudyError(_) => "study-error",
            Self::ProtocolError(_) => "protocol-error",
            Self::Heartbeats(_) => "heartbeats",
            Self::ExpireToken => "expire-token",
            Self::Restart { .. } => "restart",
        }
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed())?;
        self.rules()
            .iter()
            .try_for_each(|rule| writeln!(f, "{rule}"))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "when {} do {}", self.when(), self.action())
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut add = |name: &str, value: Option<String>| {
            parts.extend(value.map(|value| format!("{name} {value}")));
        };
        add("connection", self.connections.map(span));
        add(
            "request",
            self.request.as_deref().map(|text| quoted(text.as_bytes())),
        );
        add("frame", self.frames.map(span));
        add("byte", self.byte.map(|n| n.to_string()));
        add(
            "kind",
            (!self.kinds.is_empty()).then(|| self.kinds.join("|")),
        );
        add(
            "containing",
            self.containing
                .as_deref()
                .map(|text| quoted(text.as_bytes())),
        );
        add("nth", self.nth.map(span));
        add("every", self.every.map(|n| n.to_string()));
        add("time", self.time.map(period));
        add("age", self.age.map(period));
        add("chance", self.chance.map(percent));
        add("times", self.times.map(|n| n.to_string()));
        if parts.is_empty() {
            parts.push("connection *".to_owned());
        }
        f.write_str(&parts.join(" and "))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Http {
                status,
                headers,
                body,
                times,
            } => {
                write!(f, " {status}")?;
                for (name, value) in headers {
                    write!(f, " {}", quoted(format!("{name}: {value}").as_bytes()))?;
                }
                if !body.is_empty() {
                    write!(f, " body {}", quoted(body.as_bytes()))?;
                    repeated(f, *times)?;
                }
                Ok(())
            }
            Self::BlackHole { side, lasting } => {
                let side = match side {
                    Side::In => "in",
                    Side::Out => "out",
                    Side::Both => "both",
                };
                write!(f, " {side}{}", lasts(*lasting))
            }
            Self::Drip {
                bytes,
                every,
                lasting,
            } => write!(f, " {bytes} every {}{}", duration(*every), lasts(*lasting)),
            Self::Slice { bytes: number }
            | Self::Bomb { mebibytes: number }
            | Self::LateCorrection { back: number }
            | Self::SkipBars { count: number } => write!(f, " {number}"),
            Self::Cut { bytes, form } => {
                let form = match form {
                    CutForm::Length => "",
                    CutForm::Chunked => " chunked",
                    CutForm::Held => " held",
                };
                write!(f, " {bytes}{form}")
            }
            Self::Delay { from, to } if from == to => write!(f, " {}", duration(*from)),
            Self::Delay { from, to } => write!(f, " {}..{}", duration(*from), duration(*to)),
            Self::Stall { lasting } => f.write_str(&lasts(*lasting)),
            Self::Duplicate { copies: count }
            | Self::Reorder { window: count }
            | Self::Ping { count } => write!(f, " {count}"),
            Self::Length(Length::Longer(by)) => write!(f, " +{by}"),
            Self::Length(Length::Shorter(by)) => write!(f, " -{by}"),
            Self::Length(Length::Is(text)) => write!(f, " {}", quoted(text.as_bytes())),
            Self::Close { code: None, .. } => Ok(()),
            Self::Close {
                code: Some(code),
                reason,
            } => {
                write!(f, " {code}")?;
                if reason.is_empty() {
                    return Ok(());
                }
                write!(f, " {}", quoted(reason.as_bytes()))
            }
            Self::Raw { bytes, times } => {
                write!(f, " {}", quoted(bytes))?;
                repeated(f, *times)
            }
            Self::Binary(bytes) => write!(f, " {}", quoted(bytes)),
            Self::Text(text)
            | Self::Frame(text)
            | Self::CriticalError(text)
            | Self::SymbolError(text)
            | Self::SeriesError(text)
            | Self::StudyError(text)
            | Self::ProtocolError(text) => write!(f, " {}", quoted(text.as_bytes())),
            Self::Heartbeats(Pulse::On) => f.write_str(" on"),
            Self::Heartbeats(Pulse::Off) => f.write_str(" off"),
            Self::Heartbeats(Pulse::WrongId) => f.write_str(" wrong"),
            Self::Heartbeats(Pulse::Every(every)) => write!(f, " every {}", duration(*every)),
            Self::Restart { keeping, down } => {
                let what = if *keeping { "keeping" } else { "losing" };
                write!(f, " {what} for {}", duration(*down))
            }
            Self::Refuse
            | Self::Reset
            | Self::Fin
            | Self::Drop
            | Self::Corrupt
            | Self::ExpireToken => Ok(()),
        }
    }
}

fn repeated(f: &mut fmt::Formatter<'_>, times: u32) -> fmt::Result {
    if times == 1 {
        return Ok(());
    }
    write!(f, " times {times}")
}

fn lasts(lasting: Option<Duration>) -> String {
    lasting.map_or_else(String::new, |d| format!(" for {}", duration(d)))
}

fn duration(duration: Duration) -> String {
    milliseconds(super::when::millis(duration))
}

fn milliseconds(ms: u64) -> String {
    if ms.is_multiple_of(1000) {
        format!("{}s", ms / 1000)
    } else {
        format!("{ms}ms")
    }
}

fn span(Span { from, to }: Span) -> String {
    match to {
        Some(to) if to == from => from.to_string(),
        Some(to) => format!("{from}..{to}"),
        None => format!("{from}.."),
    }
}

fn period(Period { from, to }: Period) -> String {
    let to = to.map_or_else(String::new, |to| format!("..{}", milliseconds(to)));
    format!("{}{to}", milliseconds(from))
}

fn percent(millionths: u32) -> String {
    let text = format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Puts bytes in quotes, so that they can be read back; text stays readable.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => text.extend(['\\', character]),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                c if c.is_control() => {
                    let mut buffer = [0; 4];
                    c.encode_utf8(&mut buffer)
                        .bytes()
                        .for_each(|b| escape(&mut text, b));
                }
                c => text.push(c),
            }
        }
        chunk
            .invalid()
            .iter()
            .for_each(|byte| escape(&mut text, *byte));
    }
    text.push('"');
    text
}

fn escape(text: &mut String, byte: u8) {
    text.push_str(&format!("\\x{byte:02x}"));
}
