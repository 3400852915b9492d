//! Quote events through one whole client on one core: socket, WebSocket, frames, decoding, routing,
//! merging, delivery and the reader.
//!
//! `cargo bench -p tv-benches --bench client`: of 300 symbols, whose states fit into a cache, and
//! of 2,000; `-- SYMBOLS SECONDS` for others; `-- count SYMBOLS EVENTS` reads this number of events
//! and measures nothing, for tools that count instructions (`scripts/client-instructions`). A
//! sender in a process of its own writes updates in the shape of W1, encoded beforehand, as fast as
//! they are taken. Symbols come in turn, so that the reader gets each update by itself unless it
//! falls behind by the whole list; the output says how many were merged with later ones. Both
//! processes have a core of their own where cores can be chosen. Besides the time on the clock it
//! prints the processor time of the client, which other work on the machine disturbs less.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement prints, and fails by panicking"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use client::{Client, QuoteEvent, QuoteRequest};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};
use tv_benches::{QUOTE_SESSION, watch_list};

const SYMBOLS: [usize; 2] = [300, 2_000];
const SECONDS: u64 = 5;

/// Events a second: what must be, and what is aimed at.
const GATE: f64 = 300_000.0;
const GOAL: f64 = 1_000_000.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = arguments.iter().filter_map(|word| word.parse().ok());
    let symbols: Option<usize> = numbers.next();
    if arguments.first().is_some_and(|word| word == "send") {
        return send(symbols.expect("how many symbols"));
    }
    if arguments.first().is_some_and(|word| word == "count") {
        let events = numbers.next().expect("the number of events");
        let counted = serve(
            symbols.expect("how many symbols"),
            Until::Events(events as u64),
        );
        println!("{} events", counted.events);
        return;
    }
    let seconds = numbers.next().map_or(SECONDS, |seconds| seconds as u64);
    let mut all_hold = true;
    for symbols in symbols.map_or_else(|| SYMBOLS.to_vec(), |symbols| vec![symbols]) {
        all_hold &= measure(symbols, Duration::from_secs(seconds)) >= GATE;
    }
    if !all_hold {
        std::process::exit(1);
    }
}

fn names(symbols: usize) -> Vec<String> {
    (0..symbols)
        .map(|number| format!("BENCH:S{number}"))
        .collect()
}

/// When to stop reading.
#[derive(Clone, Copy)]
enum Until {
    /// After this time.
    Time(Duration),
    /// After this number of events.
    Events(u64),
}

/// Starts a sender, reads what it sends, and ends it.
fn serve(symbols: usize, until: Until) -> Counted {
    let program = std::env::current_exe().expect("this program");
    let mut sender = Command::new(program)
        .args(["send", &symbols.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the sender starts");
    pin(sender.id(), 1);
    pin(std::process::id(), 0);
    let mut port = String::new();
    let reported = sender.stdout.take().expect("its output");
    BufReader::new(reported)
        .read_line(&mut port)
        .expect("its port");

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let counted = runtime.block_on(read(
        &format!("ws://127.0.0.1:{}/", port.trim()),
        symbols,
        until,
    ));
    drop(sender.stdin.take());
    sender.wait().expect("the sender ends");
    counted
}

/// Prints what it measures; gives the events of a second of processor time.
fn measure(symbols: usize, time: Duration) -> f64 {
    let Counted {
        events,
        frames,
        wall,
        processor,
    } = serve(symbols, Until::Time(time));
    let a_second = |count: u64, time: Duration| count as f64 / time.as_secs_f64();
    println!(
        "{symbols} symbols, {events} events read of {frames} frames in {wall:?}, {processor:?} of processor time"
    );
    println!(
        "  {:.1} % were merged with later ones",
        100.0 * (1.0 - events as f64 / frames as f64)
    );
    println!("  {:.0} events a second", a_second(events, wall));
    let one_core = if processor.is_zero() { wall } else { processor };
    let rate = a_second(events, one_core);
    let verdict = match rate {
        rate if rate >= GOAL => "reaches the goal of 1,000,000",
        rate if rate >= GATE => "holds the gate of 300,000",
        _ => "MISSES the gate of 300,000",
    };
    println!("  {rate:.0} events for each second of processor time: {verdict}");
    rate
}

/// What was counted behind the warm-up.
struct Counted {
    events: u64,
    frames: u64,
    wall: Duration,
    processor: Duration,
}

async fn read(url: &str, symbols: usize, until: Until) -> Counted {
    let client = Client::builder()
        .endpoint(url)
        .connect()
        .await
        .expect("a connection");
    let names = names(symbols);
    let request = QuoteRequest::new(&names).expect("symbols");
    let mut quotes = client.quotes(request).await.expect("a session");
    let mut events = 0_u64;
    // What holds for every event, so that the reader looks at it.
    let mut sum = 0.0;
    let mut deadline = None;
    let mut from = (0, 0, Duration::ZERO, Instant::now());
    loop {
        match quotes.next().await.expect("an event") {
            QuoteEvent::Update(update) => {
                events += 1;
                sum += update.quote.last().unwrap_or_default();
                assert!(!update.changed.is_empty());
            }
            other => panic!("{other:?}"),
        }
        if let Until::Events(most) = until
            && events >= most
        {
            break;
        }
        if !events.is_multiple_of(4_096) {
            continue;
        }
        match (until, deadline) {
            // Every symbol has a whole state by then, and every buffer its size.
            (Until::Time(time), None) if events >= 20 * symbols as u64 => {
                let frames = client.counters().await.expect("counters").received.frames;
                deadline = Some(Instant::now() + time);
                from = (events, frames, processor_time(), Instant::now());
            }
            (_, Some(deadline)) if deadline <= Instant::now() => break,
            _ => {}
        }
    }
    let (wall, processor) = (from.3.elapsed(), processor_time().saturating_sub(from.2));
    let frames = client.counters().await.expect("counters").received.frames - from.1;
    assert!(sum > 0.0, "prices came");
    let events = events - from.0;
    // Not said goodbye to: the sender's frames would have to be read to the end.
    Counted {
        events,
        frames,
        wall,
        processor,
    }
}

/// How long this thread has had a processor; zero where Linux does not say.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// Gives a process a core of its own, where there are several and the tool is there.
fn pin(process: u32, core: usize) {
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > core) || core == 0 {
        let mut command = Command::new("taskset");
        command.args(["-a", "-p", "-c", &core.to_string(), &process.to_string()]);
        let _absent = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Serves one client, until the input ends.
fn send(symbols: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("its address").port());
    std::thread::spawn(move || {
        let names = names(symbols);
        let texts = watch_list(&names, 40_000_usize.div_ceil(symbols)).messages;
        let (socket, _) = listener.accept().expect("a connection");
        let mut socket = tungstenite::accept(socket).expect("a handshake");
        let session = greet(&mut socket);
        let frames = encode(&texts, &session);
        let mut socket = socket.into_inner();
        let mut drain = socket.try_clone().expect("another handle");
        std::thread::spawn(move || std::io::copy(&mut drain, &mut std::io::sink()));
        // Until the client is gone.
        while socket.write_all(&frames).is_ok() {}
    });
    std::io::stdin()
        .read_to_end(&mut Vec::new())
        .expect("the end of the input");
}

/// Greets, and reads commands up to the last one; gives the quote session.
fn greet(socket: &mut WebSocket<TcpStream>) -> String {
    let hello = r#"{"session_id":"<0.1.1>_bench","timestamp":1700000000,"timestampMs":1700000000000,"release":"bench","protocol":"json"}"#;
    let hello = format!("~m~{}~m~{hello}", hello.len());
    socket
        .send(Message::text(hello))
        .expect("the greeting is sent");
    let mut session = None;
    loop {
        let message = socket.read().expect("a command");
        let text = message.to_text().expect("text");
        if let Some((_, rest)) = text.split_once("\"quote_create_session\",\"p\":[\"") {
            session = rest.split('"').next().map(str::to_owned);
        }
        if text.contains("\"quote_fast_symbols\"") {
            return session.expect("a session came first");
        }
    }
}

/// Every message as an unmasked text frame of the client's session.
fn encode(texts: &[String], session: &str) -> Vec<u8> {
    assert_eq!(session.len(), QUOTE_SESSION.len(), "lengths stay right");
    let mut out = Vec::new();
    for text in texts {
        out.push(0x81);
        match u8::try_from(text.len()) {
            Ok(length @ 0..=125) => out.push(length),
            _ => {
                out.push(126);
                let length = u16::try_from(text.len()).expect("messages are short");
                out.extend(length.to_be_bytes());
            }
        }
        out.extend(text.replace(QUOTE_SESSION, session).as_bytes());
    }
    out
}
