//! What is reported of a country each month.

/// A figure that is reported each month.
#[derive(Debug)]
pub(super) struct Indicator {
    pub(super) title: &'static str,
    pub(super) name: &'static str,
    /// The end of its symbol, after `ECONOMICS:` and the country.
    pub(super) ticker: &'static str,
    pub(super) category: &'static str,
    pub(super) unit: &'static str,
    /// What plain numbers were divided by: `K`, `M`, `B`; empty if by nothing.
    pub(super) scale: &'static str,
    pub(super) importance: i64,
    /// The day of the month, and the minute of the day in UTC.
    pub(super) day: i8,
    pub(super) minute: i16,
    /// What values stay around, and how far they go.
    pub(super) around: f64,
    pub(super) reach: f64,
}

/// The figures.
pub(super) const INDICATORS: [Indicator; 8] = [
    of(
        "Inflation Rate YoY",
        "Inflation Rate",
        "IRYY",
        ("prce", 1),
        ("%", ""),
        (11, 750),
        (2.5, 0.8),
    ),
    of(
        "GDP Growth Rate QoQ",
        "GDP Growth Rate",
        "GDPQQ",
        ("gdp", 1),
        ("%", ""),
        (27, 540),
        (0.4, 0.5),
    ),
    of(
        "Unemployment Rate",
        "Unemployment Rate",
        "UR",
        ("lbr", 1),
        ("%", ""),
        (4, 750),
        (4.6, 0.4),
    ),
    of(
        "Interest Rate Decision",
        "Interest Rate",
        "INTR",
        ("mny", 1),
        ("%", ""),
        (18, 1080),
        (3.5, 0.5),
    ),
    of(
        "Retail Sales MoM",
        "Retail Sales MoM",
        "RSMM",
        ("cnsm", 0),
        ("%", ""),
        (15, 750),
        (0.3, 0.9),
    ),
    of(
        "Manufacturing PMI",
        "Manufacturing PMI",
        "MPMI",
        ("bsnss", 0),
        ("", ""),
        (2, 870),
        (50.5, 2.5),
    ),
    of(
        "Balance of Trade",
        "Balance of Trade",
        "BOT",
        ("trd", 0),
        ("", "B"),
        (7, 750),
        (-12.0, 9.0),
    ),
    of(
        "Building Permits",
        "Building Permits",
        "BP",
        ("hse", -1),
        ("", "K"),
        (19, 750),
        (140.0, 25.0),
    ),
];

const fn of(
    title: &'static str,
    name: &'static str,
    ticker: &'static str,
    (category, importance): (&'static str, i64),
    (unit, scale): (&'static str, &'static str),
    (day, minute): (i8, i16),
    (around, reach): (f64, f64),
) -> Indicator {
    Indicator {
        title,
        name,
        ticker,
        category,
        unit,
        scale,
        importance,
        day,
        minute,
        around,
        reach,
    }
}

/// What is reported in the United States each Thursday.
pub(super) const WEEKLY: Indicator = of(
    "Initial Jobless Claims",
    "Initial Jobless Claims",
    "IJC",
    ("lbr", 0),
    ("", "K"),
    (0, 810),
    (225.0, 18.0),
);

/// Countries: two letters, currency, who reports, and where.
pub(super) const COUNTRIES: [(&str, &str, &str, &str); 12] = [
    ("AU", "AUD", "Statistics of Australia", "https://au.example"),
    ("BR", "BRL", "Statistics of Brazil", "https://br.example"),
    ("CA", "CAD", "Statistics of Canada", "https://ca.example"),
    (
        "CH",
        "CHF",
        "Statistics of Switzerland",
        "https://ch.example",
    ),
    ("CN", "CNY", "Statistics of China", "https://cn.example"),
    ("DE", "EUR", "Statistics of Germany", "https://de.example"),
    (
        "EU",
        "EUR",
        "Statistics of the Euro Area",
        "https://eu.example",
    ),
    ("FR", "EUR", "Statistics of France", "https://fr.example"),
    (
        "GB",
        "GBP",
        "Statistics of Great Britain",
        "https://gb.example",
    ),
    ("IN", "INR", "Statistics of India", "https://in.example"),
    ("JP", "JPY", "Statistics of Japan", "https://jp.example"),
    (
        "US",
        "USD",
        "Statistics of the United States",
        "https://us.example",
    ),
];
