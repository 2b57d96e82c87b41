//! `versions`: which number a rollback would get and who would get what, without a repository.

use super::{Ended, Exit, Problem};
use crate::config::{Package, Registry};
use crate::domain::git::BadName;
use crate::domain::version::Version;
use crate::observe::read_indexes;
use crate::runner::Environment;
use crate::versions::{Ecosystem, Question, Refusal, Strategy, answer, parse_list};

/// The arguments of `versions`.
#[derive(Debug, Clone, clap::Args)]
pub struct Versions {
    /// The bad version, or several with commas
    #[arg(long, value_name = "VERSIONS")]
    pub bad: String,
    /// The version to return to
    #[arg(long, value_name = "VERSION")]
    pub good: String,
    /// Where it is published, e.g. `pypi`, `npm`, `crates`
    #[arg(long, value_name = "REGISTRY", requires = "package")]
    pub registry: Option<Registry>,
    /// The package's name there; its index is read at the address its own client is configured with
    #[arg(long, value_name = "NAME", requires = "registry")]
    pub package: Option<String>,
    /// The index's address, in place of the client's
    #[arg(long, value_name = "URL", requires = "registry")]
    pub index: Option<String>,
    /// What is published, with commas, in place of reading an index
    #[arg(long, value_name = "VERSIONS", default_value = "")]
    pub published: String,
    /// `auto`, `patch`, `forward`, `forward-breaking`, `both`, `retag` or a version
    #[arg(long, value_name = "STRATEGY", default_value = "auto")]
    pub strategy: Strategy,
    /// Exactly this version, in place of a strategy
    #[arg(long, value_name = "VERSION", conflicts_with = "strategy")]
    pub rollback_version: Option<Version>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// Answers the question.
pub async fn versions(arguments: &Versions, environment: &Environment) -> Ended {
    let problems =
        |errors: Vec<BadName>| Ended::problems(Exit::Usage, errors.iter().map(|error| Problem::new(error.to_string(), None)).collect());
    let (bad, good, published) = match (parse_list(&arguments.bad), arguments.good.parse(), parse_list(&arguments.published)) {
        (Ok(bad), Ok(good), Ok(published)) => (bad, good, published),
        (bad, good, published) => {
            let good = good.map(|_| ()).map_err(|error| vec![error]);
            let errors = [bad.map(drop), good, published.map(drop)];
            return problems(errors.into_iter().filter_map(Result::err).flatten().collect());
        }
    };
    let (ecosystem, notes) = ecosystem(arguments, environment).await;
    let explicit = arguments.rollback_version.clone().map(Strategy::Explicit);
    let strategy = explicit.unwrap_or_else(|| arguments.strategy.clone());
    let question = Question { bad, good, strategy, ecosystems: ecosystem.into_iter().collect(), published };
    match answer(&question) {
        Ok(answer) => {
            let text = match arguments.json {
                true => serde_json::to_string_pretty(&answer).unwrap_or_default() + "\n",
                false => answer.to_text(),
            };
            Ended { problems: notes, ..Ended::new(Exit::Done, text) }
        }
        Err(refusals) => {
            let problem = |refusal: Refusal| Problem::new(refusal.why, refusal.hint);
            Ended::problems(Exit::Refused, notes.into_iter().chain(refusals.into_iter().map(problem)).collect())
        }
    }
}

async fn ecosystem(arguments: &Versions, environment: &Environment) -> (Option<Ecosystem>, Vec<Problem>) {
    let (Some(registry), Some(name)) = (arguments.registry, &arguments.package) else { return (None, Vec::new()) };
    if !arguments.published.is_empty() {
        return (Some(Ecosystem::new(registry, name, None)), Vec::new());
    }
    let package = Package { name: name.clone(), registry, path: None, tag: None, index: arguments.index.clone(), manifests: Vec::new() };
    let (mut read, notes) = read_indexes(&[package], environment.clients()).await;
    let index = read.remove(&(registry, name.clone()));
    (Some(Ecosystem::new(registry, name, index)), notes.into_iter().map(|note| Problem::new(note, None)).collect())
}
