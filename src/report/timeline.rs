//! The window as a Mermaid timeline: what is past, where we are, what is left.

use chrono::{DateTime, Utc};

use super::escape::diagram;
use crate::domain::window::Phase;
use crate::plan::Plan;
use crate::words::duration;

/// The most phases that are drawn.
const PHASES: usize = 12;

/// Returns the diagram, fenced.
pub(super) fn timeline(plan: &Plan, now: DateTime<Utc>) -> String {
    let window = &plan.window.window;
    let age = window.position(plan.bad.published_at, now).age;
    let title = format!("{} was released {} ago", diagram(plan.bad.tag.as_str(), 60), duration(age));
    let mut lines = vec!["```mermaid".to_owned(), "timeline".to_owned(), format!("    title {title}")];
    let mut section = "";
    let mut from = 0;
    for phase in window.phases.iter().take(PHASES).chain([&window.after]) {
        let last = std::ptr::eq(phase, &window.after);
        let ended = !last && age.num_seconds() >= i64::from(phase.until_hours) * 3600;
        let begun = age.num_seconds() >= i64::from(from) * 3600;
        let now_in = match (ended, begun) {
            (true, _) => "Past",
            (false, true) => "Now",
            (false, false) => "Ahead",
        };
        if now_in != section {
            section = now_in;
            lines.push(format!("    section {section}"));
        }
        lines.push(format!("        {} : {} : {}", hours(from, phase, last), diagram(&phase.action, 80), diagram(&phase.responsible, 60)));
        from = phase.until_hours;
    }
    lines.push("```".to_owned());
    lines.join("\n")
}

fn hours(from: u32, phase: &Phase, last: bool) -> String {
    match last {
        true => format!("after {from} h"),
        false => format!("{from} to {} h", phase.until_hours),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::example::{hours_after_release, minimal_plan};

    #[test]
    fn the_phase_we_are_in_stands_out() {
        insta::assert_snapshot!(timeline(&minimal_plan(), hours_after_release(13)), @r#"
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
        "#);
    }

    #[test]
    fn a_window_that_is_over_says_so() {
        insta::assert_snapshot!(timeline(&minimal_plan(), hours_after_release(49)), @r#"
        ```mermaid
        timeline
            title v0.1.0 was released 49 h 20 min ago
            section Past
                0 to 2 h : Monitor deployment metrics : DevOps Team
                2 to 8 h : Assess user reports : Support Team
                8 to 24 h : Decision point for rollback : Technical Lead
                24 to 48 h : Final rollback window : Release Manager
            section Now
                after 48 h : Post-mortem, hotfix only : Engineering Team
        ```
        "#);
    }
}
