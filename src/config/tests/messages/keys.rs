//! Keys, kinds of values, and names out of a closed set.

use super::{check, check_with_roles};

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
