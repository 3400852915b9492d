//! A depth session. Nothing here has an order book, and the server says of most symbols that they
//! have none.

use serde_json::{Value, json};

use crate::session::{params::text, replies::untimed, source::Context};

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
