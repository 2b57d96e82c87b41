//! The second round: where each line of releases returns to, and what lies between.

use futures_util::future::{join, join_all, try_join, try_join_all, try_join3, try_join4};

use super::indexes::{Indexes, indexes};
use super::trees::{GoodAt, Trees};
use super::{First, NotObserved};
use crate::domain::git::Tag;
use crate::domain::release::Release;
use crate::domain::version::Version;
use crate::github::{Ask, Comparison, Environment, Error, Reader, read_environments};
use crate::manifest;
use crate::plan::{CommitFacts, Good, Line, Refused, candidates, manifest_search, roots};
use crate::registry::address::Configuration;

/// How many candidates are asked at once whether they are ancestors of the bad release.
const CANDIDATES: usize = 5;
/// How many tags without a known release are asked for their commits' dates.
const DATED: usize = 500;

/// Returns the tags that could be a line's last known good release, best first; reads the older releases only where the
/// newest hundred hold none.
pub(super) async fn possible(reader: &Reader, line: &Line, first: &mut First) -> Result<Vec<Tag>, NotObserved> {
    let Some(bad) = line.bad.first() else { return Ok(Vec::new()) };
    let known = |releases: &[Release]| {
        candidates(bad, line.template.as_ref(), releases)
            .iter()
            .filter(|(release, _)| !line.bad.contains(&release.tag))
            .map(|(release, _)| release.tag.clone())
            .take(CANDIDATES)
            .collect::<Vec<_>>()
    };
    let with_bad = |first: &First| {
        let mut all = first.releases.clone();
        all.extend(first.bad_release.clone().filter(|bad| !first.releases.iter().any(|release| release.id == bad.id)));
        all
    };
    let mut found = known(&with_bad(first));
    if found.is_empty() && first.pages > 1 {
        for page in join_all((2..=first.pages).map(|page| reader.releases(page))).await {
            first.releases.extend(page?.0);
        }
        first.pages = 1;
        found = known(&with_bad(first));
    }
    if found.is_empty() {
        let why = match first.releases.len() {
            0 => format!("`{}` has no releases", reader.repository_name()),
            _ => format!(
                "no published release before {bad} could be the last known good one (drafts, prereleases and releases rolled back before do not count)",
            ),
        };
        return Err(NotObserved::Refused(vec![Refused::new(why, "name the release or tag to return to with `--good`")]));
    }
    Ok(found)
}

/// The second round.
pub(super) struct Second {
    /// For each line, in order.
    pub(super) reached: Vec<Reached>,
    pub(super) bad_is_on_the_branch: bool,
    pub(super) trees: Trees,
    pub(super) environments: Result<Vec<Environment>, String>,
    pub(super) indexes: Indexes,
}

/// Where a line returns to.
pub(super) struct Reached {
    pub(super) good: Good,
    pub(super) good_is_ancestor: bool,
    pub(super) since_good: Comparison,
    pub(super) tags: Tags,
}

/// The tags of a line.
#[derive(Default)]
pub(super) struct Tags {
    pub(super) all: Vec<Tag>,
    /// Of those above the bad release whose release, if any, does not tell, the ones that cannot have its content.
    pub(super) older: Vec<Tag>,
}

/// One line as it is asked about.
struct Looked<'f> {
    first: &'f First,
    line: &'f Line,
    bad_commit: &'f CommitFacts,
    bad_release: Option<&'f Release>,
    /// The good tag, or the sha that was named.
    plain: String,
    /// The same as a revision.
    revision: String,
    possible: &'f [Tag],
}

/// Why it is not known whether a tag was there before the bad release.
#[derive(Clone, Copy)]
enum Doubt {
    /// It has no known release.
    Undated,
    /// Its release came out after the bad commit was made and before the bad release did: either of them may be late.
    Between,
}

/// What was said of it.
struct Answered {
    commit: Option<CommitFacts>,
    ancestors: Vec<bool>,
    since_good: Comparison,
    tags: Tags,
}

/// Reads the second round; `possible` are the tags that each line could return to.
pub(super) async fn second(reader: &Reader, first: &First, possible: &[Vec<Tag>], clients: &Configuration) -> Result<Second, NotObserved> {
    let looked: Vec<Looked<'_>> =
        first.lines.iter().zip(possible).map(|(line, possible)| look(first, line, possible)).collect::<Result<_, _>>()?;
    let search = manifest_search(&first.lines, reader.repository_name().name());
    let at = looked.iter().zip(&first.lines).map(|(one, line)| GoodAt { roots: roots(&line.packages), revision: one.revision.clone() });
    let mut trees = Trees::new(at.collect(), &first.head.sha);
    let wants = manifest::initial_wants(&search);
    let names: Vec<&str> = first.policy.gates.iter().flat_map(|gate| gate.approvals.iter().map(|ask| ask.environment.as_str())).collect();
    let environments = async { Ok::<_, Error>(read_environments(reader, &names).await.map_err(|error| error.with_hint())) };
    let (bad, head) = (first.bad.sha.to_string(), &first.head.sha);
    let (indexes, observed) = join(indexes(&first.policy.packages, clients), async {
        let answers = try_join_all(looked.iter().map(|one| one.ask(reader)));
        let reads = try_join3(answers, reader.is_ancestor(&bad, head), environments);
        try_join(trees.read(reader, &first.policy.restore, &wants), reads).await.map(|(_, reads)| reads)
    })
    .await;
    let (answers, bad_is_on_the_branch, environments) = observed?;
    // A better one further down a list is read anew; the usual case needs no such round.
    let better = |(answer, tags): (&Answered, &Vec<Tag>)| match answer.ancestors.first() {
        Some(false) if first.named.is_none() => {
            answer.ancestors.iter().position(|is| *is).and_then(|at| tags.get(at..)).map(<[Tag]>::to_vec)
        }
        Some(_) | None => None,
    };
    let again: Vec<Option<Vec<Tag>>> = answers.iter().zip(possible).map(better).collect();
    if again.iter().any(Option::is_some) {
        let again: Vec<Vec<Tag>> = again.into_iter().zip(possible).map(|(better, known)| better.unwrap_or_else(|| known.clone())).collect();
        return Box::pin(second(reader, first, &again, clients)).await;
    }
    let reached: Vec<Reached> = looked.iter().zip(answers).map(|(one, answer)| one.reached(answer)).collect::<Result<_, _>>()?;
    trees.settle(reached.iter().map(|reached| &reached.good.commit.sha));
    Ok(Second { reached, bad_is_on_the_branch, trees, environments, indexes })
}

fn look<'f>(first: &'f First, line: &'f Line, possible: &'f [Tag]) -> Result<Looked<'f>, NotObserved> {
    let refused = |why: &str, hint: &str| NotObserved::Refused(vec![Refused::new(why, hint)]);
    let bad = line.bad.first().ok_or_else(|| refused("no bad release is named", "name it with `--bad`"))?;
    let of_also = first.also_bad.iter().find(|(tag, ..)| tag == bad);
    let (bad_commit, bad_release) =
        of_also.map_or((&first.bad, first.bad_release.as_ref()), |(_, commit, release)| (commit, release.as_ref()));
    let (plain, revision) = match (&first.named, possible.first()) {
        (Some(good), _) => (good.commit.sha.to_string(), good.commit.sha.to_string()),
        (None, Some(tag)) => (tag.to_string(), format!("refs/tags/{tag}")),
        (None, None) => return Err(refused("there is no release to return to", "name one with `--good`")),
    };
    Ok(Looked { first, line, bad_commit, bad_release, plain, revision, possible })
}

impl Looked<'_> {
    async fn ask(&self, reader: &Reader) -> Result<Answered, Error> {
        let bases: Vec<String> = match self.first.named {
            Some(_) => vec![self.plain.clone()],
            None => self.possible.iter().map(ToString::to_string).collect(),
        };
        let commit = [Ask::Commit(format!("{}^{{commit}}", self.revision))];
        let commit = async {
            match &self.first.named {
                Some(good) => Ok(Some(good.commit.clone())),
                None => reader.objects(&commit).await.map(|(_, objects)| objects.into_iter().find_map(super::commit)),
            }
        };
        let ancestors = try_join_all(bases.iter().map(|base| reader.is_ancestor(base, &self.bad_commit.sha)));
        let (commit, since_good, tags, ancestors) =
            try_join4(commit, reader.compare(&self.plain, &self.first.head.sha), self.tags(reader), ancestors).await?;
        Ok(Answered { commit, ancestors, since_good, tags })
    }

    /// Reads every tag of the line's form, with and without the `v`: a number is taken wherever it stands. What is above the
    /// bad release was published after it, unless its release is older than the bad commit. Of a tag without a known
    /// release the commit must be older; of one whose release came out between the bad commit and the bad release, the
    /// commit must be older too, or not have the bad one in its history.
    async fn tags(&self, reader: &Reader) -> Result<Tags, Error> {
        let Some(template) = &self.line.template else { return Ok(Tags::default()) };
        let read = reader.tags_starting(template.stem()).await?.into_iter();
        let mut all: Vec<(Version, Tag)> = read.filter_map(|tag| Some((template.read(&tag)?, tag))).collect();
        all.sort_unstable();
        let lowest = self.line.bad.iter().filter_map(|tag| template.read(tag)).min();
        let above = all.iter().filter(|(version, tag)| lowest.as_ref().is_some_and(|bad| version > bad) && !self.line.bad.contains(tag));
        let undecided: Vec<(&Tag, Doubt)> = above.filter_map(|(_, tag)| Some((tag, self.doubt(tag)?))).take(DATED).collect();
        let asks: Vec<Ask> = undecided.iter().map(|(tag, _)| Ask::Commit(format!("refs/tags/{tag}^{{commit}}"))).collect();
        let objects = if asks.is_empty() { Vec::new() } else { reader.objects(&asks).await?.1 };
        let mut older = Vec::new();
        let mut compared = Vec::new();
        for ((tag, doubt), object) in undecided.into_iter().zip(objects) {
            let Some(commit) = super::commit(object) else { continue };
            match doubt {
                _ if commit.committed.is_some() && commit.committed < self.bad_commit.committed => older.push(tag.clone()),
                Doubt::Undated => {}
                Doubt::Between => compared.push((tag, commit.sha)),
            }
        }
        compared.truncate(CANDIDATES);
        let with_bad = try_join_all(compared.iter().map(|(_, sha)| reader.is_ancestor(self.bad_commit.sha.as_str(), sha))).await?;
        older.extend(compared.into_iter().zip(with_bad).filter(|(_, with_bad)| !with_bad).map(|((tag, _), _)| tag.clone()));
        Ok(Tags { all: all.into_iter().map(|(_, tag)| tag).collect(), older })
    }

    /// Tells why the releases do not say whether a tag was there before the bad release; `None` where they do.
    fn doubt(&self, tag: &Tag) -> Option<Doubt> {
        let Some(release) = self.first.releases.iter().find(|release| release.tag == *tag) else { return Some(Doubt::Undated) };
        let (at, bad_at) = (release.published_at?, self.bad_release?.published_at?);
        (self.bad_commit.committed? <= at && at < bad_at).then_some(Doubt::Between)
    }

    fn reached(&self, answer: Answered) -> Result<Reached, NotObserved> {
        let Answered { commit, ancestors, since_good, tags } = answer;
        let commit = commit.ok_or_else(|| {
            let why = format!("the release `{}` has no tag of that name any more", self.plain);
            NotObserved::Refused(vec![Refused::new(why, "name another with `--good`")])
        })?;
        let good = match &self.first.named {
            Some(named) => named.clone(),
            None => Good {
                reference: self.plain.clone(),
                commit,
                release: self.first.releases.iter().find(|release| release.tag.as_str() == self.plain).cloned(),
            },
        };
        Ok(Reached { good, good_is_ancestor: ancestors.first() == Some(&true), since_good, tags })
    }
}
