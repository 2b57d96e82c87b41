//! What `doctor` looked at, as plain data; what could not be read says why.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::workflow_file::WorkflowFile;
use crate::config::Policy;
use crate::domain::git::RepoName;
use crate::domain::person::Login;
use crate::domain::release::Release;
use crate::github::{ActionsSettings, Environment, Error, RuleInForce, Settings, Standing, TagRuleset, Why, Workflow};
use crate::plan::{Plan, Refused};

/// Something that was read, or why not.
pub type Known<T> = Result<T, Unread>;

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// GitHub's refusal.
    pub why: String,
    /// What helps.
    pub remedy: String,
}

/// Everything the findings rest on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// GitHub's clock.
    pub now: DateTime<Utc>,
    /// The repository.
    pub repository: RepoName,
    /// Its settings.
    pub settings: Settings,
    /// The policy.
    pub policy: PolicyFacts,
    /// The environments, with the branch patterns of the gates.
    pub environments: Known<Vec<Environment>>,
    /// What each person that policy or environments name is to the repository.
    pub people: BTreeMap<Login, Known<Standing>>,
    /// Who is in each team that the policy names.
    pub teams: BTreeMap<String, Known<Vec<Login>>>,
    /// The workflow files of the default branch.
    pub workflow_files: Known<Vec<WorkflowFile>>,
    /// The workflows as Actions knows them.
    pub workflows: Known<Vec<Workflow>>,
    /// When each scheduled workflow of ours last ran by its schedule, by path.
    pub last_runs: BTreeMap<String, Known<Option<DateTime<Utc>>>>,
    /// What Actions may do.
    pub actions: Known<ActionsSettings>,
    /// Whether the default branch is protected.
    pub default_is_protected: Known<bool>,
    /// Rules on the default branch.
    pub default_rules: Known<Vec<RuleInForce>>,
    /// Rules on the branch that a rollback of the newest release would make.
    pub rollback_rules: Known<Vec<RuleInForce>>,
    /// Branches whose names start with `rollback`.
    pub rollback_branches: Known<Vec<String>>,
    /// Rulesets on tags.
    pub tag_rulesets: Known<Vec<TagRuleset>>,
    /// The labels.
    pub labels: Known<Vec<String>>,
    /// The newest hundred releases.
    pub releases: Known<Vec<Release>>,
    /// The newest full release of each line of tags, the newest of all first: these are what would be rolled back.
    pub lines: Vec<Line>,
}

/// One line of releases, such as those of one package.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its newest full release.
    pub newest: Release,
    /// What came of planning its rollback.
    pub drill: Drill,
}

/// What the policy is.
#[derive(Debug, Clone)]
pub enum PolicyFacts {
    /// Valid, with what is probably not meant.
    Valid(Box<Policy>, Vec<String>),
    /// Every problem it has.
    Invalid(Vec<String>),
    /// There is none, or it is no text.
    Missing(String),
    /// It could not be read.
    Unread(Unread),
}

impl Facts {
    /// Returns the newest full release.
    pub fn newest(&self) -> Option<&Release> {
        self.lines.first().map(|line| &line.newest)
    }

    /// Returns the policy, where it is valid.
    pub fn policy(&self) -> Option<&Policy> {
        match &self.policy {
            PolicyFacts::Valid(policy, _) => Some(policy),
            PolicyFacts::Invalid(_) | PolicyFacts::Missing(_) | PolicyFacts::Unread(_) => None,
        }
    }
}

/// What came of planning without a reason.
#[derive(Debug, Clone)]
pub enum Drill {
    /// There is a plan.
    Planned {
        /// The plan.
        plan: Box<Plan>,
        /// What below `.github` is other in the good release than on the default branch; `None` where that is not known.
        drifted: Option<Vec<String>>,
        /// A pull request that rolls this release back and is open.
        open: Option<u64>,
    },
    /// The content is the good release's already.
    Nothing(String),
    /// No plan, for these reasons.
    Refused(Vec<Refused>),
    /// It could not be read.
    Unread(Unread),
    /// It was not tried: there is no valid policy, or no release.
    NotTried,
}

impl Drill {
    /// Returns the plan, where there is one.
    pub fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Planned { plan, .. } => Some(plan),
            Self::Nothing(_) | Self::Refused(_) | Self::Unread(_) | Self::NotTried => None,
        }
    }
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        let administrator = || "run `rollback-action doctor` once with an administrator's token in `GITHUB_TOKEN`".to_owned();
        let remedy = match error.why() {
            Some(Why::MissingPermission(Some(needed))) if needed.contains("administration") || needed.contains("members") => {
                administrator()
            }
            Some(Why::MissingPermission(None)) => administrator(),
            _ => error.hint().unwrap_or_else(|| "run it again".into()),
        };
        let why = match error.why() {
            Some(Why::MissingPermission(_)) => "this token may not read it".to_owned(),
            _ => error.to_string(),
        };
        Self { why, remedy }
    }
}
