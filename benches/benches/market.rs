//! How fast the invented market makes bars: ten million of one minute, of a stock and of a coin.

#![expect(clippy::expect_used, reason = "a measurement fails by panicking")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use market::{Interval, Market, Settings};

const MINUTES: usize = 10_000_000;

/// A time after all bars, in milliseconds UTC.
const LATER: i64 = i64::MAX / 4;

/// The symbols, and when their bars begin: milliseconds UTC, in 1985 and in 2011.
const SYMBOLS: [(&str, i64); 2] = [
    ("NASDAQ:AAPL", 473_472_000_000),
    ("BINANCE:BTCUSDT", 1_314_835_200_000),
];

fn minutes(criterion: &mut Criterion) {
    let minute = Interval::parse("1").expect("a resolution");
    let market = Market::new(1);
    let mut group = criterion.benchmark_group("market/minutes");
    group.sample_size(10);
    group.throughput(Throughput::Elements(MINUTES as u64));
    for (name, from) in SYMBOLS {
        let symbol = market.symbol(name).expect("a listed symbol");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let bars = symbol.bars(minute, Settings::default(), from, LATER, LATER);
                let made = bars.take(MINUTES).inspect(|bar| {
                    black_box(bar);
                });
                assert_eq!(made.count(), MINUTES, "{name} has as many bars");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, minutes);
criterion_main!(benches);
