//! The words of the domain. Plain data with a grammar each; knows nothing of GitHub, files or clocks.

pub mod gate;
pub mod git;
pub mod person;
pub mod release;
pub mod restore;
pub mod tag_template;
pub mod tree;
pub mod trigger;
pub mod version;
pub mod window;
