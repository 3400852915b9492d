//! The scripts that are computed, and some whose values are made up.

use crate::study::{indicator::Indicator, kind::Kind};

/// What is known of a script.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    pub(super) id: &'static str,
    /// The study that runs it; nothing if it is the other table's, or made up.
    pub(super) kind: Option<Kind>,
    /// The built-in study that computes the same.
    pub(in crate::study) indicator: Option<&'static Indicator>,
    pub(super) name: &'static str,
    pub(super) short: &'static str,
    pub(super) version: &'static str,
    pub(super) on_price: bool,
    pub(in crate::study) inputs: &'static [Input],
    pub(in crate::study) plots: &'static [Plot],
    /// The line of the source that computes what is plotted.
    pub(super) code: &'static str,
}

/// An input. Its id is `in_` and its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::study) struct Input {
    pub(in crate::study) name: &'static str,
    pub(in crate::study) value: Usual,
    /// The name that the property of a strategy has; else empty.
    pub(super) internal: &'static str,
    pub(in crate::study) options: &'static [&'static str],
    /// The least and the greatest value.
    pub(in crate::study) range: Option<(f64, f64)>,
    /// What the study that computes it calls the input; empty if it does not read it.
    pub(in crate::study) takes: &'static str,
}

impl Input {
    pub(super) const fn takes(self, takes: &'static str) -> Self {
        Self { takes, ..self }
    }

    pub(super) const fn within(self, least: f64, most: f64) -> Self {
        Self {
            range: Some((least, most)),
            ..self
        }
    }

    pub(super) const fn one_of(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }
}

/// The default of an input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::study) enum Usual {
    Integer(i64),
    Float(f64),
    Flag(bool),
    Source(&'static str),
    Text(&'static str),
    Symbol(&'static str),
    Resolution(&'static str),
    Session(&'static str),
    /// In milliseconds since 1970.
    Time(i64),
    Color(&'static str),
}

/// A plot. Its id is `plot_` and its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::study) enum Plot {
    /// A line with a title.
    Line(&'static str),
    /// The number of a colour for the plot at a place, and how many colours there are.
    Colour(usize, usize),
    /// A shape with a title, shown where the value is not 0.
    Shape(&'static str),
    /// The number of a colour for the background, and how many colours there are.
    Background(usize),
    /// Whether an alert's condition holds.
    Alert,
}

pub(super) const fn input(name: &'static str, value: Usual) -> Input {
    property(name, "", value, &[])
}

const fn property(
    name: &'static str,
    internal: &'static str,
    value: Usual,
    options: &'static [&'static str],
) -> Input {
    Input {
        name,
        value,
        internal,
        options,
        range: None,
        takes: "",
    }
}

const AVERAGE: &[Input] = &[
    input("Length", Usual::Integer(9)),
    input("Source", Usual::Source("close")),
    input("Offset", Usual::Integer(0)),
];

const SUPERTREND: &[Input] = &[
    input("ATR Length", Usual::Integer(10)),
    input("Factor", Usual::Float(3.0)),
];

/// The properties of a strategy stand after the inputs of its script.
const STRATEGY: &[Input] = &[
    input("ATR Length", Usual::Integer(10)),
    input("Factor", Usual::Float(3.0)),
    property("Initial capital", "initial_capital", Usual::Float(1e6), &[]),
    property(
        "Base currency",
        "currency",
        Usual::Text("NONE"),
        &["NONE", "USD", "EUR", "GBP", "JPY", "BTC", "ETH"],
    ),
    property("Order size", "default_qty_value", Usual::Float(15.0), &[]),
    property(
        "Order size type",
        "default_qty_type",
        Usual::Text("percent_of_equity"),
        &["fixed", "cash_per_order", "percent_of_equity"],
    ),
    property("Pyramiding", "pyramiding", Usual::Integer(0), &[]),
    property("Commission", "commission_value", Usual::Float(0.0), &[]),
    property(
        "Commission type",
        "commission_type",
        Usual::Text("percent"),
        &["percent", "cash_per_order", "cash_per_contract"],
    ),
    property("Slippage", "slippage", Usual::Integer(0), &[]),
];

pub(super) const NOTHING: Entry = Entry {
    id: "",
    kind: None,
    indicator: None,
    name: "",
    short: "",
    version: "1.0",
    on_price: false,
    inputs: &[],
    plots: &[],
    code: "",
};

/// The built-in scripts that can be run. The first eight have variants of the community.
pub(super) const STANDARD: &[Entry] = &[
    Entry {
        id: "STD;SMA",
        indicator: None,
        kind: Some(Kind::Sma),
        name: "Moving Average",
        short: "MA",
        version: "38.0",
        on_price: true,
        inputs: AVERAGE,
        plots: &[Plot::Line("MA")],
        code: "plot(ta.sma(close, input.int(9, \"Length\")), \"MA\")",
    },
    Entry {
        id: "STD;EMA",
        indicator: None,
        kind: Some(Kind::Ema),
        name: "Moving Average Exponential",
        short: "EMA",
        version: "37.0",
        on_price: true,
        inputs: AVERAGE,
        plots: &[Plot::Line("EMA")],
        code: "plot(ta.ema(close, input.int(9, \"Length\")), \"EMA\")",
    },
    Entry {
        id: "STD;RSI",
        kind: Some(Kind::Rsi),
        name: "Relative Strength Index",
        short: "RSI",
        version: "43.0",
        inputs: &[
            input("RSI Length", Usual::Integer(14)),
            input("Source", Usual::Source("close")),
        ],
        plots: &[Plot::Line("RSI"), Plot::Line("RSI-based MA")],
        code: "plot(ta.rsi(close, input.int(14, \"RSI Length\")), \"RSI\")",
        ..NOTHING
    },
    Entry {
        id: "STD;MACD",
        kind: Some(Kind::Macd),
        name: "Moving Average Convergence Divergence",
        short: "MACD",
        version: "41.0",
        inputs: &[
            input("Fast Length", Usual::Integer(12)),
            input("Slow Length", Usual::Integer(26)),
            input("Source", Usual::Source("close")),
            input("Signal Smoothing", Usual::Integer(9)),
        ],
        plots: &[
            Plot::Line("Histogram"),
            Plot::Colour(0, 4),
            Plot::Line("MACD"),
            Plot::Line("Signal line"),
        ],
        code: "[macd, signal, hist] = ta.macd(close, 12, 26, 9)\r\nplot(hist, \"Histogram\")",
        ..NOTHING
    },
    Entry {
        id: "STD;Bollinger_Bands",
        indicator: None,
        kind: Some(Kind::Bands),
        name: "Bollinger Bands",
        short: "BB",
        version: "37.0",
        on_price: true,
        inputs: &[
            input("Length", Usual::Integer(20)),
            input("Source", Usual::Source("close")),
            input("StdDev", Usual::Float(2.0)),
        ],
        plots: &[
            Plot::Line("Basis"),
            Plot::Line("Upper"),
            Plot::Line("Lower"),
        ],
        code: "[middle, upper, lower] = ta.bb(close, 20, 2)\r\nplot(middle, \"Basis\")",
    },
    Entry {
        id: "STD;VWAP",
        indicator: None,
        kind: Some(Kind::Vwap),
        name: "Volume Weighted Average Price",
        short: "VWAP",
        version: "46.0",
        on_price: true,
        inputs: &[input("Source", Usual::Source("hlc3"))],
        plots: &[Plot::Line("VWAP")],
        code: "plot(ta.vwap(hlc3), \"VWAP\")",
    },
    Entry {
        id: "STD;Volume",
        kind: Some(Kind::Volume),
        name: "Volume",
        short: "Vol",
        version: "9.0",
        inputs: &[input("MA Length", Usual::Integer(20))],
        plots: &[
            Plot::Line("Volume"),
            Plot::Colour(0, 2),
            Plot::Line("Volume MA"),
        ],
        code: "plot(volume, \"Volume\", style = plot.style_columns)",
        ..NOTHING
    },
    Entry {
        id: "STD;Supertrend",
        indicator: None,
        kind: Some(Kind::Supertrend),
        name: "Supertrend",
        short: "Supertrend",
        version: "14.0",
        on_price: true,
        inputs: SUPERTREND,
        plots: TREND,
        code: "[trend, direction] = ta.supertrend(3, 10)\r\nplot(trend, \"Trend\")",
    },
    Entry {
        id: "STD;Supertrend%Strategy",
        indicator: None,
        kind: Some(Kind::SupertrendStrategy),
        name: "Supertrend Strategy",
        short: "Supertrend Strategy",
        version: "14.0",
        on_price: true,
        inputs: STRATEGY,
        plots: TREND,
        code: "[_, way] = ta.supertrend(3, 10)\r\nif ta.change(way) < 0\r\n    strategy.entry(\"Long\", strategy.long)",
    },
];

const TREND: &[Plot] = &[
    Plot::Line("Up Trend"),
    Plot::Line("Down Trend"),
    Plot::Line("Body Middle"),
];

/// How many of the standard ones have variants.
pub(super) const VARIED: usize = 8;

/// Scripts that exist in the simulator alone.
pub(super) const SIMULATED: &[Entry] = &[
    Entry {
        id: "SIM;GRAPHICS",
        kind: Some(Kind::Graphics),
        name: "Graphics",
        short: "Graphics",
        on_price: true,
        plots: &[Plot::Line("Middle")],
        code: "plot(hl2, \"Middle\")",
        ..NOTHING
    },
    Entry {
        id: "SIM;GAPS",
        kind: Some(Kind::Gaps),
        name: "Gaps",
        short: "Gaps",
        on_price: true,
        plots: &[
            Plot::Line("First"),
            Plot::Line("Second"),
            Plot::Line("Third"),
        ],
        code: "plot(bar_index % 4 == 0 ? na : close, \"First\")",
        ..NOTHING
    },
];

/// A public script that other programs' tests ask for by name. It runs as a MACD of its lengths.
pub(super) const WELL_KNOWN: &[Entry] = &[Entry {
    id: "PUB;uA35GeckoTA2EfgI63SD2WCSmca4njxp",
    kind: Some(Kind::Macd),
    name: "VuManChu B Divergences",
    short: "VMC Cipher_B_Divergences",
    version: "41.0",
    inputs: &[
        input("Show WT Hidden Divergences", Usual::Flag(false)),
        input("Show Stoch Regular Divergences", Usual::Flag(false)),
        input("Show Stoch Hidden Divergences", Usual::Flag(false)),
        input("WT Channel Length", Usual::Integer(9)),
        input("WT Average Length", Usual::Integer(12)),
        input("WT MA Length", Usual::Integer(3)),
    ],
    plots: &[
        Plot::Line("VWAP"),
        Plot::Line("Buy and sell circle"),
        Plot::Line("rsiMFI"),
        Plot::Line("WT Wave"),
    ],
    ..NOTHING
}];

/// Patterns, whose values are made up: part of the name, part of the id, version.
pub(super) const PATTERNS: &[(&str, &str, &str)] = &[
    ("Doji", "Doji", "37.0"),
    ("Engulfing - Bearish", "Bearish%1Engulfing", "39.0"),
    ("Engulfing - Bullish", "Bullish%1Engulfing", "39.0"),
    ("Evening Star - Bearish", "Bearish%1Evening%1Star", "39.0"),
    ("Hammer - Bullish", "Bullish%1Hammer", "39.0"),
    ("Hanging Man - Bearish", "Bearish%1Hanging%1Man", "39.0"),
    ("Harami - Bullish", "Bullish%1Harami", "39.0"),
    ("Morning Star - Bullish", "Bullish%1Morning%1Star", "39.0"),
    ("Piercing - Bullish", "Bullish%1Piercing", "28.0"),
    ("Shooting Star - Bearish", "Bearish%1Shooting%1Star", "39.0"),
    ("Spinning Top Black", "Spinning%1Top%1Black", "37.0"),
    (
        "Upside Tasuki Gap - Bullish",
        "Bullish%1Upside%1Tasuki%1Gap",
        "25.0",
    ),
];

/// Figures of companies, whose values are made up: name, and name in the id.
pub(super) const FIGURES: &[(&str, &str)] = &[
    ("Total revenue", "total_revenue"),
    ("Gross profit", "gross_profit"),
    ("Net income", "net_income"),
    ("EBITDA", "ebitda"),
    ("Free cash flow", "free_cash_flow"),
    ("Total assets", "total_assets"),
    ("Total debt", "total_debt"),
    ("Accounts payable", "accounts_payable"),
];

/// The version of the figures.
pub(super) const FIGURES_VERSION: &str = "62.0";

/// What a pattern plots.
pub(super) static PATTERN: Entry = Entry {
    on_price: true,
    inputs: &[property(
        "Detect Trend Based On",
        "",
        Usual::Text("SMA50"),
        &["SMA50", "SMA50, SMA200", "No detection"],
    )],
    plots: &[Plot::Line("Pattern")],
    ..NOTHING
};

/// What a figure plots.
pub(super) static FIGURE: Entry = Entry {
    version: FIGURES_VERSION,
    inputs: &[
        input("Symbol", Usual::Text("")),
        property(
            "Currency",
            "",
            Usual::Text("Default"),
            &["Default", "USD", "EUR"],
        ),
    ],
    plots: &[Plot::Line("Value")],
    ..NOTHING
};

/// The ids of a strategy's inputs that are properties, each with the property's name.
pub(in crate::study) fn internal_ids() -> impl Iterator<Item = (String, &'static str)> {
    let named = STRATEGY.iter().enumerate();
    let named = named.filter(|(_, input)| !input.internal.is_empty());
    named.map(|(place, input)| (format!("in_{place}"), input.internal))
}
