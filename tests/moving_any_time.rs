//! The world moves between any two requests: whatever people do meanwhile stays as they did it, nothing is doubled, and
//! running the command again comes to rest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use github_simulator::World;
use github_simulator::control::Detail;
use github_simulator::faults::{Effect, When};
use github_simulator::world::{Rule, Target};
use rollback_action::commands::{Ended, Exit};
use serde_json::{Value, json};

use crate::convergence::{Part, approved, assert_same};
use crate::explore::{cases, enough};
use crate::figures::figure;
use crate::moving::{protect_default_branch, push_on, release, rename_default_branch, rule};
use crate::rewind::latest;
use crate::scenario::Scenario;

const BRANCH: &str = "refs/heads/rollback/v0.1.0";
/// What people wrote into the bad release's notes before and meanwhile.
const NOTES: &str = "Notes of people.";
const EDIT: &str = "Edited by hand.";
/// What somebody makes `Latest` by hand; this tool never does.
const LATEST: &str = "v0.0.11";

const LABELS: &str = "the labels deleted";

pub(crate) type Move = (&'static str, fn(&mut World));

/// What can happen meanwhile.
pub(crate) fn moves() -> Vec<Move> {
    vec![
        ("a new commit", |world| drop(world.push_file("src/entity/late.py", "LATE = 1\n", "Add something late").unwrap())),
        ("changed workflows", |world| {
            drop(world.push_file(".github/workflows/late.yml", "name: late\non: push\njobs: {}\n", "Add a late workflow").unwrap());
        }),
        ("the default branch renamed", rename_default_branch),
        ("the default branch protected", protect_default_branch),
        ("branches restricted", |world| rule(world, Target::Branch, "rollback/*", &[Rule::Creation, Rule::Update])),
        ("tags restricted", |world| rule(world, Target::Tag, "~ALL", &[Rule::Creation, Rule::Update, Rule::Deletion])),
        ("the default branch force-pushed", |world| {
            let older = world.git.peel(world.git.reference("refs/tags/v0.1.0").unwrap()).unwrap();
            let older = world.git.commit(&older).unwrap().parents[0].clone();
            world.git.set_ref("refs/heads/main", Some(&older)).unwrap();
        }),
        ("the bad tag moved", |world| move_tag(world, "v0.1.0", Some("v0.0.11"))),
        ("the bad tag deleted", |world| move_tag(world, "v0.1.0", None)),
        ("the good tag moved", |world| move_tag(world, "v0.0.12", Some("v0.0.11"))),
        ("the good tag deleted", |world| move_tag(world, "v0.0.12", None)),
        ("the bad release edited", |world| {
            release(world, "v0.1.0", |release| release.body = Some(format!("{}\n{EDIT}\n", release.body.clone().unwrap_or_default())));
        }),
        ("somebody else's Latest", |world| {
            let choice = world.next_id();
            release(world, LATEST, |release| release.made_latest = Some(choice));
        }),
        ("the bad release deleted", |world| world.releases.retain(|_, release| release.tag_name != "v0.1.0")),
        ("the releases immutable", |world| world.releases.values_mut().for_each(|release| release.immutable = true)),
        ("the pull request closed", |world| with_pull(world, close)),
        ("the pull request merged", |world| {
            with_pull(world, |world, number| {
                let tip = world.git.branch("rollback/v0.1.0").unwrap_or_default().to_owned();
                if tip.is_empty() || world.pulls[&number].merged_at.is_some() {
                    return;
                }
                // Fast-forwarded by git, which GitHub shows as merged.
                world.git.set_ref("refs/heads/main", Some(&tip)).unwrap();
                close(world, number);
                let now = world.now();
                let pull = world.pulls.get_mut(&number).unwrap();
                (pull.merged_at, pull.merge_commit, pull.merged_by) = (Some(now), Some(tip), Some("lead-login".into()));
            });
        }),
        ("the pull request retargeted", |world| {
            let head = world.default_head().unwrap();
            world.git.set_ref("refs/heads/release", Some(&head)).unwrap();
            with_pull(world, |world, number| world.pulls.get_mut(&number).unwrap().base = "release".into());
        }),
        ("the branch deleted", |world| {
            if world.git.reference(BRANCH).is_some() {
                world.git.set_ref(BRANCH, None).unwrap();
            }
        }),
        ("the branch pushed to", |world| {
            if world.git.reference(BRANCH).is_some() {
                push_on(world, "rollback/v0.1.0", "Mend the rollback by hand");
            }
        }),
        (LABELS, |world| {
            world.labels.clear();
            world.issues.values_mut().for_each(|issue| issue.labels.clear());
        }),
        ("an environment deleted", |world| {
            // A private repository may have none.
            world.environments.remove("rollback-team-assembled");
        }),
        ("the repository archived", |world| world.repository.archived = true),
        ("the repository renamed", |world| {
            world.repository.former_names.push("acme/entity-core".into());
            world.repository.name = "entity".into();
        }),
        ("the repository made private", |world| world.repository.private = true),
    ]
}

fn move_tag(world: &mut World, tag: &str, to: Option<&str>) {
    let to = to.map(|to| world.git.reference(&format!("refs/tags/{to}")).unwrap().to_owned());
    world.git.set_ref(&format!("refs/tags/{tag}"), to.as_deref()).unwrap();
}

fn with_pull(world: &mut World, change: impl FnOnce(&mut World, u64)) {
    if let Some(number) = world.pulls.keys().next().copied() {
        change(world, number);
    }
}

fn close(world: &mut World, number: u64) {
    let now = world.now();
    let issue = world.issues.get_mut(&number).unwrap();
    (issue.open, issue.closed_at) = (false, Some(now));
}

/// All that a move can change.
pub(crate) fn visible(world: &World) -> Value {
    let repository = &world.repository;
    json!([world.state(Detail::Everything), latest(world), repository.private, repository.archived, world.rulesets.len()])
}

/// What of the world is not ours to change, right after the move.
#[derive(Clone)]
struct Theirs {
    /// Whether the move changed anything: there may have been nothing yet to be closed or deleted.
    moved: bool,
    refs: BTreeMap<String, String>,
    notes: BTreeMap<String, String>,
    pulls: usize,
    /// What people said, by the comment's number.
    comments: BTreeMap<u64, String>,
    titles: BTreeMap<u64, String>,
    /// `Latest`, where somebody chose it by hand.
    latest: Option<String>,
    /// Whether the bad release's notes were read to be written and are not written yet. GitHub takes no condition on that
    /// write, so what people write there in this moment is lost.
    in_hand: bool,
}

impl Theirs {
    /// Lets the world move.
    fn after(world: &mut World, change: impl FnOnce(&mut World)) -> Self {
        let before = visible(world);
        let bad = world.releases.values().find(|release| release.tag_name == "v0.1.0").map(|release| release.id);
        change(world);
        let answered = |method: &str, end: &str| {
            world.log.iter().filter(|entry| entry.method == method && entry.path.ends_with(end) && !entry.ended.is_empty()).count()
        };
        let written = bad.map_or(0, |bad| answered("PATCH", &format!("/releases/{bad}")));
        let notes = world.releases.values().map(|release| (release.tag_name.clone(), release.body.clone().unwrap_or_default()));
        let chosen = world.releases.values().find(|release| release.tag_name == LATEST && release.made_latest.is_some());
        Self {
            moved: before != visible(world) || world.faults.pending() > 0,
            refs: world.git.refs.clone(),
            notes: notes.collect(),
            pulls: world.pulls.len(),
            comments: said_by_people(world),
            titles: world.issues.values().map(|issue| (issue.number, issue.title.clone())).collect(),
            latest: chosen.map(|release| release.tag_name.clone()),
            in_hand: answered("GET", "/releases/tags/v0.1.0") > 1 && written == 0,
        }
    }

    #[track_caller]
    fn are_kept(&self, context: &str, world: &World) {
        for (name, oid) in &self.refs {
            let now = world.git.reference(name);
            let forward = || {
                let onto = now.unwrap_or_default();
                name == BRANCH && world.git.run(&["merge-base", "--is-ancestor", oid, onto]).is_ok()
            };
            assert!(now == Some(oid) || forward(), "{context}: {name} was {oid} and is {now:?}");
        }
        for release in world.releases.values() {
            let (before, now) = (self.notes.get(&release.tag_name), release.body.clone().unwrap_or_default());
            for text in [NOTES, EDIT] {
                let kept = self.in_hand || !before.is_some_and(|before| before.contains(text)) || now.matches(text).count() == 1;
                assert!(kept, "{context}: the notes of {} are {now}", release.tag_name);
            }
        }
        // The plan's own release becomes `Latest` when it comes out, as was approved.
        if let Some(chosen) = &self.latest {
            let now = latest(world);
            let came_out = now.as_deref() == Some("v0.0.13") && !self.notes.contains_key("v0.0.13");
            assert!(now.as_ref() == Some(chosen) || came_out, "{context}: {now:?} is Latest");
        }
        assert!(self.notes.keys().all(|tag| world.releases.values().any(|release| release.tag_name == *tag)), "{context}: a release went");
        assert!(world.pulls.len() <= self.pulls.max(1), "{context}: {} pull requests", world.pulls.len());
        assert_eq!(said_by_people(world), self.comments, "{context}: people's comments");
        for (number, title) in &self.titles {
            assert_eq!(&world.issues[number].title, title, "{context}: the title of #{number}");
        }
        let titles: Vec<&str> = world.releases.values().map(|release| release.tag_name.as_str()).collect();
        assert!(titles.iter().all(|tag| titles.iter().filter(|other| *other == tag).count() == 1), "{context}: {titles:?}");
    }
}

fn said_by_people(world: &World) -> BTreeMap<u64, String> {
    let by_people = world.comments.values().filter(|comment| !comment.author.ends_with("[bot]"));
    by_people.map(|comment| (comment.id, comment.body.clone())).collect()
}

fn said(ended: &Ended) -> String {
    let problems: String = ended.problems.iter().map(|problem| format!("{problem}\n")).collect();
    format!("{:?}: {}\n{problems}", ended.exit, ended.text)
}

/// Lets every move happen before every request, or a share of these pairs; returns how often something moved.
pub(crate) fn survives_moves(part: &Part<'_>, moves: &[Move], what: &'static str, share: usize) -> usize {
    let scenario = part.scenario;
    let (_, _, requests) = part.undisturbed();
    let pairs = (0..moves.len()).flat_map(|n| (1..=requests).map(move |at| (n, at)));
    let mut tried = 0;
    for (n, at) in cases(what, share, pairs.collect()) {
        let (name, change) = moves[n];
        let context = format!("{name} at request {at} of {requests}");
        scenario.rewind(&part.from);
        let theirs = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&theirs);
        let moved = Box::new(move |world: &mut World| *seen.lock().unwrap() = Some(Theirs::after(world, change)));
        scenario.world(|world| world.schedule(When::request(at), Effect::Do(moved)));
        let first = (part.run)();
        // There may have been nothing to move, or the run was over before the request whose number it waited for.
        let Some(theirs) = theirs.lock().unwrap().clone().filter(|theirs| theirs.moved) else { continue };
        scenario.world(|world| theirs.are_kept(&context, world));
        let second = (part.run)();
        let (before, rests) = (scenario.requests(), scenario.outcome());
        let third = (part.run)();
        let whole = format!("{context}\nfirst  {}\nsecond {}\nthird  {}", said(&first), said(&second), said(&third));
        scenario.world(|world| theirs.are_kept(&whole, world));
        assert_eq!(third.exit, second.exit, "{whole}");
        assert_same(&whole, &scenario.outcome(), &rests);
        // Trees and commits that no ref reaches are nobody's to see.
        let unseen = |line: &String| {
            let refused = ["403", "404", "409", "422"].iter().any(|status| line.ends_with(status));
            refused || line.contains("/git/trees ") || line.contains("/git/commits ")
        };
        let writes: Vec<String> = scenario.writes_after(before).into_iter().filter(|line| !unseen(line)).collect();
        assert_eq!(writes, [""; 0], "{whole}");
        // Without its label the incident is out of sight, and another is opened.
        if name != LABELS {
            scenario.world(|world| nothing_is_twice(&whole, world));
        }
        for ended in [&first, &second, &third] {
            assert!(ended.exit != Exit::Usage && ended.exit != Exit::Policy, "{whole}");
            assert!(ended.exit == Exit::Done || said(ended).len() > 40, "{whole}");
        }
        tried += 1;
        figure("moves of the world", what.trim_start_matches("moves "), 1);
    }
    tried
}

/// We say nothing twice, and one incident is open.
#[track_caller]
fn nothing_is_twice(context: &str, world: &World) {
    let ours: Vec<_> = world.comments.values().filter(|comment| comment.author.ends_with("[bot]")).collect();
    for one in &ours {
        let same = ours.iter().filter(|other| (other.number, &other.body) == (one.number, &one.body)).count();
        assert_eq!(same, 1, "{context}\n{}", one.body);
    }
    let is_incident = |body: &Option<String>| body.as_ref().is_some_and(|body| body.contains("<!-- rollback-action:incident"));
    let open: Vec<u64> = world.issues.values().filter(|issue| issue.open && is_incident(&issue.body)).map(|issue| issue.number).collect();
    assert!(open.len() <= 1, "{context}: {open:?} are open");
}

fn with_notes(policy: Option<&str>) -> (Scenario, String) {
    let (scenario, document) = approved(policy);
    scenario.world(|world| release(world, "v0.1.0", |release| release.body = Some(format!("{NOTES}\n"))));
    (scenario, document)
}

#[test]
fn whatever_moves_at_every_request_of_execute_nothing_of_people_is_lost() {
    let (scenario, document) = with_notes(None);
    let tried = survives_moves(&Part::new(&scenario, || scenario.execute(&document)), &moves(), "moves during execute", 6);
    enough(tried, 50);
}

/// The one instant that GitHub leaves open, as the known limits of `docs/reliability.md` have it.
#[test]
fn notes_edited_up_to_the_read_before_the_warning_are_kept_and_those_edited_before_its_write_are_not() {
    let (scenario, document) = with_notes(None);
    let from = scenario.moment();
    for (when, kept) in [(When::matching("GET", "/releases/tags/v0.1.0").nth(2), true), (When::matching("PATCH", "/releases/"), false)] {
        scenario.rewind(&from);
        let edit = |world: &mut World| release(world, "v0.1.0", |release| release.body = Some(format!("{NOTES}\n{EDIT}\n")));
        scenario.world(|world| world.schedule(when, Effect::Do(Box::new(edit))));
        assert_eq!(scenario.execute(&document).exit, Exit::Done);
        let notes = scenario.world(|world| release(world, "v0.1.0", |release| release.body.clone().unwrap()));
        assert!(notes.contains(NOTES) && notes.contains(EDIT) == kept, "{notes}");
        figure("moves of the world", "during execute", 1);
    }
}

#[test]
fn whatever_moves_at_every_request_of_finish_nothing_of_people_is_lost() {
    let (scenario, document) = with_notes(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let tried = survives_moves(&Part::new(&scenario, || scenario.finish()), &moves(), "moves during finish", 2);
    enough(tried, 50);
}

#[test]
fn whatever_moves_at_every_request_of_direct_delivery_the_default_branch_only_goes_forward() {
    let (scenario, document) = with_notes(Some("delivery: direct"));
    let part = Part::new(&scenario, || scenario.execute(&document));
    let (_, _, requests) = part.undisturbed();
    let pairs = (0..moves().len()).flat_map(|n| (1..=requests).map(move |at| (n, at)));
    let mut tried = 0;
    for (n, at) in cases("moves during direct delivery", 12, pairs.collect()) {
        let (name, change) = moves()[n];
        let context = format!("{name} at request {at} of {requests}");
        scenario.rewind(&part.from);
        let head = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&head);
        let moved = Box::new(move |world: &mut World| {
            let moved = Theirs::after(world, change).moved;
            *seen.lock().unwrap() = world.default_head().filter(|_| moved);
        });
        scenario.world(|world| world.schedule(When::request(at), Effect::Do(moved)));
        let first = (part.run)();
        let Some(head) = head.lock().unwrap().clone() else { continue };
        let second = (part.run)();
        let now = scenario.world(|world| world.default_head().unwrap());
        let forward = scenario.world(|world| world.git.run(&["merge-base", "--is-ancestor", &head, &now]).is_ok());
        assert!(forward, "{context}: {head} is lost\nfirst  {}\nsecond {}", said(&first), said(&second));
        let (outcome, before) = (scenario.outcome(), scenario.requests());
        let third = (part.run)();
        assert_eq!(third.exit, second.exit, "{context}\nsecond {}\nthird  {}", said(&second), said(&third));
        assert_same(&context, &scenario.outcome(), &outcome);
        assert!(scenario.requests() > before);
        tried += 1;
        figure("moves of the world", "during direct delivery", 1);
    }
    enough(tried, 20);
}
