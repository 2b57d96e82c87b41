//! A whole file: everything at once, in its order, and nothing that is secret.

use super::{check, check_with_roles};

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
