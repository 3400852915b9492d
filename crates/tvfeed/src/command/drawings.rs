//! `tvfeed drawings`: what is drawn on a layout.

use tv_http::layouts::{ChartToken, Drawing, Drawings};

use super::job::Job;
use crate::{
    args::{ConnectionArgs, DrawingsArgs},
    exit::Failure,
    output::{Field, Shape, Value, date_and_clock, exact},
    stop::Stop,
};

/// Asks for the layout's token, then for its drawings.
pub(crate) async fn drawings(
    args: &DrawingsArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    Job::run(&args.rows, connection, stop, async |job| {
        work(args, job).await
    })
    .await
}

async fn work(args: &DrawingsArgs, job: &mut Job) -> Result<(), Failure> {
    let token = job.ask(&ChartToken::new(&args.layout, args.user)).await?;
    let mut question = Drawings::new(&args.layout, token);
    if let Some(chart) = &args.chart {
        question = question.chart(chart);
    }
    if let Some(symbol) = &args.symbol {
        question = question.symbol(symbol.as_str());
    }
    let sources = job.ask(&question).await?;
    let drawn = sources.drawings().iter();
    let rows: Vec<Vec<Value>> = drawn.map(|(id, drawing)| row(id, drawing)).collect();
    let mut records = job.records(vec![
        Field::new("id", "ID", Shape::Word),
        Field::new("tool", "TOOL", Shape::Word),
        Field::new("symbol", "SYMBOL", Shape::Symbol),
        Field::new("points", "POINTS", Shape::Prose),
        Field::new("updated", "UPDATED", Shape::Time),
        Field::hidden("drawing"),
    ]);
    job.write(&mut records, &rows).await?;
    if rows.is_empty() {
        job.miss("there are no drawings; those of one chart need --chart");
    }
    Ok(())
}

fn row(id: &str, drawing: &Drawing) -> Vec<Value> {
    let tool = drawing.tool().map(|tool| tool.as_str().to_owned());
    let tool = tool.map(|tool| {
        tool.strip_prefix("LineTool")
            .map(str::to_owned)
            .unwrap_or(tool)
    });
    let points = drawing.points().iter().map(|point| {
        let time = point.time.map(|time| date_and_clock(time.seconds()));
        let price = point.price.map(exact);
        let parts: Vec<String> = time.into_iter().chain(price).collect();
        parts.join(" at ")
    });
    let raw = serde_json::to_string(drawing).unwrap_or_else(|_| "null".to_owned());
    vec![
        id.into(),
        tool.into(),
        drawing.symbol.clone().into(),
        Value::List(points.collect()),
        drawing.updated_ms.map(|time| time.div_euclid(1_000)).into(),
        Value::Json(raw),
    ]
}
