//! The newest values of a symbol, bounded in bytes.

use std::sync::Arc;

use protocol::{
    message::server::QuoteValues,
    quote::{Quote, QuoteField, QuoteFields, QuoteValue},
};

use crate::bounds::{FIELD_BYTES, MAX_STATE_BYTES, field_bytes};

/// What a quote takes, approximately.
pub(crate) fn bytes_of(quote: &Quote) -> usize {
    let fields = quote.fields();
    fields.map(|(field, value)| field_bytes(field, value)).sum()
}

/// The known values of a symbol, and which of them are new.
#[derive(Clone, Debug, Default)]
pub(crate) struct QuoteState {
    /// The newest value of each field. Readers share it; a reader that still holds it when it
    /// changes keeps the old values.
    values: Arc<Quote>,
    changed: QuoteFields,
    /// What it takes at most: values that were replaced are counted until it is counted anew.
    /// `bytes <= MAX_STATE_BYTES`
    bytes: usize,
}

impl QuoteState {
    /// Takes in values; false if the state would grow over its bound.
    pub(crate) fn merge(&mut self, values: &QuoteValues<'_>) -> bool {
        let most = values.len() * FIELD_BYTES + values.message_len();
        if self.bytes + most > MAX_STATE_BYTES {
            self.bytes = bytes_of(&self.values);
        }
        if self.bytes + most <= MAX_STATE_BYTES {
            self.bytes += most;
            values.merge_changes(Arc::make_mut(&mut self.values), &mut self.changed);
            return true;
        }
        // Near the bound each field is looked at.
        let values = values.iter();
        self.merge_each(values.map(|(field, value)| (field.into_owned(), value.into_owned())))
    }

    /// Takes in the newest value of each field. Values that are known already do not count as new.
    pub(crate) fn catch_up(
        &mut self,
        values: Vec<(QuoteField<'static>, QuoteValue<'static>)>,
    ) -> bool {
        let known = Arc::clone(&self.values);
        let update = values.into_iter();
        self.merge_each(update.filter(|(field, value)| known.get(field) != Some(value)))
    }

    fn merge_each(
        &mut self,
        values: impl Iterator<Item = (QuoteField<'static>, QuoteValue<'static>)>,
    ) -> bool {
        let state = Arc::make_mut(&mut self.values);
        for (field, value) in values {
            let before = state
                .get(&field)
                .map_or(0, |known| field_bytes(&field, known));
            let bytes = self.bytes.saturating_sub(before) + field_bytes(&field, &value);
            if bytes > MAX_STATE_BYTES {
                return false;
            }
            self.bytes = bytes;
            self.changed.insert(field.clone());
            state.merge([(field, value)]);
        }
        true
    }

    pub(crate) fn values(&self) -> &Arc<Quote> {
        &self.values
    }

    pub(crate) fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What has changed since it was taken last.
    pub(crate) fn take_changes(&mut self) -> QuoteFields {
        std::mem::take(&mut self.changed)
    }

    /// The same for one that has seen nothing of it.
    pub(crate) fn unseen(mut self) -> Self {
        for (field, _) in self.values.fields() {
            self.changed.insert(field.clone());
        }
        self
    }
}
