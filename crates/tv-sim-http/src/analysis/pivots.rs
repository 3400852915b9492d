//! Pivot points of the bar before.

use market::Candle;

/// A level of a method: `Classic`, `Fibonacci`, `Camarilla`, `Woodie` or `Demark`, and `Middle`,
/// `R1` to `R3` or `S1` to `S3`; from the bar before, and the open of this one.
pub(crate) fn pivot(before: &Candle, open: f64, method: &str, level: &str) -> Option<f64> {
    let (high, low, close) = (before.high, before.low, before.close);
    let range = high - low;
    let middle = match method {
        "Woodie" => (high + low + 2.0 * open) / 4.0,
        "Demark" => demark(before) / 4.0,
        _ => (high + low + close) / 3.0,
    };
    // Resistances lie above, supports below.
    let (number, side) = match level {
        "Middle" => return Some(middle),
        level => match level.split_at_checked(1)? {
            ("R", number) => (number, 1.0),
            ("S", number) => (number, -1.0),
            _ => return None,
        },
    };
    let far = if side > 0.0 { low } else { high };
    let away = match (method, number) {
        ("Classic" | "Woodie", "1") => return Some(2.0 * middle - far),
        ("Classic" | "Woodie", "2") => range,
        ("Classic", "3") => 2.0 * range,
        ("Woodie", "3") => {
            let near = if side > 0.0 { high } else { low };
            return Some(near + 2.0 * (middle - far));
        }
        ("Fibonacci", "1") => 0.382 * range,
        ("Fibonacci", "2") => 0.618 * range,
        ("Fibonacci", "3") => range,
        ("Camarilla", "1") => return Some(close + side * range * 1.1 / 12.0),
        ("Camarilla", "2") => return Some(close + side * range * 1.1 / 6.0),
        ("Camarilla", "3") => return Some(close + side * range * 1.1 / 4.0),
        ("Demark", "1") => return Some(demark(before) / 2.0 - far),
        _ => return None,
    };
    Some(middle + side * away)
}

/// Four times the middle after Demark: the close decides which price counts twice.
fn demark(bar: &Candle) -> f64 {
    let twice = if bar.close < bar.open {
        bar.low
    } else if bar.close > bar.open {
        bar.high
    } else {
        bar.close
    };
    bar.high + bar.low + bar.close + twice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_done_by_hand() {
        let bar = Candle {
            date: 0,
            opens: 0,
            closes: 0,
            open: 12.0,
            high: 20.0,
            low: 10.0,
            close: 15.0,
            volume: 0.0,
        };
        let level = |method, level| pivot(&bar, 16.0, method, level);
        assert_eq!(level("Classic", "Middle"), Some(15.0));
        assert_eq!(
            (level("Classic", "R1"), level("Classic", "S1")),
            (Some(20.0), Some(10.0))
        );
        assert_eq!(
            (level("Classic", "R2"), level("Classic", "S3")),
            (Some(25.0), Some(-5.0))
        );
        assert_eq!(level("Fibonacci", "R1"), Some(18.82));
        assert_eq!(level("Camarilla", "S2"), Some(15.0 - 11.0 / 6.0));
        assert_eq!(level("Woodie", "Middle"), Some(15.5));
        // High, low and close, and the high once more, since it closed above its open.
        assert_eq!(level("Demark", "Middle"), Some(16.25));
        assert_eq!(
            (level("Demark", "R1"), level("Demark", "S1")),
            (Some(22.5), Some(12.5))
        );
        assert_eq!(
            (
                level("Demark", "R2"),
                level("Other", "R1"),
                level("Classic", "X")
            ),
            (None, None, None)
        );
    }
}
