//! The simulator, asked over HTTP as any client would.

mod graphql;
mod runs;
mod wire;
