//! Repositories of six ecosystems, and one of several packages: made ready, everything is green.

use serde_json::Value;

use super::{ADMINISTRATOR, Clone, Files, look, on_github};

#[track_caller]
fn green(name: &str, files: fn(&str) -> Files, package: &str) {
    let clone = Clone::new(name, files);
    assert!(clone.read(".github/rollback.yml").contains(package), "{}", clone.read(".github/rollback.yml"));
    let stage = on_github(&clone.path);
    stage.lock().start_run_of("rollback-doctor.yml", "schedule", "main", "github-actions[bot]", Value::Null).unwrap();
    assert_eq!(look(&stage, ADMINISTRATOR), []);
}

#[test]
fn a_python_package_is_made_ready_and_all_is_green() {
    let files = |version: &str| {
        vec![
            ("pyproject.toml", format!("[project]\nname = \"entity-core\"\nversion = \"{version}\"\n")),
            ("src/entity/__init__.py", format!("__version__ = \"{version}\"\n")),
        ]
    };
    green("entity-core", files, "  - name: entity-core\n    registry: pypi\n");
}

#[test]
fn an_npm_package_is_made_ready_and_all_is_green() {
    let files = |version: &str| {
        vec![
            ("package.json", format!("{{\n  \"name\": \"@acme/entity\",\n  \"version\": \"{version}\"\n}}\n")),
            (
                "package-lock.json",
                format!(
                    "{{\n  \"name\": \"@acme/entity\",\n  \"version\": \"{version}\",\n  \"lockfileVersion\": 3,\n  \"packages\": {{\n    \"\": {{\n      \"name\": \"@acme/entity\",\n      \"version\": \"{version}\"\n    }}\n  }}\n}}\n"
                ),
            ),
        ]
    };
    green("entity-js", files, "  - name: \"@acme/entity\"\n    registry: npm\n");
}

#[test]
fn a_rust_crate_is_made_ready_and_all_is_green() {
    let files = |version: &str| {
        vec![
            ("Cargo.toml", format!("[package]\nname = \"entity\"\nversion = \"{version}\"\nedition = \"2024\"\n")),
            ("Cargo.lock", format!("version = 4\n\n[[package]]\nname = \"entity\"\nversion = \"{version}\"\n")),
            ("src/lib.rs", "//! Entities.\n".to_owned()),
        ]
    };
    green("entity-rs", files, "  - name: entity\n    registry: crates\n");
}

#[test]
fn a_maven_artifact_is_made_ready_and_all_is_green() {
    let files = |version: &str| {
        vec![(
            "pom.xml",
            format!(
                "<project>\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>com.example.acme</groupId>\n  <artifactId>entity</artifactId>\n  <version>{version}</version>\n</project>\n"
            ),
        )]
    };
    green("entity-java", files, "  - name: \"com.example.acme:entity\"\n    registry: maven\n");
}

#[test]
fn a_go_module_is_made_ready_and_all_is_green() {
    let files = |_: &str| vec![("go.mod", "module example.com/acme/entity\n\ngo 1.24\n".to_owned())];
    green("entity-go", files, "  - name: example.com/acme/entity\n    registry: go\n");
}

#[test]
fn a_dotnet_package_is_made_ready_and_all_is_green() {
    let files = |version: &str| {
        vec![
            (
                "src/Acme.Entity/Acme.Entity.csproj",
                format!(
                    "<Project Sdk=\"Microsoft.NET.Sdk\">\n  <PropertyGroup>\n    <TargetFramework>net9.0</TargetFramework>\n    <Version>{version}</Version>\n  </PropertyGroup>\n</Project>\n"
                ),
            ),
            ("tests/Acme.Entity.Tests/Acme.Entity.Tests.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"/>\n".to_owned()),
        ]
    };
    green("entity-dotnet", files, "  - name: Acme.Entity\n    registry: nuget\n");
}

/// Two packages in one repository, each with tags of its own.
fn monorepo() -> Clone {
    let files = |version: &str| {
        ["core", "helper"]
            .map(|name| match name {
                "core" => ("packages/core/pyproject.toml", name),
                _ => ("packages/helper/pyproject.toml", name),
            })
            .map(|(path, name)| (path, format!("[project]\nname = \"acme-{name}\"\nversion = \"{version}\"\n")))
            .to_vec()
    };
    let clone = Clone::new("acme", files);
    let packages = ["core", "helper"]
        .map(|name| format!("  - name: acme-{name}\n    registry: pypi\n    path: packages/{name}\n    tag: \"{name}-v{{version}}\"\n"));
    let policy = clone.read(".github/rollback.yml");
    let from = policy.find("packages:").unwrap();
    let to = policy[from..].find("\n\n").unwrap() + from;
    clone.write(".github/rollback.yml", &format!("{}packages:\n{}{}", &policy[..from], packages.concat(), &policy[to..]));
    clone.commit("Name the packages", "2024-05-15T09:00:00Z", None);
    for (name, version, date) in [
        ("core", "2.0.0", "2024-05-16T09:00:00Z"),
        ("helper", "2.0.0", "2024-05-17T09:00:00Z"),
        ("core", "2.1.0", "2024-05-18T09:00:00Z"),
        ("helper", "2.1.0", "2024-05-19T09:00:00Z"),
    ] {
        clone.write(&format!("packages/{name}/pyproject.toml"), &format!("[project]\nname = \"acme-{name}\"\nversion = \"{version}\"\n"));
        clone.commit(&format!("Release {name} {version}"), date, Some(&format!("{name}-v{version}")));
    }
    clone
}

#[test]
fn the_newest_release_of_each_package_is_planned() {
    let clone = monorepo();
    let stage = on_github(&clone.path);
    stage.lock().start_run_of("rollback-doctor.yml", "schedule", "main", "github-actions[bot]", Value::Null).unwrap();
    assert_eq!(look(&stage, ADMINISTRATOR), []);
    // The newest of all is the helper's; the core has lost what it would go back to.
    stage.lock().releases.retain(|_, release| release.tag_name != "core-v2.0.0");
    let found = look(&stage, ADMINISTRATOR);
    let lost = |(what, sentence): &(String, String)| what == "will-fail last-known-good" && sentence.contains("before core-v2.1.0");
    assert!(found.iter().any(lost), "{found:#?}");
    assert!(!found.iter().any(|(_, sentence)| sentence.contains("helper-v2.1.0")), "{found:#?}");
}
