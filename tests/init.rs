//! `init` makes a repository ready, and leaves what people wrote alone.

mod ecosystems;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use github_simulator::environments::{BranchPolicy, RefPattern, Reviewer};
use github_simulator::world::{Label, Plan, Role};
use rollback_action::commands::{Connection, Doctor, Ended, Exit, Format, Init, Place, Stage, StageOptions, doctor, init};
use rollback_action::github::Token;
use rollback_action::runner::Environment;
use serde_json::Value;

use crate::secrets::Searched;

static MADE: AtomicU32 = AtomicU32::new(0);

/// A clone in the temporary directory, removed when it goes away.
struct Clone {
    path: PathBuf,
}

impl Drop for Clone {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.path.parent().unwrap());
    }
}

type Files = Vec<(&'static str, String)>;

impl Clone {
    /// A repository with three releases, made ready between the first and the second.
    fn new(name: &str, files: fn(&str) -> Files) -> Self {
        let clone = Self::unready(name, files);
        let ended = clone.init(&people());
        assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
        clone.commit("Get ready for a rollback", "2024-04-02T09:00:00Z", None);
        clone.release(files, "1.0.0", "2024-04-03T09:00:00Z");
        clone.release(files, "1.1.0", "2024-05-14T09:00:00Z");
        clone
    }

    /// A repository with one release.
    fn unready(name: &str, files: fn(&str) -> Files) -> Self {
        let parent = std::env::temp_dir().join(format!("rollback-init-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed)));
        let clone = Self { path: parent.join(name) };
        std::fs::create_dir_all(&clone.path).unwrap();
        clone.git(&["init", "--quiet", "--initial-branch=main"], "2024-04-01T09:00:00Z");
        clone.git(&["remote", "add", "origin", &format!("git@github.com:acme/{name}.git")], "2024-04-01T09:00:00Z");
        clone.write("CHANGELOG.md", "# Changelog\n");
        clone.release(files, "0.9.0", "2024-04-01T09:00:00Z");
        clone
    }

    fn release(&self, files: fn(&str) -> Files, version: &str, date: &str) {
        for (path, text) in files(version) {
            self.write(path, &text);
        }
        self.write("NEWS", &format!("{version}\n"));
        self.commit(&format!("Release {version}"), date, Some(&format!("v{version}")));
    }

    fn commit(&self, message: &str, date: &str, tag: Option<&str>) {
        self.git(&["add", "--all"], date);
        self.git(&["commit", "--quiet", "--message", message], date);
        if let Some(tag) = tag {
            self.git(&["tag", "--annotate", "--message", tag, tag], date);
        }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path.join(path)).unwrap()
    }

    fn git(&self, arguments: &[&str], date: &str) {
        let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.path)
            .args(["-c", "core.autocrlf=false", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"])
            .args(arguments)
            .envs([("GIT_CONFIG_GLOBAL", null), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_AUTHOR_NAME", "Entity Team"), ("GIT_AUTHOR_EMAIL", "team@entity.example"), ("GIT_AUTHOR_DATE", date)])
            .envs([("GIT_COMMITTER_NAME", "Entity Team"), ("GIT_COMMITTER_EMAIL", "team@entity.example"), ("GIT_COMMITTER_DATE", date)])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn init(&self, arguments: &Init) -> Ended {
        ready(&Init { repo: self.path.clone(), ..arguments.clone() }, None, None)
    }

    /// Everything below `.github`, as it is.
    fn written(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut directories = vec![self.path.join(".github")];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => directories.push(path),
                    false => found.push((path.clone(), std::fs::read(path).unwrap())),
                }
            }
        }
        found.sort();
        found
    }
}

fn people() -> Init {
    let logins = |names: [&str; 2]| names.map(|name| name.parse().unwrap()).to_vec();
    Init { lead: logins(["ada", "grace"]), owner: logins(["barbara", "radia"]), ..Init::default() }
}

fn ready(arguments: &Init, url: Option<&str>, token: Option<&str>) -> Ended {
    let variables: Vec<(&str, &str)> = url.map(|url| ("GITHUB_API_URL", url)).into_iter().collect();
    let environment = Environment::of(&variables);
    let say: Arc<dyn Fn(&str) + Send + Sync> = Arc::new(|_: &str| {});
    let ended = runtime().block_on(init(arguments, &Place::default(), &environment, token.and_then(Token::new), &say));
    assert!(token.is_none_or(|token| !format!("{ended:?}").contains(token)), "it says its token: {ended:?}");
    ended
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Tokens, so that each can be told from its owner's name where it is looked for.
const ADMINISTRATOR: &str = "sim-token-administrator";
const DEVELOPER: &str = "sim-token-developer";

/// The clone on the simulated GitHub, with an administrator.
fn on_github(clone: &Path) -> Searched {
    let stage = match Stage::set(clone, &StageOptions { bodies: true, ..StageOptions::default() }) {
        Ok(stage) => stage,
        Err(not) => panic!("{:?}", Ended::from(not).problems),
    };
    {
        let mut world = stage.lock();
        let id = world.next_id();
        world.labels.insert("rollback".into(), Label { id, name: "rollback".into(), color: "ededed".into(), description: None });
        world.add_person("the-administrator", Role::Admin);
        world.add_user_token(ADMINISTRATOR, "the-administrator");
        world.add_person("developer", Role::Write);
        world.add_user_token(DEVELOPER, "developer");
    }
    Searched(stage)
}

fn look(stage: &Stage, token: &str) -> Vec<(String, String)> {
    let environment = Environment::of(&[("GITHUB_API_URL", &stage.url()), ("GITHUB_REPOSITORY", &stage.repository)]);
    let arguments = Doctor { format: Format::Json, ..Doctor::default() };
    let ended = runtime().block_on(async {
        match Connection::new(&Place::default(), &environment, Token::new(token), Arc::new(|_: &str| {})) {
            Ok(connection) => doctor(&arguments, &connection, &environment).await,
            Err(ended) => ended,
        }
    });
    assert!(!format!("{ended:?}").contains(token), "it says its token: {ended:?}");
    let document: Value = serde_json::from_str(&ended.text).unwrap_or_else(|_| panic!("{:?}", ended.problems));
    let findings = document["findings"].as_array().unwrap().iter().filter(|finding| finding["verdict"] != "ok");
    findings
        .map(|finding| (format!("{} {}", finding["verdict"], finding["check"]).replace('"', ""), finding["sentence"].to_string()))
        .collect()
}

/// Every scheduled workflow that `init` writes has run.
fn run_schedules(stage: &Stage) {
    for name in ["rollback-doctor.yml", "rollback-remind.yml"] {
        stage.lock().start_run_of(name, "schedule", "main", "github-actions[bot]", Value::Null).unwrap();
    }
}

fn plain(version: &str) -> Files {
    vec![("pyproject.toml", format!("[project]\nname = \"entity-core\"\nversion = \"{version}\"\n"))]
}

#[test]
fn a_second_init_changes_nothing() {
    let clone = Clone::unready("entity-core", plain);
    assert_eq!(clone.init(&people()).exit, Exit::Done);
    let before = clone.written();
    assert_eq!(before.len(), 6);
    let again = clone.init(&people());
    assert_eq!(again.exit, Exit::Done, "{}", again.text);
    assert_eq!(again.text.matches("\n  unchanged ").count(), 6, "{}", again.text);
    assert!(!again.text.contains("  written "), "{}", again.text);
    assert_eq!(clone.written(), before);
}

#[test]
fn what_people_changed_stays_and_the_difference_is_shown() {
    let clone = Clone::unready("entity-core", plain);
    clone.init(&people());
    let policy = clone.read(".github/rollback.yml").replace("users: [ada, grace]", "users: [ada, grace, joan] # since May");
    clone.write(".github/rollback.yml", &policy);
    clone.write(".github/workflows/rollback.yml", "name: mine\non: workflow_dispatch\njobs: {}\n");
    std::fs::remove_file(clone.path.join(".github/workflows/rollback-doctor.yml")).unwrap();
    let ended = clone.init(&people());
    assert_eq!(ended.exit, Exit::Incomplete);
    assert_eq!(clone.read(".github/rollback.yml"), policy);
    assert!(clone.read(".github/workflows/rollback.yml").starts_with("name: mine\n"));
    assert!(clone.read(".github/workflows/rollback-doctor.yml").contains("command: doctor"));
    for wanted in [
        "-    users: [ada, grace, joan] # since May\n+    users: [ada, grace]\n",
        "--- .github/rollback.yml\n",
        "-name: mine\n",
        "  written    .github/workflows/rollback-doctor.yml\n",
        "  unchanged  .github/workflows/rollback-finish.yml\n",
    ] {
        assert!(ended.text.contains(wanted), "no {wanted:?} in\n{}", ended.text);
    }
}

#[test]
fn line_ends_of_a_checkout_are_nobodys_change() {
    let clone = Clone::unready("entity-core", plain);
    clone.init(&people());
    let text = clone.read(".github/workflows/rollback.yml").replace('\n', "\r\n");
    clone.write(".github/workflows/rollback.yml", &text);
    assert_eq!(clone.init(&people()).exit, Exit::Done);
}

#[test]
fn the_next_steps_are_said_with_the_exact_commands() {
    let clone = Clone::unready("entity-core", plain);
    let ended = clone.init(&Init::default());
    assert_eq!(ended.exit, Exit::Done);
    insta::assert_snapshot!(ended.text, @"
    acme/entity-core, default branch main

      written    .github/rollback.yml
      written    .github/workflows/rollback.yml
      written    .github/workflows/rollback-finish.yml
      written    .github/workflows/rollback-remind.yml
      written    .github/workflows/rollback-close.yml
      written    .github/workflows/rollback-doctor.yml

    next
      1. put your people in the place of `lead-login` and `owner-login` in `.github/rollback.yml`
      2. commit these files and merge them into `main`
      3. run `rollback-action init` again: it closes the gates for your people, or prints the commands
      4. see whether anything is missing: `rollback-action doctor`
    ");
    let policy = clone.read(".github/rollback.yml").replace("[lead-login]", "[ada, grace]").replace("[owner-login]", "[barbara]");
    clone.write(".github/rollback.yml", &policy);
    let ended = clone.init(&Init::default());
    assert!(ended.text.contains("\"reviewers[][id]=$(gh api users/barbara --jq .id)\""), "{}", ended.text);
    assert_eq!(ended.text.matches("gh api -X PUT repos/acme/entity-core/environments/rollback-").count(), 7);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_repository_is_not_followed() {
    let clone = Clone::unready("entity-core", plain);
    let outside = clone.path.with_file_name("outside");
    std::fs::create_dir_all(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, clone.path.join(".github")).unwrap();
    let ended = clone.init(&people());
    assert_ne!(ended.exit, Exit::Done);
    assert!(ended.problems.iter().any(|problem| problem.error.contains("leads out of the repository")), "{:?}", ended.problems);
    let left: Vec<_> = std::fs::read_dir(&outside).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn choices_that_make_no_valid_policy_write_nothing() {
    let clone = Clone::unready("entity-core", plain);
    let one = Init { lead: vec!["ada".parse().unwrap()], owner: vec!["Ada".parse().unwrap()], ..Init::default() };
    let ended = clone.init(&one);
    assert_eq!(ended.exit, Exit::Policy);
    assert!(ended.problems[0].error.contains("1 person"), "{:?}", ended.problems);
    assert!(!clone.path.join(".github").exists());
}

#[test]
fn outside_a_clone_it_says_where_to_run() {
    let path = std::env::temp_dir();
    let ended = ready(&Init { repo: path, ..Init::default() }, None, None);
    assert_eq!(ended.exit, Exit::Usage);
    assert!(ended.problems[0].error.contains("is not in the work tree"), "{:?}", ended.problems);
    let ended = ready(&Init { environments: true, repo: PathBuf::from(env!("CARGO_MANIFEST_DIR")), ..Init::default() }, None, None);
    assert_eq!(ended.exit, Exit::Usage);
    assert!(ended.problems[0].hint.as_deref().unwrap().contains("GITHUB_TOKEN"));
}

fn closing(clone: &Clone, stage: &Stage, token: &str) -> Ended {
    ready(&Init { environments: true, repo: clone.path.clone(), ..people() }, Some(&stage.url()), Some(token))
}

fn writes(stage: &Stage, since: usize) -> Vec<String> {
    let world = stage.lock();
    let log = world.log.iter().skip(since).filter(|entry| entry.method != "GET" && entry.path != "/graphql");
    log.map(|entry| format!("{} {} {}", entry.method, entry.path.rsplit("/environments/").next().unwrap(), entry.status)).collect()
}

#[test]
fn an_administrator_closes_every_gate_and_a_second_time_changes_nothing() {
    let clone = Clone::new("entity-core", plain);
    let stage = on_github(&clone.path);
    {
        let mut world = stage.lock();
        world.environments.remove("rollback-scope-assessed");
        let open = world.environments.get_mut("rollback-team-assembled").unwrap();
        (open.reviewers, open.branch_policy, open.can_admins_bypass, open.wait_timer) = (Vec::new(), BranchPolicy::All, true, 5);
        let wrong = world.environments.get_mut("rollback-hotfix-ruled-out").unwrap();
        wrong.reviewers = vec![Reviewer::User("developer".into())];
        wrong.prevent_self_review = false;
    }
    run_schedules(&stage);
    let since = stage.lock().log.len();
    let ended = closing(&clone, &stage, ADMINISTRATOR);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    assert_eq!(
        writes(&stage, since),
        [
            "PUT rollback-scope-assessed 200",
            "POST rollback-scope-assessed/deployment-branch-policies 200",
            "PUT rollback-hotfix-ruled-out 200",
            "PUT rollback-team-assembled 200",
            "POST rollback-team-assembled/deployment-branch-policies 200",
        ]
    );
    assert_eq!(stage.lock().environments.get("rollback-team-assembled").unwrap().wait_timer, 5);
    assert_eq!(look(&stage, ADMINISTRATOR), []);
    let since = stage.lock().log.len();
    assert_eq!(closing(&clone, &stage, ADMINISTRATOR).exit, Exit::Done);
    assert_eq!(writes(&stage, since), [""; 0]);
}

#[test]
fn a_branch_too_many_is_shown_with_its_command_and_not_taken_away() {
    let clone = Clone::new("entity-core", plain);
    let stage = on_github(&clone.path);
    {
        let mut world = stage.lock();
        let gate = world.environments.get_mut("rollback-scope-assessed").unwrap();
        let pattern = |id, pattern: &str| RefPattern { id, pattern: pattern.into(), kind: "branch" };
        gate.branch_policy = BranchPolicy::Custom(vec![pattern(1, "main"), pattern(2, "feature/*")]);
    }
    let since = stage.lock().log.len();
    let ended = closing(&clone, &stage, ADMINISTRATOR);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.problems[0].error.contains("takes `feature/*` too"), "{:?}", ended.problems);
    assert!(ended.problems[0].hint.as_deref().unwrap().contains("gh api -X DELETE"), "{:?}", ended.problems);
    assert_eq!(writes(&stage, since), [""; 0]);
}

#[test]
fn only_an_administrator_closes_gates() {
    let clone = Clone::new("entity-core", plain);
    let stage = on_github(&clone.path);
    stage.lock().environments.remove("rollback-scope-assessed");
    let ended = closing(&clone, &stage, DEVELOPER);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.problems[0].hint.as_deref().unwrap().contains("Administration: write"), "{:?}", ended.problems);
    assert!(stage.lock().environments.get("rollback-scope-assessed").is_none());
}

#[test]
fn where_the_plan_has_no_such_gates_it_says_so() {
    let clone = Clone::new("entity-core", plain);
    let stage = on_github(&clone.path);
    {
        let mut world = stage.lock();
        world.repository.private = true;
        world.repository.plan = Plan::Team;
        world.environments.remove("rollback-scope-assessed");
    }
    let ended = closing(&clone, &stage, ADMINISTRATOR);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.problems[0].hint.as_deref().unwrap().contains("Enterprise only"), "{:?}", ended.problems);
}

/// A private repository whose plan has no environments, made ready and looked at.
fn private(clone: &Clone, plan: Plan) -> Searched {
    let stage = on_github(&clone.path);
    let mut world = stage.lock();
    (world.repository.private, world.repository.plan) = (true, plan);
    let names: Vec<String> = world.environments.iter().map(|environment| environment.name.clone()).collect();
    names.iter().for_each(|name| assert!(world.environments.remove(name)));
    drop(world);
    stage
}

const APPROVE: &str = ".github/workflows/rollback-approve.yml";

#[test]
fn a_private_repository_without_required_reviewers_is_made_ready_for_comments() {
    for plan in [Plan::Free, Plan::Team] {
        let clone = Clone::new("entity-core", plain);
        let stage = private(&clone, plan);
        let ended = closing(&clone, &stage, ADMINISTRATOR);
        assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
        assert!(ended.text.contains("GitHub lets this private repository have no required reviewers"), "{}", ended.text);
        let approve = clone.read(APPROVE);
        assert!(approve.contains("issue_comment") && approve.contains("/.github/workflows/approve.yml@v1"), "{approve}");
        let looked = look(&stage, ADMINISTRATOR);
        assert_eq!(looked.iter().filter(|(check, _)| check == "will-fail answer-workflow").count(), 1, "{looked:?}");
        stage.lock().push_file(APPROVE, &approve, "Answer by comments").unwrap();
        run_schedules(&stage);
        let looked = look(&stage, ADMINISTRATOR);
        assert!(looked.iter().all(|(check, _)| check == "note workflow-drift"), "{looked:?}");
        stage.lock().push_file(".github/workflows/other.yml", &risky(), "Add a workflow").unwrap();
        let looked = look(&stage, ADMINISTRATOR);
        assert!(looked.iter().any(|(check, sentence)| check == "will-fail triggers" && sentence.contains("issue_comment")), "{looked:?}");
    }
}

/// A workflow that carries a plan out on any comment.
fn risky() -> String {
    "on: issue_comment\npermissions: {}\njobs:\n  go:\n    permissions: { actions: read, contents: write, pull-requests: write }\n    steps:\n      - uses: org/rollback-action@v1\n        with: { command: execute }\n".into()
}

#[test]
fn a_private_repository_of_an_enterprise_gets_its_environments() {
    let clone = Clone::new("entity-core", plain);
    let stage = private(&clone, Plan::Enterprise);
    let ended = closing(&clone, &stage, ADMINISTRATOR);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    assert!(!clone.path.join(APPROVE).exists());
    assert_eq!(stage.lock().environments.iter().count(), 7);
}

#[test]
fn what_holds_the_gates_can_be_chosen() {
    let clone = Clone::unready("entity-core", plain);
    let ended = clone.init(&Init { approvals: rollback_action::commands::HeldBy::Comments, ..people() });
    assert_eq!(ended.exit, Exit::Done, "{}", ended.text);
    assert!(clone.read(".github/rollback.yml").contains("\napprovals:\n  by: comments\n"));
    assert!(clone.path.join(APPROVE).exists());
    assert!(ended.text.contains("/approve GATE PLAN") && !ended.text.contains("gh api -X PUT"), "{}", ended.text);
}

#[test]
fn a_stranger_never_becomes_a_reviewer() {
    let clone = Clone::new("entity-core", plain);
    let stage = on_github(&clone.path);
    {
        let mut world = stage.lock();
        world.environments.remove("rollback-scope-assessed");
        world.people.get_mut("radia").unwrap().role = Role::None;
    }
    let ended = closing(&clone, &stage, ADMINISTRATOR);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.problems[0].error.contains("`radia`, for `rollback-scope-assessed`, is no collaborator"), "{:?}", ended.problems);
    assert!(stage.lock().environments.get("rollback-scope-assessed").is_none());
    let fresh = Clone::unready("entity-core", plain);
    let since = stage.lock().log.len();
    let placeholders = Init { environments: true, repo: fresh.path.clone(), ..Init::default() };
    let ended = ready(&placeholders, Some(&stage.url()), Some(ADMINISTRATOR));
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.problems[0].error.contains("`lead-login` and `owner-login`"), "{:?}", ended.problems);
    assert_eq!(writes(&stage, since), [""; 0]);
}
