//! Agreement with the decision tables, which `tests/agreement` runs with the real clients.

use super::super::shelf::{Gets, Shelf, Standing};
use super::{cargo, npm, pip};
use crate::domain::version::Version;

const TABLES: &str = include_str!("testdata/decision-tables.md");

struct Case {
    good: Version,
    bad: Version,
    patch: Version,
    forward: Version,
    breaking: Version,
}

impl Case {
    /// Reads `#### bad=0.1.0 good=0.0.12  P=0.0.13 F=0.1.1 B=0.2.0`.
    fn of(line: &str) -> Self {
        let value = |name: &str| {
            let word = line.split_whitespace().find_map(|word| word.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {line}"));
            word.parse().unwrap()
        };
        Self { good: value("good="), bad: value("bad="), patch: value("P="), forward: value("F="), breaking: value("B=") }
    }

    /// The registry in the state that a column's name says: `P,F+w`. A patch leaves npm's `latest` where it is.
    fn shelf(&self, column: &str) -> Shelf {
        let published = [(self.good.clone(), Standing::Live), (self.bad.clone(), Standing::Live)];
        let mut shelf = Shelf::new(published, Some(self.bad.clone()));
        let (releases, withdrawn) = match column {
            "before" => ("", false),
            "w only" => ("", true),
            _ => (column.trim_end_matches("+w"), column.ends_with("+w")),
        };
        let mut pointed = &self.good;
        for release in releases.split(',').filter(|release| !release.is_empty()) {
            let version = match release {
                "P" => &self.patch,
                "F" => &self.forward,
                "B" => &self.breaking,
                other => panic!("unknown release {other}"),
            };
            shelf = shelf.with(version);
            if release != "P" {
                shelf = shelf.point(version);
            }
            pointed = version;
        }
        if withdrawn { shelf.withdraw(&self.bad).point(pointed) } else { shelf }
    }
}

fn cell(gets: &Gets) -> String {
    match gets {
        Gets::Version(version) => version.to_string(),
        Gets::VersionWithWarning(version) => format!("{version}!"),
        Gets::Nothing => "FAIL".into(),
    }
}

fn answer(consumer: &str, shelf: &Shelf) -> String {
    let (client, spec) = consumer.split_once(' ').unwrap();
    let spec = spec.trim_matches('`');
    let gets = match client {
        "cargo" => cargo(spec, shelf),
        "npm" => npm(spec.trim_start_matches('@'), shelf),
        "pip" => pip(if spec == "(bare)" { "" } else { spec }, shelf),
        other => panic!("unknown client {other}"),
    };
    cell(&gets.unwrap_or_else(|| panic!("{client} does not take {spec}")))
}

#[test]
fn every_cell_of_the_decision_tables_is_reproduced() {
    let (mut case, mut columns, mut cells, mut wrong) = (None, Vec::new(), 0, Vec::new());
    for line in TABLES.lines().filter(|line| !line.is_empty()) {
        let fields: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match fields.first() {
            Some(head) if head.starts_with("####") => case = Some(Case::of(line)),
            Some(&"consumer") => columns = fields[1..].to_vec(),
            Some(rule) if rule.starts_with("---") => {}
            Some(consumer) => {
                let case = case.as_ref().unwrap();
                for (column, expected) in columns.iter().zip(&fields[1..]) {
                    let got = answer(consumer, &case.shelf(column));
                    cells += 1;
                    if got != *expected {
                        wrong.push(format!("bad {}: {consumer} at {column}: {got}, expected {expected}", case.bad));
                    }
                }
            }
            None => {}
        }
    }
    assert_eq!(cells, 6 * 22 * 10);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
