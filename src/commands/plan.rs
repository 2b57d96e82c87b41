//! `plan`: reads everything once and says what would be done. This is the dry run.

use std::path::PathBuf;

use super::{Connection, Ended, Exit, Problem, problems_of};
use crate::config;
use crate::domain::gate::{Holder, Stage};
use crate::domain::git::Tag;
use crate::domain::person::Login;
use crate::domain::version::{TagTemplate, Version};
use crate::gate::open_gates;
use crate::gather::Gather as _;
use crate::observe::{LocalPolicy, NotObserved, snapshot};
use crate::plan::{Drafted, Plan, Request, Snapshot, draft};
use crate::report;
use crate::runner::Environment;

/// What `plan` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// One screen for a terminal.
    #[default]
    Text,
    /// The plan document.
    Json,
    /// The job summary.
    Markdown,
}

/// The arguments of `plan`.
#[derive(Debug, Clone, clap::Args)]
pub struct PlanArguments {
    /// The bad release's tag; with commas, every bad one
    #[arg(long, value_name = "TAG")]
    pub bad: String,
    /// Why, in your words
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The critical trigger, e.g. `import-failures`
    #[arg(long, value_name = "ID")]
    pub trigger: String,
    /// The package of the policy that goes back; with commas, several [default: told by the tag]
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
    /// The tag, branch or commit to return to [default: the last known good release]
    #[arg(long, value_name = "REF")]
    pub good: Option<String>,
    /// The issue in which this is discussed
    #[arg(long, value_name = "NUMBER")]
    pub incident: Option<u64>,
    /// Which version the rollback gets [default: the policy's]
    #[arg(long, value_name = "STRATEGY")]
    pub strategy: Option<String>,
    /// Exactly this version for the rollback, in place of a strategy
    #[arg(long, value_name = "VERSION")]
    pub rollback_version: Option<String>,
    /// Which of the procedure's options: only `git` is carried out by this command
    #[arg(long, value_name = "OPTION", default_value = "git", value_parser = ["git"])]
    pub option: String,
    /// Who asks [default: `GITHUB_TRIGGERING_ACTOR`]
    #[arg(long, value_name = "LOGIN")]
    pub requester: Option<String>,
    /// A local policy file in place of the repository's own
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Also writes the plan document to a file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Makes the plan.
pub async fn plan(arguments: &PlanArguments, connection: &Connection, environment: &Environment) -> Ended {
    let request = match request(arguments, environment) {
        Ok(request) => request,
        Err(problems) => return Ended::problems(Exit::Usage, problems),
    };
    let local = match arguments.config.as_ref().map(local_policy).transpose() {
        Ok(local) => local,
        Err(ended) => return *ended,
    };
    let snapshot = match snapshot(&connection.reader(), &request, local.as_ref(), environment.clients()).await {
        Ok(snapshot) => snapshot,
        Err(not) => return not.into(),
    };
    match draft(&request, &snapshot) {
        Drafted::Plan(plan) => planned(arguments, &plan, &snapshot, environment),
        Drafted::NothingToDo(why) => {
            Ended { summary: format!("{}\n", report::inline(&why)), ..Ended::new(Exit::Nothing, format!("{why}\n")) }
        }
        Drafted::Refused(refused) => Ended::of_refusals(&refused),
    }
}

fn planned(arguments: &PlanArguments, plan: &Plan, snapshot: &Snapshot, environment: &Environment) -> Ended {
    let document = plan.to_document();
    if let Some(path) = &arguments.out
        && let Err(error) = std::fs::write(path, format!("{document}\n"))
    {
        return Ended::problems(Exit::Failed, vec![Problem::new(format!("cannot write the plan to `{}`: {error}", path.display()), None)]);
    }
    let text = match arguments.format {
        Format::Text => report::plan_text(plan, snapshot.now),
        Format::Json => format!("{document}\n"),
        Format::Markdown => report::plan_markdown(plan, snapshot.now),
    };
    let open = open_gates(plan, snapshot.environments.as_deref().map_err(String::as_str));
    let ended = Ended { summary: report::plan_markdown(plan, snapshot.now), ..Ended::new(Exit::Done, text) };
    // Comments answer without a job that waits; a job would have GitHub create its environment, open.
    let (by, environments) = match plan.rules.by {
        Holder::Environments => ("environments", plan.environments(Stage::Execute)),
        Holder::Comments => ("comments", Vec::new()),
    };
    let gates = serde_json::to_string(&environments).unwrap_or_default();
    let outputs = vec![
        ("max-parallel", plan.rules.order.at_once().to_string()),
        ("plan", document),
        ("plan-id", plan.id().short().to_owned()),
        ("approvals", by.to_owned()),
    ];
    let new = [("version", plan.version.to_string()), ("branch", plan.branch.to_string())];
    let outputs: Vec<_> = outputs.into_iter().chain(new.into_iter().filter(|_| !plan.retag)).collect();
    if open.is_empty() {
        return Ended { outputs: outputs.into_iter().chain([("gates", gates)]).collect(), ..ended };
    }
    // Without `gates` no gate job starts: GitHub would create each missing environment open.
    let problems = problems_of(&open);
    // Outside a run the plan itself is what was asked for; nothing can be passed by it.
    let exit = if environment.is_actions() { Exit::Gates } else { ended.exit };
    let summary =
        format!("{}\n{}", report::problems_markdown(problems.iter().map(|problem| (problem.error.as_str(), None))), ended.summary);
    Ended { exit, problems, summary, outputs, ..ended }
}

fn request(arguments: &PlanArguments, environment: &Environment) -> Result<Request, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut problem =
        |what: &str, error: crate::domain::git::BadName| problems.push(Problem::new(error.to_string(), Some(format!("see `{what}`"))));
    let mut bad: Vec<Tag> = Vec::new();
    for text in arguments.bad.split(',').map(str::trim) {
        bad.extend(text.parse().map_err(|error| problem("--bad", error)));
    }
    // Some with their prefix and some as bare versions: `v0.1.0,0.1.1`.
    let prefix = bad.iter().find_map(|tag| Some(TagTemplate::of(tag)?.0.prefix).filter(|prefix| !prefix.is_empty())).unwrap_or_default();
    for tag in &mut bad {
        if TagTemplate::of(tag).is_some_and(|(template, _)| template.prefix.is_empty())
            && let Ok(whole) = format!("{prefix}{tag}").parse()
        {
            *tag = whole;
        }
    }
    // The rollback is named after the highest; the order of the words is chance.
    let named = bad.into_iter().map(|tag| (std::cmp::Reverse(TagTemplate::of(&tag).map(|(_, version)| version)), tag)).distinct();
    let mut bad = named.into_iter().map(|(_, tag)| tag);
    let requester = arguments.requester.as_deref().or(environment.get("GITHUB_TRIGGERING_ACTOR")).or(environment.get("GITHUB_ACTOR"));
    let requester: Option<Login> = requester.and_then(|login| login.parse().map_err(|error| problem("--requester", error)).ok());
    let strategy = match strategy(arguments) {
        Ok(strategy) => strategy,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let reason = arguments.reason.trim();
    if reason.is_empty() {
        problems.push(Problem::new(
            "the reason is empty",
            Some("say with `--reason` what happened, in a sentence for the people who approve".into()),
        ));
    }
    if reason.len() > 2000 {
        problems.push(Problem::new(
            format!("the reason is {} bytes long", reason.len()),
            Some("keep `--reason` below 2000, and link the rest".into()),
        ));
    }
    match bad.next() {
        Some(first) if problems.is_empty() => Ok(Request {
            bad: first,
            also_bad: bad.collect(),
            good: arguments.good.clone().map(|good| good.trim().to_owned()).filter(|good| !good.is_empty()),
            reason: reason.to_owned(),
            trigger: arguments.trigger.trim().to_owned(),
            incident: arguments.incident,
            requester,
            strategy,
            packages: packages(arguments.package.as_deref()),
        }),
        Some(_) | None => Err(problems),
    }
}

/// A version that is asked for by name is a strategy of its own.
fn strategy(arguments: &PlanArguments) -> Result<Option<String>, Problem> {
    let given = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    match (given(&arguments.strategy), given(&arguments.rollback_version)) {
        (Some(strategy), Some(version)) => Err(Problem::new(
            format!("`--rollback-version {version}` and `--strategy {strategy}` both say which version the rollback gets"),
            Some("leave one of them out".into()),
        )),
        (None, Some(version)) => match version.parse::<Version>() {
            Ok(version) => Ok(Some(version.to_string())),
            Err(error) => Err(Problem::new(error.to_string(), Some("see `--rollback-version`".into()))),
        },
        (strategy, None) => Ok(strategy),
    }
}

fn packages(named: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in named.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

pub(super) fn local_policy(path: &PathBuf) -> Result<LocalPolicy, Box<Ended>> {
    let origin = path.display().to_string();
    match std::fs::read(path).map(|bytes| config::text(bytes, &origin)) {
        Ok(Ok(text)) => Ok(LocalPolicy { origin, text }),
        Ok(Err(problems)) => Err(Box::new(NotObserved::Policy(problems).into())),
        Err(error) => {
            let problem = Problem::new(format!("cannot read the policy `{origin}`: {error}"), Some("see `--config`".into()));
            Err(Box::new(Ended::problems(Exit::Usage, vec![problem])))
        }
    }
}
