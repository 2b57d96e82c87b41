//! `.github/rollback.yml` as it is written: every key, what it means, and its default. The JSON Schema is made of these types.

use super::decode::{At, Choice, Decode, Entries, Field, Items, OneOrMore, Place, Table, Toggle, choices, table};
use super::node::Node;
use super::policy::{Delivery, Order, Registry};
use super::problem::Findings;
use crate::domain::gate::{Holder, Stage};

table! {
    /// The rollback policy of a repository, `.github/rollback.yml` on its default branch. Only `roles` must be written; everything else has the standard procedure's own value.
    RawPolicy {
        /// The format of this file. Default: `1`, the only one there is.
        #[cfg_attr(test, schemars(extend("default" = 1, "minimum" = 1, "maximum" = 1)))]
        version: Option<At<u32>>,
        /// Who may answer: a role's name, then its people. The standard gates ask `technical-lead` and `product-owner`.
        #[cfg_attr(test, schemars(required))]
        roles: Option<At<Entries<At<RawRole>>>>,
        /// How long after its publication a release may be rolled back, and who decides when. Default: the procedure's 48 hours in four phases.
        window: Option<At<RawWindow>>,
        /// Critical issues that justify a rollback, beside the five standard ones (`import-failures`, `data-corruption`, `performance-regression`, `security`, `dependency-conflict`). A standard name changes that one, `false` takes it away.
        triggers: Option<At<Entries<Toggle<RawTrigger>>>>,
        /// Classes of issues that are no reason to roll back, beside the four standard ones (`user-configuration`, `deprecation-warning`, `single-plugin`, `documentation`). `false` takes a standard one away.
        non_critical: Option<At<Entries<Toggle<At<String>>>>>,
        /// Checklist lines that people must answer. The name of a standard gate (`critical-issue-confirmed`, `scope-assessed`, `hotfix-ruled-out`, `stakeholder-approval`, `communication-ready`, `team-assembled`) changes that gate; others come after them in the order written.
        gates: Option<At<Entries<At<RawGate>>>>,
        /// What the names of the gates' GitHub environments start with. Default: `rollback-`.
        #[cfg_attr(test, schemars(extend("default" = "rollback-")))]
        environment_prefix: Option<At<String>>,
        /// How approvals are counted.
        approvals: Option<At<RawApprovals>>,
        /// Who may go past missing approvals, with a reason that is shown everywhere. Default: nobody.
        break_glass: Option<At<RawBreakGlass>>,
        /// When people who are being waited for are reminded.
        reminders: Option<At<RawReminders>>,
        /// The packages this repository publishes. Default: none, only the git tag and the GitHub release are rolled back.
        #[cfg_attr(test, schemars(extend("default" = [])))]
        packages: Option<At<Vec<At<RawPackage>>>>,
        /// What comes back and what stays. Default: everything comes back except `.github` and the changelogs; where the bad release is of one of several packages, only its path.
        restore: Option<At<RawRestore>>,
        /// How the rollback reaches the default branch: by a pull request that people merge, or `direct` by moving the branch forward, never by a force push. Default: `pull-request`.
        #[cfg_attr(test, schemars(extend("default" = "pull-request")))]
        delivery: Option<At<Delivery>>,
        /// Whether to put a tag such as `v0.0.13-rollback` on the rollback commit. Default: `false`.
        #[cfg_attr(test, schemars(extend("default" = false)))]
        marker_tag: Option<At<bool>>,
        /// Labels of the pull request and the incident. Default: `[rollback]`.
        #[cfg_attr(test, schemars(extend("default" = ["rollback"])))]
        labels: Option<At<Vec<At<String>>>>,
        /// Roles that are asked to review the pull request. Default: `[technical-lead]`, where that role is defined.
        #[cfg_attr(test, schemars(extend("default" = ["technical-lead"])))]
        reviewers: Option<At<Vec<At<String>>>>,
        /// What is started once the rollback's release is made.
        release: Option<At<RawRelease>>,
        /// Facts that no rollback of this repository undoes, e.g. database migrations; shown in every plan. Default: none.
        #[cfg_attr(test, schemars(extend("default" = [])))]
        irreversible: Option<At<Vec<At<String>>>>,
        /// Which version the rollback gets: `patch` is the next free patch of the good release's line, `forward` the next free one above the bad release, `forward-breaking` one above it that says it breaks, `both` is `patch` and `forward`, `retag` releases nothing and moves only pointers such as `latest` back; `auto` chooses by where the packages are. Default: `auto`.
        #[cfg_attr(test, schemars(extend("default" = "auto")))]
        strategy: Option<At<Strategy>>,
    }
}

table! {
    /// The people of a role, at least one.
    RawRole {
        /// GitHub logins. Default: none.
        #[cfg_attr(test, schemars(extend("default" = [])))]
        users: Option<At<Vec<At<String>>>>,
        /// Teams of the organization that owns the repository, by slug. Default: none.
        #[cfg_attr(test, schemars(extend("default" = [])))]
        teams: Option<At<Vec<At<String>>>>,
    }
}

table! {
    /// The rollback window.
    RawWindow {
        /// Its length in hours after publication, from 1 to 720. Default: the end of the last phase; without `phases`, 48, and another number cuts or lengthens the standard phases.
        #[cfg_attr(test, schemars(extend("default" = 48, "minimum" = 1, "maximum" = 720)))]
        hours: Option<At<u32>>,
        /// Its phases in order, the last one ending with the window. Default: the procedure's own timeline.
        #[cfg_attr(test, schemars(extend("default" = [
            { "until-hours": 2, "action": "Monitor deployment metrics", "responsible": "DevOps Team" },
            { "until-hours": 8, "action": "Assess user reports", "responsible": "Support Team" },
            { "until-hours": 24, "action": "Decision point for rollback", "responsible": "Technical Lead" },
            { "until-hours": 48, "action": "Final rollback window", "responsible": "Release Manager" },
        ])))]
        phases: Option<At<Items<At<RawPhase>>>>,
        /// What is left to do once the window is over, and who does it.
        after: Option<At<RawAfter>>,
    }
}

table! {
    /// One row of the timeline.
    RawPhase {
        /// Hours after publication at which it ends, from 1 to 720.
        #[cfg_attr(test, schemars(extend("minimum" = 1, "maximum" = 720)))]
        until_hours: At<u32>,
        /// What is to be done in it.
        action: At<String>,
        /// Who is responsible.
        responsible: At<String>,
    }
}

table! {
    /// What comes after the window.
    RawAfter {
        /// What is left to do. Default: `Post-mortem, hotfix only`.
        #[cfg_attr(test, schemars(extend("default" = "Post-mortem, hotfix only")))]
        action: Option<At<String>>,
        /// Who does it. Default: `Engineering Team`.
        #[cfg_attr(test, schemars(extend("default" = "Engineering Team")))]
        responsible: Option<At<String>>,
    }
}

table! {
    /// A critical issue that justifies a rollback.
    RawTrigger {
        /// One line for people. Default: a standard trigger's own; others need one.
        description: Option<At<String>>,
        /// The measure above which it counts, in words. Default: a standard trigger's own, or none.
        threshold: Option<At<String>>,
    }
}

table! {
    /// A checklist line. Keys that are left out keep a standard gate's own value.
    RawGate {
        /// The line as people read it. Others than the standard gates need one.
        question: Option<At<String>>,
        /// What somebody who approves should have seen. Default: nothing.
        evidence: Option<At<String>>,
        /// Roles any one of whose people may answer. Others than the standard gates need this or `all-of`.
        roles: Option<At<Vec<At<String>>>>,
        /// Approvals it takes, all of them, in place of `roles`: each is a role, or a list of roles any one of whose people may answer.
        all_of: Option<At<Vec<At<OneOrMore>>>>,
        /// What waits for it. Default: `execute`.
        #[cfg_attr(test, schemars(extend("default" = "execute")))]
        stage: Option<At<Stage>>,
        /// Its GitHub environment; with `all-of`, what the names of its environments start with. Default: the environment prefix and the gate's name.
        environment: Option<At<String>>,
        /// `false` takes the gate away. Default: `true`.
        #[cfg_attr(test, schemars(extend("default" = true)))]
        enabled: Option<At<bool>>,
    }
}

table! {
    /// How approvals are counted.
    RawApprovals {
        /// Different people over all gates, at least, from 1 to 20. Default: `2`.
        #[cfg_attr(test, schemars(extend("default" = 2, "minimum" = 1, "maximum" = 20)))]
        minimum_people: Option<At<u32>>,
        /// Whether the person who asked for the rollback may approve it. Default: `false`.
        #[cfg_attr(test, schemars(extend("default" = false)))]
        requester_may_approve: Option<At<bool>>,
        /// Whether a gate that an administrator went past counts as approved. Default: `false`.
        #[cfg_attr(test, schemars(extend("default" = false)))]
        administrators_may_bypass: Option<At<bool>>,
        /// Hours an approval stays good, from 1 to 720. Default: `24`.
        #[cfg_attr(test, schemars(extend("default" = 24, "minimum" = 1, "maximum" = 720)))]
        valid_hours: Option<At<u32>>,
        /// Whether the gates are asked all at once or one after another. Default: `all-at-once`.
        #[cfg_attr(test, schemars(extend("default" = "all-at-once")))]
        order: Option<At<Order>>,
        /// What holds the gates: GitHub `environments`, or `comments` on the incident that name the gate and the plan. `auto` takes environments for a public repository, and for a private one where GitHub let it have required reviewers; otherwise comments. Default: `auto`.
        #[cfg_attr(test, schemars(extend("default" = "auto")))]
        by: Option<At<By>>,
    }
}

table! {
    /// Who may go past missing approvals.
    RawBreakGlass {
        /// Roles whose people may.
        roles: At<Vec<At<String>>>,
    }
}

table! {
    /// When people who are being waited for are reminded.
    RawReminders {
        /// Hours a gate may wait before its people are reminded, from 1 to 720. Default: `1`.
        #[cfg_attr(test, schemars(extend("default" = 1, "minimum" = 1, "maximum" = 720)))]
        after_hours: Option<At<u32>>,
    }
}

table! {
    /// A package this repository publishes.
    RawPackage {
        /// Its name in the registry.
        name: At<String>,
        /// Where it is published.
        registry: At<Registry>,
        /// Its directory in the repository; what comes back where it goes back alone. Default: the top.
        path: Option<At<String>>,
        /// How its tags are made, e.g. `entity-core-v{version}`; a bad tag made so tells that it is this package that goes back, and only its path does. Default: as the bad release's tag is.
        tag: Option<At<String>>,
        /// The address of its index; without it, the one its client is configured with. Where neither says, no index is read.
        index: Option<At<String>>,
        /// Places that state the version, beside the ones found by themselves. Default: none.
        #[cfg_attr(test, schemars(extend("default" = [])))]
        manifests: Option<At<Vec<At<RawManifest>>>>,
    }
}

table! {
    /// A place that states a package's version.
    RawManifest {
        /// The file.
        path: At<String>,
        /// The place in it, e.g. `project.version`.
        locator: At<String>,
    }
}

table! {
    /// What comes back and what stays: either `keep`, or `paths` and `remove`.
    RawRestore {
        /// Everything comes back as in the good release except these paths, which stay as on the default branch; so do `.github` and `CHANGELOG.md`, at the top and in a package's path, which gets an entry. Default: none.
        #[cfg_attr(test, schemars(extend("default" = [])))]
        keep: Option<At<Vec<At<String>>>>,
        /// Only these paths come back as in the good release; the rest stays as on the default branch. Default: none.
        #[cfg_attr(test, schemars(extend("default" = [])))]
        paths: Option<At<Vec<At<String>>>>,
        /// These paths go away; the rest stays as on the default branch. Default: none.
        #[cfg_attr(test, schemars(extend("default" = [])))]
        remove: Option<At<Vec<At<String>>>>,
    }
}

table! {
    /// What is started once the rollback's release is made.
    RawRelease {
        /// The workflow to start, a file in `.github/workflows`: tags and releases made with the Actions token start nothing by themselves. Default: none.
        workflow: Option<At<String>>,
    }
}

/// What holds the gates.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    Auto,
    These(Holder),
}

choices!(By {
    "auto" => Self::Auto,
    "environments" => Self::These(Holder::Environments),
    "comments" => Self::These(Holder::Comments),
});

/// Which version the rollback gets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Strategy {
    Auto,
    Patch,
    Forward,
    ForwardBreaking,
    Both,
    Retag,
}

choices!(Strategy {
    "auto" => Self::Auto,
    "patch" => Self::Patch,
    "forward" => Self::Forward,
    "forward-breaking" => Self::ForwardBreaking,
    "both" => Self::Both,
    "retag" => Self::Retag,
});

choices!(Delivery {
    "pull-request" => Self::PullRequest,
    "direct" => Self::Direct,
});

choices!(Order {
    "all-at-once" => Self::AllAtOnce,
    "in-order" => Self::InOrder,
});

choices!(Stage {
    "execute" => Self::Execute,
    "finish" => Self::Finish,
    "close" => Self::Close,
    "re-release" => Self::ReRelease,
});

choices!(Registry {
    "pypi" => Self::Pypi,
    "npm" => Self::Npm,
    "crates" => Self::Crates,
    "oci" => Self::Oci,
    "maven" => Self::Maven,
    "nuget" => Self::Nuget,
    "rubygems" => Self::Rubygems,
    "go" => Self::Go,
    "hex" => Self::Hex,
    "packagist" => Self::Packagist,
    "helm" => Self::Helm,
    "github-releases" => Self::GithubReleases,
} meant {
    "python" => "pypi",
    "pip" => "pypi",
    "npmjs" => "npm",
    "node" => "npm",
    "cargo" => "crates",
    "crates.io" => "crates",
    "docker" => "oci",
    "dockerhub" => "oci",
    "ghcr" => "oci",
    "container" => "oci",
    "gradle" => "maven",
    "gem" => "rubygems",
    "ruby" => "rubygems",
    "golang" => "go",
    "composer" => "packagist",
    "github" => "github-releases",
});

impl Strategy {
    /// Returns the name in the file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Patch => "patch",
            Self::Forward => "forward",
            Self::ForwardBreaking => "forward-breaking",
            Self::Both => "both",
            Self::Retag => "retag",
        }
    }
}
