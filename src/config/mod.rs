//! `.github/rollback.yml` → [`Policy`], all problems reported at once.

mod policy;

pub use policy::{Approvals, Delivery, Package, Policy, Registry};
