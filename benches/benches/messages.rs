//! Decoding payloads to messages, splitting included: from the text of a socket to typed values.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use protocol::{
    frame::{Frame, split},
    message::ServerMessage,
};
use tv_benches::{w1, w2, w3, w5, w6};

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for workload in [w1(), w2(), w3(), w5(), w6()] {
        group.throughput(Throughput::Elements(workload.frames as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(workload.name),
            &workload,
            |bencher, workload| {
                bencher.iter(|| {
                    let mut heartbeats = 0;
                    for message in &workload.messages {
                        for frame in split(black_box(message)).flatten() {
                            match frame {
                                Frame::Heartbeat(number) => heartbeats += black_box(number).min(1),
                                Frame::Json(payload) => {
                                    black_box(ServerMessage::decode(payload));
                                }
                            }
                        }
                    }
                    heartbeats
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, messages);
criterion_main!(benches);
