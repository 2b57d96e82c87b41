//! GitHub in trouble at every request of the story: each fault ends in the right world or in a clear stop, and a run
//! after it comes to the end of an undisturbed one.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use github_simulator::Fault;
use github_simulator::faults::{Distortion, Effect, When};
use rollback_action::commands::{Ended, Exit};
use serde_json::json;

use crate::convergence::{Part, approved, assert_same, same};
use crate::explore::{cases, enough};
use crate::figures::figure;
use crate::scenario::Scenario;

type Kind = (&'static str, u64, fn() -> Effect);

/// Faults at which nothing may be lost: the answer is all there.
const HARMLESS: &[&str] = &["unknown fields", "every item twice", "lists backwards"];
/// The longest a request may take where answers stall.
const SHORT: u64 = 400;

/// What can befall a request: its name, how often in a row, and the effect.
fn kinds() -> Vec<Kind> {
    vec![
        ("429 with retry-after", 1, || Fault::status(429, "Too many requests").header("retry-after", "2").into()),
        ("429 without a hint", 1, || Fault::status(429, "Too many requests").into()),
        ("403 with retry-after", 1, || Fault::status(403, "Wait a moment").header("retry-after", "2").into()),
        ("403 without a hint", 1, || Fault::status(403, "You have exceeded a secondary rate limit.").into()),
        ("the primary limit, for an hour", 9, || {
            let reset = (chrono::Utc::now() + chrono::Duration::days(365)).timestamp().to_string();
            Fault::status(403, "API rate limit exceeded").header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", &reset).into()
        }),
        ("500 for long", 9, || Fault::status(500, "Server Error").into()),
        ("502 with HTML", 2, || Fault::Page { status: 502, html: "<html><h1>Bad Gateway</h1></html>".into() }.into()),
        ("503 once", 1, || Fault::status(503, "Service Unavailable").into()),
        ("401", 1, || Fault::status(401, "Bad credentials").into()),
        ("404", 1, || Fault::status(404, "Not Found").into()),
        ("cut before", 1, || Fault::CloseBefore.into()),
        ("cut after", 1, || Fault::CloseAfter.into()),
        ("cut after, for long", 9, || Fault::CloseAfter.into()),
        ("half an answer", 1, || Fault::Truncate(7).into()),
        ("a login page", 1, || Fault::Page { status: 200, html: "<html>please log in</html>".into() }.into()),
        ("broken JSON", 1, || Fault::Page { status: 200, html: "{\"id\": 1,".into() }.into()),
        ("an answer without fields", 1, || Fault::Status { status: 200, headers: Vec::new(), body: json!({}) }.into()),
        ("fewer fields", 1, || Fault::Distort(Distortion::FewerFields(0)).into()),
        ("other fewer fields", 1, || Fault::Distort(Distortion::FewerFields(1)).into()),
        ("still other fewer fields", 1, || Fault::Distort(Distortion::FewerFields(2)).into()),
        ("unknown fields", 1, || Fault::Distort(Distortion::MoreFields).into()),
        ("every item twice", 1, || Fault::Distort(Distortion::Twice).into()),
        ("lists backwards", 1, || Fault::Distort(Distortion::Backwards).into()),
        ("stalled before", 1, || Fault::Delay(Duration::from_secs(3600)).into()),
        ("stalled after", 1, || Fault::Stall(None).into()),
        ("stalled halfway", 1, || Fault::Stall(Some(7)).into()),
        ("an answer older than our last write", 1, || Effect::StaleRead),
        ("an hour ahead", 1, || Effect::Do(Box::new(|world| world.clock.advance(chrono::Duration::hours(1))))),
        ("an hour behind", 1, || Effect::Do(Box::new(|world| world.clock.advance(chrono::Duration::hours(-1))))),
    ]
}

/// Tries every kind of fault at every request, or a share of these pairs; returns how many were tried and how many were
/// ridden out.
fn survives_faults(part: &Part<'_>, what: &'static str, share: usize) -> (usize, usize) {
    // The incident's page decides nothing: what it lacks the next refresh adds. It shows the time of day.
    let only_shows = what == "faults of the incident";
    let (exit, wanted, requests) = part.undisturbed();
    let pairs = (0..kinds().len()).flat_map(|kind| (1..=requests).map(move |at| (kind, at)));
    let (mut tried, mut ridden_out) = (0, 0);
    for (kind, at) in cases(what, share, pairs.collect()) {
        let (name, times, effect) = kinds()[kind];
        part.scenario.rewind(&part.from);
        part.scenario.world(|world| world.schedule(When::request(at).times(times), effect()));
        let deadline = if name.starts_with("stalled") { SHORT } else { 60_000 };
        part.scenario.deadline.store(deadline, Ordering::Relaxed);
        let clock = part.scenario.world(|world| world.clock);
        let ended = (part.run)();
        part.scenario.world(|world| world.clock = clock);
        part.scenario.deadline.store(60_000, Ordering::Relaxed);
        let context = format!("{name} at request {at} of {requests}");
        tried += 1;
        figure("faults", name, 1);
        if ended.exit == exit && same(&part.scenario.outcome(), &wanted) {
            ridden_out += 1;
            figure("faults ridden out", name, 1);
            continue;
        }
        assert!(!HARMLESS.contains(&name), "{context}: {:?} {}\n{:?}", ended.exit, ended.text, ended.problems);
        // That something is missing, or was so before, is an answer, not a fault: a lie that only the next run finds out.
        let shown = only_shows && (name.ends_with("fewer fields") || name.starts_with("an hour"));
        let lies = ["404", "an answer older than our last write"].contains(&name) || shown;
        if !lies {
            assert_clear_stop(&context, exit, &ended);
        }
        part.recovers_once(&context, exit, &wanted);
    }
    (tried, ridden_out)
}

/// A stop has one of the documented exits, and says what happened. Labels and reviewers are worth having, never worth
/// failing for; that they are missing is said.
#[track_caller]
fn assert_clear_stop(context: &str, wanted: Exit, ended: &Ended) {
    let mut said = ended.text.clone();
    for problem in &ended.problems {
        let _ = write!(said, "{problem}");
    }
    if ended.exit == wanted {
        assert!(said.contains("labels") || said.contains("request for review"), "{context}: {said}");
        return;
    }
    assert!(matches!(ended.exit, Exit::Failed | Exit::Gates | Exit::Incomplete | Exit::Refused), "{context}: {:?}", ended.exit);
    let names_it =
        ["GitHub", "rate limit", "answer", "gate", "token", "by hand", "policy", "there is no"].iter().any(|word| said.contains(word));
    assert!(names_it && said.len() > 20, "{context}: {said:?}");
}

#[test]
fn faults_at_every_request_of_execute_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    let (tried, ridden_out) = survives_faults(&Part::new(&scenario, || scenario.execute(&document)), "faults of execute", 4);
    enough(tried, 150);
    assert!(tried < 20 || ridden_out > tried / 3, "{ridden_out} of {tried}");
}

#[test]
fn faults_at_every_request_of_finish_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let (tried, ridden_out) = survives_faults(&Part::new(&scenario, || scenario.finish()), "faults of finish", 3);
    enough(tried, 50);
    assert!(tried < 20 || ridden_out > tried / 3, "{ridden_out} of {tried}");
}

#[test]
fn faults_at_every_request_of_the_incident_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    let (tried, ridden_out) =
        survives_faults(&Part::new(&scenario, || scenario.incident(&document)).at_once(), "faults of the incident", 6);
    enough(tried, 50);
    assert!(tried < 20 || ridden_out > tried / 3, "{ridden_out} of {tried}");
}

#[test]
fn faults_at_every_request_of_a_gate_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    let (tried, ridden_out) =
        survives_faults(&Part::new(&scenario, || scenario.gate("rollback-scope-assessed", &document)), "faults of a gate", 4);
    enough(tried, 20);
    assert!(tried < 20 || ridden_out > tried / 3, "{ridden_out} of {tried}");
}

#[test]
fn faults_at_every_request_of_a_plan_are_ridden_out_or_stop_clearly() {
    let scenario = Scenario::new();
    scenario.world(|world| world.log_bodies = false);
    let (tried, ridden_out) = survives_faults(&Part::new(&scenario, || scenario.plan()), "faults of a plan", 8);
    enough(tried, 50);
    assert!(tried < 20 || ridden_out > tried / 3, "{ridden_out} of {tried}");
}

#[test]
fn an_answer_older_than_our_last_write_doubles_nothing() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.execute(&document));
    let (_, wanted, _) = part.undisturbed();
    scenario.rewind(&part.from);
    scenario.world(|world| world.log_bodies = true);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let requests = scenario.requests() as u64;
    let stale: Vec<u64> = (1..=requests).chain([0]).collect();
    figure("faults", "stale answer", stale.len());
    for at in stale {
        // The last time round every read of the second run is answered as in the first.
        let when = if at == 0 { When::request(1).times(u64::MAX) } else { When::request(at) };
        scenario.rewind(&part.from);
        assert_eq!(scenario.execute(&document).exit, Exit::Done);
        scenario.world(|world| world.schedule(when, Effect::StaleRead));
        let ended = scenario.execute(&document);
        let context = format!("stale answer to request {at}: {}", ended.text);
        assert!(matches!(ended.exit, Exit::Done | Exit::Incomplete), "{context}");
        assert_same(&context, &scenario.outcome(), &wanted);
        part.recovers_once(&context, Exit::Done, &wanted);
    }
}

#[test]
fn a_finish_on_stale_answers_doubles_nothing() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    scenario.world(|world| world.log_bodies = true);
    let part = Part::new(&scenario, || scenario.finish());
    let (_, wanted, requests) = part.undisturbed();
    figure("faults", "stale answer", usize::try_from(requests).unwrap() + 1);
    for at in 0..=requests {
        let when = if at == 0 { When::request(1).times(u64::MAX) } else { When::request(at) };
        scenario.rewind(&part.from);
        assert_eq!(scenario.finish().exit, Exit::Done);
        scenario.world(|world| world.schedule(when, Effect::StaleRead));
        let _ = scenario.finish();
        let context = format!("stale answer to request {at}");
        assert_same(&context, &scenario.outcome(), &wanted);
        part.recovers_once(&context, Exit::Done, &wanted);
    }
}

#[test]
fn the_story_goes_on_under_the_former_name_of_a_renamed_repository() {
    let (scenario, document) = approved(None);
    scenario.world(|world| {
        world.repository.former_names.push("acme/entity-core".into());
        world.repository.name = "entity".into();
    });
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.world(|world| assert_eq!((world.pulls.len(), world.repository.name.as_str()), (1, "entity")));
    figure("faults", "renamed repository", 1);
}

#[test]
fn a_clock_that_is_an_hour_off_changes_no_wait() {
    let (scenario, document) = approved(None);
    scenario.world(|world| world.clock.advance(chrono::Duration::hours(1)));
    let limited = Fault::status(403, "You have exceeded a secondary rate limit.").header("retry-after", "3");
    scenario.world(|world| world.schedule(When::matching("POST", "/pulls"), limited));
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let waits = scenario.waits.lock().unwrap().clone();
    assert!(waits.len() == 1 && (waits[0].contains("trying again in 4 s") || waits[0].contains("trying again in 3 s")), "{waits:?}");
    figure("faults", "clock an hour off", 1);
}

/// Lists of several pages, of which something new moved an item onto the next page meanwhile, or which come in another
/// order than was asked for.
#[test]
fn releases_and_gates_on_several_pages_are_read_whole_whatever_order_and_however_often_they_come() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        let old = world.releases.values().find(|release| release.tag_name == "v0.0.11").unwrap().clone();
        for n in 0..150 {
            let (id, tag) = (world.next_id(), format!("v0.0.11-rc.{n}"));
            world.releases.insert(id, github_simulator::world::Release { id, tag_name: tag, prerelease: true, ..old.clone() });
            world.ensure_environment(&format!("unrelated-{n}"));
        }
    });
    let wanted = scenario.planned();
    for distortion in [Distortion::Twice, Distortion::Backwards] {
        for list in ["/releases?", "/releases", "/environments"] {
            scenario.world(|world| world.schedule(When::matching("GET", list).times(u64::MAX), Fault::Distort(distortion)));
        }
        assert_eq!(scenario.planned(), wanted, "{distortion:?}");
        scenario.world(|world| world.faults.clear());
    }
    // A release comes out between two pages: the last of the first page is the first of the second.
    let came_out = Box::new(|world: &mut github_simulator::World| {
        let newest = world.releases.values().find(|release| release.tag_name == "v0.0.11-rc.1").unwrap().clone();
        let id = world.next_id();
        world.releases.insert(id, github_simulator::world::Release { id, tag_name: "v0.0.11-rc.999".into(), ..newest });
    });
    scenario.world(|world| world.schedule(When::matching("GET", "/releases").nth(2), Effect::Do(came_out)));
    assert_eq!(scenario.planned(), wanted);
}

#[test]
fn a_token_that_expires_at_every_request_stops_the_run_clearly_and_a_new_one_finishes() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.execute(&document));
    let (exit, wanted, requests) = part.undisturbed();
    for at in cases("a token that expires", 2, (1..=requests).collect()) {
        scenario.rewind(&part.from);
        scenario.world(|world| world.schedule(When::request(at).times(u64::MAX), Fault::status(401, "Bad credentials")));
        let ended = (part.run)();
        let context = format!("expired at request {at} of {requests}");
        assert_ne!(ended.exit, exit, "{context}");
        let problems: String = ended.problems.iter().map(ToString::to_string).collect();
        assert!(format!("{}{problems}", ended.text).contains("token"), "{context}: {} {problems}", ended.text);
        part.recovers_once(&context, exit, &wanted);
    }
}
