//! What a script takes and draws.

use std::collections::BTreeMap;

use super::graphics::{Argb, Color};
use crate::{
    json::{Json, whole},
    record,
    record::words,
};

/// Inputs that hold the script itself and facts of the account; no user sets them.
const TECHNICAL: [&str; 4] = ["text", "pineId", "pineVersion", "pineFeatures"];

record! {
    /// The description of a script or built-in study: its inputs, plots and styles.
    pub struct MetaInfo {
        /// The id that the socket wants: `Script$STD;RSI@tv-scripting-101`.
        id: Option<String> = "id",
        /// The script's id: `STD;RSI`.
        script_id: Option<String> = "scriptIdPart",
        /// The name.
        description: Option<String> = "description",
        /// A short name.
        short_description: Option<String> = "shortDescription",
        /// The help text.
        docs: Option<String> = "docs",
        /// The inputs, in the order of the dialog.
        inputs: Vec<MetaInput> = "inputs",
        /// What the rows hold, in the order of their values.
        plots: Vec<MetaPlot> = "plots",
        /// How plots are named and drawn, by the id of the plot.
        styles: BTreeMap<String, MetaStyle> = "styles",
        /// Bands, by their order.
        bands: Vec<Json> = "bands",
        /// Fills between plots.
        filled_areas: Vec<Json> = "filledAreas",
        /// Values that are set when nothing else is.
        defaults: Option<Defaults> = "defaults",
        /// The colours that rows name by number, by the id of the palette.
        palettes: BTreeMap<String, MetaPalette> = "palettes",
        /// What can be drawn: labels, lines, boxes, tables.
        graphics: Option<Json> = "graphics",
        /// The version of the script.
        pine: Option<MetaPine> = "pine",
        /// How values are shown.
        format: Option<ValueFormat> = "format",
        /// Whether it is drawn over the prices.
        is_price_study: Option<bool> = "is_price_study",
        /// Whether it shares the scale of the prices.
        is_linked_to_series: Option<bool> = "linkedToSeries",
        /// Whether it is not shown in lists.
        is_hidden_study: Option<bool> = "is_hidden_study",
        /// Whether it is a script.
        is_script: Option<bool> = "isTVScript",
        /// Whether it is only the stub of a script.
        is_script_stub: Option<bool> = "isTVScriptStub",
        /// Whether it trades.
        is_strategy: Option<bool> = "isTVScriptStrategy",
        /// Whether its colours are packed numbers and no places of a palette.
        is_rgb: Option<bool> = "isRGB",
        /// Whether it is a fundamental value.
        is_fundamental: Option<bool> = "isFundamentalStudy",
        /// The period of the fundamental value: `FY`.
        financial_period: Option<String> = "financialPeriod",
        /// Where the fundamental value stands.
        fundamental_category: Option<String> = "fundamentalCategory",
        /// Scripts of one group share a place in the dialog.
        grouping_key: Option<String> = "groupingKey",
        /// Whether earlier values may change when further bars come.
        history_changes: Option<bool> = "historyCalculationMayChange",
        /// Whether it uses a private library.
        uses_private_library: Option<bool> = "usesPrivateLib",
        /// What the compiler remarks.
        warnings: Vec<String> = "warnings",
        /// The version of this description.
        metainfo_version: Option<i64> = "_metainfoVersion",
        /// How parts of the description depend on inputs.
        expressions: Option<Json> = "TVScriptMetaInfoExprs",
    }
}

words! {
    /// The kind of an input.
    pub enum InputKind {
        /// A text.
        Text = "text",
        /// A text of several lines.
        TextArea = "text_area",
        /// A whole number.
        Integer = "integer",
        /// A number.
        Float = "float",
        /// A switch.
        Bool = "bool",
        /// A series: `close`, or a plot of another study.
        Source = "source",
        /// A symbol.
        Symbol = "symbol",
        /// An interval.
        Resolution = "resolution",
        /// A trading session: `0930-1600`.
        Session = "session",
        /// A time, in milliseconds since 1970.
        Time = "time",
        /// The time of a bar, in milliseconds since 1970.
        BarTime = "bar_time",
        /// A price that is picked from the chart.
        Price = "price",
        /// A colour.
        Color = "color",
        /// A fact of the account.
        UserType = "usertype",
    }
}

record! {
    /// An input of a script.
    pub struct MetaInput {
        /// The id: `in_0`, `length`.
        id: Option<String> = "id",
        /// The name that is shown.
        name: Option<String> = "name",
        /// The kind of value.
        kind: Option<InputKind> = "type",
        /// The default.
        default: Option<Json> = "defval",
        /// The allowed values, where they are a list.
        options: Vec<Json> = "options",
        /// What is shown for the allowed values.
        option_titles: Option<Json> = "optionsTitles",
        /// The least number.
        min: Option<f64> = "min",
        /// The greatest number.
        max: Option<f64> = "max",
        /// The step of the dialog.
        step: Option<f64> = "step",
        /// Inputs of one line share this name.
        inline: Option<String> = "inline",
        /// The heading that it stands under.
        group: Option<String> = "group",
        /// The name in the script.
        internal_id: Option<String> = "internalID",
        /// The help text.
        tooltip: Option<String> = "tooltip",
        /// Where else than in the dialog the value is shown, a number of flags.
        display: Option<Json> = "display",
        /// Whether it is not shown in the dialog.
        is_hidden: Option<bool> = "isHidden",
        /// Whether it stands for nothing in the script.
        is_fake: Option<bool> = "isFake",
        /// Whether it can be left out.
        is_optional: Option<bool> = "optional",
        /// Whether a change is confirmed when the script is added.
        confirm: Option<bool> = "confirm",
    }
}

words! {
    /// The kind of a plot.
    pub enum PlotKind {
        /// A line, columns, an area or the like.
        Line = "line",
        /// The colours of another plot, as numbers of a palette.
        Colorer = "colorer",
        /// The colours of bars.
        BarColorer = "bar_colorer",
        /// The colours of the background.
        BgColorer = "bg_colorer",
        /// Text colours of another plot.
        TextColorer = "text_colorer",
        /// Shapes above or below bars.
        Shapes = "shapes",
        /// Characters above or below bars.
        Chars = "chars",
        /// Arrows.
        Arrows = "arrows",
        /// The colours of arrows that point up.
        UpColorer = "up_colorer",
        /// The colours of arrows that point down.
        DownColorer = "down_colorer",
        /// The open of candles.
        OhlcOpen = "ohlc_open",
        /// The high of candles.
        OhlcHigh = "ohlc_high",
        /// The low of candles.
        OhlcLow = "ohlc_low",
        /// The close of candles.
        OhlcClose = "ohlc_close",
        /// The colours of candles.
        OhlcColorer = "ohlc_colorer",
        /// The colours of the wicks of candles.
        WickColorer = "wick_colorer",
        /// The colours of the borders of candles.
        BorderColorer = "border_colorer",
        /// Values without a drawing.
        Data = "data",
        /// How far a plot is shifted.
        DataOffset = "dataoffset",
        /// Conditions of alerts.
        AlertCondition = "alertcondition",
    }
}

record! {
    /// A plot: one value of each row.
    pub struct MetaPlot {
        /// The id: `plot_0`.
        id: Option<String> = "id",
        /// The kind.
        kind: Option<PlotKind> = "type",
        /// The plot that this one colours or shifts.
        target: Option<String> = "target",
        /// The palette of its numbers.
        palette: Option<String> = "palette",
    }
}

record! {
    /// How a plot is named and drawn.
    pub struct MetaStyle {
        /// The name that is shown.
        title: Option<String> = "title",
        /// Where columns begin.
        histogram_base: Option<f64> = "histogramBase",
        /// Whether points are joined.
        join_points: Option<bool> = "joinPoints",
        /// Whether it is not shown in the dialog.
        is_hidden: Option<bool> = "isHidden",
        /// The size of shapes.
        size: Option<String> = "size",
        /// The text of shapes.
        text: Option<String> = "text",
        /// The character of chars.
        char: Option<String> = "char",
        /// Where shapes stand.
        location: Option<String> = "location",
    }
}

record! {
    /// Values that are set when nothing else is.
    pub struct Defaults {
        /// The inputs, by their id.
        inputs: BTreeMap<String, Json> = "inputs",
        /// The styles, by the id of the plot.
        styles: BTreeMap<String, Json> = "styles",
        /// The colours, by the id of the palette.
        palettes: BTreeMap<String, DefaultPalette> = "palettes",
        /// The drawings.
        graphics: Option<Json> = "graphics",
        /// How many digits follow the point.
        precision: Option<f64> = "precision",
    }
}

record! {
    /// The colours of a palette.
    pub struct DefaultPalette {
        /// The colours, by number.
        colors: BTreeMap<String, DefaultColor> = "colors",
    }
}

record! {
    /// A colour of a palette, and how what has it is drawn.
    pub struct DefaultColor {
        /// The colour.
        color: Option<Color> = "color",
        /// The width of a line, in pixels.
        width: Option<f64> = "width",
        /// The style of a line: 0 solid, 1 dotted, 2 dashed.
        style: Option<i64> = "style",
    }
}

record! {
    /// The colours that rows name by number.
    pub struct MetaPalette {
        /// The colours, by number.
        colors: BTreeMap<String, PaletteColor> = "colors",
        /// Which number a value stands for.
        value_to_index: BTreeMap<String, i64> = "valToIndex",
    }
}

record! {
    /// A colour of a palette.
    pub struct PaletteColor {
        /// The name that is shown.
        name: Option<String> = "name",
    }
}

record! {
    /// The version of a script.
    pub struct MetaPine {
        /// The version: `52.0`.
        version: Option<String> = "version",
        /// A digest of the source.
        digest: Option<String> = "digest",
    }
}

record! {
    /// How values are shown.
    pub struct ValueFormat {
        /// `price`, `volume`, `percent`, `inherit`.
        kind: Option<String> = "type",
        /// How many digits follow the point.
        precision: Option<i64> = "precision",
    }
}

impl MetaInfo {
    /// The inputs that users set: without those that hold the script itself.
    pub fn user_inputs(&self) -> impl Iterator<Item = &MetaInput> {
        self.inputs.iter().filter(|input| !input.is_technical())
    }

    /// An input by its id, name, or name in the script.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&MetaInput> {
        let by = |get: fn(&MetaInput) -> &Option<String>| {
            self.inputs
                .iter()
                .find(|input| get(input).as_deref() == Some(name))
        };
        by(|input| &input.id)
            .or_else(|| by(|input| &input.internal_id))
            .or_else(|| by(|input| &input.name))
    }

    /// The name that is shown for a plot; for one that colours another, the name of that one.
    #[must_use]
    pub fn title_of(&self, plot: &MetaPlot) -> Option<&str> {
        let title = |id: &Option<String>| {
            let style = self.styles.get(id.as_deref()?)?;
            style.title.as_deref()
        };
        title(&plot.id).or_else(|| title(&plot.target))
    }
}

/// The palette of drawings and of colours that scripts compute.
const COMMON_PALETTE: &str = "palette_common";

impl MetaInfo {
    /// The colour of a value of a colorer plot: through the palette that the plot names, or, where
    /// the study says that its colours are packed, the number itself.
    #[must_use]
    pub fn plot_color(&self, plot: &MetaPlot, value: f64) -> Option<Argb> {
        let number = whole(value)?;
        if self.is_rgb == Some(true) {
            return Argb::unpack(number);
        }
        let palette = plot.palette.as_deref()?;
        let indexes = &self.palettes.get(palette)?.value_to_index;
        let index = match indexes.is_empty() {
            true => number,
            false => *indexes.get(&number.to_string())?,
        };
        self.palette_color(palette, index)
    }

    /// The colour that a drawing names.
    #[must_use]
    pub fn drawing_color(&self, color: &Color) -> Option<Argb> {
        match color {
            Color::Text(text) => Argb::parse(text),
            Color::Number(number) if self.is_rgb == Some(true) => Argb::unpack(*number),
            Color::Number(number) => self.palette_color(COMMON_PALETTE, *number),
        }
    }

    fn palette_color(&self, palette: &str, index: i64) -> Option<Argb> {
        let palette = self.defaults.as_ref()?.palettes.get(palette)?;
        match palette.colors.get(&index.to_string())?.color.as_ref()? {
            Color::Text(text) => Argb::parse(text),
            Color::Number(number) => Argb::unpack(*number),
        }
    }
}

impl MetaInput {
    /// Whether the input holds the script itself, or a fact of the account or the chart.
    #[must_use]
    pub fn is_technical(&self) -> bool {
        let id = self.id.as_deref().unwrap_or_default();
        TECHNICAL.contains(&id) || id.starts_with("__")
    }
}
