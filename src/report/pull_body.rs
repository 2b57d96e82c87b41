//! The pull request's description: all a stranger needs to judge and merge it.

use super::escape::{code, in_comment, link, text};
use super::table::{clip, document, folded, list, section};
use super::{break_glass, facts, parts};
use crate::gate::{Approval, ApprovedPlan};
use crate::plan::Plan;

/// GitHub refuses longer descriptions: 65,536 characters.
const LONGEST: usize = 65_000;

/// How much of the description there is room for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Everything,
    NoLists,
    NeitherListsNorPlan,
}

/// Returns the pull request's description.
pub fn pull_body(approved: &ApprovedPlan, came_between: &[String], rebuilt: Option<&str>) -> String {
    let alert = approved.broken_glass().map(break_glass::alert).unwrap_or_default();
    body_after(&alert, approved.plan(), approved.approvals(), came_between, rebuilt)
}

#[cfg(test)]
fn body(plan: &Plan, approvals: &[Approval], came_between: &[String], rebuilt: Option<&str>) -> String {
    body_after("", plan, approvals, came_between, rebuilt)
}

fn body_after(alert: &str, plan: &Plan, approvals: &[Approval], came_between: &[String], rebuilt: Option<&str>) -> String {
    let visible = |room| document(&[alert.to_owned(), visible_parts(plan, approvals, came_between, rebuilt, room)]);
    let render = |room| document(&[visible(room), hidden(plan, room)]);
    let fitting = [Room::Everything, Room::NoLists].into_iter().map(render).find(|body| body.len() <= LONGEST);
    fitting.unwrap_or_else(|| {
        let marker = hidden(plan, Room::NeitherListsNorPlan);
        let most = LONGEST - marker.len() - 2;
        document(&[clip(visible(Room::NeitherListsNorPlan), most), marker])
    })
}

fn visible_parts(plan: &Plan, approvals: &[Approval], came_between: &[String], rebuilt: Option<&str>, room: Room) -> String {
    let lists = room == Room::Everything;
    let with_lists = |part: String| if lists { part } else { String::new() };
    document(&[
        what(plan),
        why(plan),
        with_lists(parts::alerts(plan)),
        section("What changes for users", &with_lists(users(plan))),
        content(plan),
        with_lists(parts::removed(plan)),
        format!("What a rollback of files does not undo:\n\n{}", parts::stays(plan)),
        with_lists(folded("Where the version is rewritten", &parts::places(plan))),
        moved_on(plan, came_between, rebuilt, lists),
        approved_by(plan, approvals, lists),
        check_it(plan, rebuilt.is_some()),
        after_and_undo(plan),
    ])
}

fn users(plan: &Plan) -> String {
    document(&[parts::consumers(plan, parts::Told::Before), parts::all_consumers(plan), parts::other_ways(plan)])
}

fn hidden(plan: &Plan, room: Room) -> String {
    let marker = pull_marker(plan);
    match room {
        Room::Everything | Room::NoLists => document(&[marker, crate::plan::embedded(plan)]),
        Room::NeitherListsNorPlan => marker,
    }
}

/// Returns the hidden line by which the pull request of a bad release is found.
pub fn pull_marker(plan: &Plan) -> String {
    format!("<!-- rollback-action:pull:{} -->", in_comment(plan.bad.tag.as_str()))
}

fn what(plan: &Plan) -> String {
    let branch = text(plan.basis.default_branch.as_str(), 255);
    let gets = match facts::mix(plan).restored {
        None => format!("gets the content of {} again", parts::goods(plan)),
        Some(_) => format!("gets the paths named below back as they were in {}, and keeps the rest", parts::goods(plan)),
    };
    format!(
        "Release {} is rolled back: {branch} {gets}, under the new version {}. Nothing is deleted: the commits in between stay in the history, and no tag is moved.",
        link(plan.bad.tag.as_str(), &facts::release_page(plan, &plan.bad.tag)),
        parts::version(plan),
    )
}

fn why(plan: &Plan) -> String {
    let incident = facts::incident(plan).map(|(number, page)| format!(" Incident: {}.", link(&format!("#{number}"), &page)));
    let asked = plan.requester.as_ref().map(|login| format!(" Asked for by {}.", text(login.as_str(), 100)));
    format!("### Why\n\n{}.{}{}", text(&facts::why(plan), 1000), incident.unwrap_or_default(), asked.unwrap_or_default())
}

fn content(plan: &Plan) -> String {
    format!("### What is in it\n\n{}.", text(&facts::content(plan), 1000))
}

fn moved_on(plan: &Plan, came_between: &[String], rebuilt: Option<&str>, lists: bool) -> String {
    let mut parts = Vec::new();
    if !came_between.is_empty() {
        let items: Vec<String> = came_between.iter().take(if lists { 30 } else { 0 }).map(|line| text(line, 120)).collect();
        parts.push(format!(
            "### What came in after the plan\n\n{}:\n\n{}",
            text(&facts::became_of_later(plan, came_between.len() as u64, rebuilt.is_some()), 600),
            list(&items, came_between.len()),
        ));
    }
    if let Some(rebuilt) = rebuilt {
        parts.push(format!("> [!NOTE]\n> {}", text(rebuilt, 1000)));
    }
    parts.join("\n")
}

fn approved_by(plan: &Plan, approvals: &[Approval], lists: bool) -> String {
    let most = if lists { 40 } else { 10 };
    format!("### Who approved\n\n{}\nPlan {}.", parts::approvals(plan, approvals, most), code(plan.id().as_str(), 64))
}

/// Commands as people type them; the names in them are quoted for a shell.
fn check_it(plan: &Plan, rebuilt: bool) -> String {
    let branch = format!("origin/{}", plan.branch);
    let tree = format!("origin/{}^{{tree}}", plan.branch);
    let commands = [
        "git fetch --tags origin".to_owned(),
        format!("git diff --stat {} {}{}", plan.basis.good, shell_word(&branch), only(&facts::restored(plan))),
    ];
    let mut commands: Vec<String> = commands.into();
    for (other, good) in plan.others.iter().zip(&plan.basis.also_good) {
        let paths: Vec<String> = other.paths.iter().map(ToString::to_string).collect();
        commands.push(format!("git diff --stat {good} {}{}", shell_word(&branch), only(&paths)));
    }
    commands.push(format!("git rev-parse {}", shell_word(&tree)));
    let tree = code(plan.content.tree.as_str(), 40);
    let (diffs, last) = match plan.others.is_empty() {
        true => ("The second shows", "the third"),
        false => ("Those in the middle show", "the last"),
    };
    let last = match rebuilt {
        false => format!("{last} prints the approved tree, {tree}"),
        true => format!("{last} prints the tree as it was rebuilt; the approved one was {tree}"),
    };
    format!("### Check it yourself\n\n```sh\n{}\n```\n\n{diffs} all that differs from {}; {last}.", commands.join("\n"), parts::goods(plan),)
}

/// Where only some paths go back, only these are to be compared.
fn only(paths: &[String]) -> String {
    let shown: Vec<String> = paths.iter().take(20).map(|path| shell_word(path)).collect();
    if shown.is_empty() { String::new() } else { format!(" -- {}", shown.join(" ")) }
}

fn shell_word(text: &str) -> String {
    match text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b)) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn after_and_undo(plan: &Plan) -> String {
    let steps = plan.finish.iter().map(|step| text(&step.to_string(), 300));
    let by_hand = plan.manual.iter().map(|task| format!("by hand: {}", text(task, 300)));
    let after: Vec<String> = steps.chain(by_hand).take(20).collect();
    format!(
        "### What happens after the merge\n\n{}\n### How to undo it\n\nBefore the merge: close this pull request and take the banner off the notes of {}. After it: revert this pull request; the work that was rolled back is in the history, whole.",
        list(&after, plan.finish.len() + plan.manual.len()),
        code(plan.bad.tag.as_str(), 255),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{self, approvals, check_markdown, hostile_plan, some_cases};
    use super::*;
    use crate::plan::example::{example_plan, minimal_plan};

    #[test]
    fn a_stranger_understands_the_procedures_own_example() {
        let between = ["5d6e7f8 Fix a typo (#44)".to_owned()];
        let body = body(&example_plan(), &approvals("seen"), &between, None);
        let (shown, hidden) = body.split_once("<!-- rollback-action:plan").unwrap();
        assert!(hidden.ends_with("-->\n"));
        insta::assert_snapshot!(shown, @r#"
        Release [v0.1.0](https://github.example/acme/entity-core/releases/tag/v0.1.0) is rolled back: main gets the content of `v0.0.12` again, under the new version `0.0.13`. Nothing is deleted: the commits in between stay in the history, and no tag is moved.

        ### Why

        Import failures: 14 % of users cannot import entity.plugins.gpt_oss (critical: more than 10 % of users). Incident: [#87](https://github.example/acme/entity-core/issues/87). Asked for by on-call.

        > [!WARNING]
        > **Know this first**
        >
        > - v0.0.12 is not an ancestor of v0.1.0: more may go away than the release brought

        > [!IMPORTANT]
        > **A person must do this, the tool cannot**
        >
        > - withdraw entity-core 0.1.0 on PyPI, after the rollback is published: yank it on the project's page

        ### What changes for users

        Until a person yanks 0.1.0 on PyPI, new installs still get it.

        | who gets what | now | after the release | after withdrawing 0.1.0 |
        | --- | --- | --- | --- |
        | `pip install entity-core` | 0.1.0 | 0.1.0 | 0.0.13 |
        | `entity-core~=0.0` | 0.1.0 | 0.1.0 | 0.0.13 |
        | `entity-core==0.1.0` | 0.1.0 | 0.1.0 | 0.1.0, with a warning |

        ### What is in it

        v0.0.12 exactly, except: .github and CHANGELOG.md stay as on main, version in 2 files.

        <details><summary>What goes away: 12 commits, 5 pull requests, 84 files (+310 -2904)</summary>

        **5 pull requests**: [#41](https://github.example/acme/entity-core/pull/41), [#40](https://github.example/acme/entity-core/pull/40), [#38](https://github.example/acme/entity-core/pull/38), [#37](https://github.example/acme/entity-core/pull/37), [#35](https://github.example/acme/entity-core/pull/35)

        **12 commits**, newest first:

        - [9c1f2e3](https://github.example/acme/entity-core/commit/9c1f2e3) Release v0.1.0
        - [41b07aa](https://github.example/acme/entity-core/commit/41b07aa) Move GPT-OSS plugins to their own package (`#41`)
        - [0a2b3c4](https://github.example/acme/entity-core/commit/0a2b3c4) Add a compatibility layer (`#40`)
        - and 9 more

        **84 files**:

        - `src/entity/plugins/gpt_oss_compat.py`
        - `src/entity/plugins/gpt_oss/__init__.py`
        - and 82 more

        [everything since the good release](https://github.example/acme/entity-core/compare/3333333333333333333333333333333333333333...1111111111111111111111111111111111111111)

        </details>

        What a rollback of files does not undo:

        - migrations 0041 and 0042 (declared irreversible, not undone)

        <details><summary>Where the version is rewritten</summary>

        | file | place | in the good release | now |
        | --- | --- | --- | --- |
        | `pyproject.toml` | `[project] version` | `0.0.12` | `0.0.13` |
        | `src/entity/__init__.py` | `__version__` | `0.0.12` | `0.0.13` |

        </details>

        ### What came in after the plan

        1 commit reached main after the plan was made: not in the approved content; Git merges them as it merges any two branches, so look at them before you merge:

        - `5d6e7f8` Fix a typo (`#44`)

        ### Who approved

        | gate | approved by | they wrote | valid until | environment |
        | --- | --- | --- | --- | --- |
        | Critical issue confirmed (not user error or configuration) | lead-login | seen | 2024-06-11 19:33 UTC | `rollback-critical-issue-confirmed` |
        | Scope assessment completed (affects more than 5 % of users) | owner-login | seen | 2024-06-11 19:33 UTC | `rollback-scope-assessed` |
        | Hotfix attempts failed or deemed too risky | lead-login | seen | 2024-06-11 19:33 UTC | `rollback-hotfix-ruled-out` |
        | Stakeholder approval obtained (Technical Lead and Product Owner) | lead-login | seen | 2024-06-11 19:33 UTC | `rollback-stakeholder-approval-technical-lead` |
        | Stakeholder approval obtained (Technical Lead and Product Owner) | owner-login | seen | 2024-06-11 19:33 UTC | `rollback-stakeholder-approval-product-owner` |
        | Communication plan ready for users | owner-login | seen | 2024-06-11 19:33 UTC | `rollback-communication-ready` |
        | Rollback team assembled and ready | lead-login | seen | 2024-06-11 19:33 UTC | `rollback-team-assembled` |

        Plan `4000eca860b030aa9121d2c2f61f6ae015e780501088dec8a42d031b012e0c86`.

        ### Check it yourself

        ```sh
        git fetch --tags origin
        git diff --stat 3333333333333333333333333333333333333333 origin/rollback/v0.1.0
        git rev-parse 'origin/rollback/v0.1.0^{tree}'
        ```

        The second shows all that differs from `v0.0.12`; the third prints the approved tree, `4444444444444444444444444444444444444444`.

        ### What happens after the merge

        - tag v0.0.13
        - release v0.0.13 as Latest
        - by hand: withdraw entity-core 0.1.0 on PyPI, after the rollback is published: yank it on the project's page

        ### How to undo it

        Before the merge: close this pull request and take the banner off the notes of `v0.1.0`. After it: revert this pull request; the work that was rolled back is in the history, whole.

        <!-- rollback-action:pull:v0.1.0 -->
        "#);
    }

    #[test]
    fn commits_below_a_rebuilt_rollback_are_said_to_go_away_with_it() {
        let between = ["5d6e7f8 Fix a typo (#44)".to_owned()];
        let body = body(&example_plan(), &[], &between, Some("`.github` changed after the plan"));
        let part = body.split("### ").find(|part| part.starts_with("What came in")).unwrap();
        insta::assert_snapshot!(part, @r#"
        What came in after the plan

        1 commit reached main after the plan was made: the rollback was rebuilt on top of them, so merging it takes their changes out too, except in the paths that stay:

        - `5d6e7f8` Fix a typo (`#44`)

        > [!NOTE]
        > `.github` changed after the plan
        "#);
        assert!(body.contains("as it was rebuilt") && !body.contains("Git merges them"));
    }

    #[test]
    fn a_plan_with_little_in_it_has_no_empty_tables() {
        let body = body(&minimal_plan(), &[], &[], None);
        insta::assert_snapshot!(body.split_once("<!-- rollback-action:plan").unwrap().0, @r#"
        Release [v0.1.0](https://github.example/acme/entity-core/releases/tag/v0.1.0) is rolled back: main gets the content of `v0.0.12` again, under the new version `0.0.13`. Nothing is deleted: the commits in between stay in the history, and no tag is moved.

        ### Why

        Import failures (critical: more than 10 % of users).

        ### What is in it

        v0.0.12 exactly, except: .github stays as on main, no file states the version.

        What a rollback of files does not undo:

        - databases and data are as they are; nothing is declared irreversible

        ### Who approved

        The approvals are on record in the run that asked for them.

        Plan `9f96eb138ece8a3746c3122348ba209dce3e0eaa003fc3d1a6b42a385d51cef1`.

        ### Check it yourself

        ```sh
        git fetch --tags origin
        git diff --stat 3333333333333333333333333333333333333333 origin/rollback/v0.1.0
        git rev-parse 'origin/rollback/v0.1.0^{tree}'
        ```

        The second shows all that differs from `v0.0.12`; the third prints the approved tree, `4444444444444444444444444444444444444444`.

        ### What happens after the merge

        - tag v0.0.13
        - release v0.0.13 as Latest

        ### How to undo it

        Before the merge: close this pull request and take the banner off the notes of `v0.1.0`. After it: revert this pull request; the work that was rolled back is in the history, whole.

        <!-- rollback-action:pull:v0.1.0 -->
        "#);
    }

    #[test]
    fn lists_go_first_then_the_plan() {
        let mut plan = example_plan();
        plan.warnings = vec!["x".repeat(490); 60];
        let long = body(&plan, &approvals("seen"), &[], None);
        assert!(long.len() <= LONGEST && super::super::plan_in(&long).is_some() && !long.contains("xxx"));
        plan.warnings = vec!["x".repeat(490); 120];
        let longer = body(&plan, &approvals("seen"), &[], None);
        assert!(longer.len() <= LONGEST && super::super::plan_in(&longer).is_none());
    }

    #[test]
    fn names_are_quoted_for_a_shell() {
        assert_eq!((shell_word("origin/a-b_1.2"), shell_word("a'b;$(c)")), ("origin/a-b_1.2".into(), "'a'\\''b;$(c)'".into()));
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn any_plan_fits_reads_back_and_keeps_its_shape(plan in hostile_plan(), comment in hostile::text(), between in prop::collection::vec(hostile::text(), 0..12)) {
            let body = body(&plan, &approvals(&comment), &between, Some(&comment));
            prop_assert!(body.len() <= LONGEST);
            prop_assert!(body.contains("<!-- rollback-action:pull:"));
            if let Some(document) = super::super::plan_in(&body) {
                prop_assert_eq!(Plan::from_document(&document).unwrap(), plan);
            }
            check_markdown(&body)?;
        }
    }
}
