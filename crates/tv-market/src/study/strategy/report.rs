//! The report of a strategy, with the names that the server uses.

use serde_json::{Map, Value, json};

use super::{
    statistics::{Sums, deepest_fall, ratio, risk_ratios},
    terms::Terms,
    trades::{Backtest, Trade},
};

/// Writes the report. Times are in milliseconds UTC; what is called percent is a part of one.
pub(super) fn report(test: &Backtest, terms: Terms, currency: &str) -> Value {
    let millis = |bar: Option<&(i64, f64)>| bar.map_or(0, |(time, _)| time * 1000);
    let range = json!({ "from": millis(test.closes.first()), "to": millis(test.closes.last()) });
    let traded = json!({
        "from": test.trades.first().map_or(0, |trade| trade.entry.time * 1000),
        "to": test.trades.last().map_or(0, |trade| trade.exit.time * 1000),
    });
    let mut report = curves(test, terms);
    let parts = [
        ("currency", json!(currency)),
        (
            "settings",
            json!({ "dateRange": { "backtest": range, "trade": traded } }),
        ),
        ("performance", performance(test, terms)),
        ("trades", trades(test, terms)),
    ];
    report.extend(parts.map(|(name, part)| (name.to_owned(), part)));
    Value::Object(report)
}

fn performance(test: &Backtest, terms: Terms) -> Value {
    let open = test.trades.last().filter(|trade| trade.open);
    let open_profit = open.map_or(0.0, |trade| trade.profit);
    let first = test.closes.first().map_or(0.0, |(_, close)| *close);
    let last = test.closes.last().map_or(0.0, |(_, close)| *close);
    let held = ratio(last - first, first);
    let (fall, fall_part) = deepest_fall(&test.gains, terms.capital);
    let ratios = risk_ratios(test, terms.capital);
    json!({
        "all": side(&test.trades, terms, |_| true),
        "long": side(&test.trades, terms, |trade| trade.long),
        "short": side(&test.trades, terms, |trade| !trade.long),
        "buyHoldReturn": held * terms.capital,
        "buyHoldReturnPercent": held,
        "maxDrawDown": fall,
        "maxDrawDownPercent": fall_part,
        "openPL": open_profit,
        "openPLPercent": ratio(open_profit, terms.capital),
        "sharpeRatio": ratios.map(|ratios| ratios.0),
        "sortinoRatio": ratios.map(|ratios| ratios.1),
    })
}

fn side(trades: &[Trade], terms: Terms, fits: impl Fn(&Trade) -> bool) -> Value {
    let sums = Sums::of(trades, fits);
    let each = |sum: f64, count: usize| ratio(sum, count as f64);
    let (won, lost) = (
        each(sums.gross_profit, sums.won),
        each(sums.gross_loss, sums.lost),
    );
    let mut side = json!({
        "avgBarsInTrade": each(sums.bars as f64, sums.trades),
        "avgBarsInWinTrade": each(sums.bars_won as f64, sums.won),
        "avgBarsInLossTrade": each(sums.bars_lost as f64, sums.lost),
        "avgTrade": each(sums.net(), sums.trades),
        "avgTradePercent": each(sums.profit_parts - sums.loss_parts, sums.trades),
        "avgLosTrade": lost,
        "avgLosTradePercent": each(sums.loss_parts, sums.lost),
        "avgWinTrade": won,
        "avgWinTradePercent": each(sums.profit_parts, sums.won),
        "commissionPaid": sums.commission,
        "largestLosTrade": sums.largest_loss,
        "largestLosTradePercent": sums.largest_loss_part,
        "largestWinTrade": sums.largest_profit,
        "largestWinTradePercent": sums.largest_profit_part,
        "marginCalls": 0,
        "maxContractsHeld": sums.most_held,
        "numberOfLosingTrades": sums.lost,
        "numberOfWiningTrades": sums.won,
        "percentProfitable": each(sums.won as f64, sums.trades),
        "profitFactor": (sums.gross_loss > 0.0).then(|| sums.gross_profit / sums.gross_loss),
        "ratioAvgWinAvgLoss": (lost > 0.0).then(|| won / lost),
        "totalOpenTrades": sums.open,
        "totalTrades": sums.trades,
    });
    if let Some(side) = side.as_object_mut() {
        for (name, money) in [
            ("netProfit", sums.net()),
            ("grossProfit", sums.gross_profit),
            ("grossLoss", sums.gross_loss),
        ] {
            side.insert(name.into(), json!(money));
            side.insert(format!("{name}Percent"), json!(ratio(money, terms.capital)));
        }
    }
    side
}

/// Curves with a point for each trade, at its end. They stand in the report itself, beside its
/// other parts.
fn curves(test: &Backtest, terms: Terms) -> Map<String, Value> {
    let capital = terms.capital;
    let first = test.closes.first().map_or(0.0, |(_, close)| *close);
    let (mut equity, mut highest) = (capital, capital);
    let mut curves: [Vec<f64>; 3] = Default::default();
    for trade in &test.trades {
        equity += trade.profit;
        highest = highest.max(equity);
        let held = ratio(trade.exit.price - first, first) * capital;
        for (curve, point) in curves.iter_mut().zip([held, equity, highest - equity]) {
            curve.push(point);
        }
    }
    let [held, equity, fall] = curves;
    let parts = |curve: &[f64]| {
        curve
            .iter()
            .map(|point| ratio(*point, capital))
            .collect::<Vec<_>>()
    };
    let mut named = Map::new();
    for (name, curve) in [("buyHold", held), ("equity", equity), ("drawDown", fall)] {
        named.insert(format!("{name}Percent"), json!(parts(&curve)));
        named.insert(name.into(), json!(curve));
    }
    named
}

/// The trades, oldest first.
fn trades(test: &Backtest, terms: Terms) -> Value {
    let mut sum = 0.0;
    let one = |trade: &Trade| {
        sum += trade.profit;
        let name = |long: bool| {
            if long {
                "My Long Entry Id"
            } else {
                "My Short Entry Id"
            }
        };
        // Each position ends because the opposite one begins.
        let (begins, ends) = if trade.long {
            ("le", "lx")
        } else {
            ("se", "sx")
        };
        let of_value = |money: f64| json!({ "v": money, "p": ratio(money, trade.value()) });
        json!({
            "e": { "c": name(trade.long), "tp": begins, "p": trade.entry.price, "tm": trade.entry.time * 1000 },
            "x": {
                "c": if trade.open { "" } else { name(!trade.long) }, "tp": ends, "p": trade.exit.price,
                "tm": trade.exit.time * 1000,
            },
            "q": trade.quantity,
            "tp": of_value(trade.profit),
            "cp": { "v": sum, "p": ratio(sum, terms.capital) },
            "rn": of_value(trade.run_up),
            "dd": of_value(trade.draw_down),
        })
    };
    test.trades.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            strategy::{MAX_TRADES, Strategy},
            trades::tests::signal,
        },
        *,
    };

    fn strategy(bars: i64, commission: f64) -> Value {
        let terms = Terms {
            commission,
            ..Terms::default()
        };
        let mut strategy = Strategy::new(terms);
        for at in 0..bars {
            let price = 100.0 + 20.0 * (at as f64 * 0.11).sin() + (at % 7) as f64;
            let signal = signal(at, price, price + 0.5, Some((at as f64 * 0.29).sin() > 0.0));
            strategy.close(&signal.bar, signal.up);
        }
        let open = signal(bars, 101.0, 103.0, None).bar;
        strategy.report(Some(&open), "USD")
    }

    fn close(one: &Value, other: f64) {
        let one = one.as_f64().unwrap();
        assert!(
            (one - other).abs() < 1e-6 * other.abs().max(1.0),
            "{one} and {other}"
        );
    }

    #[test]
    fn the_sums_of_a_report_are_those_of_its_trades() {
        let report = strategy(1000, 0.1);
        let trades = report["trades"].as_array().unwrap();
        assert!(trades.len() > 20);
        let (ended, open) = trades.split_at(trades.len() - 1);
        assert_eq!(
            (open[0]["x"]["c"].as_str(), ended[0]["x"]["c"] != ""),
            (Some(""), true)
        );
        let profit = |trade: &Value| trade["tp"]["v"].as_f64().unwrap();
        let mut sum = 0.0;
        for (at, trade) in trades.iter().enumerate() {
            let number = |path: &str| trade.pointer(path).and_then(Value::as_f64).unwrap();
            let long = trade["e"]["tp"] == "le";
            let difference =
                (number("/x/p") - number("/e/p")) * number("/q") * if long { 1.0 } else { -1.0 };
            let traded = number("/e/p")
                + if at < ended.len() {
                    number("/x/p")
                } else {
                    0.0
                };
            let earned = difference - traded * number("/q") * 0.001;
            close(&trade["tp"]["v"], earned);
            close(&trade["tp"]["p"], earned / (number("/e/p") * number("/q")));
            sum += earned;
            close(&trade["cp"]["v"], sum);
            close(&report["equity"][at], 1_000_000.0 + sum);
            close(&report["equityPercent"][at], 1.0 + sum / 1_000_000.0);
            assert!(number("/rn/v") >= difference - 1e-9 && number("/dd/v") >= -difference - 1e-9);
            if let Some(next) = trades.get(at + 1) {
                assert_eq!(
                    (&trade["x"]["tm"], &trade["x"]["p"]),
                    (&next["e"]["tm"], &next["e"]["p"])
                );
            }
        }
        let performance = &report["performance"];
        for (name, fits) in [("all", None), ("long", Some("le")), ("short", Some("se"))] {
            let side = &performance[name];
            let of: Vec<f64> = ended
                .iter()
                .filter(|trade| fits.is_none_or(|kind| trade["e"]["tp"] == kind))
                .map(profit)
                .collect();
            let (won, lost): (Vec<f64>, Vec<f64>) = of.iter().partition(|profit| **profit > 0.0);
            assert_eq!(
                side["totalTrades"].as_u64(),
                Some(of.len() as u64),
                "{name}"
            );
            assert_eq!(
                side["numberOfWiningTrades"].as_u64(),
                Some(won.len() as u64)
            );
            assert_eq!(
                side["numberOfLosingTrades"].as_u64(),
                Some(lost.len() as u64)
            );
            close(&side["netProfit"], of.iter().sum());
            close(
                &side["netProfitPercent"],
                of.iter().sum::<f64>() / 1_000_000.0,
            );
            close(&side["grossLoss"], -lost.iter().sum::<f64>());
            close(
                &side["profitFactor"],
                won.iter().sum::<f64>() / -lost.iter().sum::<f64>(),
            );
            close(
                &side["percentProfitable"],
                won.len() as f64 / of.len() as f64,
            );
            close(
                &side["largestWinTrade"],
                won.iter().copied().fold(0.0, f64::max),
            );
        }
        close(&performance["openPL"], profit(&open[0]));
        close(&performance["buyHoldReturnPercent"], 103.0 / 100.5 - 1.0);
        assert!(performance["maxDrawDown"].as_f64().unwrap() > 0.0);
        assert!(performance["sharpeRatio"].is_f64());
    }

    #[test]
    fn a_report_of_nothing_is_whole() {
        let report = Strategy::new(Terms::default()).report(None, "USD");
        assert_eq!(report["trades"], json!([]));
        assert_eq!(report["performance"]["all"]["totalTrades"], 0);
        assert_eq!(report["performance"]["sharpeRatio"], Value::Null);
        assert_eq!(report["equity"], json!([]));
        assert_eq!(
            report["settings"]["dateRange"]["backtest"],
            json!({ "from": 0, "to": 0 })
        );
    }

    #[test]
    fn reports_are_bounded() {
        let mut strategy = Strategy::new(Terms::default());
        for at in 0..30_000 {
            strategy.close(
                &signal(at, 100.0, 100.0 + (at % 3) as f64, None).bar,
                Some(at % 2 == 0),
            );
        }
        assert!(strategy.signals.len() <= 12_500);
        let report = strategy.report(None, "USD");
        let trades = report["trades"].as_array().unwrap();
        assert!(
            (MAX_TRADES..MAX_TRADES + 3).contains(&trades.len()),
            "{}",
            trades.len()
        );
        close(
            &trades[0]["cp"]["v"],
            trades[0]["tp"]["v"].as_f64().unwrap(),
        );
    }
}
