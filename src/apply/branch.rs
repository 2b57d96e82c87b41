//! The rollback commit and its branch.

use super::pull::{closed, existing};
use super::standing::{Standing, Tip};
use super::{Site, read_again};
use crate::domain::git::Sha;
use crate::domain::restore::RepoPath;
use crate::gather::Gather as _;
use crate::github::{Ask, Error, Pull, PullState, Reader, RepositoryFacts, TreeChange, Why};
use crate::journal::{Entry, Outcome};
use crate::plan::{EditGroup, Plan, Side, Step};
use crate::report;

/// What became of the branch.
pub(super) struct Made {
    pub(super) entries: Vec<Entry>,
    /// The rollback commit, when there is one.
    pub(super) commit: Option<Sha>,
    /// Why its tree is not the approved one, where it is not.
    pub(super) rebuilt: Option<String>,
    /// Commits that reached the default branch since the plan.
    pub(super) came_between: Vec<String>,
    /// The plan whose branch it is, where it is another one's.
    pub(super) rival: Option<String>,
}

/// Why a branch is not ours.
struct Foreign {
    outcome: Outcome,
    /// The plan it belongs to.
    rival: Option<String>,
}

/// Finds the branch of this plan, or makes it.
///
/// With `unknown`, whether the plan was delivered before could not be read, so nothing is made.
pub(super) async fn ensure(site: &Site<'_>, unknown: Option<Outcome>) -> Made {
    let between = came_between(site);
    let (made, came_between) = futures_util::future::join(ensure_branch(site, unknown), between).await;
    Made { came_between, ..made }
}

async fn came_between(site: &Site<'_>) -> Vec<String> {
    let (planned, now) = (&site.plan.basis.head, &site.standing.head);
    if planned == now {
        return Vec::new();
    }
    match site.reader.compare(planned.as_str(), now).await {
        Ok(comparison) => {
            comparison.first_commits.iter().map(|(sha, line)| format!("{} {}", sha.short(), crate::words::cut(line, 80))).collect()
        }
        Err(error) => vec![format!("they could not be listed: {error}")],
    }
}

async fn ensure_branch(site: &Site<'_>, unknown: Option<Outcome>) -> Made {
    let plan = site.plan;
    let steps: Vec<&Step> = plan.steps.iter().filter(|step| matches!(step, Step::Commit { .. } | Step::Branch { .. })).collect();
    let both = |outcome: Outcome| steps.iter().map(|step| Entry::of(step, outcome.clone())).collect::<Vec<_>>();
    let made = |entries, commit| Made { entries, commit, rebuilt: None, came_between: Vec::new(), rival: None };
    let foreign = |foreign: Foreign| Made { rival: foreign.rival, ..made(both(foreign.outcome), None) };
    if let Some(tip) = &site.standing.branch {
        return match recognise(site, tip).await {
            Ok(commit) => made(both(Outcome::Already), Some(commit)),
            Err(why) => foreign(why),
        };
    }
    if let Some(outcome) = unknown {
        return made(both(outcome), None);
    }
    // Somebody deleted the branch, as GitHub itself may after a merge; it is not made a second time.
    if let Some(pull) = existing(site.pulls) {
        return match pull.state {
            PullState::Open | PullState::Merged(..) => made(both(Outcome::Already), pull.head_sha.parse().ok()),
            PullState::Closed => made(both(closed(&pull)), None),
        };
    }
    // The rule compares with the default branch as it is now, so a change of the workflows since the plan is known to
    // be refused: https://docs.github.com/rest/git/refs#create-a-reference
    let must_not = must_not_rebuild(site);
    let rebuild = site.standing.workflows != plan.basis.workflows && must_not.is_none();
    let first = create(site, rebuild).await;
    match first {
        Ok((commit, entries)) => Made { rebuilt: rebuild.then(|| rebuilt_note(site)), ..made(entries, Some(commit)) },
        Err(error) if error.why() == Some(&Why::WorkflowRule) && !rebuild => match must_not {
            Some(why) => made(both(why), None),
            None => match create(site, true).await {
                Ok((commit, entries)) => Made { rebuilt: Some(rebuilt_note(site)), ..made(entries, Some(commit)) },
                Err(error) => made(both(Outcome::failed(&error)), None),
            },
        },
        Err(error) if read_again(&error) => match read_tip(site).await {
            Ok(Some(tip)) => match recognise(site, &tip).await {
                Ok(commit) => made(both(Outcome::Done { url: None }), Some(commit)),
                Err(why) => foreign(why),
            },
            Ok(None) | Err(_) => made(both(Outcome::failed(&error)), None),
        },
        Err(error) => made(both(Outcome::failed(&error)), None),
    }
}

/// A plan whose tree is the good release's stays itself on a later head. One that takes some paths back is made of the
/// head it was planned on, and on a later one it would undo what came between; so would any that is delivered without a
/// pull request, in which people would see that. A kept file comes as it is there, with the bad version where it states one.
fn must_not_rebuild(site: &Site<'_>) -> Option<Outcome> {
    let plan = site.plan;
    let is_of_the_head = site.standing.planned_tree.as_ref().is_none_or(|tree| *tree == plan.content.base);
    let why = if plan.is_direct() || is_of_the_head {
        "on the newer commit this plan would undo what came between".to_owned()
    } else {
        format!("`{}` changed with them, and on the newer commit it would still state the bad version", stating_kept(site)?)
    };
    Some(Outcome::Failed {
        why: format!(
            "GitHub takes no branch here from this token, as a rule where `.github/workflows` changed on `{}` after the plan; {why}",
            plan.basis.default_branch
        ),
        hint: Some("start a new run, which plans on the newer commit".into()),
    })
}

/// Returns a kept path that changed after the plan, and in or below which the plan writes the new version.
fn stating_kept(site: &Site<'_>) -> Option<String> {
    let content = &site.plan.content;
    // A version is on one line, an entry of the changelog is not.
    let versions = || content.edits.iter().filter(|group| !group.new.contains('\n')).flat_map(|group| group.at.keys());
    let changed = kept_at_head(site);
    let is_changed =
        |path: &RepoPath| changed.iter().any(|change| matches!(change, TreeChange::Put { path: of, .. } if of == path.as_str()));
    let mut kept = content.put.iter().map(|put| &put.path).filter(|path| is_changed(path));
    kept.find(|path| versions().any(|edited| path.covers(edited.as_str()))).map(ToString::to_string)
}

fn rebuilt_note(site: &Site<'_>) -> String {
    format!(
        "`.github` changed on `{}` after the plan, so the rollback was rebuilt on {}: the kept paths are as they are there, everything else is the approved tree",
        site.plan.basis.default_branch,
        site.standing.head.short()
    )
}

/// Makes tree, commit and ref. With `rebuild`, on the default branch's present head with its kept paths.
async fn create(site: &Site<'_>, rebuild: bool) -> Result<(Sha, Vec<Entry>), Error> {
    let plan = site.plan;
    // GitHub does not say what it makes of a directory and of a file below it in one list, so the file comes after.
    let is_below = |change: &TreeChange| match change {
        TreeChange::Write { path, .. } => plan.content.put.iter().any(|put| put.path.as_str() != path && put.path.covers(path)),
        TreeChange::Put { .. } | TreeChange::Remove { .. } => false,
    };
    let (below, changes): (Vec<TreeChange>, Vec<TreeChange>) = changes(site)?.into_iter().partition(is_below);
    // Where nothing states a version and nothing kept differs, the good release's own tree is it; GitHub takes no empty list.
    let mut tree = match changes.is_empty() {
        true => plan.content.base.clone(),
        false => site.writer.tree(&plan.content.base, &changes).await?,
    };
    if !below.is_empty() {
        tree = site.writer.tree(&tree, &below).await?;
    }
    if tree != plan.content.tree {
        let why = format!(
            "GitHub made tree {} of the plan's content, the plan names {}; nothing was published",
            tree.short(),
            plan.content.tree.short()
        );
        return Err(Error::Setup(why));
    }
    let mut parent = plan.basis.head.clone();
    if rebuild {
        let kept = kept_at_head(site);
        if !kept.is_empty() {
            tree = site.writer.tree(&tree, &kept).await?;
        }
        parent = site.standing.head.clone();
    }
    let message = report::commit_message(site.approved);
    let commit = site.writer.commit(&message, &tree, &parent).await?;
    site.writer.create_branch(&plan.branch, &commit.sha).await?;
    let mut entries = Vec::new();
    for step in &plan.steps {
        match step {
            Step::Commit { .. } => {
                entries.push(Entry::of(&Step::Commit { tree: tree.clone(), parent: parent.clone() }, Outcome::Done { url: None }))
            }
            Step::Branch { .. } => entries.push(Entry::of(step, Outcome::Done { url: None })),
            _ => {}
        }
    }
    if !commit.verified {
        entries.push(Entry::new("signature", Outcome::NoOp { why: "GitHub did not sign the commit (it does for apps and the Actions token only); a branch that requires signatures will not take it".into() }));
    }
    Ok((commit.sha, entries))
}

fn changes(site: &Site<'_>) -> Result<Vec<TreeChange>, Error> {
    let content = &site.plan.content;
    let put = content.put.iter().map(|put| TreeChange::Put { path: put.path.to_string(), mode: put.mode, sha: put.sha.clone() });
    let remove = content.remove.iter().map(|path| TreeChange::Remove { path: path.to_string() });
    let mut changes: Vec<TreeChange> = put.chain(remove).collect();
    for (path, (mode, spans)) in spans_by_path(&site.plan.content.edits) {
        let text = site
            .standing
            .texts
            .get(path.as_str())
            .ok_or_else(|| Error::Setup(format!("`{path}` could not be read where the plan read it")))?;
        let content = splice(text, &spans).ok_or_else(|| Error::Setup(format!("`{path}` is not the text the plan was made from")))?;
        changes.push(TreeChange::Write { path: path.to_string(), mode, content });
    }
    Ok(changes)
}

pub(super) type Spans<'p> = Vec<(usize, usize, &'p str)>;

/// The edits of each file.
pub(super) fn spans_by_path(edits: &[EditGroup]) -> std::collections::BTreeMap<&RepoPath, (crate::domain::tree::Mode, Spans<'_>)> {
    let mut by_path: std::collections::BTreeMap<&RepoPath, (crate::domain::tree::Mode, Spans<'_>)> = std::collections::BTreeMap::new();
    for group in edits {
        for (path, spans) in &group.at {
            let all = &mut by_path.entry(path).or_insert_with(|| (group.mode, Vec::new())).1;
            all.extend(spans.iter().map(|(start, end)| (*start, *end, group.new.as_str())));
            all.sort_unstable();
        }
    }
    by_path
}

/// Returns the text with its edits.
pub(super) fn splice(text: &str, spans: &Spans<'_>) -> Option<String> {
    let mut spliced = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for (start, end, new) in spans {
        spliced.push_str(text.get(from..*start)?);
        spliced.push_str(new);
        from = *end;
    }
    spliced.push_str(text.get(from..)?);
    Some(spliced)
}

/// The kept paths as they are at the default branch's present head.
fn kept_at_head(site: &Site<'_>) -> Vec<TreeChange> {
    let content = &site.plan.content;
    let kept = content.put.iter().filter(|put| put.side == Side::Head).map(|put| &put.path);
    // Where only some paths are restored nothing but `.github` is kept, and what is removed must stay removed.
    let whole = content.put.iter().any(|put| put.side == Side::Head) && content.put.iter().all(|put| put.side == Side::Head);
    let gone = content.remove.iter().filter(|_| whole);
    let paths = kept.chain(gone).cloned().chain(".github".parse()).distinct();
    let planned = |path: &RepoPath| content.put.iter().find(|put| put.path == *path);
    let found = |path: &RepoPath| {
        let (directory, name) = path.split();
        let entry = site.standing.head_directories.get(directory)?.iter().find(|entry| entry.name == name.as_bytes())?;
        // What did not change meanwhile stays as it was approved: its version may be rewritten.
        if planned(path).is_some_and(|put| (put.mode, &put.sha) == (entry.mode, &entry.sha)) {
            return None;
        }
        Some(TreeChange::Put { path: path.to_string(), mode: entry.mode, sha: entry.sha.clone() })
    };
    paths.iter().filter_map(found).collect()
}

async fn read_tip(site: &Site<'_>) -> Result<Option<Tip>, Error> {
    read_commit(&format!("refs/heads/{}", site.plan.branch), site.reader).await
}

/// A branch is ours when the plan's commit is its tip, or below what people pushed on top of it. Never overwritten.
async fn recognise(site: &Site<'_>, tip: &Tip) -> Result<Sha, Foreign> {
    match plan_commit(site.plan, tip, site.reader).await {
        Ok(Some(commit)) => return Ok(commit.sha),
        Ok(None) => {}
        Err(error) => return Err(Foreign { outcome: Outcome::failed(&error), rival: None }),
    }
    let rival = tip.plan_id().map(|other| other.get(..12).unwrap_or(&other).to_owned());
    let whose = match &rival {
        Some(other) => format!("of another plan ({other})"),
        None => "not of a rollback plan".to_owned(),
    };
    let outcome = Outcome::Failed {
        why: format!("the branch `{}` exists at {} and is {whose}; it is never overwritten", site.plan.branch, tip.sha.short()),
        hint: Some("merge or close its pull request and delete the branch, then start a new run".into()),
    };
    Err(Foreign { outcome, rival })
}

/// Returns the plan's commit as a direct delivery left it, below the rollback branch or, where that is gone, below the
/// default branch; beside it what GitHub says of the repository.
///
/// # Errors
/// When GitHub refuses or cannot be reached.
pub async fn delivered_commit(plan: &Plan, reader: &Reader) -> Result<(RepositoryFacts, Option<Tip>), Error> {
    let asks = [Ask::Commit(format!("refs/heads/{}", plan.branch)), Ask::Commit("HEAD".to_owned())];
    let (facts, objects) = reader.objects(&asks).await?;
    for tip in objects.into_iter().filter_map(Tip::of) {
        if let Some(commit) = plan_commit(plan, &tip, reader).await? {
            return Ok((facts, Some(commit)));
        }
    }
    Ok((facts, None))
}

/// Returns the plan's commit, at a tip or below it.
async fn plan_commit(plan: &Plan, tip: &Tip, reader: &Reader) -> Result<Option<Tip>, Error> {
    let wanted = plan.id();
    let mut commit = tip.clone();
    for _ in 0..20 {
        if commit.plan_id().as_deref() == Some(wanted.as_str()) {
            return Ok(Some(commit));
        }
        let Some(parent) = commit.parents.first() else { break };
        let Some(below) = read_commit(&format!("{parent}^{{commit}}"), reader).await? else { break };
        commit = below;
    }
    Ok(None)
}

pub(super) async fn read_commit(expression: &str, reader: &Reader) -> Result<Option<Tip>, Error> {
    let (_, objects) = reader.objects(&[Ask::Commit(expression.to_owned())]).await?;
    Ok(objects.into_iter().next().and_then(Tip::of))
}

/// Returns the pull requests that deliver this plan: an open one shows the branch as it is, where that was seen; any other
/// is the plan's when it brings the plan's commit. An earlier rollback of the same release used the same branch name, and
/// another plan's may have been opened a moment ago.
pub(super) async fn own_pulls(plan: &Plan, standing: &Standing, reader: &Reader) -> Result<Vec<Pull>, Error> {
    let mut own = Vec::new();
    for pull in &standing.pulls {
        let is_own = match pull.state {
            PullState::Open if standing.branch.is_some() => true,
            PullState::Open | PullState::Merged(..) | PullState::Closed => {
                match read_commit(&format!("{}^{{commit}}", pull.head_sha), reader).await? {
                    Some(tip) => plan_commit(plan, &tip, reader).await?.is_some(),
                    None => false,
                }
            }
        };
        if is_own {
            own.push(pull.clone());
        }
    }
    Ok(own)
}
