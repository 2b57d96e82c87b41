//! The incident: one page that always shows where we are. A projection of what is really there; only the ticks of people
//! are its own, and they are kept.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::checklist::{By, DECISION, EXECUTION, Line, RECOVERY, VERIFICATION};
use super::escape::{cell, code, link, text};
use super::incident_name::incident_marker;
use super::previous::{BY_HAND, Previous, glass_broken_by, line_id};
use super::table::{clip, document, facts as facts_table, section};
use super::{facts, next, parts, timeline};
use crate::domain::gate::{Ask, Holder, Stage};
use crate::domain::git::Tag;
use crate::domain::person::Login;
use crate::gate::{Approval, Reason, Waiting};
use crate::github::{Pull, PullState};
use crate::journal::{Entry, Outcome};
use crate::plan::Plan;
use crate::words::{capitalized, count, join, moment};

/// GitHub refuses longer bodies: 65,536 characters.
const LONGEST: usize = 65_000;

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It was seen.
    There,
    /// It was looked for and is not there.
    Absent,
    /// It was not looked for, or could not be.
    Unknown,
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct IncidentView<'v> {
    /// The plan.
    pub plan: &'v Plan,
    /// The plan with the gates that hold what comes after the merge.
    pub in_force: &'v Plan,
    /// The stage whose gates are open; `None` while the pull request is people's.
    pub open: Option<Stage>,
    /// Approvals on record; those of earlier pages are kept besides.
    pub approvals: &'v [Approval],
    /// Who said no.
    pub rejected: &'v [Reason],
    /// Who is waited for, since when.
    pub waiting: &'v [Waiting],
    /// The page of the workflow run in which gates are approved.
    pub run: Option<&'v str>,
    /// The rollback branch, made by this plan.
    pub branch: Seen,
    /// The pull request, whatever became of it.
    pub pull: Option<&'v Pull>,
    /// Whether the bad release's notes carry the banner.
    pub banner: Seen,
    /// The release GitHub shows as `Latest`, where it was read.
    pub latest: Option<&'v Tag>,
    /// The page of the rollback's own release, once it is there.
    pub released: Option<&'v str>,
    /// Who went past missing approvals, where somebody did.
    pub broken_glass: Option<&'v str>,
    /// What the last run did.
    pub entries: &'v [Entry],
    /// GitHub's clock.
    pub now: DateTime<Utc>,
    /// The page as it is now.
    pub previous_body: Option<&'v str>,
}

/// Where a rollback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Gates,
    Rejected,
    Approved,
    Open,
    Closed,
    Merged,
    Released,
    Retagged,
}

/// Returns the incident's title.
pub fn incident_title(plan: &Plan) -> String {
    super::escape::plain(&facts::title(plan), 250)
}

/// How the page of a second incident begins.
const DUPLICATE: &str = "> [!NOTE]\n> Opened twice. Everything is in #";

/// Returns the page of a second incident, which leads to the one that stays; what people wrote there is kept.
pub fn duplicate_incident(of: u64, page: &str) -> String {
    clip(format!("{DUPLICATE}{of}; this one is not kept up to date.\n\n{page}"), LONGEST + 200)
}

/// Tells whether a page was marked as a second incident before.
pub fn is_duplicate_incident(page: &str) -> bool {
    page.starts_with(DUPLICATE)
}

/// Returns the incident's page.
pub fn incident_body(view: &IncidentView<'_>) -> String {
    let page = Page { view, previous: view.previous_body.map(|body| Previous::of(body, &named(view.plan))).unwrap_or_default() };
    let foot = document(&[page.foot(), incident_marker(view.plan)]);
    let most = LONGEST - foot.len() - 2;
    let mut parts = vec![
        page.standing(),
        page.facts(),
        timeline::timeline(view.plan, view.now),
        section("Gates", &page.gates()),
        section("By hand", &page.by_hand()),
        page.checklist(),
        section("What the last run did", &page.entries()),
        parts::removed(view.plan),
    ];
    if document(&parts).len() > most {
        parts.pop();
    }
    document(&[clip(document(&parts), most), foot])
}

pub(super) struct Page<'v> {
    pub(super) view: &'v IncidentView<'v>,
    pub(super) previous: Previous,
}

impl Page<'_> {
    fn is_at(&self) -> Where {
        let view = self.view;
        match view.pull.map(|pull| &pull.state) {
            _ if view.released.is_some() => Where::Released,
            _ if self.retagged() => Where::Retagged,
            Some(PullState::Merged(..)) => Where::Merged,
            Some(PullState::Open) => Where::Open,
            Some(PullState::Closed) => Where::Closed,
            None if self.delivered() => Where::Merged,
            None if !view.rejected.is_empty() && !self.acted() => Where::Rejected,
            None if self.missing().is_empty() => Where::Approved,
            None => Where::Gates,
        }
    }

    /// Whether the rollback is on the default branch: merged, or moved forward to.
    fn delivered(&self) -> bool {
        let forwarded = |entry: &Entry| {
            let done = matches!(entry.outcome, Outcome::Done { .. } | Outcome::Already);
            done && self
                .view
                .plan
                .steps
                .iter()
                .any(|step| matches!(step, crate::plan::Step::Forward { .. }) && step.to_string() == entry.what)
        };
        let merged = self.view.pull.is_some_and(|pull| matches!(pull.state, PullState::Merged(..)));
        let direct = self.view.pull.is_none() && self.view.open == Some(Stage::Finish);
        merged || direct || self.view.released.is_some() || self.view.entries.iter().any(forwarded)
    }

    /// Who approved an environment, by the record or an earlier page.
    pub(super) fn approver(&self, ask: &Ask) -> Option<String> {
        let recorded = self.view.approvals.iter().find(|approval| approval.environment == ask.environment);
        match recorded {
            Some(Approval { by: None, .. }) => Some("an administrator's bypass".into()),
            Some(Approval { by: Some(login), .. }) => Some(login.to_string()),
            // A comment can be taken back: only what counts now is shown.
            None if self.view.plan.rules.by == Holder::Comments => None,
            None => self.previous.approver(&ask.environment).map(Login::to_string),
        }
    }

    /// Whether a plan that publishes nothing new is carried out.
    fn retagged(&self) -> bool {
        self.view.plan.retag && self.view.open == Some(Stage::Close)
    }

    /// What the tool did itself, it did after all gates were passed.
    pub(super) fn acted(&self) -> bool {
        self.retagged() || self.view.pull.is_some() || self.view.released.is_some() || self.view.branch == Seen::There
    }

    /// Whether what is not on this page's record was approved all the same: the record may be gone with its run, and
    /// nothing was done without, except by somebody who broke the glass.
    pub(super) fn approved_before_acting(&self) -> bool {
        self.acted() && self.view.broken_glass.is_none()
    }

    fn missing(&self) -> Vec<&Ask> {
        let asks = facts::gates_of(self.view.plan, Stage::Execute).into_iter().flat_map(|gate| &gate.approvals);
        asks.filter(|ask| self.approver(ask).is_none() && !self.acted()).collect()
    }

    fn standing(&self) -> String {
        let (plan, view) = (self.view.plan, self.view);
        let pull = view.pull.map(|pull| link(&format!("pull request #{}", pull.number), &pull.url)).unwrap_or_default();
        let mergers = text(&facts::mergers(plan), 300);
        let tag = text(&facts::new_tags(plan), 255);
        let (here, next) = match self.is_at() {
            Where::Gates => {
                let missing = self.missing();
                let roles: std::collections::BTreeSet<String> = missing
                    .iter()
                    .map(|ask| join(&ask.roles.iter().map(|role| facts::role(plan, role)).collect::<Vec<_>>(), "or"))
                    .collect();
                let run = match plan.rules.by {
                    Holder::Environments => view.run.map(|run| format!(" on {}", link("the run's page", run))).unwrap_or_default(),
                    Holder::Comments => " by comments here, with the lines below".to_owned(),
                };
                let who = text(&join(&roles.into_iter().collect::<Vec<_>>(), "and"), 600);
                (
                    format!("Planned. {} missing; nothing was changed yet.", count(missing.len() as u64, "approval")),
                    format!("{who} answer the gates{run}"),
                )
            }
            Where::Rejected => (
                format!(
                    "Stopped: {}.",
                    view.rejected.iter().take(5).map(|reason| text(&reason.to_string(), 500)).collect::<Vec<_>>().join("; ")
                ),
                "whoever asked settles it with them, and starts a new run or closes this issue".into(),
            ),
            Where::Approved => (
                "All gates are passed.".into(),
                "the workflow goes on by itself; if it stopped, a maintainer runs the failed job again".into(),
            ),
            Where::Open => (format!("The rollback is proposed: {pull} is open."), format!("{mergers} reviews and merges {pull}")),
            Where::Closed => (
                format!("Stopped: {pull} was closed without merging."),
                "whoever closed it says here why; reopen it to go on, or close this issue".into(),
            ),
            Where::Merged => {
                let here = "The rollback is on the default branch, not released yet.";
                let goes_on = format!("`finish` tags {tag} and releases it");
                let starts = match plan.is_direct() {
                    true => text(&facts::starts_finish(plan), 800),
                    false => format!("{goes_on}; a maintainer starts it if it did not start"),
                };
                self.held(Stage::Finish, here, &goes_on).unwrap_or_else(|| (here.into(), starts))
            }
            Where::Released => {
                let page = view.released.map(|page| link(plan.tag.as_str(), page)).unwrap_or_default();
                self.done(format!("Released: {page} has the content of {}.", code(&facts::good_name(plan), 255)))
            }
            Where::Retagged => {
                let latest = view.latest.map(|latest| format!(", and {} is Latest", code(latest.as_str(), 255))).unwrap_or_default();
                let bad = code(plan.bad.tag.as_str(), 255);
                self.done(format!("Carried out: {bad} carries the warning{latest}. Nothing new is published, and no code changed."))
            }
        };
        let next = next::after_failure(view.entries).map_or(next, |mend| text(&mend, 800));
        let glass = view.broken_glass.map(|by| {
            let place = if plan.retag { "the summary of its run" } else { "the pull request" };
            let record = format!("{place} has the reason; have them reviewed after the fact");
            format!(
                "> [!CAUTION]\n> **Break glass: {} went past missing approvals.** {}.\n\n{}\n\n",
                code(by, 100),
                capitalized(&record),
                glass_broken_by(by)
            )
        });
        format!("{}**{here}**\n\n**Next:** {next}.", glass.unwrap_or_default())
    }

    /// What is said once the tool has nothing more to do: where we are, and who does what next.
    fn done(&self, here: String) -> (String, String) {
        let plan = self.view.plan;
        let left = match plan.manual.len() as u64 {
            0 => "the lines below that only people can tick".to_owned(),
            tasks => format!("{} by hand below, then the other lines", count(tasks, "task")),
        };
        let goes_on = format!("{} takes care of {left}", text(&facts::mergers(plan), 300));
        self.held(Stage::Close, &here, "the workflow that closes this issue does so").unwrap_or((here, goes_on))
    }

    fn facts(&self) -> String {
        let (plan, view) = (self.view.plan, self.view);
        let bad = link(plan.bad.tag.as_str(), &facts::release_page(plan, &plan.bad.tag));
        let banner = match view.banner {
            Seen::There => "warning on its notes",
            Seen::Absent => "no warning on its notes yet",
            Seen::Unknown => "its notes were not read",
        };
        let back = match plan.retag {
            true => format!("{}, with nothing new published", cell(&facts::good_names(plan), 600)),
            false => format!("{}, as {}", cell(&facts::content(plan), 600), cell(&facts::new_names(plan), 300)),
        };
        let mut rows = vec![
            ("why", cell(&facts::why(plan), 1000)),
            ("window", cell(&facts::window(plan, view.now), 400)),
            ("bad release", format!("{bad}: {banner}")),
            ("back to", back),
            ("removes", cell(&facts::removes(plan), 200)),
            ("stays", facts::stays(plan).iter().take(10).map(|line| cell(line, 300)).collect::<Vec<_>>().join("<br>")),
        ];
        rows.extend(view.latest.map(|latest| ("Latest", link(latest.as_str(), &facts::release_page(plan, latest)))));
        rows.extend(plan.requester.as_ref().map(|login| ("asked by", cell(login.as_str(), 100))));
        facts_table(&rows)
    }

    fn checklist(&self) -> String {
        let part = |title: &str, lines: &[Line]| {
            let lines: String = lines.iter().map(|line| self.line(line)).collect();
            format!("### {title}\n\n{lines}")
        };
        document(&[
            part("Before the rollback: decision", &DECISION) + &self.further_gates(),
            part("During the rollback: execution", &EXECUTION),
            part("After the rollback: verification", &VERIFICATION),
            part("Recovery", &RECOVERY),
        ])
    }

    fn line(&self, line: &Line) -> String {
        let by_people = self.previous.is_ticked(line.id);
        let is_done = match line.by {
            By::Gate(id) => self.gate(id).unwrap_or(by_people),
            By::Branch | By::Delivered if self.view.plan.retag => by_people,
            By::Branch if self.acted() => true,
            By::Branch => self.view.branch == Seen::Unknown && by_people,
            By::Delivered => self.delivered(),
            By::People => by_people,
        };
        let note = match line.id {
            _ if self.view.plan.retag && matches!(line.by, By::Branch | By::Delivered) => " (not by this plan, which changes no code)",
            "during-documentation" if self.view.banner == Seen::There => " (the release notes carry the warning)",
            _ => "",
        };
        task(is_done, &format!("{}{note}", line.text), line.id)
    }

    /// Whether a gate of the policy is passed; `None` where the policy has no such gate before execute.
    fn gate(&self, id: &str) -> Option<bool> {
        let gate = facts::gates_of(self.view.plan, Stage::Execute).into_iter().find(|gate| gate.id == id)?;
        Some(self.approved_before_acting() || gate.approvals.iter().all(|ask| self.approver(ask).is_some()))
    }

    /// Gates of this policy that the printed checklist lacks.
    fn further_gates(&self) -> String {
        let printed = |id: &str| DECISION.iter().any(|line| line.by == By::Gate(known(id)));
        let gates = facts::gates_of(self.view.plan, Stage::Execute).into_iter().filter(|gate| !printed(&gate.id)).take(40);
        gates.map(|gate| task(self.gate(&gate.id) == Some(true), &text(&gate.question, 200), &format!("gate-{}", gate.id))).collect()
    }

    fn by_hand(&self) -> String {
        let planned = self.view.plan.manual.iter().cloned();
        let found = self.view.entries.iter().filter_map(|entry| match &entry.outcome {
            Outcome::Manual { task } => Some(format!("{}: {task}", entry.what)),
            Outcome::Done { .. } | Outcome::Already | Outcome::NoOp { .. } | Outcome::Failed { .. } => None,
        });
        let line = |what: String| {
            // The text is the task: in another order or among others, its tick stays with it.
            let digest: String = Sha256::digest(&what).iter().take(5).map(|byte| format!("{byte:02x}")).collect();
            let id = format!("{BY_HAND}{digest}");
            task(self.previous.is_ticked(&id), &text(&what, 500), &id)
        };
        planned.chain(found).take(40).map(line).collect()
    }

    fn entries(&self) -> String {
        let line = |entry: &Entry| {
            let what = text(&entry.what, 300);
            match &entry.outcome {
                Outcome::Done { url: Some(url) } => format!("- {what}: {}\n", link("done", url)),
                Outcome::Done { url: None } => format!("- {what}: done\n"),
                Outcome::Already => format!("- {what}: found done\n"),
                Outcome::NoOp { why } => format!("- {what}: nothing to do, {}\n", text(why, 300)),
                Outcome::Manual { .. } => format!("- {what}: by hand, see above\n"),
                Outcome::Failed { why, hint } => {
                    let hint = hint.as_ref().map(|hint| format!(". What helps: {}", text(hint, 300))).unwrap_or_default();
                    format!("- **{what}: failed.** {}{hint}\n", text(why, 400))
                }
            }
        };
        self.view.entries.iter().take(60).map(line).collect()
    }

    fn foot(&self) -> String {
        let run = self.view.run.map(|run| format!(" · {}", link("workflow run", run))).unwrap_or_default();
        let pull =
            self.view.pull.map(|pull| format!(" · {}", link(&format!("pull request #{}", pull.number), &pull.url))).unwrap_or_default();
        format!(
            "{}{run}{pull} · as of {}. This page is written anew after every step: ticks stay, other edits do not; write comments. {}.",
            named(self.view.plan),
            moment(self.view.now),
            capitalized(next::AGAIN),
        )
    }
}

/// The plan, as the page's foot names it.
fn named(plan: &Plan) -> String {
    format!("Plan {}", code(plan.id().short(), 12))
}

/// The standard gate of this id, as the checklist spells it.
fn known(id: &str) -> &'static str {
    let ids = DECISION.iter().filter_map(|line| if let By::Gate(gate) = line.by { Some(gate) } else { None });
    ids.into_iter().find(|gate| *gate == id).unwrap_or("")
}

fn task(is_done: bool, what: &str, id: &str) -> String {
    format!("- [{}] {what} {}\n", if is_done { 'x' } else { ' ' }, line_id(id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{self, approvals, check_markdown, example_pull as pull, hostile_plan, some_cases};
    use super::*;
    use crate::plan::example::{example_plan, hours_after_release, sha};

    fn view<'v>(plan: &'v Plan, approvals: &'v [Approval]) -> IncidentView<'v> {
        IncidentView {
            plan,
            in_force: plan,
            open: Some(Stage::Execute),
            approvals,
            rejected: &[],
            waiting: &[],
            run: Some("https://github.example/acme/entity-core/actions/runs/7"),
            branch: Seen::Absent,
            pull: None,
            banner: Seen::Absent,
            latest: None,
            released: None,
            broken_glass: None,
            entries: &[],
            now: hours_after_release(13),
            previous_body: None,
        }
    }

    #[test]
    fn before_the_gates_the_page_says_who_is_waited_for() {
        let (plan, approvals) = (example_plan(), approvals("seen"));
        insta::assert_snapshot!(incident_body(&view(&plan, &approvals[..2])), @r#"
        **Planned. 5 approvals missing; nothing was changed yet.**

        **Next:** product-owner (owner-login) and technical-lead (lead-login) answer the gates on [the run's page](https://github.example/acme/entity-core/actions/runs/7).

        |  |  |
        | --- | --- |
        | **why** | Import failures: 14 % of users cannot import entity.plugins.gpt_oss (critical: more than 10 % of users) |
        | **window** | 13 h 20 min after release. Decision point for rollback: Technical Lead decides, 34 h 40 min left |
        | **bad release** | [v0.1.0](https://github.example/acme/entity-core/releases/tag/v0.1.0): no warning on its notes yet |
        | **back to** | v0.0.12 exactly, except: .github and CHANGELOG.md stay as on main, version in 2 files, as 0.0.13 |
        | **removes** | 12 commits, 5 pull requests, 84 files (+310 -2904) |
        | **stays** | migrations 0041 and 0042 (declared irreversible, not undone) |
        | **asked by** | on-call |

        ```mermaid
        timeline
            title v0.1.0 was released 13 h 20 min ago
            section Past
                0 to 2 h : Monitor deployment metrics : DevOps Team
                2 to 8 h : Assess user reports : Support Team
            section Now
                8 to 24 h : Decision point for rollback : Technical Lead
            section Ahead
                24 to 48 h : Final rollback window : Release Manager
                after 48 h : Post-mortem, hotfix only : Engineering Team
        ```

        ### Gates

        - ✅ Critical issue confirmed (not user error or configuration): approved by lead-login <!-- rb-by:rollback-critical-issue-confirmed lead-login -->
        - ✅ Scope assessment completed (affects more than 5 % of users): approved by owner-login <!-- rb-by:rollback-scope-assessed owner-login -->
        - ⏳ Hotfix attempts failed or deemed too risky: waits for technical-lead (lead-login)
        - ⏳ Stakeholder approval obtained (Technical Lead and Product Owner): waits for technical-lead (lead-login)
        - ⏳ Stakeholder approval obtained (Technical Lead and Product Owner): waits for product-owner (owner-login)
        - ⏳ Communication plan ready for users: waits for product-owner (owner-login)
        - ⏳ Rollback team assembled and ready: waits for technical-lead (lead-login)

        ### By hand

        - [ ] withdraw entity-core 0.1.0 on PyPI, after the rollback is published: yank it on the project's page <!-- rb:hand-bad3dc09ed -->

        ### Before the rollback: decision

        - [x] Critical issue confirmed and documented <!-- rb:pre-critical -->
        - [x] Impact assessment completed (affects more than 5 % of users) <!-- rb:pre-impact -->
        - [ ] Hotfix deemed not feasible or too risky <!-- rb:pre-hotfix -->
        - [ ] Stakeholder approval obtained <!-- rb:pre-approval -->
        - [ ] Communication plan prepared <!-- rb:pre-communication -->
        - [ ] Rollback team assembled <!-- rb:pre-team -->

        ### During the rollback: execution

        - [ ] Git rollback branch created <!-- rb:during-branch -->
        - [ ] Code reverted to stable state <!-- rb:during-code -->
        - [ ] Version numbers updated appropriately <!-- rb:during-version -->
        - [ ] Packages uploaded (PyPI and other registries) <!-- rb:during-packages -->
        - [ ] Docker images updated <!-- rb:during-images -->
        - [ ] Documentation updated with rollback notices <!-- rb:during-documentation -->

        ### After the rollback: verification

        - [ ] Automated tests pass <!-- rb:post-tests -->
        - [ ] Manual verification completed <!-- rb:post-manual -->
        - [ ] User communication sent <!-- rb:post-communication -->
        - [ ] Monitoring confirms stable state <!-- rb:post-monitoring -->
        - [ ] Support team briefed <!-- rb:post-support -->
        - [ ] Post-mortem scheduled <!-- rb:post-mortem -->

        ### Recovery

        - [ ] Root cause analysis completed <!-- rb:recovery-analysis -->
        - [ ] Fix implementation plan created <!-- rb:recovery-fix -->
        - [ ] Enhanced testing plan developed <!-- rb:recovery-testing -->
        - [ ] Re-release criteria defined <!-- rb:recovery-criteria -->
        - [ ] Process improvements documented <!-- rb:recovery-process -->

        <details><summary>What goes away: 12 commits, 5 pull requests, 84 files (+310 -2904)</summary>

        **5 pull requests**: [#41](https://github.example/acme/entity-core/pull/41), [#40](https://github.example/acme/entity-core/pull/40), [#38](https://github.example/acme/entity-core/pull/38), [#37](https://github.example/acme/entity-core/pull/37), [#35](https://github.example/acme/entity-core/pull/35)

        **12 commits**, newest first:

        - [9c1f2e3](https://github.example/acme/entity-core/commit/9c1f2e3) Release v0.1.0
        - [41b07aa](https://github.example/acme/entity-core/commit/41b07aa) Move GPT-OSS plugins to their own package (`#41`)
        - [0a2b3c4](https://github.example/acme/entity-core/commit/0a2b3c4) Add a compatibility layer (`#40`)
        - and 9 more

        **84 files**:

        - `src/entity/plugins/gpt_oss_compat.py`
        - `src/entity/plugins/gpt_oss/__init__.py`
        - and 82 more

        [everything since the good release](https://github.example/acme/entity-core/compare/3333333333333333333333333333333333333333...1111111111111111111111111111111111111111)

        </details>

        Plan `4000eca860b0` · [workflow run](https://github.example/acme/entity-core/actions/runs/7) · as of 2024-06-10 19:33 UTC. This page is written anew after every step: ticks stay, other edits do not; write comments. Running it again is safe at any time: it finds what is done, leaves it, and tries the rest.

        <!-- rollback-action:incident:v0.1.0 -->
        "#);
    }

    #[test]
    fn a_page_says_which_rollback_it_is_of() {
        use super::super::incident_name::{IncidentOf, incident_of};
        let mut plan = example_plan();
        for tag in ["v0.1.0", "v0.1.0-->", "a%3Cb"] {
            plan.bad.tag = tag.parse().unwrap();
            let found = incident_of(&incident_body(&view(&plan, &[])));
            assert_eq!(found, Some(IncidentOf { bad: tag.parse().unwrap(), run: Some(7) }));
        }
        assert_eq!(incident_of("no page of ours"), None);
    }

    #[test]
    fn each_stage_names_where_we_are_and_who_is_next() {
        let plan = example_plan();
        let (open, closed, merged) =
            (pull(PullState::Open), pull(PullState::Closed), pull(PullState::Merged(Some(sha('9')), hours_after_release(20))));
        let seven = approvals("");
        let of = |approvals, pull, released| {
            let body = incident_body(&IncidentView { pull, released, ..view(&plan, approvals) });
            body.lines().filter(|line| line.starts_with("**")).take(2).map(|line| line.to_owned() + "\n").collect::<String>()
        };
        let page = "https://github.example/acme/entity-core/releases/tag/v0.0.13";
        let all = [
            of(&[], None, None),
            of(&seven, None, None),
            of(&[], Some(&open), None),
            of(&[], Some(&closed), None),
            of(&[], Some(&merged), None),
            of(&[], Some(&merged), Some(page)),
        ];
        insta::assert_snapshot!(all.concat(), @r#"
        **Planned. 7 approvals missing; nothing was changed yet.**
        **Next:** product-owner (owner-login) and technical-lead (lead-login) answer the gates on [the run's page](https://github.example/acme/entity-core/actions/runs/7).
        **All gates are passed.**
        **Next:** the workflow goes on by itself; if it stopped, a maintainer runs the failed job again.
        **The rollback is proposed: [pull request #88](https://github.example/acme/entity-core/pull/88) is open.**
        **Next:** release-manager (manager-login) reviews and merges [pull request #88](https://github.example/acme/entity-core/pull/88).
        **Stopped: [pull request #88](https://github.example/acme/entity-core/pull/88) was closed without merging.**
        **Next:** whoever closed it says here why; reopen it to go on, or close this issue.
        **The rollback is on the default branch, not released yet.**
        **Next:** `finish` tags v0.0.13 and releases it; a maintainer starts it if it did not start.
        **Released: [v0.0.13](https://github.example/acme/entity-core/releases/tag/v0.0.13) has the content of `v0.0.12`.**
        **Next:** release-manager (manager-login) takes care of 1 task by hand below, then the other lines.
        "#);
    }

    #[test]
    fn a_broken_glass_is_on_top_and_no_gate_counts_as_approved_by_it() {
        let (plan, approvals) = (example_plan(), approvals("seen"));
        let open = pull(PullState::Open);
        let body = incident_body(&IncidentView { pull: Some(&open), broken_glass: Some("manager-login"), ..view(&plan, &approvals[..2]) });
        assert!(
            body.starts_with("> [!CAUTION]\n> **Break glass: `manager-login` went past missing approvals.** The pull request"),
            "{body}"
        );
        assert_eq!(body.matches("- ✅").count(), 2, "{body}");
        assert_eq!(body.matches("nobody approved it: the glass was broken").count(), 5, "{body}");
        assert!(body.contains("- [ ] Rollback team assembled"), "{body}");
        assert_eq!(crate::report::broken_glass_on(&body).as_deref(), Some("manager-login"));
    }

    #[test]
    fn gates_after_the_merge_are_on_the_page_and_wait_though_the_rollback_was_done() {
        let mut plan = example_plan();
        plan.gates.iter_mut().filter(|gate| gate.id == "team-assembled").for_each(|gate| gate.stage = Stage::Finish);
        plan.gates.iter_mut().filter(|gate| gate.id == "scope-assessed").for_each(|gate| gate.stage = Stage::Close);
        let (all, open) = (approvals("seen"), pull(PullState::Open));
        let late: Vec<Approval> = all.into_iter().filter(|approval| approval.gate == "scope-assessed").collect();
        let body = incident_body(&IncidentView { pull: Some(&open), ..view(&plan, &late) });
        for line in [
            "- ⏳ before the release, Rollback team assembled and ready: waits for technical-lead (lead-login)\n",
            "- ✅ before this issue is closed, Scope assessment completed (affects more than 5 % of users): approved by owner-login <!-- rb-by:rollback-scope-assessed owner-login -->\n",
        ] {
            assert!(body.contains(line), "{body}");
        }
    }

    #[test]
    fn ticks_of_people_are_kept_and_what_can_be_seen_is_ticked_by_what_is_there() {
        let (plan, approvals) = (example_plan(), approvals(""));
        let first = incident_body(&view(&plan, &approvals));
        let ticked = first
            .replace("- [ ] Support team briefed", "- [x] Support team briefed")
            .replace("- [ ] Code reverted", "- [x] Code reverted")
            .replace("- [ ] withdraw", "- [X] withdraw");
        let open = pull(PullState::Open);
        let second = incident_body(&IncidentView { previous_body: Some(&ticked), pull: Some(&open), ..view(&plan, &[]) });
        let done: Vec<&str> =
            second.lines().filter(|line| line.starts_with("- [x]")).filter_map(|line| line.split(" <!--").next()).collect();
        assert_eq!(
            done,
            [
                "- [x] withdraw entity-core 0.1.0 on PyPI, after the rollback is published: yank it on the project's page",
                "- [x] Critical issue confirmed and documented",
                "- [x] Impact assessment completed (affects more than 5 % of users)",
                "- [x] Hotfix deemed not feasible or too risky",
                "- [x] Stakeholder approval obtained",
                "- [x] Communication plan prepared",
                "- [x] Rollback team assembled",
                "- [x] Git rollback branch created",
                "- [x] Support team briefed",
            ]
        );
        assert!(second.contains("approved by lead-login"), "{second}");
    }

    #[test]
    fn every_line_of_the_printed_checklist_is_there_once() {
        let body = incident_body(&view(&example_plan(), &[]));
        for line in DECISION.iter().chain(&EXECUTION).chain(&VERIFICATION).chain(&RECOVERY) {
            assert_eq!(body.matches(&line_id(line.id)).count(), 1, "{}", line.id);
        }
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn any_page_fits_keeps_its_shape_and_is_the_same_when_written_again(plan in hostile_plan(), before in hostile::text(), comment in hostile::text()) {
            let approvals = approvals(&comment);
            let entries = [Entry::new(before.clone(), Outcome::Manual { task: comment.clone() })];
            let view = IncidentView { entries: &entries, previous_body: Some(&before), ..view(&plan, &approvals) };
            let first = incident_body(&view);
            prop_assert!(first.len() <= LONGEST);
            prop_assert!(first.lines().any(|line| line == incident_marker(&plan)));
            check_markdown(&first)?;
            prop_assert_eq!(incident_body(&IncidentView { previous_body: Some(&first), ..view }), first);
            prop_assert!(!incident_title(&plan).chars().any(char::is_control));
        }
    }

    #[test]
    fn a_page_of_the_largest_plan_fits() {
        let mut plan = example_plan();
        plan.manual = vec!["回".repeat(500); 60];
        plan.irreversible = vec!["|".repeat(500); 60];
        plan.removes.first_commits = vec!["`".repeat(500); 60];
        assert!(incident_body(&view(&plan, &[])).len() <= LONGEST);
    }
}
