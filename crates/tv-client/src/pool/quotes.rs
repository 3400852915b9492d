//! Quotes over several sessions, as one stream.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use protocol::{
    quote::Quote,
    symbol::{Symbol, SymbolError},
};

use super::{members::Member, pool::Pool};
use crate::{
    error::RequestError,
    event::QuoteEvent,
    handle::{QuoteSession, QuoteStream, SessionKind, Subscription, only, snapshot},
    request::{QuoteRequest, to_symbols},
};

/// A stream of quotes over as many sessions and connections as the symbols need.
///
/// Sessions are independent. Overflow, throttling and debouncing apply to each. An interruption
/// concerns the symbols of one session; [`interrupted`] returns the symbols that wait now. The end
/// of a session ([`SessionEnded`](QuoteEvent::SessionEnded)) does not affect others:
/// [add](Self::add) its symbols again to get them over another connection. The stream ends with the
/// last session.
///
/// [`interrupted`]: Self::interrupted
///
/// Symbols can be exchanged; a new one uses the place of a removed one.
///
/// ```no_run
/// # use tv_client::{PoolQuotes, RequestError};
/// # async fn run(mut quotes: PoolQuotes) -> Result<(), RequestError> {
/// quotes.remove(["NASDAQ:AAPL"]).await?;
/// quotes.add(["NASDAQ:MSFT"]).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PoolQuotes {
    pool: Pool,
    request: QuoteRequest,
    parts: Vec<Part>,
    /// Where each symbol is, and how often it was added and not removed.
    symbols: HashMap<Symbol, (usize, u32)>,
    /// Which part is asked first, so that none is always last.
    turn: usize,
    /// Why the stream is over.
    end: Option<RequestError>,
}

/// One session. It stays in its place when it has ended, so that the others keep their numbers.
#[derive(Debug)]
struct Part {
    /// The number of its connection.
    connection: usize,
    session: QuoteSession,
    symbols: usize,
    is_interrupted: bool,
    is_over: bool,
}

impl Pool {
    /// Streams quotes of any number of symbols, over as many sessions and connections as they need.
    ///
    /// ```no_run
    /// # use tv_client::{Pool, QuoteEvent, QuoteRequest, QuoteUpdate, RequestError, Symbol};
    /// # async fn run(pool: Pool, symbols: Vec<Symbol>) -> Result<(), RequestError> {
    /// let mut quotes = pool.quotes(QuoteRequest::new(symbols)?).await?;
    /// while let Some(event) = quotes.next().await {
    ///     match event.into_result()? {
    ///         QuoteEvent::Update(QuoteUpdate { symbol, quote, .. }) => {
    ///             println!("{symbol} {:?}", quote.last());
    ///         }
    ///         // One connection failed; its symbols get places on others.
    ///         QuoteEvent::SessionEnded { symbols, error } if error.is_retryable() => {
    ///             quotes.add(symbols).await?;
    ///         }
    ///         QuoteEvent::SessionEnded { symbols, error } => {
    ///             eprintln!("no more quotes of {} symbols: {error}", symbols.len());
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future ends what it began.
    ///
    /// # Errors
    ///
    /// If the request names no symbol or no field, if the limits are exhausted, or if a connection
    /// that is needed cannot be made.
    pub async fn quotes(&self, request: QuoteRequest) -> Result<PoolQuotes, RequestError> {
        request.check()?;
        PoolQuotes::open(self.clone(), request).await
    }
}

impl Pool {
    /// Does what [`Client::quote`](crate::Client::quote) does, over a connection that has room.
    ///
    /// ```no_run
    /// # async fn run(pool: tv_client::Pool) -> Result<(), tv_client::RequestError> {
    /// let quote = pool.quote("NASDAQ:AAPL").await?;
    /// println!("{:?} {:?} %", quote.last(), quote.change_percent());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future ends what it began.
    ///
    /// # Errors
    ///
    /// The same as [`Client::quote`](crate::Client::quote) and [`quotes`](Self::quotes).
    pub async fn quote<S>(&self, symbol: S) -> Result<Quote, RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        self.snapshot(QuoteRequest::new([symbol])?)
            .await
            .and_then(only)
    }

    /// Does what [`Client::snapshot`](crate::Client::snapshot) does, over as many sessions and
    /// connections as the symbols need.
    ///
    /// ```no_run
    /// # use tv_client::{Pool, QuoteRequest, RequestError, Symbol};
    /// # async fn run(pool: Pool, symbols: Vec<Symbol>) -> Result<(), RequestError> {
    /// for (symbol, quote) in pool.snapshot(QuoteRequest::new(symbols)?.price()).await? {
    ///     println!("{symbol} {:?}", quote?.last());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future ends what it began.
    ///
    /// # Errors
    ///
    /// The same as [`quotes`](Self::quotes).
    pub async fn snapshot(
        &self,
        request: QuoteRequest,
    ) -> Result<BTreeMap<Symbol, Result<Quote, RequestError>>, RequestError> {
        let symbols = request.symbols.clone();
        snapshot(symbols, self.quotes(request).await?).await
    }
}

impl PoolQuotes {
    pub(super) async fn open(pool: Pool, request: QuoteRequest) -> Result<Self, RequestError> {
        let symbols = request.symbols.clone();
        let mut quotes = Self {
            pool,
            request,
            parts: Vec::new(),
            symbols: HashMap::new(),
            turn: 0,
            end: None,
        };
        quotes.add(symbols).await?;
        Ok(quotes)
    }

    /// Adds symbols. A symbol that was added twice must be removed twice.
    ///
    /// ```no_run
    /// # async fn run(mut quotes: tv_client::PoolQuotes) -> Result<(), tv_client::RequestError> {
    /// quotes.add(["NASDAQ:MSFT", "NASDAQ:NVDA"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Not cancel-safe: a dropped future may have added some of them.
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol, if a connection was closed, or if the stream has ended. Also
    /// if the limits are exhausted, or if a connection that is needed cannot be made; some of the
    /// symbols may have been added by then.
    pub async fn add<S>(&mut self, symbols: impl IntoIterator<Item = S>) -> Result<(), RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        if let Some(end) = &self.end {
            return Err(end.clone());
        }
        let mut new = HashSet::new();
        let (new, known): (Vec<_>, Vec<_>) = to_symbols(symbols)?
            .into_iter()
            .partition(|symbol| self.place(symbol).is_none() && new.insert(symbol.clone()));
        self.spread(new).await?;
        let mut places: HashMap<usize, Vec<Symbol>> = HashMap::new();
        for symbol in known {
            if let Some(part) = self.place(&symbol) {
                places.entry(part).or_default().push(symbol);
            }
        }
        for (part, symbols) in places {
            self.fill(part, symbols).await?;
        }
        Ok(())
    }

    /// Which session has a symbol.
    fn place(&self, symbol: &Symbol) -> Option<usize> {
        let (part, _) = self.symbols.get(symbol)?;
        (!self.is_over(*part)).then_some(*part)
    }

    /// Finds places for symbols that have none, and begins sessions where there are none left.
    async fn spread(&mut self, new: Vec<Symbol>) -> Result<(), RequestError> {
        let limit = self.pool.0.limits.symbols;
        let mut new = new.into_iter();
        loop {
            let free = |part: &Part| limit.saturating_sub(part.symbols);
            let place = self
                .parts
                .iter()
                .position(|part| !part.is_over && free(part) > 0);
            let room = place
                .and_then(|place| self.parts.get(place))
                .map_or(limit, free);
            let symbols: Vec<Symbol> = new.by_ref().take(room).collect();
            if symbols.is_empty() {
                return Ok(());
            }
            match place {
                Some(part) => self.fill(part, symbols).await?,
                None => self.extend(symbols).await?,
            }
        }
    }

    fn is_over(&self, part: usize) -> bool {
        self.parts.get(part).is_none_or(|part| part.is_over)
    }

    /// Adds symbols to a session.
    async fn fill(&mut self, part: usize, symbols: Vec<Symbol>) -> Result<(), RequestError> {
        if let Some(part) = self.parts.get(part) {
            part.session.add(symbols.clone()).await?;
        }
        self.note(part, symbols);
        Ok(())
    }

    /// Begins another session.
    async fn extend(&mut self, symbols: Vec<Symbol>) -> Result<(), RequestError> {
        let (Member { number, client }, subscription): (_, Subscription) =
            self.pool.place(SessionKind::Quotes).await?;
        let request = QuoteRequest {
            symbols: symbols.clone(),
            ..self.request.clone()
        };
        let session = client.quotes_in(subscription, request).await?;
        self.parts.push(Part {
            connection: number,
            session,
            symbols: 0,
            is_interrupted: false,
            is_over: false,
        });
        self.note(self.parts.len() - 1, symbols);
        Ok(())
    }

    fn note(&mut self, place: usize, symbols: Vec<Symbol>) {
        for symbol in symbols {
            let (at, holders) = self.symbols.entry(symbol).or_insert((place, 0));
            if *at != place {
                // Where it was has ended.
                (*at, *holders) = (place, 0);
            }
            *holders += 1;
            if *holders == 1
                && let Some(part) = self.parts.get_mut(place)
            {
                part.symbols += 1;
            }
        }
    }

    /// Removes symbols and drops their waiting updates. Symbols that were not added are ignored.
    ///
    /// ```no_run
    /// # async fn run(mut quotes: tv_client::PoolQuotes) -> Result<(), tv_client::RequestError> {
    /// quotes.remove(["NASDAQ:MSFT"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Not cancel-safe: a dropped future may have removed some of them.
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol, or if a connection was closed.
    pub async fn remove<S>(
        &mut self,
        symbols: impl IntoIterator<Item = S>,
    ) -> Result<(), RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        let mut removed: HashMap<usize, Vec<Symbol>> = HashMap::new();
        for symbol in to_symbols(symbols)? {
            let Some((place, holders)) = self.symbols.get_mut(&symbol) else {
                continue;
            };
            let place = *place;
            *holders -= 1;
            if *holders == 0 {
                self.symbols.remove(&symbol);
                if let Some(part) = self.parts.get_mut(place) {
                    part.symbols -= 1;
                }
            }
            removed.entry(place).or_default().push(symbol);
        }
        for (place, symbols) in removed {
            if let Some(part) = self.parts.get(place).filter(|part| !part.is_over) {
                part.session.remove(symbols).await?;
            }
        }
        Ok(())
    }

    /// Returns the symbols of each session, in no order. A session that has ended has none.
    ///
    /// ```no_run
    /// # fn run(quotes: tv_client::PoolQuotes) {
    /// for (number, symbols) in quotes.sessions().iter().enumerate() {
    ///     println!("session {number}: {} symbols", symbols.len());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn sessions(&self) -> Vec<Vec<&Symbol>> {
        let mut sessions: Vec<Vec<&Symbol>> = self.parts.iter().map(|_| Vec::new()).collect();
        for (symbol, (place, _)) in &self.symbols {
            if let Some(session) = sessions.get_mut(*place).filter(|_| !self.is_over(*place)) {
                session.push(symbol);
            }
        }
        sessions
    }

    /// Returns the number of the connection that carries a symbol, counted from 0, or `None` if
    /// none does.
    ///
    /// ```no_run
    /// # use tv_client::{PoolQuotes, Symbol};
    /// # fn run(quotes: PoolQuotes) -> Result<(), tv_client::SymbolError> {
    /// let apple = Symbol::new("NASDAQ:AAPL")?;
    /// println!("{apple} comes over connection {:?}", quotes.connection(&apple));
    /// # Ok(())
    /// # }
    /// ```
    pub fn connection(&self, symbol: &Symbol) -> Option<usize> {
        let place = self.place(symbol)?;
        self.parts.get(place).map(|part| part.connection)
    }

    /// Returns the symbols whose session is interrupted, according to the events that were returned
    /// so far.
    ///
    /// ```no_run
    /// # fn run(quotes: tv_client::PoolQuotes) {
    /// for symbol in quotes.interrupted() {
    ///     println!("{symbol} may be outdated");
    /// }
    /// # }
    /// ```
    pub fn interrupted(&self) -> impl Iterator<Item = &Symbol> {
        let is_interrupted = |place: &usize| {
            let part = self.parts.get(*place);
            part.is_some_and(|part| part.is_interrupted && !part.is_over)
        };
        let all = self.symbols.iter();
        all.filter_map(move |(symbol, (place, _))| is_interrupted(place).then_some(symbol))
    }

    /// Returns the next event, or `None` after the last, when every session has ended.
    ///
    /// ```no_run
    /// # use tv_client::{PoolQuotes, QuoteEvent, RequestError};
    /// # async fn run(mut quotes: PoolQuotes) -> Result<(), RequestError> {
    /// while let Some(event) = quotes.next().await {
    ///     if let QuoteEvent::Update(update) = event.into_result()? {
    ///         println!("{} {:?}", update.symbol, update.quote.last());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: an event is either returned or stays in the queue.
    pub async fn next(&mut self) -> Option<QuoteEvent> {
        poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        if self.end.is_some() {
            return Poll::Ready(None);
        }
        let count = self.parts.len();
        for step in 0..count {
            let place = (self.turn + step) % count;
            let Some(part) = self.parts.get_mut(place).filter(|part| !part.is_over) else {
                continue;
            };
            if let Poll::Ready(Some(event)) = part.session.poll_event(context) {
                self.turn = place + 1;
                match event {
                    QuoteEvent::Reconnecting => part.is_interrupted = true,
                    QuoteEvent::Resumed { .. } => part.is_interrupted = false,
                    QuoteEvent::Ended(error) => {
                        return Poll::Ready(Some(self.end_part(place, error)));
                    }
                    _ => {}
                }
                return Poll::Ready(Some(event));
            }
        }
        Poll::Pending
    }

    /// Notes the end of a session, which is that of the stream if no other is left.
    fn end_part(&mut self, place: usize, error: RequestError) -> QuoteEvent {
        if let Some(part) = self.parts.get_mut(place) {
            part.is_over = true;
        }
        if self.parts.iter().all(|part| part.is_over) {
            self.end = Some(error.clone());
            return QuoteEvent::Ended(error);
        }
        let all = self.symbols.iter();
        let symbols = all.filter(|(_, (at, _))| *at == place);
        QuoteEvent::SessionEnded {
            symbols: symbols.map(|(symbol, _)| symbol.clone()).collect(),
            error,
        }
    }
}

impl QuoteStream for PoolQuotes {
    fn last_words(&self, symbol: &Symbol) -> Option<String> {
        let (place, _) = self.symbols.get(symbol)?;
        self.parts.get(*place)?.session.last_words(symbol)
    }
}

impl futures_core::Stream for PoolQuotes {
    type Item = QuoteEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<QuoteEvent>> {
        self.get_mut().poll_event(context)
    }
}
