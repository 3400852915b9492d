//! Rows on their way out.

use super::rows::{Row, Rows, Style};
use crate::{exit::Failure, output::Output, stop::Stop};

/// Bars that are written at once.
const CHUNK: usize = 1_000;

/// Writes rows until the program is to stop.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) rows: Rows,
    pub(super) output: Output,
    pub(super) stop: Stop,
}

impl Writer {
    /// Writes rows of one symbol. False if the program is to stop; then they may be incomplete.
    pub(super) async fn write(&mut self, style: &Style, rows: &[Row]) -> Result<bool, Failure> {
        for chunk in rows.chunks(CHUNK) {
            let text = self.rows.lines(style, chunk);
            if !self.output.send_until(&mut self.stop, text).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
