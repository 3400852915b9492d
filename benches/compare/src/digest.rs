//! What was sent, reduced to a number: method, session, ids, turnarounds, every bar and row, last
//! bar status, time scale, stamps, and every field of every quote.

use serde_json::Value;
use tv_protocol::{
    message::{Received, ServerMessage, server::Objects},
    quote::QuoteValue,
};

/// FNV-1a over everything in order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Digest {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xFF]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3);
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: f64) {
        self.bytes(&number.to_bits().to_le_bytes());
    }

    /// Nested JSON by its meaning, keys sorted.
    fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.text("null"),
            Value::Bool(truth) => self.text(if *truth { "true" } else { "false" }),
            Value::Number(number) => self.number(number.as_f64().expect("a double")),
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                self.text("[");
                items.iter().for_each(|item| self.json(item));
            }
            Value::Object(fields) => {
                self.text("{");
                for (name, value) in fields {
                    self.text(name);
                    self.json(value);
                }
            }
        }
    }

    pub fn heartbeat(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// A message as plain JSON. Fields of a quote go in sorted by name, since a map has no order of
    /// the wire.
    pub fn value(&mut self, message: &Value) {
        let method = message["m"].as_str().expect("a method");
        self.text(method);
        let params = &message["p"];
        self.text(params[0].as_str().expect("a session"));
        if method == "qsd" {
            let update = &params[1];
            self.text(update["n"].as_str().expect("a name"));
            self.text(update["s"].as_str().expect("a status"));
            self.json(&update["v"]);
        } else {
            for (id, object) in params[1].as_object().expect("objects") {
                self.text(id);
                self.object(object);
            }
            if method == "timescale_update" {
                let scale = &params[2];
                self.number(scale["index"].as_f64().expect("an index"));
                self.number(scale["zoffset"].as_f64().expect("an offset"));
            }
        }
        for stamp in ["t", "t_ms"] {
            self.json(&message[stamp]);
        }
    }

    fn object(&mut self, object: &Value) {
        for rows in ["s", "st"] {
            for row in object[rows].as_array().into_iter().flatten() {
                self.number(row["i"].as_f64().expect("an index"));
                for value in row["v"].as_array().expect("values") {
                    self.number(value.as_f64().expect("a number"));
                }
            }
        }
        for text in ["node", "t"] {
            self.text(object[text].as_str().unwrap_or_default());
        }
        self.text(object["ns"]["d"].as_str().unwrap_or_default());
        self.number(object["lbs"]["bar_close_time"].as_f64().unwrap_or_default());
    }

    pub fn received(&mut self, received: &Received<'_>) {
        self.text(received.message.method());
        match &received.message {
            ServerMessage::QuoteData(quote) => {
                self.text(&quote.session);
                self.text(&quote.data.name.to_text());
                self.text(quote.data.status.as_str());
                let mut values: Vec<_> = quote.data.values.iter().collect();
                values.sort_by(|one, other| one.0.name().cmp(other.0.name()));
                self.text("{");
                for (field, value) in values {
                    self.text(field.name());
                    self.quote_value(&value);
                }
            }
            ServerMessage::DataUpdate(update) => {
                self.text(&update.session);
                self.objects(&update.objects);
            }
            ServerMessage::TimescaleUpdate(update) => {
                self.text(&update.session);
                self.objects(&update.objects);
                let timescale = update.timescale.as_ref().expect("a time scale");
                self.number(timescale.index as f64);
                self.number(timescale.zoffset as f64);
            }
            other => panic!("{other:?}"),
        }
        for stamp in [received.stamp.t, received.stamp.t_ms] {
            self.json(&stamp.map_or(Value::Null, Value::from));
        }
    }

    fn quote_value(&mut self, value: &QuoteValue<'_>) {
        match value {
            QuoteValue::None => self.text("null"),
            QuoteValue::Bool(truth) => self.text(if *truth { "true" } else { "false" }),
            QuoteValue::Number(number) => self.number(*number),
            QuoteValue::Text(text) => self.text(text),
            QuoteValue::Json(json) => {
                self.json(&serde_json::from_str(json.as_str()).expect("checked JSON"));
            }
            other => panic!("{other:?}"),
        }
    }

    /// Objects sorted by id, as a map has them.
    fn objects(&mut self, objects: &Objects<'_>) {
        let mut objects: Vec<_> = objects.iter().collect();
        objects.sort_by(|one, other| one.id.raw().cmp(other.id.raw()));
        for object in objects {
            self.text(&object.id.to_text());
            for place in object.bars.iter().flat_map(|bars| bars.iter()) {
                self.number(place.index as f64);
                let bar = place.bar;
                for value in [
                    bar.time.seconds() as f64,
                    bar.open,
                    bar.high,
                    bar.low,
                    bar.close,
                ] {
                    self.number(value);
                }
                if let Some(volume) = bar.volume {
                    self.number(volume);
                }
            }
            for row in object.rows.iter().flat_map(|rows| rows.iter()) {
                self.number(row.index as f64);
                row.values.iter().for_each(|value| self.number(*value));
            }
            for text in [object.node, object.turnaround] {
                self.text(&text.map(|text| text.to_text()).unwrap_or_default());
            }
            let data = object.non_series.as_ref().map(|ns| ns.data.to_text());
            self.text(&data.unwrap_or_default());
            let status = object
                .last_bar_status
                .and_then(|status| status.bar_close_time);
            self.number(status.unwrap_or_default().seconds() as f64);
        }
    }
}
