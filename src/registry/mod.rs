//! Reads what a package registry has published, in the registry's own protocol.
//! Knows no registry's host name: the address comes from the policy or from the ecosystem's own client.

pub mod address;
pub mod crates;
pub mod http;
mod index;
pub mod npm;
pub mod pypi;
mod read;

pub use index::{BadAnswer, Index, Published, Request};
pub use read::{Protocol, ReadError, read};
