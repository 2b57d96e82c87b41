//! `simulator`: serves the simulated GitHub for any client, until it is stopped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Ended, Exit, Problem, Stage, StageOptions};

use crate::gather::Gather as _;

pub use super::rehearse::TokenKind;

/// The arguments of `simulator`.
#[derive(Debug, Clone, clap::Args)]
pub struct Simulate {
    /// A clone of the repository to serve, bare or not; it is not written to
    #[arg(long, value_name = "PATH")]
    pub repo: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Waited before each answer, e.g. `100ms`
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = super::rehearse::latency)]
    pub latency: Duration,
    /// Whose token is set up
    #[arg(long, value_enum, default_value_t)]
    pub token: TokenKind,
    /// The tag of the release that is 13 hours old [default: the newest release]
    #[arg(long, value_name = "TAG")]
    pub bad: Option<String>,
    /// A local policy file in place of the repository's own
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
}

/// Serves until the process ends; `say` is told the address first.
pub fn simulate(arguments: &Simulate, say: &dyn Fn(&str)) -> Ended {
    if !arguments.listen.ip().is_loopback() {
        let problem = Problem::new(
            format!("{} is not an address of this machine alone", arguments.listen),
            Some("the simulator knows no secrets worth keeping; listen on `127.0.0.1:0`".into()),
        );
        return Ended::problems(Exit::Usage, vec![problem]);
    }
    let options = StageOptions { bad: arguments.bad.clone(), config: arguments.config.clone(), latency: arguments.latency, bodies: true };
    let stage = match Stage::set_at(&arguments.repo, &options, arguments.listen) {
        Ok(stage) => stage,
        Err(not) => return not.into(),
    };
    let everything = ["contents", "pull-requests", "issues", "actions", "deployments", "statuses", "checks"].map(|name| (name, "write"));
    let token = stage.job_token(arguments.token, "token", &everything);
    say(&stage.url());
    say(&format!("repository {} with {} releases; the bad one is {}", stage.repository, stage.lock().releases.len(), stage.bad));
    say(&format!("token {token}"));
    let people: std::collections::BTreeSet<&String> = stage.reviewers.values().flatten().gather();
    for login in people {
        say(&format!("person {login}, token {}", super::person_token(login)));
    }
    say(&format!("person {0}, token {1}", super::REQUESTER, super::person_token(super::REQUESTER)));
    loop {
        std::thread::park();
    }
}
