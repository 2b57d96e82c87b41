//! Why a release is rolled back: the critical triggers, and the classes that are no reason.

use serde::{Deserialize, Serialize};

/// A critical issue that justifies a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The name on the command line, e.g. `import-failures`.
    pub id: String,
    /// One line for people, e.g. `Import failures`.
    pub description: String,
    /// The measure above which it counts, in words, e.g. `more than 10 % of users`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<String>,
}

/// The procedure's five critical issues.
pub fn standard_triggers() -> Vec<Trigger> {
    let trigger = |id: &str, description: &str, threshold: Option<&str>| Trigger {
        id: id.into(),
        description: description.into(),
        threshold: threshold.map(Into::into),
    };
    vec![
        trigger("import-failures", "Import failures", Some("more than 10 % of users")),
        trigger("data-corruption", "Data corruption or memory leaks", None),
        trigger("performance-regression", "Performance regression", Some("more than 50 % worse than the good release")),
        trigger("security", "Security vulnerability", None),
        trigger("dependency-conflict", "Dependency conflicts preventing installation", None),
    ]
}

/// The procedure's classes that are never a reason, as `(id, description)`.
pub fn standard_non_critical() -> Vec<(String, String)> {
    [
        ("user-configuration", "Individual user configuration issues"),
        ("deprecation-warning", "Minor deprecation warning confusion"),
        ("single-plugin", "Single plugin compatibility issues"),
        ("documentation", "Documentation gaps or typos"),
    ]
    .map(|(id, description)| (id.to_owned(), description.to_owned()))
    .to_vec()
}
