//! Text from outside that tries to be more than text, through the whole story. What is printed is read by a second
//! writing of the runner's grammar, what is posted by a Markdown parser.

mod corpus;
mod large;
mod program;
mod readers;
mod story;

use github_simulator::Fault;
use github_simulator::World;
use github_simulator::faults::When;
use github_simulator::git::Kind;
use rollback_action::commands::{Ended, Exit};
use rollback_action::runner::defuse;

use crate::scenario::Scenario;
use corpus::{HOSTILE, put};
use readers::{assert_no_command, assert_tame, commands};

/// A history, release notes and releases full of it.
fn poison(world: &mut World) {
    for (n, text) in HOSTILE.iter().enumerate() {
        let head = world.default_head().unwrap();
        let tree = world.git.tree_of(&head).unwrap();
        let object = format!(
            "tree {tree}\nparent {head}\nauthor A <a@b.example> 1715724000 +0000\ncommitter A <a@b.example> 1715724000 +0000\n\n{text} (#{n})\n"
        );
        let commit = world.git.write(Kind::Commit, object.as_bytes()).unwrap();
        world.git.set_ref("refs/heads/main", Some(&commit)).unwrap();
    }
    world.push_file("src/a`b\u{202e}$(x) <b>@everyone</b>.py", "1\n", "Add a file of an odd name").unwrap();
    for release in world.releases.values_mut() {
        release.name = Some("::error::@everyone <b>".into());
    }
}

#[test]
fn hostile_reasons_and_histories_stay_text_through_the_whole_story() {
    for place in ["a reason", "a commit's message"] {
        put(place, HOSTILE);
    }
    for chunk in HOSTILE.chunks(7) {
        let reason = chunk.join("\n");
        let scenario = Scenario::new().asking(|asked| asked.reason = reason.clone());
        scenario.world(poison);
        let planned = scenario.plan();
        assert_eq!(planned.exit, Exit::Done, "{:?}", planned.problems);
        assert_no_command(&planned);
        let document = crate::scenario::output(&planned, "plan").unwrap();
        scenario.approve_all(&document);
        assert_no_command(&scenario.incident(&document));
        let ended = scenario.execute(&document);
        assert_eq!(ended.exit, Exit::Done, "{}", ended.text);
        assert_no_command(&ended);
        let incident = scenario.incident(&document);
        assert_no_command(&incident);
        let number = scenario.world(|world| *world.pulls.keys().next().unwrap());
        scenario.merge(number);
        let finished = scenario.finish();
        assert_eq!(finished.exit, Exit::Done, "{}\n{:?}", finished.text, finished.problems);
        assert_no_command(&finished);
        scenario.world(|world| {
            for issue in world.issues.values() {
                assert_tame(&format!("#{}", issue.number), issue.body.as_deref().unwrap_or_default());
                assert!(!issue.title.contains(['\n', '@', '<'].as_slice()), "{}", issue.title);
            }
            for release in world.releases.values() {
                assert_tame(&release.tag_name, release.body.as_deref().unwrap_or_default());
            }
            let tip = world.git.branch("rollback/v0.1.0").unwrap().to_owned();
            let message = world.git.commit(&tip).unwrap().message;
            let trailers = message.lines().filter(|line| line.starts_with("Rollback-Plan: ")).count();
            assert_eq!(trailers, 1, "{message}");
            assert!(!message.contains("\nSigned-off-by: evil"), "{message}");
        });
    }
}

#[test]
fn hostile_release_notes_stay_their_owners_and_do_not_end_the_banner() {
    let scenario = Scenario::new();
    put("release notes", HOSTILE);
    let notes = HOSTILE.join("\n\n");
    scenario.world(|world| {
        for release in world.releases.values_mut().filter(|release| release.tag_name == "v0.1.0") {
            release.body = Some(notes.replace("<!-- rollback-action:banner --> ", ""));
        }
    });
    let document = scenario.planned();
    scenario.approve_all(&document);
    assert_no_command(&scenario.execute(&document));
    let before = scenario.requests();
    assert_no_command(&scenario.execute(&document));
    assert_eq!(scenario.writes_after(before), [""; 0]);
    scenario.world(|world| {
        let bad = world.releases.values().find(|release| release.tag_name == "v0.1.0").unwrap();
        let body = bad.body.as_deref().unwrap();
        assert!(body.ends_with(HOSTILE[HOSTILE.len() - 1]) && body.matches("> **v0.1.0 is rolled back").count() == 1, "{body}");
    });
}

#[test]
fn names_that_git_takes_and_people_should_not_are_only_named() {
    for name in [
        "v0.1.0\u{202e}",
        "v0.1.0;echo",
        "v0.1.0$(id)",
        "v0.1.0`id`",
        "v0.1.0#",
        "v0.1.0%0A",
        "@everyone",
        "v0.1.0<b>",
        "v0.1.0|sh",
        "::error::",
    ] {
        put("the name of a tag that is asked for", &[name]);
        let scenario = Scenario::new().asking(|asked| asked.bad = name.into());
        let ended = scenario.plan();
        assert!(matches!(ended.exit, Exit::Refused | Exit::Usage), "{name}: {:?}", ended.exit);
        assert_no_command(&ended);
        assert_eq!(scenario.writes_after(0), [""; 0]);
        let scenario = Scenario::new().asking(|asked| {
            asked.good = Some(name.into());
            asked.trigger = format!("import-failures\n{name}");
        });
        let ended = scenario.plan();
        assert!(matches!(ended.exit, Exit::Refused | Exit::Usage), "{name}: {:?}", ended.exit);
        assert_no_command(&ended);
    }
}

#[test]
fn a_tag_of_an_odd_name_is_rolled_back_like_any_other() {
    for prefix in ["a;b$(id)-v", "<b>@everyone-v", "`x`#%0A-v"] {
        put("the name of a tag", &[prefix]);
        let scenario = Scenario::new();
        scenario.world(|world| {
            for (tag, odd) in [("v0.0.12", "0.0.12"), ("v0.1.0", "0.1.0")] {
                let oid = world.git.reference(&format!("refs/tags/{tag}")).unwrap().to_owned();
                let odd = format!("{prefix}{odd}");
                world.git.set_ref(&format!("refs/tags/{odd}"), Some(&oid)).unwrap();
                world.releases.values_mut().filter(|release| release.tag_name == tag).for_each(|release| release.tag_name.clone_from(&odd));
            }
        });
        let scenario = scenario.asking(|asked| asked.bad = format!("{prefix}0.1.0"));
        let planned = scenario.plan();
        assert_no_command(&planned);
        assert_eq!(planned.exit, Exit::Done, "{prefix}: {:?}", planned.problems);
        let document = crate::scenario::output(&planned, "plan").unwrap();
        scenario.approve_all(&document);
        let ended = scenario.execute(&document);
        assert_eq!(ended.exit, Exit::Done, "{prefix}: {}", ended.text);
        assert_no_command(&ended);
        assert_no_command(&scenario.incident(&document));
        scenario.world(|world| {
            for issue in world.issues.values() {
                assert_tame(&format!("{prefix} #{}", issue.number), issue.body.as_deref().unwrap_or_default());
            }
        });
        scenario.merge(1);
        let finished = scenario.finish();
        assert_eq!(finished.exit, Exit::Done, "{prefix}: {}\n{:?}", finished.text, finished.problems);
        assert_no_command(&finished);
        scenario.world(|world| assert!(world.git.reference(&format!("refs/tags/{prefix}0.0.13")).is_some()));
    }
}

#[test]
fn what_github_itself_says_is_only_text() {
    put("GitHub's refusal of every request", HOSTILE);
    for text in HOSTILE {
        for status in [403, 422, 500] {
            let scenario = Scenario::new();
            scenario.world(|world| world.schedule(When::request(1).times(200), Fault::status(status, text)));
            let ended = scenario.plan();
            assert_eq!(ended.exit, Exit::Failed);
            assert_no_command(&ended);
            for line in scenario.waits.lock().unwrap().iter() {
                assert_eq!(commands(&defuse(line)), [""; 0]);
            }
        }
    }
}

#[test]
fn no_token_is_in_anything_that_is_said_sent_or_kept() {
    let secrets = ["sim-plan", "sim-gate", "sim-execute", "sim-finish", "sim-incident", "sim-person-", "Bearer"];
    let scenario = Scenario::new();
    let mut said = Vec::new();
    let mut hear = |ended: &Ended| said.push(format!("{ended:?}"));
    let planned = scenario.plan();
    hear(&planned);
    let document = crate::scenario::output(&planned, "plan").unwrap();
    scenario.approve_all(&document);
    for status in [401, 403, 404, 500] {
        for at in [1, 5, 12, 15, 18] {
            scenario.world(|world| world.schedule(When::request(at).times(3), Fault::status(status, "Bad credentials")));
            hear(&scenario.execute(&document));
            hear(&scenario.plan());
            hear(&scenario.incident(&document));
            scenario.world(|world| world.faults.clear());
        }
    }
    for fault in [Fault::CloseBefore, Fault::CloseAfter, Fault::Truncate(3)] {
        scenario.world(|world| world.schedule(When::request(1).times(30), fault));
        hear(&scenario.execute(&document));
        scenario.world(|world| world.faults.clear());
    }
    hear(&scenario.execute(&document));
    let number = scenario.world(|world| *world.pulls.keys().next().unwrap());
    scenario.merge(number);
    hear(&scenario.finish());
    hear(&scenario.incident(&document));
    said.extend(scenario.waits.lock().unwrap().iter().cloned());
    scenario.world(|world| {
        said.push(world.state(github_simulator::control::Detail::Everything).to_string());
        said.extend(
            world.log.iter().map(|entry| format!("{} {} {} {:?}", entry.path, entry.query, entry.request_body, entry.response_body)),
        );
    });
    for secret in secrets {
        let leak = said.iter().find(|text| text.contains(secret));
        assert_eq!(leak, None, "`{secret}` leaked");
    }
    assert!(said.len() > 100);
}
