//! What a study draws, one row for each drawing.

use std::{sync::Arc, time::Duration};

use client::{
    StudyEvent,
    study::graphics::{Primitive, PrimitiveId, Scene},
};

use super::{
    track::Track,
    work::{News, Work},
};
use crate::{
    command::live::Live,
    exit::Failure,
    output::{Field, Shape, Value},
};

/// How long drawings may come after the values. They come together, or there are none.
const AFTER_VALUES: Duration = Duration::from_secs(1);

/// Writes the drawings; with `--follow` each that is created, changed or erased later.
pub(super) async fn write(work: &mut Work<'_>, live: &mut Live) -> Result<(), Failure> {
    let mut records = live.records(vec![
        Field::new("change", "CHANGE", Shape::Word),
        Field::new("kind", "KIND", Shape::Word),
        Field::new("style", "STYLE", Shape::Word),
        Field::new("id", "ID", Shape::Whole),
        Field::new("drawing", "DRAWING", Shape::Prose),
    ]);
    let mut scene = first(work, live).await?;
    let present: Vec<Vec<Value>> = scene
        .iter()
        .map(|(id, drawing)| row("present", id, Some(drawing)))
        .collect();
    if present.is_empty() {
        live.miss("the study has drawn nothing on these bars");
    }
    if !live.write(&mut records, &present).await? {
        return Err(Failure::Interrupted);
    }
    if !work.args.follow {
        return Ok(());
    }
    live.stop_after(work.args.duration);
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    let mut left = work
        .args
        .limit_lines
        .map_or(u64::MAX, std::num::NonZero::get);
    let mut track = Track::default();
    loop {
        let changed = match work.news(&mut ticks, &mut track, live).await? {
            News::Stop => return Ok(()),
            News::Study(StudyEvent::Graphics { scene, .. }) => scene,
            News::Study(_) | News::Tick => continue,
        };
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let rows: Vec<Vec<Value>> = changes(&scene, &changed).into_iter().take(most).collect();
        scene = changed;
        if !live.write(&mut records, &rows).await? {
            return Ok(());
        }
        left = left.saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        if left == 0 {
            return Ok(());
        }
    }
}

/// The first scene, which is empty if none comes with the values.
async fn first(work: &mut Work<'_>, live: &mut Live) -> Result<Arc<Scene>, Failure> {
    let study = &mut work.study;
    let scene = async {
        loop {
            match study.next().await {
                Some(StudyEvent::Graphics { scene, .. }) => return scene,
                Some(_) => {}
                None => return Arc::default(),
            }
        }
    };
    let scene = live
        .stop()
        .or(tokio::time::timeout(AFTER_VALUES, scene))
        .await;
    let scene = scene.ok_or(Failure::Interrupted)?;
    Ok(scene.unwrap_or_default())
}

/// What differs between two scenes. Of scenes between them the reader has not heard.
fn changes(before: &Scene, after: &Scene) -> Vec<Vec<Value>> {
    let erased = before.iter().filter(|(id, _)| after.get(id).is_none());
    let erased = erased.map(|(id, _)| row("erased", id, None));
    let others = after
        .iter()
        .filter_map(|(id, drawing)| match before.get(id) {
            None => Some(row("created", id, Some(drawing))),
            Some(known) if known != drawing => Some(row("changed", id, Some(drawing))),
            Some(_) => None,
        });
    erased.chain(others).collect()
}

fn row(change: &str, id: &PrimitiveId, drawing: Option<&Primitive>) -> Vec<Value> {
    let json = drawing.and_then(|drawing| serde_json::to_string(drawing).ok());
    vec![
        change.into(),
        id.kind.to_string().into(),
        id.style.as_str().into(),
        id.id.into(),
        json.map_or(Value::Missing, Value::Json),
    ]
}
