//! Closes the gates' environments with an administrator's token, one after the other.

use crate::commands::Problem;
use crate::config::Approvals;
use crate::doctor::quoted;
use crate::domain::person::Role;
use crate::github::{Administrator, Branches, Error, Inspector, Reader, Reviewer, Settings, Standing, Why};
use crate::init::{closed, is_closed};
use crate::words::list;

/// Closes one environment after the other.
pub(super) struct Closer<'h> {
    pub(super) administrator: Administrator,
    pub(super) inspector: Inspector,
    pub(super) reader: Reader,
    pub(super) settings: &'h Settings,
    pub(super) approvals: &'h Approvals,
    pub(super) protected: bool,
}

/// Why an environment was not closed.
pub(super) enum NotClosed {
    /// GitHub's plan for the account has no such environments.
    Plan(Problem),
    /// Anything else.
    Other(Problem),
}

impl From<Problem> for NotClosed {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl Closer<'_> {
    /// Creates or corrects an environment, and tells whether anything had to be changed.
    pub(super) async fn close(&self, name: &str, people: &Role) -> Result<bool, NotClosed> {
        let reviewers = self.reviewers(name, people).await?;
        let refused = |error: Error| self.refused(name, &error);
        let now = self.administrator.environment(name).await.map_err(refused)?;
        let wanted = closed(now.as_ref(), &reviewers, self.protected, self.approvals);
        let mut changed = false;
        if !now.as_ref().is_some_and(|now| is_closed(now, &wanted)) {
            let made = self.administrator.configure(name, &wanted).await.map_err(refused)?;
            changed = true;
            if !is_closed(&made, &wanted) {
                let hint = "look at it under Settings → Environments; an enterprise or plan may forbid a part of it".to_owned();
                return Err(Problem::new(format!("GitHub made something else of `{name}` than it was told"), Some(hint)).into());
            }
        }
        if wanted.branches == Branches::Patterns {
            let branch = self.settings.default_branch.as_str();
            let patterns = self.reader.branch_patterns(name).await.map_err(refused)?;
            if !patterns.iter().any(|pattern| pattern == branch) {
                self.administrator.allow_branch(name, branch).await.map_err(refused)?;
                changed = true;
            }
            let others: Vec<&String> = patterns.iter().filter(|pattern| *pattern != branch).collect();
            if !others.is_empty() {
                return Err(self.too_many(name, &others).into());
            }
        }
        Ok(changed)
    }

    /// People without access are refused here: on a public repository GitHub takes anybody.
    async fn reviewers(&self, name: &str, people: &Role) -> Result<Vec<Reviewer>, NotClosed> {
        let mut reviewers = Vec::new();
        for login in &people.users {
            match self.inspector.standing(login).await {
                Ok(Standing::Collaborator(_)) => {}
                Ok(Standing::NoAccount) => {
                    return Err(Problem::new(
                        format!("`{login}`, for `{name}`, is no account on GitHub"),
                        Some("correct the policy".into()),
                    )
                    .into());
                }
                Ok(Standing::NoAccess | Standing::Outsider) => {
                    let command =
                        format!("gh api -X PUT repos/{}/collaborators/{login} -f permission=push", self.inspector.repository_name());
                    return Err(Problem::new(
                        format!("`{login}`, for `{name}`, is no collaborator"),
                        Some(format!("give them access: `{command}`")),
                    )
                    .into());
                }
                Err(error) => return Err(self.refused(name, &error)),
            }
            reviewers.push(self.administrator.user(login).await.map_err(|error| self.refused(name, &error))?);
        }
        for team in &people.teams {
            reviewers.push(self.administrator.team(team).await.map_err(|error| self.refused(name, &error))?);
        }
        Ok(reviewers)
    }

    fn refused(&self, name: &str, error: &Error) -> NotClosed {
        let plan = self.settings.private && matches!(error.why(), Some(Why::Conflict | Why::NotFound));
        let hint = match error.why() {
            _ if plan => Some("on a private repository GitHub has required reviewers with Enterprise only; `--approvals comments` has the gates answered without".to_owned()),
            Some(Why::MissingPermission(_) | Why::NotFound | Why::Other) => {
                Some("use the token of an administrator of the repository, with `Administration: write`".to_owned())
            }
            _ => error.hint(),
        };
        let problem = Problem::new(format!("the environment `{name}` was not closed: {error}"), hint);
        if plan { NotClosed::Plan(problem) } else { NotClosed::Other(problem) }
    }

    /// Taking something away that people put there is theirs to do.
    fn too_many(&self, name: &str, others: &[&String]) -> Problem {
        let path = format!("repos/{}/environments/{name}/deployment-branch-policies", self.inspector.repository_name());
        let delete = |pattern: &&String| {
            let select = quoted(&format!(".branch_policies[] | select(.name == \"{pattern}\") | .id"));
            format!("gh api -X DELETE \"{path}/$(gh api {path} --jq {select})\"")
        };
        let commands: Vec<String> = others.iter().map(delete).collect();
        Problem::new(
            format!("the environment `{name}` takes {} too, where the workflow could be changed", list(others, "and")),
            Some(format!("take it away: {}", commands.join("; "))),
        )
    }
}
