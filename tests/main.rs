//! The one integration test binary: what a user would see, through real HTTP against the simulator.

mod convergence;
mod rewind;
mod scenario;
mod story;
mod tidy;
