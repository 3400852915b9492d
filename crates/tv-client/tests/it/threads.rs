//! What may move to another thread, and be used by several: checked by the compiler.

use tv_client::{
    Client, ClientBuilder, ClientError, ConnectError, ConnectionState, ConnectionStates, Dialer,
    History, Pool, PoolBuilder, PoolQuotes, QuoteEvent, QuoteSession, ReplaySession, RequestError,
    Series, SeriesEvent, Study, StudyEvent, TokenSource,
};

const fn is_shared<T: Send + Sync + 'static>() {}

const _: () = {
    is_shared::<Client>();
    is_shared::<ClientBuilder>();
    is_shared::<Pool>();
    is_shared::<PoolBuilder>();
    is_shared::<Dialer>();
    is_shared::<TokenSource>();
    is_shared::<QuoteSession>();
    is_shared::<PoolQuotes>();
    is_shared::<Series>();
    is_shared::<Study>();
    is_shared::<ReplaySession>();
    is_shared::<ConnectionStates>();
    is_shared::<ConnectionState>();
    is_shared::<QuoteEvent>();
    is_shared::<SeriesEvent>();
    is_shared::<StudyEvent>();
    is_shared::<History>();
    is_shared::<ConnectError>();
    is_shared::<ClientError>();
    is_shared::<RequestError>();
};

/// So are the futures of calls, which makes them fit for `tokio::spawn`.
fn is_sent<T: Send>(_: T) {}

#[expect(dead_code, reason = "the compiler checks it; there is nothing to run")]
fn calls_can_be_spawned(client: &Client, pool: &Pool, builder: ClientBuilder) {
    let quotes = || tv_client::QuoteRequest::new(["A:B"]).unwrap();
    let series = || tv_client::SeriesRequest::new("A:B", tv_client::Interval::DAY).unwrap();
    let history = || tv_client::HistoryRequest::new("A:B", tv_client::Interval::DAY).unwrap();
    is_sent(client.quotes(quotes()));
    is_sent(client.series(series()));
    is_sent(client.history(history()));
    is_sent(client.renew());
    is_sent(client.clone().close());
    is_sent(pool.quotes(quotes()));
    is_sent(pool.series(series()));
    is_sent(pool.history(history()));
    is_sent(pool.renew());
    is_sent(pool.clone().close());
    is_sent(builder.clone().connect());
    is_sent(Pool::builder(builder).connect());
}
