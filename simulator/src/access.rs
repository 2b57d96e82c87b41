//! Who may do what.

use crate::call::{Call, Identity};
use crate::reply::Reply;
use crate::world::{Role, World};

/// How much of a permission a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Looking.
    Read,
    /// Changing.
    Write,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl World {
    /// Returns what a login may do in the repository, by itself or by a team.
    pub fn role(&self, login: &str) -> Role {
        let own = self.people.get(login).map_or(Role::None, |account| account.role);
        let by_team = self.teams.values().filter(|team| team.members.iter().any(|member| member == login));
        let most = by_team.map(|team| team.role).max().unwrap_or(Role::None).max(own);
        if most == Role::None && !self.repository.private { Role::Read } else { most }
    }

    /// Refuses a call whose token has not this permission.
    ///
    /// The permission of each call: <https://docs.github.com/rest/authentication/permissions-required-for-github-apps>.
    pub(crate) fn require(&self, call: &Call, permission: &str, level: Level) -> Result<(), Reply> {
        self.require_any(call, &[permission], level)
    }

    /// Refuses a call whose token has none of these permissions.
    pub(crate) fn require_any(&self, call: &Call, permissions: &[&str], level: Level) -> Result<(), Reply> {
        let public = !self.repository.private;
        match &call.identity {
            Identity::Anonymous if level == Level::Read && public => Ok(()),
            Identity::Anonymous => Err(Reply::error(401, "Requires authentication")),
            Identity::User(login) => match (level, self.role(login)) {
                (Level::Read, role) if role >= Role::Read => Ok(()),
                (Level::Write, role) if role >= Role::Write => Ok(()),
                // Without push access GitHub hides what cannot be changed.
                (Level::Read | Level::Write, _) => Err(Reply::not_found()),
            },
            Identity::Actions(_) | Identity::App(..) => {
                let readable = level == Level::Read && public && self.quirks.public_is_readable;
                if readable || permissions.iter().any(|permission| call.is_granted(permission, level)) {
                    return Ok(());
                }
                // The header has the names of an App's permissions, which are written with underscores.
                let accepted: Vec<_> = permissions.iter().map(|name| format!("{}={}", name.replace('-', "_"), level.name())).collect();
                Err(integration_refused(&accepted.join("; ")))
            }
        }
    }

    /// Refuses a call that only an administrator may make, and no `GITHUB_TOKEN`.
    pub(crate) fn require_admin(&self, call: &Call, level: Level) -> Result<(), Reply> {
        match &call.identity {
            Identity::Anonymous => Err(Reply::error(401, "Requires authentication")),
            Identity::User(login) if self.role(login) == Role::Admin => Ok(()),
            Identity::User(_) => Err(Reply::error(403, "Must have admin rights to Repository.")),
            Identity::Actions(_) | Identity::App(..) => {
                if call.is_granted("administration", level) {
                    return Ok(());
                }
                Err(integration_refused(&format!("administration={}", level.name())))
            }
        }
    }

    /// Tells whether the caller can push.
    pub(crate) fn can_push(&self, call: &Call) -> bool {
        self.require(call, "contents", Level::Write).is_ok()
    }
}

impl Call {
    /// Tells whether an installation token holds this permission.
    pub(crate) fn is_granted(&self, permission: &str, level: Level) -> bool {
        permission == "metadata" && level == Level::Read
            || self
                .grants()
                .and_then(|grants| grants.get(permission))
                .is_some_and(|granted| granted == "write" || (level == Level::Read && granted == "read"))
    }
}

/// Returns GitHub's refusal of an installation token, with the permissions that would have been enough.
pub(crate) fn integration_refused(accepted: &str) -> Reply {
    Reply::error(403, "Resource not accessible by integration").header("x-accepted-github-permissions", accepted)
}
