//! Runs the program: to its end within a time, or as a server beside a test.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use wait_timeout::ChildExt;

/// No test waits longer for anything, however slow the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// The program, not yet started, without a token and without a terminal.
pub(crate) fn tvfeed<T: AsRef<OsStr>>(args: impl IntoIterator<Item = T>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tvfeed"));
    command.args(args);
    for name in VARIABLES {
        command.env_remove(name);
    }
    // No login of the user's.
    command.env("TVFEED_CONFIG_DIR", "/nowhere/tvfeed");
    command.stdin(Stdio::null());
    command
}

/// What the environment may hold and the program reads.
const VARIABLES: [&str; 10] = [
    "TV_AUTH_TOKEN",
    "TV_COOKIES",
    "COLUMNS",
    "TVFEED_PASSPHRASE",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// What the program has said when it was done.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn json(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs a command line, words separated by spaces, to its end within 30 s.
pub(crate) fn run(line: &str) -> Done {
    run_command(tvfeed(line.split_whitespace()))
}

pub(crate) fn run_command(mut command: Command) -> Done {
    let child = Running(Some(
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    ));
    child.output(LONG)
}

/// A process that does not outlive the test.
pub(crate) struct Running(pub(crate) Option<Child>);

impl Running {
    pub(crate) fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("is running")
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&mut self, name: &str) {
        let id = self.child().id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end, at most this long, while both pipes are read.
    pub(crate) fn output(mut self, most: Duration) -> Done {
        let mut child = self.0.take().expect("is running");
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let mut running = Self(Some(child));
        let status = running.wait(most);
        Done {
            status,
            stdout: stdout.join().unwrap(),
            stderr: stderr.join().unwrap(),
        }
    }

    /// Waits for the end, at most this long. The status, if no signal has ended it.
    pub(crate) fn wait(&mut self, most: Duration) -> Option<i32> {
        let ended = self.child().wait_timeout(most).unwrap();
        let status = ended.unwrap_or_else(|| panic!("the program did not end within {most:?}"));
        status.code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ended = child.kill();
            let _ended = child.wait();
        }
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_string(&mut text).unwrap();
        }
        text
    })
}

/// A `tvfeed sim` beside the test.
pub(crate) struct Simulator {
    pub(crate) running: Running,
    pub(crate) url: String,
}

impl Simulator {
    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        let rest = self.url.split("//").nth(1).unwrap();
        rest.split('/').next().unwrap()
    }

    /// What the ledger says.
    pub(crate) fn ledger(&self, question: &str) -> Value {
        let mut socket = TcpStream::connect(self.address()).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        write!(
            socket,
            "GET /ledger/{question} HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    /// Waits until this many more frames of a kind have been sent.
    pub(crate) fn wait_for_frames(&self, kind: &str, count: u64) {
        let sent = || {
            let sent = self.ledger("sent");
            sent["sent"]["total"][kind]["frames"].as_u64().unwrap_or(0)
        };
        let goal = sent() + count;
        wait_until(|| sent() >= goal, || format!("{goal} frames of {kind}"));
    }
}

/// Waits until this is so. `what` says what did not come in time.
pub(crate) fn wait_until(is_so: impl Fn() -> bool, what: impl Fn() -> String) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain for {}", what());
        thread::sleep(POLL);
    }
}

/// How often is looked for what no event reports, such as the length of a file.
const POLL: Duration = Duration::from_millis(20);

/// Waits until a file has more rows than this.
pub(crate) fn wait_for_rows(file: &Path, count: usize) {
    let text = || fs::read_to_string(file).unwrap_or_default();
    wait_until(
        || text().lines().count() > count,
        || format!("{count} rows in {}, which has {}", file.display(), text()),
    );
}

/// Starts `tvfeed sim` and reads its address.
pub(crate) fn simulator<T: AsRef<OsStr>>(args: impl IntoIterator<Item = T>) -> Simulator {
    let mut command = tvfeed(["sim"]);
    command
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running(Some(command.spawn().unwrap()));
    let mut line = String::new();
    // The pipe stays open in the child: only the first line is read here.
    let stdout = running.child().stdout.as_mut().unwrap();
    BufReader::with_capacity(1, stdout)
        .read_line(&mut line)
        .unwrap();
    let url = line.strip_prefix("listening on ").map(str::trim_end);
    let url = url.unwrap_or_else(|| panic!("{line:?}")).to_owned();
    let known = ["ws://127.0.0.1:", "wss://localhost:"];
    assert!(
        known.iter().any(|start| url.starts_with(start)) && url.ends_with("/socket.io/websocket"),
        "{url}"
    );
    Simulator { running, url }
}

/// The folder of recorded traffic, which this repository does not contain.
pub(crate) fn recordings() -> PathBuf {
    let folder = env::var_os("TV_FRAMES_DIR").expect("TV_FRAMES_DIR names the recordings");
    folder.into()
}
