//! Charts: `lookup` has a symbol until and after it is answered, `access` what an account may see
//! of it. `session` keeps the symbols, series and studies of a chart session, `load` loads its
//! series, and `pointsets` finds the bars of points.

pub(super) mod access;
pub(super) mod load;
pub(super) mod lookup;
pub(super) mod pointset;
pub(super) mod pointsets;
pub(super) mod session;
