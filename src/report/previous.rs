//! What an earlier form of the incident's page still tells: the ticks people set, and who approved.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::person::Login;

const LINE: &str = "<!-- rb:";
const APPROVED: &str = "<!-- rb-by:";
const END: &str = " -->";

/// Ticks and approvers of an earlier page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Previous {
    ticked: BTreeSet<String>,
    approved: BTreeMap<String, Login>,
}

impl Previous {
    /// Reads them; a page somebody rewrote has fewer.
    pub(super) fn of(body: &str) -> Self {
        let mut previous = Self::default();
        for line in body.lines() {
            let task = line.trim_start().trim_start_matches(['-', '*', '+']).trim_start();
            if (task.starts_with("[x]") || task.starts_with("[X]"))
                && let Some(id) = hidden(line, LINE)
            {
                previous.ticked.insert(id.to_owned());
            }
            if let Some((environment, login)) = hidden(line, APPROVED).and_then(|text| text.rsplit_once(' '))
                && let Ok(login) = login.parse()
            {
                previous.approved.insert(environment.to_owned(), login);
            }
        }
        previous
    }

    pub(super) fn is_ticked(&self, id: &str) -> bool {
        self.ticked.contains(id)
    }

    pub(super) fn approver(&self, environment: &str) -> Option<&Login> {
        self.approved.get(&super::escape::in_comment(environment))
    }
}

fn hidden<'l>(line: &'l str, mark: &str) -> Option<&'l str> {
    let (_, rest) = line.rsplit_once(mark)?;
    rest.split_once(END).map(|(text, _)| text)
}

/// Returns the hidden id of a line.
pub(super) fn line_id(id: &str) -> String {
    format!("{LINE}{}{END}", super::escape::in_comment(id))
}

/// Returns the hidden record of who approved an environment.
pub(super) fn approved_by(environment: &str, login: &Login) -> String {
    format!("{APPROVED}{} {login}{END}", super::escape::in_comment(environment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_our_lines_has_no_ticks() {
        assert_eq!(Previous::of("- [x] mine\n<!-- rb:a -->\n"), Previous::default());
    }

    #[test]
    fn ticks_and_approvers_are_read_back() {
        let login = "lead-login".parse().unwrap();
        let page = format!(
            "- [x] One {}\r\n* [X] Two {}\n- [ ] Three {}\n{}\n",
            line_id("one"),
            line_id("two"),
            line_id("three"),
            approved_by("a b", &login)
        );
        let previous = Previous::of(&page);
        assert!(previous.is_ticked("one") && previous.is_ticked("two") && !previous.is_ticked("three"));
        assert_eq!(previous.approver("a b"), Some(&login));
    }
}
