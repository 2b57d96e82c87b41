//! The simulator, asked over HTTP as any client would.

mod access;
mod answers;
mod client;
mod clones;
mod contents;
mod issues;
mod pulls;
mod reads;
mod refs;
mod releases;
mod scene;
mod trees;
