//! Text from outside, made harmless by the function that places it. In Markdown it never becomes a link, an image,
//! HTML, a heading, a list, a mention or a reference that closes an issue; nowhere does it end its line.

use crate::words::cut;

/// Returns one line in which every character can be seen: white space folded, control and direction characters spelled out.
pub fn visible(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(char::is_whitespace).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        word.chars().for_each(|c| push_visible(&mut line, c));
    }
    // Our own hidden lines are looked for in what is published; text from outside never holds one, not even as code.
    cut(&line.replace("<!--", "<! --"), most)
}

fn push_visible(line: &mut String, c: char) {
    match c {
        '\0'..='\u{1f}' => line.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('�')),
        '\u{7f}' => line.push('␡'),
        // C1 controls; characters that turn, hide or join text; tags and private use, which show nothing.
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{10ffff}' => line.extend(format!("⟨U+{:04X}⟩", u32::from(c)).chars()),
        c => line.push(c),
    }
}

/// Returns text for running Markdown: words GitHub would link or notify for, and what stands in backticks, as code.
pub fn text(text: &str, most: usize) -> String {
    inline(&visible(text, most), Start::OfText, code_of_visible)
}

/// Returns text for a table's cell; an empty one shows as `–`.
pub fn cell(text: &str, most: usize) -> String {
    match visible(text, most).as_str() {
        "" => "–".into(),
        text => inline(text, Start::Inside, |text| in_cell(&code_of_visible(text))),
    }
}

/// Returns text as code, whatever backticks it holds.
pub fn code(text: &str, most: usize) -> String {
    code_of_visible(&visible(text, most))
}

/// Returns text as code for a table's cell.
pub fn code_cell(text: &str, most: usize) -> String {
    match visible(text, most).as_str() {
        "" => "–".into(),
        text => in_cell(&code_of_visible(text)),
    }
}

/// Returns a link of ours: an address that this program put together, and any text.
pub fn link(label: &str, address: &str) -> String {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>()[]|\\`\"'$".contains(c);
    let address: String = address
        .chars()
        .map(|c| match odd(c) {
            true => c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
            false => c.to_string(),
        })
        .collect();
    let known = address.starts_with("https://") || address.starts_with("http://");
    // A dollar begins a formula, in a link as well.
    match (known, label.contains('$')) {
        (true, false) => format!("[{}]({address})", escaped(&visible(label, 200), Start::Inside)),
        (true, true) => format!("[{}]({address})", code(label, 200)),
        (false, _) => text(label, 200),
    }
}

/// Returns text inside an HTML comment, which it cannot end.
pub fn in_comment(text: &str) -> String {
    visible(text, 255).replace('%', "%25").replace('<', "%3C").replace('>', "%3E")
}

/// Returns text for a message that is not rendered, e.g. a commit's: on GitHub it mentions nobody and closes no issue.
pub fn plain(text: &str, most: usize) -> String {
    let mut safe = String::new();
    let line = visible(text, most);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let after_word = safe.ends_with(char::is_alphanumeric);
        safe.push(c);
        let next = chars.peek().copied();
        let mention = c == '@' && !after_word && next.is_some_and(char::is_alphanumeric);
        let reference = c == '#' && next.is_some_and(|next| next.is_ascii_digit());
        let ends = |end: &str| safe.to_ascii_lowercase().ends_with(end);
        if mention || reference || (c == '/' && (ends("/issues/") || ends("/pull/"))) || (c == '-' && ends("gh-")) {
            safe.push(' ');
        }
    }
    safe
}

/// Returns text for a label of a Mermaid diagram: letters, digits and a few harmless marks.
pub fn diagram(text: &str, most: usize) -> String {
    let kept = |c: char| match c.is_alphanumeric() || " .,-_/()'".contains(c) {
        true => c,
        false => ' ',
    };
    let label: String = visible(text, most).chars().map(kept).collect();
    match visible(&label, most).as_str() {
        "" => "-".into(),
        label => label.to_owned(),
    }
}

/// Where a piece of text stands: at the start of a line some characters begin a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    OfText,
    Inside,
}

/// Splits at backtick pairs and at words; `render` makes the code.
fn inline(line: &str, start: Start, render: impl Fn(&str) -> String) -> String {
    let pieces: Vec<&str> = line.split('`').collect();
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let (inside, closed) = (at % 2 == 1, at + 1 < pieces.len());
        match inside {
            false => prose(&mut out, piece, start, &render),
            true if closed && !piece.trim().is_empty() => push_code(&mut out, &render(piece)),
            true => {
                out.push('\'');
                prose(&mut out, piece, start, &render);
                out.push_str(if closed { "'" } else { "" });
            }
        }
    }
    out
}

/// Two neighbours would join their backticks.
fn push_code(out: &mut String, code: &str) {
    if out.ends_with('`') {
        out.push(' ');
    }
    out.push_str(code);
}

fn prose(out: &mut String, piece: &str, start: Start, render: &impl Fn(&str) -> String) {
    for (at, word) in piece.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let start = if out.is_empty() { start } else { Start::Inside };
        match linkable(word) {
            false => out.push_str(&escaped(word, start)),
            true => {
                let core = word.trim_start_matches(['(', '[', '{', '"', '\'', '<']);
                let before = &word[..word.len() - core.len()];
                let trimmed = core.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}', '"', '\'', '>']);
                let after = &core[trimmed.len()..];
                out.push_str(&escaped(before, start));
                push_code(out, &render(trimmed));
                out.push_str(&escaped(after, Start::Inside));
            }
        }
    }
}

/// Tells whether GitHub would make more of a word than text: a mention, a reference, an address, a commit, a formula.
fn linkable(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let number_after =
        |mark: &str| lower.match_indices(mark).any(|(at, _)| lower[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit()));
    let hex = |part: &str| part.len() >= 7 && part.bytes().all(|b| b.is_ascii_hexdigit()) && part.bytes().any(|b| b.is_ascii_digit());
    let advisory = |part: &str| part.starts_with("ghsa") || part.starts_with("cve");
    word.chars().any(|c| c == '@' || c == '$')
        || lower.contains("://")
        || lower.contains("www.")
        || lower.contains("mailto:")
        || lower.contains("xmpp:")
        || number_after("#")
        || number_after("gh-")
        || lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| hex(part) || advisory(part))
}

/// Returns text in which no character means anything to Markdown.
fn escaped(text: &str, start: Start) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let chars: Vec<char> = text.chars().collect();
    let digits = chars.iter().take_while(|c| c.is_ascii_digit()).count();
    for (at, &c) in chars.iter().enumerate() {
        let around = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric());
        let begins_block = start == Start::OfText
            && ((at == 0 && "#+-=:~".contains(c)) || (digits > 0 && at == digits && at + 1 == chars.len() && ".)".contains(c)));
        let special = match c {
            '\\' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '~' => true,
            // An underscore between letters, as in a name, is nothing special to GitHub.
            '_' => !(around(at.checked_sub(1)) && around(Some(at + 1))),
            _ => begins_block,
        };
        match c {
            '`' => out.push('\''),
            c if special => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn code_of_visible(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A table takes a cell apart before it looks for code, and readers differ on a backslash before a bar.
fn in_cell(code: &str) -> String {
    code.replace("\\|", "\\¦").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_prose_stays_as_it_is() {
        for line in ["", "14 % of users cannot import entity_core.plugins", "v0.1.0 (latest), see the notes"] {
            assert_eq!(text(line, 100), line);
        }
    }

    #[test]
    fn what_github_would_link_or_notify_for_becomes_code() {
        assert_eq!(text("closes #12, thanks @lead!", 100), "closes `#12`, thanks `@lead`!");
        assert_eq!(text("see https://evil.example/x (GH-3)", 100), "see `https://evil.example/x` (`GH-3`)");
        assert_eq!(text("commit 1234abc and acme/core#4", 100), "commit `1234abc` and `acme/core#4`");
    }

    #[test]
    fn backtick_pairs_stay_code_and_a_single_one_becomes_a_quote() {
        assert_eq!(text("run `--strategy 0.1.1` again", 100), "run `--strategy 0.1.1` again");
        assert_eq!(text("a ` b", 100), "a ' b");
        assert_eq!(code("a``b", 100), "```a``b```");
    }

    #[test]
    fn structure_is_escaped() {
        assert_eq!(text("# title", 100), "\\# title");
        assert_eq!(text("1. item", 100), "1\\. item");
        assert_eq!(text("![x](y) <b> *a* _b_", 100), "!\\[x\\](y) \\<b\\> \\*a\\* \\_b\\_");
        assert_eq!(cell("a|b `^1 || ^2` c\\|d", 100), "a\\|b `^1 \\|\\| ^2` c\\\\\\|d");
    }

    #[test]
    fn hidden_characters_are_shown_and_lines_folded() {
        assert_eq!(visible("a\r\n\tb\u{1b}[31m\u{202e}c\u{200b}", 100), "a b␛[31m⟨U+202E⟩c⟨U+200B⟩");
        assert_eq!(visible("abcdef", 4), "abc…");
        assert_eq!(visible("<!-- rollback-action:banner -->", 40), "<! -- rollback-action:banner -->");
    }

    #[test]
    fn a_commit_message_mentions_nobody_and_closes_nothing() {
        assert_eq!(plain("fixes #12 and GH-3, @lead", 100), "fixes # 12 and GH- 3, @ lead");
        assert_eq!(plain("fixes https://host.example/a/b/issues/3", 100), "fixes https://host.example/a/b/issues/ 3");
    }

    #[test]
    fn a_diagram_label_holds_no_syntax() {
        assert_eq!(diagram("a: b; #x %% {c}\n\"d\"", 100), "a b x c d");
        assert_eq!(diagram(":::", 100), "-");
    }
}
