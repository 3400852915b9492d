//! The options of a decoder, and the buffers that it keeps.

use crate::{
    json::MAX_FIELDS,
    message::server::{ChartData, Entry},
};

/// Whether unknown fields are kept, see
/// [`Decoder::unknown_fields`](crate::message::Decoder::unknown_fields).
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnknownFields {
    /// They are kept as text. The default, so that nothing is lost.
    #[default]
    Keep,
    /// They are checked like kept ones, then left out.
    Skip,
}

/// The options of a decoder, the same for all messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) unknown: UnknownFields,
    pub(crate) max_fields: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            unknown: UnknownFields::Keep,
            max_fields: MAX_FIELDS,
        }
    }
}

/// What numbers and places of hot messages are read into, kept from message to message.
#[derive(Clone, Debug, Default)]
pub(in crate::message) struct Buffers {
    pub(in crate::message) entries: Vec<Entry>,
    pub(in crate::message) chart: ChartData,
}
