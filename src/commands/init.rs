//! `init`: makes a repository ready before the night it is needed. Writes files where there are none, and with
//! `--environments` the environments of the gates.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Connection, Ended, Exit, Place, Problem};
use crate::config::{self, Policy};
use crate::doctor::{environment_commands, people_of, quoted};
use crate::domain::gate::{Ask, Stage};
use crate::domain::git::{Branch, RepoName, Sha};
use crate::domain::person::{Login, Role};
use crate::gate::{Found, protection_problem};
use crate::github::{Administrator, Branches, Error, Inspector, Reader, Reviewer, Settings, Standing, Token, Why, read_environments};
use crate::init::{Choices, File, PLACEHOLDERS, Placed, Survey, closed, files, is_closed, place, survey};
use crate::plan::Rules;
use crate::report::terminal;
use crate::runner::Environment;
use crate::words::list;

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
    /// Also creates or corrects the environments of the gates; takes an administrator's token in `GITHUB_TOKEN`
    #[arg(long)]
    pub environments: bool,
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
    let late = |policy: Policy| policy.gates.iter().any(|gate| gate.stage == Stage::ReRelease);
    let choices = Choices {
        leads: arguments.lead.clone(),
        owners: arguments.owner.clone(),
        pin: arguments.pin.clone(),
        re_release: in_force(&survey.root).is_ok_and(late),
    };
    let wanted = files(&survey, &choices, &branch);
    if let Some(problems) = invalid(&wanted) {
        return Ended::problems(Exit::Policy, problems);
    }
    let mut report = Report::new(&survey, &branch);
    for file in &wanted {
        report.file(file, place(&survey.root, file));
    }
    match in_force(&survey.root) {
        Ok(policy) => report.gates(arguments, &survey, &branch, &policy, hub.as_ref()).await,
        Err(problem) => {
            report.exit = report.exit.max(Exit::Policy);
            report.problems.push(problem);
        }
    }
    report.end()
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

/// A choice on the command line can make a policy that would be refused, e.g. one person for everything.
fn invalid(wanted: &[File]) -> Option<Vec<Problem>> {
    let file = wanted.iter().find(|file| file.path == ".github/rollback.yml")?;
    let problems = config::parse(&file.text, file.path).err()?;
    let problem = |problem: &config::Problem| Problem::new(problem.message.clone(), problem.hint.clone());
    Some(problems.list().iter().map(problem).collect())
}

fn in_force(root: &Path) -> Result<Policy, Problem> {
    let path = ".github/rollback.yml";
    let text = std::fs::read_to_string(root.join(path)).map_err(|error| Problem::new(format!("cannot read `{path}`: {error}"), None))?;
    config::parse(&text, path).map_err(|problems| Problem::new(problems.to_string(), Some("correct it and run `init` again".into())))
}

/// What is told at the end.
struct Report {
    text: String,
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

    /// Closes the environments, or says how an administrator does.
    async fn gates(&mut self, arguments: &Init, survey: &Survey, branch: &str, policy: &Policy, hub: Option<&Hub>) {
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
            Some(hub) => self.close(policy, hub).await,
            None if !named.is_empty() => {
                self.next.push("run `rollback-action init` again: it closes the gates for your people, or prints the commands".into());
            }
            None => self.say_how_to_close(survey, branch, policy, hub),
        }
        self.next.push("see whether anything is missing: `rollback-action doctor`".into());
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
        let commands = asks.iter().flat_map(|ask| environment_commands(&repository, &branch, &ask.environment, &people_of(policy, ask)));
        let lines: String = commands.map(|command| format!("\n       {}", terminal(&command, 2000))).collect();
        self.next.push(format!("let an administrator close the gates with `rollback-action init --environments`, or with these:{lines}"));
    }

    async fn close(&mut self, policy: &Policy, hub: &Hub) {
        let asks: Vec<&Ask> = policy.gates.iter().flat_map(|gate| &gate.approvals).collect();
        let closer = Closer {
            administrator: hub.connection.administrator(),
            inspector: hub.connection.inspector(),
            reader: hub.connection.reader(),
            settings: &hub.settings,
            protected: hub.connection.reader().is_protected(&hub.settings.default_branch).await.unwrap_or(false),
        };
        for ask in &asks {
            match closer.close(&ask.environment, &people_of(policy, ask)).await {
                Ok(changed) => self.line(if changed { "closed" } else { "unchanged" }, &format!("environment {}", ask.environment)),
                Err(problem) => {
                    self.line("failed", &format!("environment {}", ask.environment));
                    self.problems.push(problem);
                    self.exit = self.exit.max(Exit::Incomplete);
                }
            }
        }
        self.read_back(&asks, policy, &closer).await;
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

/// Closes one environment after the other.
struct Closer<'h> {
    administrator: Administrator,
    inspector: Inspector,
    reader: Reader,
    settings: &'h Settings,
    protected: bool,
}

impl Closer<'_> {
    /// Creates or corrects an environment, and tells whether anything had to be changed.
    async fn close(&self, name: &str, people: &Role) -> Result<bool, Problem> {
        let reviewers = self.reviewers(name, people).await?;
        let refused = |error: Error| self.refused(name, &error);
        let now = self.administrator.environment(name).await.map_err(refused)?;
        let wanted = closed(now.as_ref(), &reviewers, self.protected);
        let mut changed = false;
        if !now.as_ref().is_some_and(|now| is_closed(now, &wanted)) {
            let made = self.administrator.configure(name, &wanted).await.map_err(refused)?;
            changed = true;
            if !is_closed(&made, &wanted) {
                let hint = "look at it under Settings → Environments; an enterprise or plan may forbid a part of it".to_owned();
                return Err(Problem::new(format!("GitHub made something else of `{name}` than it was told"), Some(hint)));
            }
        }
        if wanted.branches == Branches::Patterns {
            let branch = self.settings.default_branch.as_str();
            let patterns = self.reader.branch_patterns(name).await.map_err(refused)?;
            if !patterns.iter().any(|pattern| pattern == branch) {
                self.administrator.allow_branch(name, branch).await.map_err(refused)?;
                changed = true;
            }
            let others: Vec<&String> = patterns.iter().filter(|pattern| *pattern != branch).collect();
            if !others.is_empty() {
                return Err(self.too_many(name, &others));
            }
        }
        Ok(changed)
    }

    /// People without access are refused here: on a public repository GitHub takes anybody.
    async fn reviewers(&self, name: &str, people: &Role) -> Result<Vec<Reviewer>, Problem> {
        let mut reviewers = Vec::new();
        for login in &people.users {
            match self.inspector.standing(login).await {
                Ok(Standing::Collaborator(_)) => {}
                Ok(Standing::NoAccount) => {
                    return Err(Problem::new(
                        format!("`{login}`, for `{name}`, is no account on GitHub"),
                        Some("correct the policy".into()),
                    ));
                }
                Ok(Standing::NoAccess | Standing::Outsider) => {
                    let command =
                        format!("gh api -X PUT repos/{}/collaborators/{login} -f permission=push", self.inspector.repository_name());
                    return Err(Problem::new(
                        format!("`{login}`, for `{name}`, is no collaborator"),
                        Some(format!("give them access: `{command}`")),
                    ));
                }
                Err(error) => return Err(self.refused(name, &error)),
            }
            reviewers.push(self.administrator.user(login).await.map_err(|error| self.refused(name, &error))?);
        }
        for team in &people.teams {
            reviewers.push(self.administrator.team(team).await.map_err(|error| self.refused(name, &error))?);
        }
        Ok(reviewers)
    }

    fn refused(&self, name: &str, error: &Error) -> Problem {
        let plan = self.settings.private && matches!(error.why(), Some(Why::Conflict | Why::NotFound));
        let hint = match error.why() {
            _ if plan => Some("on a private repository GitHub has required reviewers with Enterprise only".to_owned()),
            Some(Why::MissingPermission(_) | Why::NotFound | Why::Other) => {
                Some("use the token of an administrator of the repository, with `Administration: write`".to_owned())
            }
            _ => error.hint(),
        };
        Problem::new(format!("the environment `{name}` was not closed: {error}"), hint)
    }

    /// Taking something away that people put there is theirs to do.
    fn too_many(&self, name: &str, others: &[&String]) -> Problem {
        let path = format!("repos/{}/environments/{name}/deployment-branch-policies", self.inspector.repository_name());
        let delete = |pattern: &&String| {
            let select = quoted(&format!(".branch_policies[] | select(.name == \"{pattern}\") | .id"));
            format!("gh api -X DELETE \"{path}/$(gh api {path} --jq {select})\"")
        };
        let commands: Vec<String> = others.iter().map(delete).collect();
        Problem::new(
            format!("the environment `{name}` takes {} too, where the workflow could be changed", list(others, "and")),
            Some(format!("take it away: {}", commands.join("; "))),
        )
    }
}
