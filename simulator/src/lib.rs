//! GitHub as plain data with HTTP on top.
//!
//! A [`World`] holds one repository: its git objects in a real bare repository on disk, and everything GitHub keeps
//! beside git (releases, pull requests, issues, environments, workflow runs) as plain structs. [`serve`] answers
//! GitHub's REST and GraphQL routes from it. It enforces GitHub's rules, each with its source, and shares no code with
//! any client, so that a misunderstanding of GitHub cannot hide by being made twice. A route it does not know is
//! answered with `501` naming method and path.

mod access;
mod call;
pub mod clock;
pub mod control;
pub mod environments;
pub mod faults;
mod gather;
pub mod git;
mod graphql;
mod handle;
mod reply;
mod request;
mod rest;
mod routes;
pub mod runs;
mod server;
pub mod workflows;
pub mod world;

pub use call::{Call, Identity, Permissions};
pub use clock::Clock;
pub use faults::Fault;
pub use reply::Reply;
#[cfg(unix)]
pub use server::serve_unix;
pub use server::{Served, serve};
pub use world::World;
