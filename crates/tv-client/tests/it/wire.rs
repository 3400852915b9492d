//! Commands that are sent by hand, and the tap.

use tv_client::{
    AuthToken, Client, ConnectionState, Json, Pool, PoolLimits, QuoteEvent, QuoteRequest, Renewal,
    wire::{
        ClientMessage, Direction, SendError, ServerMessage, SessionId, Tap, TapEvent, TapMessage,
        command,
    },
};

use crate::{connect, eventually, simulator, soon, start};

/// Reads a tap until something is found in an event.
async fn find<T>(tap: &mut Tap, mut look: impl FnMut(&TapEvent) -> Option<T>) -> T {
    soon("event of the tap", async {
        loop {
            let event = tap.next().await.unwrap();
            if let Some(found) = look(&event) {
                break found;
            }
        }
    })
    .await
}

/// Reads a tap up to a message with a text.
async fn message(tap: &mut Tap, direction: Direction, text: &str) -> TapMessage {
    find(tap, |event| match event {
        TapEvent::Message(message)
            if message.direction == direction && message.text.contains(text) =>
        {
            Some(message.clone())
        }
        _ => None,
    })
    .await
}

/// Opens a quote session by hand.
async fn open(client: &Client, symbols: &[&str]) -> Result<SessionId, SendError> {
    let id = client.sender().session_id(SessionId::QUOTE);
    let session = || id.as_str().into();
    client
        .send(command::QuoteCreateSession { session: session() })
        .await?;
    let fields = vec!["lp".into()];
    client
        .send(command::QuoteSetFields {
            session: session(),
            fields,
        })
        .await?;
    let symbols = symbols.iter().copied().collect();
    client
        .send(command::QuoteAddSymbols {
            session: session(),
            symbols,
        })
        .await?;
    Ok(id)
}

#[tokio::test]
async fn a_session_of_ones_own_is_served_beside_those_of_the_client() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let mut tap = client.tap();
    let request = QuoteRequest::new(["NASDAQ:AAPL"]).unwrap();
    let mut quotes = client.quotes(request).await.unwrap();
    let id = open(&client, &["NASDAQ:MSFT"]).await.unwrap();
    let name = find(&mut tap, |event| {
        let TapEvent::Message(message) = event else {
            return None;
        };
        message.payloads().find_map(|payload| {
            let ServerMessage::QuoteData(quote) = ServerMessage::decode(payload).message else {
                return None;
            };
            (quote.session == id.as_str()).then(|| quote.data.name.to_text().into_owned())
        })
    })
    .await;
    assert_eq!(name, "NASDAQ:MSFT");
    // The client's own stream has its own symbol only.
    for _ in 0..20 {
        if let QuoteEvent::Update(update) = soon("quote", quotes.next()).await.unwrap() {
            assert_eq!(update.symbol, "NASDAQ:AAPL");
        }
    }
    assert_eq!(client.counters().await.unwrap().late_messages, 0);
    // A method without a struct goes out as it was written.
    let params = Json::new(&(id.as_str(), 7, [true])).unwrap();
    let custom = ClientMessage::custom("new_method", &params);
    client.send(custom).await.unwrap();
    let sent = message(&mut tap, Direction::Out, "new_method").await;
    let expected = format!(r#"{{"m":"new_method","p":["{id}",7,[true]]}}"#);
    assert_eq!(sent.payloads().collect::<Vec<_>>(), [expected]);
    soon("close", client.close()).await;
    while soon("end", tap.next()).await.is_some() {}
}

#[tokio::test]
async fn the_sessions_of_subscriptions_are_out_of_reach() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let mut tap = client.tap();
    let request = QuoteRequest::new(["NASDAQ:AAPL"]).unwrap();
    let mut quotes = client.quotes(request).await.unwrap();
    let create = message(&mut tap, Direction::Out, "quote_create_session").await;
    let payload = create.payloads().next().unwrap().to_owned();
    let session = ClientMessage::decode(&payload).session().unwrap();
    let delete = command::QuoteDeleteSession {
        session: session.as_str().into(),
    };
    let error = client.send(delete).await.unwrap_err();
    assert_eq!(
        error,
        SendError::Owned {
            session: session.clone()
        }
    );
    assert!(error.to_string().contains("create a session of your own"));
    for _ in 0..5 {
        let event = soon("quote", quotes.next()).await.unwrap();
        assert!(
            matches!(event, QuoteEvent::Update(_) | QuoteEvent::Completed { .. }),
            "{event:?}"
        );
    }
}

#[tokio::test]
async fn what_was_made_by_hand_does_not_survive_its_connection_and_both_sides_say_so() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let mut tap = client.tap();
    let id = open(&client, &["NASDAQ:MSFT"]).await.unwrap();
    let renewed = soon("renewal", client.renew()).await.unwrap();
    assert_eq!(renewed, Renewal::Seamless);
    let (connection, reason, lost) = find(&mut tap, |event| match event {
        TapEvent::Closed {
            connection,
            reason,
            lost_sessions,
            ..
        } => Some((*connection, reason.clone(), lost_sessions.clone())),
        _ => None,
    })
    .await;
    assert_eq!((connection, reason, lost), (1, None, vec![id.clone()]));
    let remove = || command::QuoteHibernateAll {
        session: id.as_str().into(),
    };
    let unknown = SendError::UnknownSession {
        session: id.to_string(),
    };
    assert_eq!(client.send(remove()).await, Err(unknown));
    // Another connection takes another session.
    let again = open(&client, &["NASDAQ:MSFT"]).await.unwrap();
    let sent = message(&mut tap, Direction::Out, again.as_str()).await;
    assert_eq!(sent.connection, 2);
    sim.shutdown().await;
    eventually("loss", || {
        matches!(client.state(), ConnectionState::Reconnecting { .. })
    })
    .await;
    let lost = find(&mut tap, |event| match event {
        TapEvent::Closed {
            connection: 2,
            reason: Some(_),
            lost_sessions,
            ..
        } => Some(lost_sessions.clone()),
        _ => None,
    })
    .await;
    assert_eq!(lost, [again]);
    assert_eq!(client.send(remove()).await, Err(SendError::NotConnected));
    let clone = client.clone();
    soon("close", client.close()).await;
    assert!(
        clone
            .send(remove())
            .await
            .is_err_and(|error| error.is_closed())
    );
}

#[tokio::test]
async fn a_tap_shows_how_a_connection_begins_and_masks_the_token_at_equal_length() {
    const TOKEN: &str = "eyCANARYhbGciOiJSUzUxMiJ9.eyJ1c2VyX2lkIjo0fQ.c2lnbmF0dXJl";
    let sim = start(simulator()).await;
    let builder = Client::builder()
        .endpoint(sim.url())
        .auth(AuthToken::new(TOKEN));
    let client = soon("connection", builder.connect()).await.unwrap();
    let mut tap = client.tap();
    soon("renewal", client.renew()).await.unwrap();
    let opened = find(&mut tap, |event| match event {
        TapEvent::Opened { connection, time } => Some((*connection, *time)),
        _ => None,
    })
    .await;
    assert_eq!(opened.0, 2);
    let hello = message(&mut tap, Direction::In, "session_id").await;
    assert!(hello.connection == 2 && hello.time >= opened.1);
    let sign_in = message(&mut tap, Direction::Out, "set_auth_token").await;
    assert!(sign_in.time >= hello.time);
    let payload = sign_in.payloads().next().unwrap();
    let ClientMessage::SetAuthToken(signed) = ClientMessage::decode(payload) else {
        panic!("{payload}");
    };
    assert_eq!(signed.token.expose(), "*".repeat(TOKEN.len()));
    // The client itself is the only one that sends it.
    let token = AuthToken::new(TOKEN);
    let by_hand = command::SetAuthToken {
        token: (&token).into(),
    };
    let error = client.send(by_hand).await.unwrap_err();
    assert!(matches!(error, SendError::Reserved { .. }));
    assert!(!format!("{error} {error:?}").contains("CANARY"));
}

#[tokio::test]
async fn sessions_that_are_made_by_hand_count_among_those_of_a_pools_connection() {
    let sim = start(simulator()).await;
    let limits = PoolLimits::default()
        .connections(2)
        .sessions_per_connection(2);
    let builder = Client::builder().endpoint(sim.url());
    let pool = Pool::builder(builder).limits(limits).connect();
    let pool = soon("pool", pool).await.unwrap();
    let first = pool.clients().remove(0);
    let ids = [
        open(&first, &["NASDAQ:MSFT"]).await.unwrap(),
        open(&first, &["NASDAQ:AAPL"]).await.unwrap(),
    ];
    let quotes = || QuoteRequest::new(["NASDAQ:AAPL"]).unwrap();
    let _beside = soon("quotes", pool.quotes(quotes())).await.unwrap();
    assert_eq!(pool.clients().len(), 2, "the first connection is full");
    for id in ids {
        let session = id.as_str().into();
        let delete = command::QuoteDeleteSession { session };
        first.send(delete).await.unwrap();
    }
    let _first = soon("quotes", pool.quotes(quotes())).await.unwrap();
    let _second = soon("quotes", pool.quotes(quotes())).await.unwrap();
    assert_eq!(pool.clients().len(), 2, "there is room again");
    soon("close", pool.close()).await;
}
