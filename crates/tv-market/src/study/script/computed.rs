//! Standard scripts that compute what a built-in study computes.

use super::entries::{Entry, Input, NOTHING, Plot, Usual, input};
use crate::study::indicator::{self, Indicator};

const SOURCE: Input = input("Source", Usual::Source("close")).takes("source");

const fn length(bars: i64) -> Input {
    whole("Length", "length", bars)
}

const fn whole(name: &'static str, takes: &'static str, value: i64) -> Input {
    input(name, Usual::Integer(value))
        .takes(takes)
        .within(1.0, 5000.0)
}

const fn number(name: &'static str, takes: &'static str, value: f64) -> Input {
    input(name, Usual::Float(value)).takes(takes)
}

const fn computed(
    (id, version): (&'static str, &'static str),
    (name, short): (&'static str, &'static str),
    indicator: &'static Indicator,
    inputs: &'static [Input],
    plots: &'static [Plot],
) -> Entry {
    Entry {
        id,
        name,
        short,
        version,
        indicator: Some(indicator),
        on_price: indicator.on_price,
        inputs,
        plots,
        ..NOTHING
    }
}

/// All of them.
pub(super) static COMPUTED: &[Entry] = &[
    computed(
        ("STD;Average_True_Range", "28.0"),
        ("Average True Range", "ATR"),
        &indicator::ATR,
        &[
            length(14),
            input("Smoothing", Usual::Text("RMA"))
                .takes("smoothing")
                .one_of(&["RMA", "SMA", "EMA", "WMA"]),
        ],
        &[Plot::Line("ATR")],
    ),
    computed(
        ("STD;Stochastic", "30.0"),
        ("Stochastic", "Stoch"),
        &indicator::STOCHASTIC,
        &[
            whole("%K Length", "K", 14),
            whole("%K Smoothing", "smooth", 1),
            whole("%D Smoothing", "D", 3),
        ],
        &[Plot::Line("%K"), Plot::Line("%D")],
    ),
    computed(
        ("STD;Stochastic_RSI", "30.0"),
        ("Stochastic RSI", "Stoch RSI"),
        &indicator::STOCHASTIC_STRENGTH,
        &[
            whole("K", "K", 3),
            whole("D", "D", 3),
            whole("RSI Length", "RSI Length", 14),
            whole("Stochastic Length", "Stochastic Length", 14),
            input("RSI Source", Usual::Source("close")).takes("source"),
        ],
        &[Plot::Line("K"), Plot::Line("D")],
    ),
    computed(
        ("STD;Average%1Directional%1Index", "28.0"),
        ("Average Directional Index", "ADX"),
        &indicator::MOVEMENT,
        &[
            whole("ADX Smoothing", "ADX smoothing", 14),
            whole("DI Length", "DI Length", 14),
        ],
        &[Plot::Line("ADX")],
    ),
    computed(
        ("STD;DMI", "29.0"),
        ("Directional Movement Index", "DMI"),
        &indicator::MOVEMENT,
        &[
            whole("ADX Smoothing", "ADX smoothing", 14),
            whole("DI Length", "DI Length", 14),
        ],
        &[Plot::Line("ADX"), Plot::Line("+DI"), Plot::Line("-DI")],
    ),
    computed(
        ("STD;CCI", "32.0"),
        ("Commodity Channel Index", "CCI"),
        &indicator::CHANNEL,
        &[
            length(20),
            input("Source", Usual::Source("hlc3")).takes("source"),
        ],
        &[Plot::Line("CCI")],
    ),
    computed(
        ("STD;Chaikin_Money_Flow", "28.0"),
        ("Chaikin Money Flow", "CMF"),
        &indicator::MONEY_FLOW,
        &[length(20)],
        &[Plot::Line("MF")],
    ),
    computed(
        ("STD;Chaikin_Oscillator", "29.0"),
        ("Chaikin Oscillator", "Chaikin Osc"),
        &indicator::CHAIKIN,
        &[
            whole("Fast Length", "fast length", 3),
            whole("Slow Length", "slow length", 10),
        ],
        &[Plot::Line("Chaikin Oscillator")],
    ),
    computed(
        ("STD;On_Balance_Volume", "30.0"),
        ("On Balance Volume", "OBV"),
        &indicator::BALANCE,
        &[],
        &[Plot::Line("OnBalanceVolume")],
    ),
    computed(
        ("STD;Price_Volume_Trend", "28.0"),
        ("Price Volume Trend", "PVT"),
        &indicator::VOLUME_TREND,
        &[],
        &[Plot::Line("PVT")],
    ),
    computed(
        ("STD;ROC", "28.0"),
        ("Rate Of Change", "ROC"),
        &indicator::RATE,
        &[length(9), SOURCE],
        &[Plot::Line("ROC")],
    ),
    computed(
        ("STD;Momentum", "28.0"),
        ("Momentum", "Mom"),
        &indicator::MOMENTUM,
        &[length(10), SOURCE],
        &[Plot::Line("MOM")],
    ),
    computed(
        ("STD;Money_Flow", "30.0"),
        ("Money Flow Index", "MFI"),
        &indicator::FLOW_INDEX,
        &[length(14)],
        &[Plot::Line("MF")],
    ),
    computed(
        ("STD;Willams_R", "31.0"),
        ("Williams Percent Range", "%R"),
        &indicator::WILLIAMS,
        &[length(14), SOURCE],
        &[Plot::Line("%R")],
    ),
    computed(
        ("STD;Awesome_Oscillator", "27.0"),
        ("Awesome Oscillator", "AO"),
        &indicator::AWESOME,
        &[],
        &[Plot::Line("AO"), Plot::Colour(0, 2)],
    ),
    computed(
        ("STD;Aroon", "29.0"),
        ("Aroon", "Aroon"),
        &indicator::AROON,
        &[length(14)],
        &[Plot::Line("Aroon Up"), Plot::Line("Aroon Down")],
    ),
    computed(
        ("STD;Donchian_Channels", "27.0"),
        ("Donchian Channels", "DC"),
        &indicator::DONCHIAN,
        &[length(20)],
        &[
            Plot::Line("Basis"),
            Plot::Line("Upper"),
            Plot::Line("Lower"),
        ],
    ),
    computed(
        ("STD;Keltner_Channels", "30.0"),
        ("Keltner Channels", "KC"),
        &indicator::KELTNER,
        &[length(20), number("Multiplier", "multiplier", 2.0), SOURCE],
        &[
            Plot::Line("Upper"),
            Plot::Line("Basis"),
            Plot::Line("Lower"),
        ],
    ),
    computed(
        ("STD;ENV", "28.0"),
        ("Envelope", "ENV"),
        &indicator::ENV,
        &[length(20), number("Percent", "percent", 10.0), SOURCE],
        &[
            Plot::Line("Basis"),
            Plot::Line("Upper"),
            Plot::Line("Lower"),
        ],
    ),
    computed(
        ("STD;Bollinger_Bands_B", "29.0"),
        ("Bollinger Bands %b", "BB %b"),
        &indicator::PERCENT_B,
        &[length(20), SOURCE, number("StdDev", "stdDev", 2.0)],
        &[Plot::Line("Bollinger Bands %b")],
    ),
    computed(
        ("STD;Bollinger_Bands_Width", "27.0"),
        ("Bollinger BandWidth", "BBW"),
        &indicator::WIDTH,
        &[length(20), SOURCE, number("StdDev", "stdDev", 2.0)],
        &[Plot::Line("Bollinger BandWidth")],
    ),
    computed(
        ("STD;DEMA", "30.0"),
        ("Double EMA", "DEMA"),
        &indicator::DOUBLE,
        &[whole("Length", "Length", 9)],
        &[Plot::Line("DEMA")],
    ),
    computed(
        ("STD;TEMA", "30.0"),
        ("Triple EMA", "TEMA"),
        &indicator::TRIPLE,
        &[whole("Length", "Length", 9)],
        &[Plot::Line("TEMA")],
    ),
    computed(
        ("STD;WMA", "27.0"),
        ("Moving Average Weighted", "WMA"),
        &indicator::WEIGHTED,
        &[length(9), SOURCE],
        &[Plot::Line("WMA")],
    ),
    computed(
        ("STD;VWMA", "29.0"),
        ("Volume Weighted Moving Average", "VWMA"),
        &indicator::BY_VOLUME,
        &[length(20), SOURCE],
        &[Plot::Line("VWMA")],
    ),
    computed(
        ("STD;Hull%1MA", "24.0"),
        ("Hull Moving Average", "HMA"),
        &indicator::HULL,
        &[length(9), SOURCE],
        &[Plot::Line("HMA")],
    ),
    computed(
        ("STD;PSAR", "29.0"),
        ("Parabolic SAR", "SAR"),
        &indicator::PARABOLIC,
        &[
            number("Start", "start", 0.02),
            number("Increment", "increment", 0.02),
            number("Max Value", "max value", 0.2),
        ],
        &[Plot::Line("ParabolicSAR")],
    ),
    computed(
        ("STD;Ichimoku%1Cloud", "31.0"),
        ("Ichimoku Cloud", "Ichimoku"),
        &indicator::ICHIMOKU,
        &[
            whole("Conversion Line Length", "turning line periods", 9),
            whole("Base Line Length", "standard line periods", 26),
            whole("Leading Span B Length", "leading span 2 periods", 52),
            whole("Lagging Span", "displacement", 26),
        ],
        &[
            Plot::Line("Conversion Line"),
            Plot::Line("Base Line"),
            Plot::Line("Lagging Span"),
            Plot::Line("Leading Span A"),
            Plot::Line("Leading Span B"),
        ],
    ),
    computed(
        ("STD;TRIX", "28.0"),
        ("TRIX", "TRIX"),
        &indicator::TRIX,
        &[length(18)],
        &[Plot::Line("TRIX")],
    ),
    computed(
        ("STD;Ultimate_Oscillator", "27.0"),
        ("Ultimate Oscillator", "UO"),
        &indicator::ULTIMATE,
        &[
            whole("Fast Length", "length1", 7),
            whole("Middle Length", "length2", 14),
            whole("Slow Length", "length3", 28),
        ],
        &[Plot::Line("UO")],
    ),
    computed(
        ("STD;EFI", "29.0"),
        ("Elder Force Index", "EFI"),
        &indicator::FORCE,
        &[length(13)],
        &[Plot::Line("Elder Force Index")],
    ),
    computed(
        ("STD;EOM", "27.0"),
        ("Ease Of Movement", "EOM"),
        &indicator::EASE,
        &[length(14), whole("Divisor", "divisor", 5000)],
        &[Plot::Line("EOM")],
    ),
];
