//! What studies say, as it is written.

use std::fmt::Write as _;

use market::study::{Data, Notes, ReportForm, Row, pack};
use serde_json::{Value, json};

use crate::{
    hello::NODE,
    session::{
        replies::untimed,
        series::{empty_scale, point_number},
    },
};

/// The object of a study inside `du` and `timescale_update`.
pub(crate) struct Object<'a> {
    /// What it plots.
    pub(crate) rows: &'a [Row],
    /// The first bar of the series.
    pub(crate) first: i64,
    /// What it says beside.
    pub(crate) d: &'a str,
    /// The bars that graphics refer to; `None` says that they are as before.
    pub(crate) indexes: Option<&'a [i64]>,
    /// The whole turnaround.
    pub(crate) turnaround: &'a str,
    /// Whether what is missing is written in every way that was seen, rather than in the usual one.
    pub(crate) mixed: bool,
}

impl Object<'_> {
    /// As JSON. Only complete answers name the node that computed them.
    pub(crate) fn json(&self, complete: bool) -> String {
        let mut rows = String::new();
        for row in self.rows {
            let comma = if rows.is_empty() { "" } else { "," };
            let (number, time) = (point_number(row.index, self.first), row.time);
            // Writing to a String cannot fail.
            let _ = write!(rows, r#"{comma}{{"i":{number},"v":[{time}.0"#);
            for (at, plot) in row.plots.iter().enumerate() {
                // JSON knows no NaN.
                let missing = match at % 3 {
                    1 if self.mixed => "null",
                    2 if self.mixed => "\"NaN\"",
                    _ => "1e+100",
                };
                let _ = if plot.is_finite() {
                    write!(rows, ",{plot:?}")
                } else {
                    write!(rows, ",{missing}")
                };
            }
            rows.push_str("]}");
        }
        // The server names the node of what it has computed, not of an answer without content.
        let node = if complete && !(self.rows.is_empty() && self.d.is_empty()) {
            format!(r#""node":"{NODE}","#)
        } else {
            String::new()
        };
        let d = Value::from(self.d);
        let indexes = self
            .indexes
            .map_or_else(|| json!("nochange"), |indexes| json!(indexes));
        let turnaround = Value::from(self.turnaround);
        format!(r#"{{{node}"st":[{rows}],"ns":{{"d":{d},"indexes":{indexes}}},"t":{turnaround}}}"#)
    }
}

/// The text of `ns.d`. Reports go out in their form, counted by `reports`.
pub(crate) fn text(
    notes: Notes,
    form: ReportForm,
    reports: &mut usize,
) -> (String, Option<Vec<i64>>) {
    let d = match notes.data {
        Data::Nothing => String::new(),
        Data::Graphics(commands) => commands,
        Data::Report(report) => {
            let nth = *reports;
            *reports = reports.wrapping_add(1);
            pack(report, form, nth)
        }
    };
    (d, notes.indexes)
}

/// `du` with one study.
pub(crate) fn du(session: &str, study: &str, object: &str) -> String {
    let (session, study) = (Value::from(session), Value::from(study));
    format!(r#"{{"m":"du","p":[{session},{{{study}:{object}}}]}}"#)
}

/// A `du` of a series with studies added to it.
pub(crate) fn with_studies(du: &str, studies: &[(String, String)]) -> String {
    const END: &str = "}]}";
    let Some(body) = du.strip_suffix(END) else {
        return du.to_owned();
    };
    let mut whole = body.to_owned();
    for (study, object) in studies {
        let study = Value::from(study.as_str());
        let _ = write!(whole, ",{study}:{object}");
    }
    whole + END
}

/// `timescale_update` with one study of a series that has got older bars; the scale has been sent
/// with these.
pub(crate) fn extended(session: &str, study: &str, object: &str, now: i64) -> String {
    let (session, study, scale) = (Value::from(session), Value::from(study), empty_scale());
    let t = now.div_euclid(1000);
    format!(
        r#"{{"m":"timescale_update","p":[{session},{{{study}:{object}}},{scale}],"t":{t},"t_ms":{now}}}"#
    )
}

/// `studies_metadata`.
pub(crate) fn metadata(session: &str, name: &str) -> String {
    untimed(
        "studies_metadata",
        json!([session, name, market::study::metadata()]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_as_recorded() {
        let row = |index, plots: &[f64]| Row {
            index,
            time: 1_740_639_600 + index,
            plots: plots.to_vec(),
        };
        let rows = [
            row(-100, &[f64::NAN, 1.0]),
            row(-1, &[0.5, 0.0]),
            row(0, &[2.0, 3.25]),
        ];
        let mut object = Object {
            rows: &rows,
            first: 0,
            d: "",
            indexes: Some(&[]),
            turnaround: "s1_st1",
            mixed: false,
        };
        assert_eq!(
            object.json(true),
            format!(
                r#"{{"node":"{NODE}","st":[{{"i":-1000100,"v":[1740639500.0,1e+100,1.0]}},{{"i":-1000001,"v":[1740639599.0,0.5,0.0]}},{{"i":0,"v":[1740639600.0,2.0,3.25]}}],"ns":{{"d":"","indexes":[]}},"t":"s1_st1"}}"#
            )
        );
        (object.rows, object.indexes) = (&rows[2..], None);
        assert_eq!(
            object.json(false),
            r#"{"st":[{"i":0,"v":[1740639600.0,2.0,3.25]}],"ns":{"d":"","indexes":"nochange"},"t":"s1_st1"}"#
        );
    }

    #[test]
    fn what_is_missing_can_be_written_in_every_way() {
        let row = Row {
            index: 0,
            time: 60,
            plots: vec![f64::NAN, f64::NAN, f64::NAN, f64::NAN, 1.0],
        };
        let object = Object {
            rows: &[row],
            first: 0,
            d: "",
            indexes: None,
            turnaround: "t",
            mixed: true,
        };
        let written: Value = serde_json::from_str(&object.json(false)).unwrap();
        assert_eq!(
            written["st"][0]["v"],
            json!([60.0, 1e100, null, "NaN", 1e100, 1.0])
        );
    }

    #[test]
    fn studies_join_the_series_in_its_message() {
        let du = r#"{"m":"du","p":["cs_1",{"sds_1":{"s":[]}}]}"#;
        let studies = [
            ("st1".to_owned(), "{}".to_owned()),
            ("s\"2".to_owned(), "[]".to_owned()),
        ];
        assert_eq!(
            with_studies(du, &studies),
            r#"{"m":"du","p":["cs_1",{"sds_1":{"s":[]},"st1":{},"s\"2":[]}]}"#
        );
    }
}
