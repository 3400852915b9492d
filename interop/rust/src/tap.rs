//! A connection of the client whose handler keeps what it is given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tradingview::live::handler::Handler;
use tradingview::websocket::WebSocketClient;
use tradingview::{DataServer, Error, TradingViewDataEvent};

const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(20);

/// An event, as the client names it, with its parameters.
pub type Seen = (TradingViewDataEvent, Vec<Value>);

/// Everything that came, in order.
#[derive(Clone, Default)]
pub struct Tap(Arc<Mutex<Vec<Seen>>>);

impl Handler for Tap {
    fn handle_events(&self, event: TradingViewDataEvent, message: &[Value]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push((event, message.to_vec()));
    }

    fn handle_quote_data(&self, _message: &[Value]) {}

    fn handle_series_data(&self, _event: TradingViewDataEvent, _messages: &[Value]) {}

    fn notify_error(&self, error: Error, _message: &[Value]) {
        eprintln!("the client reported of an error: {error}");
    }
}

/// The client, and the events that it has got.
pub struct Peer {
    /// The client.
    pub client: Arc<WebSocketClient<Tap>>,
    /// The events that it has got.
    pub tap: Tap,
}

/// Connects a new client as a guest.
pub async fn connect() -> Result<Peer, String> {
    let peer = connect_to(DataServer::Data, None).await?;
    Arc::clone(&peer.client).spawn_reader_task();
    Ok(peer)
}

/// Connects a new client, which does not read yet.
pub async fn connect_to(server: DataServer, token: Option<&str>) -> Result<Peer, String> {
    let tap = Tap::default();
    let client = WebSocketClient::builder()
        .server(server)
        .maybe_auth_token(token)
        .handler(tap.clone())
        .build()
        .await
        .map_err(|error| error.to_string())?;
    Ok(Peer { client, tap })
}

impl Tap {
    /// What `look` finds in everything that came so far.
    pub fn look<T>(&self, look: impl FnOnce(&[Seen]) -> T) -> T {
        look(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until `find` finds something.
    pub async fn until<T>(
        &self,
        what: &str,
        mut find: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T, String> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = find(self) {
                return Ok(found);
            }
            if Instant::now() > end {
                let last = self.look(|seen| format!("{:?}", seen.last()));
                return Err(format!("waited for {what}; the last was {last:.300}"));
            }
            tokio::time::sleep(STEP).await;
        }
    }

    /// How many of a kind came for a session.
    pub fn count(&self, kind: TradingViewDataEvent, session: &str) -> usize {
        self.look(|seen| {
            let those = seen
                .iter()
                .filter(|(event, p)| *event == kind && of(p, session));
            those.count()
        })
    }

    /// Waits for the `n`th of a kind in a session, counted from 1, and gives its parameters.
    pub async fn nth(
        &self,
        n: usize,
        kind: TradingViewDataEvent,
        session: &str,
    ) -> Result<Vec<Value>, String> {
        self.until(&format!("{kind:?} no. {n} of {session}"), |tap| {
            tap.look(|seen| {
                let mut those = seen
                    .iter()
                    .filter(|(event, p)| *event == kind && of(p, session));
                those.nth(n - 1).map(|(_, params)| params.clone())
            })
        })
        .await
    }

    /// The rows of a series (`s`) or a study (`st`) by time, in their last versions.
    pub fn rows(&self, session: &str, id: &str, list: &str) -> BTreeMap<i64, Vec<f64>> {
        self.look(|seen| {
            let updates = seen.iter().filter(|(event, p)| {
                matches!(
                    event,
                    TradingViewDataEvent::OnChartData | TradingViewDataEvent::OnChartDataUpdate
                ) && of(p, session)
            });
            let rows = updates.filter_map(|(_, p)| p.get(1)?.get(id)?.get(list)?.as_array());
            rows.flatten()
                .filter_map(|row| serde_json::from_value::<Vec<f64>>(row.get("v")?.clone()).ok())
                .map(|values| (values[0] as i64, values))
                .collect()
        })
    }

    /// The `v`s of the quotes of a symbol, oldest first.
    pub fn quotes(&self, session: &str, symbol: &str) -> Vec<Value> {
        self.look(|seen| {
            let those = seen.iter().filter(|(event, p)| {
                *event == TradingViewDataEvent::OnQuoteData && of(p, session) && p[1]["n"] == symbol
            });
            those.map(|(_, p)| p[1]["v"].clone()).collect()
        })
    }
}

fn of(params: &[Value], session: &str) -> bool {
    params.first().is_some_and(|first| first == session)
}
