//! Answers of Apps to the custom protection rules of environments.

use super::{Conclusion, Refused, Verdict};
use crate::world::World;

/// What an App said of the jobs that wait for an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The App's slug.
    pub app: String,
    /// What it decided.
    pub verdict: Verdict,
    /// What it said.
    pub comment: String,
    /// The jobs it is about.
    pub jobs: Vec<u64>,
}

impl World {
    /// Records what an App says of the jobs of a run that wait for an environment; without a verdict it only comments.
    ///
    /// <https://docs.github.com/rest/actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run>
    ///
    /// # Errors
    /// When there is no such run or environment, or the App has no rule there, or nothing waits for it.
    pub fn rule(&mut self, run: u64, environment: &str, app: &str, verdict: Option<Verdict>, comment: &str) -> Result<(), Refused> {
        self.settle();
        self.run(run)?;
        let found = self.environments.get(environment);
        let ruled = found.ok_or_else(Refused::not_found)?;
        if !ruled.custom_rules.iter().any(|rule| rule.app == app) {
            return Err(Refused::not_found());
        }
        let name = ruled.name.clone();
        let jobs: Vec<u64> = self
            .waiting_jobs(run)
            .into_iter()
            .filter(|(_, waits_for, _)| waits_for.eq_ignore_ascii_case(&name))
            .map(|(job, ..)| job)
            .collect();
        if jobs.is_empty() {
            return Err(Refused::new(422, "There are no pending deployment requests"));
        }
        let Some(verdict) = verdict else {
            return Ok(());
        };
        let ruling = Ruling { app: app.to_owned(), verdict, comment: comment.to_owned(), jobs: jobs.clone() };
        self.run_mut(run)?.rulings.push(ruling);
        match verdict {
            Verdict::Approved => self.settle_gates(run),
            Verdict::Rejected => {
                for job in jobs {
                    self.end_job(run, job, Conclusion::Failure)?;
                }
            }
        }
        Ok(())
    }

    /// Tells whether every App with a rule on an environment let a job go.
    pub(super) fn is_ruled(&self, run: u64, job: u64, environment: &str) -> bool {
        let rules = self.environments.get(environment);
        let rules = rules.map(|found| found.custom_rules.as_slice());
        let rulings = self.run(run).map(|run| run.rulings.as_slice());
        let rulings = rulings.unwrap_or_default();
        rules.unwrap_or_default().iter().all(|rule| {
            rulings.iter().any(|ruling| ruling.app == rule.app && ruling.verdict == Verdict::Approved && ruling.jobs.contains(&job))
        })
    }
}
