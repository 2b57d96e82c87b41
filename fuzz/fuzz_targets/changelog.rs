//! The changelog's entry: put in at one place, everything else as it was, and once only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollback_action::manifest::changelog_entry;

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let [reason, changelog] = rollback_action_fuzz::parts(&text);
    let entry = |text: &str| changelog_entry(text, "0.1.0", "0.0.13", "0.0.12", "2026-11-23", reason);
    let Some(edit) = entry(changelog) else { return };
    let after = edit.apply(changelog).unwrap_or_else(|error| panic!("{error}"));
    let [span] = edit.spans.as_slice() else { panic!("one place: {edit:?}") };
    assert!(span.at.is_empty() && span.new.contains("0.0.13"), "{:?}", span.new);
    assert_eq!(after, format!("{}{}{}", &changelog[..span.at.start], span.new, &changelog[span.at.end..]));
    assert_eq!(entry(&after), None, "a second time: {after:?}");
});
