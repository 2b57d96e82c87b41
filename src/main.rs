//! The process: arguments and environment in, text, files and exit code out.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use rollback_action::cli::{Cli, run};
use rollback_action::commands::{Ended, Exit};
use rollback_action::github::Waiting;
use rollback_action::runner::{Environment, Kind, annotation, defuse, token, write_outputs, write_summary};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            return said_by_the_parser(&error);
        }
    };
    let environment = Environment::of_process();
    // Either may be closed by a reader that has seen enough. Data goes to the one, everything else to the other.
    let say = |line: &str| drop(writeln!(std::io::stdout().lock(), "{}", defuse(line)));
    let wait: Waiting = Arc::new(|line: &str| drop(writeln!(std::io::stderr().lock(), "{}", defuse(line))));
    let ended = run(cli, &environment, token(), &say, &wait);
    let exit = tell(&ended, &environment);
    ExitCode::from(exit as u8)
}

/// Writes what is wrong with the arguments, or the help that was asked for: either may repeat what was given, and a job
/// gives what people typed.
fn said_by_the_parser(error: &clap::Error) -> ExitCode {
    let text = defuse(&error.to_string());
    if error.use_stderr() {
        let _ = write!(std::io::stderr().lock(), "{text}");
        return ExitCode::from(Exit::Usage as u8);
    }
    let _ = write!(std::io::stdout().lock(), "{text}");
    ExitCode::SUCCESS
}

/// Writes everything a command has to say; a file that cannot be written is an error of its own.
fn tell(ended: &Ended, environment: &Environment) -> Exit {
    let _ = write!(std::io::stdout().lock(), "{}", defuse(&ended.text));
    let mut stderr = std::io::stderr().lock();
    for problem in &ended.problems {
        let _ = writeln!(stderr, "{}", defuse(&problem.to_string()));
        if environment.is_actions() {
            let _ = writeln!(stderr, "{}", annotation(Kind::Error, &problem.unprefixed()));
        }
    }
    let written = write_outputs(environment, &ended.outputs).and_then(|()| write_summary(environment, &ended.summary));
    match written {
        Ok(()) => ended.exit,
        Err(error) => {
            let _ = writeln!(stderr, "error: {}", defuse(&format!("{error:#}")));
            if ended.exit == Exit::Done { Exit::Failed } else { ended.exit }
        }
    }
}
