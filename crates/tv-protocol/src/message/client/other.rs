//! Commands to replay, depth and history sessions, and pointsets.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::{
    json::{Json, Text, Whole},
    message::params::{Param, Params, body, element, wire_value},
    time::Timestamp,
};

body! {
    /// `replay_create_session`.
    #[doc = wire!("client/replay_create_session")]
    ReplayCreateSession {
        /// The id to give it.
        session: Text<'a>,
    }

    /// `replay_delete_session`.
    #[doc = wire!("client/replay_delete_session")]
    ReplayDeleteSession {
        /// Replay session.
        session: Text<'a>,
    }

    /// `replay_add_series`.
    #[doc = wire!("client/replay_add_series")]
    ReplayAddSeries {
        /// Replay session.
        session: Text<'a>,
        /// An id of this request.
        request: Text<'a>,
        /// A descriptor of the symbol.
        symbol: Text<'a>,
        /// Interval.
        resolution: Option<Text<'a>>,
    }

    /// `replay_remove_series`.
    #[doc = wire!(named "client/replay_remove_series")]
    ReplayRemoveSeries {
        /// Replay session.
        session: Text<'a>,
        /// An id of this request.
        request: Text<'a>,
        /// A descriptor of the symbol.
        symbol: Text<'a>,
        /// Interval.
        resolution: Option<Text<'a>>,
    }

    /// `replay_reset`: goes to a time.
    #[doc = wire!("client/replay_reset")]
    ReplayReset {
        /// Replay session.
        session: Text<'a>,
        /// An id of this request.
        request: Text<'a>,
        /// Unix seconds, UTC.
        time: i64,
    }

    /// `replay_step`.
    #[doc = wire!("client/replay_step")]
    ReplayStep {
        /// Replay session.
        session: Text<'a>,
        /// An id of this request.
        request: Text<'a>,
        /// How many bars.
        count: i64,
    }

    /// `replay_start`: steps by itself.
    #[doc = wire!("client/replay_start")]
    ReplayStart {
        /// Replay session.
        session: Text<'a>,
        /// An id of this request.
        request: Text<'a>,
        /// Milliseconds between steps.
        delay: i64,
    }

    /// `replay_stop`.
    #[doc = wire!("client/replay_stop")]
    ReplayStop {
        /// Replay session.
        session: Text<'a>,
        /// An id of this request.
        request: Text<'a>,
    }

    /// `replay_set_resolution`.
    #[doc = wire!(named "client/replay_set_resolution")]
    ReplaySetResolution {
        /// Replay session.
        session: Text<'a>,
        /// An id of this request.
        request: Text<'a>,
        /// Interval.
        resolution: Text<'a>,
    }

    /// `depth_create_session`.
    #[doc = wire!("client/depth_create_session")]
    DepthCreateSession {
        /// The id to give it.
        session: Text<'a>,
        /// How many price steps make a level.
        multiplier: i64,
        /// How many levels are shown.
        viewport_width: i64,
    }

    /// `depth_delete_session`.
    #[doc = wire!(named "client/depth_delete_session")]
    DepthDeleteSession {
        /// Depth session.
        session: Text<'a>,
    }

    /// `depth_set_symbol`.
    #[doc = wire!("client/depth_set_symbol")]
    DepthSetSymbol {
        /// Depth session.
        session: Text<'a>,
        /// The symbol.
        symbol: Text<'a>,
    }

    /// `depth_clear_symbol`.
    #[doc = wire!("client/depth_clear_symbol")]
    DepthClearSymbol {
        /// Depth session.
        session: Text<'a>,
    }

    /// `depth_set_scale`.
    #[doc = wire!(named "client/depth_set_scale")]
    DepthSetScale {
        /// Depth session.
        session: Text<'a>,
        /// How many price steps make a level.
        scale: i64,
    }

    /// `create_pointset`: asks where times stand on a symbol's own time scale.
    #[doc = wire!("client/create_pointset")]
    CreatePointset {
        /// Chart session.
        session: Text<'a>,
        /// The id to give it.
        pointset: Text<'a>,
        /// An id of this request.
        turnaround: Text<'a>,
        /// Id of a resolved symbol.
        symbol: Text<'a>,
        /// Interval.
        resolution: Text<'a>,
        /// The points.
        points: Points,
    }

    /// `modify_pointset`.
    #[doc = wire!(named "client/modify_pointset")]
    ModifyPointset {
        /// Chart session.
        session: Text<'a>,
        /// The pointset.
        pointset: Text<'a>,
        /// An id of this request.
        turnaround: Text<'a>,
        /// The points.
        points: Points,
    }

    /// `remove_pointset`.
    #[doc = wire!("client/remove_pointset")]
    RemovePointset {
        /// Chart session.
        session: Text<'a>,
        /// The pointset.
        pointset: Text<'a>,
    }

    /// `history_create_session`.
    #[doc = wire!(claimed "client/history_create_session")]
    HistoryCreateSession {
        /// The id to give it.
        session: Text<'a>,
    }

    /// `history_delete_session`.
    #[doc = wire!(claimed "client/history_delete_session")]
    HistoryDeleteSession {
        /// History session.
        session: Text<'a>,
    }

    /// `request_history_data`: computes a strategy over a deep range.
    #[doc = wire!(claimed "client/request_history_data")]
    RequestHistoryData {
        /// History session.
        session: Text<'a>,
        /// A number of this request, which the answers carry.
        request: i64,
        /// A descriptor of the symbol.
        symbol: Text<'a>,
        /// Interval.
        resolution: Text<'a>,
        /// 0 wherever it is described; what it means is not known.
        fourth: i64,
        /// Which bars.
        range: HistoryRange,
        /// The strategy: `StrategyScript@tv-scripting-101!`.
        study_type: Text<'a>,
        /// Its inputs, as the strategy defines them.
        inputs: Json,
        /// An empty list wherever it is described.
        rest: Vec<Json>,
    }
}

/// The bars of a request for deep history: `{"from_to": {"from": …, "to": …}}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HistoryRange {
    /// First time.
    pub from: Timestamp,
    /// Last time.
    pub to: Timestamp,
}

impl<'de> Deserialize<'de> for HistoryRange {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            from_to: FromTo,
        }
        #[derive(Deserialize)]
        struct FromTo {
            from: Whole,
            to: Whole,
        }
        let FromTo { from, to } = Wire::deserialize(source)?.from_to;
        Ok(Self {
            from: Timestamp::from_seconds(from.0),
            to: Timestamp::from_seconds(to.0),
        })
    }
}

element! {
    HistoryRange => |range| json!({ "from_to": { "from": range.from, "to": range.to } });
}

/// Points of a pointset, each a time in Unix seconds and an offset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Points(pub Vec<Vec<i64>>);

/// Each point is one parameter of its own.
impl<'de> Param<'de> for Points {
    fn read<A: serde::de::SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        let all: Vec<Json> = Param::read(params, name)?;
        let points: Option<_> = all.iter().map(Json::read).collect();
        points
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("points: expected lists of numbers"))
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.extend(self.0.iter().map(wire_value));
    }
}
