//! Replay, market depth, pointsets and deep history. Recordings hold little or nothing of these
//! families.
//!
//! Open parts: whatever follows the session in messages whose shape is claimed but not recorded.
//! For replay two shapes are claimed, with and without a slot before the value; both are kept as
//! they come, and read by methods.

use serde::Serialize;

use super::data::NonSeries;
use crate::{
    json::{Json, Text, join},
    message::params::{Detail, body, element},
};

macro_rules! session_and_rest {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        body! { $($(#[$doc])* #[non_exhaustive] $name {
            /// The session.
            session: Text<'a>,
            /// What follows it, as it comes.
            rest: Vec<Json>,
        })* }
    };
}

session_and_rest! {
    /// `replay_ok`: a command was carried out; its id follows.
    #[doc = wire!(claimed "server/replay_ok")]
    ReplayOk,
    /// `replay_error`: a command was refused; its id and the reason follow.
    #[doc = wire!(named "server/replay_error")]
    ReplayError,
    /// `replay_instance_id`: the replay is loaded; perhaps a slot, then its id.
    #[doc = wire!(
        claimed "server/replay_instance_id",
        "Or with a slot:", "server/replay_instance_id.slot"
    )]
    ReplayInstanceId,
    /// `replay_point`: where the replay stands; perhaps a slot, then the point.
    #[doc = wire!(
        claimed "server/replay_point",
        "Or with a slot:", "server/replay_point.slot"
    )]
    ReplayPoint,
    /// `replay_resolutions`: what can be replayed; perhaps a slot, then the resolutions.
    #[doc = wire!(
        claimed "server/replay_resolutions",
        "Or with a slot and a list:", "server/replay_resolutions.slot"
    )]
    ReplayResolutions,
    /// `replay_depth`: how far back it reaches; perhaps a slot, then a number.
    #[doc = wire!(
        claimed "server/replay_depth",
        "Or without a slot:", "server/replay_depth.plain"
    )]
    ReplayDepth,
    /// `replay_data_end`: the replay has reached the present.
    #[doc = wire!(
        claimed "server/replay_data_end",
        "Or with a slot:", "server/replay_data_end.slot"
    )]
    ReplayDataEnd,
    /// `dd`: levels of market depth.
    #[doc = wire!(named "server/dd")]
    DepthData,
    /// `dpu`: an update of market depth.
    #[doc = wire!(named "server/dpu")]
    DepthUpdate,
    /// `depth_update`: market depth, under a longer name.
    #[doc = wire!(named "server/depth_update")]
    DepthBook,
    /// `depth_bar_last_value`: the last value of the depth's bar.
    #[doc = wire!(named "server/depth_bar_last_value")]
    DepthBarLastValue,
    /// `depth_symbol_success`: the symbol has market depth.
    #[doc = wire!(named "server/depth_symbol_success")]
    DepthSymbolSuccess,
    /// `pointset_error`: a pointset is refused.
    #[doc = wire!(named "server/pointset_error")]
    PointsetError,
}

/// What stands behind the session, in either of the shapes that are claimed: the slot if there is
/// one, and the value.
fn slot_and_value(rest: &[Json]) -> (Option<&Json>, Option<&Json>) {
    match rest {
        [] => (None, None),
        [value] => (None, Some(value)),
        [slot, value, ..] => (Some(slot), Some(value)),
    }
}

/// The slot of a value that may have one before it.
macro_rules! slot {
    ($($name:ident)*) => {$(
        impl $name<'_> {
            /// The slot, mostly a series, in the shape that has one.
            #[must_use]
            pub fn slot(&self) -> Option<&str> {
                slot_and_value(&self.rest).0?.as_str()
            }
        }
    )*};
}

slot! { ReplayInstanceId ReplayPoint ReplayDepth }

impl ReplayInstanceId<'_> {
    /// The id of the replay.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        slot_and_value(&self.rest).1?.as_str()
    }
}

impl ReplayPoint<'_> {
    /// Where the replay stands: Unix seconds by one description, a place by another.
    #[must_use]
    pub fn point(&self) -> Option<i64> {
        slot_and_value(&self.rest).1?.as_i64()
    }
}

impl ReplayDepth<'_> {
    /// How far back the replay reaches.
    #[must_use]
    pub fn depth(&self) -> Option<i64> {
        slot_and_value(&self.rest).1?.as_i64()
    }
}

impl ReplayResolutions<'_> {
    /// The slot, mostly a series, in the shape that has one: a list follows it.
    #[must_use]
    pub fn slot(&self) -> Option<&str> {
        let [slot, list, ..] = self.rest.as_slice() else {
            return None;
        };
        list.elements().and(slot.as_str())
    }

    /// The resolutions, whether they come as a list or one by one.
    #[must_use]
    pub fn resolutions(&self) -> Vec<String> {
        let list = self.rest.iter().find_map(Json::elements);
        let all = list.unwrap_or_else(|| self.rest.clone());
        let texts = all.iter().filter_map(Json::as_str);
        texts.map(str::to_owned).collect()
    }
}

impl ReplayDataEnd<'_> {
    /// The slot, mostly a series, in the shape that has one.
    #[must_use]
    pub fn slot(&self) -> Option<&str> {
        self.rest.first()?.as_str()
    }
}

impl ReplayOk<'_> {
    /// The command that was carried out, by its id.
    #[must_use]
    pub fn request(&self) -> Option<&str> {
        self.rest.first()?.as_str()
    }
}

impl ReplayError<'_> {
    /// The command that was refused, by its id.
    #[must_use]
    pub fn request(&self) -> Option<&str> {
        self.rest.first()?.as_str()
    }

    /// Why, in words for people.
    #[must_use]
    pub fn reason(&self) -> String {
        join(self.rest.iter().skip(1).map(Json::to_words), " ")
    }
}

impl RequestError<'_> {
    /// Why, in words for people.
    #[must_use]
    pub fn words(&self) -> String {
        join(self.reasons.iter().map(Json::to_words), " ")
    }
}

body! {
    /// `depth_symbol_error`: the symbol has no market depth.
    #[doc = wire!("server/depth_symbol_error")]
    #[non_exhaustive]
    DepthSymbolError {
        /// Depth session.
        session: Text<'a>,
        /// The symbol.
        symbol: Text<'a>,
        /// `unsupported_symbol`.
        reason: Option<Detail<'a>>,
    }

    /// `depth_symbol_cleared`: the depth session has no symbol any more.
    #[doc = wire!("server/depth_symbol_cleared")]
    #[non_exhaustive]
    DepthSymbolCleared {
        /// Depth session.
        session: Text<'a>,
        /// The symbol that it had.
        symbol: Option<Text<'a>>,
    }

    /// `request_data`: the answer to `request_history_data`.
    #[doc = wire!(
        claimed "server/request_data",
        "Compressed:", "server/request_data.compressed"
    )]
    #[non_exhaustive]
    RequestData {
        /// History session.
        session: Text<'a>,
        /// The request.
        request: Detail<'a>,
        /// What was asked for.
        data: RequestedData<'a>,
    }

    /// `request_error`: a history request is refused: `not_allowed`.
    #[doc = wire!(claimed "server/request_error")]
    #[non_exhaustive]
    RequestError {
        /// History session.
        session: Text<'a>,
        /// The request.
        request: Detail<'a>,
        /// The reasons.
        reasons: Vec<Json>,
    }
}

/// The third parameter of `request_data`.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, serde::Deserialize)]
pub struct RequestedData<'a> {
    /// The report of a strategy.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ns: Option<NonSeries<'a>>,
}

element! {
    RequestedData<'a> => |data| match &data.ns {
        Some(ns) => serde_json::json!({ "ns": ns.wire() }),
        None => serde_json::json!({}),
    };
}
