//! Rules of the repository itself, so that they hold without anybody remembering them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The floors, lowest first: a module imports only from floors below its own, or from within its own module.
const FLOORS: &[&[&str]] = &[
    &["gather", "json", "tls", "words"],
    &["domain"],
    &["config"],
    &["manifest", "registry", "github"],
    &["versions", "runner"],
    &["plan"],
    &["gate"],
    &["journal"],
    &["report"],
    &["observe", "apply"],
    &["doctor"],
    &["init"],
    &["commands"],
    &["cli"],
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What stands before the file's own tests.
fn code(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text)
}

#[test]
fn imports_go_down_the_floors() {
    let floor: BTreeMap<&str, usize> = FLOORS.iter().enumerate().flat_map(|(n, names)| names.iter().map(move |name| (*name, n))).collect();
    let src = root().join("src");
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if matches!(module.as_str(), "main" | "lib") {
            continue;
        }
        let Some(mine) = floor.get(module.as_str()) else {
            wrong.push(format!("{}: the module `{module}` is on no floor", inside.display()));
            continue;
        };
        let text = std::fs::read_to_string(&path).unwrap();
        for (n, line) in code(&text).lines().enumerate() {
            for other in line.split("crate::").skip(1).filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()) {
                match floor.get(other) {
                    Some(theirs) if theirs >= mine && other != module => {
                        wrong.push(format!("{}:{}: `{module}` imports `{other}`, which is not below it", inside.display(), n + 1))
                    }
                    Some(_) | None => {}
                }
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn only_github_names_octocrab_and_only_apply_writes() {
    let src = root().join("src");
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        if code(&text).contains("octocrab::") && !inside.starts_with("github/") {
            wrong.push(format!("{inside} names octocrab"));
        }
        let writers = ["Writer", "Writer::new"].iter().any(|name| code(&text).contains(&format!("github::{name}")))
            || code(&text).contains(" Writer,")
            || code(&text).contains("Writer}");
        if writers
            && !["apply/", "github/", "commands/connect.rs", "report/"].iter().any(|allowed| inside.starts_with(allowed))
            && !code(&text).contains("IssueWriter")
        {
            wrong.push(format!("{inside} names the writer"));
        }
        if ["Administrator,", "Administrator::", "Administrator}"].iter().any(|name| code(&text).contains(name))
            && !["github/", "commands/connect.rs", "commands/init"].iter().any(|allowed| inside.starts_with(allowed))
        {
            wrong.push(format!("{inside} configures environments"));
        }
        if code(&text).contains("Person::new") && !inside.starts_with("commands/rehearse/") && !inside.starts_with("github/") {
            wrong.push(format!("{inside} plays a person outside the rehearsal"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for directory in ["src", "simulator/src"] {
        for path in sources(&root().join(directory)) {
            let text = std::fs::read_to_string(&path).unwrap();
            if path.to_str().unwrap().contains("test") {
                continue;
            }
            let lines = code(&text).lines().count();
            if lines > 420 {
                long.push(format!("{}: {lines} lines", path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert_eq!(long, [""; 0]);
}

#[test]
fn the_simulator_shares_no_code_with_the_client() {
    for path in sources(&root().join("simulator/src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("rollback_action"), "{}", path.display());
    }
    let manifest = std::fs::read_to_string(root().join("simulator/Cargo.toml")).unwrap();
    assert!(!manifest.contains("rollback-action = ") && !manifest.contains("octocrab"));
}
