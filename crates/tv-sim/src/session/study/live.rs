//! What studies say when their series changes.

use market::study::Row;

use crate::{
    recording::SeriesIds,
    session::study::{
        bars::BarsAt,
        rows::{Object, text, with_studies},
        studies::{Studies, Study, whole_turnaround},
    },
};

impl Studies {
    /// Adds to the messages of a series what its studies say to the same change. `newest` was its
    /// newest bar before.
    pub(crate) fn follow(
        &mut self,
        ids: SeriesIds<'_>,
        BarsAt { feed, time }: BarsAt<'_>,
        newest: i64,
        mut updates: Vec<String>,
    ) -> Vec<String> {
        let computes = |study: &Study| study.series == ids.series && study.run.is_some();
        if updates.is_empty() || !self.all.iter().any(computes) {
            return updates;
        }
        let (first, current) = feed.span();
        let closed = feed.bars(newest.max(first), current - 1, time);
        let Some(open) = feed.bars(current, current, time).pop() else {
            return updates;
        };
        // The first of two messages closes the bars that have ended; where there is only one, it
        // says both.
        let apart = updates.len() > 1;
        let (mut closing, mut opening) = (Vec::new(), Vec::new());
        for study in self
            .all
            .iter_mut()
            .filter(|study| study.series == ids.series)
        {
            let Some(run) = &mut study.run else { continue };
            let mixed = run.is_mixed();
            let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
            let object = |rows: &[Row], d: &str, indexes: Option<&[i64]>| {
                let object = Object {
                    rows,
                    first,
                    d,
                    indexes,
                    turnaround: &turnaround,
                    mixed,
                };
                (study.id.clone(), object.json(false))
            };
            let mut rows: Vec<Row> = closed.iter().filter_map(|bar| run.close(bar)).collect();
            let notes = if closed.is_empty() {
                run.touch(&open)
            } else {
                run.notes(Some(&open), feed.symbol().currency())
            };
            if apart && !rows.is_empty() {
                closing.push(object(&rows, "", None));
                rows.clear();
            }
            rows.extend(run.preview(&open));
            let (d, indexes) = text(notes, self.rules.reports, &mut self.reports);
            if !(rows.is_empty() && d.is_empty()) {
                opening.push(object(&rows, &d, indexes.as_deref()));
            }
        }
        if let Some((last, before)) = updates.split_last_mut() {
            if let Some(before) = before.first_mut() {
                *before = with_studies(before, &closing);
            }
            *last = with_studies(last, &opening);
        }
        updates
    }
}
