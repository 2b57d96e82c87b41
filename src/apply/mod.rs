//! `(ApprovedPlan, Writer) → Journal`, also when it fails half-way. Each step looks first and does only what is missing,
//! so a run that was killed anywhere is finished by running it again.

mod beside;
mod branch;
mod finish;
mod pull;
mod releases;
mod standing;
mod tag;

use futures_util::future::join3;

pub use branch::delivered_commit;
pub use finish::{Merged, finish};
pub use standing::{Stale, Standing, Tip, draft_with_a_number, stale};

use crate::domain::git::Sha;
use crate::gate::ApprovedPlan;
use crate::github::{Error, Pull, Reader, Why, Writer};
use crate::journal::{Entry, Journal, Outcome};
use crate::plan::{Plan, Step};
use crate::report;

/// What the steps share.
struct Site<'a> {
    approved: &'a ApprovedPlan,
    plan: &'a Plan,
    standing: &'a Standing,
    /// The plan's own pull requests among those that stand.
    pulls: &'a [Pull],
    reader: &'a Reader,
    writer: &'a Writer,
}

/// Performs the plan's steps up to the open pull request.
pub async fn execute(approved: &ApprovedPlan, standing: &Standing, reader: &Reader, writer: &Writer) -> Journal {
    let plan = approved.plan();
    let mut journal = Journal::new(plan, "execute");
    if let Some(glass) = approved.broken_glass() {
        journal.entries.push(Entry::new("break glass", Outcome::Manual { task: report::break_glass_task(glass) }));
    }
    if plan.retag {
        let site = Site { approved, plan, standing, pulls: &[], reader, writer };
        journal.entries.extend(match standing.rival() {
            Some(rival) => releases::left_to(&site, &rival),
            None => releases::warn(&site).await,
        });
        return journal;
    }
    let (pulls, unknown) = match branch::own_pulls(plan, standing, reader).await {
        Ok(pulls) => (pulls, None),
        Err(error) => (Vec::new(), Some(Outcome::failed(&error))),
    };
    let site = Site { approved, plan, standing, pulls: &pulls, reader, writer };
    // Everything else hangs on the branch, but the warning on the bad release must not wait for it. Where another plan's
    // rollback goes on, the warning and `Latest` are that plan's: two would overwrite each other for ever.
    let made = branch::ensure(&site, unknown).await;
    journal.entries.extend(made.entries.iter().cloned());
    journal.rebuilt.clone_from(&made.rebuilt);
    journal.came_between.clone_from(&made.came_between);
    journal.commit.clone_from(&made.commit);
    let commit = &made.commit;
    let delivery = async {
        match commit {
            Some(commit) => pull::deliver(&site, &made, commit).await,
            None => pull::without_branch(&site),
        }
    };
    let marker = async {
        match commit {
            Some(commit) => marker_tag(&site, commit).await,
            None => Vec::new(),
        }
    };
    let warning = async {
        match &made.rival {
            Some(rival) => releases::left_to(&site, rival),
            None => releases::warn(&site).await,
        }
    };
    let (delivered, marked, released) = join3(delivery, marker, warning).await;
    journal.pull = delivered.pull;
    journal.entries.extend(marked);
    journal.entries.extend(delivered.entries);
    journal.entries.extend(released);
    journal
}

async fn marker_tag(site: &Site<'_>, commit: &Sha) -> Vec<Entry> {
    let mut entries = Vec::new();
    for step in &site.plan.steps {
        let Step::MarkerTag { tag } = step else { continue };
        let outcome = match &site.standing.marker {
            Some(at) if at == commit => Outcome::Already,
            Some(at) => tag::elsewhere(tag, at, commit),
            None => tag::create(tag, commit, site.reader, site.writer).await,
        };
        entries.push(Entry::of(step, outcome));
    }
    entries
}

/// Tells whether a failure leaves it open whether the write happened, so that the state must be read again. A server
/// error may come from a proxy in front of a server that did its work.
fn read_again(error: &Error) -> bool {
    matches!(error, Error::OutcomeUnknown { .. } | Error::Malformed { .. }) || matches!(error.why(), Some(Why::Conflict | Why::ServerError))
}
