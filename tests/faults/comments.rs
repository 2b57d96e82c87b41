//! Every command in trouble that asks, answers or reminds by comments. What was said is not said again.

use chrono::Duration;
use rollback_action::commands::Exit;

use super::Trouble;
use crate::asked::Asked;
use crate::convergence::Part;
use crate::explore::enough;
use crate::scenario::Scenario;

#[test]
fn faults_at_every_request_of_an_incident_that_asks_are_ridden_out_or_stop_clearly() {
    let scenario = Scenario::private();
    scenario.world(|world| world.log_bodies = false);
    let document = scenario.planned();
    let part = Part::new(&scenario, || scenario.incident(&document));
    enough(Trouble::of_comments(part).at_every_request("faults of an incident that asks", 8), 40);
}

#[test]
fn faults_at_every_request_of_an_answer_are_ridden_out_or_stop_clearly() {
    let asked = Asked::new("");
    let one = asked.lines("approve", &["scope-assessed"]);
    let last = format!("/reject scope-assessed\n{}", asked.lines("approve", &["no-such-gate"]));
    for (what, said, exit) in [
        ("faults of an answer that counts", one.as_str(), Exit::Done),
        ("faults of an answer that does not count", "/approve scope-assessed 4f1c9a\n", Exit::Gates),
        ("faults of a no", last.as_str(), Exit::Gates),
    ] {
        let comment = asked.says("owner-login", said);
        let part = Part::new(&asked.scenario, || asked.answer(&asked.url(), comment));
        assert_eq!(part.undisturbed().0, exit, "{said}");
        enough(Trouble::of_page(part).at_every_request(what, 10), 20);
    }
}

#[test]
fn faults_at_every_request_of_a_reminder_are_ridden_out_or_stop_clearly() {
    let asked = Asked::new("reminders: { after-hours: 4 }");
    asked.scenario.world(|world| world.clock.advance(Duration::minutes(250)));
    let part = Part::new(&asked.scenario, || asked.remind(&asked.url()));
    assert_eq!((part.run)().exit, Exit::Done);
    assert_eq!(asked.ours("<!-- rollback-action:reminded:"), 1);
    enough(Trouble::of_comments(part).at_every_request("faults of a reminder", 8), 25);
}

#[test]
fn faults_at_every_request_of_an_execute_after_comments_are_ridden_out_or_stop_clearly() {
    let asked = Asked::answered("");
    let file = asked.scenario.journal_file();
    let leaves = super::Leaves::Journal { plan: Box::new(asked.plan.clone()), file: file.clone() };
    let part = Part::new(&asked.scenario, || asked.execute_leaving(&file));
    enough(Trouble { part, leaves, dated: false }.at_every_request("faults of execute after comments", 14), 20);
}

#[test]
fn faults_at_every_request_of_the_later_gates_by_comments_are_ridden_out_or_stop_clearly() {
    let asked = Asked::merged();
    let part = Part::new(&asked.scenario, || asked.gates(&asked.url()));
    enough(Trouble::of_reading(part).at_every_request("faults of the later gates by comments", 8), 15);
}

#[test]
fn faults_at_every_request_of_closing_after_comments_are_ridden_out_or_stop_clearly() {
    let asked = Asked::finished();
    let part = Part::new(&asked.scenario, || asked.close(&asked.url()));
    assert_eq!(part.undisturbed().0, Exit::Done);
    enough(Trouble::of_page(part).at_every_request("faults of closing after comments", 8), 20);
}
