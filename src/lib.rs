//! Carries out an emergency release rollback: observe → plan → gate → apply → verify → report.

pub mod apply;
pub mod config;
pub mod domain;
pub mod gate;
pub mod github;
pub mod journal;
pub mod manifest;
pub mod observe;
pub mod plan;
pub mod registry;
pub mod report;
pub mod versions;
pub mod words;
