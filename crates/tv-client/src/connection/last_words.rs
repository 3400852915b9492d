//! The server's words about what last ended a session or connection of a link.

use std::sync::{Arc, Mutex, PoisonError};

/// The words that a link's task notes, for those who wait for the link. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastWords(Arc<Mutex<Option<String>>>);

impl LastWords {
    /// Notes newer words, without secrets.
    pub(crate) fn note(&self, words: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
    }

    pub(crate) fn get(&self) -> Option<String> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        words.clone()
    }
}
