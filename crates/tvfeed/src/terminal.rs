//! The status line of a terminal: one line on stderr that the next one replaces.

use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether a status line stands there now.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// To the beginning of the line, and nothing after it.
const CLEAR: &str = "\r\u{1b}[K";

/// Whether stderr is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Shows a status line in place of the one before.
pub(crate) fn show(status: &str) {
    let text = format!("{CLEAR}{status}");
    let _closed = io::stderr().lock().write_all(text.as_bytes());
    IS_SHOWN.store(true, Ordering::Relaxed);
}

/// What removes the status line, if there is one. Write it before any other message.
pub(crate) fn clear() -> &'static str {
    if IS_SHOWN.swap(false, Ordering::Relaxed) {
        CLEAR
    } else {
        ""
    }
}

/// Removes the status line, if there is one.
pub(crate) fn remove() {
    let _closed = io::stderr().lock().write_all(clear().as_bytes());
}
