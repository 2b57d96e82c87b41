//! The gates on the incident's page: who approved what, who is waited for, and what to comment.

use super::escape::{code, link, text};
use super::facts;
use super::incident::Page;
use super::previous::approved_by;
use crate::domain::gate::{Ask, Gate, Holder, Stage};
use crate::domain::person::Login;
use crate::gate::{Reason, Waiting};
use crate::words::{count, join, moment};

impl Page<'_> {
    /// What holds a stage after the merge, and who answers where; `None` where nothing does that people were asked for.
    pub(super) fn held(&self, stage: Stage, here: &str, goes_on: &str) -> Option<(String, String)> {
        let (view, plan) = (self.view, self.view.in_force);
        let reasons =
            |reasons: &[Reason]| reasons.iter().take(5).map(|reason| text(&reason.to_string(), 500)).collect::<Vec<_>>().join("; ");
        if !view.rejected.is_empty() {
            let again = match plan.rules.by {
                Holder::Environments => "whoever asked settles it with them, and starts the workflow of this stage again",
                Holder::Comments => {
                    "whoever asked settles it with them, and starts the workflow of this stage again, which asks everybody anew"
                }
            };
            return Some((format!("{here} Stopped: {}.", reasons(view.rejected)), again.into()));
        }
        let missing: Vec<&Waiting> = view.waiting.iter().filter(|waiting| waiting.stage == stage).collect();
        if missing.is_empty() || view.open != Some(stage) {
            return None;
        }
        let role = |waiting: &&Waiting| join(&waiting.roles.iter().map(|role| facts::role(plan, role)).collect::<Vec<_>>(), "or");
        let roles: std::collections::BTreeSet<String> = missing.iter().map(role).collect();
        let who = text(&join(&roles.into_iter().collect::<Vec<_>>(), "and"), 600);
        let place = match (plan.rules.by, view.run) {
            (Holder::Environments, Some(run)) => format!("on {}", link("the run's page", run)),
            (Holder::Environments, None) => "on the run's page".into(),
            (Holder::Comments, _) => "by comments here, with the lines below".into(),
        };
        let before = if stage == Stage::Close { "this issue is closed" } else { "the release" };
        let missing = count(missing.len() as u64, "approval");
        Some((format!("{here} {missing} missing before {before}."), format!("{who} answer {place}; then {goes_on}")))
    }

    pub(super) fn gates(&self) -> String {
        let mut lines = Vec::new();
        for gate in facts::gates_of(self.view.plan, Stage::Execute).into_iter().take(40) {
            for ask in gate.approvals.iter().take(8) {
                let roles = join(&ask.roles, "or");
                let (mark, who) = match self.approver(ask) {
                    Some(who) => ("✅", format!("approved by {who}")),
                    None if self.approved_before_acting() && self.view.plan.retag => ("✅", "approved, on record in its run".into()),
                    None if self.approved_before_acting() => ("✅", "approved, on record in the rollback's commit".into()),
                    None if self.acted() => ("🚨", "nobody approved it: the glass was broken".into()),
                    None => ("⏳", format!("waits for {}{}", facts::role(self.view.plan, &roles), self.since(ask))),
                };
                let comment = match (self.view.plan.rules.by, mark) {
                    (Holder::Comments, "⏳") => format!(": comment {}", code(&super::answers::line(self.view.plan, gate, ask), 300)),
                    _ => String::new(),
                };
                let login = self.approver(ask).and_then(|who| who.parse::<Login>().ok());
                let record = login.map(|login| format!(" {}", approved_by(&ask.environment, &login))).unwrap_or_default();
                lines.push(format!("- {mark} {}: {}{comment}{record}\n", text(&gate.question, 200), text(&who, 200)));
            }
        }
        lines.concat()
            + &self.late_gates(Stage::Finish, "before the release")
            + &self.late_gates(Stage::Close, "before this issue is closed")
            + &self.late_gates(Stage::ReRelease, "before the work is released again")
    }

    /// The gates of what comes after the merge: nothing that was done before says anything of them.
    fn late_gates(&self, stage: Stage, when: &str) -> String {
        let plan = self.view.in_force;
        let gates = facts::gates_of(plan, stage).into_iter().take(40);
        let line = |gate: &Gate, ask: &Ask| {
            let by = self.late_approver(ask);
            let record = by.as_ref().and_then(|by| Some(format!(" {}", approved_by(&self.of_plan(ask), &by.parse().ok()?))));
            let (mark, who) = match &by {
                Some(by) => ("✅", format!("approved by {by}")),
                None => ("⏳", format!("waits for {}{}", facts::role(plan, &join(&ask.roles, "or")), self.since(ask))),
            };
            let comment = match (by, plan.rules.by) {
                (None, Holder::Comments) if self.is_asked(stage) => {
                    format!(": comment {}", code(&super::answers::line(plan, gate, ask), 300))
                }
                _ => String::new(),
            };
            format!("- {mark} {when}, {}: {}{comment}{}\n", text(&gate.question, 200), text(&who, 200), record.unwrap_or_default())
        };
        gates.flat_map(|gate| gate.approvals.iter().take(8).map(move |ask| (gate, ask))).map(|(gate, ask)| line(gate, ask)).collect()
    }

    /// Whether a stage may be answered now: people release the work again when they like, once it was taken back.
    fn is_asked(&self, stage: Stage) -> bool {
        self.view.open == Some(stage) || (stage == Stage::ReRelease && self.view.open == Some(Stage::Close))
    }

    /// Who approved what comes after the merge, by the record or an earlier page.
    fn late_approver(&self, ask: &Ask) -> Option<String> {
        match self.view.approvals.iter().any(|approval| approval.environment == ask.environment) {
            true => self.approver(ask),
            false if self.view.in_force.rules.by == Holder::Comments => None,
            false => self.previous.approver(&self.of_plan(ask)).map(Login::to_string),
        }
    }

    /// The environment as the page's hidden record names it: with the plan, where that is not the page's own any more.
    fn of_plan(&self, ask: &Ask) -> String {
        match self.view.in_force.id() == self.view.plan.id() {
            true => ask.environment.clone(),
            false => format!("{} {}", ask.environment, self.view.in_force.id().short()),
        }
    }

    fn since(&self, ask: &Ask) -> String {
        let mut found = self.view.waiting.iter().filter(|waiting| waiting.environment == ask.environment).filter_map(|found| found.since);
        found.next().map(|since| format!(" since {}", moment(since))).unwrap_or_default()
    }
}
