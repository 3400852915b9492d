//! Commands through a proxy on this machine, for the WebSocket and for HTTP.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::program::{Done, run_command, simulator, tvfeed};

const USER: &str = "me";
const PASSWORD: &str = "CANARY@1";

/// How the password is written in an address.
const LOGIN: &str = "me:CANARY%401";

/// A proxy that wants a login. It knows no names, and reaches this machine alone.
struct Proxy {
    port: u16,
    /// The targets, each after the word of how it was asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(serve: fn(TcpStream, &Mutex<Vec<String>>) -> io::Result<()>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, log) = (stream.unwrap(), Arc::clone(&log));
                // What goes wrong is seen at the client.
                thread::spawn(move || serve(stream, &log).is_ok());
            }
        });
        Self { port, asked }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// Connects to a target of this machine.
fn reach(target: &str) -> io::Result<TcpStream> {
    match target.starts_with("127.0.0.1:") {
        true => TcpStream::connect(target),
        false => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Copies both ways until both sides have ended.
fn join(near: TcpStream, far: TcpStream) -> io::Result<()> {
    let (mut from_near, mut to_far) = (near.try_clone()?, far.try_clone()?);
    let there = thread::spawn(move || {
        let copied = io::copy(&mut from_near, &mut to_far);
        let _gone = to_far.shutdown(Shutdown::Write);
        copied.is_ok()
    });
    let (mut from_far, mut to_near) = (far, near);
    let _gone = io::copy(&mut from_far, &mut to_near);
    let _gone = to_near.shutdown(Shutdown::Both);
    let _done = there.join();
    Ok(())
}

/// CONNECT, and requests with a whole address, as HTTP without TLS has them.
fn http(mut near: TcpStream, log: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        near.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let expected = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    let is_known = head.lines().any(|line| {
        let field = line.split_once(':');
        field.is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("proxy-authorization") && value.trim() == expected
        })
    });
    if !is_known {
        log.lock().unwrap().push("refused".to_owned());
        return near
            .write_all(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
    let (first, rest) = head.split_once("\r\n").unwrap();
    let words: Vec<&str> = first.split(' ').collect();
    let (method, target) = (words[0], words[1]);
    if method == "CONNECT" {
        log.lock().unwrap().push(format!("CONNECT {target}"));
        let Ok(far) = reach(target) else {
            return near.write_all(b"HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n");
        };
        near.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        return join(near, far);
    }
    let address = target.strip_prefix("http://").unwrap_or_default();
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    log.lock().unwrap().push(format!("{method} {host}"));
    let mut far = reach(host)?;
    write!(far, "{method} /{path} HTTP/1.1\r\n{rest}")?;
    join(near, far)
}

fn socks(mut near: TcpStream, log: &Mutex<Vec<String>>) -> io::Result<()> {
    let bytes = |near: &mut TcpStream, length: usize| {
        let mut bytes = vec![0; length];
        near.read_exact(&mut bytes).map(|()| bytes)
    };
    let count = bytes(&mut near, 2)?[1];
    let methods = bytes(&mut near, usize::from(count))?;
    if !methods.contains(&2) {
        log.lock().unwrap().push("refused".to_owned());
        return near.write_all(&[5, 255]);
    }
    near.write_all(&[5, 2])?;
    let text = |near: &mut TcpStream| {
        let length = bytes(near, 1)?[0];
        let text = bytes(near, usize::from(length))?;
        io::Result::Ok(String::from_utf8(text).unwrap())
    };
    bytes(&mut near, 1)?;
    let (user, password) = (text(&mut near)?, text(&mut near)?);
    if (user.as_str(), password.as_str()) != (USER, PASSWORD) {
        log.lock().unwrap().push("refused".to_owned());
        return near.write_all(&[1, 1]);
    }
    near.write_all(&[1, 0])?;
    let host = match bytes(&mut near, 4)?[3] {
        1 => {
            let parts = bytes(&mut near, 4)?;
            let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            parts.join(".")
        }
        _ => text(&mut near)?,
    };
    let port = bytes(&mut near, 2)?;
    let target = format!("{host}:{}", u16::from_be_bytes([port[0], port[1]]));
    log.lock().unwrap().push(format!("SOCKS {target}"));
    let Ok(far) = reach(&target) else {
        return near.write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]);
    };
    near.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
    join(near, far)
}

/// Runs a command line; `variables` are of its environment. Nothing shows the password.
fn run(line: &str, variables: &[(&str, &str)]) -> Done {
    let mut command = tvfeed(line.split(' '));
    for (name, value) in variables {
        command.env(name, value);
    }
    let done = run_command(command);
    let all = format!("{}{}", done.stdout, done.stderr);
    let encoded = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    assert!(!all.contains("CANARY") && !all.contains(&encoded), "{all}");
    done
}

#[test]
fn every_command_goes_through_the_proxy_that_is_given() {
    let sim = simulator(["--rate", "50"]);
    for (scheme, proxy, socket, request) in [
        ("http", Proxy::start(http), "CONNECT", "GET"),
        ("socks5", Proxy::start(socks), "SOCKS", "SOCKS"),
    ] {
        let options = format!(
            "--endpoint {} --proxy {scheme}://{LOGIN}@127.0.0.1:{} -vvv",
            sim.url, proxy.port
        );
        for (line, word) in [
            ("quote NASDAQ:AAPL --count 1", socket),
            ("bars NASDAQ:AAPL -i 1D -n 2", socket),
            ("search apple", request),
            ("symbol NASDAQ:AAPL", request),
            ("pine list", request),
        ] {
            let done = run(&format!("{line} {options}"), &[]);
            assert_eq!(done.status, Some(0), "{line} {done:?}");
            let asked = proxy.take();
            let expected = format!("{word} {}", sim.address());
            assert!(!asked.is_empty(), "{line}");
            assert!(asked.iter().all(|it| *it == expected), "{line} {asked:?}");
        }
        // Both halves, and a report without the proxy's name.
        let done = run(&format!("check NASDAQ:AAPL {options}"), &[]);
        assert!(done.stdout.contains("the proxy, addresses: 1"), "{done:?}");
        assert!(!done.stdout.contains(&proxy.port.to_string()), "{done:?}");
        assert!(!done.stdout.contains("FAILED"), "{done:?}");
        let asked = proxy.take();
        for word in [socket, request] {
            let expected = format!("{word} {}", sim.address());
            assert!(asked.contains(&expected), "{asked:?}");
        }
    }
}

#[test]
fn a_proxy_that_refuses_is_named_as_the_cause() {
    let sim = simulator(["--rate", "50"]);
    for (scheme, proxy) in [
        ("http", Proxy::start(http)),
        ("socks5", Proxy::start(socks)),
    ] {
        for line in ["quote NASDAQ:AAPL --count 1", "search apple"] {
            let wrong = format!("{scheme}://me:CANARYwrong@127.0.0.1:{}", proxy.port);
            let done = run(
                &format!("{line} --endpoint {} --proxy {wrong}", sim.url),
                &[],
            );
            assert!(matches!(done.status, Some(3 | 4)), "{done:?}");
            assert!(done.stderr.to_lowercase().contains("proxy"), "{done:?}");
            assert!(proxy.take().contains(&"refused".to_owned()), "{line}");
        }
    }
}

#[test]
fn the_proxy_of_the_environment_is_for_other_machines() {
    let proxy = Proxy::start(http);
    let address = format!("http://{LOGIN}@127.0.0.1:{}", proxy.port);
    let sim = simulator(["--rate", "50"]);
    let variables = [
        ("HTTPS_PROXY", address.as_str()),
        ("ALL_PROXY", "http://127.0.0.1:9"),
    ];
    for line in ["quote NASDAQ:AAPL --count 1", "search apple"] {
        let local = format!("{line} --endpoint {}", sim.url);
        assert_eq!(run(&local, &variables).status, Some(0), "{line}");
        assert_eq!(proxy.take(), Vec::<String>::new(), "{line}");
    }
    // TradingView's hosts are asked for by their names, and the proxy reaches none of them.
    for (line, target) in [
        (
            "quote NASDAQ:AAPL --no-reconnect",
            "CONNECT data.tradingview.com:443",
        ),
        (
            "quote NASDAQ:AAPL --no-reconnect --server prodata",
            "CONNECT prodata.tradingview.com:443",
        ),
        ("search apple", "CONNECT symbol-search.tradingview.com:443"),
    ] {
        let done = run(line, &variables);
        assert_eq!(done.status, Some(4), "{line} {done:?}");
        let asked = proxy.take();
        assert!(
            !asked.is_empty() && asked.iter().all(|it| it == target),
            "{asked:?}"
        );
    }
    let without_scheme = format!("{LOGIN}@127.0.0.1:{}", proxy.port);
    run("search apple", &[("all_proxy", &without_scheme)]);
    assert!(!proxy.take().is_empty());
}

#[test]
fn a_wrong_proxy_of_the_environment_is_refused_with_what_to_do() {
    for line in ["quote NASDAQ:AAPL", "search apple", "check"] {
        let done = run(line, &[("https_proxy", "ftp://me:CANARY@proxy.test")]);
        assert_eq!(done.status, Some(2), "{done:?}");
        let words = "https_proxy: the address of the proxy is not valid";
        assert!(done.stderr.contains(words), "{done:?}");
        assert!(done.stderr.contains("--proxy none"), "{done:?}");
    }
    // The simulator within the process needs no network.
    let done = run(
        "search apple --sim",
        &[("https_proxy", "ftp://me:CANARY@proxy.test")],
    );
    assert_eq!(done.status, Some(0), "{done:?}");
}
