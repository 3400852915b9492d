//! Commands to chart sessions: symbols, series and the time scale.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    json::Text,
    message::params::{Loose, Param, Params, body},
    time::Timestamp,
};

body! {
    /// `chart_create_session`.
    #[doc = wire!(
        "client/chart_create_session",
        "Or:", "client/chart_create_session.short"
    )]
    ChartCreateSession {
        /// The id to give it.
        session: Text<'a>,
        /// Browsers send an empty text; some clients nothing.
        parameters: Option<Text<'a>>,
    }

    /// `chart_delete_session`.
    #[doc = wire!("client/chart_delete_session")]
    ChartDeleteSession {
        /// Chart session.
        session: Text<'a>,
    }

    /// `resolve_symbol`: gives a symbol an id within the session. An id can be used once only.
    #[doc = wire!(
        "client/resolve_symbol",
        "A plain name:", "client/resolve_symbol.plain",
        "A chart type in a replay:", "client/resolve_symbol.replay"
    )]
    ResolveSymbol {
        /// Chart session.
        session: Text<'a>,
        /// The id to give it, such as `sds_sym_1`.
        id: Text<'a>,
        /// A plain name, or a descriptor from
        /// [`SymbolDescriptor::to_wire`](crate::symbol::SymbolDescriptor::to_wire).
        symbol: Text<'a>,
    }

    /// `create_series`.
    #[doc = wire!(
        "client/create_series",
        "Bars before a time, without the last text:", "client/create_series.before",
        "A range:", "client/create_series.range"
    )]
    CreateSeries {
        /// Chart session.
        session: Text<'a>,
        /// The id to give it, such as `sds_1`.
        series: Text<'a>,
        /// An id of this request, which the answers carry.
        turnaround: Text<'a>,
        /// Id of a resolved symbol.
        symbol: Text<'a>,
        /// Interval, such as `240` or `1D`.
        resolution: Text<'a>,
        /// How much history.
        range: Range<'a>,
        /// A range such as `12M`; browsers send an empty text, some clients nothing.
        timeframe: Option<Text<'a>>,
    }

    /// `modify_series`: another symbol, resolution or range for a series.
    #[doc = wire!("client/modify_series")]
    ModifySeries {
        /// Chart session.
        session: Text<'a>,
        /// The series.
        series: Text<'a>,
        /// An id of this request, which the answers carry.
        turnaround: Text<'a>,
        /// Id of a resolved symbol.
        symbol: Text<'a>,
        /// Interval, such as `240` or `1D`.
        resolution: Text<'a>,
        /// A range such as `12M`, or an empty text.
        timeframe: Option<Text<'a>>,
    }

    /// `remove_series`.
    #[doc = wire!("client/remove_series")]
    RemoveSeries {
        /// Chart session.
        session: Text<'a>,
        /// The series. If it does not exist, the server ends the session.
        series: Text<'a>,
    }

    /// `request_more_data`: earlier bars.
    #[doc = wire!("client/request_more_data")]
    RequestMoreData {
        /// Chart session.
        session: Text<'a>,
        /// The series.
        series: Text<'a>,
        /// How many.
        count: i64,
    }

    /// `request_more_tickmarks`.
    #[doc = wire!("client/request_more_tickmarks")]
    RequestMoreTickmarks {
        /// Chart session.
        session: Text<'a>,
        /// The series.
        series: Text<'a>,
        /// How many.
        count: i64,
    }

    /// `switch_timezone`.
    #[doc = wire!("client/switch_timezone")]
    SwitchTimezone {
        /// Chart session.
        session: Text<'a>,
        /// IANA time zone, or `exchange`.
        timezone: Text<'a>,
    }

    /// `set_future_tickmarks_mode`. Seen in captures of browsers.
    #[doc = wire!("client/set_future_tickmarks_mode")]
    SetFutureTickmarksMode {
        /// Chart session.
        session: Text<'a>,
        /// The mode, such as `full_single_session`.
        mode: Option<Text<'a>>,
    }

    /// `get_first_bar_time`: asks when a symbol's history begins.
    #[doc = wire!(named "client/get_first_bar_time")]
    GetFirstBarTime {
        /// Chart session.
        session: Text<'a>,
        /// Id of a resolved symbol.
        symbol: Text<'a>,
        /// Interval.
        resolution: Text<'a>,
    }
}

/// How much history a series begins with.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Range<'a> {
    /// The newest bars, this many.
    Count(i64),
    /// Bars before a time: `["bar_count", time, count]`.
    Before {
        /// The time, which is not included.
        time: Timestamp,
        /// How many bars.
        count: i64,
    },
    /// A range in words, such as `r,1700000000:1710000000`.
    Text(Text<'a>),
}

impl<'de: 'a, 'a> Param<'de> for Range<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        match params.required::<Loose<'de>>(name)? {
            Loose::Number(count) => Ok(Self::Count(count)),
            Loose::Text(text) => Ok(Self::Text(text)),
            Loose::Json(json) => match json.read::<(String, i64, i64)>() {
                Some((word, time, count)) if word == "bar_count" => Ok(Self::Before {
                    time: Timestamp::from_seconds(time),
                    count,
                }),
                _ => json.as_i64().map(Self::Count).ok_or_else(|| {
                    serde::de::Error::custom(
                        "range: expected a count, [\"bar_count\", time, count] or a text",
                    )
                }),
            },
        }
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.push(match self {
            Self::Count(count) => json!(count),
            Self::Before { time, count } => json!(["bar_count", time, count]),
            Self::Text(text) => json!(text),
        });
    }
}
