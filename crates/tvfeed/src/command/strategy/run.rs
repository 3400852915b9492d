//! The command: one report with its trades, or a sweep.

use client::study::report::{Performance, StrategyReport, Trade};

use super::{
    ask::{Answer, report},
    figures::{FIGURES, Side},
    sweep::{sorted_by, sweep},
    trades,
};
use crate::{
    args::{ConnectionArgs, Format, StrategyArgs},
    command::{
        chosen::{Chosen, check, choose},
        live::Live,
        written::records,
    },
    exit::Failure,
    output::{Field, Output, Shape, Value, date_and_clock, span},
    stop::Stop,
};

/// Writes the figures of a strategy's report, and its trades to another file; or those of many
/// inputs.
pub(crate) async fn strategy(
    args: &StrategyArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    check(&args.study)?;
    sorted_by(args)?;
    // First, so that a file that cannot be written is reported before anything is asked for.
    let mut trades = match &args.trades {
        Some(file) => Some(Output::to(Some(file))?),
        None => None,
    };
    let done = Live::run(&args.rows, connection, stop, async |live| {
        work(args, connection, trades.as_mut(), live).await
    })
    .await;
    match (trades, done) {
        (Some(trades), Ok(())) => trades.finish(),
        (Some(trades), Err(failure)) => {
            trades.keep();
            Err(failure)
        }
        (None, done) => done,
    }
}

async fn work(
    args: &StrategyArgs,
    connection: &ConnectionArgs,
    trades: Option<&mut Output>,
    live: &mut Live,
) -> Result<(), Failure> {
    let chosen = choose(&args.study.name, connection, live).await?;
    if !chosen.is_strategy() {
        return Err(Failure::Usage(format!(
            "{} is not a strategy: `tvfeed study` shows its values",
            chosen.title()
        )));
    }
    let spec = chosen.spec(&args.study.inputs.inputs)?;
    let series = live.series(&args.chart).await?;
    if !args.sweep.is_empty() {
        return sweep(args, &chosen, &series, live).await;
    }
    let title = chosen.title();
    let most = args.chart.timeout;
    let asked = tokio::time::timeout(most, report(&series, spec));
    let answer = live.wait(&title, most, asked).await?;
    let report = match answer {
        Ok(Ok(Answer::Report(report))) => report,
        Ok(Ok(Answer::Failed(reason))) => {
            return Err(Failure::Refused(format!("{title}: refused: {reason}")));
        }
        Ok(Ok(Answer::NoReport)) => {
            return Err(Failure::Refused(format!(
                "{title}: the server has computed it and sent no report"
            )));
        }
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => {
            return Err(Failure::Network(format!(
                "{title}: no report within {}",
                span(most.as_secs())
            )));
        }
    };
    remark(&chosen, &report, live);
    if let Some(output) = trades {
        write_trades(&report, args.trades_format(), output, live).await?;
    }
    write_figures(&report, live).await
}

/// What the figures are of, for people.
fn remark(chosen: &Chosen, report: &StrategyReport, live: &Live) {
    let settings = report.settings.as_ref();
    let ranges = settings.and_then(|settings| settings.date_range.as_ref());
    let range = ranges.and_then(|ranges| ranges.backtest.as_ref());
    let range = range.and_then(|range| Some((range.from?, range.to?)));
    let range = range.map(|(from, to)| {
        let [from, to] = [from, to].map(|time| date_and_clock(time.seconds()));
        format!(", {from} to {to} UTC")
    });
    let currency = report.currency.as_deref().map(|it| format!(" in {it}"));
    live.remark(format_args!(
        "{}{}{}",
        chosen.title(),
        currency.unwrap_or_default(),
        range.unwrap_or_default()
    ));
}

async fn write_figures(report: &StrategyReport, live: &mut Live) -> Result<(), Failure> {
    let Some(performance) = &report.performance else {
        live.miss("the report has no figures");
        return Ok(());
    };
    let format = live.format();
    let text = format == Format::Table;
    let shape = Shape::Price;
    let mut records = live.records(vec![
        Field::new("figure", "FIGURE", Shape::Word),
        Field::new("all", "ALL", shape),
        Field::new("long", "LONG", shape),
        Field::new("short", "SHORT", shape),
    ]);
    let rows: Vec<Vec<Value>> = FIGURES
        .iter()
        .map(|figure| {
            let name = if text { figure.label } else { figure.key };
            let mut row: Vec<Value> = vec![name.into()];
            row.extend([Side::All, Side::Long, Side::Short].map(|side| {
                let value = figure.value(figure.of(performance, side), format);
                match text {
                    true if value != Value::Missing => {
                        crate::output::cell(figure.shape(), &value).into()
                    }
                    _ => value,
                }
            }));
            row
        })
        .collect();
    if is_without_trades(performance, report.trades.as_deref()) {
        live.remark("the strategy has not traded on these bars");
    }
    match live.write(&mut records, &rows).await? {
        true => Ok(()),
        false => Err(Failure::Interrupted),
    }
}

fn is_without_trades(performance: &Performance, trades: Option<&[Trade]>) -> bool {
    let all = performance.all.as_ref();
    let closed = all.and_then(|all| all.total_trades);
    trades.is_some_and(<[Trade]>::is_empty) || closed == Some(0) && trades.is_none()
}

async fn write_trades(
    report: &StrategyReport,
    format: Format,
    output: &mut Output,
    live: &mut Live,
) -> Result<(), Failure> {
    let Some(all) = report.trades.as_deref() else {
        live.miss("the report has no list of trades");
        return Ok(());
    };
    let cut = report.first_trade_index.unwrap_or_default();
    if cut > 0 {
        live.miss(format_args!(
            "the oldest {cut} trades are missing: the server lists the newest ones"
        ));
    }
    let text = records(format, trades::fields()).lines(&trades::rows(all, cut + 1));
    match output.send_until(live.stop(), text).await? {
        true => Ok(()),
        false => Err(Failure::Interrupted),
    }
}
