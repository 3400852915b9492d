//! Decoding payloads to messages, splitting included: from the text of a socket to typed values.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use protocol::{
    frame::{Frame, split},
    message::{Decoder, ServerMessage},
};
use tv_benches::{Workload, w1, w2, w3, w5, w6};

/// Splits and decodes all messages of a workload; `decode` is told of each payload.
fn read(workload: &Workload, mut decode: impl FnMut(&str)) -> u64 {
    let mut heartbeats = 0;
    for message in &workload.messages {
        for frame in split(black_box(message)).flatten() {
            match frame {
                Frame::Heartbeat(number) => heartbeats += black_box(number).min(1),
                Frame::Json(payload) => decode(payload),
            }
        }
    }
    heartbeats
}

fn messages(criterion: &mut Criterion) {
    for workload in [w1(), w2(), w3(), w5(), w6()] {
        let mut group = criterion.benchmark_group(format!("decode/{}", workload.name));
        group.throughput(Throughput::Elements(workload.frames as u64));
        let mut decoder = Decoder::default();
        group.bench_function("decoder", |bencher| {
            bencher.iter(|| {
                read(&workload, |payload| {
                    black_box(decoder.decode(payload));
                })
            });
        });
        group.bench_function("serde", |bencher| {
            bencher.iter(|| {
                read(&workload, |payload| {
                    black_box(ServerMessage::decode(payload));
                })
            });
        });
        group.finish();
    }
}

criterion_group!(benches, messages);
criterion_main!(benches);
