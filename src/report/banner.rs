//! The warning at the top of the bad release's notes. The notes themselves are the user's and stay byte for byte.

use super::escape::{code, link, text};
use super::{facts, pins};
use crate::plan::{BANNER_END, BANNER_START, Plan};
use crate::words::join;

/// GitHub refuses longer notes: 125,000 characters, counted here in bytes since it does not say which.
const LONGEST: usize = 125_000;

/// Returns release notes with the warning banner at the top, in place of an earlier one; the same notes where not even
/// its shortest form fits.
pub fn with_banner(body: &str, plan: &Plan) -> String {
    bannered(body, plan).unwrap_or_else(|| body.to_owned())
}

/// Tells whether the notes leave room for a banner.
pub fn banner_fits(body: &str, plan: &Plan) -> bool {
    bannered(body, plan).is_some()
}

fn bannered(body: &str, plan: &Plan) -> Option<String> {
    let own = without_banner(body);
    [full(plan), short(plan)].into_iter().map(|banner| on_top(&banner, &own)).find(|notes| notes.len() <= LONGEST)
}

fn on_top(banner: &str, own: &str) -> String {
    let notes = match own.is_empty() {
        true => format!("{BANNER_START}\n{banner}\n{BANNER_END}"),
        false => format!("{BANNER_START}\n{banner}\n{BANNER_END}\n\n"),
    };
    // An editor in a browser sends CR LF for every line end, ours too; so they are all alike again.
    let notes = if own.contains("\r\n") { notes.replace('\n', "\r\n") } else { notes };
    notes + own
}

fn full(plan: &Plan) -> String {
    let good = facts::good_name(plan);
    let mut lines = vec![
        "> [!CAUTION]".to_owned(),
        format!("> **{} is rolled back. Do not install it or upgrade to it.**", text(plan.bad.tag.as_str(), 255)),
        ">".to_owned(),
        format!("> Why: {}", text(&facts::why(plan), 500)),
        ">".to_owned(),
        format!("> - Stay on {}, or go back to it: {}.", code(&good, 255), pinned(plan)),
    ];
    if !plan.retag {
        lines.push(format!(
            "> - The content of that release comes again under the number {}: {}, once it is released.",
            code(plan.version.as_str(), 100),
            link(plan.tag.as_str(), &facts::release_page(plan, &plan.tag))
        ));
    }
    if let Some((number, page)) = facts::incident(plan) {
        lines.push(format!("> - Follow the incident: {}.", link(&format!("#{number}"), &page)));
    }
    lines.join("\n")
}

/// The commands that give the good version; where none is known, the version to pin.
fn pinned(plan: &Plan) -> String {
    let pins: Vec<String> = pins::pins(plan, &plan.good.version).iter().take(6).map(|(_, write)| code(write, 200)).collect();
    match pins.is_empty() {
        true => format!("pin version {}", code(plan.good.version.as_str(), 100)),
        false => join(&pins, "or"),
    }
}

fn short(plan: &Plan) -> String {
    let page = format!("{}/releases", plan.url);
    format!("> **{} is rolled back, do not install it.** See {}", text(plan.bad.tag.as_str(), 60), link("the releases", &page))
}

/// Takes away every banner of ours, whole or damaged: the markers' lines, the quoted lines that belong to them, and the
/// one empty line we put below. Lines of the person are never taken, wherever the markers stand.
fn without_banner(body: &str) -> String {
    let mut own: Vec<&str> = Vec::new();
    let mut lines = body.split_inclusive('\n').peekable();
    let is = |line: &str, marker: &str| line.trim() == marker;
    while let Some(line) = lines.next() {
        match (is(line, BANNER_START), is(line, BANNER_END)) {
            (true, _) => {
                while lines.next_if(|line| line.starts_with('>')).is_some() {}
                lines.next_if(|line| is(line, BANNER_END));
            }
            // The start was lost: the alert right above is ours.
            (false, true) => {
                let quoted = own.iter().rev().take_while(|line| line.starts_with('>')).count();
                let alert = own.get(own.len() - quoted).is_some_and(|line| is(line, "> [!CAUTION]"));
                own.truncate(own.len() - if alert { quoted } else { 0 });
            }
            (false, false) => {
                own.push(line);
                continue;
            }
        }
        lines.next_if(|line| line.trim_end_matches(['\r', '\n']).is_empty());
    }
    own.concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{hostile_plan, some_cases, text};
    use super::*;
    use crate::plan::example::{example_plan, minimal_plan};

    #[test]
    fn the_banner_says_what_to_do() {
        insta::assert_snapshot!(with_banner("## Changes\n\n- Plugins split.\n", &example_plan()), @r#"
        <!-- rollback-action:banner -->
        > [!CAUTION]
        > **v0.1.0 is rolled back. Do not install it or upgrade to it.**
        >
        > Why: Import failures: 14 % of users cannot import entity.plugins.gpt_oss (critical: more than 10 % of users)
        >
        > - Stay on `v0.0.12`, or go back to it: `pip install entity-core==0.0.12` or `entity-core==0.0.12`.
        > - The content of that release comes again under the number `0.0.13`: [v0.0.13](https://github.example/acme/entity-core/releases/tag/v0.0.13), once it is released.
        > - Follow the incident: [#87](https://github.example/acme/entity-core/issues/87).
        <!-- /rollback-action:banner -->

        ## Changes

        - Plugins split.
        "#);
    }

    #[test]
    fn notes_without_text_get_the_banner_alone() {
        insta::assert_snapshot!(with_banner("", &minimal_plan()), @r#"
        <!-- rollback-action:banner -->
        > [!CAUTION]
        > **v0.1.0 is rolled back. Do not install it or upgrade to it.**
        >
        > Why: Import failures (critical: more than 10 % of users)
        >
        > - Stay on `v0.0.12`, or go back to it: pin version `0.0.12`.
        > - The content of that release comes again under the number `0.0.13`: [v0.0.13](https://github.example/acme/entity-core/releases/tag/v0.0.13), once it is released.
        <!-- /rollback-action:banner -->
        "#);
    }

    #[track_caller]
    fn check(body: &str, own: &str) {
        let plan = example_plan();
        assert_eq!(with_banner(body, &plan), on_top(&full(&plan), own), "{body}");
    }

    #[test]
    fn an_earlier_banner_is_replaced_also_when_it_was_damaged() {
        let (s, e) = (BANNER_START, BANNER_END);
        check(&format!("{s}\n> old\n{e}\n\nmine\n"), "mine\n");
        check(&format!("{s}\n> old\n\nmine\n"), "mine\n");
        check(&format!("{s}\n> [!CAUTION]\n> old\n{s}\n> older\n{e}\n\nmine\n{e}\n"), "mine\n");
        check(&format!("> [!CAUTION]\n> old\n{e}\n\nmine\n"), "mine\n");
        check(&format!("{s}\r\n> old\r\n{e}\r\n\r\nmine\r\nhere\r\n"), "mine\r\nhere\r\n");
        check(&format!("{s}\n> old\nmine in between\n{e}\n"), "mine in between\n");
        check(&format!("above\n{s}\n> old\n{e}\n\nbelow"), "above\nbelow");
    }

    #[test]
    fn the_users_own_quote_and_leading_lines_are_kept() {
        check("> [!CAUTION]\n> mine\n", "> [!CAUTION]\n> mine\n");
        check("\n\n  mine", "\n\n  mine");
    }

    #[test]
    fn long_notes_get_a_short_banner_and_too_long_ones_none() {
        let plan = example_plan();
        let (short_room, no_room) = ("x".repeat(LONGEST - 400), "x".repeat(LONGEST - 10));
        assert_eq!(with_banner(&short_room, &plan), on_top(&short(&plan), &short_room));
        assert_eq!(with_banner(&no_room, &plan), no_room);
        assert!(banner_fits(&short_room, &plan) && !banner_fits(&no_room, &plan));
    }

    /// Notes with our markers, whole or in pieces, anywhere.
    fn notes() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just(BANNER_START.to_owned()),
            Just(BANNER_END.to_owned()),
            Just("> [!CAUTION]".to_owned()),
            Just("> quoted".to_owned()),
            Just(String::new()),
            text(),
        ];
        let end = prop_oneof![Just("\n"), Just("\r\n"), Just("")];
        proptest::collection::vec((piece, end), 0..12).prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn a_second_time_changes_nothing_and_the_users_lines_stay(body in notes(), plan in hostile_plan()) {
            let once = with_banner(&body, &plan);
            prop_assert_eq!(&with_banner(&once, &plan), &once);
            prop_assert!(once.ends_with(&without_banner(&body)));
            prop_assert!(once.len() <= LONGEST);
            prop_assert_eq!(once.lines().filter(|line| line.trim() == BANNER_START).count(), 1);
        }

        #[test]
        fn notes_of_any_length_stay_within_the_limit(spare in 0usize..3000) {
            let body = "ü".repeat((LONGEST - spare) / 2);
            let once = with_banner(&body, &example_plan());
            prop_assert!(once.len() <= LONGEST && once.ends_with(&body));
            prop_assert_eq!(with_banner(&once, &example_plan()), once);
        }
    }
}
