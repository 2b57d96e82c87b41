//! Attempts where comments answer the gates: what is written, by whom, where, and what becomes of it afterwards.

use github_simulator::World;
use github_simulator::world::{Account, AccountKind, Role};
use rollback_action::commands::{Ended, Exit, LateStage, REQUESTER};
use rollback_action::observe::POLICY_PATH;
use rollback_action::plan::Plan;

use super::{Standing, policy, set_policy};
use crate::scenario::{Scenario, output};

const CONFIRMED: &str = "critical-issue-confirmed";
const LEADS: &str = "stakeholder-approval/technical-lead";
const OWNERS: &str = "stakeholder-approval/product-owner";
const GATES: &[&str] = &[CONFIRMED, "scope-assessed", "hotfix-ruled-out", LEADS, OWNERS, "communication-ready", "team-assembled"];
const OWNERS_GATES: &[&str] = &["scope-assessed", OWNERS, "communication-ready"];

/// A plan that is asked on its incident.
struct Asked {
    scenario: Scenario,
    document: String,
    incident: u64,
}

impl Asked {
    fn new() -> Self {
        Self::on(Scenario::private())
    }

    fn with_policy(leads: &[&str], owners: &[&str], more: &str) -> Self {
        let scenario = Scenario::private();
        scenario.world(|world| set_policy(world, leads, owners, more));
        Self::on(scenario)
    }

    fn on(scenario: Scenario) -> Self {
        let document = scenario.planned();
        let incident = scenario.opened(&document);
        Self { scenario, document, incident }
    }

    /// Another run makes another plan, which is asked on the same incident.
    fn asked_anew(self) -> Self {
        let Self { scenario, incident, .. } = self;
        let scenario = scenario.asking(|arguments| arguments.reason = "it is worse than we thought".into());
        let asked = Self::on(scenario);
        assert_eq!(asked.incident, incident);
        asked
    }

    fn line(&self, gate: &str) -> String {
        let plan = Plan::from_document(&self.document).unwrap();
        format!("/approve {gate} {}", plan.id().short())
    }

    fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.scenario.world(change)
    }

    fn comment(&self, login: &str, body: &str) -> u64 {
        self.world(|world| world.comment(self.incident, login, body))
    }

    fn talk(&self, lines: usize) {
        for n in 0..lines {
            self.comment("owner-login", &format!("line {n}"));
        }
    }

    fn approve(&self, gate: &str, login: &str) -> u64 {
        self.comment(login, &self.line(gate))
    }

    /// Every gate but these, as it should be.
    fn answer_all_but(&self, left_out: &[&str]) {
        for gate in GATES.iter().filter(|gate| !left_out.contains(gate)) {
            self.approve(gate, if OWNERS_GATES.contains(gate) { "owner-login" } else { "lead-login" });
        }
    }

    fn execute(&self) -> Ended {
        self.scenario.execute_after_comment("lead-login", &self.document)
    }

    /// `execute` refuses with these words, and nothing is written.
    #[track_caller]
    fn is_refused(&self, words: &str) {
        let (log, before) = self.world(|world| (world.log.len(), Standing::of(world)));
        let ended = self.execute();
        let said: Vec<String> = ended.problems.iter().map(ToString::to_string).collect();
        assert_eq!(ended.exit, Exit::Gates, "{}\n{said:#?}", ended.text);
        assert!(said.iter().any(|line| line.contains(words)), "`{words}` is not in {said:#?}");
        assert_eq!(self.scenario.writes_after(log), [""; 0]);
        self.world(|world| assert_eq!(Standing::of(world), before));
    }

    #[track_caller]
    fn is_carried_out(&self) {
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
fn an_outsider_whose_login_looks_alike_does_not_count() {
    for login in ["lead-1ogin", "Iead-login", "lead-login1", "leadlogin"] {
        let asked = Asked::new();
        asked.world(|world| world.add_person(login, Role::Write));
        asked.answer_all_but(&[CONFIRMED]);
        asked.approve(CONFIRMED, login);
        asked.is_refused(&format!("`{login}` is not among the `users` of `technical-lead`"));
    }
}

#[test]
fn whoever_asked_cannot_answer_by_a_comment() {
    let asked = Asked::with_policy(&["lead-login", REQUESTER], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, REQUESTER);
    asked.is_refused("`release-manager` asked for the rollback and may not approve it");
}

#[test]
fn whoever_dispatched_cannot_answer_under_another_name_in_the_plan() {
    let scenario = Scenario::private().asking(|arguments| arguments.requester = Some("somebody-else".into()));
    scenario.world(|world| set_policy(world, &["lead-login", REQUESTER], &["owner-login"], ""));
    let asked = Asked::on(scenario);
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, REQUESTER);
    asked.is_refused("`release-manager` asked for the rollback");
}

#[test]
fn a_requester_named_in_other_letters_is_the_same_person() {
    let asked = Asked::with_policy(&["lead-login", "RELEASE-Manager"], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, REQUESTER);
    asked.is_refused("asked for the rollback and may not approve it");
}

#[test]
fn an_app_cannot_answer_by_a_comment() {
    let asked = Asked::new();
    asked.world(|world| world.people.insert("lead-login[bot]".into(), Account::bot("lead-login[bot]", 77)));
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "lead-login[bot]");
    asked.is_refused("`lead-login[bot]` is an app");
}

#[test]
fn an_account_of_the_kind_bot_cannot_answer_under_a_person_s_name() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "lead-login");
    asked.world(|world| world.people.get_mut("lead-login").unwrap().kind = AccountKind::Bot);
    asked.is_refused("`lead-login[bot]` is an app");
}

#[test]
fn a_comment_of_a_deleted_account_does_not_count() {
    let asked = Asked::with_policy(&["lead-login", "ghost"], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "ghost");
    asked.is_refused("an account that no longer exists");
}

#[test]
fn somebody_who_was_removed_from_the_repository_does_not_count() {
    let asked = Asked::with_policy(&["lead-login", "lead-two"], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "lead-two");
    asked.world(|world| world.people.get_mut("lead-two").unwrap().role = Role::None);
    asked.is_refused("`lead-two` is no collaborator of the repository any more");
}

#[test]
fn an_approver_taken_out_of_the_role_after_the_comment_does_not_count() {
    let asked = Asked::with_policy(&["lead-login", "lead-two"], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "lead-two");
    asked.world(|world| world.push_file(POLICY_PATH, &policy(&["lead-login"], &["owner-login"], ""), "Lead two left").unwrap());
    asked.is_refused("`lead-two` is not in `technical-lead` any more");
}

#[test]
fn somebody_put_into_the_role_after_the_plan_cannot_answer() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    asked.world(|world| set_policy(world, &["lead-login", "friend"], &["owner-login"], ""));
    asked.approve(CONFIRMED, "friend");
    asked.is_refused("`friend` is not among the `users` of `technical-lead`");
}

#[test]
fn one_person_on_both_parts_of_a_gate_is_one_too_few() {
    let asked = Asked::with_policy(&["lead-login"], &["owner-login", "lead-login"], "");
    asked.answer_all_but(&[OWNERS]);
    asked.approve(OWNERS, "lead-login");
    asked.is_refused("`stakeholder-approval` takes 2 different people, and was approved by `lead-login` alone");
}

#[test]
fn one_person_s_comments_on_every_gate_are_one_too_few() {
    let more = "gates:\n  stakeholder-approval: { enabled: false }\n";
    let asked = Asked::with_policy(&["lead-login", "lead-two"], &["owner-login", "lead-login"], more);
    for gate in GATES.iter().filter(|gate| !gate.contains('/')) {
        asked.approve(gate, "lead-login");
    }
    asked.is_refused("the policy asks for at least 2 different people");
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
fn a_comment_that_approves_an_older_plan_does_not_count() {
    let old = Asked::new();
    let line = old.line(CONFIRMED);
    let asked = old.asked_anew();
    asked.answer_all_but(&[CONFIRMED]);
    asked.comment("lead-login", &line);
    asked.is_refused("it was approved for another plan");
}

#[test]
fn an_older_plan_is_not_carried_out_once_a_newer_one_is_asked() {
    let old = Asked::new();
    old.answer_all_but(&[]);
    let document = old.document.clone();
    let asked = Asked { document, ..old.asked_anew() };
    asked.is_refused("now, not for");
}

#[test]
fn an_approval_given_before_the_plan_was_asked_does_not_count() {
    let first = Asked::new();
    let Asked { scenario, incident, .. } = first;
    let scenario = scenario.asking(|arguments| arguments.reason = "planned elsewhere first".into());
    let document = scenario.planned();
    let asked = Asked { scenario, document, incident };
    asked.answer_all_but(&[]);
    asked.scenario.opened(&asked.document);
    asked.answer_all_but(&[CONFIRMED]);
    asked.is_refused("it was approved before the plan was asked here");
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

#[test]
fn comments_on_another_issue_do_not_count() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let other = asked.world(|world| {
        let (mut copy, number) = (world.issues[&asked.incident].clone(), world.next_number());
        (copy.number, copy.id, copy.author) = (number, world.next_id(), "lead-login".into());
        world.issues.insert(number, copy);
        number
    });
    let ended = asked.scenario.answer(other, "lead-login", &asked.line(CONFIRMED));
    assert_eq!((ended.exit, output(&ended, "approved").as_deref()), (Exit::Gates, Some("false")));
    assert!(ended.problems[0].error.contains("no run asked anything on issue"), "{:?}", ended.problems);
    asked.is_refused("it waits for `technical-lead`");
}

#[test]
fn comments_on_a_pull_request_start_nothing() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.is_carried_out();
    let pull = asked.world(|world| *world.pulls.keys().next().unwrap());
    let ended = asked.scenario.answer(pull, "lead-login", &asked.line(CONFIRMED));
    assert_eq!((ended.exit, output(&ended, "approved").as_deref()), (Exit::Gates, Some("false")));
    assert!(ended.problems[0].error.contains("is no issue of this repository"), "{:?}", ended.problems);
}

#[test]
fn an_issue_that_came_from_another_repository_holds_no_answers() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.world(|world| world.transferred.insert(asked.incident));
    asked.is_refused("came from another repository");
}

#[test]
fn a_rejection_among_hundreds_of_comments_is_found() {
    let asked = Asked::new();
    asked.talk(150);
    asked.answer_all_but(&[]);
    asked.talk(90);
    asked.comment("owner-login", "/reject scope-assessed");
    asked.is_refused("gate `scope-assessed`: rejected by owner-login");
}

#[test]
fn an_approval_after_a_rejection_changes_nothing() {
    let asked = Asked::new();
    asked.comment("lead-login", "/reject critical-issue-confirmed it is a configuration error");
    asked.answer_all_but(&[]);
    asked.is_refused("rejected by lead-login (`it is a configuration error`)");
}

#[test]
fn a_comment_that_approves_and_rejects_rejects() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    asked.comment("lead-login", &format!("{}\n/reject {CONFIRMED}", asked.line(CONFIRMED)));
    asked.is_refused("rejected by lead-login");
}

#[test]
fn a_rejection_of_somebody_who_may_not_answer_stops_nothing() {
    let asked = Asked::new();
    asked.world(|world| world.add_person("stranger", Role::Read));
    asked.answer_all_but(&[]);
    asked.comment("stranger", "/reject critical-issue-confirmed");
    asked.comment("owner-login", "/reject critical-issue-confirmed");
    asked.is_carried_out();
}

#[test]
fn a_rejection_that_is_edited_away_stays() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.comment("lead-login", "/reject critical-issue-confirmed");
    assert_eq!(asked.scenario.answer_to(asked.incident, comment, "lead-login").exit, Exit::Gates);
    asked.world(|world| world.edit_comment(comment, "never mind"));
    asked.approve(CONFIRMED, "lead-login");
    asked.is_refused("the plan was rejected by a comment that was changed or deleted since");
}

#[test]
fn a_rejection_that_is_deleted_stays() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.comment("lead-login", "/reject critical-issue-confirmed");
    assert_eq!(asked.scenario.answer_to(asked.incident, comment, "lead-login").exit, Exit::Gates);
    asked.world(|world| world.delete_comment(comment, "lead-login"));
    asked.approve(CONFIRMED, "lead-login");
    asked.is_refused("the plan was rejected by a comment that was changed or deleted since");
}

#[test]
fn somebody_else_s_comment_that_was_deleted_may_have_been_a_no() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    let comment = asked.comment("owner-login", "/reject scope-assessed");
    asked.world(|world| world.delete_comment(comment, "the-administrator"));
    asked.is_refused("a comment of `owner-login` was deleted");
}

#[test]
fn the_record_of_a_rejection_cannot_be_deleted_unseen() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    let comment = asked.comment("owner-login", "/reject scope-assessed");
    assert_eq!(asked.scenario.answer_to(asked.incident, comment, "owner-login").exit, Exit::Gates);
    asked.world(|world| {
        let found = world.comments.values().find(|one| one.body.starts_with("<!-- rollback-action:rejected:")).unwrap();
        let record = found.id;
        world.delete_comment(record, "the-administrator");
        world.delete_comment(comment, "owner-login");
    });
    asked.is_refused("a comment of `github-actions[bot]` was deleted");
}

#[test]
fn a_plan_that_was_edited_where_it_is_asked_is_approved_by_nobody() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.world(|world| {
        let found = world.comments.values().find(|one| one.body.starts_with("<!-- rollback-action:asked:")).unwrap();
        let (id, body) = (found.id, found.body.clone());
        world.edit_comment(id, &body);
    });
    asked.is_refused("the comment that holds the plan was edited");
}

#[test]
fn a_plan_that_a_person_posts_is_not_asked() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    let mut plan = Plan::from_document(&asked.document).unwrap();
    plan.gates.truncate(1);
    let body = format!("<!-- rollback-action:asked:{} -->\n\n{}\n", asked.scenario.run, rollback_action::plan::embedded(&plan));
    asked.comment("lead-login", &body);
    let forged = Asked { document: plan.to_document(), ..asked };
    forged.approve(CONFIRMED, "lead-login");
    forged.is_refused("now, not for");
}

#[test]
fn a_plan_asked_by_a_run_of_another_branch_is_approved_by_nobody() {
    let mut scenario = Scenario::private();
    scenario.run = scenario.world(|world| {
        let head = world.default_head();
        world.git.set_ref("refs/heads/feature", head.as_deref()).unwrap();
        world.start_run("rollback.yml", "feature", REQUESTER, serde_json::json!({})).unwrap()
    });
    let asked = Asked::on(scenario);
    asked.answer_all_but(&[]);
    asked.is_refused("was not on `main`");
}

#[test]
fn comments_do_not_count_once_the_policy_wants_environments() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.scenario.extend_policy("approvals: { by: environments }");
    asked.is_refused("are held by environments now");
}

#[test]
fn comments_do_not_count_once_github_lets_the_repository_have_required_reviewers() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.world(|world| {
        world.repository.plan = github_simulator::world::Plan::Enterprise;
        world.set_up_gates(&["production"], &["lead-login"]);
    });
    asked.is_refused("are held by environments now");
}

#[test]
fn a_plan_with_fewer_gates_than_the_policy_is_approved_by_nobody() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.scenario.extend_policy(
        "gates:\n  packages-checked: { question: Do packages install, roles: [product-owner], environment: rollback-packages }",
    );
    asked.is_refused("the plan's gates are not those of the policy");
}

#[test]
fn whoever_started_the_rollback_cannot_answer_what_is_asked_anew_after_the_merge_and_whoever_merged_can() {
    let leads = &["lead-login", REQUESTER];
    let scenario = Scenario::private();
    scenario.world(|world| set_policy(world, leads, &["owner-login"], ""));
    let mut asked = Asked::on(scenario);
    asked.answer_all_but(&[]);
    asked.is_carried_out();
    let pull = asked.world(|world| *world.pulls.keys().next().unwrap());
    asked.scenario.merge(pull);
    let late = "gates:\n  looked-at: { question: Is it?, roles: [technical-lead], stage: finish }\n";
    asked.world(|world| set_policy(world, leads, &["owner-login"], late));
    // GitHub has the run of the merge on record for the branch that was merged.
    asked.scenario.run = asked.scenario.world(|world| world.start_run_of_merge("rollback.yml", pull, "lead-login").unwrap());
    asked.document = output(&asked.scenario.gates(LateStage::Finish), "plan").unwrap();
    assert_eq!(asked.scenario.opened(&asked.document), asked.incident);
    asked.approve("looked-at", REQUESTER);
    let held = asked.scenario.finish();
    assert_eq!(held.exit, Exit::Gates, "{}", held.text);
    assert!(held.problems[0].error.contains("`release-manager` asked for the rollback and may not approve it"), "{:?}", held.problems);
    asked.approve("looked-at", "lead-login");
    let done = asked.scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
}
