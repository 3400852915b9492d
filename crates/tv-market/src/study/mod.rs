//! Studies: bars in, rows, graphics and strategy reports out. Nothing here knows a session, a wire
//! or a clock.
//!
//! `kind` knows the names, `inputs` reads what a client sets, and `plan` makes a study of both.
//! `run` is a study at work, fed bar by bar; `calc` holds the lines (with `averages`, `supertrend`,
//! `indicator` and `generic`), `drawing` the graphics (with `scene`, `shapes` and `profile`),
//! `strategy` the trades. `pack` says how reports travel, `metadata` how the server describes its
//! studies, and `script` which scripts there are.

mod averages;
mod bar;
mod calc;
mod drawing;
mod fault;
mod generic;
mod indicator;
mod inputs;
mod kind;
mod metadata;
mod pack;
mod plan;
mod profile;
mod run;
mod scene;
mod script;
mod shapes;
mod source;
mod strategy;
mod supertrend;

pub use bar::Bar;
pub use fault::Fault;
pub use indicator::Indicator;
pub use inputs::Inputs;
pub use kind::{Form, Kind, Occasion};
pub use metadata::metadata;
pub use pack::{ReportForm, pack};
pub use plan::Plan;
pub use run::{Data, Notes, Row, Run};
pub use script::{Entry, Script, ScriptKind};
