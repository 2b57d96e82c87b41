//! `gate`: in the gate's own job, after GitHub released it: proves that it was closed, and says who approved what.

use std::path::PathBuf;

use super::execute::{load_plan, run_of};
use super::{Connection, Ended, Exit, Problem};
use crate::gate::{Found, protection_problem};
use crate::github::{ReviewState, read_environments};
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
    let asked = plan
        .gates
        .iter()
        .find_map(|gate| Some((gate, gate.approvals.iter().find(|ask| ask.environment.eq_ignore_ascii_case(&arguments.environment))?)));
    let Some((gate, ask)) = asked else {
        let names: Vec<&str> = plan.gates.iter().flat_map(|gate| gate.approvals.iter().map(|ask| ask.environment.as_str())).collect();
        let hint = format!("its gates are {}", crate::words::list(&names, "and"));
        return Ended::problems(
            Exit::Usage,
            vec![Problem::new(format!("the plan has no gate `{}`", arguments.environment.escape_debug()), Some(hint))],
        );
    };
    let reader = connection.reader();
    let (environments, reviews) = futures_util::future::join(read_environments(&reader, &[&ask.environment]), reader.reviews(run.id)).await;
    let environments = environments.map_err(|error| error.with_hint());
    let found = Found::of(environments.as_deref().map_err(String::as_str), &ask.environment);
    if let Some(problem) = protection_problem(plan.basis.default_branch.as_str(), &ask.environment, &found) {
        return Ended::problems(Exit::Gates, vec![Problem::new(format!("gate `{}`: {problem}", ask.environment), None)]);
    }
    let reviews = match reviews {
        Ok(reviews) => reviews,
        Err(error) => return Ended::of_error(&error),
    };
    let mine = reviews.iter().filter(|review| review.environments.iter().any(|name| name.eq_ignore_ascii_case(&ask.environment)));
    let approved: Vec<String> = mine
        .filter(|review| review.state == ReviewState::Approved)
        .map(|review| review.user.as_ref().map_or("a deleted account".into(), ToString::to_string))
        .collect();
    said(&plan, &gate.question, &ask.environment, &approved)
}

fn said(plan: &Plan, question: &str, environment: &str, approved: &[String]) -> Ended {
    if approved.is_empty() && !plan.rules.administrators_may_bypass {
        let error =
            format!("gate `{environment}`: no review is on record (an administrator's bypass?); this policy does not let that count");
        return Ended::problems(Exit::Gates, vec![Problem::new(error, Some("start a new run and have it reviewed".into()))]);
    }
    let who = if approved.is_empty() { "nobody (administrator bypass)".to_owned() } else { crate::words::list(approved, "and") };
    let text = format!("{question}\napproved by {who} for plan {}\n", plan.id().short());
    Ended { summary: report::gate_markdown(question, environment, &who, plan.id().short()), ..Ended::new(Exit::Done, text) }
}
