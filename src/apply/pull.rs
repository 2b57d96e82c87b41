//! How the rollback commit reaches the default branch.

use super::branch::Made;
use super::{Site, read_again};
use crate::domain::git::{Branch, Sha};
use crate::domain::person::Role;
use crate::gather::Gather as _;
use crate::github::{NewPull, Pull, PullState, Why};
use crate::journal::{Entry, Outcome};
use crate::plan::Step;
use crate::report;

/// What became of the delivery.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) entries: Vec<Entry>,
    pub(super) pull: Option<Pull>,
}

/// Whether a pull request was there before this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Before,
    Opened,
}

/// Opens the pull request, or moves the default branch forward.
pub(super) async fn deliver(site: &Site<'_>, made: &Made, commit: &Sha) -> Delivered {
    let mut delivered = Delivered::default();
    for step in &site.plan.steps {
        match step {
            Step::PullRequest { title, base } => {
                let (outcome, pull) = ensure_pull(site, made, title, base).await;
                let found = if matches!(outcome, Outcome::Done { .. }) { Found::Opened } else { Found::Before };
                delivered.entries.push(Entry::of(step, outcome));
                if let Some(pull) = &pull
                    && pull.state == PullState::Open
                {
                    delivered.entries.extend(dress(site, pull, found).await);
                }
                delivered.pull = pull;
            }
            Step::Forward { branch } => {
                delivered.entries.push(Entry::of(step, forward(site, branch, commit).await));
            }
            _ => {}
        }
    }
    delivered
}

/// Moves the default branch forward to the rollback, or finds that it went there, or past it, already.
async fn forward(site: &Site<'_>, branch: &Branch, commit: &Sha) -> Outcome {
    let passed = async |head: &Sha| head == commit || site.reader.is_ancestor(commit.as_str(), head).await.unwrap_or(false);
    let head = &site.standing.head;
    if head == commit || (*head != site.plan.basis.head && passed(head).await) {
        return Outcome::Already;
    }
    let error = match site.writer.forward_branch(branch, commit).await {
        Ok(()) => return Outcome::Done { url: None },
        Err(error) => error,
    };
    if read_again(&error)
        && let Ok((now, _)) = site.reader.objects(&[]).await
        && passed(&now.head).await
    {
        return Outcome::Done { url: None };
    }
    if error.why() != Some(&Why::Conflict) {
        return Outcome::failed(&error);
    }
    Outcome::Failed {
        why: format!("`{branch}` moved on since the plan, so it cannot be moved forward to the rollback; it is never forced"),
        hint: Some(format!("open a pull request from `{}`, or delete that branch and start a new run", site.plan.branch)),
    }
}

/// Says that nothing was delivered, since there is no branch to deliver.
pub(super) fn without_branch(site: &Site<'_>) -> Delivered {
    let steps =
        site.plan.steps.iter().filter(|step| matches!(step, Step::PullRequest { .. } | Step::Forward { .. } | Step::MarkerTag { .. }));
    let entries = steps.map(|step| Entry::of(step, Outcome::Failed { why: "there is no rollback branch".into(), hint: None })).collect();
    Delivered { entries, pull: None }
}

async fn ensure_pull(site: &Site<'_>, made: &Made, title: &str, base: &Branch) -> (Outcome, Option<Pull>) {
    if let Some(found) = existing(site.pulls) {
        return (found_outcome(&found), Some(found));
    }
    let new = NewPull {
        title: title.to_owned(),
        body: report::pull_body(site.approved, &made.came_between, made.rebuilt.as_deref()),
        head: site.plan.branch.clone(),
        base: base.clone(),
    };
    let error = match site.writer.open_pull(&new).await {
        Ok(pull) => return (Outcome::Done { url: Some(pull.url.clone()) }, Some(pull)),
        Err(error) => error,
    };
    if error.why() == Some(&Why::BotsMayNotOpenPulls) {
        let link = report::compare_link(site.plan);
        return (
            Outcome::Manual { task: format!("open the pull request yourself, this repository does not let Actions do it: {link}") },
            None,
        );
    }
    // Another run may have opened it, or ours did and the answer was lost.
    if read_again(&error)
        && let Ok(pulls) = site.reader.pulls_from(&site.plan.branch).await
        && let Some(found) = pulls.into_iter().find(|pull| pull.state == PullState::Open)
    {
        return (Outcome::Done { url: Some(found.url.clone()) }, Some(found));
    }
    (Outcome::failed(&error), None)
}

/// The open or merged one before any that somebody closed.
pub(super) fn existing(pulls: &[Pull]) -> Option<Pull> {
    pulls.iter().find(|pull| pull.state != PullState::Closed).or_else(|| pulls.first()).cloned()
}

fn found_outcome(pull: &Pull) -> Outcome {
    match pull.state {
        PullState::Open | PullState::Merged(..) => Outcome::Already,
        PullState::Closed => closed(pull),
    }
}

/// Says that somebody decided against it.
pub(super) fn closed(pull: &Pull) -> Outcome {
    Outcome::Failed {
        why: format!("pull request #{} was closed without merging; it is not opened again against somebody's decision", pull.number),
        hint: Some(format!(
            "reopen {} if it was closed by mistake; to roll back all the same, delete its branch and start a new run",
            pull.url
        )),
    }
}

/// Labels and reviewers: worth having, never worth failing for.
async fn dress(site: &Site<'_>, pull: &Pull, found: Found) -> Vec<Entry> {
    let mut entries = Vec::new();
    let missing: Vec<String> = site.plan.labels.iter().filter(|label| !pull.labels.contains(label)).cloned().collect();
    let roles: Vec<&Role> = site.plan.reviewers.iter().filter_map(|role| site.plan.roles.get(role)).collect();
    let mut users = roles.iter().flat_map(|role| role.users.iter().map(ToString::to_string)).distinct();
    users.retain(|user| !pull.reviewers.iter().any(|asked| asked.eq_ignore_ascii_case(user)));
    let mut teams = roles.iter().flat_map(|role| &role.teams).distinct();
    teams.retain(|team| !pull.teams.contains(team));
    // Whoever has reviewed is asked no more, and must not be asked again by a second run.
    if found == Found::Before && !(users.is_empty() && teams.is_empty()) {
        match site.reader.reviewed_by(pull.number).await {
            Ok(reviewed) => {
                users.retain(|user| !reviewed.iter().any(|known| known.eq_ignore_ascii_case(user)));
                // A member's review answers for the team, and GitHub does not show whose member somebody is.
                teams.retain(|_| reviewed.is_empty());
            }
            Err(error) => {
                entries.push(note("request for review", &error));
                users.clear();
                teams.clear();
            }
        }
    }
    let labels = async {
        match missing.is_empty() {
            true => None,
            false => site.writer.add_labels(pull.number, &missing).await.err().map(|error| note("labels", &error)),
        }
    };
    let people = async {
        match users.is_empty() {
            true => None,
            false => site.writer.request_reviewers(pull.number, &users, &[]).await.err().map(|error| note("request for review", &error)),
        }
    };
    // One team that the token cannot see refuses the whole call, so each has its own.
    let teams = futures_util::future::join_all(teams.iter().map(|team| async move {
        site.writer
            .request_reviewers(pull.number, &[], &[(*team).clone()])
            .await
            .err()
            .map(|error| note(&format!("request for review by team {team}"), &error))
    }));
    let (labels, people, teams) = futures_util::future::join3(labels, people, teams).await;
    entries.extend(labels.into_iter().chain(people).chain(teams.into_iter().flatten()));
    entries
}

fn note(what: &str, error: &crate::github::Error) -> Entry {
    Entry::new(what, Outcome::NoOp { why: error.to_string() })
}
