//! Finds and edits the places that state a version: text + version → text, editing only the bytes of the version.
//!
//! Reads nothing itself: the caller feeds it files and listings of one tree and asks what else it wants.
//! Values are found with real parsers, replaced by span, and every edited file is read again to prove that
//! exactly the version changed.

mod changelog;
mod document;
mod ecosystem;
mod edit;
mod files;
mod find;
mod glob;
mod place;
mod retract;
mod rewrite;
mod search;
mod spelling;
#[cfg(test)]
mod tests;
mod tokens;
mod workspace;

pub use changelog::changelog_entry;
pub(crate) use document::is_bounded_xml;
pub use edit::{EditError, EditedPlace, FileEdit, SpanEdit};
pub use files::{Content, Files, Wants};
pub use find::{find, initial_wants};
pub use place::{Ecosystem, Found, Note, Part, Place, Problem, What};
pub use retract::retraction;
pub use rewrite::{left_alone, rewrite, rising, unmet};
pub use search::Search;
