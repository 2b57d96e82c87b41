//! `guard`: in front of a release: refuses one that would bring rolled-back work again before its re-release gates are
//! passed. Reads only.

use chrono::TimeDelta;

use super::execute::{RunOfWorkflow, run_of};
use super::merged::{Merged, branch_of, merged, passed_in, read};
use super::{Connection, Ended, Exit, Problem};
use crate::domain::gate::Stage;
use crate::domain::git::Tag;
use crate::domain::release::{Publication, Release};
use crate::domain::version::{TagTemplate, Version};
use crate::gate::gate_job_name;
use crate::github::{Error, PullState, Reader};
use crate::plan::is_marked_bad;
use crate::runner::Environment;

/// How many pages of a hundred releases are looked through.
const MOST_PAGES: u32 = 10;

/// The arguments of `guard`.
#[derive(Debug, Clone, clap::Args)]
#[group(id = "what", required = true, multiple = false, args = ["tag", "bad"])]
pub struct Guard {
    /// The tag that is about to be released: held while it brings rolled-back work again, and nobody approved that
    #[arg(long, value_name = "TAG")]
    pub tag: Option<Tag>,
    /// The tag of a rolled-back release: proves that its re-release is approved
    #[arg(long, value_name = "TAG")]
    pub bad: Option<String>,
}

/// Lets a release go on, or ends with 6.
pub async fn guard(arguments: &Guard, connection: &Connection, environment: &Environment) -> Ended {
    let reader = connection.reader();
    let held = match (&arguments.bad, &arguments.tag) {
        (Some(bad), _) => merged(bad, None, &reader).await.map(|merged| vec![merged]),
        (None, Some(tag)) => brought_again(tag, &reader).await,
        (None, None) => Ok(Vec::new()),
    };
    let held = match held {
        Ok(held) => held,
        Err(ended) => return *ended,
    };
    let what = arguments.tag.as_ref().map_or("a re-release".to_owned(), ToString::to_string);
    let (mut text, mut problems) = (String::new(), Vec::new());
    for rollback in &held {
        let (plan, bad) = (rollback.in_force(), &rollback.plan().bad.tag);
        if plan.environments(Stage::ReRelease).is_empty() {
            text.push_str(
                &format_args!("{bad} was rolled back, and the policy asks for no approval before it is released again\n").to_string(),
            );
            continue;
        }
        match approved(rollback, &reader, environment).await {
            Ok(()) => text.push_str(&format_args!("{bad} was rolled back, and its re-release is approved\n").to_string()),
            Err(ended) if ended.exit == Exit::Gates => {
                let hint = format!("start the workflow that calls `re-release.yml` with {bad}, and have its gates approved");
                problems.push(Problem::new(
                    format!("{what} would bring back what {bad} was rolled back for, and that is not approved"),
                    Some(hint),
                ));
                problems.extend(ended.problems);
            }
            Err(ended) => return *ended,
        }
    }
    if !problems.is_empty() {
        return Ended::problems(Exit::Gates, problems);
    }
    if held.is_empty() {
        text = format!("{what} brings back nothing that was rolled back\n");
    }
    Ended { summary: crate::report::inline(&text), ..Ended::new(Exit::Done, text) }
}

/// Returns the rollbacks whose work a tag would bring again.
async fn brought_again(tag: &Tag, reader: &Reader) -> Result<Vec<Merged>, Box<Ended>> {
    let failed = |error: Error| Box::new(Ended::of_error(&error));
    let (mut releases, last) = reader.releases(1).await.map_err(failed)?;
    for page in 2..=last.min(MOST_PAGES) {
        releases.extend(reader.releases(page).await.map_err(failed)?.0);
    }
    let mut found: Vec<Merged> = Vec::new();
    for bad in rolled_back(tag, &releases) {
        let branch = branch_of(bad.as_str())?;
        let pulls = reader.pulls_from(&branch).await.map_err(failed)?;
        // A rollback that is not merged took nothing away; one of several bad releases has its branch for all.
        let Some(pull) = pulls.into_iter().find(|pull| matches!(pull.state, PullState::Merged(..))) else { continue };
        let rollback = read(pull, &branch, None, reader).await?;
        if !came_again(&rollback, tag, &releases) {
            found.push(rollback);
        }
    }
    Ok(found)
}

/// Returns the releases marked bad that a tag of the same line is not below.
fn rolled_back<'r>(tag: &Tag, releases: &'r [Release]) -> Vec<&'r Tag> {
    let Some((template, version)) = TagTemplate::of(tag) else { return Vec::new() };
    // Betas are how the work is tried before it is released again.
    if version.is_prerelease() {
        return Vec::new();
    }
    let brings = |release: &&Release| is_marked_bad(release) && template.read(&release.tag).is_some_and(|bad| bad <= version);
    releases.iter().filter(brings).map(|release| &release.tag).collect()
}

/// Tells whether a tag is the rollback's own, or the work is out again already in a release that stands.
fn came_again(rollback: &Merged, tag: &Tag, releases: &[Release]) -> bool {
    let plan = rollback.plan();
    let Some((template, bad)) = TagTemplate::of(&plan.bad.tag) else { return false };
    let version = |release: &Release| -> Option<Version> { template.read(&release.tag) };
    let stands = |release: &Release| {
        release.publication == Publication::Full && release.tag != *tag && release.tag != plan.tag && !is_marked_bad(release)
    };
    *tag == plan.tag || releases.iter().any(|release| stands(release) && version(release).is_some_and(|version| version >= bad))
}

/// Approved in this run, or in one that was started by hand on the default branch not longer ago than an approval counts.
async fn approved(rollback: &Merged, reader: &Reader, environment: &Environment) -> Result<(), Box<Ended>> {
    let plan = rollback.in_force();
    let here = run_of(environment);
    let mut refused = match &here {
        Ok(run) => match passed_in(rollback, Stage::ReRelease, reader, run).await {
            Ok(_) => return Ok(()),
            Err(ended) if ended.exit == Exit::Gates => ended,
            Err(ended) => return Err(ended),
        },
        Err(ended) => ended.clone(),
    };
    let failed = |error: Error| Box::new(Ended::of_error(&error));
    let branch = &plan.basis.default_branch;
    let since = rollback.now - TimeDelta::hours(i64::from(plan.rules.valid_hours));
    let jobs: Vec<String> =
        plan.environments(Stage::ReRelease).iter().map(|environment| gate_job_name(environment, plan.id().short())).collect();
    for id in reader.runs_by_hand(branch, since).await.map_err(failed)? {
        let held = reader.jobs(id).await.map_err(failed)?;
        if !held.iter().any(|job| jobs.iter().any(|name| job.name.ends_with(name))) {
            continue;
        }
        // GitHub says which branch or tag it is on and not which of the two; the gates' environments take no tag.
        let run = RunOfWorkflow { id, reference: format!("refs/heads/{branch}") };
        match passed_in(rollback, Stage::ReRelease, reader, &run).await {
            Ok(_) => return Ok(()),
            Err(ended) if ended.exit == Exit::Gates => refused = ended,
            Err(ended) => return Err(ended),
        }
    }
    Err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tag: &str, wanted: &[&str]) {
        let release = |tag: &str, body: &str| Release {
            id: 1,
            tag: tag.parse().unwrap(),
            name: tag.into(),
            body: body.into(),
            publication: Publication::Full,
            published_at: None,
            target: "main".into(),
            immutable: false,
            url: String::new(),
        };
        let bad = "<!-- rollback-action:banner -->\n> [!CAUTION]";
        let releases = [release("v0.0.12", ""), release("v0.1.0", bad), release("v0.3.0", bad), release("helper-v0.1.0", bad)];
        let found: Vec<String> = rolled_back(&tag.parse().unwrap(), &releases).into_iter().map(ToString::to_string).collect();
        assert_eq!(found, wanted, "{tag}");
    }

    #[test]
    fn a_tag_brings_back_what_it_is_not_below_in_its_own_line() {
        check("v0.0.13", &[]);
        check("v0.1.0", &["v0.1.0"]);
        check("v0.1.1", &["v0.1.0"]);
        check("v0.3.0", &["v0.1.0", "v0.3.0"]);
        check("helper-v0.2.0", &["helper-v0.1.0"]);
        check("nightly", &[]);
    }

    #[test]
    fn a_beta_is_not_held() {
        check("v0.2.0-beta.1", &[]);
    }
}
