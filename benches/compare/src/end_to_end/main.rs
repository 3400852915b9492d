//! Measures whole readers beside others, over a WebSocket on loopback, in one run.
//!
//! One sender, a process of its own, writes W1 as frames that were encoded beforehand, so that it
//! is never what is waited for. Each reader is a process, too: tokio-tungstenite with our decoder,
//! with `parse_packet` of tradingview-rs, and without any; and, if they are there, ws 7 of Node
//! with the reader of @mathieuc/tradingview, and websockets of Python with tvkit's. They take turns
//! in several rounds, and medians are compared. First each reads W1 once and writes down what it
//! has understood; all of that must be equal, so that no reader wins by skipping what was sent.
//!
//! `scripts/end-to-end` installs the readers in other languages and runs this. By itself it is
//! `tv-end-to-end [--node MODULES] [--python INTERPRETER] [--rounds N] [--passes N]`.

mod canonical;
mod reader;
mod sender;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// Readings of W1 in a measurement. The first tenth is left out, so that compilers at run time have
/// done their work.
const PASSES: usize = 150;
const ROUNDS: usize = 7;

/// What is compared with the others.
const OURS: &str = "tokio-tungstenite + ours";

/// A reader: what it is called, how it is started, and how much faster ours must be.
struct Variant {
    name: &'static str,
    command: Vec<String>,
    target: Option<(&'static str, f64)>,
    /// Whether it reads at all.
    decodes: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["send"] => sender::serve(),
        ["read", decoder, url, task] => reader::run(decoder, url, task),
        _ => compare(&words),
    }
}

fn compare(words: &[&str]) {
    let option = |name: &str| {
        let place = words.iter().position(|word| *word == name)?;
        Some(
            *words
                .get(place + 1)
                .unwrap_or_else(|| panic!("{name} needs a value")),
        )
    };
    let number =
        |name, default| option(name).map_or(default, |text| text.parse().expect("a number"));
    let (rounds, passes) = (number("--rounds", ROUNDS), number("--passes", PASSES));
    let variants = variants(option("--node"), option("--python"));

    let mut sender = Sender::start();
    let url = |passes: usize| format!("ws://127.0.0.1:{}/{passes}", sender.port);
    let mut understood: Vec<(&str, String)> = Vec::new();
    for variant in variants.iter().filter(|variant| variant.decodes) {
        understood.push((variant.name, run(variant, &url(1), "write")));
    }
    let (first, expected) = &understood[0];
    assert!(expected.lines().count() > 2_000, "{first} reads all of W1");
    for (name, text) in &understood[1..] {
        for (place, (one, other)) in expected.lines().zip(text.lines()).enumerate() {
            assert_eq!(one, other, "{first} and {name} read frame {place} alike");
        }
        assert_eq!(
            expected.lines().count(),
            text.lines().count(),
            "{first} and {name} read as many frames"
        );
    }
    println!(
        "All {} readers understand the same of W1.\n",
        understood.len()
    );

    let mut rates = vec![Vec::new(); variants.len()];
    for _ in 0..rounds {
        for (variant, rates) in variants.iter().zip(&mut rates) {
            let reported = run(variant, &url(passes), "count");
            let (messages, seconds) = reported
                .trim()
                .split_once(' ')
                .expect("messages and seconds");
            let (messages, seconds): (f64, f64) =
                (messages.parse().unwrap(), seconds.parse().unwrap());
            rates.push(messages / seconds);
        }
    }
    sender.stop();

    let medians: Vec<f64> = rates.iter_mut().map(|rates| median(rates)).collect();
    let ours = variants
        .iter()
        .position(|variant| variant.name == OURS)
        .expect("ours is there");
    println!(
        "| reader | messages a second | ours is faster | | gate | |\n|---|--:|--:|---|--:|---|"
    );
    let mut all_hold = true;
    for (variant, median) in variants.iter().zip(&medians) {
        let ratio = medians[ours] / median;
        let (target, gate, verdict) = match variant.target {
            Some((target, gate)) => {
                all_hold &= ratio >= gate;
                (
                    target,
                    format!("≥ {gate}x"),
                    if ratio >= gate { "holds" } else { "MISSED" },
                )
            }
            None => ("", String::new(), ""),
        };
        println!(
            "| {} | {median:.0} | {ratio:.2}x | {target} | {gate} | {verdict} |",
            variant.name
        );
    }
    println!(
        "\nMedians of {rounds} rounds, {} messages each; the sender is a process of its own.",
        passes * 1_020
    );
    if !all_hold {
        std::process::exit(1);
    }
}

fn variants(node: Option<&str>, python: Option<&str>) -> Vec<Variant> {
    let program = std::env::current_exe()
        .expect("this program")
        .display()
        .to_string();
    let rust = |name, decoder: &str, target| Variant {
        name,
        command: vec![program.clone(), "read".into(), decoder.into()],
        target,
        decodes: decoder != "none",
    };
    let script = |file: &str| format!("{}/readers/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut variants = vec![
        rust(OURS, "ours", None),
        rust(
            "tokio-tungstenite + tradingview-rs parse_packet",
            "peer",
            Some(("P14", 4.0)),
        ),
        rust("tokio-tungstenite, nothing read", "none", None),
    ];
    match node {
        Some(modules) => variants.push(Variant {
            name: "Node: ws + @mathieuc/tradingview",
            command: vec!["node".into(), script("node.js"), modules.into()],
            target: Some(("P15", 5.0)),
            decodes: true,
        }),
        None => println!("NOT MEASURED: Node. --node names the folder of its modules."),
    }
    match python {
        Some(interpreter) => variants.push(Variant {
            name: "Python: websockets + tvkit",
            command: vec![interpreter.into(), script("reader.py")],
            target: Some(("P15", 10.0)),
            decodes: true,
        }),
        None => println!("NOT MEASURED: Python. --python names an interpreter that has tvkit."),
    }
    variants
}

/// Runs a reader to its end, and gives what it printed.
fn run(variant: &Variant, url: &str, task: &str) -> String {
    let mut command = pinned(0, &variant.command);
    let output = command
        .args([url, task])
        .stderr(Stdio::inherit())
        .output()
        .expect("the reader starts");
    assert!(
        output.status.success(),
        "{} ended with {}",
        variant.name,
        output.status
    );
    String::from_utf8(output.stdout).expect("text")
}

/// A command on a core of its own, where cores can be chosen and there are several.
fn pinned(core: usize, words: &[String]) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let can_choose = cores > 1 && Command::new("taskset").arg("-V").output().is_ok();
    let (program, arguments) = words.split_first().expect("a command");
    let mut command = Command::new(if can_choose { "taskset" } else { program });
    if can_choose {
        command.args(["-c", &core.to_string(), program]);
    }
    command.args(arguments);
    command
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// The process that sends.
struct Sender {
    process: Child,
    port: u16,
}

impl Sender {
    fn start() -> Self {
        let program = std::env::current_exe()
            .expect("this program")
            .display()
            .to_string();
        let mut command = pinned(1, &[program, "send".into()]);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sender starts");
        let mut line = String::new();
        let reported = process.stdout.take().expect("its output");
        BufReader::new(reported)
            .read_line(&mut line)
            .expect("its port");
        Self {
            process,
            port: line.trim().parse().expect("a port"),
        }
    }

    /// It ends with its input.
    fn stop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().expect("the sender ends");
    }
}
