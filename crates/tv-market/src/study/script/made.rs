//! Scripts that are made up when someone asks for them: any id has one.

use super::entries::{Entry, Input, NOTHING, Plot, Usual, input};

/// What is plotted at most. A script has the first of them; a title comes twice.
const PLOTS: &[Plot] = &[
    Plot::Line("Fast"),
    Plot::Line("Slow"),
    Plot::Colour(0, 3),
    Plot::Line("Fast"),
    Plot::Shape("Mark"),
    Plot::Background(2),
    Plot::Alert,
];

/// One input of each type.
const INPUTS: &[Input] = &[
    input("Length", Usual::Integer(14))
        .takes("length")
        .within(1.0, 500.0),
    input("Source", Usual::Source("close")).takes("source"),
    input("Average", Usual::Text("SMA"))
        .takes("mode")
        .one_of(&["SMA", "EMA"]),
    input("Multiplier", Usual::Float(1.0))
        .takes("multiplier")
        .within(0.1, 50.0),
    input("Show drawings", Usual::Flag(false)).takes("draw"),
    input("Other symbol", Usual::Symbol("")),
    input("Timeframe", Usual::Resolution("")),
    input("Session", Usual::Session("0930-1600")),
    input("Begin", Usual::Time(0)),
    input("Color", Usual::Color("#2962FF")),
    input("Fail with", Usual::Text("nothing"))
        .takes("fail")
        .one_of(&["nothing", "array index", "calculation time"]),
];

const fn made(plots: usize) -> Entry {
    Entry {
        name: "Made up",
        short: "Made up",
        version: "1.0",
        on_price: true,
        inputs: INPUTS,
        plots: PLOTS.split_at(plots).0,
        code: "plot(ta.sma(close, input.int(14, \"Length\")), \"Fast\")",
        ..NOTHING
    }
}

/// The scripts with one to seven plots.
pub(super) static MADE: [Entry; 7] = [
    made(1),
    made(2),
    made(3),
    made(4),
    made(5),
    made(6),
    made(7),
];
