//! Replays: `session` keeps a moment of the past that moves on bar by bar, `messages` writes what
//! is reported of it, `chart` moves the charts that show it.

pub(super) mod chart;
pub(super) mod messages;
pub(super) mod session;
