//! The messages of a replay, in either of the claimed shapes.

use serde_json::{Value, json};

use crate::{
    rules::ReplayShape,
    session::{
        replay::session::{RESOLUTION, ReplaySession},
        replies::untimed,
        source::Context,
    },
};

impl ReplaySession {
    /// `replay_point`: when the last bar that is shown opened, in seconds UTC.
    pub(crate) fn tell_point(&self, id: &str, cx: &mut Context<'_>) {
        if let Some(point) = self.point {
            let opened = self
                .bars()
                .and_then(|bars| bars.last_at(point - 1))
                .map_or(point, |slot| slot.opens);
            cx.out.push(untimed(
                "replay_point",
                json!([id, opened.div_euclid(1000)]),
            ));
        }
    }

    /// `replay_resolutions`: that of a step, and the finest there is.
    pub(crate) fn tell_resolutions(&self, id: &str, cx: &mut Context<'_>) {
        let set = self.interval.as_ref().map(|(resolution, _)| resolution);
        let first = self.series.first().map(|added| &added.resolution);
        let now = set.or(first).map_or(RESOLUTION, String::as_str);
        let params = match self.slot(cx) {
            None => json!([id, now, "1S"]),
            Some(slot) => json!([id, slot, [now, "1S"]]),
        };
        cx.out.push(untimed("replay_resolutions", params));
    }

    /// A message of one value.
    pub(crate) fn tell(&self, id: &str, method: &str, value: Value, cx: &mut Context<'_>) {
        let params = match self.slot(cx) {
            None => json!([id, value]),
            Some(slot) => json!([id, slot, value]),
        };
        cx.out.push(untimed(method, params));
    }

    /// What stands for the series, in the shape that names it.
    pub(crate) fn slot(&self, cx: &Context<'_>) -> Option<Value> {
        let first = self.series.first().map(|added| added.request.as_str());
        match cx.wire.replay {
            ReplayShape::Plain => None,
            ReplayShape::Slot => Some(json!(first.unwrap_or_default())),
        }
    }

    /// `replay_depth`: the number of bars up to the point. Only one of the claimed shapes reports
    /// it.
    pub(crate) fn tell_depth(&self, id: &str, cx: &mut Context<'_>) {
        if let (ReplayShape::Slot, Some(bars), Some(point)) =
            (cx.wire.replay, self.bars(), self.point)
            && let Some(shown) = bars.last_at(point - 1)
        {
            let depth = bars.back_to(shown, i64::MIN, i64::MAX).1 + 1;
            self.tell(id, "replay_depth", json!(depth), cx);
        }
    }
}
