//! Text from outside where people and the runner read it: never a command, HTML, a link of its own or a second line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pulldown_cmark::{Event, Options, Parser, Tag};
use rollback_action::report::{escape, inline, terminal};
use rollback_action::runner::{Kind, annotation, defuse};

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    rollback_action_fuzz::assert_tame(&defuse(&terminal(&text, 100)));
    let printed = defuse(&text);
    assert_eq!(defuse(&printed), printed, "what is tame stays as it is");
    for line in printed.lines() {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?}");
    }
    let line = annotation(Kind::Error, &text);
    assert!(line.lines().count() == 1 && line.starts_with("::error::") && !line.contains("##["), "{line:?}");

    for most in [20, 400] {
        let visible = escape::visible(&text, most);
        assert!(visible.chars().count() <= most && !visible.contains('\n') && !visible.contains("<!--"), "{visible:?}");
        tame(&escape::text(&text, most));
        tame(&format!("before {} after", escape::code(&text, most)));
        tame(&format!("| a | b |\n| --- | --- |\n| {} | {} |\n", escape::cell(&text, most), escape::code_cell(&text, most)));
        tame(&inline(&text));
        for one_line in [escape::plain(&text, most), escape::in_comment(&text), escape::diagram(&text, most)] {
            assert!(!one_line.contains(['\n', '\r']), "{one_line:?}");
        }
        assert!(!format!("<!-- {} -->", escape::in_comment(&text))[4..].trim_end_matches("-->").contains("-->"), "the comment ends early");
    }
    let link = escape::link(&text, "https://github.example/acme/entity-core");
    for event in Parser::new_ext(&link, Options::all()) {
        if let Event::Start(Tag::Link { dest_url, .. }) = event {
            assert_eq!(&*dest_url, "https://github.example/acme/entity-core", "{link:?}");
        }
    }
});

/// No HTML, picture or link, one table at most, and no second paragraph.
fn tame(markdown: &str) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    let mut blocks = 0;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Html(_) | Event::InlineHtml(_) | Event::TaskListMarker(_) | Event::Rule => panic!("{event:?} in {markdown:?}"),
            Event::Start(
                Tag::Image { .. } | Tag::Link { .. } | Tag::Heading { .. } | Tag::List(_) | Tag::BlockQuote(_) | Tag::CodeBlock(_),
            ) => {
                panic!("{event:?} in {markdown:?}")
            }
            Event::Start(Tag::Paragraph | Tag::Table(_)) => blocks += 1,
            _ => {}
        }
    }
    assert!(blocks <= 1, "{markdown:?}");
}
