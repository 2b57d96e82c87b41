//! The policy: what this repository wants of a rollback. Every field has the procedure's own value as its default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::gate::{Gate, Holder, standard_gates};
use crate::domain::person::Role;
use crate::domain::restore::{RepoPath, Restore};
use crate::domain::trigger::{Trigger, standard_non_critical, standard_triggers};
use crate::domain::window::Window;

/// A valid policy. Its serialized form is canonical: the same policy gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Role id (`technical-lead`) → its people.
    pub roles: BTreeMap<String, Role>,
    /// The rollback window and its phases.
    pub window: Window,
    /// The critical issues that justify a rollback.
    pub triggers: Vec<Trigger>,
    /// `(id, description)` of classes that are no reason.
    pub non_critical: Vec<(String, String)>,
    /// The checklist's gates, in order.
    pub gates: Vec<Gate>,
    /// How approvals are counted.
    pub approvals: Approvals,
    /// The packages this repository publishes.
    pub packages: Vec<Package>,
    /// What comes back and what stays.
    pub restore: Restore,
    /// Pull request, or the default branch moved forward.
    pub delivery: Delivery,
    /// Whether to put a marker tag (`v0.0.13-rollback`) on the rollback commit.
    pub marker_tag: bool,
    /// Labels of the pull request and the incident.
    pub labels: Vec<String>,
    /// Roles asked to review the pull request.
    pub reviewers: Vec<String>,
    /// The workflow file to dispatch after the release is made (tags made by the Actions token start nothing).
    pub release_workflow: Option<String>,
    /// Facts that a rollback of any release does not undo, e.g. migrations.
    pub irreversible: Vec<String>,
    /// Which version the rollback gets: `auto`, `patch`, `forward`, `forward-breaking`, `both` or `retag`.
    pub strategy: String,
    /// What the names of the gates' environments start with.
    pub environment_prefix: String,
    /// Who may go past missing approvals; `None` for nobody.
    pub break_glass: Option<BreakGlass>,
    /// When people who are being waited for are reminded.
    pub reminders: Reminders,
}

/// How approvals are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approvals {
    /// Different people over all gates, at least.
    pub minimum_people: u32,
    /// Whether the person who asked may approve.
    pub requester_may_approve: bool,
    /// Whether an administrator's bypass counts as an approval.
    pub administrators_may_bypass: bool,
    /// Hours an approval stays good.
    pub valid_hours: u32,
    /// Whether the gates are asked all at once or one after another.
    pub order: Order,
    /// What holds the gates; `None` where that is found out.
    pub by: Option<Holder>,
}

/// In which order gates are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// All at the same time.
    #[default]
    AllAtOnce,
    /// One after another, as the policy lists them.
    InOrder,
}

impl Order {
    /// Returns how many gates may wait for people at the same time; 256 is GitHub's limit of a matrix's jobs.
    pub fn at_once(self) -> usize {
        match self {
            Self::AllAtOnce => 256,
            Self::InOrder => 1,
        }
    }

    /// Tells whether this is what a policy that says nothing means.
    pub fn is_standard(&self) -> bool {
        *self == Self::default()
    }
}

/// Who may go past missing approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakGlass {
    /// Roles whose people may; never empty.
    pub roles: Vec<String>,
}

/// When people who are being waited for are reminded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reminders {
    /// Hours a gate may wait before its people are reminded.
    pub after_hours: u32,
}

/// Where a package is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registry {
    /// The Python package index.
    Pypi,
    /// npm.
    Npm,
    /// Cargo's registry.
    Crates,
    /// An OCI (Docker) registry.
    Oci,
    /// Maven Central or a Maven repository.
    Maven,
    /// NuGet.
    Nuget,
    /// RubyGems.
    Rubygems,
    /// Go modules.
    Go,
    /// Hex.
    Hex,
    /// Packagist.
    Packagist,
    /// Helm charts.
    Helm,
    /// Files of GitHub releases only.
    GithubReleases,
}

/// One published package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name in the registry.
    pub name: String,
    /// Where it is published.
    pub registry: Registry,
    /// Its directory in the repository; `None` for the top.
    pub path: Option<RepoPath>,
    /// Its tag template, e.g. `entity-core-v{version}`; `None` for the bad tag's own.
    pub tag: Option<String>,
    /// The index's address where it is not the one the ecosystem's client is configured with.
    pub index: Option<String>,
    /// Places that state the version, beside the ones found automatically: `path` and a locator.
    pub manifests: Vec<(RepoPath, String)>,
}

/// How the rollback reaches the default branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// A pull request that people merge.
    PullRequest,
    /// The default branch moved forward to the rollback commit; never a force push.
    Direct,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            roles: BTreeMap::new(),
            window: Window::default(),
            triggers: standard_triggers(),
            non_critical: standard_non_critical(),
            gates: standard_gates(),
            approvals: Approvals::default(),
            packages: Vec::new(),
            restore: Restore::default(),
            delivery: Delivery::PullRequest,
            marker_tag: false,
            labels: vec!["rollback".into()],
            reviewers: vec!["technical-lead".into()],
            release_workflow: None,
            irreversible: Vec::new(),
            strategy: "auto".into(),
            environment_prefix: "rollback-".into(),
            break_glass: None,
            reminders: Reminders { after_hours: 1 },
        }
    }
}

impl Default for Approvals {
    fn default() -> Self {
        Self {
            minimum_people: 2,
            requester_may_approve: false,
            administrators_may_bypass: false,
            valid_hours: 24,
            order: Order::AllAtOnce,
            by: None,
        }
    }
}
