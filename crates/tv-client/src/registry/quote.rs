//! One quote session.

use protocol::{
    id::SessionId,
    message::{ClientMessage, ServerMessage, client, server::QuoteStatus},
    quote::{QuoteField, QuoteValue},
    symbol::Symbol,
};

use super::{Fate, SubscriptionId, Update, Updates, printable, reason_of};
use crate::{error::RequestError, quote::QuoteRequest};

/// Symbols in one command. Their names make about 2 KB, far from any limit.
const SYMBOLS_PER_COMMAND: usize = 100;

/// News of one symbol.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum QuoteNews {
    Values(Symbol, Vec<(QuoteField<'static>, QuoteValue<'static>)>),
    Completed(Symbol),
    Refused(Symbol, String),
    /// A message could not be understood.
    Skipped(String),
}

/// The symbols of a session.
#[derive(Debug)]
pub(super) struct QuoteEntry {
    symbols: Vec<Symbol>,
}

impl QuoteEntry {
    pub(super) fn create(
        session: &SessionId,
        request: &QuoteRequest,
    ) -> (Self, Vec<ClientMessage<'static>>) {
        let session = || session.to_string().into();
        let fields = request
            .fields
            .iter()
            .map(|field| field.clone().into())
            .collect();
        let mut commands: Vec<ClientMessage<'static>> = vec![
            client::QuoteCreateSession { session: session() }.into(),
            client::QuoteSetFields {
                session: session(),
                fields,
            }
            .into(),
        ];
        let names = |symbols: &[Symbol]| symbols.iter().map(Symbol::to_string).collect::<Vec<_>>();
        for symbols in request.symbols.chunks(SYMBOLS_PER_COMMAND) {
            let symbols = names(symbols).into_iter().collect();
            commands.push(
                client::QuoteAddSymbols {
                    session: session(),
                    symbols,
                }
                .into(),
            );
        }
        // Always the full list: it replaces what was fast before.
        let symbols = names(&request.symbols)
            .into_iter()
            .map(Into::into)
            .collect();
        commands.push(
            client::QuoteFastSymbols {
                session: session(),
                symbols,
            }
            .into(),
        );
        let mut symbols = request.symbols.clone();
        symbols.sort_unstable();
        (Self { symbols }, commands)
    }

    pub(super) fn delete(session: &SessionId) -> ClientMessage<'static> {
        client::QuoteDeleteSession {
            session: session.to_string().into(),
        }
        .into()
    }

    pub(super) fn route(
        &self,
        message: &ServerMessage<'_>,
        subscription: SubscriptionId,
        updates: &mut impl Updates,
    ) -> Fate {
        let news = match message {
            ServerMessage::QuoteData(quote) => {
                let Some(symbol) = self.find(&quote.data.name.to_text()) else {
                    return Fate::Late;
                };
                match quote.data.status {
                    QuoteStatus::Ok => {
                        let values = quote.data.values.iter();
                        let values =
                            values.map(|(field, value)| (field.into_owned(), value.into_owned()));
                        QuoteNews::Values(symbol, values.collect())
                    }
                    ref status => {
                        let reason = quote.data.error.as_deref().unwrap_or(status.as_str());
                        QuoteNews::Refused(symbol, printable(reason))
                    }
                }
            }
            ServerMessage::QuoteCompleted(done) => {
                let Some(symbol) = self.find(&done.name) else {
                    return Fate::Late;
                };
                QuoteNews::Completed(symbol)
            }
            ServerMessage::CriticalError(error) => {
                let symbol = "the quote session".to_owned();
                let failed = RequestError::Refused {
                    symbol,
                    reason: reason_of(error),
                };
                updates.update(subscription, Update::Failed(failed));
                return Fate::Over;
            }
            _ => return Fate::Lives,
        };
        updates.update(subscription, Update::Quote(news));
        Fate::Lives
    }

    fn find(&self, name: &str) -> Option<Symbol> {
        let index = self
            .symbols
            .binary_search_by(|symbol| symbol.as_str().cmp(name))
            .ok()?;
        self.symbols.get(index).cloned()
    }
}
