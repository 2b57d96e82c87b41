//! Who gets what, as a plan keeps it: all rows while they are few, else the most telling ones.

use super::{Plan, Row};
use crate::versions::{self, Choice, Facts, who_gets_what};

/// How many consumers a plan names; where there are more, those in the short table alone.
const ROWS: usize = 40;
/// How many of these.
const SHORT_ROWS: usize = 12;
/// How many sentences stand above them.
const SENTENCES: usize = 4;

/// Returns the sentences and the rows of one line.
pub(super) fn consumers(facts: &Facts, choice: &Choice) -> (Vec<String>, Vec<Row>) {
    let table = who_gets_what(facts, choice);
    let rows = told(&table.rows);
    let left = table.rows.len() - rows.len();
    let more = (left > 0).then(|| format!("{left} more rows are left out; `versions` prints them, one package at a time."));
    (table.headline.iter().take(SENTENCES).cloned().chain(more).collect(), rows)
}

fn told(rows: &[versions::Row]) -> Vec<Row> {
    let row = |row: &versions::Row| Row {
        consumer: row.consumer.clone(),
        now: row.now.to_string(),
        after_release: row.after_release.to_string(),
        after_withdrawal: row.after_withdrawal.to_string(),
        long: !row.short,
    };
    match rows.len() {
        0..=ROWS => rows.iter().map(row).collect(),
        _ => rows.iter().filter(|row| row.short).take(SHORT_ROWS).map(row).collect(),
    }
}

impl Plan {
    /// Takes out what a plan can do without, where it would not travel between jobs otherwise.
    pub(super) fn shed(&mut self) {
        let kept = |rows: Vec<Row>| rows.into_iter().filter(|row| !row.long).collect::<Vec<_>>();
        let mut rows = self.who_gets_what.iter().rev();
        for other in self.others.iter_mut().rev() {
            other.rows = kept(rows.by_ref().take(other.rows).cloned().collect()).len();
            other.candidates.clear();
        }
        self.who_gets_what = kept(std::mem::take(&mut self.who_gets_what));
        self.warnings.push("the plan is large, so it has only the most telling rows of who gets what; `versions` prints them all".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Registry;
    use crate::plan::example::example_plan;
    use crate::plan::{LARGEST_PLAN, Other};
    use crate::versions::Gets;

    const WARNING: &str = "the plan is large, so it has only the most telling rows of who gets what; `versions` prints them all";

    /// Rows of which every other one is in the short table.
    fn rows(count: usize) -> Vec<versions::Row> {
        let gets = || Gets::Version("0.1.0".parse().unwrap());
        let row = |n: usize| versions::Row {
            outlet: Some(Registry::Pypi),
            package: "entity-core".into(),
            consumer: format!("consumer {n}"),
            now: gets(),
            after_release: gets(),
            after_withdrawal: Gets::Nothing,
            short: n.is_multiple_of(2),
        };
        (0..count).map(row).collect()
    }

    fn names(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.consumer.as_str()).collect()
    }

    #[test]
    fn forty_rows_are_all_told_and_of_one_more_only_the_twelve_most_telling() {
        for count in [0, 1, 12, 40] {
            let all = told(&rows(count));
            assert_eq!(all.len(), count);
            assert!(all.iter().enumerate().all(|(n, row)| row.long != n.is_multiple_of(2)));
        }
        for count in [41, 400] {
            let few = told(&rows(count));
            assert_eq!(names(&few), (0..24).step_by(2).map(|n| format!("consumer {n}")).collect::<Vec<_>>());
            assert!(few.iter().all(|row| !row.long));
        }
        let mut all_long = rows(41);
        all_long.iter_mut().for_each(|row| row.short = row.consumer == "consumer 7");
        assert_eq!(names(&told(&all_long)), ["consumer 7"]);
    }

    /// A plan of two packages, whose document has exactly this many bytes.
    fn of_size(bytes: usize) -> Plan {
        let mut plan = example_plan();
        let row = |consumer: String, long| Row {
            consumer,
            now: "0.1.0".into(),
            after_release: "0.0.13".into(),
            after_withdrawal: "0.0.13".into(),
            long,
        };
        plan.who_gets_what =
            (0..6).map(|n| row(format!("main {n}"), n % 3 != 0)).chain((0..4).map(|n| row(format!("other {n}"), n != 2))).collect();
        plan.headline = vec!["Of the main one.".into(), "Of the other.".into()];
        plan.others = vec![Other {
            package: "acme-ui".into(),
            paths: vec!["ui".parse().unwrap()],
            bad: vec!["ui@2.0.1".parse().unwrap()],
            good: plan.good.clone(),
            version: "2.0.2".parse().unwrap(),
            tag: "ui@2.0.2".parse().unwrap(),
            version_why: "it is free".into(),
            candidates: plan.candidates.clone(),
            rows: 4,
            sentences: 1,
        }];
        plan.basis.also_good = vec![plan.basis.good.clone()];
        let missing = bytes - plan.to_document().len();
        plan.who_gets_what[1].consumer += &"x".repeat(missing);
        assert_eq!(plan.to_document().len(), bytes);
        plan
    }

    #[test]
    fn a_plan_that_just_travels_keeps_every_row_and_one_byte_more_costs_it_the_long_ones() {
        let fits = of_size(LARGEST_PLAN);
        assert_eq!(fits.clone().fitted(), fits);
        let large = of_size(LARGEST_PLAN + 1);
        let fitted = large.clone().fitted();
        assert!(fitted.to_document().len() < LARGEST_PLAN);
        assert_eq!(names(&fitted.who_gets_what), ["main 0", "main 3", "other 2"]);
        assert_eq!(fitted.warnings.iter().filter(|warning| *warning == WARNING).count(), 1);
        assert_eq!((fitted.headline.as_slice(), &fitted.version_why), (large.headline.as_slice(), &large.version_why));
        assert_eq!(Plan::from_document(&fitted.to_document()).unwrap(), fitted);
    }

    #[test]
    fn what_was_taken_out_leaves_each_package_its_own_rows() {
        let fitted = of_size(LARGEST_PLAN + 1).fitted();
        assert_eq!(names(&fitted.seen_from(&"ui@2.0.1".parse().unwrap()).who_gets_what), ["other 2"]);
        assert_eq!(names(&fitted.seen_from(&fitted.bad.tag).who_gets_what), ["main 0", "main 3"]);
        assert_eq!((fitted.others[0].rows, fitted.others[0].candidates.len()), (1, 0));
    }
}
