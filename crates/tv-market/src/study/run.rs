//! A study at work: bars go in, rows, graphics and reports come out.

use serde_json::Value;

use super::{
    calc::Calc,
    drawing::Drawing,
    plan::{Beside, Plan},
    source::Source,
    strategy::Strategy,
};
use crate::study::bar::Bar;

/// What a study plots at one bar; `NaN` where it has no value.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The index of the bar.
    pub index: i64,
    /// When the bar opens, in seconds UTC.
    pub time: i64,
    /// A value for each plot.
    pub plots: Vec<f64>,
}

/// What comes beside the rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Notes {
    /// What `ns.d` says.
    pub data: Data,
    /// The bars that graphics refer to, if they changed.
    pub indexes: Option<Vec<i64>>,
}

/// The content of `ns.d`.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Data {
    /// None.
    #[default]
    Nothing,
    /// Graphics commands, as they are sent.
    Graphics(String),
    /// The report of a strategy, which may be compressed.
    Report(Value),
}

/// A study with everything it is computed from.
#[derive(Debug, Clone)]
pub struct Run {
    stages: Vec<(Calc, Source)>,
    rows: bool,
    mixed: bool,
    result: Outcome,
    /// Drawings and trades begin with this bar.
    first: i64,
}

/// What is made beside the lines.
#[derive(Debug, Clone)]
enum Outcome {
    Nothing,
    Drawing(Box<Drawing>),
    Strategy(Strategy),
}

impl Run {
    /// A study that is computed from those before it, the last of `plans`. It draws and trades from
    /// the bar `first` on.
    pub fn new<'a>(plans: impl Iterator<Item = &'a Plan>, first: i64) -> Self {
        let mut run = Self {
            stages: Vec::new(),
            rows: false,
            mixed: false,
            result: Outcome::Nothing,
            first,
        };
        for plan in plans {
            run.stages.push((plan.calc.clone(), plan.source));
            run.rows = plan.has_rows();
            run.mixed = matches!(plan.calc, Calc::Gaps);
            run.result = match &plan.beside {
                Beside::Nothing => Outcome::Nothing,
                Beside::Drawing(motif) => Outcome::Drawing(Box::new(Drawing::new(motif.clone()))),
                Beside::Trades(terms) => Outcome::Strategy(Strategy::new(*terms)),
            };
        }
        run
    }

    /// Whether it shows all the ways in which a missing value is written.
    pub fn is_mixed(&self) -> bool {
        self.mixed
    }

    /// Takes in a bar that has closed.
    pub fn close(&mut self, bar: &Bar) -> Option<Row> {
        let plots = step(&mut self.stages, bar);
        if bar.index >= self.first {
            match &mut self.result {
                Outcome::Nothing => {}
                Outcome::Drawing(drawing) => drawing.close(bar),
                Outcome::Strategy(strategy) => {
                    let known = |at: usize| plots.get(at).is_some_and(|line| !line.is_nan());
                    let up = match (known(0), known(1)) {
                        (false, false) => None,
                        (up, _) => Some(up),
                    };
                    strategy.close(bar, up);
                }
            }
        }
        self.row(bar, plots)
    }

    /// Looks at a bar that is still open.
    pub fn preview(&self, bar: &Bar) -> Option<Row> {
        let plots = step(&mut self.stages.clone(), bar);
        self.row(bar, plots)
    }

    /// What to send beside the rows at first, and when bars have closed.
    pub fn notes(&mut self, open: Option<&Bar>, currency: &str) -> Notes {
        match &mut self.result {
            Outcome::Nothing => Notes {
                data: Data::Nothing,
                indexes: Some(Vec::new()),
            },
            Outcome::Drawing(drawing) => {
                let stroke = drawing.redraw(open);
                graphics(stroke.commands, stroke.indexes)
            }
            Outcome::Strategy(strategy) => Notes {
                data: Data::Report(strategy.report(open, currency)),
                indexes: Some(Vec::new()),
            },
        }
    }

    /// What to send beside the row when an open bar has changed.
    pub fn touch(&mut self, open: &Bar) -> Notes {
        match &mut self.result {
            Outcome::Drawing(drawing) => {
                let stroke = drawing.touch(open);
                graphics(stroke.commands, stroke.indexes)
            }
            Outcome::Nothing | Outcome::Strategy(_) => Notes::default(),
        }
    }

    fn row(&self, bar: &Bar, plots: Vec<f64>) -> Option<Row> {
        self.rows.then_some(Row {
            index: bar.index,
            time: bar.time,
            plots,
        })
    }
}

/// Lets a bar pass through all stages.
fn step(stages: &mut [(Calc, Source)], bar: &Bar) -> Vec<f64> {
    let mut plots = Vec::new();
    for (calc, source) in stages {
        plots = calc.step(bar, source.of(bar, &plots));
    }
    plots
}

fn graphics(commands: String, indexes: Option<Vec<i64>>) -> Notes {
    let data = if commands.is_empty() {
        Data::Nothing
    } else {
        Data::Graphics(commands)
    };
    Notes { data, indexes }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{
            inputs::Inputs,
            kind::{Form, Kind},
        },
        *,
    };

    fn bar(index: i64) -> Bar {
        let close = (index * index % 31) as f64;
        Bar {
            index,
            date: 0,
            time: index * 60,
            open: close,
            high: close + 1.0,
            low: close - 1.0,
            close,
            volume: 1.0,
        }
    }

    fn plan(kind: Kind, inputs: Value, of_a_study: bool) -> Plan {
        Plan::new(
            kind,
            Form::BuiltIn,
            &Inputs::parse(&inputs).unwrap(),
            of_a_study,
        )
        .unwrap()
    }

    #[test]
    fn a_preview_says_what_the_bar_would_say_if_it_closed_so() {
        let plans = [plan(Kind::Ema, json!({ "length": 3 }), false)];
        let mut run = Run::new(plans.iter(), 0);
        for index in 0..50 {
            let (seen, again) = (run.preview(&bar(index)), run.preview(&bar(index)));
            let closed = run.close(&bar(index)).unwrap();
            assert_eq!(format!("{seen:?}"), format!("{:?}", Some(&closed)));
            assert_eq!(format!("{seen:?}"), format!("{again:?}"));
        }
    }

    #[test]
    fn a_study_of_a_study_sees_the_plot_that_it_names() {
        let bands = plan(Kind::Bands, json!({ "length": 4 }), false);
        let of_upper = plan(Kind::Sma, json!({ "length": 2, "source": "st1$1" }), true);
        let of_first = plan(Kind::Sma, json!({ "length": 2 }), true);
        let mut parent = Run::new([&bands].into_iter(), 0);
        let mut children = [
            (Run::new([&bands, &of_upper].into_iter(), 0), 1),
            (Run::new([&bands, &of_first].into_iter(), 0), 0),
        ];
        let mut before = [f64::NAN; 3];
        for index in 0..20 {
            let row = parent.close(&bar(index)).unwrap();
            for (child, plot) in &mut children {
                let got = child.close(&bar(index)).unwrap().plots[0];
                let mean = (row.plots[*plot] + before[*plot]) / 2.0;
                assert!(got == mean || (got.is_nan() && mean.is_nan()), "{index}");
            }
            before.copy_from_slice(&row.plots);
        }
        assert!(!before[0].is_nan());
    }
}
