//! Searching issues and pull requests, as far as `gh` makes use of it.

use serde_json::{Value, json};

use super::{Arguments, Resolver, text};
use crate::graphql::connection::items;
use crate::world::Issue;

impl Resolver<'_> {
    /// Returns what a search finds, newest first.
    pub(super) fn search(&self, arguments: &Arguments) -> Value {
        let terms = words(text(arguments, "query"));
        let found: Vec<Value> = match text(arguments, "type") {
            "ISSUE" | "ISSUE_ADVANCED" => {
                let wanted = self.world.issues.values().rev().filter(|issue| terms.iter().all(|term| self.fits(issue, term)));
                wanted.filter_map(|issue| self.pull(issue.number).or_else(|| self.issue(issue.number))).collect()
            }
            "REPOSITORY" => vec![json!({"__typename": "Repository"})],
            _ => Vec::new(),
        };
        let count = found.len();
        let mut connection = items(found);
        for (field, kind) in [("issueCount", "ISSUE"), ("repositoryCount", "REPOSITORY"), ("userCount", "USER")] {
            connection[field] = json!(if text(arguments, "type").starts_with(kind) { count } else { 0 });
        }
        connection
    }

    fn fits(&self, issue: &Issue, term: &str) -> bool {
        let pull = self.world.pulls.get(&issue.number);
        let merged = pull.is_some_and(|pull| pull.merged_at.is_some());
        let Some((name, value)) = term.split_once(':') else {
            let body = issue.body.as_deref().unwrap_or_default();
            return [issue.title.as_str(), body].iter().any(|text| text.to_lowercase().contains(&term.to_lowercase()));
        };
        if let Some(name) = name.strip_prefix('-') {
            return !self.fits(issue, &format!("{name}:{value}"));
        }
        match (name, value) {
            ("repo", named) => named.eq_ignore_ascii_case(&self.world.repository.full_name()),
            ("is" | "type" | "state", "open") => issue.open,
            ("is" | "state", "closed") => !issue.open,
            ("is", "merged") => merged,
            ("is", "unmerged") => !merged,
            ("is" | "type", "pr" | "pull-request") => pull.is_some(),
            ("is" | "type", "issue") => pull.is_none(),
            ("is", "draft") => pull.is_some_and(|pull| pull.draft),
            ("draft", value) => pull.is_some_and(|pull| pull.draft == (value == "true")),
            ("label", name) => issue.labels.iter().any(|label| label.eq_ignore_ascii_case(name)),
            ("author", login) => issue.author == login,
            ("assignee", login) => issue.assignees.iter().any(|own| own == login),
            ("head", branch) => pull.is_some_and(|pull| pull.head == branch),
            ("base", branch) => pull.is_some_and(|pull| pull.base == branch),
            // Where to look and how to sort does not choose.
            ("in" | "sort" | "archived", _) => true,
            _ => false,
        }
    }
}

/// Splits a search at its spaces, except inside quotes; `gh` puts what people typed in parentheses.
fn words(query: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in query.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            letter => {
                if let Some(word) = words.last_mut() {
                    word.push(letter);
                }
            }
        }
    }
    words.retain(|word| !matches!(word.as_str(), "" | "(" | ")"));
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(words("is:pr label:\"needs help\"  ( rollback )"), ["is:pr", "label:needs help", "rollback"]);
    }
}
