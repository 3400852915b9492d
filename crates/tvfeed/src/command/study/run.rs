//! The command: request, write, follow.

use std::time::Duration;

use client::{StudyEvent, StudyPoint};
use tokio::time::MissedTickBehavior;

use super::{
    columns::Columns,
    drawings,
    track::{Row, Track},
    work::{News, Work},
};
use crate::{
    args::{ConnectionArgs, StudyArgs},
    command::{
        chosen::{check, choose},
        live::Live,
    },
    exit::{Failure, say},
    output::{Records, Value, grouped},
    stop::Stop,
};

/// How often bars that the series has closed are looked at.
const TICK: Duration = Duration::from_millis(500);

/// Writes what a study computes, or draws; with `--follow` goes on until time, count or a signal
/// ends it.
pub(crate) async fn study(
    args: &StudyArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    check(&args.study)?;
    Live::run(&args.rows, connection, stop, async |live| {
        work(args, connection, live).await
    })
    .await
}

async fn work(
    args: &StudyArgs,
    connection: &ConnectionArgs,
    live: &mut Live,
) -> Result<(), Failure> {
    let chosen = choose(&args.study.name, connection, live).await?;
    let spec = chosen.spec(&args.study.inputs.inputs)?;
    let series = live.series(&args.chart).await?;
    let study = series.study(spec).await?;
    let mut work = Work {
        title: chosen.title().to_owned(),
        args,
        begin: series.history().first().map(|bar| bar.time),
        open: series.open_bar().map(|bar| bar.time),
        series,
        study,
    };
    let points = work.first(live).await?;
    if args.graphics {
        return drawings::write(&mut work, live).await;
    }
    rows(&mut work, points, live).await
}

/// Writes rows.
async fn rows(
    work: &mut Work<'_>,
    points: Vec<StudyPoint>,
    live: &mut Live,
) -> Result<(), Failure> {
    let columns = Columns::of(work.study.plots(), &points, live.format());
    if columns.len() == 0 || points.is_empty() {
        live.miss(match work.study.plots().is_empty() {
            true => format!("{}: no values; it may draw: --graphics", work.title),
            false => format!("{}: the server has no values for these bars", work.title),
        });
    }
    let mut records = live.records(columns.fields());
    let mut track = Track::default();
    let rows = track.snapshot(points, work.open);
    if !write(&columns, &mut records, &rows, live).await? {
        return Err(Failure::Interrupted);
    }
    if !work.args.follow {
        return Ok(());
    }
    live.stop_after(work.args.duration);
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left = work.args.limit_lines.map(std::num::NonZero::get);
    loop {
        let rows = match work.news(&mut ticks, &mut track, live).await? {
            News::Stop => return Ok(()),
            News::Tick => track.settle().into_iter().collect(),
            News::Study(StudyEvent::Row(point)) => {
                check_width(work, &point, &columns);
                track.row(point)
            }
            News::Study(StudyEvent::Snapshot(points)) => {
                let rows = track.snapshot(work.wanted(points), work.open);
                if !rows.is_empty() {
                    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
                    let (count, title) = (grouped(count), &work.title);
                    say(format_args!("{title}: computed anew, {count} rows differ"));
                }
                rows
            }
            News::Study(event) => {
                if matches!(event, StudyEvent::Lagged { .. }) {
                    live.miss(format_args!("{}: rows are missing", work.title));
                }
                continue;
            }
        };
        let most = left.map_or(rows.len(), |left| {
            rows.len().min(usize::try_from(left).unwrap_or(usize::MAX))
        });
        let rows = rows.get(..most).unwrap_or_default();
        if !write(&columns, &mut records, rows, live).await? {
            return Ok(());
        }
        left = left.map(|left| left.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX)));
        if left == Some(0) {
            return Ok(());
        }
    }
}

fn check_width(work: &Work<'_>, point: &StudyPoint, columns: &Columns) {
    if point.values.len() > columns.len() {
        tracing::warn!(study = %work.title, values = point.values.len(), "values without a column");
    }
}

async fn write(
    columns: &Columns,
    records: &mut Records,
    rows: &[Row],
    live: &mut Live,
) -> Result<bool, Failure> {
    let rows: Vec<Vec<Value>> = rows
        .iter()
        .map(|(point, is_closed)| columns.row(point, *is_closed))
        .collect();
    live.write(records, &rows).await
}
