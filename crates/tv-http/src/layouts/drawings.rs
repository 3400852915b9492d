//! Drawings.

use std::collections::BTreeMap;

use protocol::{json::Json, time::Timestamp};

use super::LayoutToken;
use crate::{
    json::{record, words},
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError, escaped},
};

/// Asks for the drawings of a layout.
///
/// ```
/// use tv_http::{layouts::{Drawings, DrawingTool, LayoutToken}, wire::{Answer, Endpoint}};
///
/// let question = Drawings::new("a1B2c3D4", LayoutToken::new("eyJ...")).symbol("NASDAQ:TSLA");
/// let body = r#"{"success":true,"payload":{"sources":{"x":{"id":"x","symbol":"NASDAQ:TSLA",
///     "state":{"type":"LineToolTrendLine","points":[{"time_t":1685973600,"price":214.5}]}}}}}"#;
/// let sources = question.parse(&Answer::new(200, body))?;
/// let drawing = &sources.drawings()["x"];
/// assert_eq!(drawing.tool(), Some(&DrawingTool::TrendLine));
/// assert_eq!(drawing.points()[0].price, Some(214.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawings {
    layout: String,
    token: LayoutToken,
    chart: String,
    symbol: String,
}

record! {
    /// The answer to [`Drawings`].
    pub struct LayoutSources {
        /// Whether it worked.
        success: Option<bool> = "success",
        /// What the layout holds.
        payload: Option<LayoutPayload> = "payload",
    }
}

record! {
    /// What a layout holds.
    pub struct LayoutPayload {
        /// The drawings, by their id.
        sources: BTreeMap<String, Drawing> = "sources",
    }
}

record! {
    /// A drawing.
    pub struct Drawing {
        /// The id.
        id: Option<String> = "id",
        /// The symbol that it is drawn on.
        symbol: Option<String> = "symbol",
        /// What it is drawn on: the prices, or a study.
        owner: Option<String> = "ownerSource",
        /// The currency of its prices.
        currency: Option<String> = "currencyId",
        /// The unit of its prices.
        unit: Option<String> = "unitId",
        /// When it was changed, in milliseconds since 1970.
        updated_ms: Option<i64> = "serverUpdateTime",
        /// What it looks like.
        state: Option<DrawingState> = "state",
    }
}

record! {
    /// What a drawing looks like.
    pub struct DrawingState {
        /// The tool.
        tool: Option<DrawingTool> = "type",
        /// The id.
        id: Option<String> = "id",
        /// Colours, widths, texts: different for each tool.
        style: Option<Json> = "state",
        /// Where it stands.
        points: Vec<DrawingPoint> = "points",
        /// What it is drawn over: less is further behind.
        z_order: Option<f64> = "zorder",
        /// Drawings that are linked share this.
        link: Option<String> = "linkKey",
        /// What it is drawn on.
        owner: Option<String> = "ownerSource",
    }
}

record! {
    /// A point of a drawing.
    pub struct DrawingPoint {
        /// The time of the bar.
        time: Option<Timestamp> = "time_t",
        /// The price.
        price: Option<f64> = "price",
        /// How many bars after that one.
        offset: Option<i64> = "offset",
        /// The interval that the point was set on.
        interval: Option<String> = "interval",
    }
}

words! {
    /// A tool for drawing.
    pub enum DrawingTool {
        /// A line through two points.
        TrendLine = "LineToolTrendLine",
        /// A line from one point through another.
        Ray = "LineToolRay",
        /// A line through two points without ends.
        ExtendedLine = "LineToolExtended",
        /// A line at a price.
        HorizontalLine = "LineToolHorzLine",
        /// A line at a price from a time on.
        HorizontalRay = "LineToolHorzRay",
        /// A line at a time.
        VerticalLine = "LineToolVertLine",
        /// A line at a price and one at a time.
        CrossLine = "LineToolCrossLine",
        /// Two lines side by side.
        ParallelChannel = "LineToolParallelChannel",
        /// A rectangle.
        Rectangle = "LineToolRectangle",
        /// A circle.
        Circle = "LineToolCircle",
        /// An ellipse.
        Ellipse = "LineToolEllipse",
        /// A triangle.
        Triangle = "LineToolTriangle",
        /// Several lines.
        Path = "LineToolPath",
        /// A freehand line.
        Brush = "LineToolBrush",
        /// An arrow.
        Arrow = "LineToolArrow",
        /// Fibonacci levels.
        FibRetracement = "LineToolFibRetracement",
        /// Fibonacci levels of a trend.
        TrendBasedFib = "LineToolTrendBasedFibExtension",
        /// A pitchfork.
        Pitchfork = "LineToolPitchfork",
        /// A bought position with its target and stop.
        LongPosition = "LineToolRiskRewardLong",
        /// A sold position with its target and stop.
        ShortPosition = "LineToolRiskRewardShort",
        /// A prediction.
        Prediction = "LineToolPrediction",
        /// A text.
        Text = "LineToolText",
        /// A note.
        Note = "LineToolNote",
        /// A text with a pointer.
        Callout = "LineToolCallout",
        /// The distance between two prices.
        PriceRange = "LineToolPriceRange",
        /// The distance between two times.
        DateRange = "LineToolDateRange",
        /// The distance between two points.
        DateAndPriceRange = "LineToolDateAndPriceRange",
    }
}

impl LayoutSources {
    /// The drawings, by their id; empty if the layout has none.
    #[must_use]
    pub fn drawings(&self) -> &BTreeMap<String, Drawing> {
        static NONE: BTreeMap<String, Drawing> = BTreeMap::new();
        self.payload
            .as_ref()
            .map_or(&NONE, |payload| &payload.sources)
    }
}

impl Drawing {
    /// The tool.
    #[must_use]
    pub fn tool(&self) -> Option<&DrawingTool> {
        self.state.as_ref()?.tool.as_ref()
    }

    /// Where it stands.
    #[must_use]
    pub fn points(&self) -> &[DrawingPoint] {
        self.state.as_ref().map_or(&[], |state| &state.points)
    }
}

impl Drawings {
    /// Asks for what all charts of a layout share.
    #[must_use]
    pub fn new(layout: impl Into<String>, token: LayoutToken) -> Self {
        Self {
            layout: layout.into(),
            token,
            chart: "_shared".to_owned(),
            symbol: String::new(),
        }
    }

    /// Only drawings of one chart of the layout: `1`, `2`.
    #[must_use]
    pub fn chart(self, chart: impl Into<String>) -> Self {
        Self {
            chart: chart.into(),
            ..self
        }
    }

    /// Only drawings on a symbol.
    #[must_use]
    pub fn symbol(self, symbol: impl Into<String>) -> Self {
        Self {
            symbol: symbol.into(),
            ..self
        }
    }
}

impl Endpoint for Drawings {
    type Output = LayoutSources;

    fn request(&self) -> Result<Request, RequestError> {
        let layout = escaped(&self.layout);
        let path = format!("/charts-storage/get/layout/{layout}/sources");
        Ok(Request::get(Host::ChartsStorage, path)
            .with("chart_id", &self.chart)
            .with_secret("jwt", self.token.expose())
            .with("symbol", &self.symbol))
    }

    /// A token that is no longer good is [`AnswerError::SignInRequired`], or
    /// [`AnswerError::Refused`] with status 403.
    fn parse(&self, answer: &Answer) -> Result<LayoutSources, AnswerError> {
        answer.json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown() {
        let question = Drawings::new("x", LayoutToken::new("CANARY-TOKEN")).chart("1");
        let request = question.request().unwrap();
        let shown = format!("{question:?} {request:?}");
        assert!(!shown.contains("CANARY"), "{shown}");
        let expected = "/charts-storage/get/layout/x/sources?chart_id=1&jwt=CANARY-TOKEN&symbol=";
        assert_eq!(request.target(), expected);
        let answer = Answer::new(403, r#"{"success":false,"error":"bad CANARY-TOKEN"}"#);
        let error = question
            .parse(&answer.hiding(request.secrets()))
            .unwrap_err();
        assert!(!error.to_string().contains("CANARY"), "{error}");
    }

    #[test]
    fn a_layout_without_drawings_has_none() {
        let question = Drawings::new("x", LayoutToken::new("t"));
        for body in [
            r#"{"success":true,"payload":{"sources":{}}}"#,
            r#"{"success":true}"#,
        ] {
            assert!(
                question
                    .parse(&Answer::new(200, body))
                    .unwrap()
                    .drawings()
                    .is_empty()
            );
        }
    }
}
