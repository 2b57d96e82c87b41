//! The whole command line.

use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::commands::{self, Connection, Ended, Exit, Place};
use crate::github::{Token, Waiting};
use crate::runner::Environment;

/// Carries out an emergency release rollback: one button, one readable plan, required approvals, no half-done state
#[derive(Debug, Parser)]
#[command(name = "rollback-action", version, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 could not know or act, 2 wrong command line, 3 policy invalid, 4 refused, 5 nothing to do,\n6 gates not passed, 7 the world moved since the plan, 8 incomplete: something failed or is left to people"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Online(Online),
    /// Plays the whole story on a simulated GitHub, touching nothing outside
    Rehearse(commands::Rehearse),
    /// Serves the simulated GitHub for other clients
    Simulator(commands::Simulate),
    /// Prints the JSON Schema of `.github/rollback.yml`
    Schema,
}

/// What asks GitHub or a registry.
#[derive(Debug, Subcommand)]
enum Online {
    /// Says what a rollback would do, in detail; writes nothing to GitHub
    Plan {
        #[command(flatten)]
        arguments: commands::PlanArguments,
        #[command(flatten)]
        place: Place,
    },
    /// In a gate's job: proves that the gate was closed and who approved it
    Gate {
        #[command(flatten)]
        arguments: commands::Gate,
        #[command(flatten)]
        place: Place,
    },
    /// In the run that a comment on the incident started: says whether it counts, and whether all gates are answered
    Answer {
        #[command(flatten)]
        arguments: commands::Answer,
        #[command(flatten)]
        place: Place,
    },
    /// Performs an approved plan: branch, commit, pull request, warning banner
    Execute {
        #[command(flatten)]
        arguments: commands::Execute,
        #[command(flatten)]
        place: Place,
    },
    /// After the merge: says which approvals a later stage takes, for its jobs; writes nothing to GitHub
    Gates {
        #[command(flatten)]
        arguments: commands::Gates,
        #[command(flatten)]
        place: Place,
    },
    /// After the merge: tag, release, Latest
    Finish {
        #[command(flatten)]
        arguments: commands::Finish,
        #[command(flatten)]
        place: Place,
    },
    /// Opens or refreshes the incident issue
    Incident {
        #[command(flatten)]
        arguments: commands::Incident,
        #[command(flatten)]
        place: Place,
    },
    /// Reminds whoever a rollback waits for, on its incident; a schedule runs it
    Remind {
        #[command(flatten)]
        arguments: commands::Remind,
        #[command(flatten)]
        place: Place,
    },
    /// Closes the incident, when everything about it is done, or said why not
    Close {
        #[command(flatten)]
        arguments: commands::Close,
        #[command(flatten)]
        place: Place,
    },
    /// In front of a release: refuses to bring rolled-back work again before that is approved
    Guard {
        #[command(flatten)]
        arguments: commands::Guard,
        #[command(flatten)]
        place: Place,
    },
    /// Makes a repository ready: writes its policy and workflows where there are none, and closes the gates
    ///
    /// Never overwrites what people wrote: it shows the difference, and ends with 8 where something is left to people.
    Init {
        #[command(flatten)]
        arguments: commands::Init,
        #[command(flatten)]
        place: Place,
    },
    /// Finds what would fail in an emergency, with the command that mends it
    ///
    /// Ends with 0 when nothing known would fail, and with 8 when something would.
    Doctor {
        #[command(flatten)]
        arguments: commands::Doctor,
        #[command(flatten)]
        place: Place,
    },
    /// Says which number a rollback would get and who would get what, without a repository
    Versions(commands::Versions),
}

/// Runs a command. `say` is told of progress and `wait` of waits for GitHub, a line each.
pub fn run(cli: Cli, environment: &Environment, token: Option<Token>, say: &(dyn Fn(&str) + Sync), wait: &Waiting) -> Ended {
    match cli.command {
        Command::Rehearse(arguments) => commands::rehearse(&arguments, say),
        Command::Simulator(arguments) => commands::simulate(&arguments, say),
        Command::Schema => Ended::new(Exit::Done, crate::config::schema()),
        // On one thread: the waits are the network's.
        Command::Online(online) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(run_online(online, environment, token, wait)).unwrap_or_else(|ended| ended),
            Err(error) => Ended::problems(Exit::Failed, vec![commands::Problem::new(format!("cannot start: {error}"), None)]),
        },
    }
}

async fn run_online(command: Online, environment: &Environment, token: Option<Token>, wait: &Waiting) -> Result<Ended, Ended> {
    let connect = |place: &Place, token| Connection::new(place, environment, token, Arc::clone(wait));
    Ok(match command {
        Online::Plan { arguments, place } => commands::plan(&arguments, &connect(&place, token)?, environment).await,
        Online::Gate { arguments, place } => commands::gate(&arguments, &connect(&place, token)?, environment).await,
        Online::Answer { arguments, place } => commands::answer(&arguments, &connect(&place, token)?, environment).await,
        Online::Execute { arguments, place } => commands::execute(&arguments, &connect(&place, token)?, environment).await,
        Online::Gates { arguments, place } => commands::gates(&arguments, &connect(&place, token)?, environment).await,
        Online::Finish { arguments, place } => commands::finish(&arguments, &connect(&place, token)?, environment).await,
        Online::Incident { arguments, place } => commands::incident(&arguments, &connect(&place, token)?, environment).await,
        Online::Remind { arguments, place } => commands::remind(&arguments, &connect(&place, token)?, environment).await,
        Online::Close { arguments, place } => commands::close(&arguments, &connect(&place, token)?, environment).await,
        Online::Guard { arguments, place } => commands::guard(&arguments, &connect(&place, token)?, environment).await,
        Online::Doctor { arguments, place } => commands::doctor(&arguments, &connect(&place, token)?, environment).await,
        Online::Init { arguments, place } => commands::init(&arguments, &place, environment, token, wait).await,
        Online::Versions(arguments) => commands::versions(&arguments, environment).await,
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn every_command_can_be_parsed() {
        Cli::command().debug_assert();
    }
}
