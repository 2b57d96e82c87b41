//! `.github/rollback.yml`: every text is a policy or a list of problems, each with its place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollback_action::config;

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let review = config::review(&text, "rollback.yml");
    match &review.policy {
        Ok(policy) => {
            // A byte order mark says nothing, and the same text the same thing.
            assert_eq!(config::parse(&format!("\u{feff}{}", text.trim_start_matches('\u{feff}')), "rollback.yml").as_ref(), Ok(policy));
            assert!(!policy.roles.is_empty() && policy.gates.iter().all(|gate| !gate.approvals.is_empty()));
            for ask in policy.gates.iter().flat_map(|gate| &gate.approvals) {
                assert!(!ask.roles.is_empty() && ask.roles.iter().all(|role| policy.roles.contains_key(role)), "{ask:?}");
            }
        }
        Err(problems) => assert!(!problems.list().is_empty()),
    }
    let lines = text.split('\n').count() + 1;
    let problems = review.policy.as_ref().err().map(|problems| problems.list()).unwrap_or_default();
    for problem in problems.iter().chain(&review.notes) {
        assert!((1..=lines).contains(&problem.line) && problem.column > 0, "{problem:?}");
        let said = problem.to_string();
        let hidden = said.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(hidden, None, "{said:?}");
    }
});
