//! Whether data comes in real time.

use std::{borrow::Cow, convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whether the data of a symbol comes in real time, delayed, or once a day.
///
/// The set is open: a mode that is not known here is [`Other`](Self::Other).
///
/// ```
/// use tv_protocol::quote::UpdateMode;
///
/// let mode = UpdateMode::from("delayed_streaming_900");
/// assert_eq!(mode, UpdateMode::Delayed { seconds: 900 });
/// assert_eq!(mode.delay(), Some(900));
/// assert_eq!(mode.as_str(), "delayed_streaming_900");
/// assert_eq!(mode.to_string(), "delayed by 900 s");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UpdateMode {
    /// Real time: `streaming`.
    Streaming,
    /// Every trade, some time later: `delayed_streaming_900`.
    Delayed {
        /// The delay in seconds.
        seconds: u32,
    },
    /// Once a day, after the close: `endofday`.
    EndOfDay,
    /// A replay of the past: `replay`.
    Replay,
    /// Any other mode, by its name on the wire.
    Other(Box<str>),
}

const DELAYED: &str = "delayed_streaming_";

impl UpdateMode {
    /// The mode on the wire.
    #[must_use]
    pub fn as_str(&self) -> Cow<'_, str> {
        match self {
            Self::Streaming => "streaming".into(),
            Self::Delayed { seconds } => format!("{DELAYED}{seconds}").into(),
            Self::EndOfDay => "endofday".into(),
            Self::Replay => "replay".into(),
            Self::Other(mode) => (&**mode).into(),
        }
    }

    /// By how many seconds the data is late: 0 in real time, `None` if unknown.
    #[must_use]
    pub const fn delay(&self) -> Option<u32> {
        match self {
            Self::Streaming => Some(0),
            Self::Delayed { seconds } => Some(*seconds),
            Self::EndOfDay | Self::Replay | Self::Other(_) => None,
        }
    }
}

impl From<&str> for UpdateMode {
    fn from(mode: &str) -> Self {
        match mode {
            "streaming" => return Self::Streaming,
            "endofday" => return Self::EndOfDay,
            "replay" => return Self::Replay,
            _ => {}
        }
        let digits = mode.strip_prefix(DELAYED).unwrap_or_default();
        match digits.parse() {
            // Only what is written back alike.
            Ok(seconds) if digits == u32::to_string(&seconds) => Self::Delayed { seconds },
            _ => Self::Other(mode.into()),
        }
    }
}

impl FromStr for UpdateMode {
    type Err = Infallible;

    fn from_str(mode: &str) -> Result<Self, Infallible> {
        Ok(mode.into())
    }
}

/// For people: `real time`, `delayed by 900 s`, `end of day`, `replay`.
impl fmt::Display for UpdateMode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Streaming => out.pad("real time"),
            Self::Delayed { seconds } => write!(out, "delayed by {seconds} s"),
            Self::EndOfDay => out.pad("end of day"),
            Self::Replay => out.pad("replay"),
            Self::Other(mode) => out.pad(mode),
        }
    }
}

impl Serialize for UpdateMode {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.as_str())
    }
}

impl<'de> Deserialize<'de> for UpdateMode {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(source).map(|mode| (&*mode).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_written_as_it_was_read() {
        for mode in [
            "streaming",
            "delayed_streaming_900",
            "delayed_streaming_0900",
            "delayed_streaming_",
            "delayed_streaming_+9",
            "endofday",
            "replay",
            "pulsed_60",
            "",
        ] {
            let read = UpdateMode::from(mode);
            assert_eq!(read.as_str(), mode);
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<UpdateMode>(&json).unwrap(), read);
        }
        assert_eq!(UpdateMode::from("streaming").delay(), Some(0));
        assert_eq!(UpdateMode::from("pulsed_60").delay(), None);
    }
}
