//! The world moves between any two requests of what writes pages and comments: the incident, an answer, closing.

use github_simulator::faults::{Effect, When};
use github_simulator::world::Role;
use github_simulator::{Fault, World};
use rollback_action::commands::Exit;

use crate::asked::{Asked, LEAD};
use crate::convergence::Part;
use crate::explore::enough;
use crate::figures::figure;
use crate::moving_any_time::{Move, moves, survives_moves};
use crate::scenario::Scenario;

/// What people do with an incident, besides all that can happen to a repository.
fn on_pages() -> Vec<Move> {
    let mut all = moves();
    all.extend::<Vec<Move>>(vec![
        ("a comment edited by its author", |world| {
            with_comment(world, "login", |world, id| {
                let body = format!("{}\nand more", world.comments[&id].body);
                world.edit_comment(id, &body);
            });
        }),
        ("a comment deleted by its author", |world| {
            with_comment(world, "login", |world, id| {
                let author = world.comments[&id].author.clone();
                world.delete_comment(id, &author);
            });
        }),
        ("a comment hidden", |world| with_comment(world, "login", |world, id| world.comments.get_mut(&id).unwrap().minimized = true)),
        ("a comment of somebody else", |world| {
            with_incident(world, |world, number| {
                world.comment(number, "stranger", "It fails here, too.");
            });
        }),
        ("a no", |world| {
            with_incident(world, |world, number| {
                world.comment(number, "lead-login", "/reject team-assembled");
            });
        }),
        ("a comment of ours edited", |world| with_comment(world, "[bot]", |world, id| world.edit_comment(id, "nothing of it"))),
        ("a comment of ours deleted", |world| with_comment(world, "[bot]", |world, id| world.delete_comment(id, "lead-login"))),
        ("the incident closed", |world| {
            with_incident(world, |world, number| {
                let now = world.now();
                let issue = world.issues.get_mut(&number).unwrap();
                (issue.open, issue.closed_at, issue.state_reason) = (false, Some(now), Some("completed".into()));
            });
        }),
        ("the incident opened again", |world| {
            with_incident(world, |world, number| {
                let issue = world.issues.get_mut(&number).unwrap();
                (issue.open, issue.closed_at) = (true, None);
            });
        }),
        ("the incident's title edited", |world| {
            with_incident(world, |world, number| world.issues.get_mut(&number).unwrap().title = "Our own words".into());
        }),
        ("the incident's page emptied", |world| {
            with_incident(world, |world, number| world.issues.get_mut(&number).unwrap().body = Some("Our own words".into()));
        }),
        ("the incident locked", |world| {
            with_incident(world, |world, number| {
                let locked = Fault::status(403, "Unable to create comment because issue is locked.");
                world.schedule(When::matching("POST", &format!("/issues/{number}/comments")).times(u64::MAX), locked);
            });
        }),
        ("the people changed in the policy", |world| {
            world.add_person("new-owner", Role::Write);
            let head = world.default_head().unwrap();
            let policy = world.git.run(&["cat-file", "blob", &format!("{head}:.github/rollback.yml")]).unwrap();
            world.push_file(".github/rollback.yml", &policy.replace("owner-login", "new-owner"), "The owner left").unwrap();
        }),
        ("the policy broken", |world| drop(world.push_file(".github/rollback.yml", "roles: [", "Break it").unwrap())),
    ]);
    all
}

fn with_incident(world: &mut World, change: impl FnOnce(&mut World, u64)) {
    let pulls: Vec<u64> = world.pulls.keys().copied().collect();
    if let Some(number) = world.issues.keys().copied().find(|number| !pulls.contains(number)) {
        change(world, number);
    }
}

/// The newest comment of an account whose login ends like this.
fn with_comment(world: &mut World, ends: &str, change: impl FnOnce(&mut World, u64)) {
    let newest = world.comments.values().filter(|comment| comment.author.ends_with(ends)).map(|comment| comment.id).max();
    if let Some(id) = newest {
        change(world, id);
    }
}

#[test]
fn whatever_moves_at_every_request_of_an_incident_that_asks_nothing_of_people_is_lost_and_nothing_is_asked_twice() {
    let scenario = Scenario::private();
    scenario.world(|world| world.log_bodies = false);
    let document = scenario.planned();
    let part = Part::new(&scenario, || scenario.incident(&document)).at_once();
    let mut tried = survives_moves(&part, &on_pages(), "moves during an incident that asks", 14);
    let asked = Asked::new("");
    asked.says("lead-login", &asked.lines("approve", LEAD));
    let part = Part::new(&asked.scenario, || asked.scenario.incident(&asked.document)).at_once();
    tried += survives_moves(&part, &on_pages(), "moves during a refresh of the incident", 12);
    enough(tried, 25);
}

#[test]
fn whatever_moves_at_every_request_of_an_answer_nothing_of_people_is_lost_and_nothing_is_said_twice() {
    let asked = Asked::new("");
    let mut tried = 0;
    for said in ["/approve scope-assessed 4f1c9a\n", "/reject scope-assessed\n"] {
        let comment = asked.says("owner-login", said);
        let part = Part::new(&asked.scenario, || asked.answer(&asked.url(), comment));
        tried += survives_moves(&part, &on_pages(), "moves during an answer", 18);
    }
    enough(tried, 20);
}

#[test]
fn whatever_moves_at_every_request_of_closing_nothing_of_people_is_lost() {
    let asked = Asked::finished();
    let part = Part::new(&asked.scenario, || asked.close(&asked.url())).at_once();
    assert_eq!(part.undisturbed().0, Exit::Done);
    enough(survives_moves(&part, &on_pages(), "moves during closing", 18), 12);
}

/// The instant that GitHub leaves open, as the known limits of `docs/reliability.md` have it.
#[test]
fn a_box_ticked_up_to_the_read_of_the_page_stays_ticked_and_one_ticked_before_its_write_does_not() {
    let asked = Asked::new("");
    asked.says("lead-login", &asked.lines("approve", LEAD));
    let from = asked.scenario.moment();
    for (when, kept) in [(When::matching("GET", "/issues"), true), (When::matching("PATCH", "/issues/"), false)] {
        asked.scenario.rewind(&from);
        let tick = |world: &mut World| {
            with_incident(world, |world, number| {
                let issue = world.issues.get_mut(&number).unwrap();
                issue.body = issue.body.as_ref().map(|body| body.replacen("- [ ] Support", "- [x] Support", 1));
                assert!(issue.body.as_ref().unwrap().contains("- [x] Support"), "{:?}", issue.body);
            });
        };
        asked.scenario.world(|world| world.schedule(when, Effect::Do(Box::new(tick))));
        asked.done(&asked.scenario.incident(&asked.document));
        let page = asked.scenario.world(|world| world.issues[&asked.incident].body.clone().unwrap());
        assert_eq!(page.contains("- [x] Support"), kept, "{page}");
        figure("moves of the world", "during a refresh of the incident", 1);
    }
}
