//! Tables for people: aligned columns that fit the width of the terminal.

use terminal_size::terminal_size_of;

use crate::exit::printable;

/// Width without a terminal.
const USUAL_WIDTH: usize = 80;

/// Texts are not shortened below this.
const SHORTEST_TEXT: usize = 6;

/// Nor texts that are shortened first.
const SHORTEST_PROSE: usize = 16;

/// One column: its heading, and its width.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    heading: String,
    width: usize,
    /// Text stands left, numbers stand right.
    left: bool,
    cut: Cut,
}

/// Where cells are shortened in a table that is too wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Never,
    /// The end tells symbols apart.
    Start,
    End,
}

impl Column {
    /// A column of text. It is shortened at the start if the table is too wide.
    pub(crate) fn text(heading: &str, width: usize) -> Self {
        Self {
            heading: heading.to_owned(),
            width: width.max(heading.chars().count()),
            left: true,
            cut: Cut::Start,
        }
    }

    /// A column of text that is shortened at the end if the table is too wide, before any other.
    pub(crate) fn prose(heading: &str, width: usize) -> Self {
        Self {
            cut: Cut::End,
            ..Self::text(heading, width)
        }
    }

    /// A column of text that is never shortened, such as a time or a mark.
    pub(crate) fn fixed(heading: &str, width: usize) -> Self {
        Self {
            cut: Cut::Never,
            ..Self::text(heading, width)
        }
    }

    /// A column of numbers, which are never shortened.
    pub(crate) fn number(heading: &str, width: usize) -> Self {
        Self {
            left: false,
            ..Self::fixed(heading, width)
        }
    }
}

/// The columns of a table. They grow with their cells.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    most: usize,
}

impl Table {
    /// A table of these columns, as wide as the terminal if stdout is one, else 80 characters.
    ///
    /// The variable `COLUMNS` sets another width.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        let set = std::env::var("COLUMNS").ok();
        let set = set.and_then(|columns| columns.parse().ok());
        let terminal =
            || terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
        let most = set.or_else(terminal).filter(|width| *width > 0);
        Self {
            columns,
            most: most.unwrap_or(USUAL_WIDTH),
        }
    }

    #[cfg(test)]
    fn with_width(columns: Vec<Column>, most: usize) -> Self {
        Self { columns, most }
    }

    /// Widens the columns so that each of these rows fits.
    pub(crate) fn make_room<'a>(&mut self, rows: impl IntoIterator<Item = &'a Vec<String>>) {
        for row in rows {
            for (column, cell) in self.columns.iter_mut().zip(row) {
                column.width = column.width.max(printable(cell).chars().count());
            }
        }
    }

    /// Appends the row of headings.
    pub(crate) fn headings(&self, out: &mut String) {
        let headings: Vec<_> = self
            .columns
            .iter()
            .map(|column| column.heading.clone())
            .collect();
        self.row(&headings, out);
    }

    /// Appends a row. An empty cell is shown as `-`, unless its column has no heading.
    pub(crate) fn row(&self, cells: &[String], out: &mut String) {
        let (gap, widths) = self.squeeze();
        let start = out.len();
        let columns = self.columns.iter().zip(widths);
        for (index, ((column, width), cell)) in columns.zip(cells).enumerate() {
            if index > 0 {
                out.extend(std::iter::repeat_n(' ', gap));
            }
            let mut cell = printable(cell);
            if cell.is_empty() && !column.heading.is_empty() {
                cell.push('-');
            }
            match column.cut {
                Cut::Never => {}
                Cut::Start => cell = without_start(cell, width),
                Cut::End => cell = without_end(cell, width),
            }
            let padding = width.saturating_sub(cell.chars().count());
            let (before, after) = if column.left {
                (0, padding)
            } else {
                (padding, 0)
            };
            out.extend(std::iter::repeat_n(' ', before));
            out.push_str(&cell);
            out.extend(std::iter::repeat_n(' ', after));
        }
        let end = out.trim_end_matches(' ').len();
        out.truncate(end.max(start));
        out.push('\n');
    }

    /// How many blanks stand between columns, and how wide each column is.
    fn squeeze(&self) -> (usize, Vec<usize>) {
        let gaps = self.columns.len().saturating_sub(1);
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.width).collect();
        let cells: usize = widths.iter().sum();
        if cells + 2 * gaps <= self.most {
            return (2, widths);
        }
        let mut excess = (cells + gaps).saturating_sub(self.most);
        for (cut, least) in [(Cut::End, SHORTEST_PROSE), (Cut::Start, SHORTEST_TEXT)] {
            while excess > 0 {
                let columns = self.columns.iter().zip(&mut widths);
                let shrinking = columns.filter(|(column, _)| column.cut == cut);
                // The widest gives first.
                let widest = shrinking.map(|(_, width)| width).max();
                let Some(width) = widest.filter(|width| **width > least) else {
                    break;
                };
                *width -= 1;
                excess -= 1;
            }
        }
        (1, widths)
    }
}

/// The end of a text, which tells symbols apart, with `…` for what is left out.
fn without_start(text: String, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text;
    }
    let end = text.chars().skip(length + 1 - width);
    std::iter::once('…').chain(end).collect()
}

/// The beginning of a text, with `…` for what is left out.
fn without_end(text: String, width: usize) -> String {
    if text.chars().count() <= width {
        return text;
    }
    let start = text.chars().take(width.saturating_sub(1));
    start.chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: usize) -> Table {
        let columns = vec![
            Column::text("SYMBOL", 8),
            Column::number("LAST", 7),
            Column::fixed("", 1),
        ];
        Table::with_width(columns, width)
    }

    #[test]
    fn columns_grow_with_their_cells_and_missing_cells_are_dashes() {
        let rows = [
            vec!["A:B".to_owned(), "1.5".to_owned(), String::new()],
            vec!["A:LONGERNAME".to_owned(), String::new(), "*".to_owned()],
        ];
        let mut table = table(80);
        table.make_room(&rows);
        let mut out = String::new();
        table.headings(&mut out);
        for row in &rows {
            table.row(row, &mut out);
        }
        assert_eq!(
            out,
            "SYMBOL           LAST\nA:B               1.5\nA:LONGERNAME        -  *\n"
        );
    }

    #[test]
    fn a_narrow_table_shortens_text_at_its_start_and_no_numbers() {
        let rows = [vec![
            "BINANCE:BTCUSDT".to_owned(),
            "123456.75".to_owned(),
            "*".to_owned(),
        ]];
        for (width, text) in [
            (29, "BINANCE:BTCUSDT  123456.75  *\n"),
            (28, "BINANCE:BTCUSDT 123456.75 *\n"),
            (24, "…NCE:BTCUSDT 123456.75 *\n"),
            (5, "…CUSDT 123456.75 *\n"),
        ] {
            let mut table = table(width);
            table.make_room(&rows);
            let mut out = String::new();
            table.row(&rows[0], &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn prose_is_shortened_at_its_end_and_before_symbols() {
        let columns = vec![Column::text("SYMBOL", 0), Column::prose("NAME", 0)];
        let row = vec![
            "NASDAQ:AAPL".to_owned(),
            "A description that is rather long".to_owned(),
        ];
        for (width, text) in [
            (60, "NASDAQ:AAPL  A description that is rather long\n"),
            (32, "NASDAQ:AAPL A description that …\n"),
            (24, "…Q:AAPL A description t…\n"),
        ] {
            let mut table = Table::with_width(columns.clone(), width);
            table.make_room([&row]);
            let mut out = String::new();
            table.row(&row, &mut out);
            assert_eq!(out, text);
        }
    }
}
