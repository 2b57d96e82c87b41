//! Carries out an emergency release rollback: observe → plan → gate → apply → verify → report.

pub mod apply;
pub mod cli;
pub mod commands;
pub mod config;
pub mod doctor;
pub mod domain;
pub mod gate;
pub mod gather;
pub mod github;
pub mod init;
pub mod journal;
pub mod json;
pub mod manifest;
pub mod observe;
pub mod plan;
pub mod registry;
pub mod report;
pub mod runner;
pub mod tls;
pub mod versions;
pub mod words;
