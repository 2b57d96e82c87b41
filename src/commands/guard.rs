//! `guard`: in front of a release: refuses one that would bring rolled-back work again before its re-release gates are
//! passed. Reads only.

use chrono::TimeDelta;

use super::delivered::delivered;
use super::evidence::{asking_run, policy};
use super::execute::{RunOfWorkflow, run_of};
use super::merged::{Merged, branch_of, merged, passed_in, read, retagged};
use super::{Connection, Ended, Exit, Problem};
use crate::config::Delivery;
use crate::domain::gate::{Holder, Stage};
use crate::domain::git::Tag;
use crate::domain::release::{Publication, Release};
use crate::domain::version::{TagTemplate, Version};
use crate::gate::gate_job_name;
use crate::github::{PullState, Reader};
use crate::plan::{Plan, Step, is_marked_bad};
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
            text.extend([bad.as_str(), " was rolled back, and the policy asks for no approval before it is released again\n"]);
            continue;
        }
        match approved(rollback, &reader, environment).await {
            Ok(()) => text.extend([bad.as_str(), " was rolled back, and its re-release is approved\n"]),
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
    let (mut releases, last) = reader.releases(1).await?;
    for page in 2..=last.min(MOST_PAGES) {
        releases.extend(reader.releases(page).await?.0);
    }
    let mut found: Vec<Merged> = Vec::new();
    for bad in rolled_back(tag, &releases) {
        let branch = branch_of(bad.as_str())?;
        let pulls = reader.pulls_from(&branch).await?;
        let unproved = pulls.is_empty();
        // A rollback that is not merged took nothing away; one of several bad releases has its branch for all.
        match pulls.into_iter().find(|pull| matches!(pull.state, PullState::Merged(..))) {
            Some(pull) => {
                let rollback = read(pull, &branch, None, reader).await?;
                if !came_again(bad, &own_tags(&rollback), tag, &releases) {
                    found.push(rollback);
                }
            }
            None if came_again(bad, &[], tag, &releases) => {}
            // One that published nothing new left the work where the next release is made from.
            None => match retagged(bad.as_str(), reader).await? {
                Some(rollback) => found.push(rollback),
                None if !unproved => {}
                None => match delivered(&branch, None, reader).await {
                    Ok(rollback) if came_again(bad, &own_tags(&rollback), tag, &releases) => {}
                    Ok(rollback) => found.push(rollback),
                    Err(ended) if ended.exit == Exit::Failed => return Err(ended),
                    Err(_) => unless_direct(bad, reader).await?,
                },
            },
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

/// The tags that a rollback makes itself: one, or two for those who float below and above the bad release.
fn own_tags(rollback: &Merged) -> Vec<Tag> {
    let plan = rollback.plan();
    let made = plan.finish.iter().filter_map(|step| match step {
        Step::Tag { tag } | Step::TagBeside { tag, .. } => Some(tag.clone()),
        _ => None,
    });
    made.chain([plan.tag.clone()]).collect()
}

/// Tells whether a tag is the rollback's own, or the work is out again already in a release that stands.
fn came_again(bad: &Tag, own: &[Tag], tag: &Tag, releases: &[Release]) -> bool {
    let Some((template, version)) = TagTemplate::of(bad) else { return false };
    let reaches = |release: &Release| template.read(&release.tag).is_some_and(|other: Version| other >= version);
    let stands = |release: &Release| {
        release.publication == Publication::Full && release.tag != *tag && !own.contains(&release.tag) && !is_marked_bad(release)
    };
    own.contains(tag) || releases.iter().any(|release| stands(release) && reaches(release))
}

/// Where the incident does not keep the plan of a rollback that was delivered directly, no approval can be shown to be of it.
async fn unless_direct(bad: &Tag, reader: &Reader) -> Result<(), Box<Ended>> {
    let gated = match policy(reader).await.1 {
        Ok(policy) => policy.delivery == Delivery::Direct && policy.gates.iter().any(|gate| gate.stage == Stage::ReRelease),
        Err(_) => true,
    };
    if !gated {
        return Ok(());
    }
    let error = format!(
        "{bad} was rolled back without a pull request, and no incident keeps its plan, so whether its re-release is approved cannot be known"
    );
    let hint = "publish it without `guard` once it is approved, and deliver rollbacks by pull request";
    Err(Box::new(Ended::problems(Exit::Gates, vec![Problem::new(error, Some(hint.into()))])))
}

/// Approved in this run, or in one that was started by hand on the default branch not longer ago than an approval counts.
async fn approved(rollback: &Merged, reader: &Reader, environment: &Environment) -> Result<(), Box<Ended>> {
    let plan = rollback.in_force();
    if plan.rules.by == Holder::Comments {
        return answered(rollback, &plan, reader).await;
    }
    let here = run_of(environment);
    let mut refused = match &here {
        Ok(run) => match passed_in(rollback, Stage::ReRelease, reader, run).await {
            Ok(_) => return Ok(()),
            Err(ended) if ended.exit == Exit::Gates => ended,
            Err(ended) => return Err(ended),
        },
        Err(ended) => ended.clone(),
    };
    let branch = &plan.basis.default_branch;
    let since = rollback.now - TimeDelta::hours(i64::from(plan.rules.valid_hours));
    let jobs: Vec<String> =
        plan.environments(Stage::ReRelease).iter().map(|environment| gate_job_name(environment, plan.id().short())).collect();
    for id in reader.runs_by_hand(branch, since).await? {
        let held = reader.jobs(id).await?;
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

/// Comments are of no run, and that a tag's run asks takes nothing from them: they are weighed by the run that asked.
async fn answered(rollback: &Merged, plan: &Plan, reader: &Reader) -> Result<(), Box<Ended>> {
    match asking_run(reader, plan).await? {
        Some(id) => {
            let run = RunOfWorkflow { id, reference: format!("refs/heads/{}", plan.basis.default_branch) };
            passed_in(rollback, Stage::ReRelease, reader, &run).await.map(drop)
        }
        None => {
            let error = format!("no run asked anything on an incident of {}", plan.bad.tag);
            let hint = "the incident's label or its comments were taken away; put them back";
            Err(Box::new(Ended::problems(Exit::Gates, vec![Problem::new(error, Some(hint.into()))])))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: &str = "<!-- rollback-action:banner -->\n> [!CAUTION]";

    fn release(tag: &str, body: &str) -> Release {
        Release {
            id: 1,
            tag: tag.parse().unwrap(),
            name: tag.into(),
            body: body.into(),
            publication: Publication::Full,
            published_at: None,
            target: "main".into(),
            immutable: false,
            url: String::new(),
        }
    }

    #[track_caller]
    fn check(tag: &str, wanted: &[&str]) {
        let releases = [release("v0.0.12", ""), release("v0.1.0", BAD), release("v0.3.0", BAD), release("helper-v0.1.0", BAD)];
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
    fn the_rollback_s_own_releases_are_not_the_work_again() {
        let tag = |text: &str| text.parse::<Tag>().unwrap();
        let releases = [release("v0.0.13", ""), release("v0.1.0", BAD), release("v0.1.1", "")];
        let own = [tag("v0.0.13"), tag("v0.1.1")];
        let came = |own: &[Tag], new: &str| came_again(&tag("v0.1.0"), own, &tag(new), &releases);
        assert!(came(&own, "v0.1.1"), "it may be published");
        assert!(!came(&own, "v0.2.0"), "the work is not out again by the rollback's second release");
        assert!(came(&[tag("v0.0.13")], "v0.2.0"), "v0.1.1 brought it, and stands");
    }

    #[test]
    fn a_beta_is_not_held() {
        check("v0.2.0-beta.1", &[]);
    }
}
