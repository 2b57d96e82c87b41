//! `gates`: after the merge, before a stage that the policy puts gates in front of: says which approvals it takes, for
//! which plan. Reads only; the workflow makes a job of each.

use std::path::PathBuf;

use super::evidence::evidence;
use super::execute::run_of;
use super::merged::merged;
use super::{Connection, Ended, Exit, problems_of};
use crate::domain::gate::{Holder, Stage};
use crate::gate::{Reason, answers_missing, open_gates_of};
use crate::github::{Error, Reader, read_environments};
use crate::plan::Plan;
use crate::report;
use crate::runner::Environment;

/// The arguments of `gates`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Gates {
    /// The bad release's tag
    #[arg(long, value_name = "TAG")]
    pub bad: String,
    /// What waits for the gates
    #[arg(long, value_enum)]
    pub stage: LateStage,
    /// The plan document [default: the one in the pull request]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

/// A stage after the merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LateStage {
    /// The tag, the release and the packages
    Finish,
    /// Closing the incident
    Close,
    /// Releasing the rolled-back work again
    ReRelease,
}

impl LateStage {
    fn stage(self) -> Stage {
        match self {
            Self::Finish => Stage::Finish,
            Self::Close => Stage::Close,
            Self::ReRelease => Stage::ReRelease,
        }
    }
}

/// Says which gates come before a stage. Ends with 6 where one of them is open, and then names none: a job in front of an
/// open environment would be passed by anybody.
pub async fn gates(arguments: &Gates, connection: &Connection, environment: &Environment) -> Ended {
    let reader = connection.reader();
    let (plan, stage) = match merged(&arguments.bad, arguments.plan.as_ref(), &reader).await {
        Ok(merged) => (merged.in_force(), arguments.stage.stage()),
        Err(ended) => return *ended,
    };
    // Comments answer without a job that waits; a job would have GitHub create its environment, open.
    let names = match plan.rules.by {
        Holder::Environments => plan.environments(stage),
        Holder::Comments => Vec::new(),
    };
    let environments = read_environments(&reader, &names).await.map_err(|error| error.with_hint());
    let open = match plan.rules.by {
        Holder::Environments => open_gates_of(&plan, &[stage], environments.as_deref().map_err(String::as_str)),
        Holder::Comments => Vec::new(),
    };
    let missing = match missing(&plan, stage, &reader, environment).await {
        Ok(missing) => missing,
        Err(error) => return Ended::of_error(&error),
    };
    let text = report::gates_text(&plan, stage) + &report::missing_text(stage, &missing);
    let summary = format!("{}\n{}", report::gates_markdown(&plan, stage), report::missing_markdown(stage, &missing));
    let mut ended = Ended { summary, ..Ended::new(Exit::Done, text) };
    let by = match plan.rules.by {
        Holder::Comments if !plan.environments(stage).is_empty() => "comments",
        Holder::Comments | Holder::Environments => "environments",
    };
    ended.outputs = vec![
        ("plan", plan.to_document()),
        ("plan-id", plan.id().short().to_owned()),
        ("approvals", by.to_owned()),
        ("max-parallel", plan.rules.order.at_once().to_string()),
        ("waits", (!missing.is_empty()).to_string()),
    ];
    if open.is_empty() {
        ended.outputs.push(("gates", serde_json::to_string(&names).unwrap_or_default()));
        return ended;
    }
    ended.problems = problems_of(&open);
    ended.exit = if environment.is_actions() { Exit::Gates } else { Exit::Done };
    ended
}

/// The comments that a stage waits for, in a run. A job could not wait for them; the last of them starts the stage.
async fn missing(plan: &Plan, stage: Stage, reader: &Reader, environment: &Environment) -> Result<Vec<Reason>, Error> {
    match (plan.rules.by, run_of(environment)) {
        (Holder::Comments, Ok(run)) if !plan.environments(stage).is_empty() => {
            Ok(answers_missing(plan, stage, &evidence(reader, plan, stage, &run).await?, run.id))
        }
        (Holder::Comments | Holder::Environments, _) => Ok(Vec::new()),
    }
}
