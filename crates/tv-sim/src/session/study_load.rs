//! Computing the studies of a chart session: all at once, further back, and tick by tick.

use super::chart::{ChartSession, Feed, Series};
use super::outbox::Outbox;
use super::series::MarketSeries;
use super::source::Context;
use super::study::{Failure, Studies, Study, Waiting, failed, tell, whole_turnaround};
use super::study_rows::{Object, du, renumbered, row_number, text, with_studies};
use crate::hello::NODE;
use crate::recording::SeriesIds;
use crate::study::{Notes, Row, Run};

/// How many rows before the first bar of the series are sent.
const WARM_UP: i64 = 100;
/// How many bars a study looks back at most to warm up.
const MAX_LOOKBACK: i64 = 20_000;

/// The bars of a series as they are at a time in milliseconds UTC.
#[derive(Clone, Copy)]
pub(super) struct Bars<'a> {
    pub(super) feed: &'a MarketSeries,
    pub(super) time: i64,
}

/// The bars that a series shows, if it shows any of the market; an error while it waits for its replay.
fn bars<'a>(series: &'a Series, cx: &Context<'_>) -> Result<Option<Bars<'a>>, ()> {
    match &series.feed {
        Feed::Waiting { .. } => Err(()),
        Feed::Market(feed) => Ok(Some(Bars {
            feed,
            time: series.time(cx),
        })),
        Feed::Tape(_) | Feed::Failed => Ok(None),
    }
}

impl ChartSession {
    /// Computes the studies for which there was no room, as long as there is.
    pub(super) fn load_waiting(&mut self, session: &str, cx: &mut Context<'_>) {
        while !cx.out.is_full() {
            let Some(Waiting { study, moved }) = self.studies.waiting.pop_front() else {
                return;
            };
            let place = self.studies.position(&study);
            let known = place.and_then(|at| Some((at, self.studies.all.get(at)?.series.clone())));
            let Some((at, id)) = known else { continue };
            let Some(series) = self.series.get(&id) else {
                continue;
            };
            let Ok(bars) = bars(series, cx) else { continue };
            let ids = SeriesIds {
                session,
                series: &id,
                turnaround: &series.turnaround,
            };
            self.studies.load_one(at, ids, bars, moved.as_deref(), cx);
        }
    }
}

/// A study that was just computed.
struct Computed {
    run: Run,
    rows: Vec<Row>,
    notes: Notes,
}

impl Studies {
    /// Tells that a series' studies are being computed again, newest first.
    pub(super) fn loading(&self, ids: SeriesIds<'_>, now: i64, out: &mut Outbox) {
        let loads = |study: &&Study| study.series == ids.series && study.plan.is_some();
        for study in self.all.iter().rev().filter(loads) {
            let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
            tell(
                "study_loading",
                (ids.session, &study.id, &turnaround),
                now,
                out,
            );
        }
    }

    /// Computes all studies of a series that has got other bars.
    pub(super) fn reload(
        &mut self,
        session: &str,
        id: &str,
        series: &Series,
        cx: &mut Context<'_>,
    ) {
        let of_series = |(at, study): (usize, &Study)| (study.series == id).then_some(at);
        let which: Vec<usize> = self.all.iter().enumerate().filter_map(of_series).collect();
        self.load(&which, session, id, series, cx);
    }

    /// Computes studies of a series, and tells all of what they say, or why they cannot. While the series waits for its
    /// replay, so do they.
    pub(super) fn load(
        &mut self,
        which: &[usize],
        session: &str,
        id: &str,
        series: &Series,
        cx: &mut Context<'_>,
    ) {
        let Ok(bars) = bars(series, cx) else { return };
        let ids = SeriesIds {
            session,
            series: id,
            turnaround: &series.turnaround,
        };
        for at in which.iter().copied() {
            // One that failed by itself has been told.
            if self.all.get(at).is_some_and(|study| study.plan.is_some()) {
                self.load_one(at, ids, bars, None, cx);
            }
        }
    }

    /// Computes one study, or lets it wait until there is room for what it says.
    fn load_one(
        &mut self,
        at: usize,
        ids: SeriesIds<'_>,
        bars: Option<Bars<'_>>,
        moved: Option<&[(i64, i64)]>,
        cx: &mut Context<'_>,
    ) {
        if cx.out.is_full() {
            if let Some(study) = self.all.get_mut(at) {
                study.run = None;
                let (id, moved) = (study.id.clone(), moved.map(<[_]>::to_vec));
                self.waiting.retain(|waiting| waiting.study != id);
                self.waiting.push_back(Waiting { study: id, moved });
            }
            return;
        }
        if let Some(failure) = bars.and_then(|bars| self.unfit(at, bars)) {
            return self.fail(at, ids, &failure, cx);
        }
        let computed = bars.and_then(|bars| self.compute(at, bars));
        match (bars, computed) {
            (Some(bars), Some(computed)) => self.put(at, ids, bars, computed, moved, cx),
            _ => self.fail(at, ids, &Failure::NoData, cx),
        }
    }

    /// Computes the studies of a series anew that has got older bars, `first` being its first bar until now.
    pub(super) fn extend(
        &mut self,
        ids: SeriesIds<'_>,
        bars: Bars<'_>,
        first: i64,
        cx: &mut Context<'_>,
    ) {
        let now_first = bars.feed.span().0;
        let moved: Vec<(i64, i64)> = (1..=WARM_UP)
            .map(|back| first - back)
            .map(|index| (row_number(index, first), row_number(index, now_first)))
            .collect();
        for at in 0..self.all.len() {
            let computes = |study: &Study| study.series == ids.series && study.run.is_some();
            if self.all.get(at).is_some_and(computes) {
                self.load_one(at, ids, Some(bars), Some(&moved), cx);
            }
        }
    }

    /// Takes over what was computed, and tells it: whole, or with rows that have `moved` to other numbers.
    fn put(
        &mut self,
        at: usize,
        ids: SeriesIds<'_>,
        bars: Bars<'_>,
        computed: Computed,
        moved: Option<&[(i64, i64)]>,
        cx: &mut Context<'_>,
    ) {
        let (d, indexes) = text(computed.notes, self.rules.reports, &mut self.reports);
        let Some(study) = self.all.get_mut(at) else {
            return;
        };
        let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
        let object = Object {
            rows: &computed.rows,
            first: bars.feed.span().0,
            d: &d,
            indexes: indexes.as_deref(),
            turnaround: &turnaround,
        };
        let json = object.json(true);
        match moved {
            Some(moved) => {
                let moved = if computed.rows.is_empty() { &[] } else { moved };
                cx.out
                    .push(renumbered(ids.session, &study.id, &json, moved, cx.now));
            }
            None => {
                cx.out.push(du(ids.session, &study.id, &json));
                let named = (ids.session, study.id.as_str(), turnaround.as_str());
                tell("study_completed", named, cx.now, cx.out);
            }
        }
        study.run = Some(computed.run);
    }

    /// Why a study cannot be computed from bars like these: a day is a session, so sessions begin inside of days only.
    fn unfit(&self, at: usize, bars: Bars<'_>) -> Option<Failure> {
        let study = self.all.get(at)?;
        let name = study.name.trim_end_matches('!');
        if !name.starts_with("Sessions@") || bars.feed.is_intraday() {
            return None;
        }
        Some(Failure::Resolution(format!(
            "{{create,[{{pid,#Pid<{NODE}@{NODE}.6213.570>}},{{study,[{{name,\"{name}\"}},{{src,[{{symbol,\"{}\"}},{{resolution,{{day,1}}}}]}},{{inputs,[]}}]}},{{dependencies,[]}}]}}",
            bars.feed.symbol().name(),
        )))
    }

    fn fail(&mut self, at: usize, ids: SeriesIds<'_>, why: &Failure, cx: &mut Context<'_>) {
        if let Some(study) = self.all.get_mut(at) {
            study.run = None;
            let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
            let named = (ids.session, study.id.as_str(), turnaround.as_str());
            failed(named, why, cx.now, cx.out);
        }
    }

    fn compute(&self, at: usize, Bars { feed, time }: Bars<'_>) -> Option<Computed> {
        let chain = self.chain(at)?;
        let (first, newest) = feed.span();
        let lookback: i64 = chain.iter().map(|plan| plan.lookback()).sum();
        let begin = (first - WARM_UP - lookback.min(MAX_LOOKBACK)).max(feed.reach());
        let mut run = Run::new(chain.into_iter(), first);
        let bars = if newest < first {
            Vec::new()
        } else {
            feed.bars(begin, newest, time)
        };
        let (open, closed) = match bars.split_last() {
            Some((open, closed)) => (Some(open), closed),
            None => (None, bars.as_slice()),
        };
        let mut rows = Vec::new();
        for bar in closed {
            let row = run.close(bar);
            rows.extend(row.filter(|row| row.index >= first - WARM_UP));
        }
        rows.extend(open.and_then(|bar| run.preview(bar)));
        let notes = run.notes(open, feed.symbol().currency());
        Some(Computed { run, rows, notes })
    }

    /// Adds to the messages of a series what its studies say to the same change. `newest` was its newest bar before.
    pub(super) fn follow(
        &mut self,
        ids: SeriesIds<'_>,
        Bars { feed, time }: Bars<'_>,
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
        // The first of two messages closes the bars that have ended; where there is only one, it says both.
        let apart = updates.len() > 1;
        let (mut closing, mut opening) = (Vec::new(), Vec::new());
        for study in self
            .all
            .iter_mut()
            .filter(|study| study.series == ids.series)
        {
            let Some(run) = &mut study.run else { continue };
            let turnaround = whole_turnaround(ids.turnaround, &study.turnaround);
            let object = |rows: &[Row], d: &str, indexes: Option<&[i64]>| {
                let object = Object {
                    rows,
                    first,
                    d,
                    indexes,
                    turnaround: &turnaround,
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Peer, names, read, wire};
    use crate::rules::Profile;

    const AVERAGE: &str = "MASimple@tv-basicstudies-1";
    const MINUTE: i64 = 60_000;

    /// A client with a chart of a symbol, ten bars of a minute or so.
    fn charting(mut peer: Peer, asked: &str) -> Peer {
        peer.ask("chart_create_session", ["cs_1", ""]);
        peer.ask("resolve_symbol", ["cs_1", "y", asked]);
        peer.ask(
            "create_series",
            json!(["cs_1", "sds_1", "s1", "y", "1", 10, ""]),
        );
        peer
    }

    fn study(peer: &mut Peer, id: &str, name: &str, inputs: Value) -> Vec<String> {
        peer.ask(
            "create_study",
            json!(["cs_1", id, "st1", "sds_1", name, inputs]),
        )
    }

    /// The rows of a series or a study in some messages, in the order in which they come.
    fn rows(said: &[Value], id: &str) -> Vec<(i64, Vec<f64>)> {
        let objects = said.iter().map(|message| &message["p"][1][id]);
        let lists = objects.flat_map(|object| {
            let rows = object["s"].as_array().or_else(|| object["st"].as_array());
            rows.cloned().unwrap_or_default()
        });
        lists
            .map(|row| {
                let values = serde_json::from_value(row["v"].clone()).unwrap();
                (row["i"].as_i64().unwrap(), values)
            })
            .collect()
    }

    /// Whether a simple average over two closes is what the bars say, wherever both are known.
    fn agree(said: &[Value], at_least: i64) {
        let closes: std::collections::BTreeMap<i64, f64> = rows(said, "sds_1")
            .iter()
            .map(|(number, values)| (*number, values[4]))
            .collect();
        let newest = closes.keys().last().unwrap();
        let last: std::collections::BTreeMap<i64, f64> = rows(said, "st1")
            .iter()
            .map(|(number, values)| (*number, values[1]))
            .collect();
        let mut seen = 0;
        for (number, average) in last {
            if let (Some(one), Some(other)) = (closes.get(&(number - 1)), closes.get(&number)) {
                let mean = (one + other) / 2.0;
                assert!((average - mean).abs() < 1e-9, "{number}: {average}, {mean}");
                seen += i64::from(number == *newest) + 1;
            }
        }
        assert!(seen > at_least, "the newest is among {seen}");
    }

    #[test]
    fn a_new_bar_closes_the_one_before_in_a_message_of_its_own() {
        let mut peer = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
        study(&mut peer, "st1", AVERAGE, json!({ "length": 2 }));
        study(&mut peer, "st2", "Sessions@tv-basicstudies-1", json!({}));
        let said = read(&peer.trade(5_000));
        assert_eq!(rows(&said, "st1").len(), 1);
        assert_eq!(said[0]["p"][1]["st1"]["ns"]["indexes"], "nochange");
        assert!(
            said[0]["p"][1].get("st2").is_none(),
            "it has nothing to say"
        );
        let said = read(&peer.trade(3 * MINUTE));
        assert_eq!(said.len(), 2);
        let numbers =
            |of: &[Value], id: &str| rows(of, id).iter().map(|row| row.0).collect::<Vec<_>>();
        assert_eq!(numbers(&said[..1], "st1"), numbers(&said[..1], "sds_1"));
        assert_eq!(numbers(&said[..1], "st1"), [9, 10, 11]);
        assert_eq!(numbers(&said[1..], "st1"), [12]);
        assert_eq!(said[0]["p"][1]["st1"]["ns"]["indexes"], "nochange");
        assert_eq!(said[1]["p"][1]["st1"]["ns"]["indexes"], json!([]));
        agree(&said, 3);
    }

    #[test]
    fn somebody_who_follows_sees_what_somebody_sees_who_comes_later() {
        let names = [
            ("a", "RSI@tv-basicstudies-1", json!({})),
            ("b", "MACD@tv-basicstudies-1", json!({})),
            ("c", "Volume@tv-basicstudies-1", json!({})),
            ("d", "VWAP@tv-basicstudies-1", json!({})),
            (
                "e",
                "Script@tv-scripting-101!",
                json!({ "pineId": "STD;Supertrend" }),
            ),
        ];
        let mut early = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
        let mut seen = Vec::new();
        for (id, name, inputs) in &names {
            seen.extend(read(&study(&mut early, id, name, inputs.clone())));
        }
        for _ in 0..40 {
            seen.extend(read(&early.trade(17_000)));
        }
        let mut late = Peer::new(wire());
        late.now = early.now;
        let mut late = charting(late, "BINANCE:BTCUSDT");
        for (id, name, inputs) in &names {
            let said = read(&study(&mut late, id, name, inputs.clone()));
            let told: std::collections::BTreeMap<i64, Vec<f64>> = rows(&seen, id)
                .into_iter()
                .map(|(_, values)| (values[0] as i64, values))
                .collect();
            for (_, values) in rows(&said, id) {
                let Some(before) = told.get(&(values[0] as i64)) else {
                    continue;
                };
                for (one, other) in before.iter().zip(&values) {
                    assert!(
                        (one - other).abs() <= 1e-6 * one.abs(),
                        "{id}: {before:?} {values:?}"
                    );
                }
            }
            let newest = (late.now / MINUTE * 60) as f64;
            assert!(told.contains_key(&(newest as i64)), "{id}");
        }
    }

    #[test]
    fn a_study_waits_for_the_replay_of_its_series_and_follows_it() {
        let mut peer = Peer::new(wire());
        let point = (peer.now / 1000).div_euclid(60) * 60 - 86_400;
        let asked = r#"={"replay":"rs_1","symbol":{"symbol":"BINANCE:BTCUSDT"}}"#;
        peer = charting(peer, asked);
        let said = study(&mut peer, "st1", AVERAGE, json!({ "length": 2 }));
        assert_eq!(names(&said), ["study_loading"]);
        peer.ask("replay_create_session", ["rs_1"]);
        peer.ask("replay_add_series", json!(["rs_1", "a", asked, "1"]));
        let mut said = peer.ask("replay_reset", json!(["rs_1", "b", point]));
        said.extend(peer.pass(1_000));
        let mut seen = read(&said);
        let loaded = rows(&seen, "st1");
        assert_eq!(loaded.len(), 110, "{said:?}");
        let bars = rows(&seen, "sds_1");
        let times = |rows: &[(i64, Vec<f64>)]| rows.iter().map(|row| row.1[0]).collect::<Vec<_>>();
        assert_eq!(times(&loaded[100..]), times(&bars));
        assert!((bars[9].1[0] - point as f64).abs() <= 60.0);
        for step in 1..=3 {
            let mut said = peer.ask("replay_step", json!(["rs_1", format!("c{step}"), step]));
            said.extend(peer.pass(1_000));
            seen.extend(read(&said));
        }
        let newest = rows(&seen, "sds_1").last().unwrap().clone();
        assert_eq!(rows(&seen, "st1").last().unwrap().1[0], newest.1[0]);
        assert_eq!(newest.0, 15);
        agree(&seen, 9);
    }

    #[test]
    fn a_study_fails_with_a_series_whose_replay_never_comes() {
        let asked = r#"={"replay":"rs_9","symbol":{"symbol":"BINANCE:BTCUSDT"}}"#;
        let mut peer = charting(Peer::new(wire()), asked);
        study(&mut peer, "st1", AVERAGE, json!({}));
        let said = peer.pass(60_000);
        assert_eq!(names(&said), ["series_error", "study_error"]);
        assert_eq!(read(&said)[1]["p"][3], "check study unexpected error");
    }

    #[test]
    fn guests_under_strict_limits_get_two_studies_and_no_scripts() {
        let mut strict = wire();
        strict.strict = true;
        let mut peer = charting(Peer::new(strict), "BINANCE:BTCUSDT");
        let script = json!({ "pineId": "STD;EMA", "text": "x" });
        let said = study(&mut peer, "st0", "Script@tv-scripting-101!", script);
        let reason = "study_not_auth:Script@tv-scripting-507";
        assert_eq!(read(&said)[1]["p"][3], reason);
        for (id, last) in [
            ("st1", "study_completed"),
            ("st2", "study_completed"),
            ("st3", "study_error"),
        ] {
            let said = study(&mut peer, id, AVERAGE, json!({}));
            assert_eq!(names(&said).last().unwrap(), last, "{id}");
        }
    }

    #[test]
    fn late_series_have_late_studies() {
        let mut strict = wire();
        strict.strict = true;
        let mut peer = charting(Peer::new(strict), "SIM:LATE");
        let mut said = read(&study(&mut peer, "st1", AVERAGE, json!({ "length": 2 })));
        let late = peer.now / 1000 - 900;
        assert!(rows(&said, "st1").iter().all(|row| row.1[0] as i64 <= late));
        for _ in 0..20 {
            said.extend(read(&peer.trade(30_000)));
        }
        agree(&said, 9);
    }

    #[test]
    fn in_2019_the_time_stood_among_the_parameters() {
        let mut old = wire();
        old.profile = Profile::Of2019;
        let mut peer = charting(Peer::new(old), "BINANCE:BTCUSDT");
        let said = read(&study(&mut peer, "st1", AVERAGE, json!({})));
        let seconds = peer.now / 1000;
        let loading =
            json!({ "m": "study_loading", "p": ["cs_1", "st1", "s1_st1", seconds], "t": seconds });
        assert_eq!(said[0], loading);
        assert_eq!(said[1]["p"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn answers_of_many_studies_wait_for_a_client_that_does_not_read() {
        let mut peer = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
        for n in 0..40 {
            study(&mut peer, &format!("st{n}"), AVERAGE, json!({}));
        }
        let range = format!("r,{}:{}", peer.now / 1000 - 5_000 * 60, peer.now / 1000);
        let modify = json!({ "m": "modify_series", "p": ["cs_1", "sds_1", "s2", "y", "1", range] });
        let mut message = String::new();
        crate::framing::push_frame(&mut message, &modify.to_string());
        peer.session.handle_text(peer.now, &message);
        let waits = peer.session.out.bytes();
        assert!((4 << 20..5 << 20).contains(&waits), "{waits}");
        let said = read(&peer.said());
        let completed: Vec<&Value> = said
            .iter()
            .filter(|message| message["m"] == "study_completed")
            .collect();
        assert_eq!(completed.len(), 40);
        assert!((0..40).all(|n| completed[n]["p"][1] == format!("st{n}")));
        assert_eq!(
            read(&peer.trade(1_000))[0]["p"][1]
                .as_object()
                .unwrap()
                .len(),
            41
        );
    }
}
