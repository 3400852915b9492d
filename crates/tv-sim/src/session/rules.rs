//! What a server is set to.

use market::study::ReportForm;

use crate::rules::Wire;

/// What a server is set to.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// Milliseconds between the opening and the greeting.
    pub(crate) greeting: i64,
    /// Milliseconds between heartbeats.
    pub(crate) heartbeat: i64,
    /// Milliseconds that a heartbeat may stay unanswered.
    pub(crate) patience: i64,
    /// The protocol and its accounts.
    pub(crate) wire: Wire,
    /// What is said about studies.
    pub(crate) studies: StudyRules,
}

/// What a server is set to about studies.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StudyRules {
    /// How many studies a chart session may have, if not as many as the account allows.
    pub(crate) limit: Option<usize>,
    /// Whether connections without `type=chart` in their URL get no studies.
    pub(crate) need_chart_type: bool,
    /// How reports of strategies travel.
    pub(crate) reports: ReportForm,
}
