//! Two hours of quotes in virtual time: tokens that expire, cookies that are revoked, a plan that
//! is lost.

use std::{future::Future, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use client::{Client, ConnectionState, Dialer, QuoteEvent, QuoteRequest, TokenSource};
use sim::{SimServer, Tier, Tiers};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::spawn_blocking,
    time::{Instant, sleep_until, timeout_at},
};
use tv_http::{
    account::SessionCookies,
    client::{HostLimiter, HttpClient},
    login::{Account, AccountState},
};

/// When the simulator begins, in seconds.
const EPOCH: i64 = 1_790_726_400;

/// How long tokens live: shorter than the real ones, so that two hours see several.
const LIFE: Duration = Duration::from_secs(40 * 60);

const TWO_HOURS: Duration = Duration::from_secs(2 * 3_600);

/// Waits for what goes over sockets, while the virtual clock stands still: else it would run ahead
/// to the next time-out.
async fn at_once<T>(work: impl Future<Output = T>) -> T {
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let hold = spawn_blocking(move || wait.recv());
    let output = work.await;
    drop(done);
    let _ended = hold.await;
    output
}

/// The token of a number, with a plan: each is made a minute before the one before it ends.
fn jwt(number: usize, plan: &str) -> String {
    let life = i64::try_from(LIFE.as_secs()).unwrap();
    let now = EPOCH + i64::try_from(number).unwrap() * (life - 60);
    let end = now + life;
    let claims = format!(r#"{{"iat":{now},"exp":{end},"plan":"{plan}"}}"#);
    format!(
        "eyJhbGciOiJSUzUxMiJ9.{}.sig",
        URL_SAFE_NO_PAD.encode(claims)
    )
}

/// Answers requests by their number: with a token of this plan, or as to cookies that are not
/// known. Counts them.
async fn site(
    answer: impl Fn(usize) -> Option<&'static str> + Send + 'static,
) -> (String, watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (count, counted) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let number = *count.borrow();
            count.send_replace(number + 1);
            let body = match answer(number) {
                Some(plan) => format!("\"{}\"", jwt(number, plan)),
                None => "<html><script>var user = {};</script></html>".to_owned(),
            };
            reply(stream, &body).await;
        }
    });
    (address, counted)
}

async fn reply(mut stream: TcpStream, body: &str) {
    let mut buffer = [0; 8_192];
    let _request = stream.read(&mut buffer).await.unwrap();
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
}

/// The simulator knows the tokens of these tests alone.
fn known_tokens() -> Tiers {
    let numbers = 0..6;
    let tokens =
        numbers.flat_map(|number| ["", "pro", "pro_premium"].map(|plan| jwt(number, plan)));
    tokens.fold(Tiers::new(), |tiers, token| {
        tiers.token(token, Tier::Premium)
    })
}

/// What two hours were like.
struct Run {
    requests: usize,
    states: Vec<ConnectionState>,
    /// In which of the eight quarters of an hour quotes came.
    quarters: Vec<bool>,
    account: AccountState,
    is_interrupted: bool,
}

async fn two_hours(answer: impl Fn(usize) -> Option<&'static str> + Send + 'static) -> Run {
    let begin = Instant::now();
    let (address, count) = site(answer).await;
    let client = HttpClient::builder()
        .base_of_all(address)
        .limiter(HostLimiter::unlimited())
        .retries(0)
        .build()
        .unwrap();
    let account = Account::new(&client, SessionCookies::new("abc", Some("v3:def")).unwrap());
    let fetch = account.tokens();
    let source = TokenSource::new(move || at_once(fetch()));
    let sim = SimServer::builder()
        .epoch(EPOCH * 1_000)
        .rate(0.05)
        .tiers(known_tokens().expire_after(LIFE));
    let sim = Arc::new(sim.build().unwrap());
    let served = Arc::clone(&sim);
    let dialer = Dialer::new(move |_, _| {
        let stream = served.connect();
        async move { Ok(stream) }
    });
    let client = Client::builder()
        .endpoint(sim.url())
        .dialer(dialer)
        .auth(source);
    let client = client.connect().await.unwrap();
    let mut states = client.states();
    let mut quotes = client
        .quotes(QuoteRequest::new(["BINANCE:BTCUSDT"]).unwrap())
        .await
        .unwrap();
    let mut run = Run {
        requests: 0,
        states: Vec::new(),
        quarters: vec![false; 8],
        account: AccountState::Unchecked,
        is_interrupted: false,
    };
    let end = begin + TWO_HOURS;
    while let Ok(Some(event)) = timeout_at(end, quotes.next()).await {
        let quarter = usize::try_from(begin.elapsed().as_secs() / 900).unwrap();
        match event {
            QuoteEvent::Update(_) => {
                if let Some(is_alive) = run.quarters.get_mut(quarter) {
                    *is_alive = true;
                }
            }
            QuoteEvent::Reconnecting => run.is_interrupted = true,
            QuoteEvent::Ended(error) => panic!("{error}"),
            _ => {}
        }
    }
    sleep_until(end).await;
    while let Ok(Some(state)) = timeout_at(Instant::now(), states.next()).await {
        run.states.push(state);
    }
    run.requests = *count.borrow();
    run.account = account.state();
    client.close().await;
    run
}

/// The generations of connections that were open.
fn generations(run: &Run) -> Vec<u64> {
    let states = run.states.iter();
    states
        .filter_map(|state| match state {
            ConnectionState::Open { generation } => Some(*generation),
            _ => None,
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn quotes_go_on_while_tokens_are_renewed_once_each() {
    let run = two_hours(|_| Some("pro_premium")).await;
    // At the beginning, and a minute before the end of the first three.
    assert_eq!(run.requests, 4);
    assert_eq!(generations(&run), [1], "{:?}", run.states);
    assert!(!run.is_interrupted && run.quarters.iter().all(|is_alive| *is_alive));
    let AccountState::SignedIn {
        plan,
        lost_plan: None,
        ..
    } = run.account
    else {
        panic!("{:?}", run.account);
    };
    assert_eq!(plan.as_deref(), Some("pro_premium"));
}

#[tokio::test(start_paused = true)]
async fn revoked_cookies_are_tried_once_and_the_stream_says_that_it_waits() {
    let run = two_hours(|number| (number == 0).then_some("pro")).await;
    // One attempt in two ways; then never again.
    assert_eq!(run.requests, 3);
    assert_eq!(generations(&run), [1], "{:?}", run.states);
    assert!(
        matches!(run.account, AccountState::Ended(_)),
        "{:?}",
        run.account
    );
    // The last token is used to its end.
    assert_eq!(
        run.quarters,
        [true, true, true, false, false, false, false, false]
    );
    assert!(run.is_interrupted);
    let Some(ConnectionState::Reconnecting {
        reason: Some(reason),
        ..
    }) = run.states.last()
    else {
        panic!("{:?}", run.states.last());
    };
    assert!(reason.is_authentication(), "{reason}");
    // Not a loop: an attempt a minute, none with a request to the site.
    assert!(run.states.len() < 200, "{}", run.states.len());
}

#[tokio::test(start_paused = true)]
async fn a_lost_plan_is_stated_and_quotes_go_on() {
    let run = two_hours(|number| Some(if number == 0 { "pro_premium" } else { "" })).await;
    assert_eq!(run.requests, 4);
    assert_eq!(generations(&run), [1], "{:?}", run.states);
    assert!(run.quarters.iter().all(|is_alive| *is_alive));
    let AccountState::SignedIn {
        plan: None,
        lost_plan,
        ..
    } = run.account
    else {
        panic!("{:?}", run.account);
    };
    assert_eq!(lost_plan.as_deref(), Some("pro_premium"));
}
