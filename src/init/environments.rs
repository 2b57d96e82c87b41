//! What the environment of a gate should be configured with, beside what it is now. Pure.

use crate::config::Approvals;
use crate::gather::Gather as _;
use crate::github::{Branches, EnvironmentSettings, Reviewer};

/// Returns the settings that make an environment hold its gate by the policy's rules; what a gate does not need stays as
/// it is. Where the policy lets a bypass count, whether there is one stays the administrators' choice.
pub fn closed(now: Option<&EnvironmentSettings>, reviewers: &[Reviewer], protected: bool, approvals: &Approvals) -> EnvironmentSettings {
    let reviewers = reviewers.iter().cloned().distinct();
    EnvironmentSettings {
        wait_timer: now.map_or(0, |now| now.wait_timer),
        prevent_self_review: !approvals.requester_may_approve,
        reviewers,
        branches: match now.map(|now| now.branches) {
            // With no protected branch GitHub takes every branch, so this is closed only where the default branch is one.
            Some(Branches::Protected) if protected => Branches::Protected,
            Some(Branches::All | Branches::Protected | Branches::Patterns) | None => Branches::Patterns,
        },
        administrators_may_bypass: match approvals.administrators_may_bypass {
            true => now.map_or(Some(true), |now| now.administrators_may_bypass),
            false => Some(false),
        },
    }
}

/// Tells whether an environment already is what it should be. What GitHub does not say is taken for right, or every run
/// would write it again.
pub fn is_closed(now: &EnvironmentSettings, wanted: &EnvironmentSettings) -> bool {
    let mut reviewers = now.reviewers.clone();
    reviewers.sort_unstable();
    let same = |(a, b): (&Reviewer, &Reviewer)| a.kind == b.kind && a.id == b.id;
    now.wait_timer == wanted.wait_timer
        && now.prevent_self_review == wanted.prevent_self_review
        && now.branches == wanted.branches
        && now.administrators_may_bypass.is_none_or(|may| wanted.administrators_may_bypass.is_none_or(|wanted| may == wanted))
        && reviewers.len() == wanted.reviewers.len()
        && reviewers.iter().zip(&wanted.reviewers).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::ReviewerKind;

    fn user(id: u64) -> Reviewer {
        Reviewer { kind: ReviewerKind::User, id, name: format!("user-{id}") }
    }

    #[test]
    fn a_closed_environment_stays_as_it_is() {
        let wanted = closed(None, &[user(2), user(1)], false, &Approvals::default());
        assert!(is_closed(&wanted, &wanted));
        assert_eq!(closed(Some(&wanted), &[user(1), user(2)], false, &Approvals::default()), wanted);
        assert!(is_closed(&EnvironmentSettings { administrators_may_bypass: None, ..wanted.clone() }, &wanted));
    }

    #[test]
    fn each_hole_is_closed_and_the_timer_kept() {
        let wanted = closed(None, &[user(1)], false, &Approvals::default());
        let holes = [
            EnvironmentSettings { prevent_self_review: false, ..wanted.clone() },
            EnvironmentSettings { administrators_may_bypass: Some(true), ..wanted.clone() },
            EnvironmentSettings { branches: Branches::All, ..wanted.clone() },
            EnvironmentSettings { branches: Branches::Protected, ..wanted.clone() },
            EnvironmentSettings { reviewers: Vec::new(), ..wanted.clone() },
            EnvironmentSettings { reviewers: vec![user(1), user(9)], ..wanted.clone() },
        ];
        for hole in holes {
            assert!(!is_closed(&hole, &wanted), "{hole:?}");
            assert_eq!(closed(Some(&hole), &[user(1)], false, &Approvals::default()), wanted, "{hole:?}");
        }
        let timed = EnvironmentSettings { wait_timer: 5, ..wanted.clone() };
        assert_eq!(closed(Some(&timed), &[user(1)], false, &Approvals::default()).wait_timer, 5);
    }

    #[test]
    fn protected_branches_are_enough_where_the_default_branch_is_one() {
        let now = EnvironmentSettings { branches: Branches::Protected, ..closed(None, &[user(1)], false, &Approvals::default()) };
        assert_eq!(closed(Some(&now), &[user(1)], true, &Approvals::default()).branches, Branches::Protected);
    }

    #[test]
    fn a_policy_in_which_whoever_asks_may_approve_gets_environments_that_let_them() {
        let lenient = Approvals { requester_may_approve: true, ..Approvals::default() };
        let wanted = closed(None, &[user(1)], false, &lenient);
        assert_eq!((wanted.prevent_self_review, wanted.administrators_may_bypass), (false, Some(false)));
        let strict = closed(None, &[user(1)], false, &Approvals::default());
        assert!(!is_closed(&strict, &wanted), "GitHub would refuse the review of whoever asked");
        assert_eq!(closed(Some(&strict), &[user(1)], false, &lenient), wanted);
    }

    #[test]
    fn where_a_bypass_counts_whether_there_is_one_stays_as_it_is() {
        let lenient = Approvals { administrators_may_bypass: true, ..Approvals::default() };
        assert_eq!(closed(None, &[user(1)], false, &lenient).administrators_may_bypass, Some(true));
        for now in [Some(true), Some(false), None] {
            let found = EnvironmentSettings { administrators_may_bypass: now, ..closed(None, &[user(1)], false, &Approvals::default()) };
            let wanted = closed(Some(&found), &[user(1)], false, &lenient);
            assert_eq!(wanted.administrators_may_bypass, now);
            assert!(is_closed(&found, &wanted));
        }
    }
}
