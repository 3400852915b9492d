//! Rows about symbols, prices and companies.

use serde::Deserialize;
use tv_http::{
    calendar::{EconomicCalendar, dividends, earnings, offers},
    fundamentals::{Currencies, FieldList, Period, Statements},
    scanner::{
        Cell, Column, EnumLists, Market, Metainfo, Order, Scan, ScanInterval, ScanPage, Snapshot,
        TechnicalRatings,
    },
    search::{LegacySearch, Search},
    symbol_page::{Details, Ideas, Minds, SymbolExists},
};

use super::case::{
    Case,
    Manner::Exists,
    Who::{Guest, Owner},
};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(Guest, Search::new("apple"), |page| {
            assert_eq!(page.symbols[0].id().unwrap(), "NASDAQ:AAPL");
            assert_eq!(page.symbols[0].description.as_deref(), Some("Apple Inc."));
        }),
        Case::new(Guest, LegacySearch::new("AAPL"), |found| {
            assert_eq!(found[0].id().unwrap(), "NASDAQ:AAPL");
        }),
        Case::new(Guest, SymbolExists::new("NASDAQ:AAPL").unwrap(), |exists| {
            assert!(exists);
        })
        .with(Exists),
        Case::new(Guest, Details::new("NYSE:KO").unwrap(), |details| {
            let symbol = details.data.as_ref().unwrap().get("symbol").unwrap();
            assert_eq!(symbol.get("pro_symbol").unwrap().as_str(), Some("NYSE:KO"));
        }),
        Case::new(Guest, Minds::new("NASDAQ:AAPL").unwrap(), |page| {
            assert!(!page.results.is_empty());
        }),
        Case::new(Guest, Ideas::new("NASDAQ:MSFT").unwrap(), |page| {
            assert_eq!(page.ideas.len(), 10);
        }),
    ];
    cases.extend(
        [Market::AMERICA]
            .into_iter()
            .chain(Market::ASSETS)
            .map(kind),
    );
    cases.extend(scans());
    cases.extend(calendars());
    cases
}

/// A scan of a kind of asset.
fn kind(market: Market) -> Case {
    let scan = Scan::new(market.clone()).range(0, 1_000);
    match market.as_str() {
        "america" => row(scan, "NASDAQ:AAPL", &["close", "RSI", "market_cap_basic"]),
        "crypto" => row(scan, "BINANCE:BTCUSDT", &["close", "24h_vol|5"]),
        "coin" => row(scan, "CRYPTO:BTCUSD", &["close", "24h_close_change|5"]),
        "forex" => row(scan, "FX:EURUSD", &["close", "bid", "ask"]),
        "cfd" => row(scan, "TVC:SPX", &["close", "Perf.Y"]),
        "futures" => row(scan, "CME_MINI:ES1!", &["close", "volume"]),
        "bond" => row(
            scan,
            "FINRA:AAPL30",
            &["close_pct", "coupon", "yield_to_maturity", "maturity_date"],
        ),
        "bonds" => row(scan, "TVC:US10Y", &["close", "Bond.Price", "coupon"]),
        "economics2" => row(scan, "ECONOMICS:USCPI", &["close"]),
        "options" => {
            let options = Scan::options("NASDAQ:AAPL").unwrap().range(0, 10_000);
            let named = [
                "strike",
                "expiration",
                "delta",
                "theoPrice",
                "bid",
                "ask",
                "iv",
            ];
            Case::new(Guest, options.select(named), |page| {
                assert!(page.len() > 100, "{}", page.len());
                for option in page.rows() {
                    assert!(option.symbol.starts_with("OPRA:AAPL"), "{}", option.symbol);
                    let value = |name: &str| option.number(&Column::from(name)).unwrap();
                    assert!(
                        value("bid") <= value("theoPrice") && value("theoPrice") <= value("ask")
                    );
                    assert!((-1.0..=1.0).contains(&value("delta")) && value("iv") > 0.0);
                }
            })
        }
        other => panic!("the table expects nothing of the market {other}"),
    }
}

/// A scan that finds a symbol by its ticker, with numbers in its columns.
fn row(scan: Scan, symbol: &'static str, columns: &'static [&'static str]) -> Case {
    let ticker = symbol.split_once(':').unwrap().1;
    let scan = scan
        .filter(Column::NAME.equal(ticker))
        .select(columns.iter().copied());
    Case::new(Guest, scan, move |page: &ScanPage| {
        assert_eq!(page.total_count, Some(page.len() as i64));
        let row = page.rows().find(|row| row.symbol == symbol).unwrap();
        for column in columns {
            let value = row.number(&Column::from(*column));
            assert!(
                value.is_some_and(|value| value != 0.0),
                "{column}: {value:?}"
            );
        }
    })
}

#[derive(Debug, Deserialize)]
struct Share {
    symbol: String,
    close: f64,
    #[serde(rename = "RSI|60")]
    rsi: Option<f64>,
}

fn scans() -> Vec<Case> {
    let typed = Scan::new(Market::AMERICA)
        .select(["close", "RSI|60"])
        .sort("market_cap_basic", Order::Descending)
        .range(0, 5);
    let gainers = Scan::new(Market::AMERICA)
        .preset("gainers")
        .select([Column::CHANGE])
        .range(0, 5);
    let patterns = Scan::new(Market::AMERICA)
        .select([
            Column::from("Candle.Doji"),
            Column::from("Candle.Hammer|60"),
        ])
        .range(0, 5);
    vec![
        Case::new(Guest, typed.typed::<Share>(), |page| {
            assert_eq!(page.rows.len(), 5);
            assert!(
                page.rows
                    .iter()
                    .all(|row| row.close > 0.0 && row.rsi.is_some())
            );
            assert!(page.rows[0].symbol.contains(':'));
        }),
        Case::new(Guest, gainers, |page| {
            let changes: Vec<f64> = page
                .rows()
                .map(|row| row.number(&Column::CHANGE).unwrap())
                .collect();
            assert!(
                changes[4] > 0.0 && changes.is_sorted_by(|a, b| a >= b),
                "{changes:?}"
            );
        }),
        Case::new(Guest, patterns, |page| {
            let values = page.rows().flat_map(|row| {
                row.values()
                    .map(|(_, cell)| cell.clone())
                    .collect::<Vec<_>>()
            });
            let values: Vec<Cell> = values.collect();
            assert!(
                values.len() == 10
                    && values
                        .iter()
                        .all(|cell| matches!(cell.as_number(), Some(0.0 | 1.0)))
            );
        }),
        Case::new(
            Guest,
            TechnicalRatings::new("NASDAQ:AAPL").unwrap(),
            |ratings| {
                for interval in ScanInterval::ALL {
                    assert!(
                        ratings.at(interval).unwrap().rating().is_some(),
                        "{interval:?}"
                    );
                }
            },
        ),
        Case::new(
            Owner,
            Snapshot::new("NASDAQ:AAPL")
                .unwrap()
                .select([Column::CLOSE, Column::from("update_mode")]),
            |values| {
                assert!(values.number(&Column::CLOSE).unwrap() > 0.0);
                assert_eq!(values.text(&Column::from("update_mode")), Some("streaming"));
            },
        ),
        Case::new(Guest, Metainfo::new(Market::OPTIONS), |fields| {
            assert!(
                fields
                    .fields
                    .iter()
                    .any(|field| field.name.as_deref() == Some("strike"))
            );
        }),
        Case::new(Guest, EnumLists::new(["technical_rating"]), |lists| {
            assert_eq!(lists.get("technical_rating").len(), 5);
        }),
        Case::new(Guest, FieldList, |fields| assert!(!fields.is_empty())),
        Case::new(Guest, Currencies, |currencies| {
            assert!(
                currencies
                    .iter()
                    .any(|it| it.code.as_deref() == Some("EUR"))
            );
        }),
    ]
}

fn calendars() -> Vec<Case> {
    let rows = |page: &ScanPage| assert!(page.total_count > Some(0) && !page.is_empty());
    let time = |text: &str| text.parse().unwrap();
    let economic =
        || EconomicCalendar::new("2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z").unwrap();
    vec![
        Case::new(Guest, Statements::new("NASDAQ:AAPL").unwrap(), |table| {
            assert_eq!(table.currency.as_deref(), Some("USD"));
            let of = |item: &str, period| {
                let rows = table
                    .rows
                    .iter()
                    .filter(move |row| row.item == item && row.period == period);
                rows.map(|row| (row.year.clone(), row.value))
                    .collect::<Vec<_>>()
            };
            let years = of("total_revenue", Period::Year);
            assert_eq!((years.len(), years[0].0.as_deref()), (20, Some("2025")));
            assert!(years[10].1 < years[0].1, "companies grew");
            let quarters = of("net_income", Period::Quarter);
            let sum: f64 = quarters[..4].iter().map(|(_, value)| value).sum();
            assert_eq!(of("net_income", Period::TwelveMonths)[0].1, sum);
        }),
        Case::new(
            Guest,
            earnings(time("2026-10-25T00:00:00Z"), time("2026-11-01T00:00:00Z")).unwrap(),
            move |page| {
                rows(page);
                for row in page.rows() {
                    let value = |name: &str| row.number(&Column::from(name));
                    assert!(
                        value("earnings_per_share_fq").is_some()
                            && value("eps_surprise_percent_fq").is_some()
                    );
                }
            },
        ),
        Case::new(
            Guest,
            dividends(time("2026-11-10T00:00:00Z"), time("2026-11-15T00:00:00Z")).unwrap(),
            move |page| {
                rows(page);
                assert!(
                    page.rows()
                        .all(|row| row.number(&Column::from("dividend_amount_recent")) > Some(0.0))
                );
            },
        ),
        Case::new(
            Guest,
            offers(time("2010-01-01T00:00:00Z"), time("2016-01-01T00:00:00Z")).unwrap(),
            move |page| {
                rows(page);
                assert!(
                    page.rows()
                        .all(|row| row.number(&Column::IPO_DATE).is_some())
                );
            },
        ),
        Case::new(Guest, economic(), |events| {
            assert!(events.result.len() > 10 && !events.may_be_cut());
        }),
        Case::new(Guest, economic().of_older_source(), |events| {
            // By its address alone the simulator does not know the older host.
            assert!(events.result.len() > 10);
        }),
    ]
}
