//! The people the policy names: whether they are still there.

use super::facts::Facts;
use super::finding::{Check, Finding, or_ok};
use crate::config::Policy;
use crate::github::Standing;
use crate::words::count;

/// Looks at everybody who is named.
pub(super) fn people(facts: &Facts, policy: &Policy) -> Vec<Finding> {
    let mut found = Vec::new();
    for (login, standing) in &facts.people {
        let roles: Vec<&str> = policy.roles.iter().filter(|(_, role)| role.users.contains(login)).map(|(name, _)| name.as_str()).collect();
        let who = match roles.as_slice() {
            [] => format!("the reviewer `{login}`"),
            roles => format!("`{login}` ({})", roles.join(", ")),
        };
        let remedy = "give them access, or name somebody else in the policy and the environments";
        let command = || format!("gh api -X PUT repos/{}/collaborators/{login} -f permission=push", facts.repository);
        let fails = |what: &str| Finding::fails(Check::People, format!("{who} {what}"), remedy).with([command()]);
        match standing {
            Ok(Standing::Collaborator(_)) => {}
            Ok(Standing::NoAccount) => {
                let sentence = format!("{who} is no account on GitHub: renamed, or deleted");
                found.push(Finding::fails(Check::People, sentence, "write the login as it is now"));
            }
            Ok(Standing::NoAccess) => found.push(fails("cannot read the repository, so GitHub asks them for no approval")),
            Ok(Standing::Outsider) => found.push(fails("is no collaborator any more, so GitHub asks them for no approval")),
            Err(unread) => found.push(Finding::unknown(
                Check::People,
                format!("whether {who} still has access cannot be read ({})", unread.why),
                &unread.remedy,
            )),
        }
    }
    for (team, members) in &facts.teams {
        match members {
            Ok(members) if members.is_empty() => {
                found.push(Finding::fails(Check::People, format!("the team `{team}` has no members"), "add people to it"));
            }
            Ok(_) => {}
            Err(unread) => {
                let sentence = format!("who is in the team `{team}` is not shown to this token ({})", unread.why);
                found.push(Finding::unknown(Check::People, sentence, &unread.remedy));
            }
        }
    }
    let known = count(facts.people.len() as u64, "person").replace("persons", "people");
    or_ok(found, Check::People, format!("{known} of the policy can be asked"))
}
