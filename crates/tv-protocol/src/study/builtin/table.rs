//! The table of built-in studies.
//!
//! From the server's answer to `request_studies_metadata` of 2019 (recorded by rolandolucio's
//! tv-scraper): names, inputs with their defaults and ranges, and plots in order. The spelling of
//! ids is the server's. Volume profiles and events are from later traffic.

use super::{BuiltIn, BuiltInInput, BuiltInStudy, InputDefault, Source, define::studies};
use crate::study::{InputError, StudySpec};

studies! {
    /// Bollinger bands: a moving average, and bands some standard deviations above and below it.
    BollingerBands = "BB" in "tv-basicstudies-241", "Bollinger bands" {
        /// How many bars it looks back.
        length: int (20, 1, 10_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
        /// How many standard deviations away the bands are.
        deviations: float (2.0, 0.001, 50.0) "stdDev";
    } -> ["Basis", "Upper", "Lower"]

    /// Donchian channels: the highest high and the lowest low of some bars, and their middle.
    DonchianChannels = "DONCH" in "tv-basicstudies-241", "Donchian channels" {
        /// How many bars it looks back.
        length: int (20, 1, 2_000) "length";
    } -> ["DonchianBasis", "DonchianUpper", "DonchianLower"]

    /// Double EMA: a moving average that reacts faster than an exponential one.
    DoubleEma = "DoubleEMA" in "tv-basicstudies-241", "Double EMA" {
        /// How many bars it looks back.
        length: int (9, 1, 10_000) "Length";
    } -> ["DEMA"]

    /// Triple EMA: a moving average that reacts faster than a double exponential one.
    TripleEma = "TripleEMA" in "tv-basicstudies-241", "Triple EMA" {
        /// How many bars it looks back.
        length: int (9, 1, 10_000) "Length";
    } -> ["TEMA"]

    /// Envelopes: a moving average, and bands some percent above and below it.
    Envelopes = "ENV" in "tv-basicstudies-241", "Envelopes" {
        /// How many bars it looks back.
        length: int (20, 1, 2_000) "length";
        /// How many percent away the bands are.
        percent: number (10.0) "percent";
        /// What it is computed from.
        source: source ("close") "source";
        /// Whether the average is exponential.
        exponential: flag (false) "exponential";
    } -> ["envbasis", "envupper", "envlower"]

    /// Ichimoku cloud: five lines of highs and lows. Two of them are shifted and enclose the cloud.
    IchimokuCloud = "IchimokuCloud" in "tv-basicstudies-241", "Ichimoku cloud" {
        /// The bars of the turning line.
        turning_line: int (9, 1, 2_000) "turning line periods";
        /// The bars of the standard line.
        standard_line: int (26, 1, 2_000) "standard line periods";
        /// The bars of the second leading line.
        leading_span: int (52, 1, 2_000) "leading span 2 periods";
        /// How many bars the lines are shifted.
        displacement: int (26, 0, 1_000) "displacement";
    } -> ["TurningLine", "StandardLine", "CloseLine", "Lead1Line", "Lead2Line"]

    /// Keltner channels: a moving average, and bands some ranges above and below it.
    KeltnerChannels = "KLTNR" in "tv-basicstudies-241", "Keltner channels" {
        /// How many bars it looks back.
        length: int (20, 1, 2_000) "length";
        /// How many ranges away the bands are.
        multiplier: number (1.0) "multiplier";
        /// What it is computed from.
        source: source ("close") "source";
        /// Whether the average is exponential.
        exponential: flag (true) "exponential";
        /// `range` or `true range`.
        bands_style: one_of ("true range", "range", "true range") "bands style";
    } -> ["KeltnerUpper", "KeltnerCenter", "KeltnerLower"]

    /// Moving average exponential: a moving average in which newer bars weigh more.
    Ema = "MAExp" in "tv-basicstudies-241", "Moving average exponential" {
        /// How many bars it looks back.
        length: int (9, 1, 10_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["MovAvgExp"]

    /// Moving average: the mean of some bars.
    Sma = "MASimple" in "tv-basicstudies-241", "Moving average" {
        /// How many bars it looks back.
        length: int (9, 1, 10_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["MovAvgSimple"]

    /// Moving average weighted: a moving average whose weights fall evenly.
    Wma = "MAWeighted" in "tv-basicstudies-241", "Moving average weighted" {
        /// How many bars it looks back.
        length: int (9, 1, 10_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["MovAvgWeighted"]

    /// VWMA: a moving average that is weighted by volume.
    Vwma = "MAVolumeWeighted" in "tv-basicstudies-241", "VWMA" {
        /// How many bars it looks back.
        length: int (20, 1, 10_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["MovAvgVolumeWeighted"]

    /// Hull moving average: a smooth moving average that lags little.
    HullMa = "hullMA" in "tv-basicstudies-241", "Hull moving average" {
        /// How many bars it looks back.
        length: int (9, 1, 10_000) "length";
        /// What it is computed from.
        source: source ("close") "src";
    } -> ["hma"]

    /// Parabolic SAR: where to stop and reverse.
    ParabolicSar = "PSAR" in "tv-basicstudies-241", "Parabolic SAR" {
        /// The first acceleration.
        start: number (0.02) "start";
        /// How much the acceleration grows.
        increment: number (0.02) "increment";
        /// The greatest acceleration.
        max: number (0.2) "max value";
    } -> ["ParabolicSAR"]

    /// Volatility stop: a stop that follows the price at some ranges.
    VolatilityStop = "VSTOP" in "tv-basicstudies-241", "Volatility stop" {
        /// How many bars it looks back.
        length: int (20, 1, 2_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
        /// How many ranges away the stop is.
        multiplier: number (2.0) "multiplier";
    } -> ["VolatilityStop", "VolatilityStopColor"]

    /// VWAP: the mean price of the session, weighted by volume.
    Vwap = "VWAP" in "tv-basicstudies-241", "VWAP" {
    } -> ["VWAP"]

    /// Williams alligator: three shifted moving averages.
    Alligator = "WilliamsAlligator" in "tv-basicstudies-241", "Williams alligator" {
        /// The bars of the jaw.
        jaw: int (13, 1, 2_000) "jaw length";
        /// The bars of the teeth.
        teeth: int (8, 1, 2_000) "teeth length";
        /// The bars of the lips.
        lips: int (5, 1, 2_000) "lips length";
    } -> ["Jaw", "Teeth", "Lips"]

    /// Compare: the prices of another symbol.
    Compare = "Compare" in "tv-basicstudies-241", "Compare" {
        /// The symbol.
        symbol: symbol ("") "symbol";
        /// Which price.
        source: one_of ("close", "open", "high", "low", "close", "hl2", "hlc3", "ohlc4") "source";
    } -> ["compare"]

    /// Overlay: the bars of another symbol.
    Overlay = "Overlay" in "tv-basicstudies-241", "Overlay" {
        /// The symbol.
        symbol: symbol ("GOOG") "symbol";
    } -> ["open", "high", "low", "close"]

    /// Linear regression: a line through the newest bars. It only draws.
    LinearRegression = "LinearRegression" in "tv-basicstudies-241", "Linear regression" {
        /// How far the upper line is away.
        upper_deviation: float (2.0, -500.0, 500.0) "upper diviation";
        /// How far the lower line is away.
        lower_deviation: float (-2.0, -500.0, 500.0) "lower diviation";
        /// Whether there is an upper line.
        use_upper_deviation: flag (true) "use upper diviation";
        /// Whether there is a lower line.
        use_lower_deviation: flag (true) "use lower diviation";
        /// How many bars it covers.
        count: int (100, 1, 2_000) "count";
        /// What it is computed from.
        source: source ("close") "source";
    } -> []

    /// Elliott wave: the waves of a trend. It only draws.
    ElliottWave = "ElliottWave" in "tv-basicstudies-241", "Elliott wave" {
    } -> []

    /// Multi-time period charts: boxes of longer bars. It only draws.
    MultiTimePeriods = "MTPC" in "tv-basicstudies-241", "Multi-time period charts" {
        /// The length of the longer bars.
        timeframe: one_of ("Auto", "Auto", "Daily", "Weekly", "Monthly", "Quarterly", "Yearly")
            "timeFrame";
        /// `True Range` or `Trading Range`.
        calculation: one_of ("True Range", "True Range", "Trading Range") "calculation";
    } -> []

    /// Regression trend: a line through the bars between two times. It only draws.
    RegressionTrend = "RegressionTrend" in "tv-basicstudies-241", "Regression trend" {
        /// How far the upper line is away.
        upper_deviation: float (2.0, -500.0, 500.0) "upper diviation";
        /// How far the lower line is away.
        lower_deviation: float (-2.0, -500.0, 500.0) "lower diviation";
        /// Whether there is an upper line.
        use_upper_deviation: flag (true) "use upper diviation";
        /// Whether there is a lower line.
        use_lower_deviation: flag (true) "use lower diviation";
        /// The first bar, in milliseconds since 1970.
        first_time: time (0) "first bar time";
        /// The last bar, in milliseconds since 1970.
        last_time: time (0) "last bar time";
        /// What it is computed from.
        source: source ("close") "source";
    } -> []

    /// Moon phases: full moons and new moons. It only draws.
    MoonPhases = "MoonPhases" in "tv-basicstudies-241", "Moon phases" {
    } -> []

    /// Pivot points high low: bars that are higher or lower than those around them. It only draws.
    PivotPointsHighLow = "PivotPointsHighLow" in "tv-basicstudies-241", "Pivot points high low" {
        /// How many bars around a high are lower.
        length_high: int (10, 1, 2_000) "length high";
        /// How many bars around a low are higher.
        length_low: int (10, 1, 2_000) "length low";
    } -> []

    /// Pivot points standard: levels that follow from the period before. It only draws.
    PivotPoints = "PivotPointsStandard" in "tv-basicstudies-241", "Pivot points standard" {
        /// How they are computed.
        kind: one_of (
            "Traditional", "Traditional", "Fibonacci", "Woodie", "Classic", "DeMark", "Camarilla"
        ) "kind";
        /// Whether earlier ones are drawn.
        show_historical: flag (true) "showHistoricalPivots";
        /// The period that they follow from.
        timeframe: one_of ("Auto", "Auto", "Daily", "Weekly", "Monthly", "Yearly") "pivTimeFrame";
        /// How many periods are drawn.
        look_back: int (15, 2, 5_000) "lookBack";
    } -> []

    /// Sessions: where sessions begin and end. It only draws, and not on daily and longer bars.
    Sessions = "Sessions" in "tv-basicstudies-262", "Sessions" {
    } -> []

    /// Williams fractal: bars that are higher or lower than those around them. It only draws.
    WilliamsFractal = "WilliamsFractal" in "tv-basicstudies-241", "Williams fractal" {
    } -> []

    /// Zig zag: a line through highs and lows. It only draws.
    ZigZag = "ZigZag" in "tv-basicstudies-241", "Zig zag" {
        /// How many percent make a turn.
        deviation: float (5.0, 0.00001, 100.0) "diviation (%)";
        /// How many bars apart turns are at least.
        depth: int (10, 1, 2_000) "depth";
        /// Whether the line goes on to the newest bar.
        draw_last: flag (false) "drawFakeTail";
    } -> []

    /// Accumulation distribution: volume weighted by where in its range a bar closes.
    AccumulationDistribution = "ACCD" in "tv-basicstudies-241", "Accumulation distribution" {
    } -> ["AccumulationDistribution"]

    /// Aroon: how long ago the highest and the lowest bar were.
    Aroon = "AROON" in "tv-basicstudies-241", "Aroon" {
        /// How many bars it looks back.
        length: int (14, 1, 2_000) "length";
    } -> ["AroonUp", "AroonDown"]

    /// Average true range: the mean range of some bars.
    Atr = "ATR" in "tv-basicstudies-241", "Average true range" {
        /// How many bars it looks back.
        length: int (14, 1, 2_000) "length";
        /// How it is averaged.
        smoothing: one_of ("RMA", "RMA", "SMA", "EMA", "WMA") "smoothing";
    } -> ["ATR"]

    /// Awesome oscillator: a short moving average less a long one.
    AwesomeOscillator = "AwesomeOscillator" in "tv-basicstudies-241", "Awesome oscillator" {
    } -> ["ao", "ao_pal"]

    /// Bollinger bands %b: where between its Bollinger bands the price is.
    BollingerBandsPercent = "BollingerBandsR" in "tv-basicstudies-241", "Bollinger bands %b" {
        /// How many bars it looks back.
        length: int (20, 1, 10_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
        /// How many standard deviations away the bands are.
        deviations: float (2.0, 0.001, 50.0) "stdDev";
    } -> ["BollingerBandsR"]

    /// Bollinger bands width: how far apart Bollinger bands are.
    BollingerBandsWidth = "BollingerBandsWidth" in "tv-basicstudies-241", "Bollinger bands width" {
        /// How many bars it looks back.
        length: int (20, 1, 10_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
        /// How many standard deviations away the bands are.
        deviations: float (2.0, 0.001, 50.0) "stdDev";
    } -> ["BollingerBandsWidth"]

    /// Commodity channel index: how far the price is from its mean.
    Cci = "CCI" in "tv-basicstudies-241", "Commodity channel index" {
        /// How many bars it looks back.
        length: int (20, 1, 2_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["CCI"]

    /// Chaikin money flow: volume weighted by where in its range a bar closes, over some bars.
    ChaikinMoneyFlow = "CMF" in "tv-basicstudies-241", "Chaikin money flow" {
        /// How many bars it looks back.
        length: int (20, 1, 2_000) "length";
    } -> ["ChaikinMoneyFlow"]

    /// Connors RSI: the mean of three relative strengths.
    ConnorsRsi = "CRSI" in "tv-basicstudies-241", "Connors RSI" {
        /// The bars of the relative strength.
        rsi_length: int (3, 1, 2_000) "LenRSI";
        /// The bars of the streak.
        streak_length: int (2, 1, 2_000) "LenUP";
        /// The bars of the rate of change.
        roc_length: int (100, 1, 2_000) "LenROC";
    } -> ["crsi"]

    /// Chaikin oscillator: a short average of accumulation and distribution less a long one.
    ChaikinOscillator = "ChaikinOscillator" in "tv-basicstudies-241", "Chaikin oscillator" {
        /// The bars of the short average.
        fast_length: int (3, 1, 2_000) "fast length";
        /// The bars of the long average.
        slow_length: int (10, 1, 2_000) "slow length";
    } -> ["ChaikinOscillator"]

    /// Choppiness index: whether the market moves in a direction.
    ChoppinessIndex = "ChoppinessIndex" in "tv-basicstudies-241", "Choppiness index" {
        /// How many bars it looks back.
        length: int (14, 1, 2_000) "length";
    } -> ["idx"]

    /// Chande momentum oscillator: the balance of rises and falls.
    ChandeMomentum = "chandeMO" in "tv-basicstudies-241", "Chande momentum oscillator" {
        /// How many bars it looks back.
        length: int (9, 1, 2_000) "length";
        /// What it is computed from.
        source: source ("close") "src";
    } -> ["chandeMO"]

    /// Correlation coefficient: how much the price moves with that of another symbol.
    CorrelationCoefficient = "CorrelationCoefficient"
        in "tv-basicstudies-241", "Correlation coefficient" {
        /// The other symbol.
        symbol: symbol ("GOOG") "symbol";
        /// Which price.
        source: one_of ("close", "open", "high", "low", "close", "hl2", "hlc3", "ohlc4") "source";
        /// How many bars it looks back.
        length: int (20, 1, 2_000) "length";
    } -> ["compare"]

    /// Directional movement: the average directional index, and the strength of rises and falls.
    DirectionalMovement = "DM" in "tv-basicstudies-241", "Directional movement" {
        /// The bars that the index is averaged over.
        adx_smoothing: int (14, 1, 50) "ADX smoothing";
        /// The bars of rises and falls.
        di_length: int (14, 1, 2_000) "DI Length";
    } -> ["ADX", "DI_P", "DI_N"]

    /// Detrended price oscillator: the price without its trend.
    DetrendedPrice = "DetrendedPriceOscillator"
        in "tv-basicstudies-241", "Detrended price oscillator" {
        /// How many bars it looks back.
        period: int (21, 1, 2_000) "period";
        /// Whether it is shifted to the middle of the period.
        centered: flag (false) "centered";
    } -> ["DPO"]

    /// Elder's force index: change of the price times volume.
    EldersForceIndex = "EFI" in "tv-basicstudies-241", "Elder's force index" {
        /// How many bars it looks back.
        length: int (13, 1, 2_000) "length";
    } -> ["EldersForceIndex"]

    /// Ease of movement: how far the price moves for its volume.
    EaseOfMovement = "EaseOfMovement" in "tv-basicstudies-241", "Ease of movement" {
        /// How many bars it looks back.
        length: int (14, 1, 2_000) "length";
        /// What volumes are divided by.
        divisor: int (10_000, 1, 1_000_000_000) "divisor";
    } -> ["EaseOfMovement"]

    /// Fisher transform: prices as a normal distribution.
    FisherTransform = "FisherTransform" in "tv-basicstudies-241", "Fisher transform" {
        /// How many bars it looks back.
        length: int (9, 5, 1_000) "length";
    } -> ["F1", "F2"]

    /// Historical volatility: the standard deviation of returns, for a year.
    HistoricalVolatility = "HV" in "tv-basicstudies-241", "Historical volatility" {
        /// How many bars it looks back.
        length: int (10, 1, 1_000) "length";
    } -> ["HV"]

    /// Know sure thing: the weighted sum of four rates of change.
    KnowSureThing = "KST" in "tv-basicstudies-241", "Know sure thing" {
        /// The bars of rate 1.
        roc_length1: int (10, 1, 2_000) "ROCLen1";
        /// The bars of rate 2.
        roc_length2: int (15, 1, 2_000) "ROCLen2";
        /// The bars of rate 3.
        roc_length3: int (20, 1, 2_000) "ROCLen3";
        /// The bars of rate 4.
        roc_length4: int (30, 1, 2_000) "ROCLen4";
        /// The bars that rate 1 is averaged over.
        sma_length1: int (10, 1, 2_000) "SMALen1";
        /// The bars that rate 2 is averaged over.
        sma_length2: int (10, 1, 2_000) "SMALen2";
        /// The bars that rate 3 is averaged over.
        sma_length3: int (10, 1, 2_000) "SMALen3";
        /// The bars that rate 4 is averaged over.
        sma_length4: int (15, 1, 2_000) "SMALen4";
        /// The bars of the signal.
        signal_length: int (9, 1, 2_000) "SigLen";
    } -> ["KST", "SIG"]

    /// MACD: a short moving average less a long one, and its signal.
    Macd = "MACD" in "tv-basicstudies-241", "MACD" {
        /// The bars of the short average.
        fast_length: int (12, 1, 2_000) "fast length";
        /// The bars of the long average.
        slow_length: int (26, 1, 2_000) "slow length";
        /// What it is computed from.
        source: source ("close") "source";
        /// The bars of the signal.
        signal_smoothing: int (9, 1, 50) "signal smoothing";
        /// Whether the averages are simple.
        simple_oscillator: flag (false) "simple ma(oscillator)";
        /// Whether the average of the signal is simple.
        simple_signal: flag (false) "simple ma(signal line)";
    } -> ["histogram", "macd", "signal"]

    /// Money flow index: a relative strength that is weighted by volume.
    MoneyFlow = "MF" in "tv-basicstudies-241", "Money flow index" {
        /// How many bars it looks back.
        length: int (14, 1, 2_000) "length";
    } -> ["MoneyFlow"]

    /// Momentum: how much the price has changed.
    Momentum = "MOM" in "tv-basicstudies-241", "Momentum" {
        /// How many bars it looks back.
        length: int (10, 1, 2_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["Momentum"]

    /// On balance volume: the sum of volumes of rising bars less those of falling ones.
    OnBalanceVolume = "OBV" in "tv-basicstudies-241", "On balance volume" {
    } -> ["OnBalanceVolume"]

    /// Price oscillator: a short moving average less a long one, in percent.
    PriceOscillator = "PriceOsc" in "tv-basicstudies-241", "Price oscillator" {
        /// The bars of the short average.
        short_length: int (10, 1, 2_000) "short length";
        /// The bars of the long average.
        long_length: int (21, 1, 2_000) "long length";
        /// What it is computed from.
        source: source ("close") "source";
        /// Whether the averages are exponential.
        exponential: flag (false) "exponential";
    } -> ["PriceOsc"]

    /// Price volume trend: the sum of volumes times relative changes.
    PriceVolumeTrend = "PriceVolumeTrend" in "tv-basicstudies-241", "Price volume trend" {
    } -> ["pvt"]

    /// Rate of change: how much the price has changed, in percent.
    RateOfChange = "ROC" in "tv-basicstudies-241", "Rate of change" {
        /// How many bars it looks back.
        length: int (9, 1, 2_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["ROC"]

    /// Relative strength index: the balance of rises and falls, from 0 to 100.
    Rsi = "RSI" in "tv-basicstudies-241", "Relative strength index" {
        /// How many bars it looks back.
        length: int (14, 1, 2_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["RelativeStrengthIndex"]

    /// SMI ergodic indicator: a double smoothed momentum, and its signal.
    SmiErgodicIndicator = "SMIErgodicIndicator" in "tv-basicstudies-241", "SMI ergodic indicator" {
        /// The bars of the long average.
        long_period: int (20, 1, 2_000) "long period";
        /// The bars of the short average.
        short_period: int (5, 1, 2_000) "short period";
        /// The bars of the signal.
        signal_period: int (5, 1, 2_000) "signal line period";
    } -> ["SMI", "Signal"]

    /// SMI ergodic oscillator: a double smoothed momentum less its signal.
    SmiErgodicOscillator = "SMIErgodicOscillator"
        in "tv-basicstudies-241", "SMI ergodic oscillator" {
        /// The bars of the long average.
        long_period: int (20, 1, 2_000) "long period";
        /// The bars of the short average.
        short_period: int (5, 1, 2_000) "short period";
        /// The bars of the signal.
        signal_period: int (5, 1, 2_000) "signal line period";
    } -> ["SMIOSC"]

    /// Stochastic: where in the range of some bars the price is.
    Stochastic = "Stochastic" in "tv-basicstudies-241", "Stochastic" {
        /// The bars of the range.
        k: int (14, 1, 10_000) "K";
        /// The bars that the second line is averaged over.
        d: int (3, 1, 10_000) "D";
        /// The bars that the first line is averaged over.
        smooth: int (3, 1, 10_000) "smooth";
    } -> ["K", "D"]

    /// Stochastic RSI: where in its range the relative strength is.
    StochasticRsi = "StochasticRSI" in "tv-basicstudies-241", "Stochastic RSI" {
        /// The bars that the first line is averaged over.
        k: int (3, 1, 10_000) "K";
        /// The bars that the second line is averaged over.
        d: int (3, 1, 10_000) "D";
        /// The bars of the relative strength.
        rsi_length: int (14, 1, 10_000) "RSI Length";
        /// The bars of the range.
        stochastic_length: int (14, 1, 10_000) "Stochastic Length";
        /// What it is computed from.
        source: source ("close") "RSI Source";
    } -> ["K", "D"]

    /// TRIX: the rate of change of a triple exponential average.
    Trix = "Trix" in "tv-basicstudies-241", "TRIX" {
        /// How many bars it looks back.
        length: int (18, 1, 2_000) "length";
    } -> ["Trix"]

    /// Ultimate oscillator: the weighted mean of three oscillators.
    UltimateOscillator = "UltimateOsc" in "tv-basicstudies-241", "Ultimate oscillator" {
        /// The bars of oscillator 1.
        length1: int (7, 1, 2_000) "length1";
        /// The bars of oscillator 2.
        length2: int (14, 1, 2_000) "length2";
        /// The bars of oscillator 3.
        length3: int (28, 1, 2_000) "length3";
    } -> ["UltimateOsc"]

    /// Relative vigor index: how far bars close above their open, compared with their range.
    VigorIndex = "VigorIndex" in "tv-basicstudies-241", "Relative vigor index" {
        /// How many bars it looks back.
        length: int (10, 1, 2_000) "length";
    } -> ["RVGI", "SIG"]

    /// Relative volatility index: a relative strength of standard deviations.
    VolatilityIndex = "VolatilityIndex" in "tv-basicstudies-241", "Relative volatility index" {
        /// How many bars it looks back.
        length: int (10, 1, 2_000) "Length";
    } -> ["RVI"]

    /// Williams %R: where in the range of some bars the price is, from -100 to 0.
    WilliamsPercentRange = "WilliamR" in "tv-basicstudies-241", "Williams %R" {
        /// How many bars it looks back.
        length: int (14, 1, 2_000) "length";
        /// What it is computed from.
        source: source ("close") "source";
    } -> ["PercentRange"]

    /// Average day range: the mean of high less low.
    AverageDailyRange = "studyADR" in "tv-basicstudies-241", "Average day range" {
        /// How many bars it looks back.
        length: int (9, 1, 2_000) "length";
    } -> ["adr"]

    /// Volume: the volume of each bar, its colour, and its moving average.
    Volume = "Volume" in "tv-basicstudies-241", "Volume" {
        /// How many bars it looks back.
        length: int (20, 1, 2_000) "length";
        /// Whether a bar's colour follows from the close before it.
        color_by_previous_close: flag (false) "col_prev_close";
    } -> ["vol", "vol_color", "vol_ma"]

    /// Volume profile fixed range: volumes by price between two times.
    VolumeProfileFixedRange = "VbPFixed" in "tv-basicstudies-241", "Volume profile fixed range" {
        /// What `rows` counts.
        rows_layout: one_of ("Number Of Rows", "Number Of Rows", "Ticks Per Row") "rowsLayout";
        /// How many rows, or how many ticks a row has.
        rows: int (24, 1, 1_000_000) "rows";
        /// Which volumes are drawn.
        volume: one_of ("Up/Down", "Up/Down", "Total", "Delta") "volume";
        /// How many percent of the volume the value area has.
        value_area: int (70, 0, 100) "vaVolume";
        /// The first bar, in milliseconds since 1970.
        first_time: time (0) "first_bar_time";
        /// The last bar, in milliseconds since 1970.
        last_time: time (0) "last_bar_time";
        /// Whether it goes on with live bars.
        realtime: flag (true) "subscribeRealtime";
    } -> ["developingPoc", "developingVAHigh", "developingVALow"]

    /// Volume profile visible range: volumes by price of the bars that a chart shows.
    VolumeProfileVisibleRange = "VbPVisible"
        in "tv-volumebyprice-186", "Volume profile visible range" {
        /// What `rows` counts.
        rows_layout: one_of ("Number Of Rows", "Number Of Rows", "Ticks Per Row") "rowsLayout";
        /// How many rows, or how many ticks a row has.
        rows: int (24, 1, 1_000_000) "rows";
        /// Which volumes are drawn.
        volume: one_of ("Up/Down", "Up/Down", "Total", "Delta") "volume";
        /// How many percent of the volume the value area has.
        value_area: int (70, 0, 100) "vaVolume";
        /// The first bar, in milliseconds since 1970.
        first_time: time (0) "first_visible_bar_time";
        /// The last bar, in milliseconds since 1970.
        last_time: time (0) "last_visible_bar_time";
        /// Whether it goes on with live bars.
        realtime: flag (true) "subscribeRealtime";
    } -> ["developingPoc", "developingVAHigh", "developingVALow"]

    /// Volume profile sessions: volumes by price of each session.
    VolumeProfileSessions = "VbPSessions" in "tv-volumebyprice-53", "Volume profile sessions" {
        /// What `rows` counts.
        rows_layout: one_of ("Number Of Rows", "Number Of Rows", "Ticks Per Row") "rowsLayout";
        /// How many rows, or how many ticks a row has.
        rows: int (24, 1, 1_000_000) "rows";
        /// Which volumes are drawn.
        volume: one_of ("Up/Down", "Up/Down", "Total", "Delta") "volume";
        /// How many percent of the volume the value area has.
        value_area: int (70, 0, 100) "vaVolume";
        /// Whether the level with the most volume is drawn on to the right.
        extend_poc: flag (false) "extendPocRight";
    } -> ["developingPoc", "developingVAHigh", "developingVALow"]

    /// Dividends: dividends, one row for each.
    Dividends = "Dividends" in "tv-basicstudies-246", "Dividends" {
    } -> ["amount", "ex_date", "adjusted_amount", "pay_date"]

    /// Splits: splits, one row for each.
    Splits = "Splits" in "tv-basicstudies-246", "Splits" {
    } -> ["numerator", "denominator", "date"]

    /// Earnings: earnings, one row for each, the next ones included. `eps_reported` follows the
    /// rules of accounting, `eps` is what is compared with the estimate; revenue is in millions.
    Earnings = "Earnings" in "tv-basicstudies-246", "Earnings" {
    } -> [
        "eps_reported",
        "eps_estimate",
        "period_end",
        "time",
        "eps",
        "revenue_estimate",
        "revenue",
        "hour_code",
    ]
}
