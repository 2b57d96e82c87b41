//! The rollback's own release: what it is, why it is there, and who should do what.

use super::escape::{cell, code, code_cell, link, text};
use super::table::{clip, document, list, section, table};
use super::{facts, parts, pins};
use crate::plan::Plan;

/// GitHub refuses longer notes.
const LONGEST: usize = 120_000;

/// Returns the title of the rollback's release.
pub fn release_name(plan: &Plan) -> String {
    super::escape::visible(&format!("{}: rollback of {} to the content of {}", plan.tag, plan.bad.tag, facts::good_name(plan)), 250)
}

/// Returns the notes of the rollback's release.
pub fn release_notes(plan: &Plan) -> String {
    let bad = link(plan.bad.tag.as_str(), &facts::release_page(plan, &plan.bad.tag));
    let (good, new) = (code(&facts::good_name(plan), 255), code(plan.version.as_str(), 100));
    let manual: Vec<String> = plan.manual.iter().take(20).map(|task| text(task, 400)).collect();
    let still = list(&manual, plan.manual.len());
    let parts = [
        format!("**This is the content of {good} again, under the new number {new}.** Release {bad} is rolled back; do not use it."),
        format!("Why: {}.{}", text(&facts::why(plan), 600), incident(plan)),
        section("What to do", &what_to_do(plan)),
        section("Who gets what", &parts::consumers(plan, parts::Told::WithTheRelease)),
        section("What went away", &went_away(plan)),
        section("What still has to be done by hand", &still),
    ];
    clip(document(&parts), LONGEST)
}

fn incident(plan: &Plan) -> String {
    facts::incident(plan).map(|(number, page)| format!(" The whole story: {}.", link(&format!("#{number}"), &page))).unwrap_or_default()
}

fn went_away(plan: &Plan) -> String {
    let all = format!("{}/compare/{}...{}", plan.url, plan.basis.good, plan.basis.bad);
    let stays: Vec<String> = facts::stays(plan).iter().take(10).map(|line| text(line, 300)).collect();
    let what = link("what that release had brought", &all);
    format!(
        "Everything since {}: {}. See {what}. Not undone:\n\n{}",
        text(&facts::good_name(plan), 255),
        facts::removes(plan),
        list(&stays, stays.len())
    )
}

/// Who has the bad version must act; who never took it need not.
fn what_to_do(plan: &Plan) -> String {
    let (bad, new) = (code(plan.bad.version.as_str(), 100), code(plan.version.as_str(), 100));
    let rows: Vec<Vec<String>> =
        pins::pins(plan, &plan.version).iter().take(20).map(|(have, write)| vec![cell(have, 60), code_cell(write, 200)]).collect();
    let rows = table(&["with", "install or pin"], &rows);
    format!(
        "Whoever has {bad}: take {new}, and look for it in lock files and image tags. Whoever never took {bad} need not do anything.\n\n{rows}"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{check_markdown, hostile_plan, some_cases};
    use super::*;
    use crate::plan::example::{example_plan, minimal_plan};

    #[test]
    fn the_notes_say_what_it_is_and_what_to_do() {
        insta::assert_snapshot!(release_notes(&example_plan()), @r#"
        **This is the content of `v0.0.12` again, under the new number `0.0.13`.** Release [v0.1.0](https://github.example/acme/entity-core/releases/tag/v0.1.0) is rolled back; do not use it.

        Why: Import failures: 14 % of users cannot import entity.plugins.gpt_oss (critical: more than 10 % of users). The whole story: [#87](https://github.example/acme/entity-core/issues/87).

        ### What to do

        Whoever has `0.1.0`: take `0.0.13`, and look for it in lock files and image tags. Whoever never took `0.1.0` need not do anything.

        | with | install or pin |
        | --- | --- |
        | pip | `pip install entity-core==0.0.13` |
        | an exact pin | `entity-core==0.0.13` |

        ### Who gets what

        Until a person yanks 0.1.0 on PyPI, new installs still get it.

        | who gets what | before this release | with this release | after withdrawing 0.1.0 |
        | --- | --- | --- | --- |
        | `pip install entity-core` | 0.1.0 | 0.1.0 | 0.0.13 |
        | `entity-core~=0.0` | 0.1.0 | 0.1.0 | 0.0.13 |
        | `entity-core==0.1.0` | 0.1.0 | 0.1.0 | 0.1.0, with a warning |

        ### What went away

        Everything since v0.0.12: 12 commits, 5 pull requests, 84 files (+310 -2904). See [what that release had brought](https://github.example/acme/entity-core/compare/3333333333333333333333333333333333333333...2222222222222222222222222222222222222222). Not undone:

        - migrations 0041 and 0042 (declared irreversible, not undone)

        ### What still has to be done by hand

        - withdraw entity-core 0.1.0 on PyPI, after the rollback is published: yank it on the project's page
        "#);
    }

    #[test]
    fn the_notes_of_a_plan_with_little_in_it_are_short() {
        insta::assert_snapshot!(release_notes(&minimal_plan()), @r#"
        **This is the content of `v0.0.12` again, under the new number `0.0.13`.** Release [v0.1.0](https://github.example/acme/entity-core/releases/tag/v0.1.0) is rolled back; do not use it.

        Why: Import failures (critical: more than 10 % of users).

        ### What to do

        Whoever has `0.1.0`: take `0.0.13`, and look for it in lock files and image tags. Whoever never took `0.1.0` need not do anything.

        ### What went away

        Everything since v0.0.12: 0 commits, 0 files (+0 -0). See [what that release had brought](https://github.example/acme/entity-core/compare/3333333333333333333333333333333333333333...2222222222222222222222222222222222222222). Not undone:

        - databases and data are as they are; nothing is declared irreversible
        "#);
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn no_text_changes_the_shape_of_the_notes(plan in hostile_plan()) {
            let notes = release_notes(&plan);
            prop_assert!(notes.len() <= LONGEST && !notes.contains(crate::plan::BANNER_START));
            check_markdown(&notes)?;
            prop_assert!(!release_name(&plan).chars().any(char::is_control));
        }
    }
}
