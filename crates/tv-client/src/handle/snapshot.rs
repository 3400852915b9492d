//! One complete quote of each symbol, taken from a stream.

use std::{collections::BTreeMap, future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use futures_core::Stream;
use protocol::{quote::Quote, symbol::Symbol};
use tokio::time::{Instant, timeout_at};

use crate::{error::RequestError, event::QuoteEvent};

/// How long the symbols may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What each symbol has answered.
pub(crate) type Snapshot = BTreeMap<Symbol, Result<Quote, RequestError>>;

/// Quotes, and what is known of a symbol that does not answer.
pub(crate) trait QuoteStream: Stream<Item = QuoteEvent> + Unpin {
    /// What the server said when it last ended the symbol's session or connection.
    fn last_words(&self, symbol: &Symbol) -> Option<String>;
}

/// Reads until each symbol has answered, 30 s at most.
pub(crate) async fn snapshot(
    symbols: Vec<Symbol>,
    mut events: impl QuoteStream,
) -> Result<Snapshot, RequestError> {
    let deadline = Instant::now() + TIMEOUT;
    let mut quotes = BTreeMap::<Symbol, Arc<Quote>>::new();
    let mut answers = Snapshot::new();
    while answers.len() < symbols.len() {
        let next = poll_fn(|context| Pin::new(&mut events).poll_next(context));
        let Ok(Some(event)) = timeout_at(deadline, next).await else {
            break;
        };
        match event.into_result()? {
            QuoteEvent::Update(update) => _ = quotes.insert(update.symbol, update.quote),
            QuoteEvent::Completed { symbol } => {
                let quote = quotes.remove(&symbol).unwrap_or_default();
                answers.insert(symbol, Ok(Arc::unwrap_or_clone(quote)));
            }
            QuoteEvent::Refused { symbol, reason } => {
                let refused = RequestError::Refused {
                    symbol: symbol.to_string(),
                    reason,
                };
                answers.insert(symbol, Err(refused));
            }
            QuoteEvent::SessionEnded { symbols, error } => {
                for symbol in symbols {
                    let is_new = !answers.contains_key(&symbol);
                    is_new.then(|| answers.insert(symbol, Err(error.clone())));
                }
            }
            _ => {}
        }
    }
    for symbol in symbols {
        let late = RequestError::TimedOut {
            after: TIMEOUT,
            last_words: events.last_words(&symbol),
        };
        answers.entry(symbol).or_insert(Err(late));
    }
    Ok(answers)
}

/// The answer of the only symbol.
pub(crate) fn only(answers: Snapshot) -> Result<Quote, RequestError> {
    let late = RequestError::TimedOut {
        after: TIMEOUT,
        last_words: None,
    };
    answers.into_values().next().unwrap_or(Err(late))
}
