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
    ReplayOk,
    /// `replay_error`: a command was refused; its id and the reason follow.
    ReplayError,
    /// `replay_instance_id`: the replay is loaded; perhaps a slot, then its id.
    ReplayInstanceId,
    /// `replay_point`: where the replay stands; perhaps a slot, then the point.
    ReplayPoint,
    /// `replay_resolutions`: what can be replayed; perhaps a slot, then the resolutions.
    ReplayResolutions,
    /// `replay_depth`: how far back it reaches; perhaps a slot, then a number.
    ReplayDepth,
    /// `replay_data_end`: the replay has reached the present.
    ReplayDataEnd,
    /// `dd`: levels of market depth.
    DepthData,
    /// `dpu`: an update of market depth.
    DepthUpdate,
    /// `depth_bar_last_value`: the last value of the depth's bar.
    DepthBarLastValue,
    /// `depth_symbol_success`: the symbol has market depth.
    DepthSymbolSuccess,
    /// `pointset_error`: a pointset is refused.
    PointsetError,
}

body! {
    /// `depth_symbol_error`: the symbol has no market depth.
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
    #[non_exhaustive]
    DepthSymbolCleared {
        /// Depth session.
        session: Text<'a>,
        /// The symbol that it had.
        symbol: Option<Text<'a>>,
    }

    /// `request_data`: the answer to `request_history_data`.
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
