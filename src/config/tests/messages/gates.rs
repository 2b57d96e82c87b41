//! Gates and their environments.

use super::check_with_roles;

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
