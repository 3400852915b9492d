//! The fields of a quote that are shown, and those that are asked for.

use client::{ALL_FIELDS, QuoteField};

use crate::args::{Fields, Format};

/// The fields that rows show, by the server's names.
pub(super) fn shown_names(fields: &Fields) -> Vec<String> {
    match fields {
        Fields::All => ALL_FIELDS.map(str::to_owned).into(),
        Fields::Price => QuoteField::PRICE
            .iter()
            .map(|field| field.name().to_owned())
            .collect(),
        Fields::Named(names) => names.clone(),
    }
}

/// The fields to ask for: those that are shown, the delay of the data, and for tables the decimals
/// of prices.
pub(super) fn requested_names(fields: &Fields, format: Format) -> Vec<String> {
    let mut names = shown_names(fields);
    let scale = (format == Format::Table).then_some("pricescale");
    for name in [Some("update_mode"), scale].into_iter().flatten() {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_always_asked_for_and_decimals_for_tables() {
        let named = Fields::Named(vec!["lp".to_owned()]);
        assert_eq!(requested_names(&named, Format::Csv), ["lp", "update_mode"]);
        assert_eq!(
            requested_names(&named, Format::Table),
            ["lp", "update_mode", "pricescale"]
        );
        assert_eq!(
            requested_names(&Fields::All, Format::Csv).len(),
            ALL_FIELDS.len()
        );
    }
}
