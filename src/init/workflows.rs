//! The workflows as `init` writes them: the published examples, with each permission explained and, where a commit is
//! named, pinned to it.

use super::File;
use crate::domain::git::Sha;

/// What stands where the version is not pinned.
const UNPINNED: &str = "@v1 # better: the commit's SHA";

/// Returns the workflows, pinned to a commit of the action where one is named.
pub(super) fn workflows(pin: Option<&Sha>) -> Vec<File> {
    let file = |path, example: &str| File { path, text: written(example, pin) };
    vec![
        file(".github/workflows/rollback.yml", include_str!("../../examples/rollback.yml")),
        file(".github/workflows/rollback-finish.yml", include_str!("../../examples/finish.yml")),
        file(".github/workflows/rollback-remind.yml", include_str!("remind.yml")),
        file(".github/workflows/rollback-doctor.yml", include_str!("doctor.yml")),
    ]
}

/// Returns the workflow that comments start, for where they answer the gates.
pub(super) fn answers(pin: Option<&Sha>) -> File {
    File { path: ".github/workflows/rollback-approve.yml", text: written(include_str!("../../examples/approve.yml"), pin) }
}

fn written(example: &str, pin: Option<&Sha>) -> String {
    let lines: String = example.lines().map(explained).collect();
    match pin {
        Some(sha) => lines.replace(UNPINNED, &format!("@{sha} # v1")),
        None => lines,
    }
}

/// Puts each permission of a job on a line of its own, with what it is for.
fn explained(line: &str) -> String {
    let written = line.trim_start();
    let indent = line.get(..line.len() - written.len()).unwrap_or_default();
    let Some(list) = written.strip_prefix("permissions: { ").and_then(|rest| rest.strip_suffix(" }")) else {
        return format!("{line}\n");
    };
    let permission = |one: &str| {
        let name = one.split(':').next().unwrap_or(one);
        format!("{indent}  {one} # {}\n", purpose(name))
    };
    std::iter::once(format!("{indent}permissions:\n")).chain(list.split(", ").map(permission)).collect()
}

fn purpose(permission: &str) -> &'static str {
    match permission {
        "actions" => "environments, workflows and their runs",
        "contents" => "the policy, the releases and the rollback's branch",
        "issues" => "the page that shows how it stands",
        "pull-requests" => "the rollback's pull request",
        _ => "what the action's documentation says",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::WorkflowFile;

    #[test]
    fn a_written_workflow_says_what_its_example_says() {
        let examples = [
            include_str!("../../examples/rollback.yml"),
            include_str!("../../examples/finish.yml"),
            include_str!("remind.yml"),
            include_str!("doctor.yml"),
            include_str!("../../examples/approve.yml"),
        ];
        for (file, example) in workflows(None).iter().chain([&answers(None)]).zip(examples) {
            let read = |text: &str| WorkflowFile::read(file.path, text).content.unwrap();
            assert_eq!(read(&file.text), read(example), "{}", file.path);
            assert!(!file.text.contains("permissions: { "), "{}", file.text);
            assert!(file.text.contains(UNPINNED), "{}", file.text);
        }
    }

    #[test]
    fn a_pinned_workflow_names_the_commit_everywhere() {
        let sha: Sha = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        for file in workflows(Some(&sha)).into_iter().chain([answers(Some(&sha))]) {
            assert!(file.text.contains(&format!("@{sha} # v1\n")) && !file.text.contains("@v1"), "{}", file.text);
        }
    }

    #[test]
    fn each_permission_is_explained() {
        insta::assert_snapshot!(explained("    permissions: { actions: read, contents: write }"), @"
            permissions:
              actions: read # environments, workflows and their runs
              contents: write # the policy, the releases and the rollback's branch
        ");
        assert_eq!(explained("permissions: {}"), "permissions: {}\n");
    }
}
