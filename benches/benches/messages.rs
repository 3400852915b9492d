//! Decoding, splitting included: from the text of a socket to typed values, by templates and by
//! serde.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use protocol::{
    frame::{Frame, split},
    message::Decoder,
};
use tv_benches::{Workload, batch, series, w1, w2, w3, w4, w5, w6, w7};

/// Splits and decodes all messages of a workload.
fn read(workload: &Workload, decoder: &mut Decoder) -> u64 {
    let mut heartbeats = 0;
    for message in &workload.messages {
        for frame in split(black_box(message)).flatten() {
            match frame {
                Frame::Heartbeat(number) => heartbeats += black_box(number).min(1),
                Frame::Json(payload) => {
                    black_box(&decoder.decode(payload));
                }
            }
        }
    }
    heartbeats
}

/// Both readers on a workload; figures are for each of its units.
fn compare(criterion: &mut Criterion, name: &str, workload: &Workload, units: usize) {
    let mut group = criterion.benchmark_group(format!("decode/{name}"));
    group.throughput(Throughput::Elements(units as u64));
    let readers = [
        ("templates", Decoder::default()),
        ("serde", Decoder::default().without_templates()),
    ];
    for (reader, mut decoder) in readers {
        group.bench_function(BenchmarkId::from_parameter(reader), |bencher| {
            bencher.iter(|| read(workload, &mut decoder));
        });
    }
    group.finish();
}

fn workloads(criterion: &mut Criterion) {
    for workload in [w1(), w2(), w3(), w4(), w5(), w6(), w7()] {
        compare(criterion, workload.name, &workload, workload.frames);
    }
}

/// One message of each kind that comes all the time, or is large.
fn kinds(criterion: &mut Criterion) {
    let first = |mut workload: Workload| {
        workload.messages.truncate(1);
        workload
    };
    for (name, workload) in [
        ("qsd update", first(batch(1))),
        ("qsd snapshot", first(w6())),
        ("du", first(w2())),
        ("heartbeat", first(w5())),
    ] {
        compare(criterion, name, &workload, 1);
    }
    for bars in [300, 5_000, 20_000] {
        let name = format!("timescale_update of {bars} bars");
        compare(criterion, &name, &series(bars), bars);
    }
    compare(criterion, "batch of 1000 frames", &batch(1_000), 1_000);
}

criterion_group!(benches, workloads, kinds);
criterion_main!(benches);
