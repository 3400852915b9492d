//! The decoder that a connection keeps: templates first, serde for the rest.

use std::borrow::Cow;

use super::{
    Received, ServerMessage, Stamp, UnknownFields,
    fallback::{Buffers, Options},
    server::{
        DataUpdate, Objects, QuoteData, QuoteStatus, QuoteUpdate, QuoteValues, TimescaleUpdate,
    },
    template,
};

/// The smallest size of a field in bytes: `"":0,`.
const SHORTEST_FIELD: usize = 5;

/// Decodes payloads one after another, in buffers that it keeps.
///
/// In the steady state the messages that make up nearly all traffic, `qsd`, `du` and
/// `timescale_update`, cost no allocation: text is borrowed from the payload, numbers from the
/// buffers. The result equals that of [`ServerMessage::decode`], which needs no decoder and
/// allocates.
///
/// ```
/// use tv_protocol::message::{Decoder, ServerMessage};
///
/// let mut decoder = Decoder::default();
/// let payload = r#"{"m":"du","p":["cs_1",
///     {"sds_1":{"s":[{"i":7,"v":[1685633880.0,1.0,2.0,0.5,1.5,10.0]}],"t":"s1"}}]}"#;
/// let received = decoder.decode(payload);
/// let ServerMessage::DataUpdate(update) = &received.message else { panic!("{received:?}") };
/// let series = update.objects.get("sds_1").expect("the series");
/// let bars = series.bars.expect("its bars");
/// let last = bars.rows().last().expect("one bar");
/// assert_eq!((last.time.seconds(), last.close), (1_685_633_880, 1.5));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    buffers: Buffers,
    options: Options,
    without_templates: bool,
}

impl Decoder {
    /// Sets whether unknown fields are kept: of a quote, of the data of a series or study, and of a
    /// time scale. By default they are.
    ///
    /// Skipping them saves memory, and time in merging. Skipped fields are checked like kept ones,
    /// so the same messages are malformed. Fields with a name in
    /// [`QuoteField`](crate::quote::QuoteField) and whole messages of an unknown method are always
    /// kept.
    ///
    /// ```
    /// use tv_protocol::message::{Decoder, ServerMessage, UnknownFields};
    ///
    /// let payload = r#"{"m":"qsd","p":["qs_1",
    ///     {"n":"A:B","s":"ok","v":{"lp":1.5,"new":{"price":"1"}}}]}"#;
    /// let mut decoder = Decoder::default().unknown_fields(UnknownFields::Skip);
    /// let decoded = decoder.decode(payload).message;
    /// let ServerMessage::QuoteData(quote) = decoded else { unreachable!() };
    /// assert_eq!(quote.data.values.len(), 1);
    /// ```
    #[must_use]
    pub fn unknown_fields(mut self, choice: UnknownFields) -> Self {
        self.options.unknown = choice;
        self
    }

    /// How many fields a quote update may have, and how many objects a data update: one with more
    /// is [`Malformed`](ServerMessage::Malformed). Default [`MAX_FIELDS`](crate::json::MAX_FIELDS).
    ///
    /// ```
    /// use tv_protocol::message::{Decoder, ServerMessage};
    ///
    /// let payload = r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":1.5,"ch":0.5}}]}"#;
    /// let mut decoder = Decoder::default().max_fields(1);
    /// let decoded = decoder.decode(payload).message;
    /// let ServerMessage::Malformed(malformed) = decoded else { unreachable!() };
    /// assert!(malformed.error.to_string().contains("more than 1 fields"));
    /// ```
    #[must_use]
    pub fn max_fields(mut self, fields: usize) -> Self {
        self.options.max_fields = fields;
        self
    }

    /// Reads every message by serde, which is several times slower and gives the same result. For
    /// measurements, and for tests that compare the two ways.
    #[must_use]
    pub fn without_templates(mut self) -> Self {
        self.without_templates = true;
        self
    }

    /// Decodes the payload of a frame. Never fails, see [`ServerMessage`].
    #[must_use]
    pub fn decode<'a>(&'a mut self, payload: &'a str) -> Received<'a> {
        let Buffers { entries, chart } = &mut self.buffers;
        let Options {
            unknown,
            max_fields,
        } = self.options;
        if self.without_templates {
        } else if payload.starts_with("{\"m\":\"qsd\"") {
            // The template does not count: what is this short cannot have too many.
            if payload.len() / SHORTEST_FIELD <= max_fields
                && let Some(quote) = template::quote::read(payload, unknown, entries)
            {
                return self.quote(payload, &quote);
            }
        } else if (payload.starts_with("{\"m\":\"du\"") || payload.starts_with("{\"m\":\"timesc"))
            && let Some(chart) = template::chart::read(payload, max_fields, chart)
        {
            return self.chart(payload, chart);
        }
        ServerMessage::decode_into(payload, self.options, Some(&mut self.buffers))
    }

    fn quote<'a>(&'a self, text: &'a str, quote: &template::quote::Quote) -> Received<'a> {
        let data = QuoteUpdate {
            name: quote.name.raw(text),
            status: QuoteStatus::Ok,
            error: None,
            values: QuoteValues::new(Cow::Borrowed(&self.buffers.entries), text),
        };
        let session = quote.session.of(text).into();
        received(QuoteData { session, data }.into(), quote.stamp)
    }

    fn chart<'a>(&'a self, text: &'a str, chart: template::chart::Chart<'a>) -> Received<'a> {
        let session = chart.session.of(text).into();
        let objects = Objects::lent(&self.buffers.chart, text);
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
