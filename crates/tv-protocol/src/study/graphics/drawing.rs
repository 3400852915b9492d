//! The drawings that are typed.

use super::{
    Align, BoxStyle, Color, Extend, LabelStyle, LineStyle, TablePosition, TextSize, TextWrap,
    YLocation,
};
use crate::record;

record! {
    /// A text beside a bar or at a price.
    pub struct Label {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The position of its bar; `None` if it has none.
        x: Option<i64> = "x",
        /// The price.
        y: Option<f64> = "y",
        /// Whether it stands at its price, or above or below its bar.
        location: Option<YLocation> = "yl",
        /// The text.
        text: Option<String> = "t",
        /// The shape.
        style: Option<LabelStyle> = "st",
        /// The colour of the shape.
        color: Option<Color> = "ci",
        /// The colour of the text.
        text_color: Option<Color> = "tci",
        /// The size.
        size: Option<TextSize> = "sz",
        /// Where the text stands in the shape.
        align: Option<Align> = "ta",
        /// What is shown when the pointer is over it.
        tooltip: Option<String> = "tt",
    }
}

record! {
    /// A line between two points.
    pub struct Line {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The position of the first bar.
        x1: Option<i64> = "x1",
        /// The price at the first bar.
        y1: Option<f64> = "y1",
        /// The position of the second bar.
        x2: Option<i64> = "x2",
        /// The price at the second bar.
        y2: Option<f64> = "y2",
        /// How far it is extended.
        extend: Option<Extend> = "ex",
        /// How it is drawn.
        style: Option<LineStyle> = "st",
        /// The colour.
        color: Option<Color> = "ci",
        /// The width, in pixels.
        width: Option<f64> = "w",
    }
}

record! {
    /// A box between two corners.
    pub struct BoxDrawing {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The position of the left edge.
        x1: Option<i64> = "x1",
        /// The price at the first corner.
        y1: Option<f64> = "y1",
        /// The position of the right edge.
        x2: Option<i64> = "x2",
        /// The price at the second corner.
        y2: Option<f64> = "y2",
        /// The colour of the border.
        border_color: Option<Color> = "c",
        /// The colour of the background.
        background: Option<Color> = "bc",
        /// How far it is extended.
        extend: Option<Extend> = "ex",
        /// How the border is drawn.
        style: Option<BoxStyle> = "st",
        /// The width of the border, in pixels.
        width: Option<f64> = "w",
        /// The text.
        text: Option<String> = "t",
        /// The size of the text.
        text_size: Option<TextSize> = "ts",
        /// The colour of the text.
        text_color: Option<Color> = "tc",
        /// Where the text stands from top to bottom.
        vertical_align: Option<Align> = "tva",
        /// Where the text stands from left to right.
        horizontal_align: Option<Align> = "tha",
        /// Whether the text breaks into lines.
        wrap: Option<TextWrap> = "tw",
    }
}

record! {
    /// A table. Its cells are drawings of their own, which may arrive before it.
    pub struct Table {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// Where it stands.
        position: Option<TablePosition> = "pos",
        /// How many rows it has.
        rows: Option<i64> = "rows",
        /// How many columns it has.
        columns: Option<i64> = "cols",
        /// The colour of the background.
        background: Option<Color> = "bgc",
        /// The colour of the frame.
        frame_color: Option<Color> = "frmc",
        /// The width of the frame, in pixels.
        frame_width: Option<f64> = "frmw",
        /// The colour of the lines between cells.
        border_color: Option<Color> = "brdc",
        /// The width of the lines between cells, in pixels.
        border_width: Option<f64> = "brdw",
    }
}

record! {
    /// A cell of a table.
    pub struct TableCell {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The id of its table.
        table: Option<i64> = "tid",
        /// The row, counted from 0.
        row: Option<i64> = "row",
        /// The column, counted from 0.
        column: Option<i64> = "col",
        /// The text.
        text: Option<String> = "t",
        /// The width; `None` for as wide as the text.
        width: Option<f64> = "w",
        /// The height; `None` for as high as the text.
        height: Option<f64> = "h",
        /// The colour of the text.
        text_color: Option<Color> = "tc",
        /// Where the text stands from left to right.
        horizontal_align: Option<Align> = "tha",
        /// Where the text stands from top to bottom.
        vertical_align: Option<Align> = "tva",
        /// The size of the text.
        text_size: Option<TextSize> = "ts",
        /// The colour of the background.
        background: Option<Color> = "bgc",
        /// What is shown when the pointer is over it.
        tooltip: Option<String> = "tt",
        /// How many columns it covers.
        column_span: Option<i64> = "colspan",
        /// How many rows it covers.
        row_span: Option<i64> = "rowspan",
    }
}

record! {
    /// A level, such as the point of control of a volume profile.
    pub struct HorizontalLine {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The price.
        level: Option<f64> = "level",
        /// The position of the first bar.
        start: Option<i64> = "startIndex",
        /// The position of the last bar.
        end: Option<i64> = "endIndex",
        /// Whether it is extended to the left end of the chart.
        extends_left: Option<bool> = "extendLeft",
        /// Whether it is extended to the right end of the chart.
        extends_right: Option<bool> = "extendRight",
    }
}

record! {
    /// A line at a bar, such as a break between sessions.
    pub struct VerticalLine {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The position of the bar.
        x: Option<i64> = "index",
        /// Where it starts, as a share of the pane: 0 to 1.
        start: Option<f64> = "startPrice",
        /// Where it ends, as a share of the pane: 0 to 1.
        end: Option<f64> = "endPrice",
        /// Whether it is extended to the top of the pane.
        extends_top: Option<bool> = "extendTop",
        /// Whether it is extended to the bottom of the pane.
        extends_bottom: Option<bool> = "extendBottom",
    }
}

record! {
    /// A stretch of the background, such as trading before the market opens.
    pub struct Background {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The position of the first bar.
        start: Option<i64> = "start",
        /// The position of the last bar.
        stop: Option<i64> = "stop",
    }
}

record! {
    /// A row of a volume profile.
    pub struct HorizontalHistogram {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The lowest price of the row.
        price_low: Option<f64> = "priceLow",
        /// The highest price of the row.
        price_high: Option<f64> = "priceHigh",
        /// The volumes: mostly of rising and of falling bars.
        volumes: Vec<f64> = "rate",
        /// The position of the first bar that it covers. The wire calls it a time.
        first_bar: Option<i64> = "firstBarTime",
        /// The position of the last bar that it covers. The wire calls it a time.
        last_bar: Option<i64> = "lastBarTime",
    }
}

record! {
    /// An area.
    pub struct Polygon {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The corners.
        points: Vec<Corner> = "points",
    }
}

record! {
    /// A corner of an area.
    pub struct Corner {
        /// The position of the bar.
        x: Option<i64> = "index",
        /// The price.
        level: Option<f64> = "level",
    }
}

record! {
    /// A shape or a text at a bar.
    pub struct ShapeMark {
        /// The id among the drawings of its kind and style.
        id: Option<i64> = "id",
        /// The position of the bar. The wire calls it a time.
        x: Option<i64> = "time",
        /// The price.
        level: Option<f64> = "level",
        /// The text.
        text: Option<String> = "text",
    }
}
