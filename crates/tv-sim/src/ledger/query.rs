//! The ledger over HTTP: what is asked for, as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::ledger::{handle::Ledger, truth::LedgerError};

/// Why a question has no answer: an HTTP status and the reason.
type Refusal = (u16, String);

/// Answers a question; `path` begins with `/ledger`.
pub(crate) fn answer(ledger: &Ledger, path: &str, query: &str) -> (u16, Value) {
    let asked = Asked(
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
    );
    match ask(ledger, path, &asked) {
        Ok(answer) => (200, answer),
        Err((status, reason)) => (status, json!({ "error": reason })),
    }
}

fn ask(ledger: &Ledger, path: &str, asked: &Asked) -> Result<Value, Refusal> {
    let now = ledger.now();
    match path.trim_end_matches('/') {
        "/ledger/bars" => {
            let (symbol, interval) = (asked.text("symbol")?, asked.text("interval")?);
            asked.only(&[
                "symbol",
                "interval",
                "from",
                "to",
                "at",
                "session",
                "adjustment",
                "currency-id",
            ])?;
            let (from, to) = (asked.number("from")?, asked.number("to")?);
            let span = (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
            let at = asked.number("at")?.unwrap_or(now);
            let bars = ledger.bars_at(&asked.descriptor(symbol)?, interval, span, at);
            let bars = bars.map_err(refusal)?;
            Ok(json!({
                "symbol": symbol, "interval": interval, "now_ms": now,
                "closed": bars.closed, "open": bars.open,
            }))
        }
        "/ledger/quote" => {
            let symbol = asked.text("symbol")?;
            asked.only(&["symbol", "at", "session", "adjustment", "currency-id"])?;
            let descriptor = asked.descriptor(symbol)?;
            let values = ledger.quote(&descriptor, asked.number("at")?);
            let values = values.map_err(refusal)?;
            Ok(json!({ "symbol": symbol, "now_ms": now, "values": values }))
        }
        "/ledger/ticks" => {
            let symbol = asked.text("symbol")?;
            asked.only(&["symbol", "from", "to"])?;
            let (from, to) = (asked.number("from")?, asked.number("to")?);
            let ticks = ledger.ticks(symbol, from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
            let ticks = ticks.map_err(refusal)?;
            Ok(json!({ "symbol": symbol, "now_ms": now, "ticks": ticks }))
        }
        "/ledger/sent" => Ok(json!({ "now_ms": now, "sent": ledger.sent() })),
        "/ledger/faults" => {
            let (fired, total) = ledger.0.engine.fired();
            let fired: Vec<Value> = fired
                .iter()
                .map(|fired| {
                    json!({ "at_ms": fired.at_ms, "connection": fired.connection, "rule": fired.rule })
                })
                .collect();
            Ok(json!({ "now_ms": now, "total": total, "faults": fired }))
        }
        "/ledger/sessions" => Ok(json!({ "now_ms": now, "connections": ledger.sessions() })),
        "/ledger" => Ok(json!({
            "now_ms": now,
            "questions": [
                "/ledger/bars?symbol=&interval=&from=&to=&at=&session=&adjustment=&currency-id=",
                "/ledger/quote?symbol=&at=&session=&adjustment=&currency-id=",
                "/ledger/ticks?symbol=&from=&to=", "/ledger/sent", "/ledger/faults", "/ledger/sessions",
            ],
        })),
        _ => Err((404, "the ledger does not know this; see /ledger".to_owned())),
    }
}

fn refusal(error: LedgerError) -> Refusal {
    let status = match error {
        LedgerError::Recording => 409,
        LedgerError::Descriptor(_) => 400,
        _ => 404,
    };
    (status, error.to_string())
}

/// The parameters of a question.
struct Asked(BTreeMap<String, String>);

impl Asked {
    fn text(&self, name: &str) -> Result<&str, Refusal> {
        let value = self.0.get(name).map(String::as_str);
        value.ok_or_else(|| (400, format!("the parameter {name} is missing")))
    }

    fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let number = |text: &String| {
            let wrong = |_| (400, format!("the parameter {name} is not a whole number"));
            text.parse().map_err(wrong)
        };
        self.0.get(name).map(number).transpose()
    }

    /// The symbol with what was asked besides it, as one descriptor.
    fn descriptor(&self, symbol: &str) -> Result<String, Refusal> {
        let known: [(&str, &[&str]); 3] = [
            ("session", &["regular", "extended"]),
            ("adjustment", &["splits", "dividends", "none"]),
            ("currency-id", &[]),
        ];
        let mut fields = Map::new();
        for (name, values) in known {
            let Some(value) = self.0.get(name) else {
                continue;
            };
            if !values.is_empty() && !values.contains(&value.as_str()) {
                return Err((400, format!("{name} is one of {}", values.join(", "))));
            }
            fields.insert(name.to_owned(), json!(value));
        }
        if fields.is_empty() {
            return Ok(symbol.to_owned());
        }
        if symbol.starts_with('=') {
            let reason = "what a descriptor says of its symbol must be said in it";
            return Err((400, reason.to_owned()));
        }
        fields.insert("symbol".to_owned(), json!(symbol));
        Ok(format!("={}", Value::Object(fields)))
    }

    /// Fails if something else was given as well: what is misspelt should not be passed over.
    fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(odd) => Err((400, format!("there is no parameter {odd}"))),
            None => Ok(()),
        }
    }
}
