//! The workflows as `init` writes them: the published examples, with each permission explained and, where a commit is
//! named, pinned to it.

use super::{Choices, File};

/// What stands where the version is not pinned.
const UNPINNED: &str = "@v1 # better: the commit's SHA";
/// What the button takes beside what the example shows.
const BREAK_GLASS: &str =
    "      # Both stay empty. They go past missing approvals, where the policy's `break-glass` lets whoever starts the run.
      break-glass: { description: The words `roll back` and the tag of the bad release }
      break-glass-reason: { description: Why this cannot wait for the approvals }
";

/// Returns the workflows, pinned to a commit of the action where one is named.
pub(super) fn workflows(choices: &Choices) -> Vec<File> {
    let file = |path, example: &str| File { path, text: written(example, choices) };
    let mut files = vec![
        file(".github/workflows/rollback.yml", &with_break_glass(include_str!("../../examples/rollback.yml"))),
        file(".github/workflows/rollback-finish.yml", include_str!("../../examples/finish.yml")),
        file(".github/workflows/rollback-remind.yml", include_str!("remind.yml")),
        file(".github/workflows/rollback-close.yml", include_str!("close.yml")),
        file(".github/workflows/rollback-doctor.yml", include_str!("doctor.yml")),
    ];
    if choices.re_release {
        files.push(file(".github/workflows/rollback-re-release.yml", include_str!("re-release.yml")));
    }
    files
}

/// Returns the workflow that comments start, for where they answer the gates.
pub(super) fn answers(choices: &Choices) -> File {
    File { path: ".github/workflows/rollback-approve.yml", text: written(include_str!("../../examples/approve.yml"), choices) }
}

/// The README's button is as short as can be; this one is for the night when nobody answers, too.
fn with_break_glass(example: &str) -> String {
    let passed = ["break-glass", "break-glass-reason"].map(|name| format!(", {name}: \"${{{{ inputs.{name} }}}}\""));
    let line = |line: &str| match line.trim_start().starts_with("with: { ") {
        true => format!("{}{} }}\n", line.trim_end_matches(" }"), passed.concat()),
        false if line == "permissions: {}" => format!("{BREAK_GLASS}{line}\n"),
        false => format!("{line}\n"),
    };
    example.lines().map(line).collect()
}

fn written(example: &str, choices: &Choices) -> String {
    let lines: String = example.lines().map(explained).collect();
    match &choices.pin {
        Some(sha) => lines.replace(UNPINNED, &format!("@{sha} # v1")).replace("rollback-action@v1", &format!("rollback-action@{sha}")),
        None => lines,
    }
}

/// Puts each permission of a job on a line of its own, with what it is for, and each input that is passed on.
fn explained(line: &str) -> String {
    let written = line.trim_start();
    let indent = line.get(..line.len() - written.len()).unwrap_or_default();
    let listed = |what: &str| written.strip_prefix(what)?.strip_suffix(" }");
    if let Some(list) = listed("permissions: { ") {
        let permission = |one: &str| {
            let name = one.split(':').next().unwrap_or(one);
            format!("{indent}  {one} # {}\n", purpose(name))
        };
        return std::iter::once(format!("{indent}permissions:\n")).chain(list.split(", ").map(permission)).collect();
    }
    if let Some(list) = listed("with: { ") {
        let inputs = list.split(", ").map(|one| format!("{indent}  {}\n", one.replace('"', "")));
        return std::iter::once(format!("{indent}with:\n")).chain(inputs).collect();
    }
    format!("{line}\n")
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
    use crate::domain::git::Sha;

    fn all(pin: Option<Sha>) -> Vec<File> {
        workflows(&Choices { pin, re_release: true, ..Choices::default() })
    }

    #[test]
    fn a_written_workflow_says_what_its_example_says() {
        let button = with_break_glass(include_str!("../../examples/rollback.yml"));
        let examples = [
            button.as_str(),
            include_str!("../../examples/finish.yml"),
            include_str!("remind.yml"),
            include_str!("close.yml"),
            include_str!("doctor.yml"),
            include_str!("re-release.yml"),
            include_str!("../../examples/approve.yml"),
        ];
        let mut files = all(None);
        files.push(answers(&Choices::default()));
        assert_eq!(files.len(), examples.len());
        for (file, example) in files.iter().zip(examples) {
            let read = |text: &str| WorkflowFile::read(file.path, text).content.unwrap();
            assert_eq!(read(&file.text), read(example), "{}", file.path);
            assert!(!file.text.contains("permissions: { ") && !file.text.contains("    with: { bad"), "{}", file.text);
            assert!(file.text.contains(UNPINNED), "{}", file.text);
        }
    }

    #[test]
    fn the_button_passes_everything_it_takes_on() {
        let button = WorkflowFile::read("rollback.yml", &all(None)[0].text).content.unwrap();
        let [call] = button.calls.as_slice() else { panic!("{button:?}") };
        assert!(button.inputs.contains_key("break-glass-reason"), "{:?}", button.inputs);
        assert!(button.inputs.keys().eq(call.with.iter()), "{:?} {:?}", button.inputs, call.with);
    }

    #[test]
    fn only_a_policy_with_such_gates_has_a_workflow_for_a_re_release() {
        assert_eq!(workflows(&Choices::default()).len() + 1, all(None).len());
    }

    #[test]
    fn a_pinned_workflow_names_the_commit_everywhere() {
        let sha: Sha = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        for file in all(Some(sha.clone())) {
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
        assert_eq!(explained("    with: { bad: \"${{ inputs.bad }}\" }"), "    with:\n      bad: ${{ inputs.bad }}\n");
    }
}
