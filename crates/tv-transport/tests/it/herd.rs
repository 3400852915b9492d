//! A thousand clients of one server that restarts: the machines alone, in virtual time.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::{Duration, Instant},
};

use rand::{SeedableRng, rngs::StdRng};
use tv_transport::{
    CloseReason, ConnectLimiter, DialError, Fault, Machine, ReconnectPolicy, Recovery, State,
};

use crate::support::{SECOND, endpoint};

const CLIENTS: usize = 1000;

/// How the crowd came back.
#[derive(Debug)]
struct Return {
    /// When the last client was up, after the server was.
    last: Duration,
    /// The most attempts within a tenth of a second, after the server was up.
    peak: usize,
    attempts: usize,
}

/// The server is down for 20 s, then takes ten connections each 100 ms; what comes above that is
/// refused.
fn simulate(seed: u64) -> Return {
    let start = Instant::now();
    let up = start + 20 * SECOND;
    let lost = Fault::Closed(CloseReason::Lost(std::io::ErrorKind::UnexpectedEof.into()));
    let refused = Fault::Connect(DialError::Tcp(std::io::ErrorKind::ConnectionRefused.into()));
    let mut machines: Vec<_> = (0..CLIENTS)
        .map(|index| {
            let random = StdRng::seed_from_u64(seed * 1_000_000 + u64::try_from(index).unwrap());
            let limiter = ConnectLimiter::unlimited();
            let policy = ReconnectPolicy::default();
            let mut machine = Machine::new(&[endpoint()], policy, limiter, random);
            machine.start(start);
            machine.handle_connected(start);
            machine.handle_fault(start, &lost, Recovery::Retry);
            machine
        })
        .collect();
    let mut queue: BinaryHeap<_> = machines
        .iter()
        .enumerate()
        .filter_map(|(index, machine)| Some(Reverse((machine.poll_timeout()?, index))))
        .collect();
    // Attempts and accepted ones in each tenth of a second.
    let mut tenths: BTreeMap<u128, (usize, usize)> = BTreeMap::new();
    let mut result = Return {
        last: Duration::ZERO,
        peak: 0,
        attempts: 0,
    };
    while let Some(Reverse((now, index))) = queue.pop() {
        let machine = machines.get_mut(index).unwrap();
        machine.handle_timeout(now);
        assert_eq!(machine.state(), State::Connecting);
        result.attempts += 1;
        let mut accepted = false;
        if let Some(since) = now.checked_duration_since(up) {
            let tenth = since.as_millis() / 100;
            let (seen, taken) = tenths.entry(tenth).or_default();
            *seen += 1;
            accepted = *taken < 10;
            *taken += usize::from(accepted);
        }
        if accepted {
            machine.handle_connected(now);
            result.last = result.last.max(now - up);
        } else {
            machine.handle_fault(now, &refused, Recovery::Retry);
            queue.push(Reverse((machine.poll_timeout().unwrap(), index)));
        }
    }
    result.peak = tenths.values().map(|tenth| tenth.0).max().unwrap();
    result
}

#[test]
fn f70_thundering_herd() {
    for seed in 1..=5 {
        let back = simulate(seed);
        assert!(back.last <= 20 * SECOND, "{back:?}");
        assert!(back.peak <= CLIENTS * 3 / 100, "{back:?}");
        assert!(back.attempts <= CLIENTS * 10, "{back:?}");
    }
}
