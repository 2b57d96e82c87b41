//! The world as it stands right before writing, read in one round trip, and whether the plan still fits it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures_util::future::{try_join_all, try_join4};

use crate::domain::git::{Branch, Sha, Tag};
use crate::domain::release::{Publication, Release};
use crate::domain::tree::TreeEntry;
use crate::domain::version::TagTemplate;
use crate::gather::Gather as _;
use crate::github::{Ask, Error, Object, Pull, PullState, Reader};
use crate::plan::{EditGroup, GoodRelease, Plan, Side, Step, is_warned};

/// What the steps look at before they do anything.
#[derive(Debug, Clone)]
pub struct Standing {
    /// GitHub's clock.
    pub now: Option<DateTime<Utc>>,
    /// The default branch.
    pub default_branch: Branch,
    /// Its newest commit.
    pub head: Sha,
    /// That commit's `.github/workflows`.
    pub workflows: Option<Sha>,
    /// The tree of the default branch's commit that was planned on, where it still exists.
    pub planned_tree: Option<Sha>,
    /// The directories at the head that hold what the plan keeps from it.
    pub head_directories: BTreeMap<String, Vec<TreeEntry>>,
    /// The commits of the bad tags, in the plan's order.
    pub bad: Vec<Option<Sha>>,
    /// The commit the good ref had when it was planned, where it still exists, and where the ref points now.
    pub good: Option<Sha>,
    /// The same of the other packages' good refs, in the plan's order.
    pub also_good: Vec<Option<Sha>>,
    /// The rollback branch.
    pub branch: Option<Tip>,
    /// Where the marker tag points.
    pub marker: Option<Sha>,
    /// The texts whose versions are rewritten, by path.
    pub texts: BTreeMap<String, String>,
    /// Pull requests from the rollback branch.
    pub pulls: Vec<Pull>,
    /// The bad releases that are there.
    pub bad_releases: BTreeMap<Tag, Release>,
    /// The release GitHub shows as `Latest`.
    pub latest: Option<Release>,
}

/// The newest commit of the rollback branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// The commit.
    pub sha: Sha,
    /// Its tree.
    pub tree: Sha,
    /// Its message.
    pub message: String,
    /// Its parents.
    pub parents: Vec<Sha>,
}

/// The world moved in a way that makes the plan unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// What differs from the plan.
    pub why: String,
}

impl Tip {
    /// Returns the commit that was read; `None` for anything else.
    pub(super) fn of(object: Object) -> Option<Self> {
        match object {
            Object::Commit { sha, tree, message, parents, .. } => Some(Self { sha, tree, message, parents }),
            Object::Missing | Object::Tree { .. } | Object::Blob { .. } => None,
        }
    }

    /// Returns the id of the plan that the commit's message names.
    pub fn plan_id(&self) -> Option<String> {
        crate::plan::plan_id_in(&self.message)
    }
}

impl Standing {
    /// Reads it.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn read(reader: &Reader, plan: &Plan) -> Result<Self, Error> {
        let marker = plan.steps.iter().find_map(|step| if let Step::MarkerTag { tag } = step { Some(tag.clone()) } else { None });
        let fixed = fixed_asks(plan, marker.as_ref());
        let directories = directories(plan);
        let texts = texts(plan, &plan.content.edits);
        let mut asks = fixed.clone();
        asks.extend(directories.iter().map(|path| Ask::Tree(if path.is_empty() { "HEAD^{tree}".into() } else { format!("HEAD:{path}") })));
        asks.extend(texts.iter().map(|(path, at)| Ask::Blob(format!("{at}:{path}"))));
        let bad_releases = try_join_all(plan.all_bad().map(|bad| reader.release_of(&bad.tag)));
        let ((facts, objects), pulls, bad_releases, latest) =
            try_join4(reader.objects(&asks), reader.pulls_from(&plan.branch), bad_releases, reader.latest()).await?;
        let mut objects = objects.into_iter();
        let mut next = || objects.next().unwrap_or(Object::Missing);
        let sha = |object: Object| match object {
            Object::Commit { sha, .. } | Object::Tree { sha, .. } => Some(sha),
            Object::Missing | Object::Blob { .. } => None,
        };
        let bad = plan.all_bad().map(|_| sha(next())).collect();
        let (good, branch) = (sha(next()), Tip::of(next()));
        let also_good = plan.others.iter().map(|_| sha(next())).collect();
        let workflows = sha(next());
        let planned_tree = Tip::of(next()).map(|planned| planned.tree);
        let marker = if marker.is_some() { sha(next()) } else { None };
        let mut head_directories = BTreeMap::new();
        for path in directories {
            if let Object::Tree { entries, .. } = next() {
                head_directories.insert(path, entries);
            }
        }
        let mut read = BTreeMap::new();
        for (path, _) in texts {
            if let Object::Blob { text: Some(text), .. } = next() {
                read.insert(path, text);
            }
        }
        Ok(Self {
            now: facts.now,
            default_branch: facts.default_branch,
            head: facts.head,
            workflows,
            planned_tree,
            head_directories,
            bad,
            good,
            also_good,
            branch,
            marker,
            texts: read,
            pulls,
            bad_releases: bad_releases.into_iter().flatten().map(|release| (release.tag.clone(), release)).gather(),
            latest,
        })
    }

    /// Tells whether a plan that publishes nothing new is carried out: every bad release is marked, and none is `Latest`.
    pub fn is_retagged(&self, plan: &Plan) -> bool {
        let is_marked = |step: &Step| match step {
            Step::Banner { tag, .. } => self.bad_releases.get(tag).is_some_and(is_warned),
            _ => true,
        };
        let is_latest = |tag: &Tag| self.latest.as_ref().is_some_and(|latest| latest.tag == *tag);
        plan.retag && plan.steps.iter().all(is_marked) && !plan.all_bad().any(|bad| is_latest(&bad.tag))
    }

    /// Names the rollback that is on its way for a plan that makes none, or was merged: what marks the bad release is its own.
    pub(super) fn rival(&self) -> Option<String> {
        let stands = self.pulls.iter().find(|pull| pull.state != PullState::Closed);
        match (&self.branch, stands) {
            (Some(tip), _) if stands.is_some() || self.pulls.is_empty() => tip.plan_id().map(|id| id.get(..12).unwrap_or(&id).to_owned()),
            (None, Some(pull)) => Some(format!("pull request #{}", pull.number)),
            (Some(_), _) | (None, None) => None,
        }
    }
}

/// Returns a draft release that has one of the plan's new numbers. Drafts are shown to those who can push, so the plan may
/// not have known of it.
///
/// # Errors
/// When GitHub refuses or cannot be reached.
pub async fn draft_with_a_number(reader: &Reader, plan: &Plan) -> Result<Option<Tag>, Error> {
    if plan.new_tags().is_empty() {
        return Ok(None);
    }
    let (newest, _) = reader.releases(1).await?;
    Ok(newest.into_iter().find(|release| takes_a_number(plan, release)).map(|release| release.tag))
}

fn takes_a_number(plan: &Plan, release: &Release) -> bool {
    let version = TagTemplate::of(&release.tag);
    let same = |tag: &&Tag| {
        release.tag == **tag
            || TagTemplate::of(tag)
                .zip(version.as_ref())
                .is_some_and(|((one, new), (other, taken))| one.stem() == other.stem() && new == *taken)
    };
    release.publication == Publication::Draft && plan.new_tags().iter().any(same)
}

fn fixed_asks(plan: &Plan, marker: Option<&Tag>) -> Vec<Ask> {
    let at = |good: &GoodRelease, sha: &Sha| match good.reference.parse::<Sha>() {
        Ok(sha) => format!("{sha}^{{commit}}"),
        Err(_) if good.release.is_some() => format!("refs/tags/{}^{{commit}}", good.reference),
        Err(_) => format!("{sha}^{{commit}}"),
    };
    let good = at(&plan.good, &plan.basis.good);
    let also_good = plan.others.iter().zip(&plan.basis.also_good).map(|(other, sha)| Ask::Commit(at(&other.good, sha)));
    let mut asks: Vec<Ask> = plan.all_bad().map(|bad| Ask::Commit(format!("refs/tags/{}^{{commit}}", bad.tag))).collect();
    asks.extend([Ask::Commit(good), Ask::Commit(format!("refs/heads/{}", plan.branch))]);
    asks.extend(also_good);
    asks.push(Ask::Tree("HEAD:.github/workflows".into()));
    asks.push(Ask::Commit(format!("{}^{{commit}}", plan.basis.head)));
    asks.extend(marker.map(|tag| Ask::Commit(format!("refs/tags/{tag}^{{commit}}"))));
    asks
}

/// The directories at the head that hold the paths kept from it, needed only where the workflows changed meanwhile.
fn directories(plan: &Plan) -> Vec<String> {
    let paths = plan.content.put.iter().map(|put| &put.path).chain(&plan.content.remove);
    paths.map(|path| path.split().0.to_owned()).chain([String::new()]).distinct()
}

/// The files that edits are made in, and the commits they are read at.
pub(super) fn texts(plan: &Plan, edits: &[EditGroup]) -> Vec<(String, Sha)> {
    let mut texts = BTreeMap::new();
    for group in edits {
        let at = |path: &str| match group.side {
            Side::Good => plan.good_of(path),
            Side::Head => &plan.basis.head,
        };
        texts.extend(group.at.keys().map(|path| (path.as_str().to_owned(), at(path.as_str()).clone())));
    }
    texts.into_iter().collect()
}

/// Returns why the plan no longer fits, or `None`. A default branch that only moved on is no reason.
pub fn stale(plan: &Plan, standing: &Standing) -> Option<Stale> {
    let moved = |what: &str, wanted: &Sha, is: &Option<Sha>| match is {
        Some(is) if is == wanted => None,
        Some(is) => Some(Stale { why: format!("{what} points at {}, the plan expected {}", is.short(), wanted.short()) }),
        None => Some(Stale { why: format!("{what} is gone; the plan expected it at {}", wanted.short()) }),
    };
    if standing.default_branch != plan.basis.default_branch {
        return Some(Stale {
            why: format!("the default branch is `{}`, the plan was made for `{}`", standing.default_branch, plan.basis.default_branch),
        });
    }
    let wanted = std::iter::once(&plan.basis.bad).chain(&plan.basis.also_bad);
    let mut bad = plan.all_bad().zip(wanted).zip(&standing.bad);
    bad.find_map(|((bad, wanted), is)| moved(&format!("tag `{}`", bad.tag), wanted, is))
        .or_else(|| moved(&format!("`{}`", plan.good.reference), &plan.basis.good, &standing.good))
        .or_else(|| {
            let mut others = plan.others.iter().zip(&plan.basis.also_good).zip(&standing.also_good);
            others.find_map(|((other, wanted), is)| moved(&format!("`{}`", other.good.reference), wanted, is))
        })
}
