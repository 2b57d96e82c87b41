//! The plan for the job summary: the same facts as on the terminal, with the window as a diagram.

use chrono::{DateTime, Utc};

use super::escape::{code, text};
use super::table::{clip, document, folded};
use super::{facts, job, parts, timeline};
use crate::plan::Plan;

/// A step's summary may have 1 MiB; nobody reads that.
const LONGEST: usize = 200_000;

/// Returns the plan for the job summary.
pub fn plan_markdown(plan: &Plan, now: DateTime<Utc>) -> String {
    let parts = [
        format!("## {}", text(&facts::title(plan), 400)),
        job::facts_table(plan, now),
        format!("**Next:** {}", text(&facts::next_after_plan(plan), 1000)),
        parts::alerts(plan),
        parts::consumers(plan, parts::Told::Before),
        parts::all_consumers(plan),
        parts::other_ways(plan),
        timeline::timeline(plan, now),
        format!("### Gates: {}\n\n{}", text(&facts::gates(plan), 300), parts::gates(plan)),
        steps(plan),
        parts::removed(plan),
        folded("Where the version is rewritten", &parts::places(plan)),
        format!("Plan {}. Approve only the plan whose number you have read.", code(plan.id().as_str(), 64)),
    ];
    clip(document(&parts), LONGEST)
}

fn steps(plan: &Plan) -> String {
    let now: Vec<String> = plan.steps.iter().map(|step| text(&step.to_string(), 400)).collect();
    let merge = if plan.is_direct() || plan.retag { Vec::new() } else { vec![format!("merge, by {}", text(&facts::mergers(plan), 300))] };
    let by_hand = plan.manual.iter().take(20).map(|task| format!("by hand: {}", text(task, 400)));
    let after: Vec<String> = merge.into_iter().chain(plan.finish.iter().map(|step| text(&step.to_string(), 400))).chain(by_hand).collect();
    let after = if after.is_empty() { vec!["nothing: no code changes, and nothing is released".to_owned()] } else { after };
    let numbered = |steps: &[String]| steps.iter().enumerate().map(|(at, step)| format!("{}. {step}\n", at + 1)).collect::<String>();
    format!("### Steps once all gates are passed\n\n{}\n### After that\n\n{}", numbered(&now), numbered(&after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{check_markdown, hostile_plan, some_cases};
    use super::*;
    use crate::plan::example::{example_plan, hours_after_release, minimal_plan};

    #[test]
    fn the_summary_of_the_procedures_own_example() {
        insta::assert_snapshot!(plan_markdown(&example_plan(), hours_after_release(13)), @r#"
        ## Rollback of v0.1.0 to the content of v0.0.12, as 0.0.13

        |  |  |
        | --- | --- |
        | **why** | Import failures: 14 % of users cannot import entity.plugins.gpt_oss (critical: more than 10 % of users) |
        | **incident** | [#87](https://github.example/acme/entity-core/issues/87) |
        | **window** | 13 h 20 min after release. Decision point for rollback: Technical Lead decides, 34 h 40 min left |
        | **content** | v0.0.12 exactly, except: .github and CHANGELOG.md stay as on main, version in 2 files |
        | **removes** | 12 commits, 5 pull requests, 84 files (+310 -2904) |
        | **stays** | migrations 0041 and 0042 (declared irreversible, not undone) |
        | **version** | 0.0.13: the next free patch of 0.0 |

        **Next:** each gate waits for its approval on the run's page. Who answers how many: technical-lead (lead-login): 4 and product-owner (owner-login): 3

        > [!WARNING]
        > **Know this first**
        >
        > - v0.0.12 is not an ancestor of v0.1.0: more may go away than the release brought

        > [!IMPORTANT]
        > **A person must do this, the tool cannot**
        >
        > - withdraw entity-core 0.1.0 on PyPI, after the rollback is published: yank it on the project's page

        Until a person yanks 0.1.0 on PyPI, new installs still get it.

        | who gets what | now | after the release | after withdrawing 0.1.0 |
        | --- | --- | --- | --- |
        | `pip install entity-core` | 0.1.0 | 0.1.0 | 0.0.13 |
        | `entity-core~=0.0` | 0.1.0 | 0.1.0 | 0.0.13 |
        | `entity-core==0.1.0` | 0.1.0 | 0.1.0 | 0.1.0, with a warning |

        ```mermaid
        timeline
            title v0.1.0 was released 13 h 20 min ago
            section Past
                0 to 2 h : Monitor deployment metrics : DevOps Team
                2 to 8 h : Assess user reports : Support Team
            section Now
                8 to 24 h : Decision point for rollback : Technical Lead
            section Ahead
                24 to 48 h : Final rollback window : Release Manager
                after 48 h : Post-mortem, hotfix only : Engineering Team
        ```

        ### Gates: 6, by 7 approvals from at least 2 people; on-call asked and may not approve

        | the question | what to have seen | who may answer | environment |
        | --- | --- | --- | --- |
        | Critical issue confirmed (not user error or configuration) | a reproduction, or reports that agree | technical-lead (lead-login) | `rollback-critical-issue-confirmed` |
        | Scope assessment completed (affects more than 5 % of users) | how many users are affected, and how that was counted | product-owner (owner-login) | `rollback-scope-assessed` |
        | Hotfix attempts failed or deemed too risky | what was tried, or why not | technical-lead (lead-login) | `rollback-hotfix-ruled-out` |
        | Stakeholder approval obtained (Technical Lead and Product Owner) | the plan on this page | technical-lead (lead-login) **and** product-owner (owner-login) | `rollback-stakeholder-approval-technical-lead`, `rollback-stakeholder-approval-product-owner` |
        | Communication plan ready for users | the notices that will be sent | product-owner (owner-login) | `rollback-communication-ready` |
        | Rollback team assembled and ready | who does what in the next hours | technical-lead (lead-login) | `rollback-team-assembled` |

        ### Steps once all gates are passed

        1. commit tree `4444444` on `1111111`
        2. branch rollback/v0.1.0
        3. pull request to main
        4. banner on v0.1.0, no longer Latest
        5. Latest to v0.0.12

        ### After that

        1. merge, by release-manager (manager-login)
        2. tag v0.0.13
        3. release v0.0.13 as Latest
        4. by hand: withdraw entity-core 0.1.0 on PyPI, after the rollback is published: yank it on the project's page

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

        <details><summary>Where the version is rewritten</summary>

        | file | place | in the good release | now |
        | --- | --- | --- | --- |
        | `pyproject.toml` | `[project] version` | `0.0.12` | `0.0.13` |
        | `src/entity/__init__.py` | `__version__` | `0.0.12` | `0.0.13` |

        </details>

        Plan `4000eca860b030aa9121d2c2f61f6ae015e780501088dec8a42d031b012e0c86`. Approve only the plan whose number you have read.
        "#);
    }

    #[test]
    fn the_summary_of_a_plan_with_little_in_it() {
        insta::assert_snapshot!(plan_markdown(&minimal_plan(), hours_after_release(1)), @r#"
        ## Rollback of v0.1.0 to the content of v0.0.12, as 0.0.13

        |  |  |
        | --- | --- |
        | **why** | Import failures (critical: more than 10 % of users) |
        | **window** | 1 h 20 min after release. Monitor deployment metrics: DevOps Team decides, 46 h 40 min left |
        | **content** | v0.0.12 exactly, except: .github stays as on main, no file states the version |
        | **removes** | 0 commits, 0 files (+0 -0) |
        | **stays** | databases and data are as they are; nothing is declared irreversible |
        | **version** | 0.0.13: the next free patch of 0.0 |

        **Next:** each gate waits for its approval on the run's page. Who answers how many: owner: 1

        ```mermaid
        timeline
            title v0.1.0 was released 1 h 20 min ago
            section Now
                0 to 2 h : Monitor deployment metrics : DevOps Team
            section Ahead
                2 to 8 h : Assess user reports : Support Team
                8 to 24 h : Decision point for rollback : Technical Lead
                24 to 48 h : Final rollback window : Release Manager
                after 48 h : Post-mortem, hotfix only : Engineering Team
        ```

        ### Gates: 1, by 1 approval from at least 2 people; whoever asked may not approve

        | the question | what to have seen | who may answer | environment |
        | --- | --- | --- | --- |
        | Go | – | owner | `rollback-go` |

        ### Steps once all gates are passed

        1. commit tree `4444444` on `1111111`
        2. branch rollback/v0.1.0
        3. pull request to main

        ### After that

        1. merge, by a maintainer
        2. tag v0.0.13
        3. release v0.0.13 as Latest

        Plan `9f96eb138ece8a3746c3122348ba209dce3e0eaa003fc3d1a6b42a385d51cef1`. Approve only the plan whose number you have read.
        "#);
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn no_text_changes_the_shape_of_the_summary(plan in hostile_plan()) {
            let summary = plan_markdown(&plan, hours_after_release(13));
            prop_assert!(summary.len() <= LONGEST);
            check_markdown(&summary)?;
        }
    }
}
