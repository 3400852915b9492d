//! The decoder that a connection keeps: templates first, serde for the rest.

use std::borrow::Cow;

use super::{
    Received, ServerMessage, Stamp,
    server::{
        ChartData, DataUpdate, Entry, Objects, QuoteData, QuoteStatus, QuoteUpdate, QuoteValues,
        TimescaleUpdate,
    },
    template,
};

/// Decodes payloads one after another, in buffers that it keeps.
///
/// In the steady state the messages that make up nearly all traffic, `qsd`, `du` and `timescale_update`, cost no
/// allocation: text is lent from the payload, numbers from the buffers. What comes out is what
/// [`ServerMessage::decode`] yields, which needs no decoder and allocates.
///
/// ```
/// use tv_protocol::message::{Decoder, ServerMessage};
///
/// let mut decoder = Decoder::default();
/// let payload = r#"{"m":"du","p":["cs_1",{"sds_1":{"s":[{"i":7,"v":[1685633880.0,1.0,2.0,0.5,1.5,10.0]}],"t":"s1"}}]}"#;
/// let received = decoder.decode(payload);
/// let ServerMessage::DataUpdate(update) = &received.message else { panic!("{received:?}") };
/// let series = update.objects.get("sds_1").expect("the series");
/// let bars = series.bars.expect("its bars");
/// let last = bars.rows().last().expect("one bar");
/// assert_eq!((last.time, last.close), (1_685_633_880, 1.5));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    entries: Vec<Entry>,
    chart: ChartData,
}

impl Decoder {
    /// Decodes the payload of a frame. Never fails, see [`ServerMessage`].
    #[must_use]
    pub fn decode<'a>(&'a mut self, payload: &'a str) -> Received<'a> {
        if payload.starts_with("{\"m\":\"qsd\"") {
            if let Some(quote) = template::quote::read(payload, &mut self.entries) {
                return self.quote(payload, &quote);
            }
        } else if (payload.starts_with("{\"m\":\"du\"") || payload.starts_with("{\"m\":\"timesc"))
            && let Some(chart) = template::chart::read(payload, &mut self.chart)
        {
            return self.chart(payload, chart);
        }
        ServerMessage::decode(payload)
    }

    fn quote<'a>(&'a self, text: &'a str, quote: &template::quote::Quote) -> Received<'a> {
        let data = QuoteUpdate {
            name: quote.name.raw(text),
            status: QuoteStatus::Ok,
            error: None,
            values: QuoteValues::new(Cow::Borrowed(&self.entries), text),
        };
        let session = quote.session.of(text).into();
        received(QuoteData { session, data }.into(), quote.stamp)
    }

    fn chart<'a>(&'a self, text: &'a str, chart: template::chart::Chart<'a>) -> Received<'a> {
        let session = chart.session.of(text).into();
        let objects = Objects::lent(&self.chart, text);
        let message = match chart.timescale {
            Some(timescale) => TimescaleUpdate {
                session,
                objects,
                timescale: Some(timescale),
            }
            .into(),
            None => DataUpdate { session, objects }.into(),
        };
        received(message, chart.stamp)
    }
}

fn received(message: ServerMessage<'_>, stamp: Stamp) -> Received<'_> {
    Received { message, stamp }
}
