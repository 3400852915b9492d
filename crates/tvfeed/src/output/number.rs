//! Numbers as cells.

/// A double as short as it can be without losing anything: whole numbers without a point, none for what is
/// no number.
pub(crate) fn exact(number: f64) -> String {
    if number.is_finite() {
        number.to_string()
    } else {
        String::new()
    }
}

/// A number for people: at most `digits` behind the point, no zeros at the end, never `-0`.
pub(crate) fn rounded(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return String::new();
    }
    let text = format!("{number:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" { "0" } else { text }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_numbers_read_back_equal() {
        for number in [0.1 + 0.2, 1e-9, 123_456_789.0, 1e21, -3.5, f64::MAX] {
            assert_eq!(
                exact(number).parse::<f64>().unwrap().to_bits(),
                number.to_bits()
            );
        }
        assert_eq!(exact(100.0), "100");
        assert_eq!(exact(f64::NAN), "");
    }

    #[test]
    fn rounded_numbers_are_short() {
        assert_eq!(rounded(0.1 + 0.2, 8), "0.3");
        assert_eq!(rounded(100.0, 8), "100");
        assert_eq!(rounded(1500.0, 0), "1500");
        assert_eq!(rounded(-0.001, 2), "0");
        assert_eq!(rounded(1.239, 2), "1.24");
        assert_eq!(rounded(f64::INFINITY, 2), "");
    }
}
