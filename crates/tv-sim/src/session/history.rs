//! A history session: what a strategy would have done over a stretch of the past.
//!
//! The shapes are those that one client sends and reads; the strategy is the simplest there is, so that every number can be
//! checked: it buys at the first open price and sells at the last close.

use serde_json::{Value, json};

use super::chart::text;
use super::replies::untimed;
use super::series::{Bar, MarketSeries, Window};
use super::source::{Context, Refusal, Subject};
use crate::market::Interval;

/// One history session. It remembers nothing.
#[derive(Debug)]
pub(crate) struct HistorySession;

impl HistorySession {
    /// `request_history_data`: session, number, symbol, resolution, number, range, study, its inputs, and a list.
    pub(super) fn request(
        &self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let wrong = Refusal("invalid parameters");
        let id = params
            .get(1)
            .filter(|id| id.is_number() || id.is_string())
            .ok_or(wrong)?;
        let (asked, resolution) = (text(params, 2).ok_or(wrong)?, text(params, 3).ok_or(wrong)?);
        let range = params
            .get(5)
            .and_then(|range| range.get("from_to"))
            .ok_or(wrong)?;
        let side = |name: &str| {
            range
                .get(name)
                .and_then(Value::as_i64)
                .filter(|time| (0..100_000_000_000).contains(time))
                .map(|time| time * 1000)
        };
        let (from, to) = (side("from").ok_or(wrong)?, side("to").ok_or(wrong)?);
        text(params, 6).ok_or(wrong)?;
        let error = |reason: &str| untimed("request_error", json!([session, id, reason]));
        if !cx.limits.deep_history {
            cx.out.push(error("not_allowed"));
            return Ok(());
        }
        let (Some(Subject::Market(symbol)), Ok(interval)) =
            (cx.source.resolve(asked), Interval::parse(resolution))
        else {
            cx.out.push(error("resolve error"));
            return Ok(());
        };
        let currency = symbol.resolved().get("currency_code").cloned();
        let (series, _) = MarketSeries::new(symbol, interval, Window::Between(from, to), cx.now);
        let (first, last) = series.span();
        let bars = series.bars(first, last, cx.now);
        let data = json!({ "data": { "report": report(&bars, (from, to), currency) } });
        let body = json!({ "ns": { "d": data.to_string(), "indexes": [] } });
        cx.out
            .push(untimed("request_data", json!([session, id, body])));
        Ok(())
    }
}

/// The report of one long trade over all bars.
fn report(bars: &[Bar], (from, to): (i64, i64), currency: Option<Value>) -> Value {
    let settings = json!({ "dateRange": {
        "backtest": { "from": from, "to": to }, "trade": { "from": from, "to": to },
    } });
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        return json!({ "currency": currency, "settings": settings, "performance": {}, "trades": [] });
    };
    let value = |price: f64| json!({ "v": price - first.open, "p": price / first.open - 1.0 });
    let profit = last.close - first.open;
    let percent = profit / first.open;
    let high = bars.iter().map(|bar| bar.high).fold(first.open, f64::max);
    let low = bars.iter().map(|bar| bar.low).fold(first.open, f64::min);
    let (won, lost) = (profit.max(0.0), (-profit).max(0.0));
    let side = |traded: bool| {
        let share = |amount: f64| if traded { amount } else { 0.0 };
        json!({
            "netProfit": share(profit), "netProfitPercent": share(percent),
            "grossProfit": share(won), "grossLoss": share(lost),
            "totalTrades": i64::from(traded), "totalOpenTrades": 0,
            "numberOfWiningTrades": i64::from(traded && profit > 0.0),
            "numberOfLosingTrades": i64::from(traded && profit < 0.0),
            "percentProfitable": share(f64::from(u8::from(profit > 0.0))),
            "avgTrade": share(profit), "avgTradePercent": share(percent), "commissionPaid": 0.0,
        })
    };
    let equity: Vec<f64> = bars.iter().map(|bar| bar.close - first.open).collect();
    json!({
        "currency": currency,
        "settings": settings,
        "performance": {
            "all": side(true), "long": side(true), "short": side(false),
            "buyHoldReturn": profit, "buyHoldReturnPercent": percent, "openPL": 0.0, "openPLPercent": 0.0,
            "maxDrawDown": first.open - low, "maxDrawDownPercent": 1.0 - low / first.open,
        },
        "history": { "equity": equity, "buyHold": equity },
        "trades": [{
            "e": { "c": "Long", "tp": "le", "p": first.open, "tm": first.time * 1000 },
            "x": { "c": "Close", "tp": "lx", "p": last.close, "tm": last.time * 1000 },
            "q": 1.0, "tp": value(last.close), "cp": value(last.close), "rn": value(high), "dd": value(low),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, Peer, read, wire};
    use super::*;

    fn ask(peer: &mut Peer, symbol: &str) -> Value {
        peer.ask("history_create_session", ["hs_1"]);
        let to = NOW / 1000;
        let params = json!([
            "hs_1", 0, symbol, "60", 0, { "from_to": { "from": to - 864_000, "to": to } },
            "StrategyScript@tv-scripting-101!", {}, [],
        ]);
        read(&peer.ask("request_history_data", params)).remove(0)
    }

    #[test]
    fn a_report_comes_to_those_who_may_have_it() {
        let mut peer = Peer::new(wire());
        let data = ask(
            &mut peer,
            r#"={"symbol":"BINANCE:BTCUSDT","adjustment":"splits"}"#,
        );
        assert_eq!(
            (&data["m"], &data["p"][1]),
            (&json!("request_data"), &json!(0))
        );
        let text = data["p"][2]["ns"]["d"].as_str().unwrap();
        let report = serde_json::from_str::<Value>(text).unwrap()["data"]["report"].clone();
        let trade = &report["trades"][0];
        let profit = trade["x"]["p"].as_f64().unwrap() - trade["e"]["p"].as_f64().unwrap();
        assert_eq!(
            report["performance"]["all"]["netProfit"].as_f64(),
            Some(profit)
        );
        assert_eq!(report["history"]["equity"].as_array().unwrap().len(), 240);
    }

    #[test]
    fn an_unknown_symbol_and_a_small_account_are_refused() {
        let mut peer = Peer::new(wire());
        assert_eq!(
            ask(&mut peer, "NASDAQ:NOPE"),
            json!({ "m": "request_error", "p": ["hs_1", 0, "resolve error"] })
        );
        let mut wire = wire();
        wire.strict = true;
        let mut peer = Peer::new(wire);
        assert_eq!(
            ask(&mut peer, "BINANCE:BTCUSDT"),
            json!({ "m": "request_error", "p": ["hs_1", 0, "not_allowed"] })
        );
        peer.ask("set_auth_token", ["paid"]);
        assert_eq!(ask(&mut peer, "BINANCE:BTCUSDT")["m"], "request_data");
    }
}
