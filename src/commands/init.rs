//! `init`: makes a repository ready before the night it is needed. Writes files where there are none, and with
//! `--environments` the environments of the gates.

mod close;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Connection, Ended, Exit, Place, Problem};
use crate::config::{self, Policy};
use crate::doctor::{environment_commands, people_of};
use crate::domain::gate::{Ask, Holder, Stage};
use crate::domain::git::{Branch, RepoName, Sha};
use crate::domain::person::Login;
use crate::gate::{Found, protection_problem};
use crate::github::{Settings, Token, read_environments};
use crate::init::{Choices, File, PLACEHOLDERS, Placed, Survey, answering_file, files, place, survey};
use crate::observe::POLICY_PATH;
use crate::plan::{Rules, holder, settled};
use crate::report::terminal;
use crate::runner::Environment;
use crate::words::list;
use close::{Closer, NotClosed};

/// The arguments of `init`.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct Init {
    /// A clone of the repository, with a work tree
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub repo: PathBuf,
    /// A technical lead, by login; several with commas
    #[arg(long, value_name = "LOGIN", value_delimiter = ',')]
    pub lead: Vec<Login>,
    /// A product owner, by login; several with commas
    #[arg(long, value_name = "LOGIN", value_delimiter = ',')]
    pub owner: Vec<Login>,
    /// The commit of this action that the workflows call, which nobody can move [default: the tag `v1`]
    #[arg(long, value_name = "SHA")]
    pub pin: Option<Sha>,
    /// What holds the gates; `auto` finds out whether GitHub lets this repository have required reviewers
    #[arg(long, value_enum, default_value_t)]
    pub approvals: HeldBy,
    /// Also creates or corrects the environments of the gates; takes an administrator's token in `GITHUB_TOKEN`
    #[arg(long)]
    pub environments: bool,
}

/// What holds the gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum HeldBy {
    /// Found out.
    #[default]
    Auto,
    /// GitHub environments.
    Environments,
    /// Comments on the incident.
    Comments,
}

impl HeldBy {
    fn chosen(self) -> Option<Holder> {
        match self {
            Self::Auto => None,
            Self::Environments => Some(Holder::Environments),
            Self::Comments => Some(Holder::Comments),
        }
    }
}

/// What GitHub says, where it was asked.
struct Hub {
    connection: Connection,
    settings: Settings,
}

/// Makes the repository ready. Ends with 8 when something is left to people: a file of theirs that differs, an
/// environment that could not be closed.
pub async fn init(
    arguments: &Init,
    at: &Place,
    environment: &Environment,
    token: Option<Token>,
    say: &Arc<dyn Fn(&str) + Send + Sync>,
) -> Ended {
    let survey = match survey(&arguments.repo) {
        Ok(survey) => survey,
        Err(error) => {
            let hint = "run it in a clone of the repository, or name one with `--repo`";
            return Ended::problems(Exit::Usage, vec![Problem::new(format!("{error:#}"), Some(hint.into()))]);
        }
    };
    if arguments.environments && token.is_none() {
        let hint =
            "set `GITHUB_TOKEN` to an administrator's token, e.g. `GITHUB_TOKEN=$(gh auth token)`; without it, `init` prints the commands";
        return Ended::problems(Exit::Usage, vec![Problem::new("`--environments` takes a token, and there is none", Some(hint.into()))]);
    }
    let hub = match asked(at, &survey, environment, token, say).await {
        Ok(hub) => hub,
        Err(ended) if arguments.environments => return *ended,
        Err(ended) => {
            ended.problems.iter().for_each(|problem| say(&format!("GitHub was not asked: {}", problem.error)));
            None
        }
    };
    let branch = hub.as_ref().map(|hub| hub.settings.default_branch.to_string()).or_else(|| survey.default_branch.clone());
    let branch = branch.unwrap_or_else(|| "main".into());
    let there = in_force(&survey.root);
    let known = there.as_ref().and_then(|policy| policy.as_ref().ok());
    let mut choices = Choices {
        leads: arguments.lead.clone(),
        owners: arguments.owner.clone(),
        pin: arguments.pin.clone(),
        by: arguments.approvals.chosen().or_else(|| known?.approvals.by),
        re_release: known.is_some_and(|policy| policy.gates.iter().any(|gate| gate.stage == Stage::ReRelease)),
    };
    let first = match parsed(&files(&survey, &choices, &branch)) {
        Ok(policy) => policy,
        Err(problems) => return Ended::problems(Exit::Policy, problems),
    };
    let fresh = there.is_none();
    let mut report = Report::new(&survey, &branch);
    // What holds the gates is found out before the policy is written, which says it.
    let held = match there.unwrap_or(Ok(first)) {
        Ok(policy) => {
            let held = held_by(&policy, hub.as_ref()).await;
            Some(report.gates(arguments, &survey, &branch, &policy, hub.as_ref(), held).await)
        }
        Err(problem) => {
            report.exit = report.exit.max(Exit::Policy);
            report.problems.push(problem);
            None
        }
    };
    let private = hub.as_ref().is_some_and(|hub| hub.settings.private);
    if let (true, None, Some(Held { by, settled: true })) = (private, choices.by, &held) {
        match fresh {
            true => choices.by = Some(*by),
            false => report.say_what_holds(*by),
        }
    }
    for file in &files(&survey, &choices, &branch) {
        report.file(file, place(&survey.root, file));
    }
    if held.is_some_and(|held| held.by == Holder::Comments) {
        let file = answering_file(&choices);
        report.file(&file, place(&survey.root, &file));
    }
    report.end()
}

/// What holds the gates, and whether that is certain: a private repository of which no environment requires reviewers may
/// yet be one that can have them.
#[derive(Debug, Clone, Copy)]
struct Held {
    by: Holder,
    settled: bool,
}

/// Asks GitHub, where there is a token and a repository to ask about.
async fn asked(
    at: &Place,
    survey: &Survey,
    environment: &Environment,
    token: Option<Token>,
    say: &Arc<dyn Fn(&str) + Send + Sync>,
) -> Result<Option<Hub>, Box<Ended>> {
    if token.is_none() {
        return Ok(None);
    }
    let mut at = at.clone();
    // The clone says best which repository it is of.
    at.repository = at.repository.or_else(|| survey.repository.as_ref().map(ToString::to_string));
    let connection = Connection::new(&at, environment, token, Arc::clone(say))?;
    let settings = connection.inspector().settings().await.map_err(|error| Ended::of_error(&error))?;
    Ok(Some(Hub { connection, settings }))
}

/// What holds the gates, as far as GitHub was asked. A repository that nobody asked about is taken for one that has
/// environments: `init` says how to close them.
async fn held_by(policy: &Policy, hub: Option<&Hub>) -> Held {
    let said = policy.approvals.by;
    let Some(hub) = hub else { return Held { by: said.unwrap_or_default(), settled: said.is_some() } };
    let environments = hub.connection.reader().environments().await.map_err(|error| error.to_string());
    let environments = environments.as_deref().map_err(String::as_str);
    Held { by: holder(said, hub.settings.private, environments), settled: settled(said, hub.settings.private, environments) }
}

/// A choice on the command line can make a policy that would be refused, e.g. one person for everything.
fn parsed(wanted: &[File]) -> Result<Policy, Vec<Problem>> {
    let text = wanted.iter().find(|file| file.path == POLICY_PATH).map_or("", |file| file.text.as_str());
    let problem = |problem: &config::Problem| Problem::new(problem.message.clone(), problem.hint.clone());
    config::parse(text, POLICY_PATH).map_err(|problems| problems.list().iter().map(problem).collect())
}

/// Returns the policy that is there already; `None` where there is none.
fn in_force(root: &Path) -> Option<Result<Policy, Problem>> {
    let text = match std::fs::read(root.join(POLICY_PATH)).map(|bytes| config::text(bytes, POLICY_PATH)) {
        Ok(Ok(text)) => text,
        Ok(Err(problems)) => return Some(Err(Problem::new(problems.to_string(), None))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(Problem::new(format!("cannot read `{POLICY_PATH}`: {error}"), None))),
    };
    let remedy = || Some("correct it and run `init` again".into());
    Some(config::parse(&text, POLICY_PATH).map_err(|problems| Problem::new(problems.to_string(), remedy())))
}

/// What is told at the end.
struct Report {
    text: String,
    environments: String,
    differences: String,
    next: Vec<String>,
    problems: Vec<Problem>,
    exit: Exit,
}

impl Report {
    fn new(survey: &Survey, branch: &str) -> Self {
        let name = survey.repository.as_ref().map_or_else(|| survey.root.display().to_string(), ToString::to_string);
        Self {
            text: format!("{}, default branch {}\n\n", terminal(&name, 200), terminal(branch, 200)),
            environments: String::new(),
            differences: String::new(),
            next: Vec::new(),
            problems: Vec::new(),
            exit: Exit::Done,
        }
    }

    fn line(&mut self, what: &str, of: &str) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(self.text, "  {what:<10} {}", terminal(of, 300));
    }

    /// The environments are looked at first, and told after the files.
    fn environment(&mut self, what: &str, of: &str) {
        let _ = writeln!(self.environments, "  {what:<10} {}", terminal(of, 300));
    }

    fn file(&mut self, file: &File, placed: anyhow::Result<Placed>) {
        match placed {
            Ok(Placed::Written) => self.line("written", file.path),
            Ok(Placed::Unchanged) => self.line("unchanged", file.path),
            Ok(Placed::Left(difference)) => {
                self.line("left alone", &format!("{}, which says something else; see the difference below", file.path));
                let shown = difference.lines().map(|line| format!("{}\n", visible(line)));
                self.differences.push('\n');
                self.differences.extend(shown);
                self.exit = self.exit.max(Exit::Incomplete);
            }
            Err(error) => {
                self.line("failed", file.path);
                self.problems.push(Problem::new(format!("{error:#}"), None));
                self.exit = self.exit.max(Exit::Incomplete);
            }
        }
    }

    /// Closes the environments, or says how an administrator does. Returns what holds the gates in the end: an
    /// administrator who asks for environments finds out by making one.
    async fn gates(&mut self, arguments: &Init, survey: &Survey, branch: &str, policy: &Policy, hub: Option<&Hub>, held: Held) -> Held {
        let mut held = held;
        let named: Vec<&str> = PLACEHOLDERS
            .into_iter()
            .filter(|name| policy.roles.values().flat_map(|role| &role.users).any(|user| user.as_str() == *name))
            .collect();
        if !named.is_empty() {
            self.next.push(format!("put your people in the place of {} in `.github/rollback.yml`", list(&named, "and")));
        }
        self.next.push(format!("commit these files and merge them into `{branch}`"));
        match hub.filter(|_| arguments.environments) {
            // Somebody on GitHub may really be called that, and would be asked to approve.
            Some(_) if !named.is_empty() => {
                let error = format!("no environment was touched: the policy still names {}", list(&named, "and"));
                self.problems.push(Problem::new(error, Some("name your people with `--lead` and `--owner`, or in the file".into())));
                self.exit = self.exit.max(Exit::Incomplete);
            }
            Some(hub) if policy.approvals.by != Some(Holder::Comments) => held = self.close(policy, hub, held).await,
            Some(_) => {}
            None if held.by == Holder::Comments && held.settled => {}
            None if !named.is_empty() => {
                self.next.push("run `rollback-action init` again: it closes the gates for your people, or prints the commands".into());
            }
            None => self.say_how_to_close(survey, branch, policy, hub),
        }
        match held {
            Held { by: Holder::Environments, .. } => {}
            Held { by: Holder::Comments, settled: true } => self
                .next
                .push("know that comments on the incident answer the gates here: `/approve GATE PLAN`, each by the person it asks".into()),
            Held { by: Holder::Comments, settled: false } => self.next.push(
                "settle what holds the gates: `--environments` with an administrator's token finds out, `--approvals comments` chooses; until an environment requires reviewers, comments on the incident answer them".into(),
            ),
        }
        self.next.push("see whether anything is missing: `rollback-action doctor`".into());
        held
    }

    /// What was found out about a policy that is theirs to change.
    fn say_what_holds(&mut self, by: Holder) {
        let by = match by {
            Holder::Environments => "environments",
            Holder::Comments => "comments",
        };
        self.next
            .push(format!("write `approvals: {{ by: {by} }}` into `.github/rollback.yml`: then nothing is left to find out on the night"));
    }

    fn say_how_to_close(&mut self, survey: &Survey, branch: &str, policy: &Policy, hub: Option<&Hub>) {
        let asks: Vec<&Ask> = policy.gates.iter().flat_map(|gate| &gate.approvals).collect();
        if hub.is_some_and(|hub| hub.settings.private) {
            self.next.push(
                "know that a private repository has required reviewers with GitHub Enterprise only; `--environments` finds out".into(),
            );
        }
        let repository: RepoName =
            match hub.map(|hub| hub.connection.inspector().repository_name().clone()).or_else(|| survey.repository.clone()) {
                Some(repository) => repository,
                None => {
                    self.next
                        .push("close the gates' environments with `rollback-action init --environments --repository owner/name`".into());
                    return;
                }
            };
        let Ok(branch) = branch.parse::<Branch>() else { return };
        let commands = asks
            .iter()
            .flat_map(|ask| environment_commands(&repository, &branch, &ask.environment, &people_of(policy, ask), &policy.approvals));
        let lines: String = commands.map(|command| format!("\n       {}", terminal(&command, 2000))).collect();
        self.next.push(format!("let an administrator close the gates with `rollback-action init --environments`, or with these:{lines}"));
    }

    /// Where nothing settles what holds the gates, the first environment that GitHub refuses for its plan does.
    async fn close(&mut self, policy: &Policy, hub: &Hub, held: Held) -> Held {
        let mut made = false;
        let asks: Vec<&Ask> = policy.gates.iter().flat_map(|gate| &gate.approvals).collect();
        let closer = Closer {
            administrator: hub.connection.administrator(),
            inspector: hub.connection.inspector(),
            reader: hub.connection.reader(),
            settings: &hub.settings,
            approvals: &policy.approvals,
            protected: hub.connection.reader().is_protected(&hub.settings.default_branch).await.unwrap_or(false),
        };
        for ask in &asks {
            match closer.close(&ask.environment, &people_of(policy, ask)).await {
                Err(NotClosed::Plan(_)) if held.by == Holder::Comments => {
                    self.environment("not made", "environments: GitHub lets this private repository have no required reviewers");
                    return Held { by: Holder::Comments, settled: true };
                }
                Ok(changed) => {
                    made = true;
                    self.environment(if changed { "closed" } else { "unchanged" }, &format!("environment {}", ask.environment));
                }
                Err(NotClosed::Plan(problem) | NotClosed::Other(problem)) => {
                    self.environment("failed", &format!("environment {}", ask.environment));
                    self.problems.push(problem);
                    self.exit = self.exit.max(Exit::Incomplete);
                }
            }
        }
        self.read_back(&asks, policy, &closer).await;
        Held { by: Holder::Environments, settled: made || held.settled && held.by == Holder::Environments }
    }

    /// What GitHub says now, not what it was told.
    async fn read_back(&mut self, asks: &[&Ask], policy: &Policy, closer: &Closer<'_>) {
        let rules = Rules::of(policy);
        let names: Vec<&str> = asks.iter().map(|ask| ask.environment.as_str()).collect();
        let environments = read_environments(&closer.reader, &names).await.map_err(|error| error.to_string());
        let branch = closer.settings.default_branch.as_str();
        for name in names {
            let found = Found::of(environments.as_deref().map_err(String::as_str), name);
            if let Some(problem) = protection_problem(branch, &rules, name, &found) {
                self.problems.push(Problem::new(format!("read back, `{name}` is not closed: {problem}"), None));
                self.exit = self.exit.max(Exit::Incomplete);
            }
        }
    }

    fn end(mut self) -> Ended {
        self.text.push_str(&self.environments);
        self.text.push_str(&self.differences);
        if !self.next.is_empty() {
            self.text.push_str("\nnext\n");
        }
        for (at, next) in self.next.iter().enumerate() {
            let _ = writeln!(self.text, "  {}. {next}", at + 1);
        }
        Ended { problems: self.problems, ..Ended::new(self.exit, self.text) }
    }
}

/// A line of a file, which may hold anything, with its indentation kept.
fn visible(line: &str) -> String {
    let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '+' | '-')).collect();
    format!("{indent}{}", terminal(line.get(indent.len()..).unwrap_or_default(), 500))
}
