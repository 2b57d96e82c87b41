//! Faults of policy, gates and people.

use github_simulator::environments::{BranchPolicy, Reviewer};
use github_simulator::world::Role;

use super::{Fault, GATE, fault, gate, people, policy, takes};
use crate::doctor::ROLES;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault("archived", |world| world.repository.archived = true, "will-fail writable", "is archived"),
        fault("without issues", |world| world.repository.has_issues = false, "will-fail issues", "no issues"),
        fault("policy with a misspelled key", |world| policy(world, "gatess: {}\n"), "will-fail policy", "gatess"),
        fault(
            "policy that is no YAML",
            |world| {
                world.push_file(".github/rollback.yml", "roles: [", "Break").unwrap();
            },
            "will-fail policy",
            "is not YAML",
        ),
        fault(
            "gate deleted",
            |world| {
                world.environments.remove(GATE);
            },
            "will-fail gate-exists",
            "`rollback-scope-assessed` does not exist",
        ),
        fault(
            "gate without reviewers",
            |world| gate(world, |gate| gate.reviewers.clear()),
            "will-fail gate-closed",
            "no required reviewers",
        ),
        fault(
            "gate takes every branch",
            |world| gate(world, |gate| gate.branch_policy = BranchPolicy::All),
            "will-fail gate-branches",
            "takes every branch",
        ),
        fault("gate takes another branch too", |world| takes(world, &["main", "feature/*"]), "will-fail gate-branches", "`feature/*`"),
        fault(
            "gate does not take the default branch",
            |world| takes(world, &["master"]),
            "will-fail gate-branches",
            "does not take `main`",
        ),
        fault("gate takes no branch", |world| takes(world, &[]), "will-fail gate-branches", "no branch at all"),
        fault(
            "gate takes protected branches, and none is",
            |world| gate(world, |gate| gate.branch_policy = BranchPolicy::Protected),
            "will-fail gate-branches",
            "is not protected",
        ),
        fault(
            "self-review",
            |world| gate(world, |gate| gate.prevent_self_review = false),
            "will-fail gate-self-review",
            "approve what they started",
        ),
        fault(
            "administrators' bypass",
            |world| gate(world, |gate| gate.can_admins_bypass = true),
            "will-fail gate-bypass",
            "without a review",
        ),
        fault(
            "whoever asks may approve, and the environment does not let them",
            |world| policy(world, "approvals: { requester-may-approve: true }\n"),
            "note gate-self-review",
            "the environment `rollback-scope-assessed` does not",
        ),
        fault(
            "nobody says what holds the gates",
            |world| {
                world.repository.private = true;
                let names: Vec<String> = world.environments.iter().map(|environment| environment.name.clone()).collect();
                for name in names {
                    world.environments.get_mut(&name).unwrap().reviewers.clear();
                }
            },
            "unknown gate-answers",
            "whether this private repository can have required reviewers is not known",
        ),
        fault(
            "comments that nobody can write",
            |world| {
                let roles = ROLES.replace("users: [owner-login, second-owner]", "teams: [product]");
                people(world, &roles, "approvals: { by: comments }\n");
            },
            "will-fail gate-answers",
            "nobody can answer `scope-assessed` by a comment",
        ),
        fault(
            "comments that start nothing",
            |world| policy(world, "approvals: { by: comments }\n"),
            "will-fail answer-workflow",
            "no workflow on `main` starts on one",
        ),
        fault(
            "enough people only after the merge",
            |world| {
                let roles = format!("{ROLES}  tester: {{ users: [third, fourth] }}\n");
                let late = "gates:\n  tested: { question: Is it?, roles: [tester], stage: close }\n";
                people(world, &roles, &format!("approvals: {{ minimum-people: 5 }}\n{late}"));
            },
            "will-fail policy",
            "only 4 people could approve before `execute`",
        ),
        fault("a role of one person", |world| people(world, &ROLES.replace(", second-owner", ""), ""), "note policy-notes", "owner-login"),
        fault("bypass not shown", |world| world.environments.shows_admin_bypass = false, "unknown gate-bypass", "does not say"),
        fault(
            "a stranger reviews",
            |world| {
                world.add_person("stranger", Role::Write);
                gate(world, |gate| gate.reviewers.push(Reviewer::User("stranger".into())));
            },
            "will-fail gate-reviewers",
            "`stranger`",
        ),
        fault(
            "nobody of the role reviews",
            |world| {
                world.add_person("stranger", Role::Write);
                gate(world, |gate| gate.reviewers = vec![Reviewer::User("stranger".into())]);
            },
            "will-fail gate-reviewers",
            "nobody of `product-owner`",
        ),
        fault(
            "one of the role is not asked",
            |world| {
                world.add_person("third", Role::Write);
                people(world, &ROLES.replace("second-lead", "second-lead, third"), "");
            },
            "note gate-reviewers",
            "`third` of `technical-lead`",
        ),
        fault(
            "account renamed",
            |world| {
                world.people.remove("owner-login");
            },
            "will-fail people",
            "no account",
        ),
        fault(
            "person left",
            |world| world.people.get_mut("owner-login").unwrap().role = Role::None,
            "will-fail people",
            "no collaborator any more",
        ),
        fault(
            "person left a private repository",
            |world| {
                world.repository.private = true;
                world.people.get_mut("owner-login").unwrap().role = Role::None;
            },
            "will-fail people",
            "cannot read the repository",
        ),
        fault(
            "an app in a role",
            |world| people(world, &ROLES.replace("second-owner", "\"helper[bot]\""), ""),
            "will-fail policy",
            "is an app",
        ),
        fault(
            "everything hangs on one person",
            |world| people(world, &ROLES.replace("owner-login, second-owner", "lead-login").replace(", second-lead", ""), ""),
            "will-fail policy",
            "only 1 person could approve",
        ),
        fault(
            "too few people are asked",
            |world| {
                policy(world, "approvals: { minimum-people: 3 }\n");
                let names: Vec<String> = world.environments.iter().map(|environment| environment.name.clone()).collect();
                for name in names {
                    world.environments.get_mut(&name).unwrap().reviewers.truncate(1);
                }
            },
            "will-fail minimum-people",
            "2 different people can answer",
        ),
        fault(
            "too few people are left",
            |world| {
                policy(world, "approvals: { minimum-people: 4 }\n");
                world.people.get_mut("second-owner").unwrap().role = Role::None;
            },
            "will-fail minimum-people",
            "3 different people can answer",
        ),
        fault(
            "team whose members are hidden",
            |world| people(world, &ROLES.replace("users: [owner-login, second-owner]", "teams: [product]"), ""),
            "unknown people",
            "team `product`",
        ),
    ]
}
