//! Every message, as people read it.

use crate::config::parse;

/// The roles of most cases; they stand after the text, so that its lines keep their numbers.
const ROLES: &str = "roles: { technical-lead: { users: [lead] }, product-owner: { users: [owner] } }\n";

/// Checks what is said about a text.
#[track_caller]
fn check(text: &str, expected: &str) {
    let problems = parse(text, "rollback.yml").map(|_| "nothing is wrong").unwrap_err();
    assert_eq!(problems.to_string(), expected.trim_matches('\n'));
}

/// Checks what is said about a text that is followed by fitting roles.
#[track_caller]
fn check_with_roles(text: &str, expected: &str) {
    check(&format!("{text}{ROLES}"), expected);
}

#[test]
fn an_empty_file_is_told_the_smallest_policy() {
    check(
        "",
        "
rollback.yml:1:1: the policy is empty
  hint: this is enough, with the logins of your people:
          version: 1
          roles:
            technical-lead: { users: [lead-login] }
            product-owner: { users: [owner-login] }
",
    );
    check(
        "# nothing yet\n",
        "
rollback.yml:1:1: the policy is empty
   |
 1 | # nothing yet
   | ^
  hint: this is enough, with the logins of your people:
          version: 1
          roles:
            technical-lead: { users: [lead-login] }
            product-owner: { users: [owner-login] }
",
    );
    check(
        "---\n",
        "
rollback.yml:1:1: the policy is empty
   |
 1 | ---
   | ^
  hint: this is enough, with the logins of your people:
          version: 1
          roles:
            technical-lead: { users: [lead-login] }
            product-owner: { users: [owner-login] }
",
    );
    check(
        "version: 1\n",
        "
rollback.yml:1:1: the policy names no `roles`
   |
 1 | version: 1
   | ^
  hint: this is enough, with the logins of your people:
          version: 1
          roles:
            technical-lead: { users: [lead-login] }
            product-owner: { users: [owner-login] }
",
    );
}

#[test]
fn a_text_that_is_not_yaml_gets_one_problem_with_its_place() {
    check(
        "roles:
\ttechnical-lead: {}
",
        "
rollback.yml:2:2: this is not YAML: tabs disallowed within this context (block indentation)
   |
 2 |  technical-lead: {}
   |  ^
  hint: indent with spaces: YAML allows no tabs there
",
    );
    check(
        "roles: [a, b
labels: x
",
        "
rollback.yml:2:7: this is not YAML: illegal placement of `:` indicator
   |
 2 | labels: x
   |       ^
  hint: put quotes around a text that contains `: `, and check the indentation of this line and the one above
",
    );
    check(
        "roles: {a: {users: [b]}\n",
        "
rollback.yml:2:1: this is not YAML: while parsing a flow mapping, did not find expected `,` or `}`
  hint: check the indentation, brackets and quotes of this line and the one above
",
    );
    check(
        "labels: [rollback]
reason: a: b
",
        "
rollback.yml:2:10: this is not YAML: mapping values are not allowed in this context
   |
 2 | reason: a: b
   |          ^
  hint: put quotes around a text that contains `: `, and check the indentation of this line and the one above
",
    );
    check(
        "labels: 'open\n",
        "
rollback.yml:1:9: this is not YAML: while scanning a quoted scalar, found unexpected end of stream
   |
 1 | labels: 'open
   |         ^
  hint: check the indentation, brackets and quotes of this line and the one above
",
    );
    check(
        "version: 1
 labels: []
",
        "
rollback.yml:2:8: this is not YAML: mapping values are not allowed in this context
   |
 2 |  labels: []
   |        ^
  hint: put quotes around a text that contains `: `, and check the indentation of this line and the one above
",
    );
    check(
        "labels: [@team]\n",
        "
rollback.yml:1:10: this is not YAML: unexpected character: `@`
   |
 1 | labels: [@team]
   |          ^
  hint: put quotes around a text that starts with `@`
",
    );
    check(
        "a: 1
}
",
        "
rollback.yml:2:1: this is not YAML: misplaced bracket
   |
 2 | }
   | ^
  hint: check the indentation, brackets and quotes of this line and the one above
",
    );
}

#[test]
fn yaml_beyond_plain_lists_and_tables_is_refused() {
    check(
        "roles: &people
  a: b
",
        "
rollback.yml:1:8: anchors (`&name`) are not read
   |
 1 | roles: &people
   |        ^
  hint: write the value in each place, or put quotes around a text that starts with `&`
",
    );
    check(
        "labels: [a, *b]\n",
        "
rollback.yml:1:13: this is not YAML: while parsing node, found unknown anchor
   |
 1 | labels: [a, *b]
   |             ^
  hint: put quotes around a text that starts with `*`
",
    );
    check(
        "labels: !!str x\n",
        "
rollback.yml:1:9: YAML tags (`!name`) are not read
   |
 1 | labels: !!str x
   |         ^^^^^^^
  hint: remove it, or put quotes around a text that starts with `!`
",
    );
    check(
        "version: 1
---
version: 1
",
        "
rollback.yml:2:1: a second document starts here
   |
 2 | ---
   | ^^^
  hint: a policy is one document: remove the line `---`
",
    );
    check(
        "? [a]
: b
",
        "
rollback.yml:1:3: a list or table cannot be a key
   |
 1 | ? [a]
   |   ^
  hint: a key is a short name; put quotes around one that starts with a bracket
",
    );
    check(
        "- version\n",
        "
rollback.yml:1:1: the policy wants a table, found a list
   |
 1 | - version
   | ^
",
    );
    check(
        "just text\n",
        "
rollback.yml:1:1: the policy wants a table, found the text `just text`
   |
 1 | just text
   | ^^^^^^^^^
",
    );
}

#[test]
fn characters_that_cannot_be_seen_are_refused_where_they_stand() {
    check(
        "version: 1
labels: [a\u{202e}b]
",
        "
rollback.yml:2:11: the character U+202E is not allowed here
   |
 2 | labels: [a�b]
   |           ^
  hint: remove it: it cannot be seen, and readers differ about it
",
    );
    check(
        "version: 1\rlabels: []\n",
        "
rollback.yml:1:11: the character U+000D is not allowed here
   |
 1 | version: 1�labels: []
   |           ^
  hint: save the file with LF or CRLF line ends
",
    );
    check_with_roles(
        "labels: [\"a\\u200bb\"]\n",
        r#"
rollback.yml:1:10: `labels[0]` contains the character U+200B, which cannot be seen
   |
 1 | labels: ["a\u200bb"]
   |          ^^^^^^^^^^
"#,
    );
    check_with_roles(
        "labels: [\"a\\nb\"]\n",
        r#"
rollback.yml:1:10: `labels[0]` has more than one line
   |
 1 | labels: ["a\nb"]
   |          ^^^^^^
  hint: write one line, or `>-` in place of `|`
"#,
    );
    check(
        "version: 1 # \u{2028}labels\n",
        "
rollback.yml:1:14: the character U+2028 is not allowed here
   |
 1 | version: 1 # \u{2028}labels
   |              ^
  hint: remove it: it cannot be seen, and readers differ about it
",
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    check_with_roles(
        "packges: []\n",
        "
rollback.yml:1:1: unknown key `packges`
   |
 1 | packges: []
   | ^^^^^^^
  hint: did you mean `packages`?
",
    );
    check_with_roles(
        "approvals: { minimum_people: 2, quorum: 3 }\n",
        "
rollback.yml:1:14: unknown key `minimum_people` in `approvals`
   |
 1 | approvals: { minimum_people: 2, quorum: 3 }
   |              ^^^^^^^^^^^^^^
  hint: did you mean `minimum-people`?

rollback.yml:1:33: unknown key `quorum` in `approvals`
   |
 1 | approvals: { minimum_people: 2, quorum: 3 }
   |                                 ^^^^^^
  hint: the keys here are `minimum-people`, `requester-may-approve`, `administrators-may-bypass`, `valid-hours`, `order` and `by`
",
    );
    check_with_roles(
        "window:
  phases:
    - { until-hours: 2, action: Look, responsible: Ann, who: Ann }
",
        "
rollback.yml:3:57: unknown key `who` in `window.phases[0]`
   |
 3 |     - { until-hours: 2, action: Look, responsible: Ann, who: Ann }
   |                                                         ^^^
  hint: the keys here are `until-hours`, `action` and `responsible`
",
    );
}

#[test]
fn a_key_written_twice_is_refused() {
    check_with_roles(
        "labels: [a]
labels: [b]
",
        "
rollback.yml:2:1: `labels` stands here a second time, first on line 1
   |
 2 | labels: [b]
   | ^^^^^^
  hint: keep one of the two
",
    );
    check(
        "roles:
  technical-lead: { users: [a] }
  technical-lead: { users: [b] }
  product-owner: { users: [c] }
",
        "
rollback.yml:3:3: `technical-lead` stands here a second time, first on line 2
   |
 3 |   technical-lead: { users: [b] }
   |   ^^^^^^^^^^^^^^
  hint: keep one of the two
",
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_named_with_the_remedy() {
    check_with_roles(
        "marker-tag: yes\n",
        "
rollback.yml:1:13: `marker-tag` wants `true` or `false`, found the text `yes`
   |
 1 | marker-tag: yes
   |             ^^^
  hint: write `true`
",
    );
    check_with_roles(
        "labels: rollback\n",
        "
rollback.yml:1:9: `labels` wants a list, found the text `rollback`
   |
 1 | labels: rollback
   |         ^^^^^^^^
  hint: write `[rollback]`
",
    );
    check_with_roles(
        "approvals: { minimum-people: \"2\" }\n",
        r#"
rollback.yml:1:30: `approvals.minimum-people` wants a whole number, found the text `2`
   |
 1 | approvals: { minimum-people: "2" }
   |                              ^^^^
  hint: write it without quotes
"#,
    );
    check_with_roles(
        "approvals: { minimum-people: -1 }\n",
        "
rollback.yml:1:30: `approvals.minimum-people` wants a whole number, found the number `-1`
   |
 1 | approvals: { minimum-people: -1 }
   |                              ^^
",
    );
    check_with_roles(
        "labels: [1.0]\n",
        "
rollback.yml:1:10: `labels[0]` wants text, found the number `1.0`
   |
 1 | labels: [1.0]
   |          ^^^
  hint: put it in quotes
",
    );
    check_with_roles(
        "packages:\n",
        "
rollback.yml:1:1: `packages` has no value, it wants a list
   |
 1 | packages:
   | ^^^^^^^^
  hint: give it one, or remove it; what belongs to it must be indented below it
",
    );
    check_with_roles(
        "approvals: two\n",
        "
rollback.yml:1:12: `approvals` wants a table, found the text `two`
   |
 1 | approvals: two
   |            ^^^
",
    );
    check_with_roles(
        "labels: [true, [a], {b: c}, ~]\n",
        "
rollback.yml:1:10: `labels[0]` wants text, found `true`
   |
 1 | labels: [true, [a], {b: c}, ~]
   |          ^^^^
  hint: put it in quotes

rollback.yml:1:16: `labels[1]` wants text, found a list
   |
 1 | labels: [true, [a], {b: c}, ~]
   |                ^

rollback.yml:1:21: `labels[2]` wants text, found a table
   |
 1 | labels: [true, [a], {b: c}, ~]
   |                     ^

rollback.yml:1:29: `labels[3]` has no value, it wants text
   |
 1 | labels: [true, [a], {b: c}, ~]
   |                             ^
  hint: give it one, or remove it; what belongs to it must be indented below it
",
    );
    check_with_roles(
        "strategy: 1\n",
        "
rollback.yml:1:11: `strategy` wants text, found the number `1`
   |
 1 | strategy: 1
   |           ^
  hint: put it in quotes
",
    );
    check_with_roles(
        "labels: [\" \"]\n",
        r#"
rollback.yml:1:10: `labels[0]` is empty
   |
 1 | labels: [" "]
   |          ^^^
"#,
    );
    check_with_roles(
        "irreversible:
  - |
    one
    two
",
        "
rollback.yml:3:5: `irreversible[0]` has more than one line
   |
 3 |     one
   |     ^
  hint: write one line, or `>-` in place of `|`
",
    );
}

#[test]
fn a_name_out_of_a_closed_set_is_told_the_set() {
    check_with_roles(
        "delivery: pullrequest\n",
        "
rollback.yml:1:11: `delivery` cannot be `pullrequest`: it is `pull-request` or `direct`
   |
 1 | delivery: pullrequest
   |           ^^^^^^^^^^^
  hint: did you mean `pull-request`?
",
    );
    check_with_roles(
        "strategy: newest\n",
        "
rollback.yml:1:11: `strategy` cannot be `newest`: it is `auto`, `patch`, `forward`, `forward-breaking`, `both` or `retag`
   |
 1 | strategy: newest
   |           ^^^^^^
",
    );
    check_with_roles(
        "packages: [{ name: entity-core, registry: docker }]\n",
        "
rollback.yml:1:43: `packages[0].registry` cannot be `docker`: it is `pypi`, `npm`, `crates`, `oci`, `maven`, `nuget`, `rubygems`, `go`, `hex`, `packagist`, `helm` or `github-releases`
   |
 1 | packages: [{ name: entity-core, registry: docker }]
   |                                           ^^^^^^
  hint: did you mean `oci`?
",
    );
    check_with_roles(
        "approvals: { order: inorder }\n",
        "
rollback.yml:1:21: `approvals.order` cannot be `inorder`: it is `all-at-once` or `in-order`
   |
 1 | approvals: { order: inorder }
   |                     ^^^^^^^
  hint: did you mean `in-order`?
",
    );
}

#[test]
fn another_version_of_the_format_is_refused() {
    check_with_roles(
        "version: 2\n",
        "
rollback.yml:1:10: `version` is 2, and this release of the tool reads version 1
   |
 1 | version: 2
   |          ^
  hint: use a release of the action that knows it, or write `version: 1`
",
    );
}

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

#[test]
fn an_added_gate_says_all_that_it_takes() {
    check_with_roles(
        "gates:
  scope-assesed: { evidence: numbers }
",
        "
rollback.yml:2:3: gate `scope-assesed` is not a standard one, so it needs `question` and `roles`
   |
 2 |   scope-assesed: { evidence: numbers }
   |   ^^^^^^^^^^^^^
  hint: did you mean `scope-assessed`?
",
    );
    check_with_roles(
        "gates:
  legal: { roles: [technical-lead] }
",
        "
rollback.yml:2:3: gate `legal` is not a standard one, so it needs `question`
   |
 2 |   legal: { roles: [technical-lead] }
   |   ^^^^^
  hint: the standard gates are `critical-issue-confirmed`, `scope-assessed`, `hotfix-ruled-out`, `stakeholder-approval`, `communication-ready` and `team-assembled`
",
    );
    check_with_roles(
        "gates:
  legal: { enabled: false }
",
        "
rollback.yml:2:3: there is no standard gate `legal` to take away
   |
 2 |   legal: { enabled: false }
   |   ^^^^^
  hint: the standard ones are `critical-issue-confirmed`, `scope-assessed`, `hotfix-ruled-out`, `stakeholder-approval`, `communication-ready` and `team-assembled`
",
    );
    check_with_roles(
        "gates:
  legal: { question: Legal has agreed, roles: [] }
",
        "
rollback.yml:2:47: gate `legal` asks no role here, so nobody could approve it
   |
 2 |   legal: { question: Legal has agreed, roles: [] }
   |                                               ^
",
    );
    check_with_roles(
        "gates:
  legal: { question: Legal has agreed, all-of: [[]] }
",
        "
rollback.yml:2:49: gate `legal` asks no role here, so nobody could approve it
   |
 2 |   legal: { question: Legal has agreed, all-of: [[]] }
   |                                                 ^
",
    );
    check_with_roles(
        "gates:
  legal: { question: Legal has agreed, all-of: [] }
",
        "
rollback.yml:2:48: gate `legal` asks no role here, so nobody could approve it
   |
 2 |   legal: { question: Legal has agreed, all-of: [] }
   |                                                ^
",
    );
    check_with_roles(
        "gates:
  legal: { question: Legal has agreed, roles: [technical-lead], all-of: [product-owner] }
",
        "
rollback.yml:2:73: gate `legal` has both `roles` and `all-of`
   |
 2 |   legal: { question: Legal has agreed, roles: [technical-lead], all-of: [product-owner] }
   |                                                                         ^
  hint: `roles` means any one of them, `all-of` means each of them: keep one
",
    );
    check_with_roles(
        "gates:
  legal: false
",
        "
rollback.yml:2:10: `gates.legal` wants a table, found `false`
   |
 2 |   legal: false
   |          ^^^^^
",
    );
    check_with_roles(
        "gates:
  Legal_OK: { question: Legal has agreed, roles: [technical-lead] }
",
        "
rollback.yml:2:3: `Legal_OK` is not a name that `gates` can have
   |
 2 |   Legal_OK: { question: Legal has agreed, roles: [technical-lead] }
   |   ^^^^^^^^
  hint: write `legal-ok`: lower-case letters, digits and hyphens
",
    );
}

#[test]
fn some_gate_is_left_before_anything_is_written() {
    check_with_roles(
        "gates:
  critical-issue-confirmed: { enabled: false }
  scope-assessed: { enabled: false }
  hotfix-ruled-out: { enabled: false }
  stakeholder-approval: { enabled: false }
  communication-ready: { stage: finish }
  team-assembled: { enabled: false }
",
        "
rollback.yml:1:1: no gate is left before the stage `execute`
   |
 1 | gates:
   | ^^^^^
  hint: a rollback takes at least one approval: keep a standard gate or add one
",
    );
}

#[test]
fn environments_are_names_that_github_takes_each_for_one_approval() {
    check_with_roles(
        "gates:
  legal: { question: Legal has agreed, roles: [technical-lead], environment: Rollback-Team-Assembled }
",
        "
rollback.yml:2:3: gates `team-assembled` and `legal` share the environment `Rollback-Team-Assembled`
   |
 2 |   legal: { question: Legal has agreed, roles: [technical-lead], environment: Rollback-Team-Assembled }
   |   ^^^^^
  hint: one approval would pass both: give one of them another `environment`; GitHub compares names without case
",
    );
    check_with_roles(
        "gates:
  legal: { question: Legal has agreed, all-of: [technical-lead, technical-lead] }
",
        "
rollback.yml:2:3: gate `legal` asks `technical-lead` twice
   |
 2 |   legal: { question: Legal has agreed, all-of: [technical-lead, technical-lead] }
   |   ^^^^^
  hint: name other roles, or remove one
",
    );
    check_with_roles(
        "gates:
  legal: { question: Legal has agreed, roles: [technical-lead], environment: \"l\u{435}gal\" }
",
        "
rollback.yml:2:78: `l\u{435}gal` cannot be the name of an environment: it contains `\u{435}`
   |
 2 |   legal: { question: Legal has agreed, roles: [technical-lead], environment: \"l\u{435}gal\" }
   |                                                                              ^^^^^^^^
  hint: write letters, digits, `.`, `_`, `/`, `-` and spaces
",
    );
    check_with_roles(
        "environment-prefix: \"go:\"\n",
        r#"
rollback.yml:1:21: `go:` cannot be the name of an environment: it contains `:`
   |
 1 | environment-prefix: "go:"
   |                     ^^^^^
  hint: write letters, digits, `.`, `_`, `/`, `-` and spaces
"#,
    );
    check_with_roles(
        &format!("gates:\n  legal: {{ question: Legal has agreed, roles: [technical-lead], environment: {} }}\n", "x".repeat(256)),
        "
rollback.yml:2:3: environment `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\u{2026}` is longer than 255 characters
   |
 2 |   legal: { question: Legal has agreed, roles: [technical-lead], environment: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
   |   ^^^^^
  hint: give the gate a short `environment`
",
    );
}

#[test]
fn the_phases_of_a_window_rise_and_end_with_it() {
    check_with_roles(
        "window: { hours: 0 }\n",
        "
rollback.yml:1:18: `window.hours` is 0, it must be from 1 to 720
   |
 1 | window: { hours: 0 }
   |                  ^
",
    );
    check_with_roles(
        "window: { hours: 721 }\n",
        "
rollback.yml:1:18: `window.hours` is 721, it must be from 1 to 720
   |
 1 | window: { hours: 721 }
   |                  ^^^
",
    );
    check_with_roles(
        "window: { phases: [] }\n",
        "
rollback.yml:1:19: `window.phases` is empty
   |
 1 | window: { phases: [] }
   |                   ^
  hint: write at least one phase, or remove it for the standard ones
",
    );
    check_with_roles(
        "window:
  hours: 24
  phases:
    - { until-hours: 8, action: Look, responsible: Ann }
    - { until-hours: 12, action: Decide, responsible: Ben }
",
        "
rollback.yml:2:10: `window.hours` is 24, and the last phase ends at 12
   |
 2 |   hours: 24
   |          ^^
  hint: the last phase ends with the window: write one number in both places, or leave out `hours`
",
    );
    check_with_roles(
        "window:
  phases:
    - { until-hours: 8, action: Look, responsible: Ann }
    - { until-hours: 8, action: Decide, responsible: Ben }
    - { until-hours: 9, action: Decide }
",
        "
rollback.yml:4:22: `window.phases[1]` ends at 8 hours, not after the one before, which ends at 8
   |
 4 |     - { until-hours: 8, action: Decide, responsible: Ben }
   |                      ^
  hint: write the phases in order, each ending later than the one before

rollback.yml:5:7: `window.phases[2]` has no `responsible`
   |
 5 |     - { until-hours: 9, action: Decide }
   |       ^^
",
    );
}

#[test]
fn triggers_and_non_critical_classes_are_told_apart() {
    check_with_roles(
        "triggers: { import-failure: { threshold: some } }\n",
        "
rollback.yml:1:13: trigger `import-failure` is not a standard one, so it needs a `description`
   |
 1 | triggers: { import-failure: { threshold: some } }
   |             ^^^^^^^^^^^^^^
  hint: did you mean `import-failures`?
",
    );
    check_with_roles(
        "triggers: { outage: {} }\n",
        "
rollback.yml:1:13: trigger `outage` is not a standard one, so it needs a `description`
   |
 1 | triggers: { outage: {} }
   |             ^^^^^^
  hint: write `description: \u{2026}`, one line for people
",
    );
    check_with_roles(
        "triggers: { outage: false }\n",
        "
rollback.yml:1:13: there is no standard trigger `outage` to take away
   |
 1 | triggers: { outage: false }
   |             ^^^^^^
  hint: the standard ones are `import-failures`, `data-corruption`, `performance-regression`, `security` and `dependency-conflict`
",
    );
    check_with_roles(
        "triggers: { security: true }\n",
        "
rollback.yml:1:23: `triggers.security` cannot be `true`
   |
 1 | triggers: { security: true }
   |                       ^^^^
  hint: write `false` to take it away, or remove this line to keep it
",
    );
    check_with_roles(
        "triggers: { import-failures: false, data-corruption: false, performance-regression: false, security: false, dependency-conflict: false }
",
        "
rollback.yml:1:11: no trigger is left, so nothing could ever be rolled back
   |
 1 | triggers: { import-failures: false, data-corruption: false, performance-regression: false, security: false, de
   |           ^^
  hint: keep a standard one or add one of your own
",
    );
    check_with_roles(
        "non-critical: { security: Small ones, typos: false }\n",
        "
rollback.yml:1:17: `security` is both a trigger and non-critical
   |
 1 | non-critical: { security: Small ones, typos: false }
   |                 ^^^^^^^^
  hint: keep it in one of the two; `false` takes a standard one away

rollback.yml:1:39: there is no standard non-critical class `typos` to take away
   |
 1 | non-critical: { security: Small ones, typos: false }
   |                                       ^^^^^
  hint: the standard ones are `user-configuration`, `deprecation-warning`, `single-plugin` and `documentation`
",
    );
    check_with_roles(
        "triggers: { documentation: { description: Wrong instructions } }\n",
        "
rollback.yml:1:13: `documentation` is both a trigger and non-critical
   |
 1 | triggers: { documentation: { description: Wrong instructions } }
   |             ^^^^^^^^^^^^^
  hint: keep it in one of the two; `false` takes a standard one away
",
    );
}

#[test]
fn paths_are_inside_the_repository_and_do_not_overlap() {
    check_with_roles(
        "restore: { keep: [/etc, ../x, \"*.md\", docs, docs/a.md, docs/] }\n",
        r#"
rollback.yml:1:19: `/etc` is not a path in the repository
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                   ^^^^
  hint: write it relative to the top, with `/`, without empty parts, `.`, `..` or `.git`

rollback.yml:1:25: `../x` is not a path in the repository
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                         ^^^^
  hint: write it relative to the top, with `/`, without empty parts, `.`, `..` or `.git`

rollback.yml:1:31: `*.md` is not a path in the repository
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                               ^^^^^^
  hint: name the file or directory itself: patterns are not read

rollback.yml:1:45: `docs/a.md` and `docs` overlap: one lies in the other
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                                             ^^^^^^^^^
  hint: name paths that do not overlap

rollback.yml:1:56: `docs` stands here twice
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                                                        ^^^^^
  hint: name paths that do not overlap
"#,
    );
    check_with_roles(
        "restore: { paths: [src/a, src/b], remove: [src/b, src/a/x] }\n",
        "
rollback.yml:1:44: `src/b` is both restored and removed
   |
 1 | restore: { paths: [src/a, src/b], remove: [src/b, src/a/x] }
   |                                            ^^^^^
  hint: name paths that do not overlap

rollback.yml:1:51: `src/a/x` and `src/a` overlap: one lies in the other
   |
 1 | restore: { paths: [src/a, src/b], remove: [src/b, src/a/x] }
   |                                                   ^^^^^^^
  hint: name paths that do not overlap
",
    );
    check_with_roles(
        "restore: { keep: [CHANGELOG.md], remove: [src/b] }\n",
        "
rollback.yml:1:18: `restore` has both `keep` and `remove`
   |
 1 | restore: { keep: [CHANGELOG.md], remove: [src/b] }
   |                  ^
  hint: `keep` goes with restoring everything; with `paths` and `remove` everything they do not name stays as it is
",
    );
    check_with_roles(
        "restore: { paths: [.github/workflows], remove: [.GitHub] }\n",
        "
rollback.yml:1:20: `.github/workflows` can be neither restored nor removed
   |
 1 | restore: { paths: [.github/workflows], remove: [.GitHub] }
   |                    ^^^^^^^^^^^^^^^^^
  hint: `.github` always stays as it is on the default branch: the token of a workflow may not change workflows

rollback.yml:1:49: `.GitHub` can be neither restored nor removed
   |
 1 | restore: { paths: [.github/workflows], remove: [.GitHub] }
   |                                                 ^^^^^^^
  hint: `.github` always stays as it is on the default branch: the token of a workflow may not change workflows
",
    );
}

#[test]
fn a_package_is_described_so_that_it_can_be_found() {
    check_with_roles(
        "packages:
  - { registry: pypi }
  - { name: entity core, registry: pypi }
",
        "
rollback.yml:2:5: `packages[0]` has no `name`
   |
 2 |   - { registry: pypi }
   |     ^^

rollback.yml:3:13: `entity core` is not the name of a package
   |
 3 |   - { name: entity core, registry: pypi }
   |             ^^^^^^^^^^^
  hint: write it as people install it, without spaces
",
    );
    check_with_roles(
        r#"packages:
  - { name: a, registry: npm, tag: v1 }
  - { name: b, registry: npm, tag: "{version}-{version}" }
  - { name: c, registry: npm, tag: "{name}-{version}" }
  - { name: d, registry: npm, tag: "d {version}" }
"#,
        r#"
rollback.yml:2:36: tag `v1` has no `{version}` in it
   |
 2 |   - { name: a, registry: npm, tag: v1 }
   |                                    ^^
  hint: write how a version's tag is made, e.g. `v{version}`

rollback.yml:3:36: tag `{version}-{version}` has `{version}` in it 2 times
   |
 3 |   - { name: b, registry: npm, tag: "{version}-{version}" }
   |                                    ^^^^^^^^^^^^^^^^^^^^^^
  hint: write it once

rollback.yml:4:36: tag `{name}-{version}` has braces beside `{version}`
   |
 4 |   - { name: c, registry: npm, tag: "{name}-{version}" }
   |                                    ^^^^^^^^^^^^^^^^^^^
  hint: `{version}` is the only thing that is filled in

rollback.yml:5:36: tag `d {version}` makes no valid tag: `d 1.2.3` is not a tag: git allows no ` ` in it
   |
 5 |   - { name: d, registry: npm, tag: "d {version}" }
   |                                    ^^^^^^^^^^^^^^
"#,
    );
    check_with_roles(
        "packages:
  - { name: a, registry: npm }
  - { name: a, registry: npm }
",
        "
rollback.yml:3:13: package `a` stands here twice
   |
 3 |   - { name: a, registry: npm }
   |             ^
  hint: keep one entry for each package and registry
",
    );
    check_with_roles(
        r#"packages:
  - { name: a, registry: pypi, index: packages.example.com }
  - { name: b, registry: pypi, index: "https://me:secret@packages.example.com/" }
"#,
        "
rollback.yml:2:39: `packages.example.com` is not the address of an index
   |
 2 |   - { name: a, registry: pypi, index: packages.example.com }
   |                                       ^^^^^^^^^^^^^^^^^^^^
  hint: write it with `https://`

rollback.yml:3:39: the address of an index has a name or password in it
  hint: remove everything before `@`: the client's own configuration has the credentials
",
    );
    check_with_roles(
        "packages:
  - name: a
    registry: npm
    manifests: [{ path: a.py, locator: x }, { path: a.py, locator: x }, { path: /a, locator: x }, { path: b }]
",
        "
rollback.yml:4:68: `x` of `a.py` stands here twice
   |
 4 |     manifests: [{ path: a.py, locator: x }, { path: a.py, locator: x }, { path: /a, locator: x }, { path: b }]
   |                                                                    ^
  hint: remove one

rollback.yml:4:81: `/a` is not a path in the repository
   |
 4 |     manifests: [{ path: a.py, locator: x }, { path: a.py, locator: x }, { path: /a, locator: x }, { path: b }]
   |                                                                                 ^^
  hint: write it relative to the top, with `/`, without empty parts, `.`, `..` or `.git`

rollback.yml:4:99: `packages[0].manifests[3]` has no `locator`
   |
 4 | : /a, locator: x }, { path: b }]
   |                     ^^
",
    );
}

#[test]
fn labels_and_workflows_are_names_that_github_takes() {
    check_with_roles(
        "labels: [rollback, Rollback, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
",
        "
rollback.yml:1:20: label `Rollback` stands here twice
   |
 1 | labels: [rollback, Rollback, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
   |                    ^^^^^^^^
  hint: GitHub compares labels without case: remove one

rollback.yml:1:30: label `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` is longer than 50 characters, GitHub takes no more
   |
 1 | labels: [rollback, Rollback, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
   |                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
    check_with_roles(
        "release: { workflow: ../publish.yml }\n",
        "
rollback.yml:1:22: `../publish.yml` is not the name of a workflow file
   |
 1 | release: { workflow: ../publish.yml }
   |                      ^^^^^^^^^^^^^^
  hint: write the name of a file in `.github/workflows`, e.g. `publish.yml`
",
    );
    check_with_roles(
        "release: { workflow: publish }\n",
        "
rollback.yml:1:22: `publish` is not the name of a workflow file
   |
 1 | release: { workflow: publish }
   |                      ^^^^^^^
  hint: write the name of a file in `.github/workflows`, e.g. `publish.yml`
",
    );
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_file() {
    check(
        "version: 3
roles:
  technical-lead: { users: [lead] }
  product-owner: { user: [owner] }
approvals:
  minimum-people: many
  valid-hours: 0
delivery: force
restore:
  keep: [../secrets]
",
        "
rollback.yml:1:10: `version` is 3, and this release of the tool reads version 1
   |
 1 | version: 3
   |          ^
  hint: use a release of the action that knows it, or write `version: 1`

rollback.yml:4:3: role `product-owner` has nobody in it
   |
 4 |   product-owner: { user: [owner] }
   |   ^^^^^^^^^^^^^
  hint: add `users: [login]` or `teams: [slug]`

rollback.yml:4:20: unknown key `user` in `roles.product-owner`
   |
 4 |   product-owner: { user: [owner] }
   |                    ^^^^
  hint: did you mean `users`?

rollback.yml:6:19: `approvals.minimum-people` wants a whole number, found the text `many`
   |
 6 |   minimum-people: many
   |                   ^^^^

rollback.yml:7:16: `approvals.valid-hours` is 0, it must be from 1 to 720
   |
 7 |   valid-hours: 0
   |                ^

rollback.yml:8:11: `delivery` cannot be `force`: it is `pull-request` or `direct`
   |
 8 | delivery: force
   |           ^^^^^

rollback.yml:10:10: `../secrets` is not a path in the repository
    |
 10 |   keep: [../secrets]
    |          ^^^^^^^^^^
  hint: write it relative to the top, with `/`, without empty parts, `.`, `..` or `.git`
",
    );
}

#[test]
fn nesting_deeper_than_any_policy_is_refused() {
    check(
        "a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
",
        "
rollback.yml:1:67: this is nested more than 64 levels deep
   |
 1 | a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
   |                                                                   ^
  hint: a policy needs five levels: check for brackets that are never closed
",
    );
}

#[test]
fn an_address_with_a_password_is_not_shown_in_any_form() {
    check_with_roles(
        r#"packages: [{ name: a, registry: pypi, index: "me:secret@packages.example.com", pth: x }]
"#,
        "
rollback.yml:1:46: the address of an index has a name or password in it
  hint: remove everything before `@`: the client's own configuration has the credentials

rollback.yml:1:80: unknown key `pth` in `packages[0]`
  hint: did you mean `path`?
",
    );
}
