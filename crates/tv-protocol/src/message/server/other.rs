//! Replay, market depth, pointsets and deep history: families of which little or nothing is recorded.
//!
//! Open parts: whatever follows the session in messages whose shape is claimed but not recorded. For replay
//! two shapes are claimed, with and without a slot before the value; both are kept as they come.

use serde::Serialize;

use super::data::NonSeries;
use crate::{
    json::{Json, Text},
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
    #[doc = wire!(claimed "server/replay_point")]
    ReplayPoint,
    /// `replay_resolutions`: what can be replayed; perhaps a slot, then the resolutions.
    #[doc = wire!(
        claimed "server/replay_resolutions",
        "Or with a slot and a list:", "server/replay_resolutions.slot"
    )]
    ReplayResolutions,
    /// `replay_depth`: how far back it reaches; perhaps a slot, then a number.
    #[doc = wire!(claimed "server/replay_depth")]
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
        reason: Option<Text<'a>>,
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
