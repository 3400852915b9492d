use std::io::ErrorKind;

use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

use super::*;
use crate::{
    close::ProtocolFault,
    error::{DialError, InvalidEndpoint},
};

const SECOND: Duration = Duration::from_secs(1);

fn endpoints(count: usize) -> Vec<Endpoint> {
    (0..count)
        .map(|index| Endpoint::new(&format!("wss://host{index}.test/")).unwrap())
        .collect()
}

fn machine(policy: ReconnectPolicy) -> Machine<StdRng> {
    let random = StdRng::seed_from_u64(5);
    Machine::new(&endpoints(1), policy, ConnectLimiter::unlimited(), random)
}

fn lost() -> Fault {
    Fault::Closed(CloseReason::Lost(ErrorKind::UnexpectedEof.into()))
}

fn refused() -> Fault {
    Fault::Connect(DialError::Tcp(ErrorKind::ConnectionRefused.into()))
}

fn remote(code: u16) -> Fault {
    Fault::Closed(CloseReason::remote(Some(code), ""))
}

/// Hands in a fault with its default recovery and returns the delay until the next attempt.
fn fail(machine: &mut Machine<StdRng>, now: Instant, fault: &Fault) -> Option<Duration> {
    machine.handle_fault(now, fault, fault.recovery());
    Some(machine.poll_timeout()?.saturating_duration_since(now))
}

/// Waits for the next attempt and lets it succeed.
fn reconnect(machine: &mut Machine<StdRng>, now: &mut Instant) {
    if let Some(at) = machine.poll_timeout() {
        *now = at;
    }
    machine.handle_timeout(*now);
    machine.handle_connected(*now);
    assert_eq!(machine.state(), State::Connected);
}

fn connected(policy: ReconnectPolicy, now: Instant) -> Machine<StdRng> {
    let mut machine = machine(policy);
    machine.start(now);
    assert_eq!(
        machine.state(),
        State::Connecting,
        "the first attempt waits for nothing"
    );
    assert_eq!(machine.handle_connected(now), 1);
    machine
}

#[test]
fn a_life_is_reported_step_by_step() {
    let start = Instant::now();
    let mut machine = connected(ReconnectPolicy::default(), start);
    machine.handle_message(start);
    let delay = fail(&mut machine, start + SECOND, &lost()).unwrap();
    assert!(delay <= SECOND);
    let mut now = start + SECOND;
    reconnect(&mut machine, &mut now);
    assert_eq!(machine.generation(), 2);
    machine.handle_close(now);
    assert_eq!(machine.state(), State::Closing);
    machine.handle_fault(now, &lost(), Recovery::Retry);
    let mut states = Vec::new();
    let mut connects = 0;
    while let Some(step) = machine.poll_step() {
        match step {
            Step::State(change) => {
                assert!(change.from.may_become(change.to), "{change:?}");
                states.push(change.to);
            }
            Step::Connect { endpoint: 0 } => connects += 1,
            step => panic!("{step:?}"),
        }
    }
    use State as S;
    assert_eq!(
        states,
        [
            S::Connecting,
            S::Connected,
            S::Reconnecting,
            S::Connecting,
            S::Connected,
            S::Closing,
            S::Closed
        ]
    );
    assert_eq!(connects, 2);
    assert!(!machine.gave_up());
}

#[test]
fn only_stability_restarts_the_backoff() {
    let mut now = Instant::now();
    let mut machine = connected(ReconnectPolicy::default(), now);
    for attempt in 1..=5 {
        // Lives for 29 s after its first message, which is not a stable connection.
        machine.handle_message(now);
        now += 29 * SECOND;
        machine.handle_timeout(now);
        fail(&mut machine, now, &lost());
        assert_eq!(machine.attempts(), attempt);
        reconnect(&mut machine, &mut now);
    }
    // Open for long without a message is not stable either.
    now += 1000 * SECOND;
    machine.handle_timeout(now);
    fail(&mut machine, now, &lost());
    assert_eq!(machine.attempts(), 6);
    reconnect(&mut machine, &mut now);

    machine.handle_message(now);
    machine.handle_message(now + 20 * SECOND);
    assert_eq!(machine.poll_timeout(), Some(now + 30 * SECOND));
    now += 30 * SECOND;
    machine.handle_timeout(now);
    assert_eq!((machine.attempts(), machine.last_fault()), (0, None));
    assert_eq!(machine.poll_timeout(), None);
    assert!(fail(&mut machine, now, &lost()).unwrap() <= SECOND);
    assert_eq!(machine.attempts(), 1);
}

#[test]
fn stability_counts_even_if_the_loss_is_seen_first() {
    let mut now = Instant::now();
    let mut machine = connected(ReconnectPolicy::default(), now);
    fail(&mut machine, now, &lost());
    reconnect(&mut machine, &mut now);
    machine.handle_message(now);
    fail(&mut machine, now + 31 * SECOND, &lost());
    assert_eq!(machine.attempts(), 1);
}

#[test]
fn f50_flapping_slows_down() {
    let start = Instant::now();
    let mut now = start;
    let mut machine = connected(ReconnectPolicy::default(), now);
    let mut times = Vec::new();
    for _ in 0..40 {
        machine.handle_message(now);
        fail(&mut machine, now, &lost());
        reconnect(&mut machine, &mut now);
        times.push(now);
    }
    for pair in times[9..].windows(2) {
        assert!(
            pair[1] - pair[0] >= SECOND,
            "attempts come faster than once a second"
        );
    }
}

#[test]
fn f01_refused_connections_are_few() {
    for seed in 0..200 {
        let start = Instant::now();
        let mut machine = Machine::new(
            &endpoints(1),
            ReconnectPolicy::default(),
            ConnectLimiter::unlimited(),
            StdRng::seed_from_u64(seed),
        );
        let mut now = start;
        machine.start(now);
        let mut attempts = 0;
        while now < start + 20 * SECOND {
            attempts += 1;
            now += fail(&mut machine, now, &refused()).unwrap();
            machine.handle_timeout(now);
        }
        assert!((5..=12).contains(&attempts), "{attempts} attempts in 20 s");
        assert!(
            now - start <= 30 * SECOND,
            "the next comes within a backoff cap"
        );
    }
}

#[test]
fn lasting_faults_go_to_the_slow_lane() {
    let now = Instant::now();
    let slow = 60 * SECOND..=90 * SECOND;
    let refused = |status| {
        Fault::Connect(DialError::Refused {
            status,
            retry_after: None,
            body: String::new(),
        })
    };
    for fault in [
        refused(401),
        refused(403),
        refused(429),
        Fault::Connect(DialError::Tls(crate::error::TlsFault::Expired)),
        Fault::Closed(CloseReason::Protocol(ProtocolFault::refused("ban"))),
    ] {
        let mut machine = machine(ReconnectPolicy::default());
        machine.start(now);
        let delay = fail(&mut machine, now, &fault).unwrap();
        assert!(slow.contains(&delay), "{fault:?}: {delay:?}");
    }
}

#[test]
fn credentials_are_refreshed_once_and_then_slowly() {
    let mut now = Instant::now();
    let mut machine = connected(ReconnectPolicy::default(), now);
    while machine.poll_step().is_some() {}
    let mut delays = Vec::new();
    for _ in 0..3 {
        delays.push(fail(&mut machine, now, &remote(1008)).unwrap());
        let steps: Vec<_> = std::iter::from_fn(|| machine.poll_step()).collect();
        let asked = steps.iter().filter(|step| **step == Step::RefreshAuth);
        assert_eq!(asked.count(), 1);
        reconnect(&mut machine, &mut now);
        while machine.poll_step().is_some() {}
    }
    assert!(delays[0] <= SECOND, "{delays:?}");
    assert!(
        delays[1] >= 60 * SECOND && delays[2] >= 60 * SECOND,
        "{delays:?}"
    );
}

#[test]
fn f45_breaches_break_the_circuit() {
    for fault in [
        remote(1002),
        remote(1003),
        remote(1007),
        remote(1009),
        Fault::Closed(CloseReason::TooLarge { size: 2, limit: 1 }),
        Fault::Closed(CloseReason::Protocol(ProtocolFault::broken(
            "protocol_error",
        ))),
    ] {
        let mut now = Instant::now();
        let mut machine = connected(ReconnectPolicy::default(), now);
        for round in 0..5 {
            let delay = fail(&mut machine, now, &fault).unwrap();
            assert_eq!(
                delay >= 60 * SECOND,
                round >= 2,
                "{fault:?} {round}: {delay:?}"
            );
            reconnect(&mut machine, &mut now);
        }
        machine.handle_message(now);
        now += 30 * SECOND;
        let delay = fail(&mut machine, now, &fault).unwrap();
        assert!(
            delay <= SECOND,
            "a stable connection closes the circuit again"
        );
    }
}

#[test]
fn restarts_and_overload_are_given_time() {
    for code in [1012, 1013] {
        let now = Instant::now();
        let mut seen = Vec::new();
        for seed in 0..100 {
            let mut machine = connected(ReconnectPolicy::default(), now);
            machine.random = StdRng::seed_from_u64(seed);
            let delay = fail(&mut machine, now, &remote(code)).unwrap();
            assert!(
                delay >= 5 * SECOND && delay <= 10 * SECOND,
                "{code}: {delay:?}"
            );
            seen.push(delay);
        }
        let spread = *seen.iter().max().unwrap() - *seen.iter().min().unwrap();
        assert!(spread > 4 * SECOND, "{code}: all within {spread:?}");
    }
}

#[test]
fn retry_after_binds_every_connection_to_the_host() {
    let now = Instant::now();
    let limiter = ConnectLimiter::unlimited();
    let make = |seed| {
        let random = StdRng::seed_from_u64(seed);
        Machine::new(
            &endpoints(1),
            ReconnectPolicy::default(),
            limiter.clone(),
            random,
        )
    };
    let (mut first, mut second) = (make(1), make(2));
    first.start(now);
    let busy = Fault::Connect(DialError::Refused {
        status: 429,
        retry_after: Some(7 * SECOND),
        body: String::new(),
    });
    let delay = fail(&mut first, now, &busy).unwrap();
    assert!(delay >= 7 * SECOND && delay <= 8 * SECOND, "{delay:?}");
    second.start(now + SECOND);
    assert_eq!(second.state(), State::Reconnecting);
    assert!(second.poll_timeout().unwrap() >= now + 7 * SECOND);
}

#[test]
fn the_limiter_spaces_attempts_and_spares_loopback() {
    let now = Instant::now();
    let limiter = ConnectLimiter::new(1);
    let local = [Endpoint::new("ws://127.0.0.1:1/").unwrap()];
    for (endpoints, expected) in [(&endpoints(1)[..], 1), (&local[..], 10)] {
        let mut connecting = 0;
        for seed in 0..10 {
            let random = StdRng::seed_from_u64(seed);
            let mut machine = Machine::new(
                endpoints,
                ReconnectPolicy::default(),
                limiter.clone(),
                random,
            );
            machine.start(now);
            connecting += usize::from(machine.state() == State::Connecting);
            // A postponed attempt has not failed.
            assert_eq!(machine.attempts(), 0);
        }
        assert_eq!(connecting, expected);
    }
}

#[test]
fn endpoints_are_tried_in_turn() {
    let mut now = Instant::now();
    let random = StdRng::seed_from_u64(1);
    let policy = ReconnectPolicy::default().failures_per_host(2);
    let mut machine = Machine::new(&endpoints(3), policy, ConnectLimiter::unlimited(), random);
    machine.start(now);
    let mut tried = Vec::new();
    for _ in 0..8 {
        while let Some(step) = machine.poll_step() {
            if let Step::Connect { endpoint } = step {
                tried.push(endpoint);
            }
        }
        now += fail(&mut machine, now, &refused()).unwrap();
        machine.handle_timeout(now);
    }
    assert_eq!(tried, [0, 0, 1, 1, 2, 2, 0, 0]);
}

#[test]
fn attempts_may_be_limited() {
    let mut now = Instant::now();
    let mut machine = machine(ReconnectPolicy::default().max_reconnect_attempts(3));
    machine.start(now);
    for _ in 0..3 {
        now += fail(&mut machine, now, &refused()).unwrap();
        machine.handle_timeout(now);
    }
    assert_eq!(fail(&mut machine, now, &refused()), None);
    assert_eq!(machine.state(), State::Closed);
    assert!(machine.gave_up());
    assert_eq!(machine.last_fault(), Some(&refused()));
}

#[test]
fn a_hopeless_fault_ends_it() {
    let now = Instant::now();
    let mut machine = machine(ReconnectPolicy::default());
    machine.start(now);
    let fault = Fault::Connect(InvalidEndpoint::Host.into());
    assert_eq!(fail(&mut machine, now, &fault), None);
    assert!(machine.gave_up());
}

#[test]
fn without_endpoints_there_is_nothing_to_do() {
    let random = StdRng::seed_from_u64(1);
    let limiter = ConnectLimiter::unlimited();
    let mut machine = Machine::new(&[], ReconnectPolicy::default(), limiter, random);
    machine.start(Instant::now());
    assert_eq!(machine.state(), State::Closed);
}

/// An input, at a time after the one before.
#[derive(Clone, Debug)]
enum Input {
    Timeout,
    Due,
    Connected,
    Message,
    Fault(u8),
    Close,
}

fn input() -> impl Strategy<Value = (Input, u64)> {
    let kind = prop_oneof![
        3 => Just(Input::Timeout),
        8 => Just(Input::Due),
        8 => Just(Input::Connected),
        4 => Just(Input::Message),
        8 => any::<u8>().prop_map(Input::Fault),
        1 => Just(Input::Close),
    ];
    (kind, 0..40_000_u64)
}

fn some_fault(index: u8) -> Fault {
    match index % 8 {
        0 => lost(),
        1 => refused(),
        2 => remote(1008),
        3 => remote(1002),
        4 => remote(1012),
        5 => Fault::Connect(DialError::Refused {
            status: 429,
            retry_after: Some(u32::from(index) * SECOND),
            body: String::new(),
        }),
        6 => Fault::Closed(CloseReason::TimedOut(crate::close::Timeout::Ping)),
        _ => Fault::Closed(CloseReason::TooLarge { size: 2, limit: 1 }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever comes in whatever order: states follow legally, attempts are one at a time and wait
    /// for their instants, generations rise by one with each connection, and nothing comes after
    /// the end.
    #[test]
    fn any_sequence_of_inputs_is_survived(
        inputs in prop::collection::vec(input(), 1..120),
        seed: u64,
        hosts in 1..4_usize,
    ) {
        let random = StdRng::seed_from_u64(seed);
        let limiter = ConnectLimiter::new(2);
        let mut machine = Machine::new(&endpoints(hosts), ReconnectPolicy::default(), limiter, random);
        let mut now = Instant::now();
        let mut state = State::Disconnected;
        let mut generation = 0;
        machine.start(now);
        for (input, millis) in inputs {
            now += Duration::from_millis(millis);
            let due = machine.poll_timeout();
            match input {
                Input::Timeout => machine.handle_timeout(now),
                Input::Due => {
                    now = due.map_or(now, |due| due.max(now));
                    machine.handle_timeout(now);
                }
                Input::Connected => {
                    generation += u64::from(machine.state() == State::Connecting);
                    prop_assert_eq!(machine.handle_connected(now), generation);
                }
                Input::Message => machine.handle_message(now),
                Input::Fault(index) => {
                    let fault = some_fault(index);
                    machine.handle_fault(now, &fault, fault.recovery());
                }
                Input::Close => machine.handle_close(now),
            }
            let mut connecting = false;
            while let Some(step) = machine.poll_step() {
                prop_assert_ne!(state, State::Closed, "nothing comes after the end");
                match step {
                    Step::State(change) => {
                        prop_assert_eq!(change.from, state);
                        prop_assert!(change.from.may_become(change.to), "{:?}", change);
                        if change.to == State::Reconnecting {
                            prop_assert!(change.next_attempt.is_some_and(|at| at >= now));
                        }
                        if change.from == State::Reconnecting && change.to == State::Connecting {
                            prop_assert!(due.is_some_and(|due| due <= now), "an attempt came early");
                        }
                        state = change.to;
                    }
                    Step::Connect { endpoint } => {
                        prop_assert!(!connecting && state == State::Connecting && endpoint < hosts);
                        connecting = true;
                    }
                    Step::RefreshAuth => {}
                }
            }
            prop_assert_eq!(machine.state(), state);
            if state == State::Reconnecting {
                let at = machine.poll_timeout();
                prop_assert!(at.is_some(), "it would wait for ever");
            }
            // Early and repeated calls are no-ops.
            if machine.poll_timeout().is_none_or(|at| at > now) {
                machine.handle_timeout(now);
                prop_assert_eq!(machine.poll_step(), None);
            }
        }
        machine.handle_close(now);
        machine.handle_fault(now, &lost(), Recovery::Retry);
        prop_assert_eq!(machine.state(), State::Closed);
        prop_assert_eq!(machine.poll_timeout(), None);
    }
}
