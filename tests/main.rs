//! The one integration test binary: what a user would see, through real HTTP against the simulator.

mod scenario;
mod story;
mod tidy;
