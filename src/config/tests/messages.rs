//! Every message, as people read it.

mod gates;
mod keys;
mod packages;
mod people;
mod syntax;
mod whole;
mod window;

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
