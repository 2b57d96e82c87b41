//! Roles, their people, and whether enough of them can approve.

use super::{check, check_with_roles};

#[test]
fn a_role_has_people_whose_logins_can_be_read() {
    check(
        "roles:
  technical-lead: { users: [\"@lead\", l\u{435}ad, \"a b\", \"acme/core\", \"helper[bot]\"] }
  product-owner: { users: [owner, Owner] }
",
        "
rollback.yml:2:29: `@lead` is not a GitHub login
   |
 2 |   technical-lead: { users: [\"@lead\", l\u{435}ad, \"a b\", \"acme/core\", \"helper[bot]\"] }
   |                             ^^^^^^^
  hint: write `lead`, without `@`

rollback.yml:2:38: `l\u{435}ad` is not a GitHub login
   |
 2 |   technical-lead: { users: [\"@lead\", l\u{435}ad, \"a b\", \"acme/core\", \"helper[bot]\"] }
   |                                      ^^^^
  hint: `\u{435}` (U+0435) is not a plain letter, though it may look like one

rollback.yml:2:44: `a b` is not a GitHub login
   |
 2 |   technical-lead: { users: [\"@lead\", l\u{435}ad, \"a b\", \"acme/core\", \"helper[bot]\"] }
   |                                            ^^^^^
  hint: a login is letters, digits and hyphens

rollback.yml:2:51: `acme/core` is not a GitHub login
   |
 2 |   technical-lead: { users: [\"@lead\", l\u{435}ad, \"a b\", \"acme/core\", \"helper[bot]\"] }
   |                                                   ^^^^^^^^^^^
  hint: a team goes under `teams`, by its slug

rollback.yml:2:64: `helper[bot]` is an app, and only people may answer
   |
 2 |   technical-lead: { users: [\"@lead\", l\u{435}ad, \"a b\", \"acme/core\", \"helper[bot]\"] }
   |                                                                ^^^^^^^^^^^^^
  hint: name a person or a team

rollback.yml:3:35: `Owner` stands in role `product-owner` twice
   |
 3 |   product-owner: { users: [owner, Owner] }
   |                                   ^^^^^
  hint: GitHub compares logins without case: remove one
",
    );
    check(
        "roles:
  technical-lead: {}
  product-owner: { users: [], teams: [] }
",
        "
rollback.yml:2:3: role `technical-lead` has nobody in it
   |
 2 |   technical-lead: {}
   |   ^^^^^^^^^^^^^^
  hint: add `users: [login]` or `teams: [slug]`

rollback.yml:3:3: role `product-owner` has nobody in it
   |
 3 |   product-owner: { users: [], teams: [] }
   |   ^^^^^^^^^^^^^
  hint: add `users: [login]` or `teams: [slug]`
",
    );
    check(
        "roles:
  technical-lead:
  product-owner: { users: [owner] }
",
        "
rollback.yml:2:3: `roles.technical-lead` has no value, it wants a table
   |
 2 |   technical-lead:
   |   ^^^^^^^^^^^^^^
  hint: give it one, or remove it; what belongs to it must be indented below it
",
    );
    check(
        r#"roles:
  technical-lead: { teams: ["@acme/core", Core Team, core, core] }
  product-owner: { users: [owner] }
"#,
        r#"
rollback.yml:2:29: `@acme/core` is not the slug of a team
   |
 2 |   technical-lead: { teams: ["@acme/core", Core Team, core, core] }
   |                             ^^^^^^^^^^^^
  hint: write `core`: teams are those of the organization that owns the repository

rollback.yml:2:43: `Core Team` is not the slug of a team
   |
 2 |   technical-lead: { teams: ["@acme/core", Core Team, core, core] }
   |                                           ^^^^^^^^^
  hint: write the last part of its address: lower-case letters, digits and hyphens

rollback.yml:2:60: `core` stands in role `technical-lead` twice
   |
 2 |   technical-lead: { teams: ["@acme/core", Core Team, core, core] }
   |                                                            ^^^^
  hint: remove one
"#,
    );
    check(
        "roles:
  Technical Lead: { users: [lead] }
  technical-lead: { users: [lead] }
  product-owner: { users: [owner] }
",
        "
rollback.yml:2:3: `Technical Lead` is not a name that `roles` can have
   |
 2 |   Technical Lead: { users: [lead] }
   |   ^^^^^^^^^^^^^^
  hint: write `technical-lead`: lower-case letters, digits and hyphens
",
    );
}

#[test]
fn a_role_that_the_standard_gates_ask_must_be_defined() {
    check(
        "roles:
  lead: { users: [lead-login] }
",
        "
rollback.yml:1:1: role `product-owner` is not defined, and the standard gates `scope-assessed`, `stakeholder-approval` and `communication-ready` ask it
   |
 1 | roles:
   | ^^^^^
  hint: add `product-owner: { users: [login] }` under `roles`, or point each of them elsewhere: `gates: { scope-assessed: { roles: [lead] } }`

rollback.yml:1:1: role `technical-lead` is not defined, and the standard gates `critical-issue-confirmed`, `hotfix-ruled-out`, `stakeholder-approval` and `team-assembled` ask it
   |
 1 | roles:
   | ^^^^^
  hint: add `technical-lead: { users: [login] }` under `roles`, or point each of them elsewhere: `gates: { critical-issue-confirmed: { roles: [lead] } }`
",
    );
    check(
        "roles:
  technical-lead: { users: [lead, other] }
",
        "
rollback.yml:1:1: role `product-owner` is not defined, and the standard gates `scope-assessed`, `stakeholder-approval` and `communication-ready` ask it
   |
 1 | roles:
   | ^^^^^
  hint: add `product-owner: { users: [login] }` under `roles`, or point each of them elsewhere: `gates: { scope-assessed: { roles: [technical-lead] } }`
",
    );
    check(
        "roles:
  technical-lead: { users: [lead, other] }
gates:
  scope-assessed: { roles: [technical-lead] }
  communication-ready: { enabled: false }
",
        "
rollback.yml:1:1: role `product-owner` is not defined, and the standard gate `stakeholder-approval` asks it
   |
 1 | roles:
   | ^^^^^
  hint: add `product-owner: { users: [login] }` under `roles`, or point it elsewhere: `gates: { stakeholder-approval: { roles: [technical-lead] } }`
",
    );
    check(
        "roles: {}\n",
        "
rollback.yml:1:8: role `product-owner` is not defined, and the standard gates `scope-assessed`, `stakeholder-approval` and `communication-ready` ask it
   |
 1 | roles: {}
   |        ^
  hint: add `product-owner: { users: [login] }` under `roles`

rollback.yml:1:8: role `technical-lead` is not defined, and the standard gates `critical-issue-confirmed`, `hotfix-ruled-out`, `stakeholder-approval` and `team-assembled` ask it
   |
 1 | roles: {}
   |        ^
  hint: add `technical-lead: { users: [login] }` under `roles`
",
    );
}

#[test]
fn a_role_that_is_named_anywhere_must_be_defined() {
    check_with_roles(
        "reviewers: [technical-laed]\n",
        "
rollback.yml:1:13: role `technical-laed` is not defined
   |
 1 | reviewers: [technical-laed]
   |             ^^^^^^^^^^^^^^
  hint: did you mean `technical-lead`?
",
    );
    check_with_roles(
        "break-glass: { roles: [security] }\n",
        "
rollback.yml:1:24: role `security` is not defined
   |
 1 | break-glass: { roles: [security] }
   |                        ^^^^^^^^
  hint: add it under `roles`, where `product-owner` and `technical-lead` stand
",
    );
    check_with_roles(
        "break-glass: { roles: [] }\n",
        "
rollback.yml:1:23: `break-glass.roles` names no role
   |
 1 | break-glass: { roles: [] }
   |                       ^
  hint: name one, or remove `break-glass`: without it nobody may go past the gates
",
    );
    check_with_roles(
        "break-glass: {}\n",
        "
rollback.yml:1:14: `break-glass` has no `roles`
   |
 1 | break-glass: {}
   |              ^
",
    );
    check_with_roles(
        "gates:
  scope-assessed: { roles: [qa] }
",
        "
rollback.yml:2:29: role `qa` is not defined
   |
 2 |   scope-assessed: { roles: [qa] }
   |                             ^^
  hint: add it under `roles`, where `product-owner` and `technical-lead` stand
",
    );
}

#[test]
fn at_most_six_reviewers_are_in_one_environment() {
    check(
        "roles:
  technical-lead: { users: [a, b, c, d], teams: [e, f, g] }
  product-owner: { users: [owner] }
",
        "
rollback.yml:2:3: role `technical-lead` has 7 people and teams, GitHub takes at most 6 reviewers of a gate
   |
 2 |   technical-lead: { users: [a, b, c, d], teams: [e, f, g] }
   |   ^^^^^^^^^^^^^^
  hint: put them into a team, which counts as one
",
    );
    check(
        "roles:
  technical-lead: { users: [a, b, c, d] }
  product-owner: { users: [e, f, g] }
gates:
  scope-assessed: { roles: [technical-lead, product-owner] }
",
        "
rollback.yml:5:3: gate `scope-assessed` asks `technical-lead` and `product-owner`, 7 people and teams together, GitHub takes at most 6
   |
 5 |   scope-assessed: { roles: [technical-lead, product-owner] }
   |   ^^^^^^^^^^^^^^
  hint: put them into a team, which counts as one
",
    );
}

#[test]
fn enough_different_people_can_approve() {
    check(
        "roles:
  technical-lead: { users: [solo] }
  product-owner: { users: [Solo] }
",
        "
rollback.yml:1:1: `approvals.minimum-people` is 2 (the default), and only 1 person could approve
   |
 1 | roles:
   | ^^^^^
  hint: add people to the roles, or write `approvals: { minimum-people: 1 }`
",
    );
    check_with_roles(
        "approvals: { minimum-people: 3 }\n",
        "
rollback.yml:1:30: `approvals.minimum-people` is 3, and only 2 people could approve
   |
 1 | approvals: { minimum-people: 3 }
   |                              ^
  hint: add people to the roles, or write `approvals: { minimum-people: 2 }`
",
    );
    check_with_roles(
        "approvals: { minimum-people: 0 }\n",
        "
rollback.yml:1:30: `approvals.minimum-people` is 0, it must be from 1 to 20
   |
 1 | approvals: { minimum-people: 0 }
   |                              ^
",
    );
    check(
        "roles:
  technical-lead: { users: [solo] }
  product-owner: { users: [Solo] }
  qa: { users: [other] }
gates:
  tested: { question: Tested, roles: [qa] }
",
        "
rollback.yml:1:1: gate `stakeholder-approval` asks `technical-lead` and `product-owner`, and `solo` is the only person in them
   |
 1 | roles:
   | ^^^^^
  hint: it is meant for different people: add somebody to one of the roles, or ask one role with `roles`
",
    );
}
