//! An issue's comments as evidence: who wrote what when, and whether it is still as it was written. GraphQL says more of
//! that than REST: <https://docs.github.com/graphql/reference/objects#issuecomment>.

use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Answer, segment};
use super::error::{Error, Why};
use super::graphql::repository;
use super::reader::{Reader, missing_is_none};
use super::records::{Issue, person};
use super::retry::Repeat;
use super::wire;
use crate::domain::person::Login;
use crate::json;

/// How many pages of a hundred comments are read.
const MOST_PAGES: usize = 50;

/// An issue's comments, and what befell them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// The issue's number.
    pub number: u64,
    /// Its comments, oldest first.
    pub comments: Vec<Comment>,
    /// Whether the issue came from another repository, where others may write.
    pub moved: bool,
    /// Comments that GitHub says were deleted; it does not say it of all.
    pub deletions: Vec<Deletion>,
    /// GitHub's clock when it answered.
    pub now: Option<DateTime<Utc>>,
}

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// GitHub's number of it.
    pub id: u64,
    /// Who wrote it; `None` for a deleted account.
    pub author: Option<Account>,
    /// What it says now.
    pub body: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Whether it was ever edited, also back to what it said first.
    pub edited: bool,
    /// Whether somebody hid it.
    pub minimized: bool,
    /// Whether this token's own account wrote it.
    pub ours: bool,
}

/// An account: its login now, and the number that stays its own when somebody else takes the login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The login; an app's ends in `[bot]`.
    pub login: Login,
    /// GitHub's number of it; `None` where GitHub does not say.
    pub id: Option<u64>,
}

/// That a comment was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// When.
    pub at: DateTime<Utc>,
    /// Whose comment it was; `None` for a deleted account.
    pub author: Option<Login>,
}

const QUERY: &str = "query($owner:String!,$name:String!,$number:Int!,$after:String){repository(owner:$owner,name:$name){\
    issue(number:$number){number \
    comments(first:100,after:$after){pageInfo{hasNextPage endCursor} nodes{fullDatabaseId body createdAt lastEditedAt \
    includesCreatedEdit isMinimized viewerDidAuthor userContentEdits(first:1){totalCount} author{__typename login ... on User{databaseId}}}} \
    timelineItems(first:100,itemTypes:[COMMENT_DELETED_EVENT,TRANSFERRED_EVENT]){pageInfo{hasNextPage} nodes{__typename \
    ... on CommentDeletedEvent{createdAt deletedCommentAuthor{__typename login}}}}}}}";

impl Reader {
    /// Reads an issue's comments.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; `None` where the number is no issue here, e.g. a pull request's.
    pub async fn thread(&self, number: u64) -> Result<Option<Thread>, Error> {
        let mut thread = Thread { number, ..Thread::default() };
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let variables = json!({
                "owner": self.client.repository().owner(), "name": self.client.repository().name(), "number": number, "after": after,
            });
            let body = json!({"query": QUERY, "variables": variables});
            let answer = self.client.send(Method::POST, "/graphql", Some(&body), Repeat::Safe).await?;
            let issue = match repository(&self.client, &answer) {
                Ok(repository) => repository.get("issue").cloned().unwrap_or(Value::Null),
                Err(error) if error.why() == Some(&Why::NotFound) => Value::Null,
                Err(error) => return Err(error),
            };
            if issue.is_null() {
                return Ok(None);
            }
            let page = json::read::<Found>(&issue).map_err(|error| answer.malformed(error.to_string()))?;
            thread.now = thread.now.or(answer.date);
            for comment in page.comments.nodes.into_iter().flatten() {
                thread.comments.push(read(&answer, comment)?);
            }
            let whole = !page.timeline_items.page_info.has_next_page;
            (thread.moved, thread.deletions) = events(page.timeline_items.nodes.into_iter().flatten(), whole);
            match page.comments.page_info {
                PageInfo { has_next_page: true, end_cursor: Some(cursor) } => after = Some(cursor),
                PageInfo { .. } => return Ok(Some(thread)),
            }
        }
        Err(Error::Setup(format!(
            "issue #{number} has more than {} comments, and not all were read; start a new incident",
            MOST_PAGES * 100
        )))
    }

    /// Reads the comments of an issue that was listed before. The list may know of more: then the answer is an older one,
    /// and is asked for once more. What that lacks as well counts as not said yet.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn thread_of(&self, issue: &Issue) -> Result<Option<Thread>, Error> {
        match self.thread(issue.number).await? {
            Some(thread) if (thread.comments.len() as u64) < issue.comments => Ok(Some(self.thread(issue.number).await?.unwrap_or(thread))),
            thread => Ok(thread),
        }
    }

    /// Returns the number of somebody's account where they are a collaborator, `None` where they are not.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn collaborator(&self, login: &Login) -> Result<Option<u64>, Error> {
        let path = |rest: &str| self.client.path(&format!("/collaborators/{}{rest}", segment(login.as_str())));
        let (permission, collaborator) = (path("/permission"), path(""));
        let (permission, collaborator) = futures_util::future::join(self.client.get(&permission), self.client.get(&collaborator)).await;
        // Whoever can read a public repository has a permission; a collaborator is more than that.
        let (Some(permission), Some(_)) = (missing_is_none(permission)?, missing_is_none(collaborator)?) else { return Ok(None) };
        let found: wire::Permission = permission.read()?;
        Ok(found.user.filter(|_| found.permission != "none").map(|user| user.id))
    }
}

fn read(answer: &Answer, found: Node) -> Result<Comment, Error> {
    let id = match &found.full_database_id {
        Value::String(digits) => digits.parse().ok(),
        number => number.as_u64(),
    };
    Ok(Comment {
        id: id.ok_or_else(|| answer.malformed("a comment has no `fullDatabaseId`"))?,
        author: found.author.and_then(account),
        body: found.body,
        created_at: found.created_at,
        edited: found.last_edited_at.is_some()
            || found.includes_created_edit
            || found.user_content_edits.is_some_and(|edits| edits.total_count > 0),
        minimized: found.is_minimized,
        ours: found.viewer_did_author,
    })
}

fn account(found: Actor) -> Option<Account> {
    let Actor { kind, login, database_id } = found;
    // GraphQL leaves out the `[bot]` that REST ends an app's login with.
    let kind = if kind == "User" { "User" } else { "Bot" };
    let login = person(wire::User { login, kind: Some(kind.to_owned()) })?;
    Some(Account { login, id: database_id })
}

/// Events that were not all listed may hold any: the worst is taken.
fn events(found: impl Iterator<Item = Event>, whole: bool) -> (bool, Vec<Deletion>) {
    let (mut moved, mut deletions) = (!whole, Vec::new());
    for event in found {
        match (event.kind.as_str(), event.created_at) {
            ("CommentDeletedEvent", Some(at)) => {
                deletions.push(Deletion { at, author: event.deleted_comment_author.and_then(account).map(|account| account.login) });
            }
            _ => moved = true,
        }
    }
    (moved, deletions)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    comments: Connection<Node>,
    timeline_items: Connection<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection<T> {
    page_info: PageInfo,
    nodes: Vec<Option<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    full_database_id: Value,
    body: String,
    created_at: DateTime<Utc>,
    last_edited_at: Option<DateTime<Utc>>,
    includes_created_edit: bool,
    is_minimized: bool,
    viewer_did_author: bool,
    user_content_edits: Option<Total>,
    author: Option<Actor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    total_count: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Actor {
    #[serde(rename = "__typename")]
    kind: String,
    login: String,
    database_id: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "__typename")]
    kind: String,
    created_at: Option<DateTime<Utc>>,
    deleted_comment_author: Option<Actor>,
}
