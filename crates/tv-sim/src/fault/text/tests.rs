use std::time::Duration;

use crate::fault::{action::Action, plan::FaultPlan, when::When};

/// One rule of each action and each condition.
const EVERYTHING: &str = r#"seed 42
when connection 1 do refuse
when connection 2..4 do http 429 "Retry-After: 7" body "slow \"down\"" times 3
when connection 5.. and time 5s..10s do http 503
when request "POST scanner" and nth 2..3 do http 429 "Retry-After: 7"
when request "/symbol_search" and every 3 and times 2 do cut 100
when request "/symbol_search" do cut 100 chunked
when request "/symbol_search" do cut 0 held
when request "" and time 5s and chance 50% do bomb 64
when request "/scan" do delay 1s..2s
when byte 512 do reset
when connection * and byte 0 do fin
when age 3s do black-hole out for 20s
when time 1m do black-hole both
when age 1500ms do drip 1 every 100ms for 2s
when connection 1 do slice 7
when kind du|qsd and every 3 do delay 0s..2s
when frame 3..9 and chance 12.5% do delay 250ms
when kind series_completed and nth 1 do drop
when kind du and containing "SIM:A" and times 2 do stall for 30s
when kind * and nth 2..3 do duplicate 2
when kind du do reorder 50
when byte 100 do corrupt
when frame 4 do corrupt
when kind qsd do length +1
when kind qsd do length -2
when kind qsd do length "99999999999999999999"
when age 1s do close 1012 "service restart"
when age 1s do close
when frame 2 do raw "\x81\x02\xff\xfe" times 9
when age 1s do text "no frame \\ at\nall"
when age 1s do binary "\x00"
when age 1s do frame "{\"m\":\"zzz\",\"p\":[]}"
when age 1s do ping 10000
when kind du and nth 2 do critical-error "unknown_session_id"
when kind symbol_resolved do symbol-error "invalid symbol"
when kind series_completed do series-error "resolve error"
when kind series_completed and nth 2 do late-correction 3
when kind du and nth 3 do skip-bars 2
when kind study_completed and nth 1 do study-error "Calculation timed out"
when age 9s do protocol-error "wrong data"
when connection 1 do heartbeats off
when connection 2 do heartbeats every 50ms
when connection 3 do heartbeats wrong
when age 5s do heartbeats on
when age 5s do expire-token
when time 5s do restart losing for 20s
when kind timescale_update and nth 2 do restart keeping for 0s
"#;

#[test]
fn what_is_written_is_read_back() {
    let plan: FaultPlan = EVERYTHING.parse().unwrap();
    assert_eq!((plan.seed(), plan.rules().len()), (42, 47));
    let written = plan.to_string();
    assert_eq!(written.parse(), Ok(plan), "{written}");
    // What was written in the usual form stays as it is.
    let lines = EVERYTHING.lines().zip(written.lines());
    let changed: Vec<_> = lines.filter(|(one, other)| one != other).collect();
    assert_eq!(
        changed,
        [
            ("when connection * and byte 0 do fin", "when byte 0 do fin"),
            (
                "when time 1m do black-hole both",
                "when time 60s do black-hole both"
            ),
        ]
    );
}

#[test]
fn text_and_building_say_the_same() {
    let plan: FaultPlan =
        "# a comment\n\n  when connection 2 and age 1s..3s and kind du do drop # so\nseed 3"
            .parse()
            .unwrap();
    let (from, to) = (Duration::from_secs(1), Duration::from_secs(3));
    let when = When::always()
        .connection(2)
        .ages_between(from, to)
        .kind("du");
    assert_eq!(plan, FaultPlan::new(3).rule(when, Action::Drop));
    assert_eq!("".parse(), Ok(FaultPlan::default()));
}

#[test]
fn what_is_wrong_is_reported_with_its_place() {
    for (text, line, column, about) in [
        ("if connection 1 do reset", 1, 1, "begins with"),
        ("when", 1, 5, "a condition is one of connection"),
        ("\nwhen connection one do reset", 2, 17, "a number"),
        ("when connection 1 reset", 1, 19, "`do`"),
        (
            "when connection 1 do explode",
            1,
            22,
            "`explode` is not an action",
        ),
        ("when connection 1 do reset now", 1, 28, "nothing more"),
        ("when connection 1 do", 1, 21, "an action"),
        ("when connection 0 do reset", 1, 22, "counts from 1"),
        ("when connection 5..2 do reset", 1, 25, "a range grows"),
        ("when age 5 do reset", 1, 10, "such as `20s`"),
        ("when age 5s..2s and kind du do drop", 1, 32, "grows"),
        ("when age 5s..9s do reset", 1, 20, "`for`"),
        ("when age 5s do drop", 1, 16, "needs a frame"),
        ("when byte 5 do duplicate", 1, 16, "needs a frame"),
        ("when byte 5 do close", 1, 16, "middle of bytes"),
        ("when byte 5 and kind du do reset", 1, 28, "bytes, not"),
        ("when kind du do refuse", 1, 17, "opening"),
        ("when kind d-u do drop", 1, 11, "a kind"),
        ("when kind du and kind qsd do drop", 1, 18, "said before"),
        ("when connection 1 do http 99", 1, 22, "between 100 and 599"),
        ("when connection 1 do http 200 \"no header\"", 1, 31, "Name"),
        ("when age 1s do raw \"abc", 1, 20, "not closed"),
        ("when age 1s do raw \"\\q\"", 1, 21, "are known"),
        ("when age 1s do raw \"\\x4\"", 1, 21, "hexadecimal"),
        ("when age 1s do text \"\\xff\"", 1, 21, "UTF-8"),
        ("when chance 200% do reset", 1, 13, "`10%`"),
        ("when chance 0% do reset", 1, 19, "above 0"),
        ("when kind du do length 5", 1, 24, "`+N`"),
        ("when age 1s do heartbeats loud", 1, 27, "`off`"),
        ("when age 1s do ping 0", 1, 16, "between 1"),
        ("when request \"/x\" do cut 5 short", 1, 28, "nothing more"),
        ("seed x", 1, 6, "a seed"),
    ] {
        let error = text.parse::<FaultPlan>().unwrap_err();
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{text}: {error}"
        );
        assert!(error.reason.contains(about), "{text}: {error}");
    }
}

#[test]
fn no_text_is_too_strange() {
    use rand_core::{Rng, SeedableRng};
    let mut draws = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let mut below = |bound: usize| (draws.next_u64() % bound.max(1) as u64) as usize;
    let (lines, words): (Vec<&str>, Vec<&str>) = (
        EVERYTHING.lines().collect(),
        EVERYTHING.split_whitespace().collect(),
    );
    let mut understood = 0;
    for _ in 0..20_000 {
        let mut line: Vec<char> = lines[below(lines.len())].chars().collect();
        for _ in 0..below(4) {
            let at = below(line.len() + 1);
            match below(3) {
                0 => line.truncate(at),
                1 => {
                    let word = words[below(words.len())].chars();
                    line.splice(at..at, word.chain([' ']));
                }
                _ => line.insert(at, ['"', '\\', 'é', '#', '9', '.', '|', '\0'][below(8)]),
            }
        }
        let text: String = line.into_iter().collect();
        match text.parse::<FaultPlan>() {
            Ok(plan) => {
                understood += 1;
                assert_eq!(plan.to_string().parse().as_ref(), Ok(&plan), "{text}");
            }
            Err(error) => {
                let columns = text.chars().count() + 1;
                assert!(
                    error.line == 1 && error.column <= columns,
                    "{text}: {error}"
                );
            }
        }
    }
    assert!((2000..18_000).contains(&understood), "{understood}");
}
