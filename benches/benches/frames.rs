//! Splitting messages into frames, and writing them.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use protocol::{
    frame::{encode, encode_heartbeat, split},
    message::{ClientMessage, client},
};
use tv_benches::{w1, w2, w3, w4, w5, w6, w7};

fn splitting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("split");
    for workload in [w1(), w2(), w3(), w4(), w5(), w6(), w7()] {
        group.throughput(Throughput::Bytes(workload.bytes() as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(workload.name),
            &workload,
            |bencher, workload| {
                bencher.iter(|| {
                    let mut count = 0;
                    for message in &workload.messages {
                        for frame in split(black_box(message)) {
                            count += usize::from(black_box(frame).is_ok());
                        }
                    }
                    assert_eq!(count, workload.frames, "every frame is found");
                });
            },
        );
    }
    group.finish();
}

/// What a client sends when it opens a chart and a list of quotes, and what it answers all the
/// time.
fn encoding(criterion: &mut Criterion) {
    let commands: [(&str, ClientMessage<'_>); 4] = [
        (
            "quote_add_symbols",
            client::QuoteAddSymbols {
                session: "qs_benchbench00".into(),
                symbols: (0..100)
                    .map(|number| format!("BENCH:SYMBOL{number}"))
                    .collect(),
            }
            .into(),
        ),
        (
            "resolve_symbol",
            client::ResolveSymbol {
                session: "cs_benchbench00".into(),
                id: "sds_sym_1".into(),
                symbol: r#"={"adjustment":"splits","symbol":"BENCH:SYMBOL"}"#.into(),
            }
            .into(),
        ),
        (
            "create_series",
            client::CreateSeries {
                session: "cs_benchbench00".into(),
                series: "sds_1".into(),
                turnaround: "s1".into(),
                symbol: "sds_sym_1".into(),
                resolution: "1".into(),
                range: client::Range::Count(300),
                timeframe: None,
            }
            .into(),
        ),
        (
            "request_more_data",
            client::RequestMoreData {
                session: "cs_benchbench00".into(),
                series: "sds_1".into(),
                count: 5_000,
            }
            .into(),
        ),
    ];
    let mut group = criterion.benchmark_group("encode");
    let mut out = String::new();
    for (name, command) in &commands {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                out.clear();
                encode(&black_box(command).to_json(), &mut out);
                black_box(&out);
            });
        });
    }
    for number in [7, 4_711, 18_446_744_073_709_551_615] {
        group.bench_function(BenchmarkId::new("heartbeat", number), |bencher| {
            bencher.iter(|| {
                out.clear();
                encode_heartbeat(black_box(number), &mut out);
                black_box(&out);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, splitting, encoding);
criterion_main!(benches);
