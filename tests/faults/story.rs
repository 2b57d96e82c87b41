//! Trouble that is no single answer: another name, another clock, pages that shift, a token that ends.

use github_simulator::faults::{Distortion, Effect, When};
use github_simulator::{Fault, World};
use rollback_action::commands::Exit;

use crate::convergence::{Part, approved};
use crate::explore::cases;
use crate::figures::figure;
use crate::scenario::Scenario;

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
    let came_out = Box::new(|world: &mut World| {
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
        let said = format!("{}{problems}", ended.text);
        assert!(said.contains("the token is wrong or has expired"), "{context}: {said}");
        figure("faults", "a token that expires", 1);
        part.recovers_once(&context, exit, &wanted);
    }
}
