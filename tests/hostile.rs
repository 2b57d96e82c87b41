//! Text from outside that tries to be more than text, through the whole story. What is printed is read by a second
//! writing of the runner's grammar, what is posted by a Markdown parser.

use github_simulator::Fault;
use github_simulator::World;
use github_simulator::faults::When;
use github_simulator::git::Kind;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use rollback_action::commands::{Ended, Exit};
use rollback_action::runner::{Kind as Annotation, annotation, defuse};

use crate::figures::figure_of_test;
use crate::scenario::Scenario;

/// Everything that some reader could take for an instruction, a line each.
const HOSTILE: &[&str] = &[
    "::add-mask::secret",
    "  ::error file=a.rs,line=1::owned",
    "text\n::set-output name=plan::evil",
    "text\r::stop-commands::x",
    "text\r\n\t::warning::y",
    "##[error]owned",
    "words ##[set-env name=PATH]/tmp then words",
    "\u{2028}::debug::x\u{2029}::notice::y\u{85}::error::z",
    "\u{b}::error::vertical\u{c}::error::feed",
    "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}",
    "ghp_EOF\nEOF\nversion=9.9.9",
    "# Not a heading\n\n- not a list\n\n> not a quote",
    "| not | a | table |\n| --- | --- | --- |",
    "</details></td></table><script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- rollback-action:banner --> <!-- /rollback-action:banner -->",
    "-->\n<h1>out of the comment</h1>\n<!--",
    "[click](javascript:alert(1)) ![i](https://evil.example/p.png) <https://evil.example>",
    "[github.com](https://evil.example) https://evil.example/login",
    "```\nfence\n```\n~~~\n``` `` ` ",
    "@everyone @acme/everyone @lead-login (@owner-login) x@y.example",
    "fixes #1, closes acme/entity-core#2 GH-3",
    "\u{202e}gnp.exe\u{202c} \u{200b}zero\u{200d}width\u{feff}",
    "$(touch /tmp/owned) `touch /tmp/owned` ; touch /tmp/owned | sh & \\ ' \"",
    "${{ secrets.GITHUB_TOKEN }} ${{ github.token }}",
    "%0A::error::encoded %25 %0D",
    "Rollback-Plan: 0000000000000000000000000000000000000000000000000000000000000000\n\nSigned-off-by: evil <e@evil.example>",
    "<<<<<<< HEAD\n=======\n>>>>>>> evil",
    "&lt;b&gt; &#64;everyone &commat;everyone",
];

/// The names of commands that the runner knows.
const COMMANDS: &[&str] = &[
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// Returns what the runner would take for commands: `::name …::` at a line's start after white space, `##[name …]`
/// anywhere in it. Any line end ends a line here, and any name counts.
fn commands(log: &str) -> Vec<String> {
    let ends = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut found = Vec::new();
    for line in log.split(ends) {
        let start = line.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}');
        if start.strip_prefix("::").is_some_and(|rest| rest.contains("::")) {
            found.push(start.to_owned());
        }
        if let Some(at) = line.find("##[") {
            let name: String = line[at + 3..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            if !name.is_empty() {
                found.push(line[at..].to_owned());
            }
        }
    }
    found
}

/// Prints a command's end as the program does, and asserts that the runner sees nothing but our own annotations.
#[track_caller]
fn assert_no_command(ended: &Ended) {
    let printed = defuse(&ended.text);
    assert_eq!(commands(&printed), [""; 0], "{printed}");
    for problem in &ended.problems {
        assert_eq!(commands(&defuse(&problem.to_string())), [""; 0]);
        let line = annotation(Annotation::Error, &problem.to_string());
        let seen = commands(&line);
        assert!(seen.len() == 1 && seen[0].starts_with("::error::") && line.lines().count() == 1, "{seen:?}");
    }
    for text in [&printed, &ended.summary] {
        let control = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(control, None, "{text:?}");
        let turning = text.chars().find(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        assert_eq!(turning, None, "{text:?}");
    }
    assert_tame("the summary", &ended.summary);
    figure_of_test("outputs read as the runner reads them", 2 + ended.problems.len());
}

/// Asserts that nothing of what was posted is HTML of others, a mention, a picture or a link to elsewhere.
#[track_caller]
fn assert_tame(what: &str, markdown: &str) {
    figure_of_test("pages read by a Markdown parser", 1);
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    let (mut in_code, mut in_link) = (false, false);
    let (mut text, mut block) = (String::new(), None::<String>);
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::HtmlBlock) => block = Some(String::new()),
            Event::End(TagEnd::HtmlBlock) => {
                let html = block.take().unwrap_or_default();
                assert!(is_ours(&html), "{what}: {html:.300}");
            }
            Event::Html(html) | Event::InlineHtml(html) => match &mut block {
                Some(block) => block.push_str(&html),
                None => assert!(is_ours(&html), "{what}: {html:.300}"),
            },
            Event::Start(Tag::Image { dest_url, .. }) => panic!("{what}: a picture `{dest_url}`"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                in_link = true;
                assert!(dest_url.starts_with("https://github.com/acme/entity-core"), "{what}: a link to `{dest_url}`");
            }
            Event::End(TagEnd::Link) => in_link = false,
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            // GitHub makes a link of a bare address in text, and a mention of a name; not in links and code.
            Event::Text(words) if !in_code && !in_link => text.push_str(&words),
            Event::Code(_) | Event::SoftBreak | Event::HardBreak => text.push('\u{fffc}'),
            Event::Start(_) | Event::End(_) => text.push('\n'),
            _ => {}
        }
    }
    let mentions = text.match_indices('@').filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + 1..].chars().next();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '`') && after.is_some_and(|c| c.is_ascii_alphanumeric())
    });
    assert_eq!(mentions.map(|(at, _)| text[at..].chars().take(20).collect::<String>()).collect::<Vec<_>>(), [""; 0], "{what}: mentions");
    for (at, _) in text.match_indices("://") {
        assert!(
            !text[at..].starts_with("://evil"),
            "{what}: GitHub makes a link of {:?}",
            text[at.saturating_sub(8)..].chars().take(60).collect::<String>()
        );
    }
}

/// The few elements this program writes itself, and comments, which nobody sees: whatever else is in it is a tag too many.
fn is_ours(html: &str) -> bool {
    let mut rest = html.to_owned();
    while let Some(start) = rest.find("<!--") {
        let Some(end) = rest[start..].find("-->") else { return false };
        rest.replace_range(start..start + end + 3, "");
    }
    for known in ["<details>", "</details>", "<summary>", "</summary>", "<br>", "<sub>", "</sub>"] {
        rest = rest.replace(known, "");
    }
    !rest.contains(['<', '>'].as_slice())
}

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
    figure_of_test("hostile texts", HOSTILE.len());
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
    figure_of_test("hostile texts", HOSTILE.len());
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
        assert!(body.ends_with(HOSTILE[HOSTILE.len() - 1]) && body.matches("[!CAUTION]").count() == 1, "{body}");
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
        figure_of_test("hostile texts", 1);
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
        figure_of_test("hostile texts", 1);
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
    figure_of_test("hostile texts", HOSTILE.len());
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

#[test]
fn the_grammar_here_finds_what_the_runner_would() {
    for name in COMMANDS {
        assert_eq!(commands(&format!("x\n \t::{name} a=b::c")).len(), 1);
        assert_eq!(commands(&format!("x ##[{name}]y")).len(), 1);
    }
    assert_eq!(commands("a::b::c, # #[error]"), [""; 0]);
}
