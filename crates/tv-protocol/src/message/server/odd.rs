//! Parts of a data update that cannot be read: each costs itself, not the message.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{json::whole, message::error::MessageError, scan::Span, time::Timestamp};

/// A row that cannot be read. The rows around it are read as usual.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OddRow<'a> {
    /// The list that it stands in.
    pub list: RowList,
    /// Its position in the list as sent, counted from 0.
    pub position: usize,
    /// Its place on the chart's time scale, if that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<i64>,
    /// When its bar opens, if that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// What is wrong. Columns count from the start of the row.
    pub error: MessageError,
    /// The row as sent.
    pub text: &'a str,
}

/// The data of a series or study that cannot be read at all.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectFault<'a> {
    /// What is wrong. Columns count from the start of the data.
    pub error: MessageError,
    /// The data as sent.
    pub text: &'a str,
}

/// A list of rows in the data of a series or study.
#[expect(clippy::exhaustive_enums, reason = "rows stand in these lists only")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum RowList {
    /// Bars of a series.
    #[serde(rename = "s")]
    Bars,
    /// Rows of a study.
    #[serde(rename = "st")]
    Rows,
    /// Points of a pointset.
    #[serde(rename = "plots")]
    Points,
}

impl RowList {
    /// The name of the list on the wire: `s`, `st` or `plots`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bars => "s",
            Self::Rows => "st",
            Self::Points => "plots",
        }
    }
}

/// The name of the list on the wire.
impl fmt::Display for RowList {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// A row that cannot be read, without the text that its span refers to.
#[derive(Clone, Debug)]
pub(crate) struct OddSlot {
    list: RowList,
    position: usize,
    text: Span,
    error: MessageError,
}

impl OddSlot {
    pub(crate) fn new(
        list: RowList,
        position: usize,
        text: Span,
        error: &serde_json::Error,
    ) -> Self {
        Self {
            list,
            position,
            text,
            error: MessageError::new(error),
        }
    }

    pub(super) fn view<'a>(&self, text: &'a str) -> OddRow<'a> {
        let text = self.text.of(text);
        let head = serde_json::from_str::<Head<'a>>(text).ok();
        let index = head.as_ref().and_then(|head| head.index);
        OddRow {
            list: self.list,
            position: self.position,
            index: index.and_then(|index| index.get().parse().ok()),
            time: head.and_then(|head| head.values).and_then(time_of),
            error: self.error.clone(),
            text,
        }
    }
}

/// Data that cannot be read, without the text that its span refers to.
#[derive(Clone, Debug)]
pub(crate) struct FaultSlot {
    text: Span,
    error: MessageError,
}

impl FaultSlot {
    pub(crate) fn new(text: Span, error: &serde_json::Error) -> Self {
        Self {
            text,
            error: MessageError::new(error),
        }
    }

    pub(super) fn view<'a>(&self, text: &'a str) -> ObjectFault<'a> {
        ObjectFault {
            error: self.error.clone(),
            text: self.text.of(text),
        }
    }
}

/// The parts of a row that say where it belongs.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, rename = "i", alias = "index")]
    index: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "v", alias = "value")]
    values: Option<&'a RawValue>,
}

/// The first of the values, if it is a time in seconds.
fn time_of(values: &RawValue) -> Option<Timestamp> {
    let values = values.get().strip_prefix('[')?;
    let first = values.split([',', ']']).next()?.trim();
    let time = first.parse::<f64>().ok()?.floor();
    whole(time).map(Timestamp::from_seconds)
}
