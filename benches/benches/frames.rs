//! Splitting messages into frames.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use protocol::frame::split;
use tv_benches::{w1, w3, w5, w6, w7};

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("split");
    for workload in [w1(), w3(), w5(), w6(), w7()] {
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

criterion_group!(benches, frames);
criterion_main!(benches);
