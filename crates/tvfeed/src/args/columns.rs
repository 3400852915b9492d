//! Columns of the scanner on the command line.

use tv_http::{
    scanner::{Catalogue, Column, Order, ScanInterval},
    wire::RequestError,
};

/// The column of a name. After `|`, an interval may be written as people do: `RSI|1h`.
///
/// A name that the catalogue does not know is an error with candidates, unless names are raw.
pub(super) fn column(name: &str, is_raw: bool) -> Result<Column, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("the name of a column is missing".to_owned());
    }
    let column = match name.split_once('|') {
        Some((base, suffix)) => match ScanInterval::of(suffix) {
            Some(interval) => Column::from(base).at(interval),
            None => Column::from(name),
        },
        None => Column::from(name),
    };
    if is_raw {
        return Ok(Column::raw(column.name()));
    }
    match Catalogue::builtin().check(&column) {
        Ok(()) => Ok(column),
        Err(RequestError::UnknownColumn { name, candidates }) => Err(unknown(&name, &candidates)),
        Err(error) => Err(error.to_string()),
    }
}

fn unknown(name: &str, candidates: &[String]) -> String {
    let shown = name.escape_debug();
    match candidates {
        [] => format!(
            "`{shown}` is not a known column; see `tvfeed fields`, or give --raw-columns to send it all the same"
        ),
        [one] => format!("`{shown}` is not a known column; did you mean `{one}`?"),
        [others @ .., last] => format!(
            "`{shown}` is not a known column; did you mean `{}` or `{last}`?",
            others.join("`, `")
        ),
    }
}

/// A column and an order: `volume`, `volume:desc`.
pub(super) fn sorting(text: &str, is_raw: bool) -> Result<(Column, Order), String> {
    let (name, order) = match text.rsplit_once(':') {
        Some((name, "desc")) => (name, Order::Descending),
        Some((name, "asc")) => (name, Order::Ascending),
        Some((_, other)) => {
            return Err(format!(
                "`{other}` is not an order; write asc or desc after the colon"
            ));
        }
        None => (text, Order::Ascending),
    };
    Ok((column(name, is_raw)?, order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_may_be_written_as_people_do() {
        let name = |text| column(text, false).map(|column| column.name().to_owned());
        assert_eq!(name("RSI|1h"), Ok("RSI|60".to_owned()));
        assert_eq!(name("RSI|1D"), Ok("RSI".to_owned()));
        assert_eq!(name("RSI|60"), Ok("RSI|60".to_owned()));
        assert!(name("RSI|45").is_err());
    }

    #[test]
    fn unknown_names_have_candidates_and_raw_ones_pass() {
        let error = column("market_cpa_basic", false).unwrap_err();
        assert!(error.contains("did you mean `market_cap_basic`"), "{error}");
        let error = column("zzzzzzzz", false).unwrap_err();
        assert!(error.contains("--raw-columns"), "{error}");
        assert!(column("zzzzzzzz", true).unwrap().is_raw());
        assert!(column(" ", true).is_err());
    }

    #[test]
    fn an_order_stands_after_a_colon() {
        let of = |text| sorting(text, false).map(|(column, order)| (column.to_string(), order));
        assert_eq!(of("volume"), Ok(("volume".to_owned(), Order::Ascending)));
        assert_eq!(
            of("volume:desc"),
            Ok(("volume".to_owned(), Order::Descending))
        );
        assert_eq!(
            of("RSI|60:asc"),
            Ok(("RSI|60".to_owned(), Order::Ascending))
        );
        assert!(of("volume:down").unwrap_err().contains("asc or desc"));
    }
}
