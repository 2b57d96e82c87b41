//! Hostile text in every place that people and other programs fill, through the whole story.

use github_simulator::Fault;
use github_simulator::faults::When;
use rollback_action::commands::{Ended, Exit, LateStage, StageOptions};
use rollback_action::plan::Plan;
use rollback_action::runner::defuse;
use serde_json::{Value, json};

use super::corpus::{BRANCHES, HOSTILE, put};
use super::readers::{assert_no_command, assert_tame, commands};
use crate::figures::figure_of_test;
use crate::repository::Repository;
use crate::rewind::Moment;
use crate::scenario::{Scenario, output};

/// Asserts of everything that this program posted that it is tame; what others wrote there is theirs.
#[track_caller]
fn assert_posted_tame(scenario: &Scenario) {
    for text in scenario.world(|world| world.log.iter().map(|entry| entry.request_body.clone()).collect::<Vec<Value>>()) {
        for field in ["body", "title", "name"] {
            let Some(posted) = text[field].as_str().filter(|_| text["query"].is_null()) else { continue };
            match field {
                "body" => assert_tame("what was posted", posted),
                _ => assert!(!posted.contains(['\n', '<', '\u{202e}']), "{posted:?}"),
            }
        }
    }
}

/// Everything from the plan to the closed incident, each command read; returns how the last of them ended.
#[track_caller]
fn whole_story(what: &str, scenario: &Scenario) -> Exit {
    let planned = scenario.plan();
    assert_no_command(&planned);
    let Some(document) = output(&planned, "plan").filter(|_| planned.exit == Exit::Done) else { return planned.exit };
    scenario.approve_all(&document);
    assert_no_command(&scenario.incident(&document));
    let ended = scenario.execute(&document);
    assert_no_command(&ended);
    if ended.exit != Exit::Done {
        assert_posted_tame(scenario);
        return ended.exit;
    }
    assert_no_command(&scenario.incident(&document));
    let branch = Plan::from_document(&document).unwrap().branch.to_string();
    let number = scenario.world(|world| world.pulls.values().find(|pull| pull.head == branch).unwrap().number);
    scenario.merge(number);
    assert_no_command(&scenario.gates(LateStage::Finish));
    let finished = scenario.finish();
    assert_no_command(&finished);
    assert_no_command(&scenario.incident(&document));
    assert_no_command(&scenario.gates(LateStage::Close));
    assert_no_command(&scenario.close(None));
    assert_no_command(&scenario.guard("v0.1.0"));
    assert_posted_tame(scenario);
    assert_ne!(finished.text, "", "{what}");
    finished.exit
}

/// A text in double quotes, as YAML reads them.
fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        ' '..='~' => c.to_string(),
        c => format!("\\U{:08X}", u32::from(c)),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// A policy in which each place for people's words has one of these.
fn policy(texts: &[&str]) -> String {
    let mut texts = texts.iter().cycle();
    let mut text = || quoted(texts.next().unwrap());
    format!(
        "version: 1\nroles:\n  technical-lead: {{ users: [lead-login] }}\n  product-owner: {{ users: [owner-login] }}\n\
         window:\n  phases:\n    - {{ until-hours: 2, action: {}, responsible: {} }}\n    - {{ until-hours: 48, action: {}, responsible: {} }}\n  \
         after: {{ action: {}, responsible: {} }}\n\
         triggers:\n  import-failures: {{ description: {}, threshold: {} }}\n  another: {{ description: {} }}\n\
         non-critical:\n  translations: {}\n\
         gates:\n  critical-issue-confirmed: {{ question: {}, evidence: {} }}\n  scope-assessed: {{ question: {}, evidence: {} }}\n\
         irreversible:\n  - {}\n  - {}\n",
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text()
    )
}

#[test]
fn a_hostile_policy_is_refused_by_its_place_or_stays_text_through_the_whole_story() {
    let mut taken = Vec::new();
    let scenario = Scenario::new();
    let base = scenario.moment();
    for text in HOSTILE {
        // As it is, and without the line ends and the unseen characters for which most are refused.
        let seen: String = text.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
        for text in [(*text).to_owned(), seen] {
            scenario.rewind(&base);
            put("a policy", &[&text]);
            scenario.world(|world| world.push_file(".github/rollback.yml", &policy(&[&text]), "Change the policy").unwrap());
            let ended = scenario.plan();
            assert_no_command(&ended);
            if ended.exit == Exit::Done {
                taken.push(text);
                break;
            }
            assert_eq!(ended.exit, Exit::Policy, "{text:?}: {:?}", ended.problems);
            assert!(ended.problems.iter().all(|problem| problem.to_string().contains("rollback.yml:")), "{:?}", ended.problems);
        }
    }
    assert!(taken.len() > HOSTILE.len() / 2, "only {} are taken", taken.len());
    let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
    for chunk in taken.chunks(16) {
        let scenario = Scenario::new();
        scenario.world(|world| world.push_file(".github/rollback.yml", &policy(chunk), "Change the policy").unwrap());
        assert_eq!(whole_story("a policy", &scenario), Exit::Done, "{chunk:?}");
    }
}

/// One package, v0.0.12 and v0.1.0, on a default branch of this name.
fn on_branch(name: &str) -> Repository {
    let mut repository = Repository::new();
    repository.git(&["symbolic-ref", "HEAD", &format!("refs/heads/{name}")]);
    let policy = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";
    repository.file(".github/rollback.yml", Some(policy));
    for version in ["0.0.12", "0.1.0"] {
        repository.file("pyproject.toml", Some(&format!("[project]\nname = \"entity-core\"\nversion = \"{version}\"\n")));
        repository.file("src/entity.py", Some(&format!("VERSION = \"{version}\"\n")));
        repository.commit(&format!("Release {version}"), Some(&format!("v{version}")));
    }
    repository
}

#[test]
fn a_default_branch_of_an_odd_name_stays_a_name_through_the_whole_story() {
    let mut whole = 0;
    for name in BRANCHES.iter().filter(|name| !name.contains(':')) {
        put("the name of the default branch", &[name]);
        let repository = on_branch(name);
        let scenario =
            Scenario::on(repository.path(), &StageOptions { bad: Some("v0.1.0".into()), bodies: true, ..StageOptions::default() });
        whole += usize::from(whole_story(name, &scenario) == Exit::Done);
    }
    assert!(whole > 5, "only {whole} went through");
}

#[test]
fn pull_requests_of_hostile_titles_and_branches_stay_text_through_the_whole_story() {
    put("the title of a pull request", HOSTILE);
    put("the name of a branch", BRANCHES);
    for (n, chunk) in HOSTILE.chunks(10).enumerate() {
        let scenario = Scenario::new();
        let document = scenario.planned();
        scenario.approve_all(&document);
        assert_no_command(&scenario.execute(&document));
        scenario.world(|world| {
            let head = world.default_head().unwrap();
            for name in BRANCHES.iter().filter(|name| !name.contains(':')) {
                world.git.set_ref(&format!("refs/heads/rollback/{name}"), Some(&head)).unwrap();
            }
            let number = *world.pulls.keys().next().unwrap();
            let issue = world.issues.get_mut(&number).unwrap();
            issue.title = chunk.join(" ");
            // Words of people under the ones of ours.
            issue.body = issue.body.take().map(|body| format!("{body}\n\n{}", chunk.join("\n\n").replace("<!--", "<!")));
        });
        let again = scenario.execute(&document);
        assert_no_command(&again);
        assert_eq!(again.exit, Exit::Done, "{n}: {:?}", again.problems);
        assert_no_command(&scenario.incident(&document));
        scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
        let finished = scenario.finish();
        assert_no_command(&finished);
        assert_eq!(finished.exit, Exit::Done, "{n}: {:?}", finished.problems);
        assert_no_command(&scenario.incident(&document));
        assert_no_command(&scenario.close(None));
        scenario.world(|world| {
            for issue in world.issues.values().filter(|issue| !world.pulls.contains_key(&issue.number)) {
                assert_tame(&format!("#{}", issue.number), issue.body.as_deref().unwrap_or_default());
            }
        });
    }
}

#[test]
fn hostile_comments_on_the_incident_are_answered_as_text_and_approve_nothing() {
    let scenario = Scenario::private();
    let document = scenario.planned();
    let incident = scenario.opened(&document);
    let plan = Plan::from_document(&document).unwrap();
    let base = scenario.moment();
    let forms = ["{}", "/approve {}", "/approve scope-assessed {}", "/reject {}", "/reject scope-assessed {}", "/approve nothing PLAN\n{}"];
    put("a comment on the incident", HOSTILE);
    for (at, text) in HOSTILE.iter().enumerate() {
        for form in forms.iter().skip(at % 3).step_by(3) {
            scenario.rewind(&base);
            let body = form.replace("{}", text).replace("PLAN", plan.id().short());
            let ended = scenario.answer(incident, "owner-login", &body);
            assert_no_command(&ended);
            assert_ne!(output(&ended, "approved").as_deref(), Some("true"), "{body:?}");
            assert_no_command(&scenario.incident(&document));
            assert_no_command(&scenario.remind());
            assert_posted_tame(&scenario);
        }
    }
}

#[test]
fn a_hostile_reason_to_break_the_glass_stays_text() {
    use rollback_action::commands::Execute;
    put("a reason to break the glass", HOSTILE);
    for chunk in HOSTILE.chunks(20) {
        let scenario = Scenario::new();
        scenario.extend_policy("break-glass: { roles: [technical-lead] }");
        let document = scenario.planned();
        for confirmation in ["roll back v0.1.0", chunk[0]] {
            let arguments =
                Execute { break_glass: Some(confirmation.to_owned()), break_glass_reason: Some(chunk.join("\n")), ..Execute::default() };
            assert_no_command(&scenario.execute_with(&arguments, &document));
            assert_no_command(&scenario.incident(&document));
        }
        assert_posted_tame(&scenario);
    }
}

/// A refusal with a text wherever GitHub puts words, or a page of it.
fn refusal(status: u16, text: &str) -> Fault {
    match status {
        502 => Fault::Page { status, html: format!("<html>{text}</html>") },
        _ => {
            let error = json!({"resource": text, "field": text, "code": "custom", "message": text});
            let body = json!({"message": text, "errors": [error, text], "documentation_url": text});
            Fault::Status { status, headers: Vec::new(), body }
        }
    }
}

/// Commands, each on a world in which it has something to do.
struct Told<'s> {
    name: &'static str,
    scenario: &'s Scenario,
    from: Moment,
    run: Box<dyn Fn() -> Ended + 's>,
}

impl<'s> Told<'s> {
    fn new(name: &'static str, scenario: &'s Scenario, run: impl Fn() -> Ended + 's) -> Self {
        Self { name, scenario, from: scenario.moment(), run: Box::new(run) }
    }

    /// One request is refused in these words, or that one and all that follow.
    fn hears(&self, at: u64, times: u64, status: u16, text: &str) {
        self.scenario.rewind(&self.from);
        self.scenario.waits.lock().unwrap().clear();
        self.scenario.world(|world| world.schedule(When::request(at).times(times), refusal(status, text)));
        assert_no_command(&(self.run)());
        for line in self.scenario.waits.lock().unwrap().iter() {
            assert_eq!(commands(&defuse(line)), [""; 0], "{}: {line:?}", self.name);
        }
        assert_posted_tame(self.scenario);
        figure_of_test("refusals in hostile words", 1);
    }
}

#[test]
fn whatever_github_refuses_in_the_story_its_words_are_only_text() {
    const STATUSES: [u16; 8] = [400, 401, 403, 404, 409, 422, 500, 502];
    put("GitHub's refusal within the story", HOSTILE);
    let private = Scenario::private();
    let asked = private.planned();
    let incident = private.opened(&asked);
    let scenario = Scenario::new();
    let document = scenario.planned();
    let mut told = vec![Told::new("plan", &scenario, || scenario.plan())];
    scenario.approve_all(&document);
    told.push(Told::new("gate", &scenario, || scenario.gate("rollback-scope-assessed", &document)));
    told.push(Told::new("incident", &scenario, || scenario.incident(&document)));
    told.push(Told::new("execute", &scenario, || scenario.execute(&document)));
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
    told.push(Told::new("gates", &scenario, || scenario.gates(LateStage::Finish)));
    told.push(Told::new("finish", &scenario, || scenario.finish()));
    told.push(Told::new("close", &scenario, || scenario.close(None)));
    told.push(Told::new("guard", &scenario, || scenario.guard("v0.1.1")));
    told.push(Told::new("answer", &private, || private.answer(incident, "owner-login", "/reject scope-assessed")));
    told.push(Told::new("remind", &private, || private.remind()));
    for (n, text) in HOSTILE.iter().enumerate() {
        for (c, told) in told.iter().enumerate().filter(|(c, _)| (n + c) % 2 == 0) {
            // Another request and another status for each pair of them.
            let at = 1 + (n * 7 + c * 3) as u64 % 24;
            told.hears(at, if n % 2 == 0 { 1 } else { u64::MAX }, STATUSES[(n + c * 3) % STATUSES.len()], text);
        }
    }
}
