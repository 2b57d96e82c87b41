//! Those who read what the program says: the runner, by a second writing of its grammar, and GitHub's Markdown.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use rollback_action::commands::Ended;
use rollback_action::runner::{Kind as Annotation, annotation, defuse};

use crate::figures::figure_of_test;

/// The names of commands that the runner knows.
pub(super) const COMMANDS: &[&str] = &[
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// Returns what the runner would take for commands: `::name …::` at a line's start after white space, `##[name …]`
/// anywhere in it. Any line end ends a line here, and any name counts.
pub(super) fn commands(log: &str) -> Vec<String> {
    let ends = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut found = Vec::new();
    for line in log.split(ends) {
        let start = line.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}');
        if start.strip_prefix("::").is_some_and(|rest| rest.contains("::")) {
            found.push(start.to_owned());
        }
        if let Some(at) = line.find("##[") {
            let name: String = line[at + 3..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            if !name.is_empty() {
                found.push(line[at..].to_owned());
            }
        }
    }
    found
}

/// Prints a command's end as the program does, and asserts that the runner sees nothing but our own annotations.
#[track_caller]
pub(super) fn assert_no_command(ended: &Ended) {
    let printed = defuse(&ended.text);
    assert_eq!(commands(&printed), [""; 0], "{printed}");
    for problem in &ended.problems {
        assert_eq!(commands(&defuse(&problem.to_string())), [""; 0]);
        let line = annotation(Annotation::Error, &problem.to_string());
        let seen = commands(&line);
        assert!(seen.len() == 1 && seen[0].starts_with("::error::") && line.lines().count() == 1, "{seen:?}");
    }
    for text in [&printed, &ended.summary] {
        let control = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(control, None, "{text:?}");
        let turning = text.chars().find(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        assert_eq!(turning, None, "{text:?}");
    }
    assert_tame("the summary", &ended.summary);
    figure_of_test("outputs read as the runner reads them", 2 + ended.problems.len());
}

/// Asserts that nothing of what was posted is more than text and the few links of ours.
#[track_caller]
pub(super) fn assert_tame(what: &str, markdown: &str) {
    figure_of_test("pages read by a Markdown parser", 1);
    assert_eq!(untamed(markdown), None, "{what}");
}

/// Returns the first HTML of others, mention, picture, formula, footnote, link to elsewhere, or number of an issue that
/// GitHub would link to or close.
fn untamed(markdown: &str) -> Option<String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    let options = options | Options::ENABLE_MATH | Options::ENABLE_FOOTNOTES;
    let (mut in_code, mut in_link) = (false, false);
    let (mut text, mut block) = (String::new(), None::<String>);
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::HtmlBlock) => block = Some(String::new()),
            Event::End(TagEnd::HtmlBlock) => {
                let html = block.take().unwrap_or_default();
                if !is_ours(&html) {
                    return Some(format!("HTML: {html:.300}"));
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => match &mut block {
                Some(block) => block.push_str(&html),
                None if is_ours(&html) => {}
                None => return Some(format!("HTML: {html:.300}")),
            },
            Event::Start(Tag::Image { dest_url, .. }) => return Some(format!("a picture: {dest_url}")),
            Event::InlineMath(formula) | Event::DisplayMath(formula) => return Some(format!("a formula: {formula}")),
            Event::FootnoteReference(name) | Event::Start(Tag::FootnoteDefinition(name)) => return Some(format!("a footnote: {name}")),
            Event::Start(Tag::Link { dest_url, .. }) if !dest_url.starts_with("https://github.com/acme/") => {
                return Some(format!("a link: {dest_url}"));
            }
            Event::Start(Tag::Link { .. }) => in_link = true,
            Event::End(TagEnd::Link) => in_link = false,
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            // GitHub makes a link of a bare address in text, and a mention of a name; not in links and code.
            Event::Text(words) if !in_code && !in_link => text.push_str(&words),
            Event::Code(_) | Event::SoftBreak | Event::HardBreak => text.push('\u{fffc}'),
            Event::Start(_) | Event::End(_) => text.push('\n'),
            _ => {}
        }
    }
    linked(&text.to_lowercase())
}

/// Returns the first thing in plain text that GitHub makes a link of by itself.
fn linked(text: &str) -> Option<String> {
    let shown = |at: usize| text[at..].chars().take(60).collect::<String>();
    let follows = |at: usize, is_it: fn(char) -> bool| text[at..].starts_with(is_it);
    let mention = text.match_indices('@').find(|(at, _)| {
        let before = text[..*at].chars().next_back();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '`') && follows(at + 1, |c| c.is_ascii_alphanumeric())
    });
    let mut address = ["://", "www."].into_iter().flat_map(|sign| text.match_indices(sign));
    let address = address.find(|(at, _)| !shown(*at).starts_with("://github.com/acme/"));
    let mut issue = ["#", "gh-"].into_iter().flat_map(|sign| text.match_indices(sign));
    let issue = issue.find(|(at, sign)| follows(at + sign.len(), |c| c.is_ascii_digit()));
    mention.or(address).or(issue).map(|(at, _)| format!("a link that GitHub makes: {}", shown(at)))
}

/// The few elements this program writes itself, and comments, which nobody sees: whatever else is in it is a tag too many.
fn is_ours(html: &str) -> bool {
    let mut rest = html.to_owned();
    while let Some(start) = rest.find("<!--") {
        let Some(end) = rest[start..].find("-->") else { return false };
        rest.replace_range(start..start + end + 3, "");
    }
    for known in ["<details>", "</details>", "<summary>", "</summary>", "<br>", "<sub>", "</sub>"] {
        rest = rest.replace(known, "");
    }
    !rest.contains(['<', '>'].as_slice())
}

/// Asserts that what the program itself printed holds no command but its own annotations, nothing that moves or hides
/// text, and no half of a character.
#[track_caller]
pub(super) fn assert_printed_tame(printed: &[u8]) {
    let printed = std::str::from_utf8(printed).unwrap();
    for command in commands(printed) {
        assert!(command.starts_with("::error::") && !command.contains("##["), "{command:?} in {printed}");
    }
    let strange = printed.chars().find(|c| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(strange, None, "{printed:?}");
    figure_of_test("outputs read as the runner reads them", 1);
}

#[test]
fn the_grammar_here_finds_what_the_runner_would() {
    for name in COMMANDS {
        assert_eq!(commands(&format!("x\n \t::{name} a=b::c")).len(), 1);
        assert_eq!(commands(&format!("x ##[{name}]y")).len(), 1);
    }
    assert_eq!(commands("a::b::c, # #[error]"), [""; 0]);
}

#[test]
fn the_reader_of_pages_finds_what_github_would_make_of_them() {
    let wild = [
        "a <b>word</b>",
        "<script>x</script>",
        "![x](https://github.com/acme/x.svg)",
        "[x](https://host.example)",
        "<https://host.example>",
        "see https://host.example/x",
        "see www.host.example",
        "hello @everyone",
        "(@acme/team)",
        "fixes #1",
        "acme/other#2",
        "GH-3",
        "costs $x$ and more",
        "$$x$$",
        "so[^1]\n\n[^1]: it is",
        "[x]\n\n[x]: https://host.example",
    ];
    for text in wild {
        assert!(untamed(text).is_some(), "{text}");
    }
    let tame = "# A\n\n[#1](https://github.com/acme/x/issues/1) `@you` <details>\n\nx@y, 100 $\n\n```\nfixes #1\n```\n<!-- a -->";
    assert_eq!(untamed(tame), None);
}
