//! `finish`: after the merge: tag, release, `Latest`, and the release workflow.

use std::path::PathBuf;

use super::execute::written;
use super::merged::{Arrival, merged, passed};
use super::{Connection, Ended, Exit, Problem};
use crate::apply;
use crate::domain::gate::Stage;
use crate::github::PullState;
use crate::plan::Plan;
use crate::report;
use crate::runner::Environment;

/// The arguments of `finish`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Finish {
    /// The bad release's tag, of several any one
    #[arg(long, value_name = "TAG")]
    pub bad: String,
    /// The plan document [default: the one in the pull request; after direct delivery there is none]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Also writes the journal to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// Finishes a merged rollback.
pub async fn finish(arguments: &Finish, connection: &Connection, environment: &Environment) -> Ended {
    finished(arguments, connection, environment).await.unwrap_or_else(|ended| ended.unwritten())
}

async fn finished(arguments: &Finish, connection: &Connection, environment: &Environment) -> Result<Ended, Box<Ended>> {
    let reader = connection.reader();
    let merged = merged(&arguments.bad, arguments.plan.as_ref(), &reader).await?;
    if !merged.plan().retag {
        passed(&merged, Stage::Finish, &reader, environment).await?;
    }
    let (merge, own) = match &merged.arrival {
        Arrival::Retag => return Ok(nothing_to_finish(merged.plan())),
        Arrival::Direct(own) => (&own.rollback, own),
        Arrival::Pull(pull, own) => {
            let PullState::Merged(Some(merge), _) = &pull.state else {
                let error = format!("GitHub does not say which commit pull request #{} became", pull.number);
                let hint = "run `finish` again in a minute";
                return Err(Box::new(Ended::problems(Exit::Refused, vec![Problem::new(error, Some(hint.into()))])));
            };
            (merge, own)
        }
    };
    let plan = merged.plan();
    let arrived = apply::Merged { merge: merge.clone(), rollback: own.rollback.clone() };
    let journal = apply::finish(&own.approved, &arrived, &reader, &connection.writer()).await;
    let mut ended = written(plan, &journal, merged.now, arguments.journal.as_ref());
    ended.outputs = vec![
        ("tag", plan.tag.to_string()),
        ("release-url", format!("{}/releases/tag/{}", plan.url, plan.tag)),
        ("plan", plan.to_document()),
    ];
    Ok(ended)
}

/// A plan that publishes nothing new ended with its marks.
fn nothing_to_finish(plan: &Plan) -> Ended {
    let why = format!(
        "there is nothing to finish: plan {} publishes nothing new, it marked {} and left the code as it is; what is left is on the incident",
        plan.id().short(),
        plan.bad.tag
    );
    Ended {
        outputs: vec![("plan", plan.to_document())],
        summary: format!("{}\n", report::inline(&why)),
        ..Ended::new(Exit::Nothing, format!("{why}\n"))
    }
}
