//! Tables for people: aligned columns that fit the width of the terminal.

use terminal_size::terminal_size_of;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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
            width: width.max(heading.width()),
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

/// How many columns the terminal has, if stdout is one, else 80; `COLUMNS` sets another width.
fn width() -> usize {
    let set = std::env::var("COLUMNS").ok();
    let set = set.and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    let most = set.or_else(terminal).filter(|width| *width > 0);
    most.unwrap_or(USUAL_WIDTH)
}

/// Lines of words that fit the width of the terminal, each after `indent`.
pub(crate) fn wrapped(text: &str, indent: &str) -> String {
    filled(&printable(text), indent, width())
}

fn filled(text: &str, indent: &str, most: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent.width() + line.width() + 1 + word.width() > most {
            out.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        out.push_str(&format!("{indent}{line}\n"));
    }
    out
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
        Self {
            columns,
            most: width(),
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
                column.width = column.width.max(printable(cell).width());
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
            let padding = width.saturating_sub(cell.width());
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
    if text.width() <= width {
        return text;
    }
    let places = text.char_indices().map(|(place, _)| place);
    let ends = places.filter_map(|place| text.get(place..));
    // A mark that belongs to a character that is left out is left out as well.
    let is_whole = |end: &&str| {
        end.chars()
            .next()
            .is_some_and(|char| char.width() != Some(0))
    };
    let mut fitting = ends.filter(|end| end.width() < width).filter(is_whole);
    format!("…{}", fitting.next().unwrap_or_default())
}

/// The beginning of a text, with `…` for what is left out.
fn without_end(text: String, width: usize) -> String {
    if text.width() <= width {
        return text;
    }
    let places = text.char_indices().map(|(place, _)| place);
    let starts = places.filter_map(|place| text.get(..place));
    // The longest: marks stay with their character.
    let fitting = starts.take_while(|start| start.width() < width).last();
    format!("{}…", fitting.unwrap_or_default())
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

    #[test]
    fn words_fill_lines() {
        assert_eq!(filled("aa bb 東京 c", "  ", 7), "  aa bb\n  東京\n  c\n");
        assert_eq!(filled("", "  ", 7), "");
        assert_eq!(filled("longer than seven", "", 3), "longer\nthan\nseven\n");
    }

    #[test]
    fn widths_are_those_of_a_terminal() {
        let columns = vec![Column::prose("NAME", 0), Column::number("LAST", 0)];
        let row = |name: &str| vec![name.to_owned(), "1".to_owned()];
        // Two columns for each, none for the accent, two for the picture.
        let rows = [
            row("東京電力"),
            row("Nestle\u{301}"),
            row("🚀 Corp"),
            row("abcdefgh"),
        ];
        let shown = |width| {
            let mut table = Table::with_width(columns.clone(), width);
            table.make_room(&rows);
            let mut out = String::new();
            rows.iter().for_each(|row| table.row(row, &mut out));
            out
        };
        assert_eq!(
            shown(80),
            "東京電力     1\nNestle\u{301}       1\n🚀 Corp      1\nabcdefgh     1\n"
        );
        assert_eq!(without_end("東京電力会社".to_owned(), 6), "東京…");
        assert_eq!(without_end("東京電力会社".to_owned(), 7), "東京電…");
        assert_eq!(without_end("ne\u{301}xt".to_owned(), 3), "ne\u{301}…");
        assert_eq!(without_start("TSE:東京電力".to_owned(), 6), "…電力");
        assert_eq!(without_start("ne\u{301}xt".to_owned(), 3), "…xt");
        assert_eq!(without_start("abe\u{301}xt".to_owned(), 4), "…e\u{301}xt");
    }
}
