//! People, bots and teams.

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// A person.
    User,
    /// An App's bot.
    Bot,
}

/// What an account may do in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing: not a collaborator.
    None,
    /// Read.
    Read,
    /// Push.
    Write,
    /// Everything.
    Admin,
}

impl Role {
    /// Returns GitHub's own word.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// One account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The login.
    pub login: String,
    /// The id.
    pub id: u64,
    /// What it is.
    pub kind: AccountKind,
    /// What it may do.
    pub role: Role,
}

impl Account {
    /// Returns a person.
    pub fn person(login: &str, id: u64, role: Role) -> Self {
        Self { login: login.to_owned(), id, kind: AccountKind::User, role }
    }

    /// Returns an App's bot; what it may do is in its token.
    pub fn bot(login: &str, id: u64) -> Self {
        Self { login: login.to_owned(), id, kind: AccountKind::Bot, role: Role::None }
    }
}

/// One team of the organisation.
#[derive(Debug, Clone)]
pub struct Team {
    /// The slug.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The id.
    pub id: u64,
    /// The logins of its members.
    pub members: Vec<String>,
    /// What its members may do in the repository.
    pub role: Role,
}
