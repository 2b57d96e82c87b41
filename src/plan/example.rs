//! Plans for tests: the procedure's own example, and one with as little in it as there can be.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Bad, Basis, Content, EditGroup, Form, GoodRelease, Place, Plan, PlannedWindow, Put, Removes, Row, Rules, Side, Step};
use crate::config::Order;
use crate::domain::gate::{Stage, asks, standard_gates};
use crate::domain::git::Sha;
use crate::domain::person::Role;
use crate::domain::tree::Mode;
use crate::domain::trigger::standard_triggers;
use crate::domain::window::Window;

/// Returns a sha of one repeated digit.
pub(crate) fn sha(digit: char) -> Sha {
    digit.to_string().repeat(40).parse().unwrap()
}

/// Returns the time some hours after the example's bad release, and twenty minutes.
pub(crate) fn hours_after_release(hours: i64) -> DateTime<Utc> {
    published() + TimeDelta::hours(hours) + TimeDelta::minutes(20)
}

fn published() -> DateTime<Utc> {
    DateTime::from_timestamp(1_718_000_000, 0).unwrap()
}

/// Returns the procedure's example: entity-core, v0.0.12 → v0.1.0 → 0.0.13, on PyPI.
pub(crate) fn example_plan() -> Plan {
    let role = |login: &str| Role { users: vec![login.parse().unwrap()], teams: Vec::new() };
    let row = |consumer: &str, now: &str, after_release: &str, after_withdrawal: &str| Row {
        consumer: consumer.into(),
        now: now.into(),
        after_release: after_release.into(),
        after_withdrawal: after_withdrawal.into(),
        long: false,
    };
    let place =
        |path: &str, locator: &str| Place { path: path.into(), locator: locator.into(), old: "0.0.12".into(), new: "0.0.13".into() };
    Plan {
        reason: "14 % of users cannot import entity.plugins.gpt_oss".into(),
        incident: Some(87),
        requester: Some("on-call".parse().unwrap()),
        content: Content {
            put: vec![
                Put { side: Side::Head, path: ".github".parse().unwrap(), mode: Mode::Directory, sha: sha('7') },
                Put { side: Side::Head, path: "CHANGELOG.md".parse().unwrap(), mode: Mode::File, sha: sha('8') },
            ],
            edits: vec![EditGroup {
                side: Side::Good,
                mode: Mode::File,
                new: "0.0.13".into(),
                at: BTreeMap::from([
                    ("pyproject.toml".parse().unwrap(), vec![(30, 36)]),
                    ("src/entity/__init__.py".parse().unwrap(), vec![(15, 21)]),
                ]),
                form: Form::Plain,
            }],
            places: vec![place("pyproject.toml", "[project] version"), place("src/entity/__init__.py", "__version__")],
            place_count: 2,
            ..minimal_plan().content
        },
        removes: Removes {
            commits: 12,
            first_commits: vec![
                "9c1f2e3 Release v0.1.0".into(),
                "41b07aa Move GPT-OSS plugins to their own package (#41)".into(),
                "0a2b3c4 Add a compatibility layer (#40)".into(),
            ],
            pull_count: 5,
            pulls: vec![41, 40, 38, 37, 35],
            files: 84,
            more_files: false,
            first_files: vec!["src/entity/plugins/gpt_oss_compat.py".into(), "src/entity/plugins/gpt_oss/__init__.py".into()],
            additions: 310,
            deletions: 2904,
        },
        irreversible: vec!["migrations 0041 and 0042".into()],
        gates: standard_gates(),
        roles: BTreeMap::from([
            ("technical-lead".into(), role("lead-login")),
            ("product-owner".into(), role("owner-login")),
            ("release-manager".into(), role("manager-login")),
        ]),
        steps: vec![
            Step::Commit { tree: sha('4'), parent: sha('1') },
            Step::Branch { branch: "rollback/v0.1.0".parse().unwrap() },
            Step::PullRequest { title: "Roll back v0.1.0 to the content of v0.0.12, as 0.0.13".into(), base: "main".parse().unwrap() },
            Step::Banner { release: 2, tag: "v0.1.0".parse().unwrap() },
            Step::Latest { release: 1, tag: "v0.0.12".parse().unwrap() },
        ],
        labels: vec!["rollback".into()],
        reviewers: vec!["release-manager".into()],
        who_gets_what: vec![
            row("pip install entity-core", "0.1.0", "0.1.0", "0.0.13"),
            row("entity-core~=0.0", "0.1.0", "0.1.0", "0.0.13"),
            row("entity-core==0.1.0", "0.1.0", "0.1.0", "0.1.0, with a warning"),
        ],
        headline: vec!["Until a person yanks 0.1.0 on PyPI, new installs still get it.".into()],
        manual: vec!["withdraw entity-core 0.1.0 on PyPI, after the rollback is published: yank it on the project's page".into()],
        warnings: vec!["v0.0.12 is not an ancestor of v0.1.0: more may go away than the release brought".into()],
        ..minimal_plan()
    }
}

/// Returns a plan in which every list is empty but the steps and one gate.
pub(crate) fn minimal_plan() -> Plan {
    let window = Window::default();
    Plan {
        format: 1,
        repository: "acme/entity-core".parse().unwrap(),
        url: "https://github.example/acme/entity-core".into(),
        bad: Bad { tag: "v0.1.0".parse().unwrap(), version: "0.1.0".parse().unwrap(), release: Some(2), published_at: published() },
        also_bad: Vec::new(),
        good: GoodRelease { reference: "v0.0.12".into(), version: "0.0.12".parse().unwrap(), release: Some(1) },
        retag: false,
        version: "0.0.13".parse().unwrap(),
        tag: "v0.0.13".parse().unwrap(),
        version_why: "the next free patch of 0.0".into(),
        candidates: Vec::new(),
        second: None,
        others: Vec::new(),
        reason: String::new(),
        trigger: standard_triggers().remove(0),
        incident: None,
        opened_incident: None,
        requester: None,
        basis: Basis {
            default_branch: "main".parse().unwrap(),
            head: sha('1'),
            workflows: None,
            bad: sha('2'),
            also_bad: Vec::new(),
            good: sha('3'),
            also_good: Vec::new(),
            policy: "d".repeat(32),
        },
        window: PlannedWindow {
            phase: "Decision point for rollback".into(),
            responsible: "Technical Lead".into(),
            closes_at: published() + TimeDelta::hours(48),
            window,
        },
        content: Content {
            tree: sha('4'),
            base: sha('5'),
            put: Vec::new(),
            remove: Vec::new(),
            edits: Vec::new(),
            places: Vec::new(),
            place_count: 0,
        },
        removes: Removes::default(),
        irreversible: Vec::new(),
        gates: vec![crate::domain::gate::Gate {
            id: "go".into(),
            question: "Go".into(),
            evidence: String::new(),
            stage: Stage::Execute,
            approvals: asks("go", &[vec!["owner".into()]]),
        }],
        roles: BTreeMap::new(),
        rules: Rules {
            minimum_people: 2,
            requester_may_approve: false,
            administrators_may_bypass: false,
            valid_hours: 24,
            order: Order::AllAtOnce,
            by: crate::domain::gate::Holder::Environments,
        },
        steps: vec![
            Step::Commit { tree: sha('4'), parent: sha('1') },
            Step::Branch { branch: "rollback/v0.1.0".parse().unwrap() },
            Step::PullRequest { title: "Roll back v0.1.0 to the content of v0.0.12, as 0.0.13".into(), base: "main".parse().unwrap() },
        ],
        finish: vec![Step::Tag { tag: "v0.0.13".parse().unwrap() }, Step::Release { tag: "v0.0.13".parse().unwrap() }],
        branch: "rollback/v0.1.0".parse().unwrap(),
        labels: Vec::new(),
        reviewers: Vec::new(),
        who_gets_what: Vec::new(),
        headline: Vec::new(),
        manual: Vec::new(),
        warnings: Vec::new(),
    }
}
