//! Reads that only `doctor` and `init` need: settings, people, rules, workflows. Nothing here can write.

use chrono::{DateTime, Utc};
use futures_util::future::{join, join_all};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Answer, Client, segment, segments};
use super::error::Error;
use super::inspected::{ActionsSettings, Rule, RuleInForce, Settings, Standing, TagRuleset, Workflow};
use crate::domain::git::{Branch, RepoName};
use crate::domain::person::Login;
use crate::json;

/// Looks at everything a rollback rests on.
#[derive(Clone)]
pub struct Inspector {
    client: Client,
}

impl Inspector {
    /// Returns an inspector over a connection.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the repository's name.
    pub fn repository_name(&self) -> &RepoName {
        self.client.repository()
    }

    /// Reads the repository's settings.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn settings(&self) -> Result<Settings, Error> {
        let answer = self.client.get(&self.client.path("")).await?;
        let found: wire::Repository = answer.read()?;
        Ok(Settings {
            now: answer.date,
            private: found.private,
            archived: found.archived,
            has_issues: found.has_issues,
            default_branch: found
                .default_branch
                .parse()
                .map_err(|error: crate::domain::git::BadName| answer.malformed(error.to_string()))?,
            url: found.html_url,
            owned_by_organization: found.owner.kind.as_deref() == Some("Organization"),
            pushed_at: found.pushed_at,
            administrator: found.permissions.map(|permissions| permissions.admin),
        })
    }

    /// Tells what somebody is to the repository.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn standing(&self, login: &Login) -> Result<Standing, Error> {
        let path = |rest: &str| self.client.path(&format!("/collaborators/{}{rest}", segment(login.as_str())));
        let (permission, collaborator) = (path("/permission"), path(""));
        let (permission, collaborator) = join(self.client.get(&permission), self.client.get(&collaborator)).await;
        let Some(answer) = missing(permission)? else { return Ok(Standing::NoAccount) };
        let found: wire::Permission = answer.read()?;
        if found.permission == "none" {
            return Ok(Standing::NoAccess);
        }
        match missing(collaborator)? {
            Some(_) => Ok(Standing::Collaborator(found.role_name.unwrap_or(found.permission))),
            None => Ok(Standing::Outsider),
        }
    }

    /// Returns the members of one of the owner's teams. No Actions token may read them.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn team_members(&self, slug: &str) -> Result<Vec<Login>, Error> {
        let path = format!("/orgs/{}/teams/{}/members?per_page=100", segment(self.client.repository().owner()), segment(slug));
        let members: Vec<wire::Named> = self.pages(&path, |answer| answer.read()).await?;
        Ok(members.into_iter().filter_map(|member| member.login?.parse().ok()).collect())
    }

    /// Returns the rules of rulesets that hold for a branch, whether it exists or not.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn branch_rules(&self, branch: &Branch) -> Result<Vec<RuleInForce>, Error> {
        let path = self.client.path(&format!("/rules/branches/{}?per_page=100", segments(branch.as_str())));
        let found: Vec<wire::Rule> = self.pages(&path, |answer| answer.read()).await?;
        Ok(found.into_iter().map(|found| RuleInForce { ruleset: found.ruleset_id.unwrap_or_default(), rule: rule(&found) }).collect())
    }

    /// Returns the names of the branches that start with `prefix`.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn branches_starting(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let answer = self.client.get(&self.client.path(&format!("/git/matching-refs/heads/{}", segments(prefix)))).await?;
        let refs: Vec<super::wire::Ref> = answer.read()?;
        Ok(refs.into_iter().filter_map(|found| found.name.strip_prefix("refs/heads/").map(str::to_owned)).collect())
    }

    /// Returns the active rulesets for tags.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn tag_rulesets(&self) -> Result<Vec<TagRuleset>, Error> {
        let all: Vec<wire::Ruleset> = self.pages(&self.client.path("/rulesets?per_page=100"), |answer| answer.read()).await?;
        let active = all.into_iter().filter(|ruleset| ruleset.target.as_deref() == Some("tag") && ruleset.enforcement == "active");
        let whole = join_all(active.map(|ruleset| async move {
            let answer = self.client.get(&self.client.path(&format!("/rulesets/{}", ruleset.id))).await?;
            answer.read::<wire::Ruleset>()
        }));
        whole.await.into_iter().map(|ruleset| ruleset.map(tag_ruleset)).collect()
    }

    /// Returns the workflows that Actions knows.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn workflows(&self) -> Result<Vec<Workflow>, Error> {
        let path = self.client.path("/actions/workflows?per_page=100");
        let found = self.pages(&path, |answer| answer.read::<wire::Workflows>().map(|page| page.workflows)).await?;
        let workflow =
            |found: wire::Workflow| Workflow { id: found.id, path: found.path, state: found.state, created_at: found.created_at };
        Ok(found.into_iter().map(workflow).collect())
    }

    /// Returns when a workflow last ran by its schedule.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; never is `None`.
    pub async fn last_scheduled_run(&self, workflow: u64) -> Result<Option<DateTime<Utc>>, Error> {
        let path = self.client.path(&format!("/actions/workflows/{workflow}/runs?event=schedule&per_page=1"));
        let answer = self.client.get(&path).await?;
        Ok(answer.read::<wire::Runs>()?.workflow_runs.first().map(|run| run.created_at))
    }

    /// Reads what the repository lets Actions do. Takes an administrator.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn actions_settings(&self) -> Result<ActionsSettings, Error> {
        let answer = self.client.get(&self.client.path("/actions/permissions/workflow")).await?;
        let found: wire::ActionsSettings = answer.read()?;
        Ok(ActionsSettings {
            writes_by_default: found.default_workflow_permissions == "write",
            may_open_pulls: found.can_approve_pull_request_reviews,
        })
    }

    /// Returns the names of the repository's labels.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn labels(&self) -> Result<Vec<String>, Error> {
        let labels: Vec<wire::Label> = self.pages(&self.client.path("/labels?per_page=100"), |answer| answer.read()).await?;
        Ok(labels.into_iter().map(|label| label.name).collect())
    }

    /// Reads every page of a list.
    async fn pages<T>(&self, path: &str, read: impl Fn(&Answer) -> Result<Vec<T>, Error>) -> Result<Vec<T>, Error> {
        let first = self.client.get(path).await?;
        let mut all = read(&first)?;
        let more: Vec<String> = (2..=first.last_page).map(|page| format!("{path}&page={page}")).collect();
        for answer in join_all(more.iter().map(|path| self.client.get(path))).await {
            all.append(&mut read(&answer?)?);
        }
        Ok(all)
    }
}

fn missing(answer: Result<Answer, Error>) -> Result<Option<Answer>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn tag_ruleset(found: wire::Ruleset) -> TagRuleset {
    let names = found.conditions.and_then(|conditions| conditions.ref_name).unwrap_or_default();
    TagRuleset {
        id: found.id,
        name: found.name,
        include: names.include,
        exclude: names.exclude,
        rules: found.rules.iter().map(rule).collect(),
        may_bypass: found.current_user_can_bypass.map(|word| matches!(word.as_str(), "always" | "exempt")),
    }
}

fn rule(found: &wire::Rule) -> Rule {
    match found.kind.as_str() {
        "creation" => Rule::Creation,
        "update" => Rule::Update,
        "required_signatures" => Rule::Signatures,
        "merge_queue" => Rule::MergeQueue,
        "pull_request" => Rule::PullRequest { approvals: parameters::<wire::PullRequest>(found).required_approving_review_count },
        "required_status_checks" => {
            let checks: wire::Checks = parameters(found);
            Rule::Checks {
                names: checks.required_status_checks.into_iter().map(|check| check.context).collect(),
                on_creation: !checks.do_not_enforce_on_create,
            }
        }
        "branch_name_pattern" | "tag_name_pattern" => {
            let wire::Pattern { operator, pattern, negate } = parameters(found);
            Rule::NamePattern { operator, pattern, negate }
        }
        other => Rule::Other(other.to_owned()),
    }
}

/// A rule whose parameters are not in their documented form still holds; its details are then unknown.
fn parameters<T: DeserializeOwned + Default>(found: &wire::Rule) -> T {
    found.parameters.as_ref().and_then(|parameters: &Value| json::read(parameters).ok()).unwrap_or_default()
}

/// GitHub's JSON, with only the fields that are read.
mod wire {
    use chrono::{DateTime, Utc};
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Repository {
        pub(super) private: bool,
        pub(super) archived: bool,
        #[serde(default = "yes")]
        pub(super) has_issues: bool,
        pub(super) default_branch: String,
        pub(super) html_url: String,
        pub(super) owner: Owner,
        pub(super) pushed_at: Option<DateTime<Utc>>,
        pub(super) permissions: Option<Permissions>,
    }

    fn yes() -> bool {
        true
    }

    #[derive(Deserialize)]
    pub(super) struct Owner {
        #[serde(rename = "type")]
        pub(super) kind: Option<String>,
    }

    #[derive(Deserialize)]
    pub(super) struct Permissions {
        #[serde(default)]
        pub(super) admin: bool,
    }

    #[derive(Deserialize)]
    pub(super) struct Permission {
        pub(super) permission: String,
        pub(super) role_name: Option<String>,
    }

    #[derive(Deserialize)]
    pub(super) struct Named {
        pub(super) login: Option<String>,
    }

    #[derive(Deserialize)]
    pub(super) struct Rule {
        #[serde(rename = "type")]
        pub(super) kind: String,
        pub(super) parameters: Option<serde_json::Value>,
        pub(super) ruleset_id: Option<u64>,
    }

    #[derive(Deserialize, Default)]
    pub(super) struct PullRequest {
        #[serde(default)]
        pub(super) required_approving_review_count: u64,
    }

    #[derive(Deserialize, Default)]
    pub(super) struct Checks {
        #[serde(default)]
        pub(super) do_not_enforce_on_create: bool,
        #[serde(default)]
        pub(super) required_status_checks: Vec<Check>,
    }

    #[derive(Deserialize)]
    pub(super) struct Check {
        pub(super) context: String,
    }

    #[derive(Deserialize, Default)]
    pub(super) struct Pattern {
        pub(super) operator: String,
        pub(super) pattern: String,
        #[serde(default)]
        pub(super) negate: bool,
    }

    #[derive(Deserialize)]
    pub(super) struct Ruleset {
        pub(super) id: u64,
        pub(super) name: String,
        pub(super) target: Option<String>,
        pub(super) enforcement: String,
        pub(super) conditions: Option<Conditions>,
        #[serde(default)]
        pub(super) rules: Vec<Rule>,
        pub(super) current_user_can_bypass: Option<String>,
    }

    #[derive(Deserialize)]
    pub(super) struct Conditions {
        pub(super) ref_name: Option<RefNames>,
    }

    #[derive(Deserialize, Default)]
    pub(super) struct RefNames {
        #[serde(default)]
        pub(super) include: Vec<String>,
        #[serde(default)]
        pub(super) exclude: Vec<String>,
    }

    #[derive(Deserialize)]
    pub(super) struct Workflows {
        pub(super) workflows: Vec<Workflow>,
    }

    #[derive(Deserialize)]
    pub(super) struct Workflow {
        pub(super) id: u64,
        pub(super) path: String,
        pub(super) state: String,
        pub(super) created_at: Option<DateTime<Utc>>,
    }

    #[derive(Deserialize)]
    pub(super) struct Runs {
        pub(super) workflow_runs: Vec<Run>,
    }

    #[derive(Deserialize)]
    pub(super) struct Run {
        pub(super) created_at: DateTime<Utc>,
    }

    #[derive(Deserialize)]
    pub(super) struct ActionsSettings {
        pub(super) default_workflow_permissions: String,
        pub(super) can_approve_pull_request_reviews: bool,
    }

    #[derive(Deserialize)]
    pub(super) struct Label {
        pub(super) name: String,
    }
}
