//! The only place that names octocrab or speaks HTTP to GitHub. Nothing of octocrab's or serde's shapes leaves it.

mod administrator;
mod client;
mod error;
mod graphql;
mod inspected;
mod inspector;
mod person;
mod reader;
mod records;
mod retry;
mod token;
mod transport;
mod wire;
mod writer;

pub use administrator::{Administrator, Branches, EnvironmentSettings, Reviewer, ReviewerKind};
pub use client::{Address, Client, Waiting};
pub use error::{Error, Refusal, Why};
pub use graphql::{Ask, Object, RepositoryFacts};
pub use inspected::{ActionsSettings, Rule, RuleInForce, Settings, Standing, TagRuleset, Workflow};
pub use inspector::Inspector;
pub use person::Person;
pub use reader::{Reader, read_environments};
pub use records::{
    Comparison, Environment, Issue, Job, Protection, Pull, PullCommit, PullState, Repository, Review, ReviewState, ReviewerRule, Run,
};
pub use retry::{Pace, Waits};
pub use token::Token;
pub use writer::{CommitMade, IssueWriter, LatestChange, NewPull, ReleaseChange, TreeChange, Writer};
