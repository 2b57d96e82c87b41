//! The Actions runner, or a terminal: the environment in, outputs, summary and messages out.

mod command;

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;

use anyhow::{Context as _, Result};

use crate::gather::Gather as _;
use crate::registry::Protocol;
use crate::registry::address::{Configuration, files};

pub use command::{Kind, annotation, defuse};

/// The most a step's summary may hold; GitHub drops a larger one whole.
const LARGEST_SUMMARY: usize = 1024 * 1024;

/// The variables this program may look at, read once.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    clients: Configuration,
}

impl Environment {
    /// Reads the process's environment. The token's variables are not kept here.
    pub fn of_process() -> Self {
        let kept = |name: &str| name.starts_with("GITHUB_") || name.starts_with("ROLLBACK_") || name == "RUNNER_DEBUG";
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let all: BTreeMap<String, String> = variables.gather();
        let read = |path: String| std::fs::read_to_string(&path).ok().map(|text| (path, text));
        let files = [Protocol::Pypi, Protocol::Npm, Protocol::Crates]
            .map(|protocol| (protocol, files(protocol, &all).into_iter().filter_map(read).collect()))
            .into();
        let variables =
            all.iter().filter(|(name, _)| kept(name) && !is_secret(name)).map(|(name, value)| (name.clone(), value.clone())).gather();
        Self { variables, clients: Configuration { environment: all, files } }
    }

    /// Returns an environment of these variables.
    pub fn of(variables: &[(&str, &str)]) -> Self {
        Self {
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            clients: Configuration::default(),
        }
    }

    /// Returns what the ecosystems' own clients are configured with, for the addresses of their indexes.
    pub fn clients(&self) -> &Configuration {
        &self.clients
    }

    /// Returns a variable; an empty one counts as unset, as Actions leaves inputs that were not given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Tells whether this is a job of GitHub Actions.
    pub fn is_actions(&self) -> bool {
        self.get("GITHUB_ACTIONS") == Some("true")
    }
}

fn is_secret(name: &str) -> bool {
    name.ends_with("_TOKEN")
}

/// Takes the token out of the process's environment variables.
#[expect(clippy::disallowed_methods, reason = "the one place where the token is read")]
pub fn token() -> Option<crate::github::Token> {
    ["GITHUB_TOKEN", "GH_TOKEN"].iter().find_map(|name| crate::github::Token::new(&std::env::var(name).ok()?))
}

/// Writes outputs to the file the runner names; does nothing outside Actions.
///
/// # Errors
/// When the file cannot be written.
pub fn write_outputs(environment: &Environment, outputs: &[(&str, String)]) -> Result<()> {
    let Some(path) = environment.get("GITHUB_OUTPUT") else { return Ok(()) };
    let mut text = String::new();
    for (name, value) in outputs {
        // A fresh delimiter each time: a value that knew it could end itself and set further outputs.
        let delimiter = format!("rollback_{:016x}{:016x}", random(), random());
        anyhow::ensure!(!value.contains(&delimiter), "the output `{name}` holds its own delimiter");
        text.push_str(&[name, "<<", &delimiter, "\n", value, "\n", &delimiter, "\n"].concat());
    }
    append(path, &text).with_context(|| format!("cannot write the outputs to `{path}`"))
}

/// Writes the job summary to the file the runner names; does nothing outside Actions.
///
/// # Errors
/// When the file cannot be written.
pub fn write_summary(environment: &Environment, markdown: &str) -> Result<()> {
    let Some(path) = environment.get("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    if markdown.is_empty() {
        return Ok(());
    }
    let text = match markdown.len() {
        0..LARGEST_SUMMARY => format!("{markdown}\n"),
        _ => "The summary is too large for GitHub to show; the job's log has it.\n".to_owned(),
    };
    append(path, &text).with_context(|| format!("cannot write the summary to `{path}`"))
}

fn append(path: &str, text: &str) -> std::io::Result<()> {
    std::fs::OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

/// A number nobody outside this process can guess: the standard library seeds its hashers from the system.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_cannot_set_another() {
        let path = std::env::temp_dir().join(format!("rollback-outputs-{}", std::process::id()));
        let environment = Environment::of(&[("GITHUB_OUTPUT", path.to_str().unwrap())]);
        write_outputs(&environment, &[("plan", "{}\nEOF\nversion=9.9.9\nother<<X\n1\nX".into()), ("branch", "b".into())]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let mut lines = text.lines();
        let (name, delimiter) = lines.next().unwrap().split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        assert_eq!((name, value.len()), ("plan", 6));
        assert!(lines.next().unwrap().starts_with("branch<<"));
    }

    #[test]
    fn an_empty_variable_is_unset_and_tokens_are_not_kept() {
        assert_eq!(Environment::of(&[("GITHUB_REF", "")]).get("GITHUB_REF"), None);
        assert!(is_secret("GITHUB_TOKEN") && !is_secret("GITHUB_REF"));
    }
}
