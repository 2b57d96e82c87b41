//! A rollback whose gates comments answer, at any moment of its way.

use std::path::Path;

use rollback_action::commands::{
    Answer, Close, Ended, Execute, Exit, Gates, Guard, LateStage, Remind, answer, close, execute, gates, guard, remind,
};
use rollback_action::plan::Plan;

use crate::scenario::{INCIDENT, LATE, Scenario, WRITE};

/// Who answers what, as the example's policy says.
pub(crate) const LEAD: &[&str] = &["critical-issue-confirmed", "hotfix-ruled-out", "stakeholder-approval/technical-lead", "team-assembled"];
pub(crate) const OWNER: &[&str] = &["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"];
pub(crate) const LATE_GATES: &str = "gates:\n  looked-at: { question: Was it looked at?, roles: [product-owner], stage: finish }\n  \
                          told: { question: Was everybody told?, roles: [technical-lead], stage: close }\n  \
                          tested: { question: Did users test it?, roles: [technical-lead], stage: re-release }";

/// A rollback whose gates comments answer.
pub(crate) struct Asked {
    pub(crate) scenario: Scenario,
    pub(crate) document: String,
    pub(crate) plan: Plan,
    pub(crate) incident: u64,
    /// The run that the comments start.
    run: u64,
}

impl Asked {
    pub(crate) fn new(policy: &str) -> Self {
        let scenario = Scenario::private();
        scenario.extend_policy(policy);
        let document = scenario.planned();
        let incident = scenario.opened(&document);
        let started = |world: &mut github_simulator::World| {
            world.start_run_of("rollback-approve.yml", "issue_comment", "main", "lead-login", serde_json::Value::Null).unwrap()
        };
        let run = scenario.world(started);
        scenario.world(|world| world.log_bodies = false);
        Self { plan: Plan::from_document(&document).unwrap(), scenario, document, incident, run }
    }

    /// Answered by both, before anything is done.
    pub(crate) fn answered(policy: &str) -> Self {
        let asked = Self::new(policy);
        asked.says("lead-login", &asked.lines("approve", LEAD));
        asked.says("owner-login", &asked.lines("approve", OWNER));
        asked
    }

    /// Merged by a person, and each later gate answered.
    pub(crate) fn merged() -> Self {
        let asked = Self::answered(LATE_GATES);
        asked.done(&asked.execute(&asked.url()));
        let pull = asked.scenario.world(|world| *world.pulls.keys().next().unwrap());
        asked.scenario.merge(pull);
        asked.says("owner-login", &asked.lines("approve", &["looked-at"]));
        asked.says("lead-login", &asked.lines("approve", &["told", "tested"]));
        asked
    }

    pub(crate) fn finished() -> Self {
        let asked = Self::merged();
        asked.done(&asked.scenario.finish());
        asked.done(&asked.scenario.incident(&asked.document));
        asked
    }

    #[track_caller]
    pub(crate) fn done(&self, ended: &Ended) {
        assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    }

    pub(crate) fn url(&self) -> String {
        self.scenario.stage.url()
    }

    pub(crate) fn lines(&self, verb: &str, gates: &[&str]) -> String {
        gates.iter().map(|gate| format!("/{verb} {gate} {}\n", self.plan.id().short())).collect()
    }

    pub(crate) fn says(&self, login: &str, body: &str) -> u64 {
        self.scenario.world(|world| world.comment(self.incident, login, body))
    }

    pub(crate) fn answer(&self, url: &str, comment: u64) -> Ended {
        let arguments = Answer { issue: self.incident, comment };
        let act = async |connection, environment| answer(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "answer", INCIDENT, None, act)
    }

    pub(crate) fn remind(&self, url: &str) -> Ended {
        let act = async |connection, environment| remind(&Remind {}, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "remind", INCIDENT, None, act)
    }

    pub(crate) fn execute(&self, url: &str) -> Ended {
        self.scenario.execute_of(self.run, url, &self.document)
    }

    /// The same with its journal in a file.
    pub(crate) fn execute_leaving(&self, journal: &Path) -> Ended {
        let arguments = Execute { journal: Some(journal.to_owned()), ..Execute::default() };
        let act = async |connection, environment| execute(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, &self.url(), "execute", WRITE, Some(&self.document), act)
    }

    pub(crate) fn close(&self, url: &str) -> Ended {
        let arguments = Close { bad: "v0.1.0".into(), left: Some("the rest is done next week".into()) };
        let act = async |connection, environment| close(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "close", INCIDENT, None, act)
    }

    pub(crate) fn gates(&self, url: &str) -> Ended {
        let arguments = Gates { bad: "v0.1.0".into(), stage: LateStage::Finish, plan: None };
        let act = async |connection, environment| gates(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "gates", LATE, None, act)
    }

    pub(crate) fn guard(&self, url: &str) -> Ended {
        let arguments = Guard { tag: Some("v0.2.0".parse().unwrap()), bad: None };
        let act = async |connection, environment| guard(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "guard", LATE, None, act)
    }

    /// How many comments of ours begin like this.
    pub(crate) fn ours(&self, start: &str) -> usize {
        let is = |comment: &&github_simulator::world::Comment| comment.author.ends_with("[bot]") && comment.body.starts_with(start);
        self.scenario.world(|world| world.comments.values().filter(is).count())
    }
}
