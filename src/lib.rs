//! Carries out an emergency release rollback: observe → plan → gate → apply → verify → report.

pub mod config;
pub mod domain;
pub mod github;
pub mod manifest;
pub mod registry;
pub mod versions;
