//! The gates of a policy: the standard six as changed, then the others; each in environments GitHub can hold.

use std::collections::BTreeMap;

use super::people;
use super::roles::Roles;
use crate::config::decode::{At, Entries, MOST_ENTRIES, OneOrMore, quoted};
use crate::config::policy::Approvals;
use crate::config::problem::{Findings, Span, count, list, nearest, shown};
use crate::config::raw::{RawApprovals, RawGate};
use crate::domain::gate::{Ask, Gate, Stage, asks_in, standard_gates};

/// The most reviewers GitHub takes in one environment; a team is one.
const MOST_REVIEWERS: usize = 6;
/// The most characters GitHub takes in the name of an environment.
const LONGEST_ENVIRONMENT: usize = 255;

/// A gate, and where it was written.
pub(super) struct Draft {
    pub(super) gate: Gate,
    /// Where the file names it; `None` for a standard gate left as it is.
    at: Option<Span>,
    /// Whether its roles are the standard ones.
    standard_roles: bool,
}

/// Returns what the environments' names start with.
pub(super) fn prefix(written: Option<&At<String>>, standard: &str, findings: &mut Findings) -> String {
    let Some(written) = written else {
        return standard.to_owned();
    };
    check_environment(&written.value, written.at, findings);
    written.value.clone()
}

/// Returns the gates, in order.
pub(super) fn gates(raw: Option<&At<Entries<At<RawGate>>>>, prefix: &str, roles: &Roles, findings: &mut Findings) -> Vec<Draft> {
    let mut whole = true;
    let mut drafts: Vec<Draft> = standard_gates().into_iter().map(|gate| Draft::standard(gate, prefix)).collect();
    for (id, written) in raw.iter().flat_map(|raw| &raw.value.0) {
        let Some(At { value: written, .. }) = written else {
            whole = false;
            continue;
        };
        let known = drafts.iter().position(|draft| draft.gate.id == id.value);
        let off = written.enabled.as_ref().is_some_and(|enabled| !enabled.value);
        match known.and_then(|known| drafts.get_mut(known)) {
            Some(draft) => draft.change(id, written, prefix, roles, findings),
            None if off => super::nothing_to_remove(id, "gate", standard_gates().iter().map(|gate| gate.id.as_str()), findings),
            None => match Draft::added(id, written, prefix, roles, findings) {
                Some(draft) => drafts.push(draft),
                None => whole = false,
            },
        }
        if off {
            drafts.retain(|draft| draft.gate.id != id.value);
        }
    }
    // A gate that could not be read is missing here, and with it an absence proves nothing.
    if whole && !drafts.iter().any(|draft| draft.gate.stage == Stage::Execute) {
        let at = raw.map_or(Span::TOP, |raw| raw.at);
        findings.hinted(
            at,
            "no gate is left before the stage `execute`",
            "a rollback takes at least one approval: keep a standard gate or add one",
        );
    }
    check_standard_roles(&drafts, roles, findings);
    check_environments(&drafts, raw.map_or(Span::TOP, |raw| raw.at), roles, findings);
    drafts
}

impl Draft {
    fn standard(mut gate: Gate, prefix: &str) -> Self {
        let all_of: Vec<Vec<String>> = gate.approvals.iter().map(|ask| ask.roles.clone()).collect();
        gate.approvals = asks_in(&format!("{prefix}{}", gate.id), &all_of);
        Self { gate, at: None, standard_roles: true }
    }

    fn change(&mut self, id: &At<String>, written: &RawGate, prefix: &str, roles: &Roles, findings: &mut Findings) {
        self.at = Some(id.at);
        let gate = &mut self.gate;
        if let Some(question) = &written.question {
            gate.question.clone_from(&question.value);
        }
        if let Some(evidence) = &written.evidence {
            gate.evidence.clone_from(&evidence.value);
        }
        if let Some(stage) = &written.stage {
            gate.stage = stage.value;
        }
        let written_roles = all_of(id, written, roles, findings);
        self.standard_roles = written_roles.is_none();
        let all_of = written_roles.unwrap_or_else(|| gate.approvals.iter().map(|ask| ask.roles.clone()).collect());
        gate.approvals = asks_in(&environment(id, written, prefix, findings), &all_of);
    }

    fn added(id: &At<String>, written: &RawGate, prefix: &str, roles: &Roles, findings: &mut Findings) -> Option<Self> {
        let environment = environment(id, written, prefix, findings);
        let all_of = all_of(id, written, roles, findings);
        let mut missing = Vec::new();
        if written.question.is_none() {
            missing.push("`question`".to_owned());
        }
        if all_of.is_none() {
            missing.push("`roles`".to_owned());
        }
        if !missing.is_empty() {
            let standard = standard_gates();
            let hint = match nearest(&id.value, standard.iter().map(|gate| gate.id.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the standard gates are {}", list(&quoted(standard.iter().map(|gate| gate.id.as_str())))),
            };
            findings.hinted(id.at, format!("gate `{}` is not a standard one, so it needs {}", id.value, list(&missing)), hint);
        }
        let gate = Gate {
            id: id.value.clone(),
            question: written.question.as_ref()?.value.clone(),
            evidence: written.evidence.as_ref().map_or_else(String::new, |evidence| evidence.value.clone()),
            stage: written.stage.as_ref().map_or(Stage::Execute, |stage| stage.value),
            approvals: asks_in(&environment, &all_of?),
        };
        Some(Self { gate, at: Some(id.at), standard_roles: false })
    }
}

/// Returns the roles a gate asks, or `None` when it names none.
fn all_of(id: &At<String>, written: &RawGate, roles: &Roles, findings: &mut Findings) -> Option<Vec<Vec<String>>> {
    let id = &id.value;
    if let (Some(_), Some(all_of)) = (&written.roles, &written.all_of) {
        let hint = "`roles` means any one of them, `all-of` means each of them: keep one";
        findings.hinted(all_of.at, format!("gate `{id}` has both `roles` and `all-of`"), hint);
    }
    let any_of = |named: &[At<String>], at: Span, findings: &mut Findings| {
        if named.is_empty() {
            findings.problem(at, format!("gate `{id}` asks no role here, so nobody could approve it"));
        }
        named.iter().for_each(|role| {
            roles.check(role, findings);
        });
        named.iter().map(|role| role.value.clone()).collect::<Vec<_>>()
    };
    match (&written.roles, &written.all_of) {
        (Some(any), _) => Some(vec![any_of(&any.value, any.at, findings)]),
        (None, Some(all)) => {
            if all.value.is_empty() {
                findings.problem(all.at, format!("gate `{id}` asks no role here, so nobody could approve it"));
            }
            Some(all.value.iter().map(|At { value: OneOrMore(named), at }| any_of(named, *at, findings)).collect())
        }
        (None, None) => None,
    }
}

fn environment(id: &At<String>, written: &RawGate, prefix: &str, findings: &mut Findings) -> String {
    let Some(environment) = &written.environment else {
        return format!("{prefix}{}", id.value);
    };
    check_environment(&environment.value, environment.at, findings);
    environment.value.clone()
}

fn check_environment(name: &str, at: Span, findings: &mut Findings) {
    if let Some(c) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || " ._/-".contains(*c))) {
        let message = format!("{} cannot be the name of an environment: it contains {}", shown(name), shown(&c.to_string()));
        findings.hinted(at, message, "write letters, digits, `.`, `_`, `/`, `-` and spaces");
    }
}

/// Records every standard role that is not defined, with the gates that need it.
fn check_standard_roles(drafts: &[Draft], roles: &Roles, findings: &mut Findings) {
    if !roles.known {
        return;
    }
    let mut needed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Draft { gate, .. } in drafts.iter().filter(|draft| draft.standard_roles) {
        for role in gate.approvals.iter().flat_map(|ask| &ask.roles).filter(|role| !roles.has(role)) {
            needed.entry(role).or_default().push(&gate.id);
        }
    }
    for (role, gates) in needed {
        let (noun, verb, each) = if gates.len() == 1 { ("gate", "asks", "it") } else { ("gates", "ask", "each of them") };
        let message = format!("role `{role}` is not defined, and the standard {noun} {} {verb} it", list(&quoted(gates.iter().copied())));
        let example = gates.first().zip(roles.any()).map_or_else(String::new, |(gate, other)| {
            format!(", or point {each} elsewhere: `gates: {{ {gate}: {{ roles: [{other}] }} }}`")
        });
        findings.hinted(roles.at, message, format!("add `{role}: {{ users: [login] }}` under `roles`{example}"));
    }
}

/// Checks what GitHub demands of the environments.
fn check_environments(drafts: &[Draft], top: Span, roles: &Roles, findings: &mut Findings) {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let total: usize = drafts.iter().map(|draft| draft.gate.approvals.len()).sum();
    if total > MOST_ENTRIES {
        findings.problem(top, format!("the gates take {}, at most {MOST_ENTRIES} are allowed", count(total, "environment")));
    }
    for Draft { gate, at, .. } in drafts {
        let at = at.unwrap_or(roles.at);
        for ask in &gate.approvals {
            let name = shown(&ask.environment);
            if ask.environment.len() > LONGEST_ENVIRONMENT {
                findings.hinted(
                    at,
                    format!("environment {name} is longer than {LONGEST_ENVIRONMENT} characters"),
                    "give the gate a short `environment`",
                );
            }
            match taken.insert(ask.environment.to_lowercase(), &gate.id) {
                Some(other) if other == gate.id => {
                    findings.hinted(
                        at,
                        format!("gate `{other}` asks {} twice", list(&quoted(ask.roles.iter().map(String::as_str)))),
                        "name other roles, or remove one",
                    );
                }
                Some(other) => {
                    let message = format!("gates `{other}` and `{}` share the environment {name}", gate.id);
                    findings.hinted(
                        at,
                        message,
                        "one approval would pass both: give one of them another `environment`; GitHub compares names without case",
                    );
                }
                None => {}
            }
            check_reviewers(gate, ask, at, roles, findings);
        }
    }
}

fn check_reviewers(gate: &Gate, ask: &Ask, at: Span, roles: &Roles, findings: &mut Findings) {
    let Some(crowd) = roles.crowd(&ask.roles) else { return };
    let reviewers = crowd.users.len() + crowd.teams.len();
    if reviewers > MOST_REVIEWERS {
        let at = match ask.roles.as_slice() {
            [role] => roles.place(role),
            _ => at,
        };
        let from = list(&quoted(ask.roles.iter().map(String::as_str)));
        let message = match ask.roles.as_slice() {
            // One sentence per role is enough, however many gates ask it.
            [_] => format!("role {from} has {reviewers} people and teams, GitHub takes at most {MOST_REVIEWERS} reviewers of a gate"),
            _ => format!("gate `{}` asks {from}, {reviewers} people and teams together, GitHub takes at most {MOST_REVIEWERS}", gate.id),
        };
        findings.hinted(at, message, "put them into a team, which counts as one");
    }
}

/// Checks that enough different people could approve, and notes where one person's absence would stop everything.
pub(super) fn check_people(
    drafts: &[Draft],
    approvals: &Approvals,
    raw: Option<&At<RawApprovals>>,
    roles: &Roles,
    findings: &mut Findings,
) {
    let minimum = usize::try_from(approvals.minimum_people).unwrap_or(usize::MAX);
    let asked = |asks: &mut dyn Iterator<Item = &Ask>| roles.crowd(asks.flat_map(|ask| &ask.roles)).filter(|crowd| crowd.teams.is_empty());
    // Only who answers before `execute` is counted when a rollback is decided on.
    let before = |draft: &&Draft| draft.gate.stage == Stage::Execute;
    let everybody = asked(&mut drafts.iter().filter(before).flat_map(|draft| &draft.gate.approvals));
    let stuck = !drafts.iter().any(|draft| before(&draft));
    if stuck {
        return;
    }
    if let Some(crowd) = everybody.filter(|crowd| !crowd.users.is_empty() && crowd.users.len() < minimum) {
        let written = raw.and_then(|raw| raw.value.minimum_people.as_ref());
        let default = if written.is_none() { " (the default)" } else { "" };
        let later = if drafts.iter().all(|draft| before(&draft)) { "" } else { " before `execute`" };
        let message =
            format!("`approvals.minimum-people` is {minimum}{default}, and only {} could approve{later}", people(crowd.users.len()));
        let hint = format!("add people to the roles, or write `approvals: {{ minimum-people: {} }}`", crowd.users.len());
        findings.hinted(written.map_or(roles.at, |written| written.at), message, hint);
    } else if minimum > 1 {
        for Draft { gate, at, .. } in drafts.iter().filter(|draft| draft.gate.approvals.len() > 1) {
            let Some(crowd) = asked(&mut gate.approvals.iter()) else { continue };
            let different = gate.approvals.windows(2).any(|pair| matches!(pair, [one, other] if one.roles != other.roles));
            if let (Some(only), 1, true) = (crowd.users.first(), crowd.users.len(), different) {
                let asked = list(&quoted(gate.approvals.iter().flat_map(|ask| &ask.roles).map(String::as_str)));
                let message = format!("gate `{}` asks {asked}, and `{only}` is the only person in them", gate.id);
                let hint = "it is meant for different people: add somebody to one of the roles, or ask one role with `roles`";
                findings.hinted(at.unwrap_or(roles.at), message, hint);
            }
        }
    }
    if !approvals.requester_may_approve {
        note_single_people(drafts, roles, findings);
    }
}

fn note_single_people(drafts: &[Draft], roles: &Roles, findings: &mut Findings) {
    let mut alone: BTreeMap<String, (Span, Vec<&str>)> = BTreeMap::new();
    for Draft { gate, at, .. } in drafts {
        for ask in &gate.approvals {
            let Some(crowd) = roles.crowd(&ask.roles).filter(|crowd| crowd.teams.is_empty()) else { continue };
            if let (Some(only), 1) = (crowd.users.first(), crowd.users.len()) {
                let at = ask.roles.first().map(|role| roles.place(role)).or(*at).unwrap_or(roles.at);
                let (_, gates) = alone.entry(only.to_string()).or_insert((at, Vec::new()));
                if gates.last() != Some(&gate.id.as_str()) {
                    gates.push(&gate.id);
                }
            }
        }
    }
    for (login, (at, gates)) in alone {
        let message = format!("when `{login}` asks for a rollback, nobody can answer {}", list(&quoted(gates.into_iter())));
        findings.note(at, message, "whoever asks may not approve: add a second person to the role, or let somebody else ask");
    }
}
