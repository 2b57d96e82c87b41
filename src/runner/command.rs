//! Log lines are code to the runner: `::name::` at a line's start (after spaces) and `##[name]` anywhere in it. See
//! `ActionCommand.cs` in <https://github.com/actions/runner>.

/// Returns an annotation command (`error`, `warning` or `notice`) whose message cannot be anything else.
pub fn annotation(kind: Kind, message: &str) -> String {
    let kind = match kind {
        Kind::Error => "error",
        Kind::Warning => "warning",
    };
    // `%` first, or it would be encoded twice.
    let data = message.replace('%', "%25").replace('\r', "%0D").replace(['\n', '\u{2028}', '\u{2029}'], "%0A");
    let data: String = data.chars().filter(|c| !moves(*c)).collect();
    format!("::{kind}::{}", data.replace("##[", "## ["))
}

/// The annotations that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Shown red.
    Error,
    /// Shown yellow.
    Warning,
}

/// Returns text of which no line is a command, whatever it holds: for everything that is printed in a job.
pub fn defuse(text: &str) -> String {
    let separators = |c: char| matches!(c, '\r' | '\u{2028}' | '\u{2029}' | '\u{85}');
    let plain: String = text.replace("\r\n", "\n").chars().map(|c| if separators(c) { '\n' } else { c }).filter(|c| !moves(*c)).collect();
    // What nobody sees at a line's start is nothing to some readers.
    let unseen = |c: char| c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    let line = |line: &str| match line.trim_start_matches(unseen).starts_with("::") {
        true => format!("│ {}", line.replace("##[", "## [")),
        false => line.replace("##[", "## ["),
    };
    let mut lines: Vec<String> = plain.split('\n').map(line).collect();
    if plain.ends_with('\n') {
        lines.pop();
        lines.push(String::new());
    }
    lines.join("\n")
}

/// Tells whether a character moves what is read: the cursor, or the direction of the text around it.
fn moves(c: char) -> bool {
    let turns = matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || c.is_control() && c != '\n' && c != '\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_defused_text_is_a_command() {
        let hostile = "ok\n::add-mask::x\n  ::set-output name=a::b\r::error::c\u{2028}::d::\nx ##[error]y\u{1b}[2J";
        let tame = defuse(hostile);
        for line in tame.lines() {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?}");
        }
        assert!(!tame.contains('\u{1b}') && tame.starts_with("ok\n"));
        assert_eq!(defuse("a\nb\n"), "a\nb\n");
        assert_eq!(defuse("\u{feff}::error::x"), "│ \u{feff}::error::x");
    }

    #[test]
    fn an_annotation_is_one_line() {
        assert_eq!(annotation(Kind::Error, "100 %\nnext"), "::error::100 %25%0Anext");
        assert_eq!(annotation(Kind::Error, "a\u{2028}::b::\u{c}::c::\u{202e}d"), "::error::a%0A::b::::c::d");
    }
}
