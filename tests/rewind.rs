//! Takes a scenario's world back to an earlier moment, so that the same command meets it again and again.

use github_simulator::World;
use github_simulator::control::Detail;
use serde_json::{Value, json};

use crate::scenario::Scenario;

/// A moment of a world. Objects stay where they are: nobody sees those that no ref reaches.
pub(crate) struct Moment(Box<dyn Fn(&mut World) + Send + Sync>);

macro_rules! moment {
    ($world:ident: $($field:ident),*) => {{
        $(let $field = $world.$field.clone();)*
        let refs = $world.git.refs.clone();
        Moment(Box::new(move |world: &mut World| {
            $(world.$field.clone_from(&$field);)*
            let gone: Vec<String> = world.git.refs.keys().filter(|name| !refs.contains_key(*name)).cloned().collect();
            for name in gone {
                world.git.set_ref(&name, None).unwrap();
            }
            for (name, oid) in &refs {
                if world.git.refs.get(name) != Some(oid) {
                    world.git.set_ref(name, Some(oid)).unwrap();
                }
            }
            world.faults.clear();
            world.log.clear();
        }))
    }};
}

impl Scenario {
    /// Stops the clock and remembers the world as it is.
    pub(crate) fn moment(&self) -> Moment {
        self.world(|world| {
            world.clock = github_simulator::Clock::Frozen(world.now());
            moment!(world: clock, repository, people, teams, tokens, releases, burnt_tags, pulls, merge_checks, issues, comments, deleted_comments, reviews,
                labels, checks, statuses, deployments, rulesets, environments, runs, limits, quirks, latency, last_id)
        })
    }

    /// Takes the world back, with nothing scheduled and an empty log.
    pub(crate) fn rewind(&self, moment: &Moment) {
        self.world(|world| moment.0(world));
    }

    /// Everything people can see of the world: no ids, no times, no shas of commits.
    pub(crate) fn outcome(&self) -> Value {
        self.world(|world| {
            let mut state = world.state(Detail::ContentOnly);
            state["latest"] = json!(latest(world));
            state
        })
    }

    /// Requests answered since the last rewinding.
    pub(crate) fn requests(&self) -> usize {
        self.world(|world| world.log.len())
    }
}

/// GitHub's rule, written down a second time: the release last chosen, else the newest that nobody ruled out.
pub(crate) fn latest(world: &World) -> Option<String> {
    let full = || world.releases.values().filter(|release| !release.draft && !release.prerelease);
    let chosen = full().filter(|release| release.made_latest.is_some()).max_by_key(|release| release.made_latest);
    let newest = || full().filter(|release| !release.never_latest).max_by_key(|release| (release.created_at, release.id));
    chosen.or_else(newest).map(|release| release.tag_name.clone())
}
