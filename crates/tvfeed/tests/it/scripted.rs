//! A server that answers each command as a test says.

use std::{net::TcpListener, thread};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message};

/// What the server sends for a command, given its method and its parameters.
pub(crate) trait Script: FnMut(&str, &[Value]) -> Vec<Value> + Send + 'static {}

impl<F: FnMut(&str, &[Value]) -> Vec<Value> + Send + 'static> Script for F {}

/// Serves one connection after another on a port of this machine; its address. The thread ends with
/// the test's process.
pub(crate) fn serve(mut script: impl Script) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that has gone ends its connection only.
            let _ = converse(stream.unwrap(), &mut script);
        }
    });
    format!("ws://{address}/")
}

fn converse(stream: std::net::TcpStream, script: &mut impl Script) -> tungstenite::Result<()> {
    let Ok(mut socket) = tungstenite::accept(stream) else {
        return Ok(());
    };
    let greeting =
        json!({ "session_id": "x", "protocol": "json", "timestampMs": 1_790_726_430_000_i64 });
    socket.send(frame(&greeting))?;
    loop {
        let Message::Text(text) = socket.read()? else {
            continue;
        };
        // No payload of these tests holds a mark.
        for payload in text.split("~m~").skip(2).step_by(2) {
            let Ok(command) = serde_json::from_str::<Value>(payload) else {
                continue;
            };
            let (method, params) = (command["m"].as_str(), command["p"].as_array());
            let answers = script(method.unwrap(), params.unwrap());
            for answer in &answers {
                socket.send(frame(answer))?;
            }
        }
    }
}

fn frame(payload: &Value) -> Message {
    let payload = payload.to_string();
    Message::text(format!("~m~{}~m~{payload}", payload.len()))
}

/// A message of a method.
pub(crate) fn message(method: &str, params: Value) -> Value {
    json!({ "m": method, "p": params })
}

/// A symbol's answer.
pub(crate) fn resolved(chart: &Value) -> Value {
    message(
        "symbol_resolved",
        json!([chart, "sds_sym_1", { "name": "B" }]),
    )
}

/// Rows of the series, of any shape: the values of each.
pub(crate) fn rows(chart: &Value, turnaround: &Value, values: &[Value]) -> Value {
    let rows: Vec<_> = (0..)
        .zip(values)
        .map(|(index, values)| json!({ "i": index, "v": values }))
        .collect();
    let series = json!({ "sds_1": { "s": rows, "t": turnaround } });
    message("timescale_update", json!([chart, series, {}]))
}

/// The end of an answer of the series.
pub(crate) fn completed(chart: &Value, turnaround: &Value, details: Value) -> Value {
    message(
        "series_completed",
        json!([chart, "sds_1", "streaming", turnaround, details]),
    )
}

/// The values of bars of a minute each, numbered.
pub(crate) fn bars(numbers: impl IntoIterator<Item = i64>) -> Vec<Value> {
    numbers
        .into_iter()
        .map(|number| json!([1_790_726_400 + number * 60, 10, 12, 9, 11, 100]))
        .collect()
}
