//! Which built-in studies there are beside those that `Calc` knows.

use super::{
    averages::{Alligator, Hull, Ichimoku, Multiple, Parabolic, VolumeWeighted, Weighted},
    bands::{
        AverageRange, Bollinger, Choppiness, DailyRange, Donchian, Envelope, Keltner, Smoothing,
    },
    line::Line,
    oscillators::{
        Aroon, Awesome, Chande, Channel, Movement, PercentRange, PriceOscillator, Since,
        Stochastic, StochasticStrength, Trix, Ultimate,
    },
    pieces::{Change, Delay, Latest, Strength, TrueRange},
    volumes::{Added, Anchored, ChaikinOscillator, Ease, FlowIndex, Force, MoneyFlow, Total},
};
use crate::study::{
    averages::{Average, Fading, Sma, Window},
    fault::Fault,
    inputs::Inputs,
};

/// A built-in study: how the server describes it, and what computes it.
#[derive(Debug)]
pub struct Indicator {
    /// Its name in the protocol, such as `ATR`.
    pub(in crate::study) name: &'static str,
    /// What it is called.
    pub(in crate::study) title: &'static str,
    /// Whether it is drawn over the prices.
    pub(in crate::study) on_price: bool,
    /// Its inputs.
    pub(in crate::study) inputs: &'static [(&'static str, Taken)],
    /// The ids of its plots.
    pub(in crate::study) plots: &'static [&'static str],
    /// What computes it, and how many bars it looks back.
    pub(in crate::study) make: fn(&Inputs) -> Result<(Line, i64), Fault>,
}

impl PartialEq for Indicator {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The default of an input.
#[derive(Debug, Clone, Copy)]
pub(in crate::study) enum Taken {
    Integer(i64),
    Float(f64),
    Flag(bool),
    Source(&'static str),
    Text(&'static str),
    Time,
}

/// Stands for all bars that there are.
const ALL: i64 = 1_000_000;
/// How many times its length an average looks back until what was before no longer shows in it.
const FADED: usize = 25;
const SOURCE: (&str, Taken) = ("source", Taken::Source("close"));

const fn length(bars: i64) -> (&'static str, Taken) {
    ("length", Taken::Integer(bars))
}

fn faded(length: usize) -> i64 {
    (FADED * length) as i64
}

macro_rules! indicators {
    ($($id:ident: $name:literal, $title:literal, $on_price:literal, $inputs:expr, $plots:expr, $make:expr;)*) => {
        $(
            #[doc = $title]
            pub(in crate::study) static $id: Indicator = Indicator {
                name: $name,
                title: $title,
                on_price: $on_price,
                inputs: $inputs,
                plots: $plots,
                make: $make,
            };
        )*

        /// All of them.
        pub(in crate::study) static INDICATORS: &[&Indicator] = &[$(&$id),*];
    };
}

indicators! {
    ENV: "ENV", "Envelopes", true,
        &[length(20), ("percent", Taken::Float(10.0)), SOURCE, ("exponential", Taken::Flag(false))],
        &["envbasis", "envupper", "envlower"], |inputs| {
            let length = inputs.length("length", 0, 20, "ta.sma")?;
            let part = inputs.number("percent", 1, 10.0, "envelope")? / 100.0;
            let center = Average::new(!inputs.flag("exponential"), length);
            Ok((Line::new(Envelope { center, part }), faded(length)))
        };
    DONCHIAN: "DONCH", "Donchian Channels", true, &[length(20)],
        &["DonchianBasis", "DonchianUpper", "DonchianLower"], |inputs| {
            let length = inputs.length("length", 0, 20, "ta.highest")?;
            let (highs, lows) = (Latest::new(length), Latest::new(length));
            Ok((Line::new(Donchian { highs, lows }), length as i64))
        };
    DOUBLE: "DoubleEMA", "Double EMA", true, &[("Length", Taken::Integer(9))], &["DEMA"], |inputs| {
        let length = inputs.length("Length", 0, 9, "ta.ema")?;
        Ok((Line::new(Multiple::new(2, length)), 2 * faded(length)))
    };
    TRIPLE: "TripleEMA", "Triple EMA", true, &[("Length", Taken::Integer(9))], &["TEMA"], |inputs| {
        let length = inputs.length("Length", 0, 9, "ta.ema")?;
        Ok((Line::new(Multiple::new(3, length)), 3 * faded(length)))
    };
    ICHIMOKU: "IchimokuCloud", "Ichimoku Cloud", true,
        &[
            ("turning line periods", Taken::Integer(9)), ("standard line periods", Taken::Integer(26)),
            ("leading span 2 periods", Taken::Integer(52)), ("displacement", Taken::Integer(26)),
        ],
        &["TurningLine", "StandardLine", "CloseLine", "Lead1Line", "Lead2Line"], |inputs| {
            let range = |name, nth, default| {
                inputs.length(name, nth, default, "donchian").map(|length| (length, (Latest::new(length), Latest::new(length))))
            };
            let turning = range("turning line periods", 0, 9)?;
            let standard = range("standard line periods", 1, 26)?;
            let second = range("leading span 2 periods", 2, 52)?;
            let longest = turning.0.max(standard.0).max(second.0);
            Ok((Line::new(Ichimoku { ranges: [turning.1, standard.1, second.1] }), longest as i64))
        };
    KELTNER: "KLTNR", "Keltner Channels", true,
        &[
            length(20), ("multiplier", Taken::Float(1.0)), SOURCE, ("exponential", Taken::Flag(true)),
            ("bands style", Taken::Text("true range")),
        ],
        &["KeltnerUpper", "KeltnerCenter", "KeltnerLower"], |inputs| {
            let length = inputs.length("length", 0, 20, "ta.ema")?;
            let factor = inputs.number("multiplier", 1, 1.0, "keltner")?;
            let simple = inputs.is("exponential", "false");
            let true_range = (!inputs.is("bands style", "range")).then(|| TrueRange::new(true));
            let (center, range) = (Average::new(simple, length), Average::new(simple, length));
            Ok((Line::new(Keltner { center, range, factor, true_range }), faded(length)))
        };
    WEIGHTED: "MAWeighted", "Moving Average Weighted", true, &[length(9), SOURCE], &["MovAvgWeighted"], |inputs| {
        let length = inputs.length("length", 0, 9, "ta.wma")?;
        Ok((Line::new(Weighted(Latest::new(length))), length as i64))
    };
    BY_VOLUME: "MAVolumeWeighted", "VWMA", true, &[length(20), SOURCE], &["MovAvgVolumeWeighted"], |inputs| {
        let length = inputs.length("length", 0, 20, "ta.vwma")?;
        let (traded, volume) = (Sma::new(length), Sma::new(length));
        Ok((Line::new(VolumeWeighted { traded, volume }), length as i64))
    };
    HULL: "hullMA", "Hull Moving Average", true, &[length(9), ("src", Taken::Source("close"))], &["hma"], |inputs| {
        let length = inputs.length("length", 0, 9, "ta.hma")?;
        Ok((Line::new(Hull::new(length)), 2 * length as i64))
    };
    PARABOLIC: "PSAR", "Parabolic SAR", true,
        &[("start", Taken::Float(0.02)), ("increment", Taken::Float(0.02)), ("max value", Taken::Float(0.2))],
        &["ParabolicSAR"], |inputs| {
            let start = inputs.positive("start", 0, 0.02, "ta.sar")?;
            let increment = inputs.positive("increment", 1, 0.02, "ta.sar")?;
            let most = inputs.positive("max value", 2, 0.2, "ta.sar")?;
            Ok((Line::new(Parabolic { start, increment, most, state: None, before: [None; 2] }), 500))
        };
    ALLIGATOR: "WilliamsAlligator", "Williams Alligator", true,
        &[("jaw length", Taken::Integer(13)), ("teeth length", Taken::Integer(8)), ("lips length", Taken::Integer(5))],
        &["Jaw", "Teeth", "Lips"], |inputs| {
            let jaw = inputs.length("jaw length", 0, 13, "ta.rma")?;
            let teeth = inputs.length("teeth length", 1, 8, "ta.rma")?;
            let lips = inputs.length("lips length", 2, 5, "ta.rma")?;
            Ok((Line::new(Alligator([jaw, teeth, lips].map(Fading::wilder))), faded(jaw.max(teeth).max(lips))))
        };
    ANCHORED: "AnchoredVWAP", "Anchored VWAP", true, &[("time", Taken::Time)], &["VWAP"], |inputs| {
        let from = inputs.number("time", 0, 0.0, "input.time")? / 1000.0;
        Ok((Line::new(Anchored { from: from as i64, traded: 0.0, volume: 0.0 }), ALL))
    };
    ACCUMULATION: "ACCD", "Accumulation/Distribution", false, &[], &["AccumulationDistribution"],
        |_| Ok((Line::new(Total::new(Added::Money)), ALL));
    AROON: "AROON", "Aroon", false, &[length(14)], &["AroonUp", "AroonDown"], |inputs| {
        let length = inputs.length("length", 0, 14, "ta.highestbars")?;
        let (highs, lows) = (Latest::new(length + 1), Latest::new(length + 1));
        Ok((Line::new(Aroon { length: length as f64, highs, lows }), length as i64 + 1))
    };
    ATR: "ATR", "Average True Range", false, &[length(14), ("smoothing", Taken::Text("RMA"))], &["ATR"], |inputs| {
        let length = inputs.length("length", 0, 14, "ta.atr")?;
        let average = match inputs.text("smoothing") {
            Some("SMA") => Smoothing::Simple(Sma::new(length)),
            Some("EMA") => Smoothing::Fading(Fading::ema(length)),
            Some("WMA") => Smoothing::Weighted(Latest::new(length)),
            _ => Smoothing::Fading(Fading::wilder(length)),
        };
        Ok((Line::new(AverageRange { range: TrueRange::new(true), average }), faded(length)))
    };
    AWESOME: "AwesomeOscillator", "Awesome Oscillator", false, &[], &["ao", "ao_pal"], |_| {
        let (short, long) = (Sma::new(5), Sma::new(34));
        Ok((Line::new(Awesome { short, long, change: Change::new() }), 40))
    };
    PERCENT_B: "BollingerBandsR", "Bollinger Bands %b", false,
        &[length(20), SOURCE, ("stdDev", Taken::Float(2.0))], &["BollingerBandsR"], |inputs| bollinger(inputs, true);
    WIDTH: "BollingerBandsWidth", "Bollinger Bands Width", false,
        &[length(20), SOURCE, ("stdDev", Taken::Float(2.0))], &["BollingerBandsWidth"], |inputs| bollinger(inputs, false);
    CHANNEL: "CCI", "Commodity Channel Index", false, &[length(20), SOURCE], &["CCI"], |inputs| {
        let length = inputs.length("length", 0, 20, "ta.cci")?;
        Ok((Line::new(Channel(Latest::new(length))), length as i64))
    };
    MONEY_FLOW: "CMF", "Chaikin Money Flow", false, &[length(20)], &["ChaikinMoneyFlow"], |inputs| {
        let length = inputs.length("length", 0, 20, "math.sum")?;
        let (money, volume) = (Latest::new(length), Latest::new(length));
        Ok((Line::new(MoneyFlow { money, volume }), length as i64))
    };
    CHAIKIN: "ChaikinOscillator", "Chaikin Oscillator", false,
        &[("fast length", Taken::Integer(3)), ("slow length", Taken::Integer(10))], &["ChaikinOscillator"], |inputs| {
            let fast = inputs.length("fast length", 0, 3, "ta.ema")?;
            let slow = inputs.length("slow length", 1, 10, "ta.ema")?;
            let line = ChaikinOscillator { sum: 0.0, fast: Fading::ema(fast), slow: Fading::ema(slow) };
            Ok((Line::new(line), faded(fast.max(slow))))
        };
    CHOPPINESS: "ChoppinessIndex", "Choppiness Index", false, &[length(14)], &["idx"], |inputs| {
        let length = inputs.length("length", 0, 14, "ta.highest")?;
        let line = Choppiness {
            length,
            range: TrueRange::new(true),
            ranges: Latest::new(length),
            highs: Latest::new(length),
            lows: Latest::new(length),
        };
        Ok((Line::new(line), length as i64 + 1))
    };
    CHANDE: "chandeMO", "Chande Momentum Oscillator", false, &[length(9), ("src", Taken::Source("close"))],
        &["chandeMO"], |inputs| {
            let length = inputs.length("length", 0, 9, "math.sum")?;
            let (ups, downs) = (Latest::new(length), Latest::new(length));
            Ok((Line::new(Chande { change: Change::new(), ups, downs }), length as i64 + 1))
        };
    MOVEMENT: "DM", "Directional Movement", false,
        &[("ADX smoothing", Taken::Integer(14)), ("DI Length", Taken::Integer(14))], &["ADX", "DI_P", "DI_N"], |inputs| {
            let smoothing = inputs.length("ADX smoothing", 0, 14, "ta.dmi")?;
            let length = inputs.length("DI Length", 1, 14, "ta.dmi")?;
            Ok((Line::new(Movement::new(smoothing, length)), faded(smoothing + length)))
        };
    FORCE: "EFI", "Elder's Force Index", false, &[length(13)], &["EldersForceIndex"], |inputs| {
        let length = inputs.length("length", 0, 13, "ta.ema")?;
        Ok((Line::new(Force { change: Change::new(), average: Fading::ema(length) }), faded(length)))
    };
    EASE: "EaseOfMovement", "Ease of Movement", false, &[length(14), ("divisor", Taken::Integer(10_000))],
        &["EaseOfMovement"], |inputs| {
            let length = inputs.length("length", 0, 14, "ta.sma")?;
            let divisor = inputs.positive("divisor", 1, 10_000.0, "ease of movement")?;
            Ok((Line::new(Ease { divisor, change: Change::new(), average: Sma::new(length) }), length as i64 + 1))
        };
    FLOW_INDEX: "MF", "Money Flow Index", false, &[length(14)], &["MoneyFlow"], |inputs| {
        let length = inputs.length("length", 0, 14, "ta.mfi")?;
        let (ups, downs) = (Latest::new(length), Latest::new(length));
        Ok((Line::new(FlowIndex { change: Change::new(), ups, downs }), length as i64 + 1))
    };
    MOMENTUM: "MOM", "Momentum", false, &[length(10), SOURCE], &["Momentum"], |inputs| {
        let length = inputs.length("length", 0, 10, "ta.mom")?;
        Ok((Line::new(Since { before: Delay::new(length), percent: false }), length as i64 + 1))
    };
    BALANCE: "OBV", "On Balance Volume", false, &[], &["OnBalanceVolume"],
        |_| Ok((Line::new(Total::new(Added::Balance)), ALL));
    PRICE_OSCILLATOR: "PriceOsc", "Price Oscillator", false,
        &[
            ("short length", Taken::Integer(10)), ("long length", Taken::Integer(21)), SOURCE,
            ("exponential", Taken::Flag(false)),
        ],
        &["PriceOsc"], |inputs| {
            let short = inputs.length("short length", 0, 10, "ta.sma")?;
            let long = inputs.length("long length", 1, 21, "ta.sma")?;
            let simple = !inputs.flag("exponential");
            let line = PriceOscillator { short: Average::new(simple, short), long: Average::new(simple, long) };
            Ok((Line::new(line), faded(short.max(long))))
        };
    VOLUME_TREND: "PriceVolumeTrend", "Price Volume Trend", false, &[], &["pvt"],
        |_| Ok((Line::new(Total::new(Added::Trend)), ALL));
    RATE: "ROC", "Rate of Change", false, &[length(9), SOURCE], &["ROC"], |inputs| {
        let length = inputs.length("length", 0, 9, "ta.roc")?;
        Ok((Line::new(Since { before: Delay::new(length), percent: true }), length as i64 + 1))
    };
    STOCHASTIC: "Stochastic", "Stochastic", false,
        &[("K", Taken::Integer(14)), ("D", Taken::Integer(3)), ("smooth", Taken::Integer(3))], &["K", "D"], |inputs| {
            let length = inputs.length("K", 0, 14, "ta.stoch")?;
            let d = inputs.length("D", 1, 3, "ta.sma")?;
            let smooth = inputs.length("smooth", 2, 3, "ta.sma")?;
            Ok((Line::new(Stochastic::new(length, smooth, d)), (length + d + smooth) as i64))
        };
    STOCHASTIC_STRENGTH: "StochasticRSI", "Stochastic RSI", false,
        &[
            ("K", Taken::Integer(3)), ("D", Taken::Integer(3)), ("RSI Length", Taken::Integer(14)),
            ("Stochastic Length", Taken::Integer(14)), ("RSI Source", Taken::Source("close")),
        ],
        &["K", "D"], |inputs| {
            let k = inputs.length("K", 0, 3, "ta.sma")?;
            let d = inputs.length("D", 1, 3, "ta.sma")?;
            let strength = inputs.length("RSI Length", 2, 14, "ta.rsi")?;
            let length = inputs.length("Stochastic Length", 3, 14, "ta.stoch")?;
            let line = StochasticStrength { strength: Strength::new(strength), stochastic: Stochastic::new(length, k, d) };
            Ok((Line::new(line), faded(strength) + (k + d + length) as i64))
        };
    TRIX: "Trix", "TRIX", false, &[length(18)], &["Trix"], |inputs| {
        let length = inputs.length("length", 0, 18, "ta.ema")?;
        Ok((Line::new(Trix { averages: Multiple::new(3, length), change: Change::new() }), 3 * faded(length)))
    };
    ULTIMATE: "UltimateOsc", "Ultimate Oscillator", false,
        &[("length1", Taken::Integer(7)), ("length2", Taken::Integer(14)), ("length3", Taken::Integer(28))],
        &["UltimateOsc"], |inputs| {
            let one = inputs.length("length1", 0, 7, "math.sum")?;
            let two = inputs.length("length2", 1, 14, "math.sum")?;
            let three = inputs.length("length3", 2, 28, "math.sum")?;
            let sums = [one, two, three].map(|length| (Latest::new(length), Latest::new(length)));
            Ok((Line::new(Ultimate { last: f64::NAN, sums }), one.max(two).max(three) as i64 + 1))
        };
    WILLIAMS: "WilliamR", "Williams %R", false, &[length(14), SOURCE], &["PercentRange"], |inputs| {
        let length = inputs.length("length", 0, 14, "ta.highest")?;
        let (highs, lows) = (Latest::new(length), Latest::new(length));
        Ok((Line::new(PercentRange { highs, lows }), length as i64))
    };
    DAILY_RANGE: "studyADR", "Average Day Range", false, &[length(9)], &["adr"], |inputs| {
        let length = inputs.length("length", 0, 9, "ta.sma")?;
        Ok((Line::new(DailyRange(Sma::new(length))), length as i64))
    };
}

fn bollinger(inputs: &Inputs, place: bool) -> Result<(Line, i64), Fault> {
    let length = inputs.length("length", 0, 20, "ta.stdev")?;
    let width = inputs.positive("stdDev", 1, 2.0, "ta.bb")?;
    let window = Window::new(length);
    Ok((
        Line::new(Bollinger {
            window,
            width,
            place,
        }),
        length as i64,
    ))
}
