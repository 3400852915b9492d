//! The runtime's clock, which tests may pause.

use tokio::time::Instant;

/// Returns the present time as protocols take it.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// The resolution of the runtime's timers. A protocol whose timer stays in the past is called no
/// more often than this.
pub(crate) const MIN_TIMER: std::time::Duration = std::time::Duration::from_millis(1);
