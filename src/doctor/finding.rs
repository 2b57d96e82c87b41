//! What a look found: one precondition, whether it holds, and what mends it.

use serde::Serialize;

/// One precondition of a rollback. The names are public: they stand in the JSON that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The token is taken and the repository can be read.
    Token,
    /// The repository can be written to: it is not archived.
    Writable,
    /// The repository has issues, where the incident is kept.
    Issues,
    /// The policy is there and valid.
    Policy,
    /// The policy holds nothing that is probably not meant.
    PolicyNotes,
    /// Every gate's environment exists.
    GateExists,
    /// Every gate's environment requires reviewers.
    GateClosed,
    /// Every gate's environment takes only the default branch.
    GateBranches,
    /// Nobody can approve a run they started.
    GateSelfReview,
    /// Administrators cannot go past a gate.
    GateBypass,
    /// The reviewers of each gate are the people of its roles, at most six.
    GateReviewers,
    /// Where comments answer the gates: each can be answered by somebody.
    GateAnswers,
    /// The people of the policy are still there and may read.
    People,
    /// Enough different people can answer the gates.
    MinimumPeople,
    /// A workflow on the default branch calls the rollback.
    RollbackWorkflow,
    /// It can be started by hand with what a rollback needs.
    Dispatch,
    /// Each job that calls us grants what it needs.
    Permissions,
    /// No lock is held while people are waited for.
    Concurrency,
    /// No workflow of ours runs on events that strangers can cause.
    Triggers,
    /// Where comments answer the gates: a workflow starts on them.
    AnswerWorkflow,
    /// Something finishes the rollback after the merge.
    FinishWorkflow,
    /// A workflow asks each gate after the merge, and what it holds is held.
    LateGates,
    /// Somebody can break the glass, where the policy lets them.
    BreakGlass,
    /// Our workflows are switched on.
    Enabled,
    /// Our schedules really run.
    Schedule,
    /// The workflow that publishes can be dispatched.
    ReleaseWorkflow,
    /// Actions may open pull requests.
    BotsOpenPulls,
    /// No branch is in the way of the rollback branch.
    BranchFree,
    /// Rules let the rollback branch be made.
    BranchRules,
    /// Rules let the pull request be merged.
    MergeRules,
    /// Rules let the tag of the rollback be made.
    TagRules,
    /// The newest release can be told from its tag.
    Release,
    /// Tags follow the templates that the policy names.
    TagTemplate,
    /// There is a last known good release.
    LastKnownGood,
    /// A plan can be made: manifests are found and can be edited.
    Plan,
    /// The banner fits above the release notes.
    ReleaseNotes,
    /// Immutable releases do not stand in the way.
    ImmutableReleases,
    /// `.github` is the same in the good release and on the default branch.
    WorkflowDrift,
    /// The labels exist.
    Labels,
}

/// Whether a precondition holds; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The rollback would fail or be stopped here.
    WillFail,
    /// This token is not shown it.
    Unknown,
    /// It works, and there is something to know.
    Note,
    /// It holds.
    Ok,
}

impl Verdict {
    /// Returns the words people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::WillFail => "will fail",
            Self::Unknown => "cannot be known",
            Self::Note => "to know",
            Self::Ok => "ok",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Whether it holds.
    pub verdict: Verdict,
    /// Which precondition.
    pub check: Check,
    /// What was found, a sentence.
    pub sentence: String,
    /// What mends it, a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Commands that mend it, for a shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

impl Finding {
    fn new(verdict: Verdict, check: Check, sentence: impl Into<String>) -> Self {
        Self { verdict, check, sentence: sentence.into(), remedy: None, commands: Vec::new() }
    }

    /// Something that would fail, and what mends it.
    pub(super) fn fails(check: Check, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(Verdict::WillFail, check, sentence) }
    }

    /// Something that cannot be known, and how it could.
    pub(super) fn unknown(check: Check, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(Verdict::Unknown, check, sentence) }
    }

    /// Something that works and is to be known.
    pub(super) fn note(check: Check, sentence: impl Into<String>) -> Self {
        Self::new(Verdict::Note, check, sentence)
    }

    /// Something that holds.
    pub(super) fn ok(check: Check, sentence: impl Into<String>) -> Self {
        Self::new(Verdict::Ok, check, sentence)
    }

    /// Adds a remedy.
    pub(super) fn mended_by(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Adds commands.
    pub(super) fn with(mut self, commands: impl IntoIterator<Item = String>) -> Self {
        self.commands.extend(commands);
        self
    }
}

/// Returns the findings, or the good news where there are none.
pub(super) fn or_ok(findings: Vec<Finding>, check: Check, sentence: impl Into<String>) -> Vec<Finding> {
    if findings.is_empty() { vec![Finding::ok(check, sentence)] } else { findings }
}
