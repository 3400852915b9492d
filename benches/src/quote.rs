//! Payloads of quote sessions.

use crate::{random::Random, text::push};

/// As long as those that clients make.
pub(crate) const SESSION: &str = "qs_benchbench00";
const SYMBOLS: [&str; 8] = [
    "NASDAQ:AAPL",
    "NASDAQ:TSLA",
    "NYSE:BRK.B",
    "BINANCE:BTCUSDT",
    "COINBASE:ETHUSD",
    "OANDA:EURUSD",
    "CME_MINI:ES1!",
    "TVC:GOLD",
];
const WORDS: [&str; 8] = [
    "Apple", "Grain", "Harbour", "Copper", "Meadow", "Union", "North", "Silver",
];
const FOREIGN: [&str; 6] = [
    "가나다보통주",
    "東京電機",
    "Hàng Hải",
    "Société Générale",
    "Ένωση",
    "🚀 Rakete",
];

/// What a field of a quote looks like.
#[derive(Clone, Copy)]
enum Shape {
    Price,
    Change,
    Time,
    Amount,
    Text(&'static str),
    Words,
    Literal(&'static str),
}

use Shape::{Amount, Change, Literal, Price, Text, Time, Words};

/// Fields of updates, the frequent ones.
const MOVING: [(&str, Shape); 20] = [
    ("volume", Amount),
    ("rtc_time", Time),
    ("rtc", Price),
    ("rchp", Change),
    ("rch", Change),
    ("prev_close_price", Price),
    ("open_price", Price),
    ("low_price", Price),
    ("high_price", Price),
    ("lp_time", Time),
    ("lp", Price),
    ("current_session", Text("market")),
    ("chp", Change),
    ("ch", Change),
    ("bid_size", Amount),
    ("bid", Price),
    ("ask_size", Amount),
    ("ask", Price),
    ("trade_loaded", Literal("true")),
    ("open_time", Time),
];

/// Fields that come once, with the first messages of a symbol.
const STANDING: [(&str, Shape); 20] = [
    ("update_mode", Text("streaming")),
    ("typespecs", Literal("[\"common\"]")),
    ("type", Text("stock")),
    ("timezone", Text("America/New_York")),
    ("short_name", Text("BENCH")),
    ("pro_name", Text("BENCH:BENCH")),
    ("pricescale", Literal("100")),
    ("original_name", Text("BENCH_DLY:BENCH")),
    ("minmove2", Literal("0")),
    ("minmov", Literal("1")),
    ("logoid", Text("bench/bench-company")),
    ("listed_exchange", Text("BENCH")),
    ("language", Text("en")),
    ("is_tradable", Literal("true")),
    ("fractional", Literal("false")),
    ("format", Text("price")),
    ("exchange", Text("Bench One")),
    ("currency_id", Text("USD")),
    ("currency_code", Text("USD")),
    ("country_code", Text("US")),
];

/// An update: a few of the moving fields, often with the last trade. Its symbol is one of a few,
/// often as a descriptor.
pub(crate) fn update(random: &mut Random) -> String {
    let symbol = random.pick(&SYMBOLS);
    update_of(symbol, 19, random)
}

/// An update of a symbol, which is named by a descriptor in `descriptors` of a hundred cases.
pub(crate) fn update_of(symbol: &str, descriptors: usize, random: &mut Random) -> String {
    let mut out = open(symbol, descriptors, random);
    let mut first = true;
    let chance = 40 + random.below(35);
    for (name, shape) in MOVING {
        if random.percent(chance) {
            field(name, shape, &mut first, random, &mut out);
        }
    }
    if random.percent(76) {
        let time = 1_700_000_000 + random.below(9_999_999);
        key("trade", &mut first, &mut out);
        push(
            &mut out,
            format_args!(
                "{{\"data-update-time\":\"{time}.{:06}\",\"price\":\"{}.{:02}\",\"size\":\"{}\",\"time\":\"{time}\"}}",
                random.below(1_000_000),
                100 + random.below(900),
                random.below(100),
                1 + random.below(999),
            ),
        );
    }
    out.push_str("}}]}");
    out
}

/// A whole quote: 28 to 40 fields, some nested. With `foreign`, its descriptions are not ASCII.
pub(crate) fn snapshot(random: &mut Random, foreign: bool) -> String {
    let symbol = random.pick(&SYMBOLS);
    let mut out = open(symbol, 19, random);
    let mut first = true;
    let wanted = 25 + random.below(13);
    let all = MOVING.into_iter().chain(STANDING);
    let mut to_skip = MOVING.len() + STANDING.len() - wanted;
    for (place, (name, shape)) in all.enumerate() {
        let left = MOVING.len() + STANDING.len() - place;
        if random.below(left) < to_skip {
            to_skip -= 1;
        } else {
            field(name, shape, &mut first, random, &mut out);
        }
    }
    field("description", Words, &mut first, random, &mut out);
    key("local_description", &mut first, &mut out);
    if foreign {
        push(
            &mut out,
            format_args!("\"{} {}\"", random.pick(&FOREIGN), random.pick(&FOREIGN)),
        );
    } else {
        push(
            &mut out,
            format_args!("\"{} {}\"", random.pick(&WORDS), random.pick(&WORDS)),
        );
    }
    key("subsessions", &mut first, &mut out);
    out.push_str(
        "[{\"description\":\"Regular Trading Hours\",\"id\":\"regular\",\"private\":false,\
         \"session\":\"0930-1600\",\"session-display\":\"0930-1600\"},\
         {\"description\":\"Extended Trading Hours\",\"id\":\"extended\",\"private\":false,\
         \"session\":\"0400-2000\",\"session-display\":\"0400-2000\"}]",
    );
    out.push_str("}}]}");
    out
}

/// Everything before the fields. Of a hundred names, `descriptors` are descriptors with escaped
/// quotes.
fn open(symbol: &str, descriptors: usize, random: &mut Random) -> String {
    let name = if random.percent(descriptors) {
        format!("={{\\\"session\\\":\\\"regular\\\",\\\"symbol\\\":\\\"{symbol}\\\"}}")
    } else {
        symbol.to_owned()
    };
    format!("{{\"m\":\"qsd\",\"p\":[\"{SESSION}\",{{\"n\":\"{name}\",\"s\":\"ok\",\"v\":{{")
}

fn key(name: &str, first: &mut bool, out: &mut String) {
    if !std::mem::replace(first, false) {
        out.push(',');
    }
    push(out, format_args!("\"{name}\":"));
}

fn field(name: &str, shape: Shape, first: &mut bool, random: &mut Random, out: &mut String) {
    key(name, first, out);
    let whole = 100 + random.below(900);
    let part = 1 + random.below(98);
    match shape {
        Price => push(out, format_args!("{whole}.{part:02}")),
        Change => push(out, format_args!("-{}.{part:02}", whole / 100)),
        Time => push(out, format_args!("{}", 1_700_000_000 + whole * 1000 + part)),
        Amount => push(out, format_args!("{}", whole * 1000 + part)),
        Text(text) => push(out, format_args!("\"{text}\"")),
        Words => push(
            out,
            format_args!("\"{} {} Inc.\"", random.pick(&WORDS), random.pick(&WORDS)),
        ),
        Literal(text) => out.push_str(text),
    }
}
