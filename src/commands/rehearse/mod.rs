//! `rehearse`: the whole story against the simulator, on a real clone, without touching anything outside.

mod example;
mod play;
mod record;
mod stage;

use std::path::PathBuf;
use std::time::Instant;

pub use example::{Made, example};
pub(super) use stage::latency;
pub use stage::{NotStaged, REQUESTER, Stage, StageOptions, TokenKind, person_token};

use super::{Ended, Exit, Problem};
use crate::words::{count, seconds};

/// The arguments of `rehearse`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Rehearse {
    /// A clone of the repository to rehearse on, bare or not; it is not written to [default: an example made on the fly]
    #[arg(long, value_name = "PATH")]
    pub repo: Option<PathBuf>,
    /// The tag of the bad release; with commas several, the newest first [default: the newest release]
    #[arg(long, value_name = "TAG")]
    pub bad: Option<String>,
    /// The package of the policy that goes back [default: told by the tag]
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
    /// The tag to return to [default: the last known good release]
    #[arg(long, value_name = "REF")]
    pub good: Option<String>,
    /// The trigger
    #[arg(long, value_name = "ID", default_value = "import-failures")]
    pub trigger: String,
    /// The reason
    #[arg(long, value_name = "TEXT", default_value = "rehearsal: users report that the release cannot be imported")]
    pub reason: String,
    /// Which version the rollback gets [default: the policy's]
    #[arg(long, value_name = "STRATEGY")]
    pub strategy: Option<String>,
    /// A local policy file in place of the repository's own
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Waited before each answer, e.g. `100ms`
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = stage::latency)]
    pub latency: std::time::Duration,
    /// Whose token the commands get
    #[arg(long, value_enum, default_value_t)]
    pub token: TokenKind,
    /// Where report, plan, journal, requests and the resulting repository are left
    #[arg(long, value_name = "DIR", default_value = "rehearsal")]
    pub out: PathBuf,
    /// Also records every request and answer with its body, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// Plays the story; `say` is told what happens as it happens.
pub fn rehearse(arguments: &Rehearse, say: &(dyn Fn(&str) + Sync)) -> Ended {
    let started = Instant::now();
    let made = match arguments.repo {
        Some(_) => None,
        None => match example() {
            Ok(made) => Some(made),
            Err(error) => return failed(&error),
        },
    };
    let repository = arguments.repo.clone().unwrap_or_else(|| made.as_ref().map(|made| made.path().to_owned()).unwrap_or_default());
    let options = StageOptions {
        // The newest of several sets the clock.
        bad: arguments.bad.as_ref().map(|bad| bad.split(',').next().unwrap_or(bad).trim().to_owned()),
        config: arguments.config.clone(),
        latency: arguments.latency,
        bodies: arguments.record.is_some(),
    };
    let stage = match Stage::set(&repository, &options) {
        Ok(stage) => stage,
        Err(not) => return not.into(),
    };
    say(&format!(
        "on a simulated GitHub at {}, with the objects of {}; nothing outside is touched",
        stage.url(),
        if made.is_some() { "an example made on the fly".into() } else { format!("`{}`", repository.display()) }
    ));
    let borrowed = if made.is_some() { record::Borrowed::GoAway } else { record::Borrowed::Stay };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let played = runtime.block_on(play::story(arguments, &stage, say));
    if let Err(error) = record::leave(&arguments.out, &stage, &played, arguments.record.as_deref(), borrowed) {
        return failed(&error);
    }
    let requests = stage.lock().log.len() as u64;
    let took = format!("{}, {}", seconds(started.elapsed()), count(requests, "request"));
    let line = format!("{} ({took}); see `{}`\n", played.line, arguments.out.display());
    Ended { problems: played.problems, ..Ended::new(played.exit, line) }
}

fn failed(error: &anyhow::Error) -> Ended {
    Ended::problems(Exit::Failed, vec![Problem::new(format!("{error:#}"), None)])
}
