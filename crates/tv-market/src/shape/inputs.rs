//! What a client asks for: the name of a kind of bars, and its inputs.

use serde_json::Value;

use crate::chart_type::{Shape, Size, Source};

impl Shape {
    /// Reads a `type` such as `BarSetRenko@tv-prostudies-40!` and its `inputs`; `None` for bars of
    /// other kinds. Inputs that are missing have the values that they have in a new chart, and
    /// numbers may be text. Fails with the reason.
    pub fn parse(kind: &str, inputs: &Value) -> Option<Result<Self, String>> {
        let name = kind.split('@').next().unwrap_or(kind);
        let read = match name {
            "BarSetRenko" => renko,
            "BarSetPriceBreak" => line_break,
            "BarSetKagi" => kagi,
            "BarSetPnF" => point_figure,
            "BarSetRange" => range,
            _ => return None,
        };
        let inputs = Inputs(inputs);
        Some(read(&inputs).map_err(|reason| format!("invalid inputs of {name}: {reason}")))
    }
}

fn renko(inputs: &Inputs<'_>) -> Result<Shape, String> {
    Ok(Shape::Renko {
        size: inputs.size("boxSize", 3.0)?,
        source: inputs.source()?,
        high_low: inputs.high_low()?,
        wicks: inputs.flag("wicks", true)?,
    })
}

fn line_break(inputs: &Inputs<'_>) -> Result<Shape, String> {
    let lines = inputs.whole("lb", 3, 1000)?;
    Ok(Shape::LineBreak {
        lines: usize::try_from(lines).unwrap_or(1),
        source: inputs.source()?,
    })
}

fn kagi(inputs: &Inputs<'_>) -> Result<Shape, String> {
    Ok(Shape::Kagi {
        size: inputs.size("reversalAmount", 1.0)?,
        source: inputs.source()?,
    })
}

fn point_figure(inputs: &Inputs<'_>) -> Result<Shape, String> {
    Ok(Shape::PointFigure {
        size: inputs.size("boxSize", 1.0)?,
        reversal: inputs.whole("reversalAmount", 3, 1000)?,
        high_low: inputs.high_low()?,
        one_step_back: inputs.flag("oneStepBackBuilding", false)?,
    })
}

fn range(inputs: &Inputs<'_>) -> Result<Shape, String> {
    Ok(Shape::Range {
        steps: inputs.whole("range", 10, 1_000_000_000)?,
        phantoms: inputs.flag("phantomBars", false)?,
    })
}

/// The `inputs` of a descriptor.
struct Inputs<'a>(&'a Value);

impl Inputs<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn number(&self, name: &str, default: f64) -> Result<f64, String> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_f64(),
        };
        number
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| format!("{name} must be a number"))
    }

    fn whole(&self, name: &str, default: i64, most: i64) -> Result<i64, String> {
        let number = self.number(name, default as f64)?;
        if number.fract() == 0.0 && (1.0..=most as f64).contains(&number) {
            Ok(number as i64)
        } else {
            Err(format!("{name} must be a whole number from 1 to {most}"))
        }
    }

    fn flag(&self, name: &str, default: bool) -> Result<bool, String> {
        match self.get(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(_) => Err(format!("{name} must be true or false")),
        }
    }

    fn text(&self, name: &str, default: &str) -> Result<String, String> {
        match self.get(name) {
            None => Ok(default.to_owned()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(format!("{name} must be text")),
        }
    }

    /// The size of a style: of `ATR` that of `atrLength`, of `PercentageLTP` that of
    /// `percentageLTP`, of `Traditional` the number that is named.
    fn size(&self, name: &str, default: f64) -> Result<Size, String> {
        match self.text("style", "ATR")?.as_str() {
            "ATR" => Ok(Size::Atr(self.whole("atrLength", 14, 5000)?)),
            "PercentageLTP" => {
                let share = self.number("percentageLTP", 1.0)?;
                if (0.0001..=100.0).contains(&share) {
                    Ok(Size::Percent(share))
                } else {
                    Err("percentageLTP must be a number from 0.0001 to 100".to_owned())
                }
            }
            "Traditional" => {
                let size = self.number(name, default)?;
                if (1e-8..=1e9).contains(&size) {
                    Ok(Size::Fixed(size))
                } else {
                    Err(format!(
                        "{name} must be a number from 0.00000001 to 1000000000"
                    ))
                }
            }
            _ => Err("style must be ATR, PercentageLTP or Traditional".to_owned()),
        }
    }

    fn source(&self) -> Result<Source, String> {
        Ok(
            match self.text("source", "close")?.to_ascii_lowercase().as_str() {
                "open" => Source::Open,
                "high" => Source::High,
                "low" => Source::Low,
                "close" => Source::Close,
                "hl2" => Source::Hl2,
                "hlc3" => Source::Hlc3,
                "ohlc4" => Source::Ohlc4,
                _ => {
                    return Err(
                        "source must be open, high, low, close, hl2, hlc3 or ohlc4".to_owned()
                    );
                }
            },
        )
    }

    fn high_low(&self) -> Result<bool, String> {
        match self.text("sources", "Close")?.as_str() {
            "Close" => Ok(false),
            "HL" => Ok(true),
            _ => Err("sources must be Close or HL".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inputs_are_read_and_have_defaults() {
        let parse = |kind: &str, inputs: Value| Shape::parse(kind, &inputs);
        let renko = json!({ "source": "hl2", "sources": "Close", "boxSize": "2.5", "style": "Traditional",
            "atrLength": 14, "wicks": false });
        let expected = Shape::Renko {
            size: Size::Fixed(2.5),
            source: Source::Hl2,
            high_low: false,
            wicks: false,
        };
        assert_eq!(
            parse("BarSetRenko@tv-prostudies-40!", renko),
            Some(Ok(expected))
        );
        let share = json!({ "sources": "HL", "style": "PercentageLTP", "percentageLTP": 0.5 });
        let expected = Shape::Renko {
            size: Size::Percent(0.5),
            source: Source::Close,
            high_low: true,
            wicks: true,
        };
        assert_eq!(
            parse("BarSetRenko@tv-prostudies-73", share),
            Some(Ok(expected))
        );
        let usual = json!({ "style": "PercentageLTP" });
        let expected = Shape::Kagi {
            size: Size::Percent(1.0),
            source: Source::Close,
        };
        assert_eq!(
            parse("BarSetKagi@tv-prostudies-73", usual),
            Some(Ok(expected))
        );
        let expected = Shape::PointFigure {
            size: Size::Atr(14),
            reversal: 3,
            high_low: false,
            one_step_back: false,
        };
        assert_eq!(
            parse("BarSetPnF@tv-prostudies-34!", json!({})),
            Some(Ok(expected))
        );
        assert_eq!(
            parse("BarSetHeikenAshi@tv-basicstudies-60!", json!({})),
            None
        );
    }

    #[test]
    fn senseless_inputs_are_named() {
        let traditional = |value: Value| json!({ "style": "Traditional", "boxSize": value });
        for (kind, inputs, word) in [
            ("BarSetRenko", traditional(json!(0)), "boxSize"),
            ("BarSetRenko", traditional(json!(-1)), "boxSize"),
            ("BarSetRenko", traditional(json!("wide")), "boxSize"),
            ("BarSetRenko", json!({ "style": "Oval" }), "style"),
            (
                "BarSetKagi",
                json!({ "style": "PercentageLTP", "percentageLTP": 0 }),
                "percentageLTP",
            ),
            ("BarSetRenko", json!({ "wicks": 1 }), "wicks"),
            ("BarSetRenko", json!({ "atrLength": 1.5 }), "atrLength"),
            ("BarSetPriceBreak", json!({ "lb": 0 }), "lb"),
            ("BarSetKagi", json!({ "source": "vwap" }), "source"),
            (
                "BarSetPnF",
                json!({ "reversalAmount": 0 }),
                "reversalAmount",
            ),
            ("BarSetPnF", json!({ "sources": "Open" }), "sources"),
            ("BarSetRange", json!({ "range": 0 }), "range"),
        ] {
            let reason = Shape::parse(kind, &inputs).unwrap().unwrap_err();
            assert!(reason.contains(word) && reason.contains(kind), "{reason}");
        }
    }
}
