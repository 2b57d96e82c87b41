//! How often a cron line runs, roughly and never too often.

use chrono::TimeDelta;

/// Returns about how long it is between two runs of a cron line, at the most; `None` where it has not five fields.
pub(super) fn longest_gap(cron: &str) -> Option<TimeDelta> {
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
