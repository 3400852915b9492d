//! A depth session. Nothing here has an order book, and the server says of most symbols that they have none.

use serde_json::{Value, json};

use super::params::text;
use super::replies::untimed;
use super::source::Context;

/// One depth session.
#[derive(Debug, Default)]
pub(crate) struct DepthSession {
    /// The symbol that was asked for last.
    symbol: Option<String>,
}

impl DepthSession {
    /// `depth_set_symbol`: refused, as recorded.
    pub(super) fn set_symbol(&mut self, id: &str, params: &[Value], cx: &mut Context<'_>) {
        let symbol = text(params, 1).unwrap_or_default();
        self.symbol = Some(symbol.to_owned());
        cx.out.push(untimed(
            "depth_symbol_error",
            json!([id, symbol, "unsupported_symbol"]),
        ));
    }

    /// `depth_clear_symbol`: answered with the symbol that was set, though it was refused.
    pub(super) fn clear_symbol(&mut self, id: &str, cx: &mut Context<'_>) {
        if let Some(symbol) = self.symbol.take() {
            cx.out
                .push(untimed("depth_symbol_cleared", json!([id, symbol])));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Peer, wire};

    #[test]
    fn depth_is_refused_as_recorded() {
        let mut peer = Peer::new(wire());
        assert_eq!(
            peer.ask("depth_create_session", json!(["ds_1", 50, 267])),
            Vec::<String>::new()
        );
        assert_eq!(
            peer.ask("depth_set_symbol", ["ds_1", "NASDAQ:AAPL"]),
            [r#"{"m":"depth_symbol_error","p":["ds_1","NASDAQ:AAPL","unsupported_symbol"]}"#]
        );
        assert_eq!(
            peer.ask("depth_set_scale", json!(["ds_1", 10])),
            Vec::<String>::new()
        );
        assert_eq!(
            peer.ask("depth_clear_symbol", ["ds_1"]),
            [r#"{"m":"depth_symbol_cleared","p":["ds_1","NASDAQ:AAPL"]}"#]
        );
        assert_eq!(
            peer.ask("depth_clear_symbol", ["ds_1"]),
            Vec::<String>::new()
        );
        peer.ask("depth_delete_session", ["ds_1"]);
        let said = peer.ask("depth_set_symbol", ["ds_1", "NASDAQ:AAPL"]);
        assert!(said[0].contains("unknown_session_id"), "{said:?}");
    }
}
