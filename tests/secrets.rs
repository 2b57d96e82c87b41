//! No token of anybody is in what a test's commands said and sent, or in the world that they left.

use std::ops::Deref;
use std::sync::MutexGuard;

use github_simulator::World;
use github_simulator::control::Detail;
use rollback_action::commands::Stage;

use crate::figures::figure_of_test;
use crate::scenario::leave_traffic;

/// Searches what was said, and what was sent beside its header since a number of requests; returns how many texts.
#[track_caller]
pub(crate) fn assert_no_token_was_sent(stage: &Stage, from: usize, said: &[String]) -> usize {
    let world = stage.lock();
    let sent = world.log.iter().skip(from).map(|entry| format!("{} {} {}", entry.path, entry.query, entry.request_body));
    let texts: Vec<String> = sent.chain(said.iter().cloned()).collect();
    search(world, &texts);
    texts.len()
}

/// Searches what was said while waiting, every request that is still known with its answer, and the world as it is left.
#[track_caller]
pub(crate) fn assert_no_token_is_left(stage: &Stage, said: &[String]) -> usize {
    let world = stage.lock();
    let sent = world.log.iter().map(|entry| format!("{} {} {} {:?}", entry.path, entry.query, entry.request_body, entry.response_body));
    let texts: Vec<String> = sent.chain(said.iter().cloned()).chain([world.state(Detail::Everything).to_string()]).collect();
    search(world, &texts);
    texts.len()
}

#[track_caller]
fn search(world: MutexGuard<'_, World>, texts: &[String]) {
    let tokens: Vec<String> = world.tokens.keys().map(ToString::to_string).collect();
    // A test that fails with the world locked would look as if the simulator had panicked.
    drop(world);
    for token in &tokens {
        assert_eq!(texts.iter().find(|text| text.contains(token.as_str())), None, "`{token}` leaked");
    }
}

/// A stage of a test that has no scenario, searched when the test is over.
pub(crate) struct Searched(pub(crate) Stage);

impl Deref for Searched {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Drop for Searched {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(!self.0.has_panicked(), "the simulator panicked");
            figure_of_test("texts searched for secrets", assert_no_token_is_left(&self.0, &[]));
        }
        leave_traffic(&self.0, 0);
    }
}

#[test]
fn a_token_in_a_body_is_found() {
    let scenario = crate::scenario::Scenario::new();
    scenario.planned();
    let body = |text: &str| scenario.world(|world| std::mem::replace(&mut world.log.last_mut().unwrap().request_body, text.into()));
    let before = body("it is sim-plan, is it not");
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| assert_no_token_was_sent(&scenario.stage, 0, &[])));
    // The recording of this test is searched, too.
    scenario.world(|world| world.log.last_mut().unwrap().request_body = before);
    let said = found.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("`sim-plan` leaked"), "{said}");
}
