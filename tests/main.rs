//! The one integration test binary: what a user would see, through real HTTP against the simulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod asked;
mod attacks;
mod attempts;
mod both;
mod comment_gates;
mod comments;
mod content;
mod convergence;
mod delivered;
mod different;
mod doctor;
mod explore;
mod fail_fast;
mod faults;
mod faults_stale;
mod faults_stop;
mod figures;
mod gates;
mod gates_by_comments;
mod hostile;
mod init;
mod interleaved;
mod killed;
mod line;
mod modes;
mod moving;
mod moving_any_time;
mod moving_pages;
mod numbers;
mod packages;
mod rebuilt;
mod remind;
mod repository;
mod retag;
mod rewind;
mod scenario;
mod secrets;
mod story;
mod tidy;
mod turnstile;
mod wrong_input;
