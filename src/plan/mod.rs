//! `(Request, Policy, Snapshot) → Plan`, pure: no clock, no network, no chance. The same facts give the same bytes.

mod candidate;
mod consumers;
mod content;
mod draft;
mod edits;
mod embedded;
#[cfg(test)]
pub(crate) mod example;
mod good;
mod holder;
mod number;
mod other;
mod propose;
mod removes;
mod request;
mod retag;
mod route;
mod scope;
mod snapshot;
mod step;
mod steps;
mod tag_workflows;
mod warnings;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::config::{Approvals, Order, Policy};
use crate::domain::gate::{Gate, Holder};
use crate::domain::git::{Branch, RepoName, Sha, Tag};
use crate::domain::person::{Login, Role};
use crate::domain::restore::RepoPath;
use crate::domain::tree::Mode;
use crate::domain::trigger::Trigger;
use crate::domain::version::Version;
use crate::json;

pub use candidate::Candidate;
pub use content::{ALWAYS_KEPT, CHANGES, Forest, Side, Sources, side_of};
pub use draft::{Drafted, Refused, draft, manifest_search, policy_digest};
pub use edits::{EditGroup, Form, Ranges};
pub use embedded::{embedded, plan_in};
pub use good::{candidates, is_marked_bad, is_warned};
pub use holder::{holder, settled};
pub use other::{Other, Second};
pub use removes::{Removes, removes};
pub use request::Request;
pub use scope::{CHANGELOG, NoScope, lines, narrowed, roots};
pub use snapshot::{CommitFacts, Good, Line, OtherLine, Snapshot};
pub use step::Step;

/// The hidden line that marks a banner of ours at the top of release notes.
pub const BANNER_START: &str = "<!-- rollback-action:banner -->";
/// Its end.
pub const BANNER_END: &str = "<!-- /rollback-action:banner -->";
/// The largest plan that still travels as a job output, in bytes.
pub const LARGEST_PLAN: usize = 32 * 1024;

/// Everything about one rollback that a person approves and the machine then does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The form of this document; 1.
    pub format: u32,
    /// The repository.
    pub repository: RepoName,
    /// Its page, `https://github.com/owner/name`.
    pub url: String,
    /// The release that is rolled back.
    pub bad: Bad,
    /// Further bad releases that are rolled back with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_bad: Vec<Bad>,
    /// The release whose content returns.
    pub good: GoodRelease,
    /// Whether nothing new is published: what marks the bad release goes on, and `Latest` goes back to the good one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retag: bool,
    /// The version of the rollback; where nothing new is published, the good release's own.
    pub version: Version,
    /// Its tag.
    pub tag: Tag,
    /// Why this version.
    pub version_why: String,
    /// The ways to number it, and what each would mean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// A second release of the same content, under another number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Second>,
    /// Further packages that go back with it, each from a line of its own; their bad releases are in `also_bad`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
    /// Why the release is rolled back, in the asker's words.
    pub reason: String,
    /// The critical trigger.
    pub trigger: Trigger,
    /// The issue in which this is discussed.
    pub incident: Option<u64>,
    /// The incident that was opened for the plan, once there is one: no part of the document or its digest.
    #[serde(skip)]
    pub opened_incident: Option<u64>,
    /// Who asked; `None` outside a workflow run.
    pub requester: Option<Login>,
    /// What everything below was read at; a run that finds it changed stops.
    pub basis: Basis,
    /// Where in the window this was planned.
    pub window: PlannedWindow,
    /// The exact tree that will be proposed.
    pub content: Content,
    /// What goes away.
    pub removes: Removes,
    /// What a rollback does not undo.
    pub irreversible: Vec<String>,
    /// What people must approve first.
    pub gates: Vec<Gate>,
    /// The people of the roles that the gates and the pull request name.
    pub roles: BTreeMap<String, Role>,
    /// How approvals are counted.
    pub rules: Rules,
    /// What `execute` does, in order.
    pub steps: Vec<Step>,
    /// What `finish` does after the merge, in order.
    pub finish: Vec<Step>,
    /// The branch that is made.
    pub branch: Branch,
    /// Labels of the pull request.
    pub labels: Vec<String>,
    /// Roles asked to review the pull request.
    pub reviewers: Vec<String>,
    /// Who gets which version, now and later; computed from what is named in `known_from`.
    pub who_gets_what: Vec<Row>,
    /// Sentences above that table.
    pub headline: Vec<String>,
    /// What a person must do that the tool cannot.
    pub manual: Vec<String>,
    /// What an approver should know besides.
    pub warnings: Vec<String>,
}

/// The bad release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bad {
    /// Its tag.
    pub tag: Tag,
    /// Its version.
    pub version: Version,
    /// GitHub's number of the release; `None` where only the tag exists.
    pub release: Option<u64>,
    /// When it was published (committed, where there is only a tag).
    pub published_at: DateTime<Utc>,
}

/// The last known good release, or whatever ref was named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoodRelease {
    /// The ref as it was found or named.
    pub reference: String,
    /// Its version.
    pub version: Version,
    /// GitHub's number of the release; `None` where there is none.
    pub release: Option<u64>,
}

/// The shas the plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The default branch.
    pub default_branch: Branch,
    /// Its newest commit.
    pub head: Sha,
    /// That commit's `.github/workflows`; `None` where there is none.
    pub workflows: Option<Sha>,
    /// The commit the bad tag points to.
    pub bad: Sha,
    /// The commits of the other bad tags, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_bad: Vec<Sha>,
    /// The commit the good ref points to.
    pub good: Sha,
    /// The commits of the other packages' good releases, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_good: Vec<Sha>,
    /// A digest of the policy.
    pub policy: String,
}

/// The window's facts, without a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedWindow {
    /// The window with its phases.
    pub window: crate::domain::window::Window,
    /// The action of the phase in which it was planned.
    pub phase: String,
    /// Who decided in it.
    pub responsible: String,
    /// When the window closes.
    pub closes_at: DateTime<Utc>,
}

/// The tree that is proposed, and how it comes about from trees the server already has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The tree's hash, computed before anything is written.
    pub tree: Sha,
    /// The tree it starts from: the good release's, or the default branch's.
    pub base: Sha,
    /// Paths that are taken from elsewhere, as whole objects.
    pub put: Vec<Put>,
    /// Paths that go away.
    pub remove: Vec<RepoPath>,
    /// Version bytes that are rewritten.
    pub edits: Vec<EditGroup>,
    /// The same for people, the first of them: `path`, place, old and new.
    pub places: Vec<Place>,
    /// How many places there are in all.
    pub place_count: usize,
}

/// One path that is put as a whole object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Which tree the object is from.
    pub side: Side,
    /// Where.
    pub path: RepoPath,
    /// As what.
    pub mode: Mode,
    /// Which object.
    pub sha: Sha,
}

/// One rewritten version, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The file.
    pub path: String,
    /// Where in it, e.g. `[project] version`.
    pub locator: String,
    /// What stands there in the good release.
    pub old: String,
    /// What will stand there.
    pub new: String,
}

/// How approvals are counted, from the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Different people over all gates, at least.
    pub minimum_people: u32,
    /// Whether the person who asked may approve.
    pub requester_may_approve: bool,
    /// Whether an administrator's bypass counts.
    pub administrators_may_bypass: bool,
    /// Hours an approval stays good.
    pub valid_hours: u32,
    /// Whether the gates are asked all at once or one after another.
    #[serde(default, skip_serializing_if = "Order::is_standard")]
    pub order: Order,
    /// What holds the gates.
    #[serde(default, skip_serializing_if = "Holder::is_standard")]
    pub by: Holder,
}

impl Rules {
    /// Returns the rules of a policy, with environments where it leaves open what holds its gates: see [`holder`].
    pub fn of(policy: &Policy) -> Self {
        let Approvals { minimum_people, requester_may_approve, administrators_may_bypass, valid_hours, order, by } = policy.approvals;
        Self { minimum_people, requester_may_approve, administrators_may_bypass, valid_hours, order, by: by.unwrap_or_default() }
    }
}

/// One consumer and what it gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// E.g. `pip install` or `entity-core~=0.0`.
    pub consumer: String,
    /// What it gets now.
    pub now: String,
    /// What it gets after the release.
    pub after_release: String,
    /// What it gets after the bad version is withdrawn.
    pub after_withdrawal: String,
    /// Whether only the whole table has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub long: bool,
}

/// The digest of a plan: the same plan has the same, any other another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(String);

impl PlanId {
    /// Returns the first twelve digits: what people compare and what job names carry.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }

    /// Returns all 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A plan in its file or job output, with the digest it was given.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<P> {
    id: PlanId,
    plan: P,
}

/// A plan document that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadPlan {
    /// Not a plan at all.
    #[error("this is not a plan of this version: {0}")]
    Unreadable(String),
    /// The digest does not fit the content.
    #[error("the plan was changed after it was made: it says it is `{says}`, its content is `{is}`")]
    Changed {
        /// The digest in the document.
        says: String,
        /// The digest of its content.
        is: String,
    },
}

impl Plan {
    /// Returns every bad release, the one the rollback is named after first.
    pub fn all_bad(&self) -> impl Iterator<Item = &Bad> {
        std::iter::once(&self.bad).chain(&self.also_bad)
    }

    /// Returns the digest over the canonical form: this document's own bytes.
    pub fn id(&self) -> PlanId {
        let digest = Sha256::digest(self.canonical());
        PlanId(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Returns the document with its digest, one line of JSON.
    pub fn to_document(&self) -> String {
        serde_json::to_string(&Envelope { id: self.id(), plan: self }).expect("a plan is plain data")
    }

    /// Reads a document and checks its digest.
    ///
    /// # Errors
    /// When it is no plan, or was changed by hand.
    pub fn from_document(text: &str) -> Result<Self, BadPlan> {
        // By way of a value, as answers of GitHub are read: a plan alone would bring a second reader of everything it holds.
        let value: Value = serde_json::from_str(text.trim()).map_err(|error| BadPlan::Unreadable(error.to_string()))?;
        let envelope = json::read::<Envelope<Self>>(&value).map_err(|error| BadPlan::Unreadable(error.to_string()))?;
        let (says, is) = (envelope.id, envelope.plan.id());
        if says != is {
            return Err(BadPlan::Changed { says: says.short().to_owned(), is: is.short().to_owned() });
        }
        Ok(envelope.plan)
    }

    fn canonical(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a plan is plain data")
    }
}

/// The trailer of the rollback commit that names its plan.
pub const PLAN_TRAILER: &str = "Rollback-Plan: ";

/// Returns the id of the plan that a commit's message names in its last paragraph.
pub fn plan_id_in(message: &str) -> Option<String> {
    let trailers = message.trim_end().rsplit("\n\n").next()?;
    let mut named = trailers.lines().filter_map(|line| line.strip_prefix(PLAN_TRAILER));
    // A message that names two was not written by this tool.
    named.next().filter(|_| named.next().is_none()).map(|id| id.trim().to_owned())
}
