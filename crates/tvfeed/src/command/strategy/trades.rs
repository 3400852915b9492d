//! The trades of a report as rows.

use client::study::report::{Trade, TradeLeg};

use crate::output::{Field, Shape, Value};

/// The columns of trades.
pub(super) fn fields() -> Vec<Field> {
    let amount = |key: &str, heading: &str| Field::new(key, heading, Shape::Price);
    vec![
        Field::new("number", "NUMBER", Shape::Whole),
        Field::new("side", "SIDE", Shape::Word),
        Field::new("entry_time", "ENTRY UTC", Shape::Time),
        amount("entry_price", "ENTRY"),
        Field::hidden("entry_comment"),
        Field::new("exit_time", "EXIT UTC", Shape::Time),
        amount("exit_price", "EXIT"),
        Field::hidden("exit_comment"),
        Field::new("quantity", "QUANTITY", Shape::Number),
        amount("profit", "PROFIT"),
        Field::hidden("profit_fraction"),
        amount("cumulative", "CUMULATIVE"),
        Field::hidden("run_up"),
        Field::hidden("drawdown"),
        Field::hidden("commission"),
        Field::hidden("open"),
    ]
}

/// Trades as rows, oldest first. The first has the number `first`: older ones may be cut off.
pub(super) fn rows(trades: &[Trade], first: i64) -> Vec<Vec<Value>> {
    let rows = (first..).zip(trades);
    rows.map(|(number, trade)| row(number, trade)).collect()
}

fn row(number: i64, trade: &Trade) -> Vec<Value> {
    let side = trade.is_long().map(|is_long| match is_long {
        true => "long",
        false => "short",
    });
    let time = |leg: &Option<TradeLeg>| leg.as_ref()?.time.map(|time| time.seconds());
    let price = |leg: &Option<TradeLeg>| leg.as_ref()?.price;
    let comment = |leg: &Option<TradeLeg>| {
        let text = leg.as_ref()?.comment.clone();
        text.filter(|text| !text.is_empty())
    };
    let profit = trade.profit.as_ref();
    let value = |amount: &Option<client::study::report::Amount>| amount.as_ref()?.value;
    vec![
        number.into(),
        side.into(),
        time(&trade.entry).into(),
        price(&trade.entry).into(),
        comment(&trade.entry).into(),
        time(&trade.exit).into(),
        price(&trade.exit).into(),
        comment(&trade.exit).into(),
        trade.quantity.into(),
        value(&trade.profit).into(),
        profit.and_then(|profit| profit.fraction).into(),
        value(&trade.cumulative).into(),
        value(&trade.run_up).into(),
        value(&trade.drawdown).into(),
        trade.commission.into(),
        trade.is_open().into(),
    ]
}
