//! .NET projects where no solution says where they are.

use crate::config::{Package, Registry};

use super::{check, package, tree};

fn project(properties: &str) -> String {
    format!("<Project Sdk=\"Microsoft.NET.Sdk\">\n  <PropertyGroup>\n    {properties}\n  </PropertyGroup>\n</Project>\n")
}

#[test]
fn a_project_is_found_without_a_solution_beside_tests_and_projects_without_a_version() {
    let tree = tree([
        ("README.md".to_owned(), "# Acme\n".to_owned()),
        ("src/Acme/Acme.csproj".to_owned(), project("<Version>0.0.12</Version>")),
        ("src/Acme.Core/Acme.Core.csproj".to_owned(), project("<PackageId>Acme.Core</PackageId>")),
        ("src/Acme.Tests/Acme.Tests.csproj".to_owned(), project("<Version>1.0.0</Version>")),
        ("src/Acme.Checks/Acme.Checks.csproj".to_owned(), project("<IsTestProject>true</IsTestProject><Version>0.0.12</Version>")),
        ("tests/Acme.More/Acme.More.csproj".to_owned(), project("<Version>7.0.0</Version>")),
    ]);
    check(
        &tree,
        &["src/Acme.Checks/Acme.Checks.csproj:3 <Version>: 0.0.12 -> 0.0.13", "src/Acme/Acme.csproj:3 <Version>: 0.0.12 -> 0.0.13"],
    );
    assert_eq!(
        tree.left(),
        "`src/Acme.Tests/Acme.Tests.csproj`: `<Version>` in line 3, `1.0.0`, does not state the good release's version and stays"
    );
}

#[test]
fn a_project_of_a_package_on_nuget_is_found_further_down_within_a_plans_rounds() {
    let files = [
        ("lib/native/core.c".to_owned(), "int core;\n".to_owned()),
        ("dotnet/Directory.Build.props".to_owned(), project("<VersionPrefix>0.0.12</VersionPrefix>")),
        ("source/main/Acme/Acme.fsproj".to_owned(), project("<PackageVersion>0.0.12</PackageVersion>")),
    ];
    let on_nuget = Package { registry: Registry::Nuget, ..package("Acme", None, &[]) };
    let tree = tree(files).package(on_nuget);
    check(
        &tree,
        &[
            "dotnet/Directory.Build.props:3 <VersionPrefix>: 0.0.12 -> 0.0.13",
            "source/main/Acme/Acme.fsproj:3 <PackageVersion>: 0.0.12 -> 0.0.13",
        ],
    );
    assert!(tree.search().rounds <= 5, "{}", tree.search().rounds);
}

#[test]
fn projects_that_state_other_versions_are_a_question() {
    let tree = tree([
        ("src/Acme/Acme.csproj".to_owned(), project("<Version>0.0.11</Version>")),
        ("src/Other/Other.csproj".to_owned(), project("<Version>3.0.0</Version>")),
    ]);
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    let places = "no place states `0.0.12`, the good release's version: `src/Acme/Acme.csproj` line 3 states `0.0.11`, `src/Other/Other.csproj` line 3 states `3.0.0`\nhint: name the place in `.github/rollback.yml`";
    assert!(said.starts_with(places), "{said}");
}

#[test]
fn projects_are_not_searched_for_where_another_manifest_states_the_version() {
    let tree = tree([
        ("package.json".to_owned(), "{\"name\": \"a\",\n\"version\": \"0.0.12\"}\n".to_owned()),
        ("src/Acme/Acme.csproj".to_owned(), project("<Version>3.0.0</Version>")),
    ]);
    check(&tree, &["package.json:2 version: 0.0.12 -> 0.0.13"]);
    assert_eq!((tree.left().as_str(), tree.search().rounds), ("", 1));
}
