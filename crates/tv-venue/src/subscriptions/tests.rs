use std::{
    collections::{BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn set(keys_per_batch: usize) -> Subscriptions<u32> {
    let pacing = Pacing::default().keys_per_batch(keys_per_batch);
    Subscriptions::new(pacing.spacing(SECOND).tries(2))
}

fn batch(set: &mut Subscriptions<u32>, now: Instant) -> Option<(Action, Vec<u32>, u64)> {
    let batch = set.poll_batch(now)?;
    Some((batch.action, batch.keys, batch.request))
}

/// Pending, confirmed, unsubscribing.
fn counts(set: &Subscriptions<u32>) -> (usize, usize, usize) {
    let counts = set.counts();
    (counts.pending, counts.confirmed, counts.unsubscribing)
}

use Action::{Subscribe, Unsubscribe};

#[test]
fn what_is_wanted_waits_for_a_connection_and_goes_out_paced_in_order() {
    let now = Instant::now();
    let mut set = set(2);
    for key in [5, 1, 3] {
        assert_eq!(set.subscribe(key), Ok(true));
    }
    assert_eq!(set.subscribe(1), Ok(false));
    assert_eq!(batch(&mut set, now), None, "offline");
    assert_eq!(set.poll_timeout(), None);
    assert_eq!(counts(&set), (3, 0, 0));

    set.handle_open(now);
    assert_eq!(set.poll_timeout(), Some(now));
    assert_eq!(batch(&mut set, now), Some((Subscribe, vec![5, 1], 1)));
    assert_eq!(batch(&mut set, now), None, "paced");
    assert_eq!(set.poll_timeout(), Some(now + SECOND));
    assert_eq!(batch(&mut set, now + SECOND), Some((Subscribe, vec![3], 2)));
    assert!(set.confirm(now, 1));
    assert!(!set.confirm(now, 1), "twice");
    assert_eq!(counts(&set), (1, 2, 0));
    assert!(set.received(now, &3), "data confirms");
    assert_eq!(counts(&set), (0, 3, 0));
    assert!(!set.received(now, &9), "it is not subscribed");
    assert_eq!(set.poll_timeout(), None);
}

#[test]
fn a_reconnect_asks_for_everything_again_and_ignores_late_answers() {
    let now = Instant::now();
    let mut set = set(10);
    for key in [2, 1, 3] {
        set.subscribe(key).unwrap();
    }
    set.handle_open(now);
    let (_, _, first) = batch(&mut set, now).unwrap();
    set.confirm(now, first);
    assert!(set.unsubscribe(&3));
    set.handle_close();
    assert_eq!(counts(&set), (2, 0, 0), "what was to be ended has ended");
    set.subscribe(4).unwrap();
    set.handle_open(now + SECOND);
    let (action, keys, second) = batch(&mut set, now + SECOND).unwrap();
    assert_eq!((action, keys), (Subscribe, vec![2, 1, 4]));
    assert!(!set.confirm(now, first));
    assert_eq!(counts(&set), (3, 0, 0));
    assert!(set.confirm(now, second));
    assert_eq!(counts(&set), (0, 3, 0));
}

#[test]
fn unsubscribing_in_each_phase() {
    let now = Instant::now();
    let mut set = set(10);
    // Not asked yet: forgotten.
    set.subscribe(1).unwrap();
    assert!(set.unsubscribe(&1));
    assert!(!set.unsubscribe(&1));
    set.handle_open(now);
    assert_eq!(batch(&mut set, now), None);

    // Asked and not answered: ended after.
    set.subscribe(2).unwrap();
    assert_eq!(batch(&mut set, now), Some((Subscribe, vec![2], 1)));
    assert!(set.unsubscribe(&2));
    assert!(!set.is_wanted(&2));
    assert_eq!(counts(&set), (0, 0, 1));
    assert!(set.confirm(now, 1));
    assert_eq!(
        counts(&set),
        (0, 0, 1),
        "a late confirmation changes nothing"
    );
    assert_eq!(
        batch(&mut set, now + SECOND),
        Some((Unsubscribe, vec![2], 2))
    );
    assert!(
        !set.received(now, &2),
        "the last data of a stream that is not wanted"
    );
    assert!(set.confirm(now, 2));
    assert_eq!(counts(&set), (0, 0, 0));
}

#[test]
fn a_change_of_mind_is_followed() {
    let now = Instant::now();
    let mut set = set(10);
    set.handle_open(now);
    set.subscribe(1).unwrap();
    let (_, _, request) = batch(&mut set, now).unwrap();
    set.confirm(now, request);
    // Taken back before it is sent: nothing is sent.
    set.unsubscribe(&1);
    assert_eq!(set.subscribe(1), Ok(true));
    assert_eq!(batch(&mut set, now + SECOND), None);
    assert_eq!(counts(&set), (0, 1, 0));
    // Taken back after: asked for again.
    set.unsubscribe(&1);
    let later = now + SECOND;
    assert_eq!(batch(&mut set, later).unwrap().0, Unsubscribe);
    assert_eq!(set.subscribe(1), Ok(true));
    let (action, keys, request) = batch(&mut set, later + SECOND).unwrap();
    assert_eq!((action, keys), (Subscribe, vec![1]));
    assert!(set.confirm(later, request));
    assert_eq!(counts(&set), (0, 1, 0));
}

#[test]
fn rejections_are_reported_and_cleaned() {
    let now = Instant::now();
    let mut set = set(2);
    set.handle_open(now);
    for key in [1, 2, 3] {
        set.subscribe(key).unwrap();
    }
    let (_, _, request) = batch(&mut set, now).unwrap();
    assert!(set.reject(request, "no\nsuch stream"));
    let reason = Some("no\u{fffd}such stream".to_owned());
    let rejection = |key| Rejection {
        key,
        reason: reason.clone(),
    };
    assert_eq!(set.poll_rejection(), Some(rejection(1)));
    assert_eq!(set.poll_rejection(), Some(rejection(2)));
    assert_eq!(set.poll_rejection(), None);
    batch(&mut set, now + SECOND).unwrap();
    assert!(set.reject_key(&3, "no"));
    assert!(!set.reject_key(&3, "no"));
    assert_eq!(counts(&set), (0, 0, 0));
    assert_eq!(set.poll_timeout(), None, "nothing is waited for");
}

#[test]
fn requests_without_an_answer_are_repeated_and_then_rejected() {
    let now = Instant::now();
    let mut set = set(10);
    set.handle_open(now);
    set.subscribe(1).unwrap();
    let (_, _, first) = batch(&mut set, now).unwrap();
    assert_eq!(set.poll_timeout(), Some(now + 5 * SECOND));
    set.handle_timeout(now + 4 * SECOND);
    assert_eq!(batch(&mut set, now + 4 * SECOND), None);
    set.handle_timeout(now + 5 * SECOND);
    let (action, keys, second) = batch(&mut set, now + 5 * SECOND).unwrap();
    assert_eq!((action, keys), (Subscribe, vec![1]));
    assert_ne!(first, second, "no number is used twice");
    assert!(!set.confirm(now, first));
    set.handle_timeout(now + 10 * SECOND);
    assert_eq!(
        set.poll_rejection(),
        Some(Rejection {
            key: 1,
            reason: None
        })
    );
    assert_eq!(counts(&set), (0, 0, 0));
}

#[test]
fn streams_without_data_are_stale() {
    let now = Instant::now();
    let mut set = set(10);
    set.handle_open(now);
    for key in [1, 2, 3] {
        set.subscribe(key).unwrap();
    }
    let (_, _, request) = batch(&mut set, now).unwrap();
    assert_eq!(
        set.stale(now + 100 * SECOND, SECOND),
        [],
        "none is confirmed"
    );
    set.confirm(now, request);
    set.received(now + 8 * SECOND, &2);
    let names: Vec<_> = set
        .stale(now + 10 * SECOND, 5 * SECOND)
        .into_iter()
        .map(|stale| (stale.stream, stale.age.as_secs()))
        .collect();
    assert_eq!(names, [("1".to_owned(), 10), ("3".to_owned(), 10)]);
}

#[test]
fn what_may_be_served_is_ended_even_without_an_answer() {
    let now = Instant::now();
    let mut set = set(10);
    set.handle_open(now);
    set.subscribe(8).unwrap();
    assert_eq!(batch(&mut set, now), Some((Subscribe, vec![8], 1)));
    set.handle_timeout(now + 5 * SECOND);
    assert!(set.unsubscribe(&8));
    assert_eq!(
        batch(&mut set, now + 5 * SECOND),
        Some((Unsubscribe, vec![8], 2))
    );
}

#[test]
fn what_was_never_confirmed_is_requested_again_after_a_change_of_mind() {
    let now = Instant::now();
    let mut set = set(10);
    set.handle_open(now);
    set.subscribe(2).unwrap();
    assert_eq!(batch(&mut set, now), Some((Subscribe, vec![2], 1)));
    // The answer is overdue, and the peer may have rejected it.
    set.handle_timeout(now + 5 * SECOND);
    assert!(set.unsubscribe(&2));
    assert_eq!(set.subscribe(2), Ok(true));
    assert_eq!(set.counts().confirmed, 0);
    assert_eq!(
        batch(&mut set, now + 6 * SECOND),
        Some((Subscribe, vec![2], 2))
    );
}

#[test]
fn what_an_unanswered_request_may_have_ended_is_requested_again() {
    let now = Instant::now();
    let mut set = set(10);
    set.handle_open(now);
    set.subscribe(2).unwrap();
    let (_, _, request) = batch(&mut set, now).unwrap();
    assert!(set.confirm(now, request));
    assert!(set.unsubscribe(&2));
    let at = now + SECOND;
    assert_eq!(batch(&mut set, at), Some((Unsubscribe, vec![2], 2)));
    set.handle_timeout(at + 5 * SECOND);
    assert_eq!(set.subscribe(2), Ok(true));
    assert_eq!(set.counts().confirmed, 0);
    assert_eq!(
        batch(&mut set, at + 6 * SECOND),
        Some((Subscribe, vec![2], 3))
    );
}

#[test]
fn there_is_a_limit() {
    let mut set = Subscriptions::new(Pacing::default().max_subscriptions(2));
    assert_eq!(set.subscribe("a"), Ok(true));
    assert_eq!(set.subscribe("b"), Ok(true));
    assert_eq!(set.subscribe("c"), Err(TooMany { limit: 2 }));
    assert_eq!(set.subscribe("a"), Ok(false));
}

/// What a test does to a set and to the peer's model.
#[derive(Clone, Debug)]
enum Op {
    Subscribe(u32),
    Unsubscribe(u32),
    Open,
    Close,
    Send,
    /// The peer answers its oldest request: 0 confirms, 1 rejects, 2 loses it.
    Answer(u8),
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..12_u32).prop_map(Op::Subscribe),
        4 => (0..12_u32).prop_map(Op::Unsubscribe),
        1 => Just(Op::Open),
        1 => Just(Op::Close),
        8 => Just(Op::Send),
        6 => (0..3_u8).prop_map(Op::Answer),
        2 => (0..9_u64).prop_map(Op::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happened before: a peer that confirms everything ends up with exactly what is
    /// wanted.
    #[test]
    fn a_peer_that_answers_converges_to_what_is_wanted(
        ops in prop::collection::vec(op(), 0..150),
        reopen: bool,
    ) {
        let mut now = Instant::now();
        let mut set = set(3);
        let mut wanted = BTreeSet::new();
        let mut peer = BTreeSet::new();
        let mut requests: VecDeque<Batch<u32>> = VecDeque::new();
        let mut numbers = BTreeSet::new();
        let mut open = false;
        let is_open = ops.iter().fold(false, |open, op| match op {
            Op::Open => true,
            Op::Close => false,
            _ => open,
        });
        let confirm_all = (reopen || !is_open).then_some(Op::Open).into_iter().chain(
            std::iter::repeat_n([Op::Wait(1), Op::Send, Op::Answer(0)], 100).flatten(),
        );
        for op in ops.into_iter().chain(confirm_all) {
            match op {
                Op::Subscribe(key) => {
                    set.subscribe(key).unwrap();
                    wanted.insert(key);
                }
                Op::Unsubscribe(key) => prop_assert_eq!(set.unsubscribe(&key), wanted.remove(&key)),
                Op::Open => {
                    set.handle_open(now);
                    (open, peer) = (true, BTreeSet::new());
                    requests.clear();
                }
                Op::Close => {
                    set.handle_close();
                    open = false;
                    requests.clear();
                }
                Op::Send => {
                    if let Some(batch) = set.poll_batch(now) {
                        prop_assert!(open && !batch.keys.is_empty() && batch.keys.len() <= 3);
                        prop_assert!(numbers.insert(batch.request), "a number was used twice");
                        // The peer does what it reads at once, whatever it answers.
                        for key in &batch.keys {
                            match batch.action {
                                Subscribe => peer.insert(*key),
                                Unsubscribe => peer.remove(key),
                            };
                        }
                        requests.push_back(batch);
                    }
                }
                Op::Answer(kind) => {
                    if let Some(batch) = requests.pop_front() {
                        match kind {
                            0 => { set.confirm(now, batch.request); }
                            1 => {
                                // It has read the later ones, too, and does not take those back.
                                let later = |key: &u32| {
                                    requests
                                        .iter()
                                        .any(|later| later.action == Subscribe && later.keys.contains(key))
                                };
                                if batch.action == Subscribe {
                                    peer.retain(|key| !batch.keys.contains(key) || later(key));
                                }
                                set.reject(batch.request, "no");
                            }
                            _ => {}
                        }
                    }
                }
                Op::Wait(seconds) => {
                    now += u32::try_from(seconds).unwrap() * SECOND;
                    set.handle_timeout(now);
                }
            }
            while let Some(rejection) = set.poll_rejection() {
                wanted.remove(&rejection.key);
                // One that was rejected for want of an answer may be served all the same, until it
                // is ended.
                peer.remove(&rejection.key);
            }
            for key in 0..12 {
                prop_assert_eq!(set.is_wanted(&key), wanted.contains(&key));
            }
            let counts = set.counts();
            prop_assert_eq!(counts.wanted(), wanted.len());
        }
        prop_assert_eq!(&peer, &wanted);
        prop_assert_eq!(set.counts().confirmed, wanted.len());
        prop_assert_eq!(set.counts().pending + set.counts().unsubscribing, 0);
    }
}
