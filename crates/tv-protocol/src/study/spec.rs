//! A study that can be requested.

use std::collections::BTreeMap;

use super::Plots;
use crate::json::Json;

/// What it takes to request a study: its id on the server and its inputs; and what its rows hold.
///
/// [`builtin`](super::builtin) and [`MetaInfo::script`](super::MetaInfo::script) make checked ones.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct StudySpec {
    /// The id on the server: `RSI@tv-basicstudies-241`, `Script@tv-scripting-101!`.
    pub id: String,
    /// The inputs as they are sent.
    pub inputs: BTreeMap<String, Json>,
    /// What the rows hold; empty if that is not known or if the study only draws.
    pub plots: Plots,
}

impl StudySpec {
    /// A study by its id, without inputs. Nothing is checked.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            inputs: BTreeMap::new(),
            plots: Plots::default(),
        }
    }

    /// Sets an input, under the id that the study gives it. Nothing is checked: the server ignores
    /// inputs that it does not know.
    #[must_use]
    pub fn input(mut self, id: impl Into<String>, value: impl Into<Json>) -> Self {
        self.inputs.insert(id.into(), value.into());
        self
    }
}
