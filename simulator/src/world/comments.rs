//! What people do with comments.

use super::{Comment, DeletedComment, World};

impl World {
    /// Comments on an issue or a pull request, and returns the comment's id.
    pub fn comment(&mut self, number: u64, login: &str, body: &str) -> u64 {
        let (id, now) = (self.next_id(), self.now());
        let comment = Comment {
            id,
            number,
            body: body.to_owned(),
            author: login.to_owned(),
            created_at: now,
            updated_at: now,
            edits: 0,
            minimized: false,
        };
        if let Some(issue) = self.issues.get_mut(&number) {
            issue.updated_at = now;
        }
        self.comments.insert(id, comment);
        id
    }

    /// Changes what a comment says.
    pub fn edit_comment(&mut self, id: u64, body: &str) {
        let now = self.now();
        if let Some(comment) = self.comments.get_mut(&id) {
            body.clone_into(&mut comment.body);
            (comment.updated_at, comment.edits) = (now, comment.edits + 1);
        }
    }

    /// Deletes a comment.
    ///
    /// Seen on GitHub: whoever deletes a comment of their own leaves no trace on the timeline. That others do is what the
    /// event is for: <https://docs.github.com/graphql/reference/objects#commentdeletedevent>
    pub fn delete_comment(&mut self, id: u64, actor: &str) {
        let at = self.now();
        if let Some(Comment { number, author, .. }) = self.comments.remove(&id)
            && author != actor
        {
            self.deleted_comments.push(DeletedComment { number, author, actor: actor.to_owned(), at });
        }
    }
}
