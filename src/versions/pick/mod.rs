//! Which version a client picks from a shelf, by each ecosystem's own range grammar and its rule for withdrawn versions.
//! `None` means that the grammar does not take the range.

mod cargo;
mod npm;
mod numeric;
mod pip;

pub(super) use cargo::cargo;
pub(super) use npm::npm;
pub(super) use numeric::{Span, caret, highest, lowest, pessimistic, tagged};
pub(super) use pip::{as_pypi_spells, pip};

#[cfg(test)]
#[path = "../tables_test.rs"]
mod tables;
