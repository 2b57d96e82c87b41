//! Attempts where comments answer the gates: what is written, when, and what becomes of it afterwards.

use github_simulator::World;
use rollback_action::commands::{Ended, Exit};
use rollback_action::plan::Plan;

use super::{Standing, set_policy};
use crate::scenario::{Scenario, output};

pub(super) const CONFIRMED: &str = "critical-issue-confirmed";
pub(super) const LEADS: &str = "stakeholder-approval/technical-lead";
pub(super) const OWNERS: &str = "stakeholder-approval/product-owner";
pub(super) const GATES: &[&str] =
    &[CONFIRMED, "scope-assessed", "hotfix-ruled-out", LEADS, OWNERS, "communication-ready", "team-assembled"];
pub(super) const OWNERS_GATES: &[&str] = &["scope-assessed", OWNERS, "communication-ready"];

/// A plan that is asked on its incident.
pub(super) struct Asked {
    pub(super) scenario: Scenario,
    pub(super) document: String,
    pub(super) incident: u64,
}

impl Asked {
    pub(super) fn new() -> Self {
        Self::on(Scenario::private())
    }

    pub(super) fn with_policy(leads: &[&str], owners: &[&str], more: &str) -> Self {
        let scenario = Scenario::private();
        scenario.world(|world| set_policy(world, leads, owners, more));
        Self::on(scenario)
    }

    pub(super) fn on(scenario: Scenario) -> Self {
        let document = scenario.planned();
        let incident = scenario.opened(&document);
        Self { scenario, document, incident }
    }

    /// Another run makes another plan, which is asked on the same incident.
    pub(super) fn asked_anew(self) -> Self {
        let Self { scenario, incident, .. } = self;
        let scenario = scenario.asking(|arguments| arguments.reason = "it is worse than we thought".into());
        let asked = Self::on(scenario);
        assert_eq!(asked.incident, incident);
        asked
    }

    pub(super) fn line(&self, gate: &str) -> String {
        let plan = Plan::from_document(&self.document).unwrap();
        format!("/approve {gate} {}", plan.id().short())
    }

    pub(super) fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.scenario.world(change)
    }

    pub(super) fn comment(&self, login: &str, body: &str) -> u64 {
        self.world(|world| world.comment(self.incident, login, body))
    }

    pub(super) fn talk(&self, lines: usize) {
        for n in 0..lines {
            self.comment("owner-login", &format!("line {n}"));
        }
    }

    pub(super) fn approve(&self, gate: &str, login: &str) -> u64 {
        self.comment(login, &self.line(gate))
    }

    /// Every gate but these, as it should be.
    pub(super) fn answer_all_but(&self, left_out: &[&str]) {
        for gate in GATES.iter().filter(|gate| !left_out.contains(gate)) {
            self.approve(gate, if OWNERS_GATES.contains(gate) { "owner-login" } else { "lead-login" });
        }
    }

    pub(super) fn execute(&self) -> Ended {
        self.scenario.execute_after_comment("lead-login", &self.document)
    }

    /// `execute` refuses with these words, and nothing is written.
    #[track_caller]
    pub(super) fn is_refused(&self, words: &str) {
        let (log, before) = self.world(|world| (world.log.len(), Standing::of(world)));
        let ended = self.execute();
        let said: Vec<String> = ended.problems.iter().map(ToString::to_string).collect();
        assert_eq!(ended.exit, Exit::Gates, "{}\n{said:#?}", ended.text);
        assert!(said.iter().any(|line| line.contains(words)), "`{words}` is not in {said:#?}");
        assert_eq!(self.scenario.writes_after(log), [""; 0]);
        self.world(|world| assert_eq!(Standing::of(world), before));
    }

    #[track_caller]
    pub(super) fn is_carried_out(&self) {
        let ended = self.execute();
        assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
        self.world(|world| assert_eq!(world.pulls.len(), 1));
    }
}

#[test]
fn a_rollback_that_is_answered_by_comments_is_carried_out() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.is_carried_out();
}

#[test]
fn talk_that_is_edited_into_an_approval_does_not_count() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.comment("lead-login", "I am looking at it.");
    asked.world(|world| world.edit_comment(comment, &asked.line(CONFIRMED)));
    asked.is_refused("`lead-login` edited the comment");
}

#[test]
fn an_approval_that_was_edited_and_edited_back_does_not_count() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.approve(CONFIRMED, "lead-login");
    asked.world(|world| {
        world.edit_comment(comment, "/approve nothing");
        world.edit_comment(comment, &asked.line(CONFIRMED));
    });
    asked.is_refused("`lead-login` edited the comment");
}

#[test]
fn an_approval_written_anew_after_an_edited_one_counts() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.approve(CONFIRMED, "lead-login");
    asked.world(|world| world.edit_comment(comment, "/approve nothing"));
    asked.approve(CONFIRMED, "lead-login");
    asked.is_carried_out();
}

#[test]
fn a_deleted_approval_does_not_count() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.approve(CONFIRMED, "lead-login");
    asked.world(|world| world.delete_comment(comment, "lead-login"));
    asked.is_refused("it waits for `technical-lead`");
}

#[test]
fn a_hidden_approval_does_not_count() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.approve(CONFIRMED, "lead-login");
    asked.world(|world| world.comments.get_mut(&comment).unwrap().minimized = true);
    asked.is_refused("was hidden by somebody");
}

#[test]
fn what_is_quoted_shown_as_code_or_said_after_other_words_is_no_approval() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let line = asked.line(CONFIRMED);
    for body in [
        format!("> {line}"),
        format!("```\n{line}\n```"),
        format!("    {line}"),
        format!("`{line}`"),
        format!("\n{line}"),
        format!("Fine by me:\n{line}"),
        format!("<!-- -->{line}"),
        format!("@lead-login {line}"),
        format!("/approve hotfix-ruled-out {}\n\nand\n\n{line}", line.rsplit(' ').next().unwrap()),
        line.replace("critical-issue", "critical\u{2011}issue"),
        line.replace(' ', "\u{a0}"),
        line.replace("confirmed", "con\u{200b}firmed"),
        line.replace('e', "\u{435}"),
        line.to_uppercase(),
    ] {
        asked.comment("lead-login", &body);
    }
    asked.is_refused("it waits for `technical-lead`, who comment");
}

#[test]
fn an_approval_with_conditions_or_with_one_line_amiss_does_not_count() {
    for words in [" if the owner agrees", "\n/approve hotfix-ruled-out", "\n/approve hotfix-ruled-out 4f1c9a"] {
        let asked = Asked::new();
        asked.answer_all_but(&[CONFIRMED]);
        asked.comment("lead-login", &format!("{}{words}", asked.line(CONFIRMED)));
        asked.is_refused(if words.starts_with(' ') { "waits for" } else { "gate `critical-issue-confirmed`" });
    }
}

#[test]
fn six_digits_name_no_plan() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let line = asked.line(CONFIRMED);
    asked.comment("lead-login", &line[..line.len() - 6]);
    asked.is_refused("it waits for `technical-lead`");
    let ended = asked.scenario.answer(asked.incident, "lead-login", &line[..line.len() - 6]);
    assert_eq!((ended.exit, output(&ended, "approved").as_deref()), (Exit::Gates, Some("false")));
}

#[test]
fn a_comment_older_than_the_policy_lets_one_be_does_not_count() {
    let asked = Asked::new();
    asked.approve(CONFIRMED, "lead-login");
    asked.world(|world| world.clock.advance(chrono::Duration::hours(25)));
    asked.answer_all_but(&[CONFIRMED]);
    asked.is_refused("its approval is older than 24 h");
}

#[test]
fn gates_asked_in_order_are_answered_in_order() {
    let asked = Asked::with_policy(&["lead-login"], &["owner-login"], "approvals: { order: in-order }\n");
    let later = |asked: &Asked| asked.world(|world| world.clock.advance(chrono::Duration::minutes(1)));
    asked.approve("scope-assessed", "owner-login");
    later(&asked);
    asked.answer_all_but(&["scope-assessed"]);
    asked.is_refused("it was answered before the gates in front of it");
}
