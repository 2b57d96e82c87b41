//! The rollback window: how long after a release it may be rolled back, and who decides when.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// One row of the procedure's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// What is to be done in it, e.g. `Decision point for rollback`.
    pub action: String,
    /// Who is responsible, e.g. `Technical Lead`.
    pub responsible: String,
    /// Hours after publication at which it ends (it ends before this moment).
    pub until_hours: u32,
}

/// The window and its phases, in order; the last phase ends with the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// At least one; `until_hours` strictly rises.
    pub phases: Vec<Phase>,
    /// Who acts once the window is over, and what is left to do.
    pub after: Phase,
}

/// Where a moment lies in the window of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position<'w> {
    /// The phase, or [`Window::after`] once the window is over.
    pub phase: &'w Phase,
    /// Time since publication; zero for a release of the future (clocks differ).
    pub age: TimeDelta,
    /// Time left, or `None` once the window is over.
    pub left: Option<TimeDelta>,
}

impl Window {
    /// Returns the length in hours.
    pub fn hours(&self) -> u32 {
        self.phases.last().map_or(0, |phase| phase.until_hours)
    }

    /// Returns who decides from a moment on: the phase it lies in, then those after it; once the window is over, who is
    /// left.
    pub fn authority(&self, published: DateTime<Utc>, now: DateTime<Utc>) -> Vec<&Phase> {
        let current = self.position(published, now).phase;
        let from = self.phases.iter().position(|phase| std::ptr::eq(phase, current));
        from.map_or_else(|| vec![current], |from| self.phases.iter().skip(from).collect())
    }

    /// Returns where `now` lies for a release published at `published`.
    pub fn position(&self, published: DateTime<Utc>, now: DateTime<Utc>) -> Position<'_> {
        let age = (now - published).max(TimeDelta::zero());
        let ends = |phase: &Phase| TimeDelta::hours(i64::from(phase.until_hours));
        match self.phases.iter().find(|phase| age < ends(phase)) {
            Some(phase) => Position { phase, age, left: Some(TimeDelta::hours(i64::from(self.hours())) - age) },
            None => Position { phase: &self.after, age, left: None },
        }
    }
}

impl Default for Window {
    /// The procedure's own timeline.
    fn default() -> Self {
        let phase =
            |until_hours, action: &str, responsible: &str| Phase { action: action.into(), responsible: responsible.into(), until_hours };
        Self {
            phases: vec![
                phase(2, "Monitor deployment metrics", "DevOps Team"),
                phase(8, "Assess user reports", "Support Team"),
                phase(24, "Decision point for rollback", "Technical Lead"),
                phase(48, "Final rollback window", "Release Manager"),
            ],
            after: phase(u32::MAX, "Post-mortem, hotfix only", "Engineering Team"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(minutes: i64, responsible: &str, left_minutes: Option<i64>) {
        let published = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let window = Window::default();
        let position = window.position(published, published + TimeDelta::minutes(minutes));
        assert_eq!(position.phase.responsible, responsible);
        assert_eq!(position.left.map(|left| left.num_minutes()), left_minutes);
    }

    #[test]
    fn who_decides_is_the_phase_and_those_after_it() {
        let published = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let window = Window::default();
        let chain = |hours: i64| {
            let phases = window.authority(published, published + TimeDelta::hours(hours));
            phases.iter().map(|phase| phase.responsible.clone()).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(chain(0), "DevOps Team, Support Team, Technical Lead, Release Manager");
        assert_eq!(chain(12), "Technical Lead, Release Manager");
        assert_eq!(chain(48), "Engineering Team");
    }

    #[test]
    fn each_phase_ends_before_its_hour() {
        check(-5, "DevOps Team", Some(2880));
        check(0, "DevOps Team", Some(2880));
        check(119, "DevOps Team", Some(2761));
        check(120, "Support Team", Some(2760));
        check(479, "Support Team", Some(2401));
        check(480, "Technical Lead", Some(2400));
        check(1439, "Technical Lead", Some(1441));
        check(1440, "Release Manager", Some(1440));
        check(2879, "Release Manager", Some(1));
        check(2880, "Engineering Team", None);
    }
}
