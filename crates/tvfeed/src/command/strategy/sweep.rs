//! Many sets of inputs: as many reports at the same time as the account allows.

use std::collections::VecDeque;

use client::{RequestError, Series, study::report::StrategyReport};
use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};

use super::{
    ask::{Answer, report},
    figures::{FIGURES, Figure, Side},
    kept::{Figures, Kept},
};
use crate::{
    args::{Input, StrategyArgs},
    command::{chosen::Chosen, live::Live},
    exit::{Failure, say},
    output::{Field, Shape},
};

/// Figures that tables have, beside the one to sort by.
const IN_TABLE: [&str; 6] = [
    "net_profit",
    "net_profit_fraction",
    "total_trades",
    "profitable_fraction",
    "profit_factor",
    "max_drawdown",
];

/// What is tried, and what it gave.
type Run = (Vec<Input>, Figures);

/// Tries every combination and writes a row for each, sorted.
pub(super) async fn sweep(
    args: &StrategyArgs,
    chosen: &Chosen,
    series: &Series,
    live: &mut Live,
) -> Result<(), Failure> {
    let figure = sorted_by(args)?;
    let all = args.combinations();
    // All of them are checked before the first is tried.
    for inputs in &all {
        chosen.spec(&joined(args, inputs))?;
    }
    let mut kept = Kept::open(args.resume.as_deref(), &description(args))?;
    let known = all.iter().filter(|inputs| kept.get(inputs).is_some());
    let known = known.count();
    if known > 0 {
        say(format_args!(
            "{known} of {} runs are done already",
            all.len()
        ));
    }
    let waiting = all.iter().filter(|inputs| kept.get(inputs).is_none());
    let waiting: VecDeque<Vec<Input>> = waiting.cloned().collect();
    let done = try_all(args, chosen, series, waiting, &mut kept, live).await;
    // What there is by now is written in any case.
    let mut runs: Vec<Run> = all
        .into_iter()
        .filter_map(|inputs| {
            let figures = kept.get(&inputs)?.clone();
            Some((inputs, figures))
        })
        .collect();
    let is_rising = args.order().1;
    runs.sort_by(|(_, one), (_, other)| {
        let value = |figures: &Figures| figures.get(figure.key).and_then(Value::as_f64);
        match (value(one), value(other)) {
            (Some(one), Some(other)) if is_rising => one.total_cmp(&other),
            (Some(one), Some(other)) => other.total_cmp(&one),
            // What has no such figure comes last.
            (one, other) => other.is_some().cmp(&one.is_some()),
        }
    });
    let written = write(args, figure, &runs, live).await;
    done.and(written)
}

/// Tries what waits.
async fn try_all(
    args: &StrategyArgs,
    chosen: &Chosen,
    series: &Series,
    mut waiting: VecDeque<Vec<Input>>,
    kept: &mut Kept,
    live: &mut Live,
) -> Result<(), Failure> {
    let mut at_once = args.at_once.get();
    let mut running = FuturesUnordered::new();
    let title = chosen.title();
    loop {
        while running.len() < at_once
            && let Some(inputs) = waiting.pop_front()
        {
            let spec = chosen.spec(&joined(args, &inputs))?;
            let most = args.chart.timeout;
            running.push(async move {
                let answer = tokio::time::timeout(most, report(series, spec)).await;
                (inputs, answer)
            });
        }
        let Some((inputs, answer)) = live
            .stop()
            .or(running.next())
            .await
            .ok_or(Failure::Interrupted)?
        else {
            return Ok(());
        };
        let shown = shown(&inputs);
        match answer {
            Ok(Ok(Answer::Report(report))) => kept.put(&inputs, figures(&report))?,
            Ok(Ok(Answer::NoReport)) => live.miss(format_args!("{title} ({shown}): no report")),
            Ok(Ok(Answer::Failed(reason))) => {
                live.miss(format_args!("{title} ({shown}): refused: {reason}"));
            }
            Ok(Err(
                RequestError::StudyLimit { reason, .. }
                | RequestError::LimitExceeded { what: reason },
            )) if !running.is_empty() => {
                at_once = running.len();
                say(format_args!(
                    "the account may not have more studies ({reason}); going on with {at_once} at once"
                ));
                waiting.push_front(inputs);
            }
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => live.miss(format_args!(
                "{title} ({shown}): no report within {} s",
                args.chart.timeout.as_secs()
            )),
        }
    }
}

/// The figure to sort by.
pub(super) fn sorted_by(args: &StrategyArgs) -> Result<&'static Figure, Failure> {
    let (name, _) = args.order();
    Figure::named(name).ok_or_else(|| {
        let names: Vec<&str> = FIGURES.iter().map(|figure| figure.key).collect();
        Failure::Usage(format!(
            "--sort: `{name}` is not a figure; use one of {}",
            names.join(", ")
        ))
    })
}

/// The inputs of a run, those that are always set first.
fn joined(args: &StrategyArgs, inputs: &[Input]) -> Vec<Input> {
    let fixed = args.study.inputs.inputs.iter();
    fixed.chain(inputs).cloned().collect()
}

fn shown(inputs: &[Input]) -> String {
    let input = |input: &Input| format!("{}={}", input.name, input.value);
    inputs.iter().map(input).collect::<Vec<_>>().join(", ")
}

/// What a sweep is of. Results of another one do not fit.
fn description(args: &StrategyArgs) -> Value {
    let chart = &args.chart;
    let names: Vec<&str> = args.sweep.iter().map(|sweep| sweep.name.as_str()).collect();
    json!({
        "tvfeed": "strategy --sweep",
        "symbol": chart.symbol.as_str(),
        "options": chart.data.descriptor(&chart.symbol).to_wire(),
        "interval": chart.interval.to_string(),
        "bars": chart.count,
        "study": args.study.name,
        "inputs": shown(&args.study.inputs.inputs),
        "sweep": names,
    })
}

/// The figures of a report for all trades.
fn figures(report: &StrategyReport) -> Figures {
    let performance = report.performance.clone().unwrap_or_default();
    let figure = |figure: &Figure| {
        let value = figure.of(&performance, Side::All);
        (figure.key.to_owned(), json!(value))
    };
    FIGURES.iter().map(figure).collect()
}

async fn write(
    args: &StrategyArgs,
    sorted: &Figure,
    runs: &[Run],
    live: &mut Live,
) -> Result<(), Failure> {
    let mut fields: Vec<Field> = args
        .sweep
        .iter()
        .map(|sweep| Field::new(&sweep.name, &sweep.name, Shape::Word))
        .collect();
    fields.extend(FIGURES.iter().map(|figure| {
        match figure.key == sorted.key || IN_TABLE.contains(&figure.key) {
            true => Field::new(figure.key, figure.label, figure.shape()),
            false => Field::hidden(figure.key),
        }
    }));
    let format = live.format();
    let mut records = live.records(fields);
    let rows: Vec<Vec<_>> = runs
        .iter()
        .map(|(inputs, figures)| {
            let inputs = inputs.iter().map(|input| input.value.as_str().into());
            let figures = FIGURES.iter().map(|figure| {
                let value = figures.get(figure.key).and_then(Value::as_f64);
                figure.value(value, format)
            });
            inputs.chain(figures).collect()
        })
        .collect();
    match live.write(&mut records, &rows).await? {
        true => Ok(()),
        false => Err(Failure::Interrupted),
    }
}
