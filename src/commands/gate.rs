//! `gate`: in the gate's own job, after GitHub released it: proves that it was closed, and says who approved what.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::evidence::evidence_of;
use super::execute::{load_plan, run_of};
use super::{Connection, Ended, Exit, Problem};
use crate::domain::gate as model;
use crate::gate::{Approval, decide_in_job};
use crate::plan::Plan;
use crate::report;
use crate::runner::Environment;

/// The arguments of `gate`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Gate {
    /// The environment that holds the gate
    #[arg(long, value_name = "NAME")]
    pub environment: String,
    /// The plan document [default: the variable `ROLLBACK_PLAN`]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

/// Proves one gate.
pub async fn gate(arguments: &Gate, connection: &Connection, environment: &Environment) -> Ended {
    let (plan, run) = match load_plan(arguments.plan.as_ref(), connection, environment).and_then(|plan| Ok((plan, run_of(environment)?))) {
        Ok(found) => found,
        Err(ended) => return *ended,
    };
    let asks = || plan.gates.iter().flat_map(model::Gate::asks);
    let Some((gate, ask)) = asks().find(|(_, ask)| ask.environment.eq_ignore_ascii_case(&arguments.environment)) else {
        let names: Vec<&str> = asks().map(|(_, ask)| ask.environment.as_str()).collect();
        let hint = format!("its gates are {}", crate::words::list(&names, "and"));
        return Ended::problems(
            Exit::Usage,
            vec![Problem::new(format!("the plan has no gate `{}`", arguments.environment.escape_debug()), Some(hint))],
        );
    };
    let evidence = match evidence_of(&connection.reader(), &[&ask.environment], &run).await {
        Ok(evidence) => evidence,
        Err(error) => return Ended::of_error(&error),
    };
    match decide_in_job(&plan, &ask.environment, &evidence).passed() {
        Ok(approved) => said(&plan, &gate.question, &ask.environment, approved.approvals(), evidence.now),
        Err(reasons) => Ended::of_reasons(&reasons),
    }
}

fn said(plan: &Plan, question: &str, environment: &str, approvals: &[Approval], now: DateTime<Utc>) -> Ended {
    let who: Vec<String> =
        approvals.iter().map(|approval| approval.by.as_ref().map_or("nobody (administrator bypass)".into(), ToString::to_string)).collect();
    let who = crate::words::list(&who, "and");
    let text = format!("{question}\napproved by {who} for plan {}\n", plan.id().short());
    Ended { summary: report::gate_markdown(plan, question, environment, &who, now), ..Ended::new(Exit::Done, text) }
}
