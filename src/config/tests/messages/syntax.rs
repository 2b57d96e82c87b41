//! What is no YAML, or more of it than a policy takes.

use super::{check, check_with_roles};

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
