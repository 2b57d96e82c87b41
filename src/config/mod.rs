//! `.github/rollback.yml` → [`Policy`], all problems reported at once. Reads no file and asks nobody.

mod decode;
mod node;
mod policy;
mod problem;
mod raw;
mod resolve;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

use decode::{Decode as _, Place};
use node::Kind;
use problem::{Findings, Span};

pub use policy::{Approvals, BreakGlass, Delivery, Order, Package, Policy, Registry, Reminders};
pub use problem::{Problem, Problems};

/// What a look at a policy file brought.
#[derive(Debug)]
pub struct Review {
    /// The policy, or everything that is wrong with the file.
    pub policy: Result<Policy, Problems>,
    /// What is allowed and probably not meant, in the order of the file.
    pub notes: Vec<Problem>,
}

/// Returns a policy file's text.
///
/// # Errors
/// With the place of the first byte that is not UTF-8.
pub fn text(bytes: Vec<u8>, origin: &str) -> Result<String, Problems> {
    String::from_utf8(bytes).map_err(|error| Problems::of_no_text(error.as_bytes(), error.utf8_error().valid_up_to(), origin))
}

/// Reads a policy. `origin` is the file's name in messages.
///
/// # Errors
/// With every problem of the file at once; a text that is not YAML has one.
pub fn parse(text: &str, origin: &str) -> Result<Policy, Problems> {
    review(text, origin).policy
}

/// Reads a policy and says also what is allowed and probably not meant.
pub fn review(text: &str, origin: &str) -> Review {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut findings = Findings::default();
    let policy = read(text, &mut findings);
    let (problems, notes) = findings.finish(origin, text);
    let policy = match (problems, policy) {
        (Some(problems), _) => Err(problems),
        (None, Some(policy)) => Ok(policy),
        (None, None) => unreachable!("a policy that cannot be read has a problem"),
    };
    Review { policy, notes }
}

fn read(text: &str, findings: &mut Findings) -> Option<Policy> {
    let node = node::read(text, findings)?;
    if let Kind::Nothing = node.kind {
        findings.hinted(Span::TOP, "the policy is empty", smallest());
        return None;
    }
    if let Kind::Table(entries) = &node.kind
        && !entries.iter().any(|(key, _)| key.text == "roles")
    {
        findings.hinted(Span::TOP, "the policy names no `roles`", smallest());
    }
    let raw = raw::RawPolicy::decode(&node, &Place::Top, findings)?;
    Some(resolve::policy(&raw, findings))
}

/// Returns the remedy for a policy without roles.
fn smallest() -> String {
    let shown: String = minimal().lines().map(|line| format!("\n  {line}")).collect();
    format!("this is enough, with the logins of your people:{shown}")
}

/// Returns the smallest policy there is.
pub fn minimal() -> &'static str {
    include_str!("minimal.yml")
}

/// Returns a policy with every key, commented; its values are the defaults wherever it says so.
pub fn example() -> &'static str {
    include_str!("example.yml")
}

/// Returns the JSON Schema of the policy file, draft 2020-12.
pub fn schema() -> &'static str {
    include_str!("rollback.schema.json")
}
