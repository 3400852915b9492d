//! What our library does with a workload.

use std::hint::black_box;

use rustc_hash::FxHashMap;
use tv_benches::Workload;
use tv_protocol::{
    frame::{Frame, encode_heartbeat, split},
    message::{Decoder, ServerMessage},
    quote::Quote,
};

/// What is kept from message to message, as a connection keeps it.
pub struct State {
    pub decoder: Decoder,
    pub by_serde: Decoder,
    /// The newest state of each symbol, by its name as it stands on the wire.
    quotes: FxHashMap<Box<str>, Quote>,
    echo: String,
    pub copy: Vec<u8>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            decoder: Decoder::default(),
            by_serde: Decoder::default().without_templates(),
            quotes: FxHashMap::default(),
            echo: String::new(),
            copy: Vec::new(),
        }
    }
}

pub fn decode(workload: &Workload, state: &mut State) {
    let State { decoder, echo, .. } = state;
    each_payload(workload, echo, |payload| {
        black_box(&decoder.decode(payload));
    });
}

pub fn by_serde(workload: &Workload, state: &mut State) {
    let State { by_serde, echo, .. } = state;
    each_payload(workload, echo, |payload| {
        black_box(&by_serde.decode(payload));
    });
}

/// Decodes, finds the symbol, and merges its news into its state.
pub fn merge(workload: &Workload, state: &mut State) {
    let State {
        decoder,
        echo,
        quotes,
        ..
    } = state;
    each_payload(workload, echo, |payload| {
        let received = decoder.decode(payload);
        if let ServerMessage::QuoteData(quote) = &received.message {
            let name = quote.data.name.raw();
            match quotes.get_mut(name) {
                Some(state) => quote.data.values.merge_into(state),
                None => {
                    let mut state = Quote::default();
                    quote.data.values.merge_into(&mut state);
                    quotes.insert(name.into(), state);
                }
            }
        }
        black_box(&received);
    });
    black_box(quotes);
}

pub fn split_only(workload: &Workload, _: &mut State) {
    for message in &workload.messages {
        for frame in split(black_box(message)) {
            let _ = black_box(frame);
        }
    }
}

/// Heartbeats are answered, too, which none of the others does: the echo is built in a buffer that
/// is used again.
fn each_payload(workload: &Workload, echo: &mut String, mut decode: impl FnMut(&str)) {
    for message in &workload.messages {
        for frame in split(black_box(message)) {
            match frame {
                Ok(Frame::Json(payload)) => decode(payload),
                Ok(Frame::Heartbeat(number)) => {
                    echo.clear();
                    encode_heartbeat(number, echo);
                    black_box(&echo);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}
