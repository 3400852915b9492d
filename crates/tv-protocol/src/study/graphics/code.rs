//! The words that drawings use for styles and places.

use serde_json::Value;

use crate::record::{Item, Reading, number, words};

words! {
    /// How far a line or a box is extended.
    pub enum Extend {
        /// Not.
        None = "n",
        /// To the left end of the chart.
        Left = "l",
        /// To the right end of the chart.
        Right = "r",
        /// To both ends.
        Both = "b",
    }
}

words! {
    /// Where a label stands.
    pub enum YLocation {
        /// At its price.
        Price = "pr",
        /// Above its bar.
        AboveBar = "ab",
        /// Below its bar.
        BelowBar = "bl",
    }
}

words! {
    /// How a line is drawn.
    pub enum LineStyle {
        /// Without gaps.
        Solid = "sol",
        /// Dots.
        Dotted = "dot",
        /// Dashes.
        Dashed = "dsh",
        /// With an arrow at the left end.
        ArrowLeft = "al",
        /// With an arrow at the right end.
        ArrowRight = "ar",
        /// With an arrow at both ends.
        ArrowBoth = "ab",
    }
}

words! {
    /// How the border of a box is drawn.
    pub enum BoxStyle {
        /// Without gaps.
        Solid = "sol",
        /// Dots.
        Dotted = "dot",
        /// Dashes.
        Dashed = "dsh",
    }
}

words! {
    /// The shape of a label.
    pub enum LabelStyle {
        /// No shape, only the text.
        None = "n",
        /// Two crossed diagonal lines.
        XCross = "xcr",
        /// Two crossed lines.
        Cross = "cr",
        /// A triangle that points up.
        TriangleUp = "tup",
        /// A triangle that points down.
        TriangleDown = "tdn",
        /// A flag.
        Flag = "flg",
        /// A circle.
        Circle = "cir",
        /// An arrow that points up.
        ArrowUp = "aup",
        /// An arrow that points down.
        ArrowDown = "adn",
        /// A bubble that points up.
        LabelUp = "lup",
        /// A bubble that points down.
        LabelDown = "ldn",
        /// A bubble that points left.
        LabelLeft = "llf",
        /// A bubble that points right.
        LabelRight = "lrg",
        /// A bubble that points to the lower left.
        LabelLowerLeft = "llwlf",
        /// A bubble that points to the lower right.
        LabelLowerRight = "llwrg",
        /// A bubble that points to the upper left.
        LabelUpperLeft = "luplf",
        /// A bubble that points to the upper right.
        LabelUpperRight = "luprg",
        /// A bubble that points nowhere.
        LabelCenter = "lcn",
        /// A square.
        Square = "sq",
        /// A diamond.
        Diamond = "dia",
    }
}

words! {
    /// Where a text stands in its place.
    pub enum Align {
        /// At the left.
        Left = "left",
        /// In the middle.
        Center = "center",
        /// At the right.
        Right = "right",
        /// At the top.
        Top = "top",
        /// At the bottom.
        Bottom = "bottom",
    }
}

words! {
    /// Whether a text breaks into lines.
    pub enum TextWrap {
        /// Not.
        None = "none",
        /// Where it does not fit.
        Auto = "auto",
    }
}

words! {
    /// Where a table stands in the pane.
    pub enum TablePosition {
        /// At the top left.
        TopLeft = "top_left",
        /// At the top.
        TopCenter = "top_center",
        /// At the top right.
        TopRight = "top_right",
        /// At the left.
        MiddleLeft = "middle_left",
        /// In the middle.
        MiddleCenter = "middle_center",
        /// At the right.
        MiddleRight = "middle_right",
        /// At the bottom left.
        BottomLeft = "bottom_left",
        /// At the bottom.
        BottomCenter = "bottom_center",
        /// At the bottom right.
        BottomRight = "bottom_right",
    }
}

/// The size of a text or a shape.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum TextSize {
    /// A word: `auto`, `tiny`, `small`, `normal`, `large`, `huge`.
    Named(String),
    /// A number of points.
    Points(f64),
}

impl Item for TextSize {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        match value {
            Value::String(name) => Some((Self::Named(name.clone()), Reading::Exact)),
            other => f64::read(other).map(|(points, reading)| (Self::Points(points), reading)),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Named(name) => name.as_str().into(),
            Self::Points(points) => number(*points),
        }
    }
}
