//! The columns of a study's rows.

use client::{
    StudyPoint,
    study::{PlotColumn, PlotKind, Plots},
};

use crate::{
    args::Format,
    output::{Field, Shape, Value},
};

/// Keys that are not the names of plots.
const OWN: [&str; 3] = ["symbol", "time", "closed"];

/// Marks rows of a table whose bar is not closed.
const OPEN_MARK: &str = "*";

/// Values from here on are shortened in tables: no price is as large.
const LARGE: f64 = 1e6;

/// The names of a study's values, in their order.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    format: Format,
    plots: Vec<Column>,
}

#[derive(Clone, Debug)]
struct Column {
    key: String,
    shape: Shape,
}

impl Columns {
    /// The columns of plots; of values that no plot names, too, as the first rows have them.
    pub(super) fn of(plots: &Plots, rows: &[StudyPoint], format: Format) -> Self {
        let widest = rows.iter().map(|row| row.values.len()).max();
        let count = plots.len().max(widest.unwrap_or_default());
        let known: Vec<&PlotColumn> = plots.iter().collect();
        let mut columns: Vec<Column> = Vec::new();
        for place in 0..count {
            let plot = known.get(place).copied();
            let title = plot.and_then(|plot| plot.title.as_deref());
            let id = plot.map_or_else(|| format!("plot_{place}"), |plot| plot.id.clone());
            let is_taken = |key: &str| {
                let own = OWN.iter();
                let all = own.copied().chain(columns.iter().map(|it| it.key.as_str()));
                let titles = known.iter().filter_map(|it| it.title.as_deref());
                let same = titles.filter(|it| it.eq_ignore_ascii_case(key)).count();
                same > 1 || all.into_iter().any(|other| other.eq_ignore_ascii_case(key))
            };
            let key = match title.filter(|title| !is_taken(title)) {
                Some(title) => title.to_owned(),
                None if is_taken(&id) => format!("{id}_{place}"),
                None => id,
            };
            let values = rows.iter().filter_map(|row| *row.values.get(place)?);
            let largest = values.map(f64::abs).fold(0.0, f64::max);
            let shape = match plot.and_then(|plot| plot.kind.as_ref()) {
                Some(kind) if is_technical(kind) => Shape::Hidden,
                _ if largest >= LARGE => Shape::Number,
                _ => Shape::Price,
            };
            columns.push(Column { key, shape });
        }
        Self {
            format,
            plots: columns,
        }
    }

    /// The columns of rows.
    pub(super) fn fields(&self) -> Vec<Field> {
        let mut fields = vec![Field::new("time", "TIME UTC", Shape::Time)];
        fields.extend(self.plots());
        fields.push(Field::new("closed", "", Shape::Word));
        fields
    }

    fn plots(&self) -> impl Iterator<Item = Field> {
        let field = |column: &Column| Field::new(&column.key, &column.key, column.shape);
        self.plots.iter().map(field)
    }

    /// A row, and whether its bar is closed.
    pub(super) fn row(&self, point: &StudyPoint, is_closed: bool) -> Vec<Value> {
        let mut row: Vec<Value> = vec![point.time.seconds().into()];
        let values = point.values.iter().copied().chain(std::iter::repeat(None));
        row.extend(values.take(self.plots.len()).map(Value::from));
        row.push(match (self.format, is_closed) {
            (Format::Table, true) => "".into(),
            (Format::Table, false) => OPEN_MARK.into(),
            (_, is_closed) => is_closed.into(),
        });
        row
    }

    /// How many values a row has.
    pub(super) fn len(&self) -> usize {
        self.plots.len()
    }
}

/// Whether a plot's values are colours or conditions, which tables do not show.
fn is_technical(kind: &PlotKind) -> bool {
    matches!(
        kind,
        PlotKind::Colorer
            | PlotKind::BarColorer
            | PlotKind::BgColorer
            | PlotKind::TextColorer
            | PlotKind::UpColorer
            | PlotKind::DownColorer
            | PlotKind::OhlcColorer
            | PlotKind::WickColorer
            | PlotKind::BorderColorer
            | PlotKind::DataOffset
            | PlotKind::AlertCondition
    )
}

#[cfg(test)]
mod tests {
    use client::{Timestamp, study::MetaInfo};
    use serde_json::json;

    use super::*;
    use crate::output::Records;

    fn point(values: &[Option<f64>]) -> StudyPoint {
        StudyPoint::new(Timestamp::from_seconds(60), values.to_vec())
    }

    #[test]
    fn titles_are_keys_unless_several_plots_have_them() {
        let info: MetaInfo = serde_json::from_value(json!({
            "plots": [
                {"id": "plot_0", "type": "line"}, {"id": "plot_1", "type": "line"},
                {"id": "plot_2", "type": "line"}, {"id": "plot_3", "type": "colorer"},
                {"id": "plot_4", "type": "line"},
            ],
            "styles": {
                "plot_0": {"title": "Basis"}, "plot_1": {"title": "Band"},
                "plot_2": {"title": "band"}, "plot_4": {"title": "Time"},
            },
        }))
        .unwrap();
        let rows = [point(&[
            Some(1.5),
            Some(2e6),
            None,
            Some(0.0),
            Some(4.0),
            Some(5.0),
        ])];
        let columns = Columns::of(&Plots::of(&info), &rows, Format::Csv);
        assert_eq!(
            Records::csv(columns.fields()).lines(&[columns.row(&rows[0], true)]),
            "time,Basis,plot_1,plot_2,plot_3,plot_4,plot_5,closed\n60,1.5,2000000,,0,4,5,true\n"
        );
        let columns = Columns::of(&Plots::of(&info), &rows, Format::Table);
        let table = Records::table(columns.fields()).lines(&[columns.row(&rows[0], false)]);
        assert!(!table.contains("plot_3"), "{table}");
        assert!(table.ends_with("*\n") && table.contains("2.00M"), "{table}");
    }

    #[test]
    fn a_row_has_a_cell_for_each_column_whatever_came() {
        let plots = Plots::named(["time", "a"]);
        let columns = Columns::of(&plots, &[], Format::Ndjson);
        let short = columns.row(&point(&[Some(1.0)]), true);
        let long = columns.row(&point(&[Some(1.0), Some(2.0), Some(3.0)]), true);
        assert_eq!(
            Records::ndjson(columns.fields()).lines(&[short, long]),
            "{\"time\":60,\"time_0\":1,\"a\":null,\"closed\":true}\n\
             {\"time\":60,\"time_0\":1,\"a\":2,\"closed\":true}\n"
        );
    }
}
