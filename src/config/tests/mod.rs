//! What a policy file means, and what it cannot do to its reader.

mod messages;

use proptest::prelude::*;

use super::*;
use crate::domain::gate::{Stage, standard_gates};
use crate::domain::restore::Restore;
use crate::domain::trigger::{standard_non_critical, standard_triggers};
use crate::domain::window::Window;

/// Returns the policy of a text that is followed by fitting roles.
#[track_caller]
fn policy(text: &str) -> Policy {
    let roles = "roles: { technical-lead: { users: [lead] }, product-owner: { users: [owner] }, qa: { teams: [qa] } }\n";
    parse(&format!("{text}{roles}"), "rollback.yml").unwrap_or_else(|problems| panic!("{problems}"))
}

/// Returns the environments of a gate, each with its roles.
#[track_caller]
fn environments(policy: &Policy, gate: &str) -> Vec<(String, String)> {
    let gate = policy.gates.iter().find(|known| known.id == gate).unwrap();
    gate.approvals.iter().map(|ask| (ask.environment.clone(), ask.roles.join(" "))).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn roles_alone_give_the_whole_standard_procedure() {
    let policy = parse(minimal(), "rollback.yml").unwrap();
    assert_eq!(policy, Policy { roles: policy.roles.clone(), ..Policy::default() });
    assert_eq!(policy.gates, standard_gates());
    assert_eq!(policy.window, Window::default());
    assert_eq!(policy.triggers, standard_triggers());
    assert_eq!(policy.non_critical, standard_non_critical());
    assert_eq!(policy.roles.keys().collect::<Vec<_>>(), ["product-owner", "technical-lead"]);
}

#[test]
fn the_example_is_a_policy_and_what_it_calls_a_default_is_one() {
    let whole = parse(example(), "example.yml").unwrap_or_else(|problems| panic!("{problems}"));
    let (rest, taken) = without_defaults(example());
    assert!(taken > 30, "only {taken} lines were taken out");
    let rest = parse(&rest, "rest.yml").unwrap_or_else(|problems| panic!("{rest}\n{problems}"));
    assert_eq!(whole, rest);
}

#[test]
fn a_value_that_is_called_a_default_and_is_none_is_seen() {
    let wrong = example().replace("valid-hours: 24 # default", "valid-hours: 23 # default");
    let whole = parse(&wrong, "example.yml").unwrap();
    assert_ne!(whole, parse(&without_defaults(&wrong).0, "rest.yml").unwrap());
}

/// Returns the text without the entries marked `# default`, what is indented below them, and keys that are left with nothing.
fn without_defaults(text: &str) -> (String, usize) {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')).collect();
    let before = lines.len();
    loop {
        let drop = lines.iter().enumerate().position(|(at, line)| {
            let bare = line.split(" #").next().unwrap_or(line).trim_end();
            let childless = lines.get(at + 1).is_none_or(|next| indent(next) <= indent(line));
            line.contains("# default") || (bare.ends_with(':') && childless)
        });
        let Some(at) = drop else { break };
        let below = lines[at + 1..].iter().take_while(|line| indent(line) > indent(lines[at])).count();
        lines.drain(at..=at + below);
    }
    (lines.join("\n"), before - lines.len())
}

#[test]
fn a_standard_gate_keeps_what_is_not_written() {
    let changed = policy("gates: { scope-assessed: { roles: [qa, product-owner], evidence: the dashboard } }\n");
    let mut expected = standard_gates();
    expected[1].evidence = "the dashboard".into();
    expected[1].approvals[0].roles = vec!["qa".into(), "product-owner".into()];
    assert_eq!(changed.gates, expected);
}

#[test]
fn added_gates_come_after_the_standard_ones_in_the_order_written() {
    let policy = policy(
        "gates:\n  zebra: { question: Z, roles: [qa], stage: re-release }\n  hotfix-ruled-out: { enabled: false }\n  alpha: { question: A, roles: [qa] }\n",
    );
    let gates: Vec<(&str, Stage)> = policy.gates.iter().map(|gate| (gate.id.as_str(), gate.stage)).collect();
    let expected = [
        ("critical-issue-confirmed", Stage::Execute),
        ("scope-assessed", Stage::Execute),
        ("stakeholder-approval", Stage::Execute),
        ("communication-ready", Stage::Execute),
        ("team-assembled", Stage::Execute),
        ("zebra", Stage::ReRelease),
        ("alpha", Stage::Execute),
    ];
    assert_eq!(gates, expected);
}

#[test]
fn each_approval_of_a_gate_has_an_environment_of_its_own() {
    let gates = "gates:\n  a: { question: A, all-of: [qa, [technical-lead, product-owner]] }\n  b: { question: B, all-of: [qa], environment: Sign-off B }\n  stakeholder-approval: { environment: both }\n";
    let policy = policy(&format!("environment-prefix: emergency/\n{gates}"));
    assert_eq!(
        environments(&policy, "a"),
        pairs(&[("emergency/a-qa", "qa"), ("emergency/a-technical-lead-or-product-owner", "technical-lead product-owner")])
    );
    assert_eq!(environments(&policy, "b"), pairs(&[("Sign-off B", "qa")]));
    assert_eq!(
        environments(&policy, "stakeholder-approval"),
        pairs(&[("both-technical-lead", "technical-lead"), ("both-product-owner", "product-owner")])
    );
    assert_eq!(environments(&policy, "scope-assessed"), pairs(&[("emergency/scope-assessed", "product-owner")]));
}

#[test]
fn gates_that_all_go_elsewhere_need_no_standard_role() {
    let gates = standard_gates();
    let elsewhere: String = gates.iter().map(|gate| format!("  {}: {{ roles: [crew] }}\n", gate.id)).collect();
    let text = format!("roles: {{ crew: {{ users: [ann, ben] }} }}\ngates:\n{elsewhere}");
    let policy = parse(&text, "rollback.yml").unwrap_or_else(|problems| panic!("{problems}"));
    assert!(policy.reviewers.is_empty(), "a role that is not defined reviews");
}

#[test]
fn one_person_is_enough_where_the_policy_says_so() {
    let text = "roles: { technical-lead: { users: [solo] }, product-owner: { users: [solo] } }\n";
    assert!(parse(text, "rollback.yml").is_err());
    let text = format!("{text}approvals: {{ minimum-people: 1, requester-may-approve: true }}\n");
    let review = review(&text, "rollback.yml");
    assert_eq!(review.policy.unwrap().approvals.minimum_people, 1);
    assert_eq!(review.notes, []);
}

#[test]
fn a_team_may_have_as_many_people_as_are_wanted() {
    let text = "roles: { technical-lead: { teams: [leads] }, product-owner: { users: [owner] } }\napprovals: { minimum-people: 9 }\n";
    assert_eq!(parse(text, "rollback.yml").unwrap().approvals.minimum_people, 9);
}

#[test]
fn hours_alone_cut_or_lengthen_the_standard_window() {
    let ends = |text: &str| policy(text).window.phases.iter().map(|phase| phase.until_hours).collect::<Vec<_>>();
    assert_eq!(ends(""), [2, 8, 24, 48]);
    assert_eq!(ends("window: { hours: 72 }\n"), [2, 8, 24, 72]);
    assert_eq!(ends("window: { hours: 30 }\n"), [2, 8, 24, 30]);
    assert_eq!(ends("window: { hours: 24 }\n"), [2, 8, 24]);
    assert_eq!(ends("window: { hours: 12 }\n"), [2, 8, 12]);
    assert_eq!(ends("window: { hours: 1 }\n"), [1]);
}

#[test]
fn phases_and_what_comes_after_are_taken_as_written() {
    let window = policy("window: { phases: [{ until-hours: 6, action: Look, responsible: Ann }], after: { responsible: Ben } }\n").window;
    assert_eq!(window.hours(), 6);
    assert_eq!((window.phases[0].action.as_str(), window.phases[0].responsible.as_str()), ("Look", "Ann"));
    assert_eq!((window.after.action.as_str(), window.after.responsible.as_str()), ("Post-mortem, hotfix only", "Ben"));
}

#[test]
fn standard_triggers_and_classes_can_be_changed_taken_away_and_added_to() {
    let policy = policy(
        "triggers: { security: false, import-failures: { threshold: any }, outage: { description: Outage } }\nnon-critical: { documentation: false, typos: Typos }\n",
    );
    let triggers: Vec<_> = policy.triggers.iter().map(|t| (t.id.as_str(), t.description.as_str(), t.threshold.as_deref())).collect();
    let expected = [
        ("import-failures", "Import failures", Some("any")),
        ("data-corruption", "Data corruption or memory leaks", None),
        ("performance-regression", "Performance regression", Some("more than 50 % worse than the good release")),
        ("dependency-conflict", "Dependency conflicts preventing installation", None),
        ("outage", "Outage", None),
    ];
    assert_eq!(triggers, expected);
    let classes: Vec<&str> = policy.non_critical.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(classes, ["user-configuration", "deprecation-warning", "single-plugin", "typos"]);
}

#[test]
fn restore_says_either_what_stays_or_what_comes_back() {
    let paths = |paths: &[&str]| paths.iter().map(|path| path.parse().unwrap()).collect::<Vec<_>>();
    assert_eq!(policy("restore: {}\n").restore, Restore::Everything { keep: vec![] });
    assert_eq!(policy("restore: { keep: [./docs/, a b] }\n").restore, Restore::Everything { keep: paths(&["docs", "a b"]) });
    let only = Restore::Only { paths: paths(&["src/plugins"]), remove: paths(&["src/plugins_compat.py"]), keep: Vec::new() };
    assert_eq!(policy("restore: { paths: [src/plugins/], remove: [src/plugins_compat.py] }\n").restore, only);
}

#[test]
fn the_other_keys_are_taken_as_written() {
    let policy = policy(
        "delivery: direct\nmarker-tag: true\nlabels: []\nreviewers: [qa]\nrelease: { workflow: .github/workflows/publish.yaml }\nstrategy: forward-breaking\nbreak-glass: { roles: [qa] }\nreminders: { after-hours: 3 }\napprovals: { order: in-order, valid-hours: 48 }\nirreversible:\n  - >-\n    data stays\n    as it is\npackages: [{ name: \"@acme/entity\", registry: github-releases, path: js, tag: \"entity@{version}\" }]\n",
    );
    assert_eq!(policy.delivery, Delivery::Direct);
    assert!(policy.marker_tag && policy.labels.is_empty());
    assert_eq!(policy.reviewers, ["qa"]);
    assert_eq!(policy.release_workflow.as_deref(), Some("publish.yaml"));
    assert_eq!(policy.strategy, "forward-breaking");
    assert_eq!(policy.break_glass, Some(BreakGlass { roles: vec!["qa".into()] }));
    assert_eq!((policy.reminders.after_hours, policy.approvals.order, policy.approvals.valid_hours), (3, Order::InOrder, 48));
    assert_eq!(policy.irreversible, ["data stays as it is"]);
    let package = &policy.packages[0];
    assert_eq!(
        (package.name.as_str(), package.registry, package.tag.as_deref()),
        ("@acme/entity", Registry::GithubReleases, Some("entity@{version}"))
    );
    assert_eq!(package.path.as_ref().map(|path| path.as_str()), Some("js"));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = parse(example(), "rollback.yml").unwrap();
    let windows = format!("\u{feff}{}", example().replace('\n', "\r\n"));
    assert_eq!(parse(&windows, "rollback.yml").unwrap(), plain);
    let problems = parse("\u{feff}version: 1\r\nlabls: []\r\nroles: { a: b }\r\n", "rollback.yml").unwrap_err();
    let places: Vec<_> = problems.list().iter().map(|problem| (problem.line, problem.column)).take(2).collect();
    assert_eq!(places, [(2, 1), (3, 1)].map(|(line, column)| if line == 3 { (3, 8) } else { (line, column) }));
}

#[test]
fn notes_say_what_is_allowed_and_probably_not_meant() {
    let text = "roles:\n  technical-lead: { users: [lead, second] }\n  product-owner: { users: [owner] }\nrestore: { keep: [.github/workflows] }\n";
    let review = review(text, "rollback.yml");
    assert!(review.policy.is_ok());
    let notes: Vec<String> = review.notes.iter().map(|note| format!("{}: {}", note.line, note.message)).collect();
    let alone = "3: when `owner` asks for a rollback, nobody can answer `scope-assessed`, `stakeholder-approval` and `communication-ready`";
    assert_eq!(notes, [alone, "4: `restore.keep` need not name `.github/workflows`"]);
}

#[test]
fn the_same_policy_has_the_same_bytes_whatever_its_layout() {
    let one = policy("labels: [a]\nmarker-tag: true\n");
    let other = policy("# a comment\nmarker-tag:   true\nlabels:\n- \"a\"\n");
    let bytes = |policy: &Policy| serde_json::to_string(policy).unwrap();
    assert_eq!(bytes(&one), bytes(&other));
    assert_ne!(bytes(&one), bytes(&policy("labels: [b]\nmarker-tag: true\n")));
}

#[test]
fn a_long_list_of_problems_is_cut_and_counted() {
    let text: String = (0..60).map(|n| format!("wrong{n}: 1\n")).collect();
    let problems = parse(&text, "rollback.yml").unwrap_err();
    assert_eq!(problems.list().len(), 61);
    assert!(problems.to_string().ends_with("\n\nand 11 more problems"));
    let text: String = (0..3000).map(|n| format!("wrong{n}: 1\n")).collect();
    assert!(parse(&text, "rollback.yml").unwrap_err().to_string().ends_with("\n\nand at least 950 more problems"));
}

#[test]
fn a_file_larger_than_64_kib_is_not_read() {
    let problems = parse(&"#".repeat(65 * 1024), "rollback.yml").unwrap_err();
    assert_eq!(problems.list()[0].message, "the policy has 65 KiB, at most 64 KiB are read");
}

#[test]
fn brackets_that_never_close_stop_the_reader_early() {
    for bracket in ["[", "{", "{a: ", "[{a: ", "- ", "? ", "[[], ", "[\n", "a: [", "!x [", "&x [", "\"\" : ["] {
        let text: String = bracket.repeat(60_000 / bracket.len());
        let problems = parse(&text, "rollback.yml").unwrap_err();
        assert_eq!(problems.list().len(), 1, "{bracket:?}: {problems}");
    }
}

/// Checks what holds of every text, and returns whether it is a policy.
fn holds(text: &str) -> bool {
    let review = review(text, "rollback.yml");
    let lines = text.matches(['\n', '\r']).count() + 2;
    if let Err(problems) = &review.policy {
        assert!(!problems.list().is_empty());
        assert!(problems.list().iter().all(|problem| (1..=lines).contains(&problem.line) && problem.column >= 1));
        assert!(problems.list().is_sorted_by_key(|problem| (problem.line, problem.column)));
        let shown = problems.to_string();
        assert!(shown.len() < 1_000_000 && !shown.contains(['\r', '\u{202e}']));
    }
    review.policy.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_text_is_a_policy_or_has_problems(text in any::<String>()) {
        holds(&text);
    }

    #[test]
    fn any_text_of_yaml_characters_is_a_policy_or_has_problems(text in "[-a:?\\[\\]{},&*#!|>'\"%@` \t\n~0.<]{0,60}") {
        holds(&text);
    }

    #[test]
    fn a_policy_with_a_piece_moved_is_a_policy_or_has_problems(from in 0..5000_usize, length in 0..60_usize, to in 0..5000_usize) {
        let characters: Vec<char> = example().chars().collect();
        let mut moved = characters.clone();
        let from = from.min(moved.len());
        let piece: Vec<char> = moved.drain(from..(from + length).min(characters.len())).collect();
        let to = to.min(moved.len());
        moved.splice(to..to, piece);
        holds(&moved.into_iter().collect::<String>());
    }

    #[test]
    fn a_policy_with_a_line_missing_or_doubled_is_a_policy_or_has_problems(at in 0..140_usize, copies in 0..3_usize) {
        let mut lines: Vec<&str> = example().lines().collect();
        let at = at.min(lines.len() - 1);
        let line = lines.remove(at);
        lines.splice(at..at, vec![line; copies]);
        let same = copies == 1;
        prop_assert!(holds(&lines.join("\n")) || !same);
    }
}

#[test]
fn every_usual_way_of_writing_a_text_is_read() {
    let check = |written: &str, expected: &str| {
        let policy = policy(&format!("irreversible:\n  - {written}\n"));
        assert_eq!(policy.irreversible, [expected], "{written:?}");
    };
    check("one word # and a comment", "one word");
    check("goes on\n    on the next line\n\n", "goes on on the next line");
    check(">\n    folded\n    text", "folded text");
    check(">-\n    folded # no comment\n    text", "folded # no comment text");
    check("|\n    kept", "kept");
    check("|+\n    kept\n\n", "kept");
    check("|2-\n    kept", "kept");
    check("'it''s: \"quoted\"'", "it's: \"quoted\"");
    check("'single\n    over two lines'", "single over two lines");
    check("\"double \\\n    over two lines\"", "double over two lines");
    check("\"\\x41\\u00e9\\/\\\"\\\\\"", "A\u{e9}/\"\\");
    check("größer als 10 % 🙂", "größer als 10 % 🙂");
    check("a: b".replace(": ", ":").as_str(), "a:b");
    check("https://docs.example.com/#top", "https://docs.example.com/#top");
    check("-- two dashes", "-- two dashes");
    check("yes", "yes");
    check("2024-01-01", "2024-01-01");
    check("12:30:45", "12:30:45");
    check("1_000", "1_000");
    check("0o17x", "0o17x");
    check("<<", "<<");
    check("=", "=");
}

#[test]
fn every_usual_way_of_writing_lists_and_tables_is_read() {
    let expected = policy("labels: [a, b]\napprovals: { valid-hours: 12, requester-may-approve: true }\n");
    let check = |text: &str| assert_eq!(policy(text), expected, "{text:?}");
    check("labels:\n- a\n- b\napprovals:\n  valid-hours: 12\n  requester-may-approve: true\n");
    check("labels:\n    - a\n\n    # between\n    - b\napprovals: {\n  valid-hours: 12,\n  requester-may-approve: true,\n}\n");
    check("\"labels\": [\"a\",\n  'b' ,]\n'approvals': {\"valid-hours\":12,\"requester-may-approve\":true}\n");
    check("? labels\n: - a\n  - b\n? approvals\n: ? valid-hours\n  : 0xc\n  ? requester-may-approve\n  : true\n");
    check("%YAML 1.2\n---\nlabels: [a, b]   # comment\napprovals: { valid-hours: 12,requester-may-approve: true }\n");
}

#[test]
fn a_file_needs_no_last_line_end() {
    let text = format!("{}irreversible:\n  - |\n    data stays", minimal());
    assert_eq!(parse(&text, "rollback.yml").unwrap().irreversible, ["data stays"]);
}

#[test]
fn a_text_that_readers_understand_differently_is_refused() {
    let problems = parse("|\n#a\n", "rollback.yml").unwrap_err();
    assert_eq!(problems.list()[0].message, "YAML readers disagree about what this means");
}

#[test]
fn more_entries_than_anybody_needs_are_refused() {
    let many: String = (0..101).map(|n| format!("  - {{ name: p{n}, registry: npm }}\n")).collect();
    let problems = parse(&format!("{}packages:\n{many}", minimal()), "rollback.yml").unwrap_err();
    let messages: Vec<&str> = problems.list().iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["`packages` has 101 entries, at most 100 are allowed"]);
}

#[test]
fn a_text_has_at_most_500_characters() {
    let text = |length: usize| format!("{}irreversible: [{}]\n", minimal(), "x".repeat(length));
    assert!(parse(&text(500), "rollback.yml").is_ok());
    let problems = parse(&text(501), "rollback.yml").unwrap_err();
    assert_eq!(problems.list()[0].message, "`irreversible[0]` is longer than 500 characters");
}

#[test]
fn the_line_of_a_problem_far_to_the_right_is_shown_around_it() {
    let text = format!("{}labels: [{}, true]\n", minimal(), "'x', ".repeat(60).trim_end_matches(", "));
    let problems = parse(&text, "rollback.yml").unwrap_err();
    let problem = problems.list().last().unwrap();
    assert_eq!((problem.column, problem.message.as_str()), (310, "`labels[60]` wants text, found `true`"));
    let shown = problem.to_string();
    let lines: Vec<&str> = shown.lines().collect();
    let (frame, carets) = (lines[2], lines[3]);
    let at = carets.find('^').unwrap();
    assert_eq!(&frame[at..at + carets.trim_end().len() - at], "true");
}
