//! The real program, given hostile text as whoever presses a button gives it: as arguments, variables and paths.

use std::ffi::OsStr;
use std::process::{Command, Output};

use super::corpus::{HOSTILE, put};
use super::readers::assert_printed_tame;
use crate::scenario::Scenario;

/// The program in a job, with nothing of the caller's own.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollback-action"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["GITHUB_", "RUNNER_", "ACTIONS_", "GH_", "ROLLBACK_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env("GITHUB_ACTIONS", "true");
    command
}

#[track_caller]
fn assert_tame(output: &Output) {
    assert_printed_tame(&output.stdout);
    assert_printed_tame(&output.stderr);
}

/// Every argument that is parsed, since a refusal repeats it.
#[test]
fn arguments_that_are_refused_are_repeated_as_text() {
    const PARSED: &[&[&str]] = &[
        &["plan", "--incident={}"],
        &["plan", "--format={}"],
        &["plan", "--strategy={}"],
        &["plan", "--option={}"],
        &["plan", "--repository={}", "--bad=v1", "--reason=x", "--trigger=y"],
        &["plan", "--api-url={}", "--bad=v1", "--reason=x", "--trigger=y"],
        &["plan", "--config={}", "--bad=v1", "--reason=x", "--trigger=y"],
        &["plan", "--help={}"],
        &["answer", "--issue={}"],
        &["answer", "--comment={}"],
        &["gates", "--stage={}"],
        &["guard", "--tag={}"],
        &["execute", "--plan={}"],
        &["execute", "--{}"],
        &["gate", "--environment=x", "{}"],
        &["versions", "--bad={}"],
        &["doctor", "--format={}"],
        &["rehearse", "--repo={}"],
        &["simulator", "--port={}"],
        &["{}"],
        &["{}", "--help"],
    ];
    put("an argument", HOSTILE);
    for (at, text) in HOSTILE.iter().enumerate() {
        // Each text in some of the arguments, and each argument with some of the texts.
        for words in PARSED.iter().skip(at % 3).step_by(3) {
            let output = program().args(words.iter().map(|word| word.replace("{}", text))).output().unwrap();
            assert!(!output.status.success(), "{words:?} {text:?}");
            assert_tame(&output);
        }
    }
}

#[test]
fn the_incident_that_a_caller_hands_on_cannot_command_the_runner() {
    let output = program().args(["plan", "--incident=1\n::stop-commands::x\n##[error]owned"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: invalid value '1\n│ ::stop-commands::x\n## [error]owned' for '--incident <NUMBER>'"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn help_is_printed_as_before_and_says_only_text() {
    for words in [&["--help"][..], &["plan", "--help"], &["--version"], &["rehearse", "-h"]] {
        let output = program().args(words).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty() && output.stderr.is_empty(), "{words:?}");
        assert_tame(&output);
    }
    let nothing = program().output().unwrap();
    assert_eq!(nothing.status.code(), Some(2));
    assert!(nothing.stdout.is_empty() && String::from_utf8_lossy(&nothing.stderr).contains("Usage: "));
}

#[cfg(unix)]
#[test]
fn neither_the_programs_own_name_nor_bytes_that_are_no_text_are_taken_for_a_command() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::process::CommandExt as _;
    let bytes = OsStr::from_bytes(b"\xff\n::error::x\xfe##[error]y");
    put("an argument that is no UTF-8", &["\u{fffd}\n::error::x\u{fffd}##[error]y"]);
    for name in ["x\n::error::owned", "##[error]owned"] {
        put("the program's own name", &[name]);
        let output = program().arg0(name).args(["plan", "--help"]).output().unwrap();
        assert!(output.status.success());
        assert_tame(&output);
    }
    for option in ["--config=", "--bad=", "--reason=", "--incident=", "--plan=", "--repo=", ""] {
        let mut word = OsStr::new(option).to_owned();
        word.push(bytes);
        for command in ["plan", "execute", "rehearse"] {
            let output = program().arg(command).arg(&word).output().unwrap();
            assert!(!output.status.success());
            assert_tame(&output);
        }
    }
    // A variable that is no text counts as not set.
    let output = program().arg("execute").env("ROLLBACK_PLAN", bytes).env("GITHUB_REPOSITORY", bytes).output().unwrap();
    assert!(!output.status.success());
    assert_tame(&output);
}

#[test]
fn variables_of_the_job_are_repeated_as_text() {
    put("a variable of the job", HOSTILE);
    for text in HOSTILE {
        for name in ["GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_RUN_ID", "GITHUB_REF", "ROLLBACK_PLAN"] {
            let mut command = program();
            command.args(["execute", "--repository=acme/entity-core", "--api-url=http://127.0.0.1:9"]);
            command.env("GITHUB_TOKEN", "sim-token-none").env(name, text);
            let output = command.output().unwrap();
            assert!(!output.status.success(), "{name} {text:?}");
            assert_tame(&output);
        }
    }
}

/// Reads a file of outputs as the runner does: `name=value`, or `name<<DELIMITER` and lines until it.
fn outputs(file: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = file.split('\n').map(|line| line.trim_end_matches('\r'));
    while let Some(line) = lines.next() {
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            (equals, Some(at)) if equals.is_none_or(|equals| at < equals) => {
                let value: Vec<&str> = lines.by_ref().take_while(|value| *value != &line[at + 2..]).collect();
                found.push((line[..at].to_owned(), value.join("\n")));
            }
            (Some(at), _) => found.push((line[..at].to_owned(), line[at + 1..].to_owned())),
            (None, _) => assert!(line.is_empty(), "no output: {line:?}"),
        }
    }
    found
}

#[test]
fn a_hostile_reason_sets_no_output_of_its_own_and_leaves_the_log_and_the_summary_as_they_are() {
    put("a reason given to the program", HOSTILE);
    let scenario = Scenario::new();
    // Makes the token of the job.
    scenario.planned();
    let top = std::env::temp_dir().join(format!("rollback-hostile-{}", std::process::id()));
    std::fs::create_dir_all(&top).unwrap();
    let names = |reason: &str| {
        let [output, summary] = ["output", "summary"].map(|name| top.join(name));
        let mut command = program();
        command.args(["plan", "--bad=v0.1.0", "--trigger=import-failures", &format!("--reason={reason}")]);
        command.env("GITHUB_TOKEN", "sim-plan").env("GITHUB_API_URL", scenario.stage.url());
        command.env("GITHUB_REPOSITORY", &scenario.stage.repository).env("GITHUB_RUN_ID", scenario.run.to_string());
        command.env("GITHUB_REF", "refs/heads/main").env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary);
        let ended = command.output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        assert_tame(&ended);
        let [output, summary] = [output, summary].map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            text
        });
        super::assert_tame("the summary", &summary);
        outputs(&output).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let wanted = names("the plugins cannot be imported");
    assert!(wanted.iter().any(|name| name == "plan"), "{wanted:?}");
    for chunk in HOSTILE.chunks(5) {
        assert_eq!(names(&chunk.join("\n")), wanted);
    }
    std::fs::remove_dir_all(&top).unwrap();
}

/// What git says of a path or a repository goes through the program's mouth.
#[test]
fn what_git_says_is_only_text() {
    let top = std::env::temp_dir().join(format!("rollback-hostile-git-{}", std::process::id()));
    for name in ["x\n::error::owned", "##[error]owned", "a\r::stop-commands::x", "\u{202e}gnp"] {
        put("a path that git complains of", &[name]);
        let path = top.join(name);
        for there in [false, true] {
            if there {
                std::fs::create_dir_all(&path).unwrap();
            }
            for command in ["rehearse", "init"] {
                let output = program()
                    .arg(command)
                    .arg("--repo")
                    .arg(&path)
                    .args(["--bad", "v1"].iter().take(if command == "init" { 0 } else { 2 }))
                    .output()
                    .unwrap();
                assert!(!output.status.success(), "{command} {name:?}");
                assert_tame(&output);
            }
        }
    }
    std::fs::remove_dir_all(&top).unwrap();
}
