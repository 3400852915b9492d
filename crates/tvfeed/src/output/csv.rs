//! Comma separated values as RFC 4180 has them, with a line feed at the end of a record.

/// Appends one record.
pub(crate) fn csv_row<'a>(cells: impl IntoIterator<Item = &'a str>, out: &mut String) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_only_where_they_must_be() {
        let mut out = String::new();
        csv_row(["a", "b c", "d,e", "f\"g", "h\ni", ""], &mut out);
        assert_eq!(out, "a,b c,\"d,e\",\"f\"\"g\",\"h\ni\",\n");
    }
}
