//! The reminder to people a rollback waits for: who, since when, in which phase of the window, and who is asked after
//! them. It mentions people, which nothing else of this tool does.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::escape::{code, in_comment, link, text};
use super::table::document;
use crate::domain::gate::{Holder, Stage};
use crate::domain::person::Role;
use crate::domain::window::{Phase, Window};
use crate::gate::Waiting;
use crate::words::{count, duration, join, moment};

/// What a reminder says.
#[derive(Debug, Clone)]
pub struct Reminder<'r> {
    /// The plan that is waited for, by its short id.
    pub plan: &'r str,
    /// How many reminders there have been with this one.
    pub number: usize,
    /// What is waited for.
    pub waiting: &'r [Waiting],
    /// Where it is answered.
    pub by: Holder,
    /// The run's page, where environments hold the gates.
    pub run: Option<&'r str>,
    /// The people of the roles.
    pub roles: &'r BTreeMap<String, Role>,
    /// The owner of the repository, whose teams are meant.
    pub owner: &'r str,
    /// The window, and when the bad release was published; `None` where that is not known.
    pub window: Option<(&'r Window, DateTime<Utc>)>,
    /// GitHub's clock.
    pub now: DateTime<Utc>,
}

impl Reminder<'_> {
    fn stage(&self) -> Stage {
        self.waiting.first().map_or(Stage::Execute, |waiting| waiting.stage)
    }
}

/// Returns the first line of a reminder, by which it is found again.
pub fn reminder_line(plan: &str, stage: Stage, number: usize) -> String {
    let stage = match stage {
        Stage::Execute => "",
        Stage::Finish => ":finish",
        Stage::Close => ":close",
        Stage::ReRelease => ":re-release",
    };
    format!("<!-- rollback-action:reminded:{}{stage}:{number} -->", in_comment(plan))
}

/// Returns the reminder.
pub fn reminder(view: &Reminder<'_>) -> String {
    let since = view.waiting.iter().filter_map(|waiting| waiting.since).min();
    let since = since.map(|since| format!(" since {}, {}", moment(since), duration(view.now - since)));
    let lines: String = view.waiting.iter().take(40).map(|waiting| line(view, waiting)).collect();
    let place = match (view.by, view.run) {
        (Holder::Comments, _) => "They are given by comments here, with the lines of the comment that holds the plan.".to_owned(),
        (Holder::Environments, Some(run)) => format!("They are given on {}.", link("the run's page", run)),
        (Holder::Environments, None) => "They are given on the run's page.".to_owned(),
    };
    document(&[
        reminder_line(view.plan, view.stage(), view.number),
        format!(
            "**Plan {} waits for {}{}{}:**",
            code(view.plan, 12),
            count(view.waiting.len() as u64, "approval"),
            before(view.stage()),
            since.unwrap_or_default()
        ),
        lines,
        place,
        phase(view),
    ])
}

fn before(stage: Stage) -> &'static str {
    match stage {
        Stage::Execute => "",
        Stage::Finish => " before the rollback is released",
        Stage::Close => " before this issue is closed",
        Stage::ReRelease => " before the work is released again",
    }
}

fn line(view: &Reminder<'_>, waiting: &Waiting) -> String {
    let who: Vec<String> = waiting.roles.iter().take(5).map(|role| asked(view, role)).collect();
    format!("- {}: {}\n", text(&waiting.question, 200), join(&who, "or"))
}

/// `product-owner (@owner-login)`.
fn asked(view: &Reminder<'_>, role: &str) -> String {
    match mentions(view, role) {
        Some(people) => format!("{} ({people})", text(role, 100)),
        None => text(role, 100),
    }
}

/// A login and a slug have a grammar in which nothing means more than itself.
fn mentions(view: &Reminder<'_>, role: &str) -> Option<String> {
    let role = view.roles.get(role)?;
    let users = role.users.iter().map(|user| format!("@{user}"));
    let teams = role.teams.iter().map(|team| format!("@{}/{team}", view.owner));
    let people: Vec<String> = users.chain(teams).take(10).collect();
    (!people.is_empty()).then(|| people.join(", "))
}

fn phase(view: &Reminder<'_>) -> String {
    let Some((window, published)) = view.window else { return String::new() };
    let position = window.position(published, view.now);
    let left = position.left.map_or_else(|| "the window is over".to_owned(), |left| format!("{} left", duration(left)));
    let here = format!(
        "It is {} after the release, in the phase \"{}\" of {}; {left}.",
        duration(position.age),
        text(&position.phase.action, 200),
        text(&position.phase.responsible, 100)
    );
    // The first reminder is for those who are asked; each after it for one more who decides.
    let authority = window.authority(published, view.now);
    let also: Vec<String> = authority.iter().take(view.number.saturating_sub(1)).map(|phase| decides(view, phase)).collect();
    match also.is_empty() {
        true => here,
        false => format!("{here}\n\nThe reminder before this one went unanswered, so this is for {} too.", join(&also, "and")),
    }
}

/// The window names who decides in words; where a role of the policy has that name, its people are meant.
fn decides(view: &Reminder<'_>, phase: &Phase) -> String {
    let words: Vec<String> = phase.responsible.split_whitespace().map(str::to_lowercase).collect();
    match mentions(view, &words.join("-")) {
        Some(people) => format!("{} ({people})", text(&phase.responsible, 100)),
        None => text(&phase.responsible, 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::example::{example_plan, hours_after_release};

    fn said(number: usize, by: Holder) -> String {
        let plan = example_plan();
        let gates = plan.gates.iter().skip(1).take(2);
        let waiting: Vec<Waiting> = gates
            .map(|gate| Waiting {
                name: gate.id.clone(),
                environment: gate.approvals[0].environment.clone(),
                stage: gate.stage,
                question: gate.question.clone(),
                roles: gate.approvals[0].roles.clone(),
                since: Some(hours_after_release(11)),
            })
            .collect();
        reminder(&Reminder {
            plan: plan.id().short(),
            number,
            waiting: &waiting,
            by,
            run: Some("https://github.example/acme/entity-core/actions/runs/7"),
            roles: &plan.roles,
            owner: "acme",
            window: Some((&plan.window.window, plan.bad.published_at)),
            now: hours_after_release(13),
        })
    }

    #[test]
    fn the_first_reminder_is_for_those_who_are_asked() {
        insta::assert_snapshot!(said(1, Holder::Environments), @r#"
        <!-- rollback-action:reminded:4000eca860b0:1 -->

        **Plan `4000eca860b0` waits for 2 approvals since 2024-06-10 17:33 UTC, 2 h 0 min:**

        - Scope assessment completed (affects more than 5 % of users): product-owner (@owner-login)
        - Hotfix attempts failed or deemed too risky: technical-lead (@lead-login)

        They are given on [the run's page](https://github.example/acme/entity-core/actions/runs/7).

        It is 13 h 20 min after the release, in the phase "Decision point for rollback" of Technical Lead; 34 h 40 min left.
        "#);
    }

    #[test]
    fn each_reminder_after_it_goes_one_further_up_the_chain() {
        let said = [said(2, Holder::Comments), said(3, Holder::Comments)].map(|text| text.lines().skip(6).collect::<Vec<_>>().join("\n"));
        insta::assert_snapshot!(said.join("\n---\n"), @r#"

        They are given by comments here, with the lines of the comment that holds the plan.

        It is 13 h 20 min after the release, in the phase "Decision point for rollback" of Technical Lead; 34 h 40 min left.

        The reminder before this one went unanswered, so this is for Technical Lead (@lead-login) too.
        ---

        They are given by comments here, with the lines of the comment that holds the plan.

        It is 13 h 20 min after the release, in the phase "Decision point for rollback" of Technical Lead; 34 h 40 min left.

        The reminder before this one went unanswered, so this is for Technical Lead (@lead-login) and Release Manager (@manager-login) too.
        "#);
    }

    #[test]
    fn a_name_from_outside_mentions_nobody() {
        let plan = example_plan();
        let waiting = [Waiting {
            name: "x".into(),
            environment: "x".into(),
            stage: Stage::Execute,
            question: "@every body <!-- rb -->".into(),
            roles: vec!["@every".into()],
            since: None,
        }];
        let text = reminder(&Reminder {
            plan: "4f1c9a",
            number: 1,
            waiting: &waiting,
            by: Holder::Comments,
            run: None,
            roles: &plan.roles,
            owner: "acme",
            window: None,
            now: hours_after_release(13),
        });
        assert!(!text.contains(" @every") && text.matches("<!--").count() == 1, "{text}");
    }
}
