//! The changelog's entry, in several conventions.

use super::changelog_entry;

fn entry(text: &str) -> Option<String> {
    changelog_entry(text, "0.1.0", "0.0.13", "0.0.12", "2026-11-23", "imports fail\non <Windows> @team")
        .map(|edit| edit.apply(text).unwrap())
}

#[test]
fn keep_a_changelog_gets_a_section_under_unreleased() {
    let text = "# Changelog\n\n## [Unreleased]\n\n- wip\n\n## [0.1.0] - 2026-11-20\n\n### Added\n\n- x\n\n## [0.0.12] - 2026-10-01\n";
    let want = "# Changelog\n\n## [Unreleased]\n\n- wip\n\n## [0.0.13] - 2026-11-23\n\n### Removed\n\n- Roll back 0.1.0: imports fail on &lt;Windows&gt; @\u{200b}team\n- The content is that of 0.0.12; 0.1.0 is withdrawn, do not use it\n\n## [0.1.0] - 2026-11-20\n\n### Added\n\n- x\n\n## [0.0.12] - 2026-10-01\n";
    assert_eq!(entry(text).as_deref(), Some(want));
}

#[test]
fn release_please_gets_its_comparison_and_its_stars() {
    let text = "# Changelog\r\n\r\n## [0.1.0](https://github.com/acme/x/compare/v0.0.12...v0.1.0) (2026-11-20)\r\n\r\n### Features\r\n\r\n* y\r\n\r\n## [0.0.12](https://github.com/acme/x/compare/v0.0.11...v0.0.12) (2026-10-01)\r\n";
    let new = entry(text).unwrap();
    assert!(
        new.contains(
            "## [0.0.13](https://github.com/acme/x/compare/v0.1.0...v0.0.13) (2026-11-23)\r\n\r\n### Reverts\r\n\r\n* Roll back 0.1.0: "
        ),
        "{new}"
    );
    assert!(new.ends_with(&text[13..]), "{new}");
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
}

#[test]
fn simple_headings_and_underlined_ones_are_followed() {
    assert!(entry("# v0.1.0\n\n- x\n").unwrap().starts_with("# v0.0.13\n\n- Roll back 0.1.0"));
    assert!(entry("## 0.1.0 (2026-11-20)\n* x\n").unwrap().starts_with("## 0.0.13 (2026-11-23)\n\n* Roll back"));
    assert!(
        entry("Log\n===\n\n0.1.0 (2026-11-20)\n------------------\n- x\n")
            .unwrap()
            .contains("Log\n===\n\n0.0.13 (2026-11-23)\n-------------------\n\n- Roll back")
    );
}

#[test]
fn a_changelog_without_releases_or_with_the_entry_already_is_left() {
    assert_eq!(entry("# Changelog\n\nSee the releases page.\n"), None);
    assert_eq!(entry(""), None);
    assert_eq!(entry("## 0.0.13\n\n- x\n\n## 0.1.0\n"), None);
    assert_eq!(entry("```\n## 0.1.0\n```\n"), None);
}

#[test]
fn a_heading_whose_version_runs_into_other_text_is_no_convention() {
    // The new version in its place would read as `0.0.13--2`, and a second run would not know its own entry.
    assert_eq!(entry("## 0.0r1--2 (2025-01-01)\n\n- x\n"), None);
}
