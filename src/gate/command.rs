//! What a comment commands: `/approve GATE PLAN` or `/reject GATE [PLAN]`, one a line, before any other text. Anything
//! quoted, indented, in a code block or after other words is talk.

/// The fewest digits of a plan's id that name it. Six could be searched for: whoever shapes a plan by its words finds
/// another with the same 24 bits in seconds.
const FEWEST_DIGITS: usize = 12;

/// What is commanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Approve,
    Reject,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) verb: Verb,
    /// The gate's name, `scope-assessed` or `stakeholder-approval/product-owner`.
    pub(super) gate: String,
    /// The first digits of the plan's id; only a rejection may leave them out.
    pub(super) plan: Option<String>,
    /// What a rejection says besides.
    pub(super) said: String,
}

/// The commands of a comment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Commands {
    pub(super) commands: Vec<Command>,
    /// What is wrong with one of them. Then none of the approvals counts; a no is a no all the same.
    pub(super) problem: Option<String>,
}

/// Reads a comment.
pub(super) fn commands(body: &str) -> Commands {
    let mut read = Commands::default();
    // The first character decides: the workflow that starts on comments looks at nothing else.
    if !body.starts_with('/') {
        return read;
    }
    for line in body.split('\n').map(|line| line.trim_end_matches([' ', '\t', '\r'])) {
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        let verb = match (line.starts_with('/'), words.next()) {
            (true, Some("/approve")) => Verb::Approve,
            (true, Some("/reject")) => Verb::Reject,
            (false, None) => continue,
            _ => break,
        };
        match command(verb, &words.collect::<Vec<_>>()) {
            Ok(command) => read.commands.push(command),
            Err(problem) => read.problem = Some(problem),
        }
    }
    read
}

fn command(verb: Verb, words: &[&str]) -> Result<Command, String> {
    let command = |gate: &str, plan: Option<String>, said: &[&str]| Ok(Command { verb, gate: gate.to_owned(), plan, said: said.join(" ") });
    match (verb, words) {
        (Verb::Approve, [gate, id]) => match plan(id) {
            Some(plan) => command(gate, Some(plan), &[]),
            None => Err(format!(
                "`{}` names no plan; write at least the {FEWEST_DIGITS} digits that the page shows",
                id.escape_debug().take(80).collect::<String>()
            )),
        },
        (Verb::Approve, [_, _, _, ..]) => {
            Err("an approval is `/approve GATE PLAN` and nothing else; put what you want to say on the next line".into())
        }
        (Verb::Approve, _) => Err("an approval names the gate and the plan: `/approve GATE PLAN`; copy the line from the page".into()),
        (Verb::Reject, [gate, rest @ ..]) => match rest.split_first().map(|(id, said)| (plan(id), said)) {
            Some((Some(plan), said)) => command(gate, Some(plan), said),
            Some((None, _)) | None => command(gate, None, rest),
        },
        (Verb::Reject, []) => Err("a rejection names the gate: `/reject GATE`; copy its name from the page".into()),
    }
}

fn plan(word: &str) -> Option<String> {
    let digits = word.bytes().all(|b| b.is_ascii_hexdigit());
    (digits && (FEWEST_DIGITS..=64).contains(&word.len())).then(|| word.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &[(Verb, &str, Option<&str>)]) {
        let read = commands(body);
        let found: Vec<_> = read.commands.iter().map(|one| (one.verb, one.gate.as_str(), one.plan.as_deref())).collect();
        assert_eq!((found.as_slice(), read.problem), (expected, None), "{body:?}");
    }

    #[test]
    fn talk_commands_nothing() {
        for body in [
            "",
            "fine by me",
            "> /approve scope-assessed 4f1c9a4f1c9a",
            "```\n/approve scope-assessed 4f1c9a4f1c9a\n```",
            "    /approve scope-assessed 4f1c9a4f1c9a",
            " /approve scope-assessed 4f1c9a4f1c9a",
            "\n/approve scope-assessed 4f1c9a4f1c9a",
            "<!-- -->/approve scope-assessed 4f1c9a4f1c9a",
            "@lead /approve scope-assessed 4f1c9a4f1c9a",
            "/approved scope-assessed 4f1c9a4f1c9a",
            "/Approve scope-assessed 4f1c9a4f1c9a",
            "/approve\u{a0}scope-assessed 4f1c9a4f1c9a",
            "\u{ff0f}approve scope-assessed 4f1c9a4f1c9a",
            "/help",
        ] {
            check(body, &[]);
        }
    }

    #[test]
    fn commands_stand_before_other_text_one_a_line() {
        let id = Some("4f1c9a4f1c9a");
        check("/approve scope-assessed 4F1C9A4f1c9a", &[(Verb::Approve, "scope-assessed", id)]);
        check(
            "/approve  a  4f1c9a4f1c9a \r\n\r\n/approve b/c 4f1c9a4f1c9a\r\n\r\nSeen.\r\n/approve d 4f1c9a4f1c9a",
            &[(Verb::Approve, "a", id), (Verb::Approve, "b/c", id)],
        );
        check("/approve a 4f1c9a4f1c9a\n```\n/approve b 4f1c9a4f1c9a\n```", &[(Verb::Approve, "a", id)]);
        check("/approve a 4f1c9a4f1c9a\n> /approve b 4f1c9a4f1c9a", &[(Verb::Approve, "a", id)]);
        check("/reject a", &[(Verb::Reject, "a", None)]);
        check("/reject a 4f1c9a4f1c9a not counted yet", &[(Verb::Reject, "a", id)]);
        check("/reject a not counted yet", &[(Verb::Reject, "a", None)]);
    }

    #[test]
    fn what_is_written_wrongly_says_how_it_is_written() {
        for body in [
            "/approve",
            "/approve a",
            "/approve a 4f1c9a",
            "/approve a 4f1c9a4f1c9g",
            "/approve a 4f1c9a4f1c9a if nobody objects",
            "/approve a\u{a0}4f1c9a4f1c9a",
            "/reject",
        ] {
            let read = commands(body);
            assert!(read.commands.is_empty() && read.problem.is_some_and(|problem| problem.contains("; ")), "{body:?}");
        }
        let mixed = commands("/approve a 4f1c9a4f1c9a\n/approve b\n/reject c");
        assert_eq!((mixed.commands.len(), mixed.problem.is_some()), (2, true));
    }
}
