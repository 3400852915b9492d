//! A study with its inputs read: what is to be computed, and how.

use super::{
    averages::{Average, Fading, Sma, Window},
    calc::Calc,
    drawing::Motif,
    fault::Fault,
    generic::{self, Generic},
    inputs::Inputs,
    kind::{Form, Kind, Occasion},
    script::internal_ids,
    source::Source,
    strategy::Terms,
    supertrend::Supertrend,
};

/// A study before its first bar.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) calc: Calc,
    pub(super) source: Source,
    pub(super) beside: Beside,
    /// How many bars before the first that is shown must be seen for its value to be right.
    lookback: i64,
    occasion: Option<Occasion>,
    is_hidden: bool,
}

/// What a study makes beside its lines.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Beside {
    Nothing,
    Drawing(Motif),
    Trades(Terms),
}

/// How many times its length an average looks back until what was before no longer shows in it.
const FADED: i64 = 20;

impl Plan {
    /// Reads the inputs of a study.
    pub fn new(kind: Kind, form: Form, inputs: &Inputs, of_a_study: bool) -> Result<Self, Fault> {
        let usual = if of_a_study {
            Source::Plot(0)
        } else {
            Source::Close
        };
        let checked = match kind {
            Kind::Described(entry) => Some(generic::checked(entry, inputs, of_a_study)?),
            _ => None,
        };
        let inputs = checked.as_ref().unwrap_or(inputs);
        let (calc, lookback) = calc(kind, form, inputs)?;
        let source = match kind {
            Kind::Vwap => inputs.source()?.unwrap_or(Source::Hlc3),
            Kind::Graphics => Source::Hl2,
            _ => inputs.source()?.unwrap_or(usual),
        };
        Ok(Self {
            calc,
            source,
            beside: match form {
                Form::Script => beside(kind, &inputs.named(internal_ids()))?,
                Form::BuiltIn => beside(kind, inputs)?,
            },
            lookback,
            occasion: match kind {
                Kind::Events(occasion) => Some(occasion),
                _ => None,
            },
            is_hidden: matches!(kind, Kind::Events(_) | Kind::Sessions),
        })
    }

    /// What it has rows about, if those are not computed from bars.
    pub fn occasion(&self) -> Option<Occasion> {
        self.occasion
    }

    /// Whether charts add it by themselves, so that it does not count among an account's studies.
    pub fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// How many bars before the first that is shown must be seen for its value to be right.
    pub fn lookback(&self) -> i64 {
        self.lookback
    }

    /// Whether it must see the whole trading day that the first bar belongs to.
    pub fn begins_with_the_day(&self) -> bool {
        matches!(self.calc, Calc::Vwap { .. })
    }

    /// Whether it plots lines, and not only draws.
    pub fn has_rows(&self) -> bool {
        !matches!(self.calc, Calc::Nothing)
    }
}

/// The state before the first bar, and how far it must look back.
fn calc(kind: Kind, form: Form, inputs: &Inputs) -> Result<(Calc, i64), Fault> {
    let script = form == Form::Script;
    Ok(match kind {
        Kind::Volume => {
            let length = inputs.length("length", 0, 20, "ta.sma")?;
            let calc = Calc::Volume {
                average: Sma::new(length),
                by_last_close: inputs.flag("col_prev_close"),
                last_close: None,
            };
            (calc, length as i64)
        }
        Kind::Sma => {
            let length = inputs.length("length", 0, 9, "ta.sma")?;
            (Calc::Sma(Sma::new(length)), length as i64)
        }
        Kind::Ema => {
            let length = inputs.length("length", 0, 9, "ta.ema")?;
            (Calc::Ema(Fading::ema(length)), FADED * length as i64)
        }
        Kind::Rsi => {
            let length = inputs.length("length", 0, 14, "ta.rsi")?;
            let calc = Calc::Rsi {
                gains: Fading::wilder(length),
                losses: Fading::wilder(length),
                last: f64::NAN,
                average: script.then(|| Sma::new(14)),
            };
            (calc, FADED * length as i64)
        }
        Kind::Macd => {
            let fast = inputs.length("fast length", 0, 12, "ta.ema")?;
            let slow = inputs.length("slow length", 1, 26, "ta.ema")?;
            let signal = inputs.length("signal smoothing", 2, 9, "ta.ema")?;
            let oscillator = inputs.flag("simple ma(oscillator)");
            let calc = Calc::Macd {
                fast: Average::new(oscillator, fast),
                slow: Average::new(oscillator, slow),
                signal: Average::new(inputs.flag("simple ma(signal line)"), signal),
                colour: script.then_some(f64::NAN),
            };
            (calc, FADED * (slow.max(fast) + signal) as i64)
        }
        Kind::Bands => {
            let length = inputs.length("length", 0, 20, "ta.stdev")?;
            let calc = Calc::Bands {
                window: Window::new(length),
                width: inputs.number("stdDev", 1, 2.0, "ta.bb")?,
            };
            (calc, length as i64)
        }
        Kind::Vwap => {
            let calc = Calc::Vwap {
                date: i64::MIN,
                volume: 0.0,
                traded: 0.0,
            };
            (calc, 0)
        }
        Kind::Supertrend | Kind::SupertrendStrategy => {
            let length = inputs.length("atrPeriod", 0, 10, "ta.supertrend")?;
            let factor = inputs.positive("factor", 1, 3.0, "ta.supertrend")?;
            (
                Calc::Supertrend(Supertrend::new(length, factor)),
                FADED * length as i64,
            )
        }
        Kind::Graphics => (Calc::Same, 0),
        Kind::Gaps => (Calc::Gaps, 0),
        Kind::Indicator(indicator) => {
            let (line, lookback) = (indicator.make)(inputs)?;
            (Calc::Line(line, indicator.plots.len()), lookback)
        }
        Kind::Described(entry) => match entry.indicator {
            Some(indicator) => {
                let (line, lookback) = (indicator.make)(inputs)?;
                (Calc::Line(line, entry.plots.len()), lookback)
            }
            None => {
                let (generic, lookback) = Generic::new(entry, inputs)?;
                (Calc::Generic(generic), lookback)
            }
        },
        Kind::Profile | Kind::Sessions | Kind::Events(_) => (Calc::Nothing, 0),
    })
}

fn beside(kind: Kind, inputs: &Inputs) -> Result<Beside, Fault> {
    Ok(match kind {
        Kind::Graphics => Beside::Drawing(Motif::All),
        Kind::Described(_) if inputs.flag("draw") => Beside::Drawing(Motif::All),
        Kind::Sessions => Beside::Drawing(Motif::Sessions),
        Kind::Profile => Beside::Drawing(profile(inputs)?),
        Kind::SupertrendStrategy => {
            let usual = Terms::default();
            // Beyond all numbered inputs: these go by their names only.
            let above = |name, default| inputs.positive(name, usize::MAX, default, "strategy");
            let commission = ("commission_value", usual.commission);
            Beside::Trades(Terms {
                capital: above("initial_capital", usual.capital)?,
                stake: above("default_qty_value", usual.stake)?,
                commission: inputs.number(commission.0, usize::MAX, commission.1, "strategy")?,
            })
        }
        _ => Beside::Nothing,
    })
}

fn profile(inputs: &Inputs) -> Result<Motif, Fault> {
    let number = |name, default| inputs.number(name, usize::MAX, default, "volume profile");
    let rows = number("rows", 24.0)?;
    let share = number("vaVolume", 70.0)?;
    // Clients send milliseconds where the server's own page sends seconds.
    let time = |name| {
        number(name, 0.0).map(|time| if time.abs() > 1e11 { time / 1000.0 } else { time } as i64)
    };
    let (from, to) = (time("first_bar_time")?, time("last_bar_time")?);
    Ok(Motif::Profile {
        rows: rows.clamp(1.0, 500.0) as usize,
        from,
        to: if to == 0 { i64::MAX } else { to },
        share: share.clamp(0.0, 100.0) / 100.0,
    })
}
