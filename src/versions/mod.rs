//! Which version the rollback gets, and who gets what from it.
