//! One pointset of a chart.

/// One pointset.
#[derive(Debug)]
pub(crate) struct Pointset {
    pub(super) symbol: String,
    pub(super) resolution: String,
    pub(super) turnaround: String,
}
