//! The window, triggers and classes.

use super::check_with_roles;

#[test]
fn the_phases_of_a_window_rise_and_end_with_it() {
    check_with_roles(
        "window: { hours: 0 }\n",
        "
rollback.yml:1:18: `window.hours` is 0, it must be from 1 to 720
   |
 1 | window: { hours: 0 }
   |                  ^
",
    );
    check_with_roles(
        "window: { hours: 721 }\n",
        "
rollback.yml:1:18: `window.hours` is 721, it must be from 1 to 720
   |
 1 | window: { hours: 721 }
   |                  ^^^
",
    );
    check_with_roles(
        "window: { phases: [] }\n",
        "
rollback.yml:1:19: `window.phases` is empty
   |
 1 | window: { phases: [] }
   |                   ^
  hint: write at least one phase, or remove it for the standard ones
",
    );
    check_with_roles(
        "window:
  hours: 24
  phases:
    - { until-hours: 8, action: Look, responsible: Ann }
    - { until-hours: 12, action: Decide, responsible: Ben }
",
        "
rollback.yml:2:10: `window.hours` is 24, and the last phase ends at 12
   |
 2 |   hours: 24
   |          ^^
  hint: the last phase ends with the window: write one number in both places, or leave out `hours`
",
    );
    check_with_roles(
        "window:
  phases:
    - { until-hours: 8, action: Look, responsible: Ann }
    - { until-hours: 8, action: Decide, responsible: Ben }
    - { until-hours: 9, action: Decide }
",
        "
rollback.yml:4:22: `window.phases[1]` ends at 8 hours, not after the one before, which ends at 8
   |
 4 |     - { until-hours: 8, action: Decide, responsible: Ben }
   |                      ^
  hint: write the phases in order, each ending later than the one before

rollback.yml:5:7: `window.phases[2]` has no `responsible`
   |
 5 |     - { until-hours: 9, action: Decide }
   |       ^^
",
    );
}

#[test]
fn triggers_and_non_critical_classes_are_told_apart() {
    check_with_roles(
        "triggers: { import-failure: { threshold: some } }\n",
        "
rollback.yml:1:13: trigger `import-failure` is not a standard one, so it needs a `description`
   |
 1 | triggers: { import-failure: { threshold: some } }
   |             ^^^^^^^^^^^^^^
  hint: did you mean `import-failures`?
",
    );
    check_with_roles(
        "triggers: { outage: {} }\n",
        "
rollback.yml:1:13: trigger `outage` is not a standard one, so it needs a `description`
   |
 1 | triggers: { outage: {} }
   |             ^^^^^^
  hint: write `description: \u{2026}`, one line for people
",
    );
    check_with_roles(
        "triggers: { outage: false }\n",
        "
rollback.yml:1:13: there is no standard trigger `outage` to take away
   |
 1 | triggers: { outage: false }
   |             ^^^^^^
  hint: the standard ones are `import-failures`, `data-corruption`, `performance-regression`, `security` and `dependency-conflict`
",
    );
    check_with_roles(
        "triggers: { security: true }\n",
        "
rollback.yml:1:23: `triggers.security` cannot be `true`
   |
 1 | triggers: { security: true }
   |                       ^^^^
  hint: write `false` to take it away, or remove this line to keep it
",
    );
    check_with_roles(
        "triggers: { import-failures: false, data-corruption: false, performance-regression: false, security: false, dependency-conflict: false }
",
        "
rollback.yml:1:11: no trigger is left, so nothing could ever be rolled back
   |
 1 | triggers: { import-failures: false, data-corruption: false, performance-regression: false, security: false, de
   |           ^^
  hint: keep a standard one or add one of your own
",
    );
    check_with_roles(
        "non-critical: { security: Small ones, typos: false }\n",
        "
rollback.yml:1:17: `security` is both a trigger and non-critical
   |
 1 | non-critical: { security: Small ones, typos: false }
   |                 ^^^^^^^^
  hint: keep it in one of the two; `false` takes a standard one away

rollback.yml:1:39: there is no standard non-critical class `typos` to take away
   |
 1 | non-critical: { security: Small ones, typos: false }
   |                                       ^^^^^
  hint: the standard ones are `user-configuration`, `deprecation-warning`, `single-plugin` and `documentation`
",
    );
    check_with_roles(
        "triggers: { documentation: { description: Wrong instructions } }\n",
        "
rollback.yml:1:13: `documentation` is both a trigger and non-critical
   |
 1 | triggers: { documentation: { description: Wrong instructions } }
   |             ^^^^^^^^^^^^^
  hint: keep it in one of the two; `false` takes a standard one away
",
    );
}
