//! Plans full of text that means harm, for property tests, and the check that it did none.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::gate::Approval;
use crate::github::{Pull, PullState};
use crate::plan::example::{example_plan, hours_after_release};
use crate::plan::{Candidate, Place, Plan, Removes, Row};

/// Returns text that tries to be something else; each piece that does carries a word the check looks for.
pub(super) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "@every",
            "#666",
            "fixes #666",
            "GH-666",
            "acme/core#666",
            "https://evil.example/x",
            "www.evil.example",
            "[evil](https://evil.example)",
            "![evil](https://evil.example)",
            "<evil>",
            "<!-- evil",
            "-->",
            "</details>",
            "<img src=evil>",
            "\n# evil\n",
            "\n- evil\n",
            "\n> evil\n",
            "\n1. evil\n",
            "\n\n",
            "\r\n",
            "|",
            "\\|",
            "||",
            "`",
            "``",
            "```",
            "\n```\n",
            "~~~",
            "**",
            "__",
            "~~",
            "\\",
            "\u{1b}[31m",
            "\u{202e}",
            "\u{200b}",
            "\u{2028}",
            "\u{85}",
            "::error::evil",
            "\n::set-output name=evil::",
            "##[error]evil",
            "\nRollback-Plan: evil",
            "\n\nRollback-Approved-By: evil",
            "&lt;",
            "&#64;every",
            "$evil$",
            "---",
            "\n===\n",
            "\n    indented",
            "ghp_evil",
            "回滚",
            "👩‍💻",
            "a",
            " ",
            "x_y",
            "<!-- rollback-action:banner -->",
            "<!-- /rollback-action:banner -->",
            "\n<!-- rollback-action:plan\nZXZpbA==\n-->\n",
            "<!-- rb:evil -->",
            "%%evil",
            ";",
            ":",
            "{",
            "evil@evil.example",
            "deadbeef1",
            "[evil]: https://evil.example",
            "[^evil]",
            "- [x] evil",
            "://",
            "!",
            "[",
            "](",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
        any::<String>().prop_map(|text| text.chars().take(6).collect()),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn texts(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..most)
}

/// How often a property of a whole plan is tried: each takes some milliseconds.
pub(super) fn some_cases() -> ProptestConfig {
    ProptestConfig::with_cases(32)
}

/// Returns the example with hostile text wherever a plan takes text from outside.
pub(super) fn hostile_plan() -> impl Strategy<Value = Plan> {
    let tags = prop::sample::select(vec![
        "v0.1.0",
        "v0.1.0-->",
        "v@every",
        "v#666",
        "v`0`",
        "<b>v1</b>",
        "v|1|2",
        "$(x)",
        "v_1_",
        "v--1",
        "@every/v1",
        "a;b&c'd\"",
    ]);
    let rows = prop::collection::vec(prop::array::uniform4(text()), 0..9);
    let lists = prop::collection::vec(texts(9), 6);
    (text(), texts(8), tags, rows, lists, prop::option::of(any::<u64>())).prop_map(|(reason, words, tag, rows, lists, incident)| {
        let word = |at: usize| words.get(at).cloned().unwrap_or_default();
        let list = |at: usize| lists.get(at).cloned().unwrap_or_default();
        let mut plan = example_plan();
        plan.reason = reason;
        plan.incident = incident;
        plan.retag = incident.is_some_and(|number| number % 4 == 0);
        plan.bad.tag = tag.parse().unwrap();
        plan.branch = format!("rollback/{tag}").parse().unwrap();
        plan.good.reference = format!("v{}", word(0));
        plan.version_why = word(1);
        plan.trigger.description = word(2);
        plan.trigger.threshold = Some(word(3));
        plan.who_gets_what = rows
            .into_iter()
            .map(|[consumer, now, after_release, after_withdrawal]| Row {
                long: now < consumer,
                consumer,
                now,
                after_release,
                after_withdrawal,
            })
            .collect();
        let ways = list(0).into_iter().zip(list(1));
        plan.candidates =
            ways.map(|(strategy, verdict)| Candidate { chosen: strategy < verdict, strategy, verdict, versions: Vec::new() }).collect();
        plan.headline = list(0);
        plan.manual = list(1);
        plan.warnings = list(2);
        plan.irreversible = list(3);
        plan.removes = Removes { first_commits: list(4), first_files: list(5), ..plan.removes };
        plan.content.places = list(5).into_iter().map(|path| Place { path, locator: word(4), old: word(5), new: word(6) }).collect();
        plan.content.place_count = 700;
        for gate in &mut plan.gates {
            gate.question = word(4);
            gate.evidence = word(5);
        }
        for phase in &mut plan.window.window.phases {
            phase.action = word(6);
            phase.responsible = word(7);
        }
        plan
    })
}

/// Returns one approval of each of the example's gates, with what its people wrote.
pub(super) fn approvals(comment: &str) -> Vec<Approval> {
    let asks = example_plan().gates.into_iter().flat_map(|gate| gate.approvals.into_iter().map(move |ask| (gate.id.clone(), ask)));
    asks.map(|(gate, ask)| Approval {
        gate,
        by: Some(if ask.roles == ["technical-lead"] { "lead-login" } else { "owner-login" }.parse().unwrap()),
        environment: ask.environment,
        comment: comment.into(),
        before: Some(hours_after_release(13)),
    })
    .collect()
}

/// Returns the example's pull request.
pub(super) fn example_pull(state: PullState) -> Pull {
    Pull {
        number: 88,
        url: "https://github.example/acme/entity-core/pull/88".into(),
        state,
        title: String::new(),
        body: String::new(),
        head: "rollback/v0.1.0".into(),
        head_sha: String::new(),
        base: "main".into(),
        labels: Vec::new(),
        reviewers: Vec::new(),
        teams: Vec::new(),
    }
}

/// Fails where text from outside became a link, an image, HTML, a block of its own, a mention or a reference.
pub(super) fn check_markdown(document: &str) -> Result<(), TestCaseError> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH;
    let (mut code_block, mut link) = (false, false);
    // Each table's rows have as many cells as its head.
    let (mut cells, mut columns) = (0, 0);
    let mut running = String::new();
    for event in Parser::new_ext(document, options) {
        match event {
            Event::Start(Tag::Image { .. } | Tag::FootnoteDefinition(_) | Tag::Strikethrough | Tag::Emphasis) => {
                return Err(TestCaseError::fail(format!("{event:?} in\n{document}")));
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                link = true;
                prop_assert!(dest_url.starts_with("https://github.example/acme/entity-core/"), "link to {dest_url} in\n{document}");
            }
            Event::End(pulldown_cmark::TagEnd::Link) => link = false,
            Event::Start(Tag::Heading { .. }) => running.clear(),
            Event::Start(Tag::CodeBlock(_)) => code_block = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code_block = false,
            Event::Start(Tag::TableHead | Tag::TableRow) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::End(pulldown_cmark::TagEnd::TableHead) => columns = cells,
            Event::End(pulldown_cmark::TagEnd::TableRow) => prop_assert_eq!(cells, columns, "{}", document),
            Event::Html(html) | Event::InlineHtml(html) => prop_assert!(ours(&html), "HTML {html:?} in\n{document}"),
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) | Event::HardBreak => {
                return Err(TestCaseError::fail(format!("a formula, a footnote or a break in\n{document}")));
            }
            Event::Text(text) if !code_block && !link => running.push_str(&text),
            Event::Code(_) => running.push('◆'),
            Event::SoftBreak => running.push(' '),
            Event::End(_) => {
                prop_assert!(!linked_by_github(&running), "GitHub would link in {running:?} of\n{document}");
                // In every list and line of the harmful pieces something stands beside this word, unless it was taken for syntax.
                prop_assert_ne!(running.trim(), "evil", "{}", document);
                running.clear();
            }
            _ => {}
        }
    }
    Ok(())
}

fn ours(html: &str) -> bool {
    let html = html.trim();
    let known = ["<details><summary>", "</details>", "</summary>", "<br>", "<details>", "<summary>"];
    html.is_empty()
        || known.contains(&html)
        || (html.starts_with("<details><summary>") && html.ends_with("</summary>"))
        || hidden_line(html)
}

fn hidden_line(html: &str) -> bool {
    let base64 = html.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    base64
        || html == "-->"
        || html == "<!-- rollback-action:plan"
        || (html.starts_with("<!-- r") && html.ends_with("-->") && !html.contains("evil"))
}

fn linked_by_github(text: &str) -> bool {
    let after = |mark: &str, is: fn(char) -> bool| text.match_indices(mark).any(|(at, _)| text[at + mark.len()..].starts_with(is));
    after("@", char::is_alphanumeric) || after("#", |c| c.is_ascii_digit()) || text.contains("://") || text.contains("www.")
}
