//! The roles of a policy and the people in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::decode::{At, Entries, quoted};
use crate::config::problem::{Findings, Span, list, nearest, shown};
use crate::config::raw::RawRole;
use crate::domain::person::{Login, Role};
use crate::gather::Gather as _;

/// The roles that are defined.
pub(super) struct Roles {
    /// Where `roles` stands.
    pub(super) at: Span,
    /// Whether `roles` could be read at all.
    pub(super) known: bool,
    /// `None` for a role whose people could not be read, about which nothing more is said.
    people: BTreeMap<String, (Span, Option<Role>)>,
}

/// The people of some roles together.
pub(super) struct Crowd {
    /// Their logins.
    pub(super) users: BTreeSet<Login>,
    /// Their teams, whose members nobody knows here.
    pub(super) teams: BTreeSet<String>,
}

impl Roles {
    pub(super) fn of(raw: Option<&At<Entries<At<RawRole>>>>, findings: &mut Findings) -> Self {
        let Some(At { value: Entries(entries), at }) = raw else {
            return Self { at: Span::TOP, known: false, people: BTreeMap::new() };
        };
        let people = entries
            .iter()
            .map(|(id, raw)| (id.value.clone(), (id.at, raw.as_ref().and_then(|raw| role(id, &raw.value, findings)))))
            .collect();
        Self { at: *at, known: true, people }
    }

    pub(super) fn has(&self, role: &str) -> bool {
        self.people.contains_key(role)
    }

    /// Returns where a role is defined.
    pub(super) fn place(&self, role: &str) -> Span {
        self.people.get(role).map_or(self.at, |(at, _)| *at)
    }

    /// Tells whether a role is defined, recording a problem where it is not.
    pub(super) fn check(&self, role: &At<String>, findings: &mut Findings) -> bool {
        if self.known && !self.has(&role.value) {
            findings.hinted(role.at, format!("role {} is not defined", shown(&role.value)), self.remedy(&role.value));
        }
        self.has(&role.value)
    }

    /// Returns what to do about a role that is not defined.
    fn remedy(&self, role: &str) -> String {
        let names = || self.people.keys().map(String::as_str);
        match nearest(role, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.people.is_empty() => "add it under `roles`".into(),
            None if self.people.len() > 10 => format!("add it under `roles`, where {} others stand", self.people.len()),
            None => format!("add it under `roles`, where {} stand", list(&quoted(names()))),
        }
    }

    /// Returns the name of any role that is defined.
    pub(super) fn any(&self) -> Option<&str> {
        self.people.keys().next().map(String::as_str)
    }

    /// Returns the people of some roles, or `None` when not all of them could be read.
    pub(super) fn crowd<'r>(&self, roles: impl IntoIterator<Item = &'r String>) -> Option<Crowd> {
        let mut crowd = Crowd { users: BTreeSet::new(), teams: BTreeSet::new() };
        for role in roles {
            let (_, Some(role)) = self.people.get(role)? else { return None };
            crowd.users.extend(role.users.iter().cloned());
            crowd.teams.extend(role.teams.iter().cloned());
        }
        Some(crowd)
    }

    pub(super) fn into_people(self) -> BTreeMap<String, Role> {
        self.people.into_iter().filter_map(|(id, (_, role))| Some((id, role?))).gather()
    }
}

/// Returns the role, or `None` when a person or team in it could not be read.
fn role(id: &At<String>, raw: &RawRole, findings: &mut Findings) -> Option<Role> {
    let mut role = Role::default();
    let mut whole = true;
    for user in raw.users.iter().flat_map(|users| &users.value) {
        match login(user, findings) {
            Some(login) if role.users.contains(&login) => {
                findings.hinted(
                    user.at,
                    format!("{} stands in role `{}` twice", shown(&user.value), id.value),
                    "GitHub compares logins without case: remove one",
                );
            }
            Some(login) => role.users.push(login),
            None => whole = false,
        }
    }
    for team in raw.teams.iter().flat_map(|teams| &teams.value) {
        if !is_slug(&team.value) {
            let hint = match team.value.rsplit_once('/') {
                Some((_, slug)) if is_slug(slug) => format!("write `{slug}`: teams are those of the organization that owns the repository"),
                _ => "write the last part of its address: lower-case letters, digits and hyphens".into(),
            };
            findings.hinted(team.at, format!("{} is not the slug of a team", shown(&team.value)), hint);
            whole = false;
        } else if role.teams.contains(&team.value) {
            findings.hinted(team.at, format!("{} stands in role `{}` twice", shown(&team.value), id.value), "remove one");
        } else {
            role.teams.push(team.value.clone());
        }
    }
    if !whole {
        return None;
    }
    if role.users.is_empty() && role.teams.is_empty() {
        findings.hinted(id.at, format!("role `{}` has nobody in it", id.value), "add `users: [login]` or `teams: [slug]`");
        return None;
    }
    Some(role)
}

fn login(user: &At<String>, findings: &mut Findings) -> Option<Login> {
    let text = &user.value;
    match text.parse::<Login>() {
        Ok(login) if login.is_bot() => {
            findings.hinted(user.at, format!("{} is an app, and only people may answer", shown(text)), "name a person or a team");
            None
        }
        Ok(login) => Some(login),
        Err(_) => {
            let message = format!("{} is not a GitHub login", shown(text));
            let plain = text.trim_start_matches('@');
            if let Some(c) = text.chars().find(|c| !c.is_ascii()) {
                findings.hinted(
                    user.at,
                    message,
                    format!("`{c}` (U+{:04X}) is not a plain letter, though it may look like one", u32::from(c)),
                );
            } else if text.starts_with('@') && plain.parse::<Login>().is_ok() {
                findings.hinted(user.at, message, format!("write `{plain}`, without `@`"));
            } else if text.contains('/') {
                findings.hinted(user.at, message, "a team goes under `teams`, by its slug");
            } else {
                findings.hinted(user.at, message, "a login is letters, digits and hyphens");
            }
            None
        }
    }
}

fn is_slug(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    plain && !text.is_empty() && text.len() <= 100 && !text.starts_with('-')
}
