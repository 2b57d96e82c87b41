//! One file per family of manifests. Each asks for the files it knows and reports the places in them.

mod cargo;
mod declared;
mod dotnet;
mod gradle;
mod maven;
mod npm;
mod packages;
mod plain;
mod python;
mod python_source;
mod release_tools;
mod ruby;
mod workspace_locks;

use std::collections::BTreeSet;

use super::find::Scan;

use crate::gather::Gather as _;

/// Looks everywhere.
pub(crate) fn find(scan: &mut Scan<'_>) {
    let roots: BTreeSet<String> = std::iter::once(String::new()).chain(scan.search.searched().map(str::to_owned)).gather();
    let mut projects = BTreeSet::new();
    for root in &roots {
        projects.extend(python::find(scan, root));
        cargo::find(scan, root);
        npm::find(scan, root);
        maven::find(scan, root);
        gradle::find(scan, root);
        dotnet::find(scan, root);
        ruby::find(scan, root);
        packages::find(scan, root);
        plain::find(scan, root);
        release_tools::find(scan, root);
    }
    python::inner(scan, &projects, &roots);
    declared::find(scan);
    declared::marked(scan);
    for root in &roots {
        dotnet::elsewhere(scan, root);
    }
}
