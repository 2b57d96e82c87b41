//! What an earlier form of the incident's page still tells: the ticks people set, and who approved.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::person::Login;

const LINE: &str = "<!-- rb:";
const APPROVED: &str = "<!-- rb-by:";
const GLASS: &str = "<!-- rb-glass:";
const END: &str = " -->";
/// What the ids of tasks by hand begin with.
pub(super) const BY_HAND: &str = "hand-";

/// Ticks and approvers of an earlier page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Previous {
    ticked: BTreeSet<String>,
    approved: BTreeMap<String, Login>,
}

impl Previous {
    /// Reads them; a page somebody rewrote has fewer. Ticks stay; approvals are of the plan that the page names.
    pub(super) fn of(body: &str, plan: &str) -> Self {
        let mut previous = Self::default();
        let same_plan = body.contains(plan);
        for line in body.lines() {
            let task = line.trim_start().trim_start_matches(['-', '*', '+']).trim_start();
            if (task.starts_with("[x]") || task.starts_with("[X]"))
                && let Some(id) = hidden(line, LINE)
            {
                previous.ticked.insert(id.to_owned());
            }
            if same_plan
                && let Some((environment, login)) = hidden(line, APPROVED).and_then(|text| text.rsplit_once(' '))
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

/// Returns the tasks by hand on an incident's page that nobody ticked, as they are written there.
pub fn open_tasks(body: &str) -> Vec<String> {
    let open = |line: &str| {
        let task = line.trim_start().trim_start_matches(['-', '*', '+']).trim_start().strip_prefix("[ ]")?;
        hidden(line, LINE)?.starts_with(BY_HAND).then(|| task.split(LINE).next().unwrap_or(task).trim().to_owned())
    };
    body.lines().filter_map(open).collect()
}

/// Returns who broke the glass, by an incident's page: the rollback's branch, which says so too, may be gone.
pub fn broken_glass_on(body: &str) -> Option<String> {
    body.lines().find_map(|line| hidden(line, GLASS)).map(|by| by.trim().to_owned())
}

/// Returns the hidden record of who broke the glass.
pub(super) fn glass_broken_by(by: &str) -> String {
    format!("{GLASS}{}{END}", super::escape::in_comment(by))
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
        assert_eq!(Previous::of("- [x] mine\n<!-- rb:a -->\n", ""), Previous::default());
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
        let previous = Previous::of(&page, "- [x] One");
        assert!(previous.is_ticked("one") && previous.is_ticked("two") && !previous.is_ticked("three"));
        assert_eq!(previous.approver("a b"), Some(&login));
        let other = Previous::of(&page, "Plan `0123`");
        assert!(other.is_ticked("one") && other.approver("a b").is_none(), "an approval of another plan is not this one's");
    }

    #[test]
    fn only_tasks_by_hand_that_nobody_ticked_are_open() {
        let line = |tick: &str, what: &str, id: &str| format!("- [{tick}] {what} {}\n", line_id(id));
        let page = [line(" ", "withdraw it", "hand-1"), line("x", "tell them", "hand-2"), line(" ", "Support briefed", "post-support")];
        assert_eq!(open_tasks(&page.concat()), ["withdraw it"]);
        assert_eq!(open_tasks("- [ ] mine\n"), [""; 0]);
    }

    #[test]
    fn who_broke_the_glass_is_read_back() {
        assert_eq!(broken_glass_on(&format!("x\n{}\ny", glass_broken_by("lead-login"))).as_deref(), Some("lead-login"));
        assert_eq!(broken_glass_on("no <!-- rb-glass: \n"), None);
    }
}
