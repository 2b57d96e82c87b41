//! The exact commands that mend something, for a person's shell.

use crate::config::Approvals;
use crate::domain::git::{Branch, RepoName};
use crate::domain::person::Role;

/// Returns a word as a POSIX shell takes it unchanged.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// Returns a segment of an API path; GitHub takes `/` in an environment's name only encoded.
pub(super) fn segment(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b"-_.".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Returns the commands with which an administrator makes the environment of a gate as the policy counts approvals, or
/// replaces what it is now.
pub fn environment_commands(repository: &RepoName, branch: &Branch, name: &str, people: &Role, approvals: &Approvals) -> Vec<String> {
    let path = format!("repos/{repository}/environments/{}", segment(name));
    let user = |login: &str| format!(" -F 'reviewers[][type]=User' -F \"reviewers[][id]=$(gh api users/{login} --jq .id)\"");
    let team = |slug: &str| {
        let id = format!("gh api orgs/{}/teams/{} --jq .id", repository.owner(), segment(slug));
        format!(" -F 'reviewers[][type]=Team' -F \"reviewers[][id]=$({id})\"")
    };
    let reviewers: String =
        people.users.iter().map(|login| user(login.as_str())).chain(people.teams.iter().map(|slug| team(slug))).collect();
    let (prevent, bypass) = (!approvals.requester_may_approve, approvals.administrators_may_bypass);
    vec![
        format!(
            "gh api -X PUT {path} -F prevent_self_review={prevent} -F can_admins_bypass={bypass}{reviewers} -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'"
        ),
        format!("gh api -X POST {path}/deployment-branch-policies -f name={}", quoted(branch.as_str())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_shell_unchanged() {
        assert_eq!(quoted("release/1.x"), "release/1.x");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("$(x)'"), r"'$(x)'\'''");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn an_environment_is_made_closed_by_two_commands() {
        let role = Role { users: vec!["lead-login".parse().unwrap()], teams: vec!["core".into()] };
        let commands =
            environment_commands(&"acme/entity-core".parse().unwrap(), &"main".parse().unwrap(), "gates/one", &role, &Approvals::default());
        insta::assert_snapshot!(commands.join("\n"), @r#"
        gh api -X PUT repos/acme/entity-core/environments/gates%2Fone -F prevent_self_review=true -F can_admins_bypass=false -F 'reviewers[][type]=User' -F "reviewers[][id]=$(gh api users/lead-login --jq .id)" -F 'reviewers[][type]=Team' -F "reviewers[][id]=$(gh api orgs/acme/teams/core --jq .id)" -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'
        gh api -X POST repos/acme/entity-core/environments/gates%2Fone/deployment-branch-policies -f name=main
        "#);
    }

    #[test]
    fn the_commands_switch_on_only_what_the_policy_counts() {
        let lenient = Approvals { requester_may_approve: true, administrators_may_bypass: true, ..Approvals::default() };
        let (repository, branch) = ("acme/entity-core".parse().unwrap(), "main".parse().unwrap());
        let commands = environment_commands(&repository, &branch, "one", &Role::default(), &lenient);
        assert!(commands[0].contains(" -F prevent_self_review=false -F can_admins_bypass=true "), "{}", commands[0]);
    }
}
