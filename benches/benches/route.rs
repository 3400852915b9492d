//! From a message to whom it belongs: the session that it names, looked up among others, and its
//! quotes merged into the state of their symbol.

use std::{collections::HashMap, hint::black_box};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use protocol::{
    message::{Decoder, ServerMessage, server::QuoteData},
    quote::Quote,
};
use tv_benches::{w1, w2};

/// The session of a quote's or a chart's message.
fn session<'m>(message: &'m ServerMessage<'_>) -> Option<&'m str> {
    match message {
        ServerMessage::QuoteData(QuoteData { session, .. }) => Some(session),
        ServerMessage::DataUpdate(update) => Some(&update.session),
        ServerMessage::TimescaleUpdate(update) => Some(&update.session),
        _ => None,
    }
}

fn sessions(criterion: &mut Criterion) {
    let (quotes, charts) = (w1(), w2());
    let payloads: Vec<_> = quotes
        .payloads()
        .into_iter()
        .chain(charts.payloads())
        .filter(|payload| payload.starts_with('{'))
        .collect();
    let messages: Vec<_> = payloads
        .iter()
        .map(|payload| ServerMessage::decode(payload).message)
        .collect();
    let mut group = criterion.benchmark_group("route");
    group.throughput(Throughput::Elements(messages.len() as u64));
    for others in [1, 100, 1_000] {
        let mut owners: HashMap<Box<str>, usize> = (0..others)
            .map(|owner| (format!("cs_other{owner:07}").into(), owner))
            .collect();
        owners.insert("qs_benchbench00".into(), others);
        owners.insert("cs_benchbench00".into(), others + 1);
        group.bench_function(BenchmarkId::new("to a session among", others), |bencher| {
            bencher.iter(|| {
                let found = messages.iter().filter_map(session);
                let found = found.filter_map(|session| owners.get(black_box(session)));
                assert_eq!(found.count(), messages.len(), "every message has an owner");
            });
        });
    }
    group.finish();
}

fn merging(criterion: &mut Criterion) {
    let workload = w1();
    let payloads: Vec<_> = workload
        .payloads()
        .into_iter()
        .filter(|payload| payload.starts_with('{'))
        .collect();
    let mut group = criterion.benchmark_group("merge");
    group.throughput(Throughput::Elements(payloads.len() as u64));
    let mut decoder = Decoder::default();
    let mut table: HashMap<Box<str>, Quote> = HashMap::new();
    group.bench_function("decode and merge W1", |bencher| {
        bencher.iter(|| {
            for payload in &payloads {
                let received = decoder.decode(payload);
                let ServerMessage::QuoteData(quote) = &received.message else {
                    continue;
                };
                match table.get_mut(quote.data.name.raw()) {
                    Some(state) => quote.data.values.merge_into(state),
                    None => {
                        let mut state = Quote::default();
                        quote.data.values.merge_into(&mut state);
                        table.insert(quote.data.name.raw().into(), state);
                    }
                }
            }
            black_box(&table);
        });
    });
    group.finish();
}

criterion_group!(benches, sessions, merging);
criterion_main!(benches);
