//! The plan's document, from whoever handed it over, and every page made of it.
#![no_main]

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use rollback_action::plan::Plan;
use rollback_action::report;
use rollback_action::runner::defuse;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let Some(plan) = whole(&text) else { return };
    let again = Plan::from_document(&plan.to_document()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((&again, again.id()), (&plan, plan.id()));
    let now = DateTime::from_timestamp(1_718_100_000, 0).unwrap();
    rollback_action_fuzz::assert_tame(&defuse(&report::plan_text(&plan, now)));
    for page in
        [report::plan_markdown(&plan, now), report::release_notes(&plan), report::release_name(&plan), report::incident_title(&plan)]
    {
        rollback_action_fuzz::assert_tame(&defuse(&page));
    }
    let _ = (report::compare_link(&plan), report::pull_marker(&plan), report::incident_marker(&plan));
});

/// A document with its own digest, or one whose digest is made to fit: a forger can do that too.
fn whole(text: &str) -> Option<Plan> {
    if let Ok(plan) = Plan::from_document(text) {
        return Some(plan);
    }
    let value: Value = serde_json::from_str(text).ok()?;
    serde_json::from_value(value.get("plan")?.clone()).ok()
}
