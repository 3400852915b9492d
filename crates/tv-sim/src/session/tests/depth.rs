//! Depth sessions.

use serde_json::json;

use crate::session::tests::peer::{Peer, wire};

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
