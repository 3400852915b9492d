//! Random faults against the model: whatever happens, closed bars are complete, once each, in
//! order.

use proptest::prelude::*;

use super::{model::World, *};

#[derive(Clone, Debug)]
enum Op {
    Pass(i64),
    Cut,
    Connect,
    /// Connects, and loses the connection after this number of messages.
    Try(usize),
    /// A message of the past comes again.
    Late(prop::sample::Index),
    /// The newest message comes twice.
    Twice,
    Critical,
    LoseCompletion,
    /// The live updates of this number of bars are lost, from the next bar on.
    Hole(i64),
    Malformed,
    /// A second connection is made, or continues for this number of messages.
    Renew(usize),
    /// It takes the place of the first.
    Switch,
    /// It is lost.
    Abandon,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => (1_i64..40).prop_map(Op::Pass),
        1 => (200_i64..2_000).prop_map(Op::Pass),
        4 => Just(Op::Cut),
        4 => Just(Op::Connect),
        4 => (0_usize..10).prop_map(Op::Try),
        2 => any::<prop::sample::Index>().prop_map(Op::Late),
        2 => Just(Op::Twice),
        2 => Just(Op::Critical),
        1 => Just(Op::LoseCompletion),
        2 => (1_i64..6).prop_map(Op::Hole),
        1 => Just(Op::Malformed),
        4 => (0_usize..10).prop_map(Op::Renew),
        2 => Just(Op::Switch),
        1 => Just(Op::Abandon),
    ]
}

fn apply(world: &mut World, op: &Op) {
    match op {
        Op::Pass(steps) => world.pass(*steps),
        Op::Cut => world.cut(),
        Op::Connect => {
            world.connect();
            world.talk(usize::MAX);
        }
        Op::Try(messages) => {
            world.cut();
            world.connect();
            world.talk(*messages);
            world.cut();
        }
        Op::Late(index) => {
            // Of sessions that are gone, at any time.
            let live = world.session();
            let is_old = |text: &&String| {
                live.as_ref()
                    .is_none_or(|live| !text.contains(live.as_str()))
                    && !text.contains("timestampMs")
            };
            let old: Vec<String> = world.old.iter().filter(is_old).cloned().collect();
            if world.is_connected && !old.is_empty() {
                let text = old[index.index(old.len())].clone();
                world.arrive(&text);
            }
        }
        Op::Twice => {
            if let Some(text) = world.old.last().cloned()
                && world.is_connected
            {
                world.arrive(&text);
            }
        }
        Op::Critical => {
            if let Some(session) = world.session() {
                world.server.handle_void(&session);
                world.arrive(&format!(
                    r#"{{"m":"critical_error","p":["{session}","oops","x"]}}"#
                ));
                world.talk(usize::MAX);
            }
        }
        Op::Renew(messages) => world.renew(*messages),
        Op::Switch => {
            // Of a page, a lost one is a gap.
            world.lost_completions = 0;
            world.switch();
            world.talk(usize::MAX);
        }
        Op::Abandon => world.abandon(),
        Op::LoseCompletion => world.lost_completions += 1,
        Op::Hole(bars) => {
            let next = world.server.current() + 1;
            world.server.hole = next..next + bars;
        }
        Op::Malformed => {
            if let Some(session) = world.session()
                && world.reader.is_loaded
            {
                world.arrive(&format!(r#"{{"m":"du","p":["{session}",5]}}"#));
                world.talk(usize::MAX);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn closed_bars_are_complete_once_each_and_in_order(
        ops in prop::collection::vec(op(), 1..40),
        page in prop::sample::select(vec![4_i64, 50, 20_000]),
        strays in prop::option::of(0_i64..3),
    ) {
        let mut world = World::new();
        world.server.page = page;
        world.strays = strays;
        world.rig.add_series(SERIES, request().count(20));
        world.talk(usize::MAX);
        for op in &ops {
            apply(&mut world, op);
        }
        world.lost_completions = 0;
        world.connect();
        world.talk(usize::MAX);
        // All pauses between attempts pass: renewals wait for a minute at most. A hole shows with
        // the next bar, which may open after a break of the market.
        world.pass(170);
        prop_assert_eq!(&world.reader.failed, &None);
        prop_assert!(world.reader.is_complete(&world.server));
        prop_assert!(world.reader.gaps.is_empty(), "{:?}", world.reader.gaps);
    }
}
