//! What a seed draws: a market, its time, who is followed, and what goes wrong.

#![expect(
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "what is drawn is within the list that stands beside it; one list of faults is easier to read than parts of it"
)]

use std::{fmt, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sim::{Action, FaultPlan, Length, Pulse, When};
use tokio::time::Instant;

use super::{reader::Wanted, studies::StudyChange};

/// A symbol and the interval of its bars, as they are on the wire.
pub(super) type Followed = (&'static str, &'static str);

/// Moments around which markets do something: Unix seconds, UTC. In the order of the comments of
/// [`SERIES`].
const MOMENTS: [i64; 10] = [
    // New York opens.
    1_790_774_940,
    // It closes before a holiday and a weekend.
    1_783_022_280,
    // It closes before a weekend in which summer time ends.
    1_793_390_100,
    // Summer time ends there.
    1_793_512_680,
    // It closes before a weekend in which summer time begins.
    1_772_830_500,
    // It closes early.
    1_795_802_100,
    // Tokyo goes to lunch.
    1_790_735_280,
    // Currencies open for the week.
    1_793_570_280,
    // A day begins, UTC.
    1_790_726_340,
    // New York closes early before Christmas.
    1_798_135_080,
];

/// The first two are always followed.
const SERIES: [Followed; 9] = [
    ("BINANCE:BTCUSDT", "1"),
    ("NASDAQ:AAPL", "1"),
    ("NASDAQ:AAPL", "1D"),
    ("BINANCE:ETHUSDT", "1S"),
    ("TSE:7203", "1"),
    ("FX:EURUSD", "5"),
    ("CME_MINI:ES1!", "1"),
    ("LSE:VOD", "15"),
    ("BINANCE:BTCUSDT", "1D"),
];

/// What may happen to the network besides.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weather {
    Partition,
    Outwards,
    Inwards,
    Hold,
    Fair,
}

/// One run.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub(super) seed: u64,
    /// Market time at the start, in milliseconds UTC.
    pub(super) epoch: i64,
    pub(super) speed: f64,
    /// Ticks per second over all symbols.
    pub(super) rate: f64,
    /// When all faults are over.
    pub(super) span: Duration,
    pub(super) series: Vec<Followed>,
    pub(super) quotes: Vec<&'static str>,
    pub(super) plan: FaultPlan,
    pub(super) weather: Vec<(Duration, Weather)>,
    /// The longest way of a packet.
    pub(super) latency: Duration,
    /// Whether the client signs in with tokens of a source.
    pub(super) signs_in: bool,
    /// Whether accounts are as limited as guests are.
    pub(super) is_limited: bool,
    /// One of the first two series begins as another one, and is changed at a time.
    pub(super) change: Option<(usize, Followed, Duration)>,
    /// When the inputs of a study are changed, of each of the first two series.
    pub(super) inputs: [Vec<(Duration, StudyChange)>; 2],
}

impl fmt::Display for Scenario {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            epoch, speed, span, ..
        } = self;
        writeln!(
            out,
            "from {epoch} at speed {speed}, {:?}, {span:?} of faults, signs in: {}, limited: {}, weather {:?}, change {:?}, inputs {:?}",
            self.series, self.signs_in, self.is_limited, self.weather, self.change, self.inputs
        )?;
        write!(out, "{}", self.plan)
    }
}

impl Scenario {
    pub(super) fn draw(seed: u64) -> Self {
        let mut draws = Draws(StdRng::seed_from_u64(seed ^ 0x0a_ac1e));
        let moment = MOMENTS[draws.below(10) as usize];
        let epoch = (moment - 180 + draws.below(360) as i64) * 1000 + draws.below(1000) as i64;
        let speed = [1.0, 1.0, 1.0, 1.0, 30.0, 120.0, 600.0][draws.below(7) as usize];
        let seconds = match draws.below(100) {
            // Hours in which little is sent.
            0 => 3_600 + draws.below(3_600),
            1..=10 => 120 + draws.below(300),
            _ => 40 + draws.below(80),
        };
        let span = Duration::from_secs(seconds);
        let mut series = SERIES[..2].to_vec();
        series.extend(SERIES[2..].iter().filter(|_| draws.below(3) == 0));
        let is_limited = draws.below(10) == 0;
        // Guests do not get bars of a second, and a hundred thousand of them are too many to
        // compare.
        let has_seconds = !is_limited && speed <= 30.0 && seconds < 1_800;
        series.retain(|(_, interval)| *interval != "1S" || has_seconds);
        let has_seconds = series.iter().any(|(_, interval)| *interval == "1S");
        let mut quotes: Vec<&str> = series.iter().map(|(symbol, _)| *symbol).collect();
        quotes.dedup();
        quotes.sort_unstable();
        quotes.dedup();
        let faults = 3 + draws.below(8) as usize;
        let signs_in = draws.below(3) == 0;
        let mut plan = FaultPlan::random(seed, span, faults);
        for _ in 0..1 + draws.below(5) {
            for (when, action) in draws.mean(span, speed, signs_in, has_seconds) {
                plan = plan.rule(when, action);
            }
        }
        let weather = draws.weather(span);
        let latency = Duration::from_millis(2 + draws.below(200));
        // Drawn last, so that all else is as before.
        let change = (draws.below(2) == 0).then(|| {
            let other = SERIES[5 + draws.below(4) as usize];
            (draws.below(2) as usize, other, draws.ms(span))
        });
        let inputs = [(); 2].map(|()| draws.inputs(span));
        Self {
            inputs,
            seed,
            epoch,
            speed,
            rate: if seconds > 3_000 { 1.0 } else { 4.0 },
            span,
            series,
            quotes,
            plan,
            weather,
            latency,
            signs_in,
            is_limited,
            change,
        }
    }

    /// The same without faults.
    pub(super) fn calm(seed: u64) -> Self {
        Self {
            plan: FaultPlan::new(seed),
            weather: Vec::new(),
            ..Self::draw(seed)
        }
    }

    /// What a seed has drawn once, written down: guests who follow a coin and a stock, and a plan.
    pub(super) fn kept(epoch: i64, speed: f64, seconds: u64, plan: &str) -> Self {
        Self {
            seed: 1,
            epoch,
            speed,
            rate: 4.0,
            span: Duration::from_secs(seconds),
            series: SERIES[..3].to_vec(),
            quotes: vec!["BINANCE:BTCUSDT", "NASDAQ:AAPL"],
            plan: plan.parse().unwrap(),
            weather: Vec::new(),
            latency: Duration::from_millis(100),
            signs_in: false,
            is_limited: false,
            change: None,
            inputs: [Vec::new(), Vec::new()],
        }
    }

    /// The studies of a series that are followed. Guests may have few.
    pub(super) fn studies_of(&self, number: usize, begin: Instant) -> Wanted {
        let inputs = self.inputs.get(number)?;
        if self.is_limited {
            return (number == 0).then_some(None);
        }
        let inputs = inputs.iter().map(|(at, change)| (begin + *at, *change));
        Some(Some(inputs.collect()))
    }
}

struct Draws(StdRng);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.random_range(0..bound.max(1))
    }

    fn weather(&mut self, span: Duration) -> Vec<(Duration, Weather)> {
        let mut weather = Vec::new();
        if self.below(2) == 0 {
            return weather;
        }
        for _ in 0..self.below(4) {
            let from = self.ms(span * 3 / 4);
            let kind = [
                Weather::Partition,
                Weather::Outwards,
                Weather::Inwards,
                Weather::Hold,
            ][self.below(4) as usize];
            let lasting = self.ms((span - from).min(Duration::from_secs(90)));
            weather.push((from, kind));
            weather.push((from + lasting, Weather::Fair));
        }
        weather.sort_by_key(|(at, _)| *at);
        weather
    }

    /// When the inputs of a study are changed, sometimes in quick succession.
    fn inputs(&mut self, span: Duration) -> Vec<(Duration, StudyChange)> {
        let mut changes = Vec::new();
        for _ in 0..self.below(4) {
            let at = self.ms(span);
            for nth in 0..1 + self.below(3) {
                let at = at + Duration::from_millis(nth * self.below(300));
                let length = 2 + self.below(15) as usize;
                let change = match self.below(3) {
                    0 => StudyChange::Replace(length),
                    _ => StudyChange::Modify(length),
                };
                changes.push((at, change));
            }
        }
        changes.sort_by_key(|(at, _)| *at);
        changes
    }

    /// Below a time, in whole milliseconds.
    fn ms(&mut self, bound: Duration) -> Duration {
        Duration::from_millis(self.below(bound.as_millis() as u64) + 1)
    }

    /// Faults that [`FaultPlan::random`] does not draw.
    fn mean(
        &mut self,
        span: Duration,
        speed: f64,
        signs_in: bool,
        has_seconds: bool,
    ) -> Vec<(When, Action)> {
        let from = self.ms(span * 3 / 4);
        let lasting = self.ms((span - from).min(Duration::from_secs(60)));
        let within = || When::always().times_between(from, span);
        let nth = 1 + self.below(4);
        let few = 1 + self.below(3);
        let answers = [
            "series_completed",
            "symbol_resolved",
            "quote_completed",
            "series_loading",
            "hello",
            "heartbeat",
        ];
        let answer = answers[self.below(6) as usize];
        let lost = answers[self.below(3) as usize];
        match self.below(15) {
            // Answers without values of the market: a digit of a price cannot be checked by
            // anybody.
            0 => vec![(within().kind(answer).nth(nth).times(few), Action::Corrupt)],
            1 => vec![(within().kind(lost).nth(nth).times(few), Action::Drop)],
            2 => {
                let stall = Action::Stall {
                    lasting: Some(lasting),
                };
                vec![(within().kind(lost).times(1), stall)]
            }
            // Data is only left out where a connection ends afterwards: a stream of TCP has no
            // holes.
            3 => {
                let stall = Action::Stall {
                    lasting: Some(lasting),
                };
                let silent = When::always()
                    .kind("du")
                    .times_between(from, from + lasting);
                let end = When::always().time(from + lasting);
                vec![(silent, stall), (end, Action::Reset)]
            }
            4 => {
                let window = 2 + self.below(49) as u32;
                // The order within an open bar cannot be checked. The last closed bars are compared
                // after an interruption, so the stretch is no longer than they are. Bars of a
                // second would change places as wholes, and one that comes after a later one has
                // closed is not a closed bar any more.
                let is_safe = speed > 1.0 || self.below(2) == 1 || has_seconds;
                let kind = if is_safe { "qsd" } else { "du" };
                let lasting = lasting.min(Duration::from_secs(8));
                let reorder = When::always()
                    .kind(kind)
                    .times_between(from, from + lasting);
                let end = When::always().time(from + lasting);
                vec![(reorder, Action::Reorder { window }), (end, Action::Fin)]
            }
            5 => vec![(
                within().frame(1 + self.below(60)).times(few),
                match self.below(4) {
                    0 => Action::Text("~m~5~m~{\"m\":\"".to_owned()),
                    1 => Action::Frame(r#"{"m":"zzz","p":[1,{"a":[]}]}"#.to_owned()),
                    2 => Action::Binary(vec![0, 159, 146, 150]),
                    _ => Action::Ping { count: 500 },
                },
            )],
            6 => {
                let session = self.below(2) == 0;
                let when = within().nth(nth).times(few);
                vec![if session {
                    let words = "timed out".to_owned();
                    (when.kind("series_completed"), Action::SeriesError(words))
                } else {
                    let words = [
                        "internal error",
                        "session exists",
                        "max sessions rate reached",
                    ][self.below(3) as usize];
                    (
                        when.kind("timescale_update"),
                        Action::CriticalError(words.to_owned()),
                    )
                }]
            }
            // Guests have nothing that expires.
            7 if signs_in => vec![(When::always().time(from), Action::ExpireToken)],
            8 => {
                let pulse = match self.below(3) {
                    0 => Pulse::Off,
                    1 => Pulse::WrongId,
                    _ => Pulse::Every(Duration::from_millis(50)),
                };
                vec![(When::always().time(from), Action::Heartbeats(pulse))]
            }
            // Away for long.
            9 => {
                let down = self.ms(span - from);
                let keeping = self.below(3) == 0;
                vec![(When::always().time(from), Action::Restart { keeping, down })]
            }
            // Connection after connection ends at some byte or other.
            10 => (1..=2 + self.below(8))
                .map(|number| {
                    let byte = self.below(if number == 1 { 200_000 } else { 40_000 });
                    let end = if self.below(2) == 0 {
                        Action::Fin
                    } else {
                        Action::Reset
                    };
                    let when = When::always().connection(number).byte(byte);
                    (when.times_between(Duration::ZERO, span), end)
                })
                .collect(),
            // Each restore gets one message further.
            11 => {
                let first = 1 + self.below(3);
                (first..first + 12)
                    .map(|number| {
                        let frame = 1 + (number - first) * (1 + number % 3);
                        let when = When::always().connection(number).frame(frame);
                        (when.times_between(Duration::ZERO, span), Action::Fin)
                    })
                    .collect()
            }
            // Flapping.
            12 => {
                let age = self.ms(Duration::from_secs(10));
                let close = Action::Close {
                    code: Some([1001, 1012, 1013][self.below(3) as usize]),
                    reason: "again".to_owned(),
                };
                let when = When::always()
                    .kind("*")
                    .age(age)
                    .times_between(from, from + lasting);
                vec![(when, close)]
            }
            // Bars that the server never sends. Where no later bar shows it, such as before a
            // market closes, the end of the connection lets the client ask. So none is left out
            // after that.
            13 => {
                let count = 1 + self.below(3) as u32;
                let skip = When::always()
                    .kind("du")
                    .nth(1 + self.below(60))
                    .times(few)
                    .times_between(from, from + lasting);
                let end = When::always().time(from + lasting);
                vec![(skip, Action::SkipBars { count }), (end, Action::Reset)]
            }
            _ => {
                let wrong = [
                    Length::Is("12345678901234567890".to_owned()),
                    Length::Is("-1".to_owned()),
                    Length::Is(String::new()),
                    Length::Longer(100_000),
                ];
                let wrong = wrong[self.below(4) as usize].clone();
                vec![(
                    within()
                        .kind(["du", "qsd", "timescale_update"][self.below(3) as usize])
                        .nth(nth)
                        .times(few),
                    Action::Length(wrong),
                )]
            }
        }
    }
}
