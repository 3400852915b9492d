//! Which studies there are, under which names clients ask for them.

use std::borrow::Cow;

use super::{fault::Fault, inputs::Inputs, script::Script};

/// A study that the simulator computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// Dividends, splits, earnings and changes of contracts. They have no rows.
    Events,
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
    /// study.
    pub fn find(name: &str, inputs: &Inputs) -> Option<Result<(Self, Form), Fault>> {
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
                let known = script.and_then(|script| Script::find(&script)?.runs());
                let known = known.map(|kind| (kind, Form::Script));
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
            "ESD" | "Dividends" | "Splits" | "Earnings" | "BarSetContinuousRollDates" => {
                Self::Events
            }
            _ => {
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
        Kind::find(name, &Inputs::parse(&json!({ "pineId": script })).unwrap())
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
            ("ESD@tv-scripting-101!", Kind::Events),
            ("ESD$TV_EARNINGS@tv-scripting-101!", Kind::Events),
            ("Dividends@tv-basicstudies-251", Kind::Events),
            ("BarSetContinuousRollDates@tv-corestudies-44", Kind::Events),
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
