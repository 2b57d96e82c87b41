//! Which version the rollback gets, and who gets what from it.
//! Pure: facts in, a choice or every reason against it out. Knows no registry's address and asks nobody.

mod answer;
mod choose;
mod consumers;
mod facts;
mod outlet;
mod pick;
mod refuse;
mod render;
mod search;
mod sentences;
mod shelf;
mod strategy;
mod table;
mod withdraw;

pub use answer::{Answer, Question, answer, parse_list};
pub use choose::{Candidate, Choice, choose};
pub use facts::{Ecosystem, Facts, Taken};
pub use refuse::{Refusal, other_lines};
pub use render::{render, render_markdown};
pub use shelf::Gets;
pub use strategy::Strategy;
pub use table::{Row, Table, who_gets_what};
pub use withdraw::{How, Withdrawal};

/// Joins words as a sentence does: `a, b and c`.
fn listed<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    crate::words::join(&words, "and")
}

/// Joins versions as a sentence does, each in backticks.
fn quoted<'a>(versions: impl IntoIterator<Item = &'a crate::domain::version::Version>) -> String {
    listed(versions.into_iter().map(|version| format!("`{version}`")))
}
