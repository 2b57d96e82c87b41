//! Which number the rollback gets, and who gets what of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollback_action::versions::{Ecosystem, Question, Strategy, answer, parse_list};

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (Ok(bad), Ok(good), Ok(strategy), outlets) = (parse_list(line()), line().parse(), line().parse(), line()) else { return };
    let Ok(published) = parse_list(line()) else { return };
    if bad.is_empty() || bad.len() + published.len() > 40 {
        return;
    }
    let outlets = outlets.split(' ').filter_map(|word| word.parse().ok()).take(4);
    let ecosystems = outlets.map(|outlet| Ecosystem::new(outlet, "entity-core", None)).collect();
    let question = Question { bad, good, strategy, ecosystems, published };
    let first = answer(&question);
    assert_eq!(answer(&question), first, "the same question twice");
    match first {
        Ok(answer) => {
            assert!(!answer.to_text().is_empty());
            for version in &answer.choice.versions {
                assert!(
                    !question.published.contains(version) && !question.bad.contains(version) && *version != question.good,
                    "{version} is taken"
                );
                assert_eq!(version.as_str().parse().as_ref(), Ok(version));
            }
            let above = |version| question.bad.iter().all(|bad| version > bad);
            match answer.choice.strategy {
                Strategy::Forward | Strategy::ForwardBreaking => assert!(answer.choice.versions.iter().all(above)),
                Strategy::Patch => assert!(answer.choice.versions.iter().all(|version| *version > question.good)),
                Strategy::Auto => panic!("`auto` is no choice"),
                Strategy::Both | Strategy::Retag | Strategy::Explicit(_) => {}
            }
        }
        Err(refusals) => assert!(!refusals.is_empty()),
    }
});
