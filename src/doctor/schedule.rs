//! Whether scheduled workflows really run: GitHub switches them off when nothing happens for long.

use chrono::TimeDelta;

use super::facts::Facts;
use super::finding::{Check, Finding, or_ok};
use super::ours::Ours;
use super::workflows::enable;
use crate::words::{duration, list};

/// Compares when they last ran with how often they should.
pub(super) fn schedules(facts: &Facts, ours: &[Ours<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    let scheduled: Vec<&Ours<'_>> = ours.iter().filter(|ours| !ours.says.crons.is_empty()).collect();
    for ours in &scheduled {
        let path = &ours.file.path;
        let gap = ours.says.crons.iter().filter_map(|cron| longest_gap(cron)).min().unwrap_or(TimeDelta::days(31));
        // GitHub delays and drops runs under load, so one may be missing.
        let patience = gap * 2 + TimeDelta::hours(6);
        let created = facts.workflows.as_ref().ok().and_then(|all| all.iter().find(|workflow| workflow.path == *path)?.created_at);
        let since = match facts.last_runs.get(path) {
            Some(Ok(Some(at))) => Some((*at, "last ran")),
            Some(Ok(None)) => created.map(|at| (at, "never ran since it was added")),
            Some(Err(unread)) => {
                let sentence = format!("when `{path}` last ran cannot be read ({})", unread.why);
                found.push(Finding::unknown(Check::Schedule, sentence, &unread.remedy));
                None
            }
            None => None,
        };
        let Some((at, what)) = since else { continue };
        if facts.now - at > patience {
            let sentence =
                format!("`{path}` {what} {} ago by its schedule, and should run every {}", duration(facts.now - at), duration(gap));
            let name = ours.file.name();
            let remedy =
                "switch it on again, and look whether its runs are refused; GitHub switches schedules off after 60 days without activity";
            found.push(Finding::fails(Check::Schedule, sentence, remedy).with([enable(facts, name)]));
        }
    }
    if !scheduled.iter().any(|ours| ours.examines()) {
        let sentence = "no workflow runs `doctor` by schedule, so nothing says when something rots";
        found.push(Finding::note(Check::Schedule, sentence).mended_by("write one with `rollback-action init`"));
    }
    let names: Vec<&str> = scheduled.iter().map(|ours| ours.file.name()).collect();
    or_ok(found, Check::Schedule, format!("{} run by schedule", list(&names, "and")))
}

/// Returns about how long it is between two runs of a cron line, at the most; `None` where it has not five fields.
fn longest_gap(cron: &str) -> Option<TimeDelta> {
    let fields: Vec<&str> = cron.split_ascii_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    Some(if *month != "*" {
        TimeDelta::days(366)
    } else if *weekday != "*" && *day == "*" {
        TimeDelta::days(7 / times(weekday, 7).max(1) + i64::from(times(weekday, 7) > 1))
    } else if *day != "*" {
        TimeDelta::days(31 / times(day, 31).max(1) + i64::from(times(day, 31) > 1))
    } else if *hour != "*" {
        TimeDelta::hours(24 / times(hour, 24).max(1))
    } else {
        TimeDelta::minutes(60 / times(minute, 60).max(1))
    })
}

/// How many values a field takes: lists and steps are counted, a range is taken for one.
fn times(field: &str, all: i64) -> i64 {
    field
        .split(',')
        .map(|part| match part.split_once('/') {
            Some((_, step)) => all / step.parse::<i64>().unwrap_or(all).max(1),
            None if part == "*" => all,
            None => 1,
        })
        .sum::<i64>()
        .clamp(1, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_of_the_usual_lines_is_known() {
        let check = |cron: &str, wanted: TimeDelta| assert_eq!(longest_gap(cron), Some(wanted), "{cron}");
        check("*/15 * * * *", TimeDelta::minutes(15));
        check("17 * * * *", TimeDelta::hours(1));
        check("17 */6 * * *", TimeDelta::hours(6));
        check("17 4 * * *", TimeDelta::days(1));
        check("17 4 * * 1", TimeDelta::days(7));
        check("17 4 * * 1,4", TimeDelta::days(4));
        check("17 4 1 * *", TimeDelta::days(31));
        check("17 4 1 1 *", TimeDelta::days(366));
        assert_eq!(longest_gap("nonsense"), None);
    }
}
