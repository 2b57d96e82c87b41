//! GitHub as plain data with HTTP on top.
//!
//! A [`World`] holds one repository: its git objects in a real bare repository on disk, and everything GitHub keeps
//! beside git (releases, pull requests, issues, environments, workflow runs) as plain structs. [`serve`] answers
//! GitHub's REST and GraphQL routes from it. It enforces GitHub's rules, each with its source, and shares no code with
//! any client, so that a misunderstanding of GitHub cannot hide by being made twice. A route it does not know is
//! answered with `501` naming method and path.

mod call;
mod reply;
mod routes;
mod server;
mod world;

pub use call::{Call, Identity, Permissions};
pub use reply::Reply;
pub use server::{Served, serve};
pub use world::World;
