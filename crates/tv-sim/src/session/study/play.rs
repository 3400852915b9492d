//! Studies of played recordings: what was recorded, in place of what could be computed.

use crate::{
    recording::Recording,
    session::{
        chart::session::{ChartSession, Feed},
        source::Context,
        study::studies::{Failure, failed},
    },
};

impl ChartSession {
    /// Whether a series is played, so that its studies are, too.
    pub(crate) fn is_played(&self, series: &str) -> bool {
        let feed = self.series.get(series).map(|series| &series.feed);
        matches!(feed, Some(Feed::Recorded(_)))
    }

    /// Says what was recorded of a study of a played series.
    pub(crate) fn play_study(&mut self, session: &str, at: usize, cx: &mut Context<'_>) {
        let (Some(study), Some(recording)) = (self.studies.all.get(at), cx.source.recording())
        else {
            return;
        };
        let turnaround = self.study_turnaround(study);
        let series = self.series.get(&study.series).map(|series| &series.feed);
        let Some(Feed::Recorded(player)) = series else {
            return;
        };
        let others = self.studies.all.iter().enumerate();
        let taken: Vec<usize> = others
            .filter(|(other, one)| *other != at && one.series == study.series)
            .filter_map(|(_, one)| Some(one.played.as_ref()?.nth))
            .collect();
        let played = player.study(recording, &study.id, &taken);
        let named = (session, study.id.as_str(), turnaround.as_str());
        match &played {
            Some(played) => {
                let to = [named.0, named.1, named.2];
                let answers = played.load(recording, to);
                answers.into_iter().for_each(|answer| cx.out.push(answer));
                cx.warnings.push(format!(
                    "{}: a recorded study is served, which need not be the same",
                    study.name
                ));
            }
            None => {
                cx.warnings
                    .push(format!("{}: no study of it was recorded", study.name));
                failed(named, &Failure::NoData, cx.now, cx.out);
            }
        }
        if let Some(study) = self.studies.all.get_mut(at) {
            study.played = played;
        }
    }

    /// Plays the next recorded change of each study.
    pub(crate) fn play_studies(&mut self, session: &str, cx: &mut Context<'_>) {
        let Some(recording) = cx.source.recording() else {
            return;
        };
        for at in 0..self.studies.all.len() {
            let Some(study) = self.studies.all.get(at) else {
                return;
            };
            let turnaround = self.study_turnaround(study);
            let Some(study) = self.studies.all.get_mut(at) else {
                return;
            };
            if let Some(played) = &mut study.played {
                let change = played.live(recording, [session, &study.id, &turnaround]);
                change.into_iter().for_each(|change| cx.out.push(change));
            }
        }
    }

    /// Whether recorded changes of studies are left.
    pub(crate) fn have_studies_play(&self, recording: &Recording) -> bool {
        let mut played = self
            .studies
            .all
            .iter()
            .filter_map(|study| study.played.as_ref());
        played.any(|played| played.is_live(recording))
    }
}
