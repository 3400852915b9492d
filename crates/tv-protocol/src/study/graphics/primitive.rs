//! A drawing of any kind.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    Background, BoxDrawing, HorizontalHistogram, HorizontalLine, Label, Line, Polygon, ShapeMark,
    Table, TableCell, VerticalLine,
};
use crate::{
    json::Json,
    record::{Item, Place, Reading, Surprise, words},
};

/// Defines the kinds, those that are typed first.
macro_rules! kinds {
    (
        typed { $($(#[$typed_meta:meta])* $Typed:ident($Type:ty) = $typed_word:literal,)* }
        raw { $($(#[$raw_meta:meta])* $Raw:ident = $raw_word:literal,)* }
    ) => {
        words! {
            /// The kind of a drawing.
            pub enum GraphicsKind {
                $($(#[$typed_meta])* $Typed = $typed_word,)*
                $($(#[$raw_meta])* $Raw = $raw_word,)*
            }
        }

        /// A drawing.
        #[non_exhaustive]
        #[derive(Clone, Debug, PartialEq)]
        pub enum Primitive {
            $($(#[$typed_meta])* $Typed($Type),)*
            /// A drawing of a kind that is not typed, or one that has no fields, as it came.
            Raw(Json),
        }

        impl Primitive {
            /// The id among the drawings of the same kind and style.
            #[must_use]
            pub fn id(&self) -> Option<i64> {
                match self {
                    $(Self::$Typed(drawing) => drawing.id,)*
                    Self::Raw(json) => json.get("id")?.as_i64(),
                }
            }

            pub(super) fn read(kind: &GraphicsKind, value: &Value) -> Option<(Self, Reading)> {
                match kind {
                    $(GraphicsKind::$Typed if value.is_object() => {
                        <$Type>::read(value).map(|(it, reading)| (Self::$Typed(it), reading))
                    })*
                    _ => <Json as Item>::read(value).map(|(json, reading)| (Self::Raw(json), reading)),
                }
            }

            pub(super) fn write(&self) -> Value {
                match self {
                    $(Self::$Typed(drawing) => drawing.write(),)*
                    Self::Raw(json) => json.write(),
                }
            }

            pub(super) fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
                match self {
                    $(Self::$Typed(drawing) => drawing.look(place, out),)*
                    Self::Raw(_) => {}
                }
            }
        }
    };
}

kinds! {
    typed {
        /// A text beside a bar or at a price.
        Label(Label) = "dwglabels",
        /// A line between two points.
        Line(Line) = "dwglines",
        /// A box between two corners.
        Box(BoxDrawing) = "dwgboxes",
        /// A table.
        Table(Table) = "dwgtables",
        /// A cell of a table.
        TableCell(TableCell) = "dwgtablecells",
        /// A level.
        HorizontalLine(HorizontalLine) = "horizlines",
        /// A line at a bar.
        VerticalLine(VerticalLine) = "vertlines",
        /// A row of a volume profile.
        HorizontalHistogram(HorizontalHistogram) = "hhists",
        /// A stretch of the background.
        Background(Background) = "backgrounds",
        /// An area.
        Polygon(Polygon) = "polygons",
        /// A shape at a bar.
        ShapeMark(ShapeMark) = "shapemarks",
        /// A text at a bar.
        TextMark(ShapeMark) = "textmarks",
    }
    raw {
        /// A line through many points. Its fields are not known.
        Polyline = "dwgpolylines",
        /// An area between two lines. Its fields are not known.
        LineFill = "dwglinefills",
    }
}

/// The fields of the drawing, as the server names them.
impl Serialize for Primitive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write().serialize(serializer)
    }
}
