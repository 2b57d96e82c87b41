//! The simulator, asked over HTTP as any client would.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod access;
mod answers;
mod checks;
mod client;
mod clones;
mod contents;
mod faults;
mod graphql;
mod issues;
mod pulls;
mod reads;
mod refs;
mod releases;
mod runs;
mod scene;
mod trees;
mod wire;
