//! The columns of a study's rows, by name.

use super::{MetaInfo, PlotKind};
use crate::names::{closest, hint, quoted};

/// The plots of a study, in the order of the values of its rows.
///
/// Every plot takes a column, also one that only colours another or is a condition of alerts.
///
/// ```
/// use tv_protocol::study::Plots;
///
/// let plots = Plots::named(["Basis", "Upper", "Lower"]);
/// let row = [Some(10.0), Some(12.0), None];
/// assert_eq!(plots.value(&row, "Upper"), Ok(Some(12.0)));
/// let error = plots.value(&row, "Uper").unwrap_err();
/// assert_eq!(error.to_string(), "the study has no plot `Uper`; did you mean `Upper`?");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plots(Vec<PlotColumn>);

/// A column of a study's rows.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlotColumn {
    /// The id: `plot_0`, `Upper`. No two columns have the same.
    pub id: String,
    /// The name that is shown. It may be missing, and several columns may have the same.
    pub title: Option<String>,
    /// What the values are; `None` if the study does not say.
    pub kind: Option<PlotKind>,
    /// The plot that this one colours or shifts.
    pub target: Option<String>,
}

/// Why a plot was not found.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlotError {
    /// No plot has the name.
    #[error("the study has no plot `{name}`; {}", hint(suggestion.as_deref(), ids))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The plot whose name is most alike.
        suggestion: Option<String>,
        /// The ids of all plots.
        ids: Vec<String>,
    },
    /// Several plots have the title.
    #[error(
        "several plots have the title `{title}`; name one by its id: {}",
        quoted(ids)
    )]
    Ambiguous {
        /// The title that was asked for.
        title: String,
        /// The ids of the plots that have it.
        ids: Vec<String>,
    },
}

impl Plots {
    /// Makes plots that have these ids, in order.
    pub fn named(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let column = |id: String| PlotColumn {
            id,
            title: None,
            kind: None,
            target: None,
        };
        Self(ids.into_iter().map(|id| column(id.into())).collect())
    }

    /// The plots that a description lists. One without an id gets that of its position: `plot_3`.
    #[must_use]
    pub fn of(info: &MetaInfo) -> Self {
        let plots = info.plots.iter().enumerate();
        let columns = plots.map(|(position, plot)| {
            let id = plot
                .id
                .clone()
                .unwrap_or_else(|| format!("plot_{position}"));
            let style = info.styles.get(&id);
            let title = style.and_then(|style| style.title.clone());
            PlotColumn {
                id,
                title: title.filter(|title| !title.is_empty()),
                kind: plot.kind.clone(),
                target: plot.target.clone(),
            }
        });
        Self(columns.collect())
    }

    /// How many plots there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none: the study only draws.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The plots, in the order of the values.
    pub fn iter(&self) -> impl Iterator<Item = &PlotColumn> {
        self.0.iter()
    }

    /// The position of a plot, counted from 0, by its id or else by its title. Letter case counts
    /// only if several differ in nothing else.
    ///
    /// # Errors
    ///
    /// If no plot has the name, or several have it as their title.
    pub fn position(&self, name: &str) -> Result<usize, PlotError> {
        let by_id = |is: &dyn Fn(&str) -> bool| self.0.iter().position(|column| is(&column.id));
        if let Some(position) = by_id(&|id| id == name) {
            return Ok(position);
        }
        for is_title in [
            (|title, name| title == name) as fn(&str, &str) -> bool,
            |title, name| title.eq_ignore_ascii_case(name),
        ] {
            let titled = self.0.iter().enumerate().filter(|(_, column)| {
                let title = column.title.as_deref();
                title.is_some_and(|title| is_title(title, name))
            });
            let found: Vec<_> = titled.collect();
            match &found[..] {
                [] => {}
                [(position, _)] => return Ok(*position),
                several => {
                    return Err(PlotError::Ambiguous {
                        title: name.to_owned(),
                        ids: several.iter().map(|(_, it)| it.id.clone()).collect(),
                    });
                }
            }
        }
        if let Some(position) = by_id(&|id| id.eq_ignore_ascii_case(name)) {
            return Ok(position);
        }
        let names = self.0.iter().flat_map(|column| {
            let title = column.title.as_deref();
            title.into_iter().chain([column.id.as_str()])
        });
        Err(PlotError::Unknown {
            name: name.to_owned(),
            suggestion: closest(name, names).map(str::to_owned),
            ids: self.0.iter().map(|column| column.id.clone()).collect(),
        })
    }

    /// The values of a row, by name.
    ///
    /// ```
    /// use tv_protocol::study::Plots;
    ///
    /// let plots = Plots::named(["Basis", "Upper", "Lower"]);
    /// let row = plots.row(&[Some(10.0), Some(12.0), None]);
    /// assert_eq!(row["Upper"], Some(12.0));
    /// assert_eq!(row[0], Some(10.0));
    /// ```
    #[must_use]
    pub fn row<'a>(&'a self, values: &'a [Option<f64>]) -> NamedRow<'a> {
        NamedRow {
            plots: self,
            values,
        }
    }

    /// The value of a plot among the values of a row; `None` if the row has none there.
    ///
    /// # Errors
    ///
    /// As [`position`](Self::position).
    pub fn value(&self, row: &[Option<f64>], name: &str) -> Result<Option<f64>, PlotError> {
        let position = self.position(name)?;
        Ok(row.get(position).copied().flatten())
    }
}

/// The values of a row, by the name of the plot or by its position. Indexing panics on a name that
/// [`Plots::position`] does not find; [`get`](Self::get) returns the error.
#[derive(Clone, Copy, Debug)]
pub struct NamedRow<'a> {
    plots: &'a Plots,
    values: &'a [Option<f64>],
}

impl NamedRow<'_> {
    /// The value of a plot; `None` if the row has none there.
    ///
    /// # Errors
    ///
    /// As [`Plots::position`].
    pub fn get(&self, name: &str) -> Result<Option<f64>, PlotError> {
        self.plots.value(self.values, name)
    }
}

impl std::ops::Index<&str> for NamedRow<'_> {
    type Output = Option<f64>;

    #[expect(clippy::panic, reason = "as the index of a map does")]
    fn index(&self, name: &str) -> &Option<f64> {
        match self.plots.position(name) {
            Ok(position) => &self[position],
            Err(error) => panic!("{error}"),
        }
    }
}

impl std::ops::Index<usize> for NamedRow<'_> {
    type Output = Option<f64>;

    fn index(&self, position: usize) -> &Option<f64> {
        self.values.get(position).unwrap_or(&None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plots() -> Plots {
        let info = json!({
            "plots": [
                {"id": "plot_0", "type": "line"},
                {"id": "plot_1", "type": "colorer", "target": "plot_0", "palette": "palette_0"},
                {"id": "plot_2", "type": "line"},
                {"id": "plot_3", "type": "line"},
                {"type": "alertcondition"},
            ],
            "styles": {
                "plot_0": {"title": "Basis"}, "plot_2": {"title": "Band"},
                "plot_3": {"title": "Band"}, "plot_1": {"title": ""},
            },
        });
        Plots::of(&serde_json::from_value(info).unwrap())
    }

    #[test]
    fn every_plot_has_a_column_and_titles_may_repeat() {
        let plots = plots();
        let row = [Some(1.0), Some(2.0), None, Some(4.0), Some(5.0)];
        for (name, expected) in [
            ("Basis", Some(1.0)),
            ("basis", Some(1.0)),
            ("plot_1", Some(2.0)),
            ("plot_2", None),
            ("PLOT_3", Some(4.0)),
            ("plot_4", Some(5.0)),
        ] {
            assert_eq!(plots.value(&row, name), Ok(expected), "{name}");
        }
        assert_eq!(plots.value(&[Some(1.0)], "plot_3"), Ok(None));
        let error = plots.position("Band").unwrap_err();
        let words = "several plots have the title `Band`; name one by its id: `plot_2`, `plot_3`";
        assert_eq!(error.to_string(), words);
        let error = plots.position("Basi").unwrap_err();
        assert!(
            error.to_string().ends_with("did you mean `Basis`?"),
            "{error}"
        );
        let error = Plots::default().position("x").unwrap_err();
        assert_eq!(error.to_string(), "the study has no plot `x`; it has none");
    }
}
