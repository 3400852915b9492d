//! The runtime's clock, which tests may pause.

use tokio::{runtime::Handle, time::Instant};

use crate::error::DialError;

/// Returns the present time as protocols take it.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// Fails outside of a tokio runtime, where tokio's sockets and timers would panic.
pub(crate) fn need_runtime() -> Result<(), DialError> {
    match Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(DialError::NoRuntime),
    }
}

/// The resolution of the runtime's timers. A protocol whose timer stays in the past is called no
/// more often than this.
pub(crate) const MIN_TIMER: std::time::Duration = std::time::Duration::from_millis(1);
