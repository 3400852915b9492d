//! The answer that is read: 20,000 shares with 20 values each, some 5.9 MB. Gaps are 8 % of the
//! values.

use std::fmt::Write;

pub(crate) const ROWS: usize = 20_000;

/// Texts, a list, and numbers with and without fractions, as screens of shares ask for them.
pub(crate) const COLUMNS: [&str; 20] = [
    "name",
    "description",
    "type",
    "typespecs",
    "exchange",
    "sector",
    "currency",
    "update_mode",
    "close",
    "change",
    "volume",
    "market_cap_basic",
    "price_earnings_ttm",
    "Recommend.All",
    "RSI",
    "Perf.W",
    "Perf.Y",
    "High.All",
    "number_of_employees",
    "pricescale",
];

const EXCHANGES: [&str; 4] = ["NASDAQ", "NYSE", "AMEX", "OTC"];

const SECTORS: [&str; 5] = [
    "Electronic Technology",
    "Finance",
    "Health Technology",
    "Producer Manufacturing",
    "Technology Services",
];

/// The answer, the same on every machine.
pub(crate) fn answer() -> String {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut out = format!(r#"{{"totalCount":{ROWS},"data":["#);
    for row in 0..ROWS {
        let comma = if row == 0 { "" } else { "," };
        let exchange = EXCHANGES[random.below(EXCHANGES.len())];
        let name = name(&mut random);
        write!(out, r#"{comma}{{"s":"{exchange}:{name}","d":["{name}""#).expect("text");
        for column in &COLUMNS[1..] {
            out.push(',');
            if random.below(100) < 8 {
                out.push_str("null");
            } else {
                value(&mut out, column, exchange, &mut random);
            }
        }
        out.push_str("]}");
    }
    out.push_str("]}");
    out
}

fn name(random: &mut Random) -> String {
    let letters = 3 + random.below(3);
    let letter = |_| char::from(b'A' + u8::try_from(random.below(26)).expect("a letter"));
    (0..letters).map(letter).collect()
}

fn value(out: &mut String, column: &str, exchange: &str, random: &mut Random) {
    match column {
        "description" => write!(out, r#""{} Holdings \u0026 Company, Inc.""#, name(random)),
        "type" => write!(out, r#""{}""#, ["stock", "fund", "dr"][random.below(3)]),
        "typespecs" => write!(
            out,
            "{}",
            [r#"["common"]"#, r#"["preferred","etf"]"#, "[]"][random.below(3)]
        ),
        "exchange" => write!(out, r#""{exchange}""#),
        "sector" => write!(out, r#""{}""#, SECTORS[random.below(SECTORS.len())]),
        "currency" => write!(out, r#""USD""#),
        "update_mode" => write!(out, r#""delayed_streaming_900""#),
        "close" | "High.All" => write!(out, "{}", random.below(90_000_000) as f64 / 1e4),
        "volume" => write!(out, "{}", random.below(500_000_000)),
        "market_cap_basic" => write!(out, "{}", random.below(4_000_000_000_000) as f64 * 1.000_1),
        "number_of_employees" => write!(out, "{}", random.below(300_000)),
        "pricescale" => write!(out, "{}", [100, 1_000, 10_000][random.below(3)]),
        // As the server sends what it has computed: up to 17 digits.
        _ => write!(out, "{}", (random.below(2_000_000_000) as f64 - 1e9) / 7e6),
    }
    .expect("text");
}

/// Marsaglia's xorshift, 64 bits.
struct Random(u64);

impl Random {
    /// From 0 to `limit` less one.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % limit as u64).expect("less than the limit")
    }
}
