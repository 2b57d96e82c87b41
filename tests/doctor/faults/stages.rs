//! Faults of what comes after the merge, of the glass, and of the releases of several packages.

use github_simulator::world::Role;

use super::{Fault, fault, people, policy, workflow};
use crate::doctor::{CALLER, FINISH, ROLES};

const LATE: &str = "gates:\n  looked-at: { question: Is it?, roles: [product-owner], stage: ";

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(
            "gates before finish that no workflow asks",
            |world| {
                policy(world, &format!("{LATE}finish }}\n"));
                let command = "on: { pull_request: { types: [closed] } }\njobs:\n  finish:\n    permissions: { actions: write, contents: write, pull-requests: read }\n    steps:\n      - uses: org/rollback-action@v1\n        with: { command: finish }\n";
                workflow(world, "rollback-finish", command);
            },
            "will-fail late-gates",
            "no workflow asks the gates before the rollback is released (`looked-at`)",
        ),
        fault(
            "gates before the incident is closed that no workflow asks",
            |world| policy(world, &format!("{LATE}close }}\n")),
            "will-fail late-gates",
            "before the incident is closed",
        ),
        fault(
            "gates before a re-release that no workflow asks",
            |world| policy(world, &format!("{LATE}re-release }}\n")),
            "will-fail late-gates",
            "before a re-release",
        ),
        fault(
            "a re-release that nothing holds",
            |world| {
                policy(world, &format!("{LATE}re-release }}\n"));
                workflow(world, "rollback-re-release", include_str!("../../../src/init/re-release.yml"));
            },
            "will-fail late-gates",
            "no workflow runs `guard` in front of a release",
        ),
        fault(
            "a gate after the merge without its environment",
            |world| policy(world, &format!("{LATE}close }}\n")),
            "will-fail gate-exists",
            "`rollback-looked-at` does not exist",
        ),
        fault(
            "glass that only a team may break",
            |world| people(world, &format!("{ROLES}  captains: {{ teams: [captains] }}\n"), "break-glass: { roles: [captains] }\n"),
            "will-fail break-glass",
            "`captains` may break the glass and has no `users`",
        ),
        fault(
            "glass that nobody may break who can start a workflow",
            |world| {
                world.add_person("reader", Role::Read);
                people(world, &format!("{ROLES}  captain: {{ users: [reader] }}\n"), "break-glass: { roles: [captain] }\n");
            },
            "will-fail break-glass",
            "nobody of `captain` may start a workflow",
        ),
        fault(
            "a button without the glass",
            |world| {
                policy(world, "break-glass: { roles: [technical-lead] }\n");
                workflow(world, "rollback", CALLER);
            },
            "will-fail break-glass",
            "does not take `break-glass` and `break-glass-reason` and pass them on",
        ),
        fault(
            "a finish that is not reusable",
            |world| {
                policy(world, &format!("{LATE}finish }}\n"));
                workflow(world, "rollback-finish", &FINISH.replace("org/rollback-action/.github", "org/elsewhere/.github"));
            },
            "will-fail late-gates",
            "before the rollback is released",
        ),
    ]
}
