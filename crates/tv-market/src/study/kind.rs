//! Which studies there are, under which names clients ask for them.

use std::borrow::Cow;

use super::{
    fault::Fault,
    indicator::{INDICATORS, Indicator},
    inputs::Inputs,
    script::{Entry, Script},
};

/// A study that the simulator computes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Volume with its average.
    Volume,
    /// The simple moving average.
    Sma,
    /// The exponential moving average.
    Ema,
    /// The relative strength index.
    Rsi,
    /// Moving average convergence and divergence.
    Macd,
    /// Bollinger bands.
    Bands,
    /// The volume-weighted average price.
    Vwap,
    /// The supertrend.
    Supertrend,
    /// A strategy that trades the supertrend.
    SupertrendStrategy,
    /// A script that draws every kind of graphics.
    Graphics,
    /// A script that misses values, in all the ways in which such are written.
    Gaps,
    /// Volume by price.
    Profile,
    /// Where sessions begin.
    Sessions,
    /// What happens to a company or a contract.
    Events(Occasion),
    /// A study of the table of indicators.
    Indicator(&'static Indicator),
    /// A script by its description: what it takes and plots.
    Described(&'static Entry),
}

/// What happens at some bars only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Dividends.
    Dividends,
    /// Splits.
    Splits,
    /// Reports of companies.
    Earnings,
    /// Changes from one contract of a future to the next.
    Rolls,
}

/// How the study was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As a study of the server's own, with inputs by name.
    BuiltIn,
    /// As a script, with numbered inputs.
    Script,
}

impl Kind {
    /// Finds what a client names in `create_study`, such as `RSI@tv-basicstudies-241!` or
    /// `Script@tv-scripting-101!` with the input `pineId`. `None` if that does not name a
    /// study. `any_script` makes up scripts that there are not.
    pub fn find(
        name: &str,
        inputs: &Inputs,
        any_script: bool,
    ) -> Option<Result<(Self, Form), Fault>> {
        let (study, package) = name.trim_end_matches('!').split_once('@')?;
        if study.is_empty() || !package.starts_with("tv-") {
            return None;
        }
        // A script can also be named in place: `Script$STD;RSI@tv-scripting-101!`.
        let (study, in_place) = match study.split_once('$') {
            Some((study, script)) => (study, Some(script)),
            None => (study, None),
        };
        let found = match study {
            "Script" | "StrategyScript" | "Internal" => {
                let script = in_place.map(Cow::from).or_else(|| inputs.script());
                let Some(script) = script else {
                    let source = inputs.text("text").and_then(Fault::source);
                    return Some(Err(source.unwrap_or_else(|| Fault::script(name))));
                };
                let made_up = || any_script.then(|| Script::made_up(&script)).flatten();
                let known = Script::find(&script).or_else(made_up);
                let known = known.map(|script| (script.runs(), Form::Script));
                return Some(known.ok_or_else(|| Fault::script(name)));
            }
            "Volume" => Self::Volume,
            "MASimple" | "SMA" => Self::Sma,
            "MAExp" | "EMA" => Self::Ema,
            "RSI" => Self::Rsi,
            "MACD" => Self::Macd,
            "BB" => Self::Bands,
            "VWAP" => Self::Vwap,
            "VbPFixed" | "VbPVisible" | "VbPSessions" => Self::Profile,
            "Sessions" => Self::Sessions,
            // Browsers ask for these on every page of a chart.
            "ESD" => {
                let script = in_place.map(Cow::from).or_else(|| inputs.script());
                Self::Events(match script.as_deref().unwrap_or_default() {
                    "TV_SPLITS" => Occasion::Splits,
                    "TV_EARNINGS" => Occasion::Earnings,
                    "TV_ROLLDATES" => Occasion::Rolls,
                    _ => Occasion::Dividends,
                })
            }
            "Dividends" => Self::Events(Occasion::Dividends),
            "Splits" => Self::Events(Occasion::Splits),
            "Earnings" => Self::Events(Occasion::Earnings),
            "BarSetContinuousRollDates" => Self::Events(Occasion::Rolls),
            _ => {
                let known = INDICATORS.iter().find(|known| known.name == study);
                if let Some(known) = known {
                    return Some(Ok((Self::Indicator(known), Form::BuiltIn)));
                }
                let shown: String = name.trim_end_matches('!').chars().take(100).collect();
                return Some(Err(Fault::NotAuthorized(shown)));
            }
        };
        Some(Ok((found, Form::BuiltIn)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(name: &str, script: &str) -> Option<Result<(Kind, Form), Fault>> {
        Kind::find(
            name,
            &Inputs::parse(&json!({ "pineId": script })).unwrap(),
            false,
        )
    }

    #[test]
    fn studies_are_known_by_the_names_that_clients_use() {
        for (name, kind) in [
            ("Volume@tv-basicstudies-88", Kind::Volume),
            ("Volume@tv-basicstudies-241!", Kind::Volume),
            ("MAExp@tv-basicstudies-241", Kind::Ema),
            ("MASimple@tv-basicstudies-1", Kind::Sma),
            ("BB@tv-basicstudies-246!", Kind::Bands),
            ("VbPFixed@tv-volumebyprice-53!", Kind::Profile),
            ("ESD@tv-scripting-101!", Kind::Events(Occasion::Dividends)),
            (
                "ESD$TV_EARNINGS@tv-scripting-101!",
                Kind::Events(Occasion::Earnings),
            ),
            (
                "Dividends@tv-basicstudies-251",
                Kind::Events(Occasion::Dividends),
            ),
            (
                "BarSetContinuousRollDates@tv-corestudies-44",
                Kind::Events(Occasion::Rolls),
            ),
        ] {
            assert_eq!(find(name, ""), Some(Ok((kind, Form::BuiltIn))), "{name}");
        }
        for (script, kind) in [
            ("STD;EMA", Kind::Ema),
            ("STD;Bollinger_Bands", Kind::Bands),
            ("STD;Supertrend%1Strategy", Kind::SupertrendStrategy),
            ("STD;Supertrend Strategy", Kind::SupertrendStrategy),
            ("SIM;GRAPHICS", Kind::Graphics),
            ("SIM;GAPS", Kind::Gaps),
            ("PUB;51000000000000000000000000000202", Kind::Rsi),
        ] {
            let found = find("Script@tv-scripting-101!", script);
            assert_eq!(found, Some(Ok((kind, Form::Script))), "{script}");
        }
        assert_eq!(
            find("Script$STD;RSI@tv-scripting-101!", ""),
            Some(Ok((Kind::Rsi, Form::Script)))
        );
    }

    #[test]
    fn any_script_is_made_up_on_request_only() {
        let inputs = Inputs::parse(&json!({ "pineId": "USER;0123" })).unwrap();
        let found = |any| Kind::find("Script@tv-scripting-101!", &inputs, any).unwrap();
        assert!(matches!(
            found(true),
            Ok((Kind::Described(_), Form::Script))
        ));
        assert!(found(false).is_err());
        let source = json!({ "text": "//@version=5\nplot(close)" });
        let inputs = Inputs::parse(&source).unwrap();
        let fault = Kind::find("Script@tv-scripting-101!", &inputs, true).unwrap();
        assert_eq!(
            fault.unwrap_err().reason(),
            "line 1:2 no viable alternative at character '@'"
        );
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let refused = |name: &str, script: &str| match find(name, script) {
            Some(Err(fault)) => fault.reason(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            refused("Script@tv-scripting-101!", "USER;0123"),
            "study_not_auth:Script@tv-scripting-507"
        );
        assert_eq!(
            refused("Renko@tv-prostudies-40!", ""),
            "study_not_auth:Renko@tv-prostudies-40"
        );
        for name in ["", "Volume", "@tv-basicstudies-1", "Volume@somewhere"] {
            assert_eq!(find(name, ""), None, "{name}");
        }
    }
}
