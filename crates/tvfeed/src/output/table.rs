//! Tables for people: columns of a settled width, written row by row as data comes.

use crate::exit::printable;

/// One column: its heading, and how wide it is at least.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    heading: String,
    width: usize,
    /// Text stands left, numbers stand right.
    left: bool,
}

impl Column {
    /// A column of text.
    pub(crate) fn text(heading: &str, width: usize) -> Self {
        Self {
            heading: heading.to_owned(),
            width: width.max(heading.chars().count()),
            left: true,
        }
    }

    /// A column of numbers.
    pub(crate) fn number(heading: &str, width: usize) -> Self {
        Self {
            left: false,
            ..Self::text(heading, width)
        }
    }
}

/// The columns of a table. Cells that are wider than their column push the rest of the row aside.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// A table of these columns.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns }
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

    /// Appends a row. An empty cell is shown as `-`.
    pub(crate) fn row(&self, cells: &[String], out: &mut String) {
        let start = out.len();
        for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            if index > 0 {
                out.push_str("  ");
            }
            let cell = if cell.is_empty() {
                "-".to_owned()
            } else {
                printable(cell)
            };
            let padding = column.width.saturating_sub(cell.chars().count());
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_missing_cells_are_dashes() {
        let table = Table::new(vec![Column::text("SYMBOL", 8), Column::number("LAST", 7)]);
        let mut out = String::new();
        table.headings(&mut out);
        table.row(&["A:B".into(), "1.5".into()], &mut out);
        table.row(&["A:LONGERNAME".into(), String::new()], &mut out);
        assert_eq!(
            out,
            "SYMBOL       LAST\nA:B           1.5\nA:LONGERNAME        -\n"
        );
    }
}
