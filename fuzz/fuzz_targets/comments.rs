//! Gates that comments answer: whatever is written on the incident, by whomever, nothing is approved but by a comment that
//! a second, plainer writing of the rules takes for an approval, and a plain no is never gone past.
#![no_main]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;
use rollback_action::config::{self, Policy};
use rollback_action::domain::gate::{Holder, Stage};
use rollback_action::domain::person::Login;
use rollback_action::gate::{Answers, Asking, Decision, Evidence, Heard, RunFacts, asked, decide, heard, recorded, rejected_line, waiting};
use rollback_action::github::{Account, Comment, Deletion, Run, Thread};
use rollback_action::plan::Plan;
use rollback_action::report;
use rollback_action::runner::defuse;

// An input: comments, with a line of their own in front of each: who wrote it, letters for what became of it, and how
// many minutes after the plan was asked. `e` edited, `h` hidden, `o` by this tool's account, `d` deleted, `n` by nobody who
// is a collaborator, `a` by another account of the name, `u` of unknown standing. `PLAN` stands for twelve of the plan's
// digits, `WHOLE` for all, and `ASKED` for the comment that asks; without one, the plan was asked properly in front of
// everything.
fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let (plan, policy) = asked_by_comments();
    let evidence = evidence(plan, policy, &text);
    let thread = &evidence.answers.as_ref().expect("there is an incident").thread;
    if let Ok(found) = asked(thread) {
        assert_eq!(Plan::from_document(&found.plan.to_document()).ok().as_ref(), Some(&found.plan));
    }
    for comment in &thread.comments {
        let Ok(Some(said)) = heard(plan, &evidence, comment.id) else { continue };
        for name in &said.approved {
            assert!(approves(plan, comment, name), "{name} by {comment:?}");
            assert!(stands(&evidence, comment), "{name} by {comment:?}");
        }
        for gate in &said.rejected {
            assert!(comment.body.contains(&format!("/reject {}", gate)) || comment.body.contains("/reject  "), "{gate} by {comment:?}");
        }
        shown(plan, comment, &said);
    }
    let decision = decide(plan, Stage::Execute, &evidence);
    rollback_action_fuzz::assert_tame(&defuse(&report::answer_markdown(plan, &[], &[], &decision)));
    if let Decision::Approved(approved) = &decision {
        assert_eq!(approved.plan(), plan);
        for (gate, ask) in plan.asks(Stage::Execute) {
            let name = gate.answer_name(ask);
            let by = thread.comments.iter().any(|comment| approves(plan, comment, &name) && stands(&evidence, comment));
            assert!(by, "nobody approved {name}");
        }
        let no = thread.comments.iter().find(|comment| plain_no(plan, comment));
        assert_eq!(no, None, "somebody said no");
    }
    recorded(plan, Stage::Execute, &evidence);
    waiting(plan, Stage::Execute, &evidence);
});

/// What is answered is text, and says itself twice alike.
fn shown(plan: &Plan, comment: &Comment, said: &Heard) {
    let login: Login = "owner-login".parse().expect("it is a login");
    for page in [
        report::refused_comment("<!-- line -->", &login, &said.refused),
        report::rejected_comment(plan, &rejected_line(plan), &said.refused),
    ] {
        rollback_action_fuzz::assert_tame(&defuse(&page));
        assert!(page.chars().count() < 65_536, "GitHub takes no longer comment");
    }
    assert!(said.refused.len() <= comment.body.lines().count() + 1, "{said:?}");
}

/// One line of those at the top is `/approve NAME DIGITS`, with at least twelve digits of this plan.
fn approves(plan: &Plan, comment: &Comment, name: &str) -> bool {
    let lines = comment.body.split('\n').map(|line| line.trim_end_matches(['\r', ' ', '\t']));
    let mut top = lines.take_while(|line| line.is_empty() || line.starts_with("/approve ") || line.starts_with("/reject "));
    comment.body.starts_with('/')
        && top.any(|line| {
            let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
            let [verb, gate, digits] = words.as_slice() else { return false };
            *verb == "/approve" && *gate == name && digits.len() >= 12 && id(plan).starts_with(&digits.to_ascii_lowercase())
        })
}

/// By a person of the plan who is a collaborator still, never changed since, and after the plan was asked.
fn stands(evidence: &Evidence, comment: &Comment) -> bool {
    let answers = evidence.answers.as_ref().expect("there is an incident");
    let Some(author) = &comment.author else { return false };
    let of_the_plan = ["lead-login", "owner-login"].contains(&author.login.as_str().to_ascii_lowercase().as_str());
    let collaborates = matches!(answers.people.get(&author.login), Some(Ok(Some(id))) if Some(*id) == author.id);
    let now = evidence.now;
    of_the_plan
        && collaborates
        && !comment.edited
        && !comment.minimized
        && comment.created_at >= asked_at()
        && comment.created_at <= now + TimeDelta::minutes(5)
        && now - comment.created_at <= TimeDelta::hours(24)
}

/// Nothing but `/reject GATE` by somebody who answers it, after the plan was asked.
fn plain_no(plan: &Plan, comment: &Comment) -> bool {
    let Some(author) = &comment.author else { return false };
    plan.asks(Stage::Execute).any(|(gate, ask)| {
        let role = if ask.roles.iter().any(|role| role == "technical-lead") { "lead-login" } else { "owner-login" };
        comment.id > 0 && author.login.as_str().eq_ignore_ascii_case(role) && comment.body == format!("/reject {}", gate.answer_name(ask))
    })
}

fn asked_by_comments() -> (&'static Plan, &'static Policy) {
    static MADE: OnceLock<(Plan, Policy)> = OnceLock::new();
    let (plan, policy) = MADE.get_or_init(|| {
        let text = format!("{}approvals: {{ by: comments }}\n", config::minimal());
        let policy = config::parse(&text, "p").unwrap_or_else(|problems| panic!("{problems}"));
        let mut plan = rollback_action_fuzz::example_plan().clone();
        plan.roles.clone_from(&policy.roles);
        plan.rules.by = Holder::Comments;
        (plan, policy)
    });
    (plan, policy)
}

/// The one plan's digest, which takes time to make.
fn id(plan: &Plan) -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| plan.id().to_string())
}

fn asking(plan: &Plan) -> &'static str {
    static ASKING: OnceLock<String> = OnceLock::new();
    ASKING.get_or_init(|| report::asking_comment(plan, &Asking::first(5).line(), Stage::Execute, asked_at()))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_718_100_000, 0).expect("it is a time")
}

fn asked_at() -> DateTime<Utc> {
    now() - TimeDelta::hours(30)
}

fn evidence(plan: &Plan, policy: &Policy, text: &str) -> Evidence {
    let asking = asking(plan);
    let mut people = BTreeMap::new();
    let (mut comments, mut deletions) = (Vec::new(), Vec::new());
    let tool: Login = "github-actions[bot]".parse().expect("it is a login");
    if !text.contains("ASKED") {
        let author = Some(Account { login: tool.clone(), id: Some(1) });
        comments.push(Comment {
            id: 0,
            author,
            body: asking.to_owned(),
            created_at: asked_at(),
            edited: false,
            minimized: false,
            ours: true,
        });
    }
    for (head, body) in rollback_action_fuzz::files(text).take(40) {
        let mut words = head.split(' ');
        let login: Option<Login> = words.next().unwrap_or_default().parse().ok();
        let became = words.next().unwrap_or_default();
        let minutes: i16 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let is = |letter: char| became.contains(letter);
        let at = asked_at() + TimeDelta::hours(8) + TimeDelta::minutes(i64::from(minutes));
        let number = login.as_ref().map(|login| login.as_str().len() as u64);
        if let Some(login) = &login {
            let standing = match () {
                () if is('n') => Ok(None),
                () if is('a') => Ok(Some(99)),
                () if is('u') => Err("503".to_owned()),
                () => Ok(number),
            };
            people.insert(login.clone(), standing);
        }
        if is('d') {
            deletions.push(Deletion { at, author: login });
            continue;
        }
        let body = body.replace("ASKED", asking).replace("PLAN", &id(plan)[..12]).replace("WHOLE", id(plan));
        let author = match is('o') {
            true => Some(Account { login: tool.clone(), id: Some(1) }),
            false => login.map(|login| Account { login, id: number }),
        };
        let id = comments.len() as u64;
        comments.push(Comment { id, author, body, created_at: at, edited: is('e'), minimized: is('h'), ours: is('o') });
    }
    let on_call: Option<Login> = "on-call".parse().ok();
    let run = Run {
        attempt: 1,
        event: "workflow_dispatch".into(),
        branch: Some(plan.basis.default_branch.to_string()),
        actor: on_call.clone(),
        triggering_actor: on_call.clone(),
    };
    let thread = Thread { number: 7, comments, moved: false, deletions, now: None };
    Evidence {
        now: now(),
        run: RunFacts {
            event: "issue_comment".into(),
            reference: format!("refs/heads/{}", plan.basis.default_branch),
            branch: Some(plan.basis.default_branch.to_string()),
            actor: on_call.clone(),
            triggering_actor: on_call,
        },
        policy: Ok(policy.clone()),
        environments: Ok(Vec::new()),
        reviews: Vec::new(),
        jobs: Vec::new(),
        all_jobs: Vec::new(),
        private: true,
        answers: Some(Answers { thread, asked_in: Ok(run), people }),
    }
}
