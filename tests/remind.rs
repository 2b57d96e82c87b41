//! Reminders while a gate waits: who, since when, in which phase, one further up the chain each time, and never twice.

use chrono::Duration;
use rollback_action::commands::Exit;
use rollback_action::domain::gate::Stage;
use rollback_action::gate::gate_job_name;
use rollback_action::plan::Plan;

use crate::scenario::Scenario;

struct Waiting {
    scenario: Scenario,
    document: String,
    incident: u64,
}

impl Waiting {
    /// Gates wait as jobs; the example's bad release is 13 hours old.
    fn in_jobs() -> Self {
        let scenario = Scenario::new();
        let document = scenario.planned();
        let plan = Plan::from_document(&document).unwrap();
        for environment in plan.environments(Stage::Execute) {
            let name = format!("rollback / {}", gate_job_name(environment, plan.id().short()));
            scenario.world(|world| world.start_job(scenario.run, &name, Some(environment)).unwrap());
        }
        let incident = scenario.opened(&document);
        Self { scenario, document, incident }
    }

    /// Gates wait for comments.
    fn in_comments() -> Self {
        let scenario = Scenario::private();
        let document = scenario.planned();
        let incident = scenario.opened(&document);
        Self { scenario, document, incident }
    }

    fn after(&self, minutes: i64) -> Vec<String> {
        self.scenario.world(|world| world.clock.advance(Duration::minutes(minutes)));
        let before = self.reminders().len();
        let ended = self.scenario.remind();
        assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
        self.reminders().split_off(before)
    }

    fn reminders(&self) -> Vec<String> {
        self.scenario.world(|world| {
            let comments = world.comments.values().filter(|comment| comment.number == self.incident);
            comments
                .filter(|comment| comment.body.starts_with("<!-- rollback-action:reminded:"))
                .map(|comment| comment.body.clone())
                .collect()
        })
    }

    fn approve_all(&self, login: &str, gates: &[&str]) {
        let plan = Plan::from_document(&self.document).unwrap();
        let lines: String = gates.iter().map(|gate| format!("/approve {gate} {}\n", plan.id().short())).collect();
        self.scenario.world(|world| world.comment(self.incident, login, &lines));
    }
}

#[test]
fn people_are_reminded_after_the_policy_s_time_each_time_further_up_and_never_twice() {
    for waiting in [Waiting::in_jobs(), Waiting::in_comments()] {
        assert_eq!(waiting.after(30), [""; 0]);
        let first = waiting.after(40);
        assert_eq!(first.len(), 1);
        for words in [
            "waits for 7 approvals since ",
            ", 1 h 10 min:**",
            "product-owner (@owner-login)",
            "\"Decision point for rollback\" of Technical Lead",
        ] {
            assert!(first[0].contains(words), "no {words:?} in\n{}", first[0]);
        }
        assert!(!first[0].contains("went unanswered"), "{}", first[0]);
        assert_eq!(waiting.after(0), [""; 0], "never the same twice");
        let second = waiting.after(60);
        assert!(second.len() == 1 && second[0].contains("so this is for Technical Lead (@lead-login) too"), "{second:?}");
        let third = waiting.after(60);
        assert!(third.len() == 1 && third[0].contains("Technical Lead (@lead-login) and Release Manager too"), "{third:?}");
        assert_eq!(waiting.after(60), [""; 0], "there is nobody further up");
        assert_eq!(waiting.after(600), [""; 0]);
    }
}

#[test]
fn a_schedule_that_did_not_run_is_made_up_for_by_one_reminder() {
    let waiting = Waiting::in_comments();
    assert_eq!(waiting.after(150).len(), 1);
    assert_eq!(waiting.after(0), [""; 0]);
    assert!(waiting.reminders()[0].contains("reminded:") && waiting.reminders()[0].contains(":2 -->"));
}

#[test]
fn only_those_who_have_not_answered_are_reminded() {
    let waiting = Waiting::in_comments();
    waiting.approve_all("owner-login", &["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"]);
    let said = waiting.after(70);
    assert!(said[0].contains("waits for 4 approvals") && !said[0].contains("@owner-login"), "{said:?}");
    let waiting = Waiting::in_jobs();
    waiting.scenario.world(|world| world.approve(waiting.scenario.run, "rollback-scope-assessed", "owner-login", "seen").unwrap());
    assert!(waiting.after(70)[0].contains("waits for 6 approvals"));
}

#[test]
fn nobody_is_reminded_of_what_is_done_rejected_or_closed() {
    let waiting = Waiting::in_comments();
    waiting.scenario.world(|world| world.comment(waiting.incident, "owner-login", "/reject scope-assessed"));
    assert_eq!(waiting.after(70), [""; 0]);
    let waiting = Waiting::in_comments();
    waiting.approve_all("owner-login", &["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"]);
    waiting.approve_all(
        "lead-login",
        &["critical-issue-confirmed", "hotfix-ruled-out", "stakeholder-approval/technical-lead", "team-assembled"],
    );
    assert_eq!(waiting.scenario.execute_after_comment("lead-login", &waiting.document).exit, Exit::Done);
    assert_eq!(waiting.after(26 * 60), [""; 0], "approvals grow old, and what they were for is done");
    let waiting = Waiting::in_jobs();
    waiting.scenario.world(|world| world.issues.get_mut(&waiting.incident).unwrap().open = false);
    assert_eq!(waiting.after(70), [""; 0]);
}

#[test]
fn a_reminder_that_a_person_wrote_stops_none_of_ours() {
    let waiting = Waiting::in_jobs();
    let plan = Plan::from_document(&waiting.document).unwrap();
    let body = format!("<!-- rollback-action:reminded:{}:9 -->", plan.id().short());
    waiting.scenario.world(|world| world.comment(waiting.incident, "somebody", &body));
    assert_eq!(waiting.after(70).len(), 1);
}

#[test]
fn a_rejected_environment_ends_the_run_with_who_and_why_on_the_page() {
    let waiting = Waiting::in_jobs();
    waiting.scenario.world(|world| {
        world.reject(waiting.scenario.run, "rollback-scope-assessed", "owner-login", "only 2 % of users").unwrap();
    });
    let ended = waiting.scenario.incident(&waiting.document);
    assert_eq!(ended.exit, Exit::Gates);
    assert!(ended.problems[0].error.contains("rejected by owner-login (`only 2 % of users`)"), "{:?}", ended.problems);
    let page = waiting.scenario.world(|world| world.issues[&waiting.incident].body.clone().unwrap());
    assert!(page.contains("**Stopped: ") && page.contains("rejected by owner-login"), "{page}");
    assert!(page.contains("since 20"), "the others still wait, and the page says since when\n{page}");
}
