//! The policy file as `init` writes it: complete, commented, and only what this repository needs set.

use std::fmt::Write as _;

use super::packages::{FoundPackage, packages};
use super::survey::Survey;
use crate::config::Registry;
use crate::doctor::WorkflowFile;
use crate::domain::git::{Sha, Tag};
use crate::domain::person::Login;
use crate::domain::version::TagTemplate;

/// What holds without being written, commented out.
const DEFAULTS: &str = include_str!("policy.yml");

/// What people chose on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The technical leads.
    pub leads: Vec<Login>,
    /// The product owners.
    pub owners: Vec<Login>,
    /// The commit of the action that the workflows call; `None` for its major version's tag.
    pub pin: Option<Sha>,
    /// Whether the policy in force has gates before a re-release.
    pub re_release: bool,
}

/// The logins that stand for people until somebody fills them in.
pub const PLACEHOLDERS: [&str; 2] = ["lead-login", "owner-login"];

/// Returns the policy's text.
pub(super) fn policy(survey: &Survey, choices: &Choices, branch: &str) -> String {
    let name = survey.repository.as_ref().map_or("this repository".to_owned(), ToString::to_string);
    let mut text = format!(
        "# The rollback policy of {name}, read from the default branch (`{branch}`) when a release has to be rolled back.\n\
         # Written by `rollback-action init`. It is yours: change it as you like, `init` never overwrites it.\n\
         version: 1\n"
    );
    text.push_str(&roles(choices));
    text.push_str(&published(survey));
    text.push_str(&restore(survey));
    text.push_str(&release(survey));
    text.push_str(DEFAULTS);
    text
}

fn roles(choices: &Choices) -> String {
    let people = |logins: &[Login], placeholder: &str| match logins {
        [] => format!("[{placeholder}] # fill in your people"),
        logins => format!("[{}]", logins.iter().map(Login::as_str).collect::<Vec<_>>().join(", ")),
    };
    let [lead, owner] = PLACEHOLDERS;
    format!(
        "\n# Who may answer the gates, by login without `@`; `teams: [slug]` takes teams of the organization. Two people in each\n\
         # role let either of them ask for a rollback: whoever asks may not approve. GitHub takes at most six for a gate.\n\
         roles:\n  technical-lead:\n    users: {}\n  product-owner:\n    users: {}\n",
        people(&choices.leads, lead),
        people(&choices.owners, owner),
    )
}

fn published(survey: &Survey) -> String {
    let found = packages(&survey.manifests);
    let mut text =
        String::from("\n# The packages this repository publishes; without any, the git tag and the GitHub release are rolled back.\n");
    if found.is_empty() {
        text.push_str("#packages:\n#  - name: entity-core\n#    registry: pypi\n");
        return text;
    }
    text.push_str("packages:\n");
    // A package at the top covers what lies below.
    let alone = found.len() == 1;
    for package in &found {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "  - name: {}\n    registry: {}", scalar(&package.name), word(package.registry));
        if !package.directory.is_empty() && !alone {
            let _ = writeln!(text, "    path: {}", scalar(&package.directory));
        }
        if let Some(tag) = own_template(package, &survey.tags) {
            let _ = writeln!(text, "    tag: {}", scalar(&tag));
        }
    }
    text
}

/// Returns the template of a package's own tags (`entity-core-v{version}`), where the repository has such.
fn own_template(package: &FoundPackage, tags: &[String]) -> Option<String> {
    let short = package.name.rsplit(['/', ':']).next().unwrap_or(&package.name);
    let templates = tags.iter().filter_map(|tag| Some(TagTemplate::of(&tag.parse::<Tag>().ok()?)?.0));
    let names = |template: &TagTemplate| {
        let prefix = template.prefix.trim_end_matches('v').trim_end_matches(['-', '@', '/', '_']);
        prefix == short || prefix == package.name || (!package.directory.is_empty() && prefix == package.directory)
    };
    templates.filter(names).map(|template| template.to_string()).next()
}

fn word(registry: Registry) -> &'static str {
    match registry {
        Registry::Pypi => "pypi",
        Registry::Npm => "npm",
        Registry::Crates => "crates",
        Registry::Oci => "oci",
        Registry::Maven => "maven",
        Registry::Nuget => "nuget",
        Registry::Rubygems => "rubygems",
        Registry::Go => "go",
        Registry::Hex => "hex",
        Registry::Packagist => "packagist",
        Registry::Helm => "helm",
        Registry::GithubReleases => "github-releases",
    }
}

/// Returns a text as a YAML scalar; what is not plainly a word is quoted.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain) && !is_keyword(text) {
        true => text.to_owned(),
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

fn is_keyword(text: &str) -> bool {
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str())
}

fn restore(survey: &Survey) -> String {
    let about = "\n# What comes back and what stays: everything comes back except `.github` and these paths.\n";
    match survey.paths.iter().any(|path| path == "CHANGELOG.md") {
        true => format!("{about}restore:\n  keep: [CHANGELOG.md]\n"),
        false => format!("{about}#restore:\n#  keep: [CHANGELOG.md]\n"),
    }
}

/// Files by which a release tool is known.
const TOOLS: [(&str, &str); 12] = [
    ("release-please-config.json", "release-please"),
    (".release-please-manifest.json", "release-please"),
    (".changeset/config.json", "changesets"),
    (".releaserc", "semantic-release"),
    (".releaserc.json", "semantic-release"),
    (".releaserc.yml", "semantic-release"),
    ("release.config.js", "semantic-release"),
    (".goreleaser.yaml", "GoReleaser"),
    (".goreleaser.yml", "GoReleaser"),
    ("release-plz.toml", "release-plz"),
    ("dist-workspace.toml", "dist"),
    ("lerna.json", "Lerna"),
];

/// Returns the tool that makes the repository's releases, where its files tell.
pub fn release_tool(survey: &Survey) -> Option<&'static str> {
    TOOLS.iter().find(|(file, _)| survey.paths.iter().any(|path| path == file)).map(|(_, tool)| *tool)
}

fn release(survey: &Survey) -> String {
    let mut text = String::from(
        "\n# The workflow to start once the rollback's release is made: a tag made by the Actions token starts nothing by itself.\n",
    );
    if let Some(tool) = release_tool(survey) {
        let _ = writeln!(text, "# Releases here are made by {tool}; its state is brought back with the rest.");
    }
    let publishing =
        survey.workflows.iter().map(|(path, text)| (WorkflowFile::read(path, text), text)).find(|(file, text)| publishes(file, text));
    let Some((file, _)) = publishing else {
        text.push_str("#release:\n#  workflow: publish.yml\n");
        return text;
    };
    let says = file.says().cloned().unwrap_or_default();
    match says.starts_on("workflow_dispatch") && !says.inputs.values().any(|must| *must) {
        true => {
            let _ = writeln!(text, "release:\n  workflow: {}", scalar(file.name()));
        }
        false => {
            let _ = writeln!(
                text,
                "# `{}` publishes; add `workflow_dispatch` without required inputs to its `on`, then take the `#` away.",
                file.name()
            );
            let _ = writeln!(text, "#release:\n#  workflow: {}", scalar(file.name()));
        }
    }
    text
}

/// A workflow that starts on a release or on tags is the one that publishes.
fn publishes(file: &WorkflowFile, text: &str) -> bool {
    file.says().is_some_and(|says| {
        says.starts_on("release") || (says.starts_on("push") && text.lines().any(|line| line.trim_start().starts_with("tags:")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn people() -> Choices {
        Choices {
            leads: vec!["ada".parse().unwrap(), "grace".parse().unwrap()],
            owners: vec!["linus".parse().unwrap()],
            pin: None,
            re_release: false,
        }
    }

    #[track_caller]
    fn valid(text: &str) -> config::Policy {
        config::parse(text, "rollback.yml").unwrap_or_else(|problems| panic!("{problems}\n{text}"))
    }

    #[test]
    fn an_empty_repository_gets_the_standard_policy() {
        let survey = Survey::default();
        let policy = valid(&policy(&survey, &people(), "main"));
        assert_eq!(config::Policy { roles: Default::default(), ..policy }, config::Policy::default());
    }

    #[test]
    fn what_is_said_to_hold_really_holds_when_it_is_written() {
        let roles = "version: 1\nroles:\n  technical-lead: { users: [a, b] }\n  product-owner: { users: [c] }\n";
        let uncommented: String = DEFAULTS
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        assert!(uncommented.contains("\nwindow:\n  hours: 48\n"), "{uncommented}");
        assert_eq!(valid(&format!("{roles}{uncommented}")), valid(roles));
    }

    #[test]
    fn packages_tags_and_workflows_of_the_repository_are_filled_in() {
        let survey = Survey {
            repository: Some("acme/entity-core".parse().unwrap()),
            tags: ["entity-core-v0.1.0", "entity-core-v0.0.12", "helper@1.0.0"].map(str::to_owned).to_vec(),
            paths: ["CHANGELOG.md", "release-please-config.json"].map(str::to_owned).to_vec(),
            manifests: [
                ("packages/core/pyproject.toml".to_owned(), "[project]\nname = \"entity-core\"\n".to_owned()),
                ("packages/helper/package.json".to_owned(), r#"{"name": "@acme/helper", "version": "1.0.0"}"#.to_owned()),
            ]
            .into(),
            workflows: [(
                ".github/workflows/publish.yml".to_owned(),
                "on:\n  workflow_dispatch:\n  push:\n    tags: ['*']\njobs: {}\n".to_owned(),
            )]
            .into(),
            ..Survey::default()
        };
        let text = policy(&survey, &people(), "main");
        valid(&text);
        let written: String = text.split("\n# Everything below").next().unwrap().to_owned();
        insta::assert_snapshot!(written, @r#"
        # The rollback policy of acme/entity-core, read from the default branch (`main`) when a release has to be rolled back.
        # Written by `rollback-action init`. It is yours: change it as you like, `init` never overwrites it.
        version: 1

        # Who may answer the gates, by login without `@`; `teams: [slug]` takes teams of the organization. Two people in each
        # role let either of them ask for a rollback: whoever asks may not approve. GitHub takes at most six for a gate.
        roles:
          technical-lead:
            users: [ada, grace]
          product-owner:
            users: [linus]

        # The packages this repository publishes; without any, the git tag and the GitHub release are rolled back.
        packages:
          - name: entity-core
            registry: pypi
            path: packages/core
            tag: "entity-core-v{version}"
          - name: "@acme/helper"
            registry: npm
            path: packages/helper
            tag: "helper@{version}"

        # What comes back and what stays: everything comes back except `.github` and these paths.
        restore:
          keep: [CHANGELOG.md]

        # The workflow to start once the rollback's release is made: a tag made by the Actions token starts nothing by itself.
        # Releases here are made by release-please; its state is brought back with the rest.
        release:
          workflow: publish.yml
        "#);
    }

    #[test]
    fn names_that_yaml_would_read_otherwise_are_quoted() {
        assert_eq!(scalar("@acme/a"), "\"@acme/a\"");
        assert_eq!(scalar("a-v{version}"), "\"a-v{version}\"");
        assert_eq!(scalar("on"), "\"on\"");
        assert_eq!(scalar("1.0"), "\"1.0\"");
        assert_eq!(scalar("entity-core"), "entity-core");
    }
}
