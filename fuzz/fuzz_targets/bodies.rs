//! Pages that people edit and this program reads again: release notes, pull request, incident, commit message.
#![no_main]

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use rollback_action::domain::gate::Stage;
use rollback_action::plan::{BANNER_START, Plan, plan_id_in};
use rollback_action::report::{self, IncidentView, Seen};

fuzz_target!(|data: &[u8]| {
    let body = rollback_action_fuzz::text(data);
    let plan = rollback_action_fuzz::example_plan();

    let once = report::with_banner(&body, plan);
    assert_eq!(report::with_banner(&once, plan), once, "a second banner");
    if report::banner_fits(&body, plan) {
        assert_eq!(once.lines().filter(|line| line.trim() == BANNER_START).count(), 1);
    }
    if !body.contains("rollback-action:banner") {
        assert!(once.ends_with(&*body), "the notes are their owner's");
    }

    let page = incident(plan, Some(&body));
    assert!(page.contains(&report::incident_marker(plan)));
    assert_eq!(incident(plan, Some(&page)), page, "a second time");
    assert!(page.chars().count() <= 65_536);

    if let Some(document) = report::plan_in(&body) {
        let _ = Plan::from_document(&document);
    }
    let _ = (plan_id_in(&body), report::broken_glass_in(&body));
});

fn incident(plan: &Plan, previous: Option<&str>) -> String {
    report::incident_body(&IncidentView {
        plan,
        in_force: plan,
        open: Some(Stage::Execute),
        approvals: &[],
        rejected: &[],
        waiting: &[],
        run: Some("https://github.example/acme/entity-core/actions/runs/1"),
        branch: Seen::There,
        pull: None,
        banner: Seen::Unknown,
        latest: None,
        released: None,
        broken_glass: None,
        entries: &[],
        now: DateTime::from_timestamp(1_718_100_000, 0).unwrap(),
        previous_body: previous,
    })
}
