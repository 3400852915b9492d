//! Measures how the answer to a scan is read, beside tradingview-screener of Python, in one run.
//!
//! The answer has 20,000 rows of 20 values. It is read as typed rows, as cells, and by the other
//! library's own code with requests and pandas, but for the network, in a process of its own. They
//! take turns, and the best round of each counts. First each says what it has understood: how many
//! rows, gaps, letters and words, and the sum of the numbers. All of that must be equal.
//!
//! `scripts/scan-compare` installs the other library and runs this. By itself it is
//! `tv-scan --python INTERPRETER [--rounds N]`.

mod generate;

use std::{
    fmt,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::Instant,
};

use serde::Deserialize;
use tv_http::{
    scanner::{Cell, Market, Scan, ScanPage},
    wire::{Answer, Endpoint},
};

const ROUNDS: usize = 15;

/// How much faster typed rows and cells must be.
const GATES: [(&str, f64); 2] = [("typed rows", 4.0), ("cells", 2.5)];

/// A row of the workload; see [`generate::COLUMNS`].
#[derive(Debug, Deserialize)]
struct Share {
    symbol: String,
    name: String,
    description: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    typespecs: Option<Vec<String>>,
    exchange: Option<String>,
    sector: Option<String>,
    currency: Option<String>,
    update_mode: Option<String>,
    close: Option<f64>,
    change: Option<f64>,
    volume: Option<f64>,
    market_cap_basic: Option<f64>,
    price_earnings_ttm: Option<f64>,
    #[serde(rename = "Recommend.All")]
    rating: Option<f64>,
    #[serde(rename = "RSI")]
    rsi: Option<f64>,
    #[serde(rename = "Perf.W")]
    week: Option<f64>,
    #[serde(rename = "Perf.Y")]
    year: Option<f64>,
    #[serde(rename = "High.All")]
    highest: Option<f64>,
    number_of_employees: Option<u64>,
    pricescale: Option<u32>,
}

/// What a reader has understood.
#[derive(Clone, Debug, Default, PartialEq)]
struct Digest {
    rows: usize,
    empty: usize,
    total: i64,
    letters: usize,
    words: usize,
}

impl Digest {
    fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.letters += text.chars().count(),
            None => self.empty += 1,
        }
    }

    fn number(&mut self, number: Option<f64>) {
        match number {
            Some(number) => self.total += number.floor() as i64,
            None => self.empty += 1,
        }
    }

    fn of_rows(rows: &[Share]) -> Self {
        let mut digest = Self {
            rows: rows.len(),
            ..Self::default()
        };
        for row in rows {
            digest.text(Some(&row.symbol));
            digest.text(Some(&row.name));
            for text in [
                &row.description,
                &row.kind,
                &row.exchange,
                &row.sector,
                &row.currency,
                &row.update_mode,
            ] {
                digest.text(text.as_deref());
            }
            match &row.typespecs {
                Some(words) => digest.words += words.len(),
                None => digest.empty += 1,
            }
            for number in [
                row.close,
                row.change,
                row.volume,
                row.market_cap_basic,
                row.price_earnings_ttm,
                row.rating,
                row.rsi,
                row.week,
                row.year,
                row.highest,
                row.number_of_employees.map(|count| count as f64),
                row.pricescale.map(f64::from),
            ] {
                digest.number(number);
            }
        }
        digest
    }

    fn of_page(page: &ScanPage) -> Self {
        let mut digest = Self {
            rows: page.len(),
            ..Self::default()
        };
        for row in page.rows() {
            digest.text(Some(row.symbol));
            for cell in row.cells {
                match cell {
                    Cell::Empty => digest.empty += 1,
                    Cell::Number(number) => digest.number(Some(*number)),
                    Cell::Text(text) => digest.text(Some(text)),
                    other => digest.words += other.as_words().expect("a list").len(),
                }
            }
        }
        digest
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            empty,
            total,
            letters,
            words,
        } = self;
        write!(out, "{rows} {empty} {total} {letters} {words}")
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let place = arguments.iter().position(|word| word == name)?;
        Some(arguments.get(place + 1).expect("a value after each option"))
    };
    let rounds = option("--rounds").map_or(ROUNDS, |text| text.parse().expect("a number"));
    let python = option("--python").expect("--python INTERPRETER");

    let body = generate::answer();
    let file = std::env::temp_dir().join(format!("tv-scan-{}.json", std::process::id()));
    let columns = generate::COLUMNS.join(" ");
    std::fs::write(&file, format!("{columns}\n{body}")).expect("a file of the answer");
    let mut other = Other::start(python, &file);

    let scan = Scan::new(Market::AMERICA).select(generate::COLUMNS);
    let typed = scan.clone().typed::<Share>();
    let answer = Answer::new(200, body);
    let page = scan.parse(&answer).expect("a page of cells");
    let rows = typed.parse(&answer).expect("a page of typed rows").rows;
    let understood = [
        other.line(),
        Digest::of_rows(&rows).to_string(),
        Digest::of_page(&page).to_string(),
    ];
    std::fs::remove_file(&file).expect("the file is there");
    assert!(
        understood.iter().all(|it| *it == understood[0]),
        "rows, gaps, sum, letters, words: {understood:?}"
    );
    println!(
        "{} bytes; all three understand the same: {} (rows, gaps, sum, letters, words).\n",
        answer.body().len(),
        understood[0]
    );
    drop((page, rows));

    let mut best = [f64::MAX; 3];
    for _ in 0..rounds {
        let seconds = [
            time(|| typed.parse(&answer).expect("a page of typed rows")),
            time(|| scan.parse(&answer).expect("a page of cells")),
            other.pass(),
        ];
        best = std::array::from_fn(|at| best[at].min(seconds[at]));
    }
    other.stop();

    println!("| reader | ms | ours is faster | gate | |\n|---|--:|--:|--:|---|");
    let theirs = best[2];
    let mut all_hold = true;
    for ((name, gate), ours) in GATES.iter().zip(best) {
        let ratio = theirs / ours;
        let holds = ratio >= *gate;
        all_hold &= holds;
        let verdict = if holds { "holds" } else { "MISSED" };
        let ms = ours * 1e3;
        println!("| {name} | {ms:.1} | {ratio:.2}x | ≥ {gate}x | {verdict} |");
    }
    println!("| tradingview-screener | {:.1} | | | |", theirs * 1e3);
    println!("\nThe best of {rounds} rounds.");
    if !all_hold {
        std::process::exit(1);
    }
}

/// How many seconds a reading takes, the release of its memory not included.
fn time<T>(read: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    let value = std::hint::black_box(read());
    let seconds = begun.elapsed().as_secs_f64();
    drop(value);
    seconds
}

/// The reader in Python.
struct Other {
    child: std::process::Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Other {
    fn start(python: &str, file: &std::path::Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/readers/scan.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter starts");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("its output");
        line.trim().to_owned()
    }

    /// How many seconds a reading takes.
    fn pass(&mut self) -> f64 {
        let input = self.child.stdin.as_mut().expect("its input");
        input.write_all(b"\n").expect("it goes on");
        self.line().parse().expect("seconds")
    }

    fn stop(mut self) {
        drop(self.child.stdin.take());
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }
}
