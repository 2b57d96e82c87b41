//! `doctor`: finds on a quiet day what would fail on the worst night.

use std::path::PathBuf;

use super::plan::local_policy;
use super::{Connection, Ended, Exit, Format, Problem};
use crate::doctor::{self, Finding, Given, ISSUE_LABEL, ISSUE_MARKER, Verdict, examine, look};
use crate::github::{Error, Issue};
use crate::runner::Environment;

/// The most findings that become annotations of a run.
const ANNOTATIONS: usize = 10;

/// The arguments of `doctor`.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct Doctor {
    /// A local policy file in place of the repository's own
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Opens an issue when something would fail, or refreshes the one there is; closes nothing
    #[arg(long)]
    pub open_issue: bool,
    /// Ends with 1 also when something cannot be known with this token
    #[arg(long)]
    pub strict: bool,
}

/// Looks at everything a rollback rests on. Ends with 0 when nothing known would fail, with 8 when something would.
pub async fn doctor(arguments: &Doctor, connection: &Connection, environment: &Environment) -> Ended {
    let local = match arguments.config.as_ref().map(local_policy).transpose() {
        Ok(local) => local,
        Err(ended) => return *ended,
    };
    let given = Given { policy: local.as_ref(), clients: Some(environment.clients()) };
    let facts = match look(&connection.reader(), &connection.inspector(), given).await {
        Ok(facts) => facts,
        Err(error) => return Ended::of_error(&error),
    };
    let findings = examine(&facts);
    let mut ended = told(arguments, facts.repository.as_str(), &findings, environment);
    if arguments.open_issue {
        match keep_issue(connection, &findings).await {
            Ok(Some(issue)) => {
                ended.outputs.push(("issue", issue.number.to_string()));
                if arguments.format == Format::Text {
                    ended.text.extend(["\nissue #", &issue.number.to_string(), ": ", &issue.url, "\n"]);
                }
            }
            Ok(None) => {}
            Err(error) => {
                ended.problems.push(Problem::new(format!("the issue was not written: {error}"), error.hint()));
                ended.exit = ended.exit.max(Exit::Failed);
            }
        }
    }
    ended
}

fn told(arguments: &Doctor, repository: &str, findings: &[Finding], environment: &Environment) -> Ended {
    let text = match arguments.format {
        Format::Text => doctor::text(repository, findings),
        Format::Json => doctor::json(repository, findings),
        Format::Markdown => doctor::markdown(repository, findings),
    };
    let exit = match doctor::worst(findings) {
        Verdict::WillFail => Exit::Incomplete,
        Verdict::Unknown if arguments.strict => Exit::Failed,
        Verdict::Unknown | Verdict::Note | Verdict::Ok => Exit::Done,
    };
    let number = |verdict: Verdict| findings.iter().filter(|finding| finding.verdict == verdict).count().to_string();
    // On a terminal the table says it all; in a job each becomes an annotation.
    let annotated = findings.iter().filter(|finding| environment.is_actions() && finding.verdict == Verdict::WillFail);
    Ended {
        summary: doctor::markdown(repository, findings),
        problems: annotated.take(ANNOTATIONS).map(|finding| Problem::new(&finding.sentence, finding.remedy.clone())).collect(),
        outputs: vec![("failing", number(Verdict::WillFail)), ("unknown", number(Verdict::Unknown))],
        ..Ended::new(exit, text)
    }
}

/// Opens or refreshes the one issue; leaves a healthy repository without one alone.
async fn keep_issue(connection: &Connection, findings: &[Finding]) -> Result<Option<Issue>, Error> {
    let (reader, writer) = (connection.reader(), connection.issue_writer());
    let ours = |issue: &Issue| issue.open && issue.body.contains(ISSUE_MARKER);
    let known = reader.issues_labelled(ISSUE_LABEL).await?.into_iter().filter(ours).min_by_key(|issue| issue.number);
    let body = doctor::issue_body(findings);
    let same = |issue: &Issue| issue.body.replace("\r\n", "\n").trim_end() == body.trim_end();
    match known {
        Some(issue) if same(&issue) => Ok(Some(issue)),
        Some(issue) => writer.describe(issue.number, &body).await.map(Some),
        None if doctor::worst(findings) == Verdict::WillFail => {
            writer.open(doctor::issue_title(), &body, &[ISSUE_LABEL.to_owned()]).await.map(Some)
        }
        None => Ok(None),
    }
}
