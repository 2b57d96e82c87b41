//! Faults of rules, releases and labels.

use github_simulator::world::{Rule, Target};

use serde_json::json;

use super::{Fault, fault, policy, rule, workflow};

/// A rule that asks for names which fit a pattern.
fn names(kind: &'static str, operator: &str, pattern: &str) -> Rule {
    Rule::Other(kind, json!({"name": "", "negate": false, "operator": operator, "pattern": pattern}))
}

fn messages() -> Rule {
    names("commit_message_pattern", "starts_with", "ACME-")
}

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(
            "a branch in the way",
            |world| {
                let head = world.default_head();
                world.git.set_ref("refs/heads/rollback", head.as_deref()).unwrap();
            },
            "will-fail branch-free",
            "`rollback/v0.1.0`",
        ),
        fault(
            "a branch left over",
            |world| {
                let head = world.default_head();
                world.git.set_ref("refs/heads/rollback/v0.1.0", head.as_deref()).unwrap();
            },
            "will-fail branch-free",
            "left over",
        ),
        fault(
            "branches may not be made",
            |world| rule(world, Target::Branch, "rollback/*", Rule::Creation),
            "will-fail branch-rules",
            "`rollback/v0.1.0`",
        ),
        fault(
            "checks before a branch is made",
            |world| rule(world, Target::Branch, "~ALL", Rule::RequiredStatusChecks(vec!["build".into()])),
            "will-fail branch-rules",
            "`build`",
        ),
        fault(
            "nobody may update the default branch",
            |world| rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::Update),
            "will-fail merge-rules",
            "bypass list",
        ),
        fault(
            "direct delivery past a pull request rule",
            |world| {
                rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::PullRequest { approvals: 1 });
                policy(world, "delivery: direct\n");
            },
            "will-fail merge-rules",
            "by pull request only",
        ),
        fault(
            "direct delivery past the merge queue",
            |world| {
                rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::MergeQueue);
                policy(world, "delivery: direct\n");
            },
            "will-fail merge-rules",
            "merge queue",
        ),
        fault("merge queue", |world| rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::MergeQueue), "note merge-rules", "merge queue"),
        fault(
            "required checks on a bot's pull request",
            |world| rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::RequiredStatusChecks(vec!["build".into()])),
            "note merge-rules",
            "Approve workflows to run",
        ),
        fault("signed commits", |world| rule(world, Target::Branch, "~ALL", Rule::RequiredSignatures), "note branch-rules", "signed"),
        fault(
            "tags may not be made",
            |world| rule(world, Target::Tag, "refs/tags/v*", Rule::Creation),
            "will-fail tag-rules",
            "`house rules`",
        ),
        fault(
            "tags of another name",
            |world| rule(world, Target::Tag, "~ALL", names("tag_name_pattern", "starts_with", "release-")),
            "will-fail tag-rules",
            "fit `release-` (starts_with)",
        ),
        fault(
            "tags that fit an expression",
            |world| rule(world, Target::Tag, "~ALL", names("tag_name_pattern", "regex", "^v[0-9]+$")),
            "unknown tag-rules",
            "fit `^v[0-9]+$` (regex)",
        ),
        fault(
            "branches of another name",
            |world| rule(world, Target::Branch, "~ALL", names("branch_name_pattern", "starts_with", "team/")),
            "will-fail branch-rules",
            "fit `team/` (starts_with)",
        ),
        fault(
            "branches that fit an expression",
            |world| rule(world, Target::Branch, "~ALL", names("branch_name_pattern", "regex", "^[a-z]+$")),
            "unknown branch-rules",
            "fit `^[a-z]+$` (regex)",
        ),
        fault(
            "commit messages on the rollback branch",
            |world| rule(world, Target::Branch, "rollback/*", messages()),
            "unknown branch-rules",
            "`commit_message_pattern`",
        ),
        fault(
            "commit messages on the default branch",
            |world| rule(world, Target::Branch, "~DEFAULT_BRANCH", messages()),
            "unknown merge-rules",
            "`commit_message_pattern`",
        ),
        fault(
            "commit messages of tags",
            |world| rule(world, Target::Tag, "~ALL", messages()),
            "unknown tag-rules",
            "`commit_message_pattern`",
        ),
        fault(
            "deployments before a direct delivery",
            |world| {
                let environments = json!({"required_deployment_environments": ["production"]});
                rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::Other("required_deployments", environments));
                policy(world, "delivery: direct\n");
            },
            "unknown merge-rules",
            "`required_deployments`",
        ),
        fault(
            "classic protection before a merge",
            |world| {
                world.protected_branches.insert("main".into());
            },
            "unknown merge-rules",
            "may ask for reviews and checks",
        ),
        fault(
            "classic protection before a direct delivery",
            |world| {
                world.protected_branches.insert("main".into());
                policy(world, "delivery: direct\n");
            },
            "unknown merge-rules",
            "`delivery: direct` may be refused",
        ),
        fault(
            "owners of code changed since the good release",
            |world| {
                world.push_file(".github/CODEOWNERS", "* @acme/core\n", "Change the owners").unwrap();
            },
            "note workflow-drift",
            "`.github/CODEOWNERS`",
        ),
        fault("no release", |world| world.releases.clear(), "will-fail release", "no published release"),
        fault(
            "only drafts",
            |world| world.releases.values_mut().for_each(|release| release.draft = true),
            "will-fail release",
            "no published release",
        ),
        fault(
            "first release",
            |world| world.releases.retain(|_, release| release.tag_name == "v0.1.0"),
            "will-fail last-known-good",
            "no release before v0.1.0",
        ),
        fault(
            "earlier ones are prereleases",
            |world| {
                world.releases.values_mut().filter(|release| release.tag_name != "v0.1.0").for_each(|release| release.prerelease = true)
            },
            "will-fail last-known-good",
            "prereleases",
        ),
        fault(
            "notes too long",
            |world| world.releases.values_mut().for_each(|release| release.body = Some("x".repeat(124_990))),
            "will-fail release-notes",
            "124990 bytes",
        ),
        fault(
            "manifest that is not there",
            |world| {
                policy(
                    world,
                    "packages:\n  - name: entity-core\n    registry: pypi\n    manifests: [{ path: version.txt, locator: version }]\n",
                )
            },
            "will-fail plan",
            "version.txt",
        ),
        fault(
            "tag template that fits nothing",
            |world| policy(world, "packages:\n  - { name: entity-core, registry: pypi, tag: \"entity-core-v{version}\" }\n"),
            "will-fail tag-template",
            "entity-core-v{version}",
        ),
        fault("label missing", |world| world.labels.clear(), "note labels", "`rollback`"),
        fault(
            "immutable releases and a workflow that adds files",
            |world| {
                workflow(world, "publish", "on: workflow_dispatch\njobs: {}\n");
                policy(world, "release: { workflow: publish.yml }\n");
                world.releases.values_mut().for_each(|release| release.immutable = true);
            },
            "note immutable-releases",
            "`publish.yml`",
        ),
        fault(
            "token that may not read Actions",
            |world| {
                world.quirks.public_is_readable = false;
                world.add_actions_token(crate::doctor::JOB, &[("contents", "read"), ("issues", "read")]);
            },
            "unknown gate-exists",
            "cannot be read",
        ),
    ]
}
