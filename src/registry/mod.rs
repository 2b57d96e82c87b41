//! Reads what a package registry has published, in the registry's own protocol.
