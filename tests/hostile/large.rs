//! Lines of a million characters, and bytes that are no text, wherever the program reads.

use github_simulator::Fault;
use github_simulator::faults::When;
use rollback_action::commands::{Exit, StageOptions};

use super::corpus::put;
use super::readers::{assert_no_command, assert_tame};
use crate::repository::Repository;
use crate::scenario::{Scenario, output};

const MEGABYTE: usize = 1_000_000;

/// A line of a million characters that goes on as a command.
fn long() -> String {
    format!("{}::error::x ##[error]y <b>@everyone</b>", "a".repeat(MEGABYTE))
}

#[test]
fn a_line_of_a_megabyte_is_refused_or_cut_and_what_people_read_stays_short() {
    put("a reason of a megabyte", &[long()]);
    let scenario = Scenario::new().asking(|asked| asked.reason = long());
    let ended = scenario.plan();
    assert_no_command(&ended);
    assert!(matches!(ended.exit, Exit::Refused | Exit::Usage | Exit::Done), "{:?}", ended.exit);
    assert!(ended.text.len() < 100_000, "{} bytes are printed", ended.text.len());
    assert!(ended.problems.iter().all(|problem| problem.to_string().len() < 10_000));

    put("a commit's message, a policy and GitHub's refusal of a megabyte", &[long()]);
    let scenario = Scenario::new();
    scenario.world(|world| world.push_file("src/entity/long.py", &long(), &long()).unwrap());
    let planned = scenario.plan();
    assert_no_command(&planned);
    assert_eq!(planned.exit, Exit::Done, "{:?}", planned.problems);
    assert!(planned.text.len() < 100_000 && planned.summary.len() < 1_000_000);
    let document = output(&planned, "plan").unwrap();
    scenario.approve_all(&document);
    scenario.world(|world| world.schedule(When::request(4).times(2), Fault::status(422, &long())));
    let refused = scenario.execute(&document);
    assert_no_command(&refused);
    assert!(refused.problems.iter().all(|problem| problem.to_string().len() < 10_000), "{:?}", refused.exit);
    scenario.world(|world| world.faults.clear());
    let done = scenario.execute(&document);
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
    assert_no_command(&done);
    let incident = scenario.incident(&document);
    assert_no_command(&incident);
    scenario.world(|world| {
        for issue in world.issues.values() {
            let body = issue.body.as_deref().unwrap_or_default();
            assert!(body.chars().count() <= 65_536, "#{}", issue.number);
            assert_tame(&format!("#{}", issue.number), body);
        }
    });

    let scenario = Scenario::new();
    scenario.extend_policy(&format!("irreversible: [\"{}\"]", long()));
    let ended = scenario.plan();
    assert_no_command(&ended);
    assert_eq!(ended.exit, Exit::Policy, "{:?}", ended.problems);
    assert!(ended.problems.iter().all(|problem| problem.to_string().len() < 10_000));
}

/// v0.0.12 and v0.1.0, of which one file is as it is given, and messages that are no UTF-8 either.
#[cfg(unix)]
fn repository(path: &str, content: &[u8]) -> Repository {
    use std::os::unix::ffi::OsStrExt as _;
    let mut repository = Repository::new();
    let policy = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";
    repository.file(".github/rollback.yml", Some(policy));
    repository.file("CHANGELOG.md", Some("# Changelog\n"));
    for version in ["0.0.12", "0.1.0"] {
        repository.file("pyproject.toml", Some(&format!("[project]\nname = \"entity-core\"\nversion = \"{version}\"\n")));
        repository.file("src/entity.py", Some(&format!("VERSION = \"{version}\"\n")));
        let name = std::ffi::OsStr::from_bytes(b"src/n\xffo::error::x.py");
        std::fs::write(repository.path().join(name), version).unwrap();
        std::fs::write(repository.path().join(path), content).unwrap();
        repository.git(&["add", "--all"]);
        let message = repository.path().join(".git/message");
        std::fs::write(&message, b"Release \xff\xfe it\n\n::error::x\xc3\n").unwrap();
        repository.git(&["commit", "--quiet", "--allow-empty", "--file", &message.to_string_lossy()]);
        repository.git(&["tag", "--annotate", "--file", &message.to_string_lossy(), &format!("v{version}")]);
        repository.commit("Go on", None);
    }
    repository
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_stay_in_their_files_or_are_named_by_their_place() {
    let bytes = b"version = \"0.1.0\"\n\xff\xfe::error::x\n\xc3\x28 ##[error]y\n";
    put("a file that is no UTF-8", &["version = \"0.1.0\"\n\u{fffd}::error::x\n\u{fffd}( ##[error]y\n"]);
    let mut whole = 0;
    for path in ["src/other.py", "CHANGELOG.md", "pyproject.toml", "NOTES"] {
        let made = repository(path, bytes);
        let scenario = Scenario::on(made.path(), &StageOptions { bad: Some("v0.1.0".into()), bodies: true, ..StageOptions::default() });
        let planned = scenario.plan();
        assert_no_command(&planned);
        let Some(document) = output(&planned, "plan").filter(|_| planned.exit == Exit::Done) else {
            assert!(matches!(planned.exit, Exit::Policy | Exit::Refused | Exit::Failed), "{path}: {:?}", planned.exit);
            assert!(
                planned.problems.iter().any(|problem| problem.to_string().contains(path.rsplit('/').next().unwrap())),
                "{path}: {:?}",
                planned.problems
            );
            continue;
        };
        scenario.approve_all(&document);
        let ended = scenario.execute(&document);
        assert_no_command(&ended);
        assert_eq!(ended.exit, Exit::Done, "{path}: {:?}", ended.problems);
        assert_no_command(&scenario.incident(&document));
        scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
        let finished = scenario.finish();
        assert_no_command(&finished);
        assert_eq!(finished.exit, Exit::Done, "{path}: {:?}", finished.problems);
        whole += 1;
    }
    assert!(whole >= 2, "only {whole} went through");
}
