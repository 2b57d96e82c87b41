//! Manifests: found in any tree, edited in nothing but their versions, and read back as what was written.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use rollback_action::config;
use rollback_action::domain::tree::Mode;
use rollback_action::init;
use rollback_action::manifest::{Content, Files, Found, Search, find, initial_wants, left_alone, rewrite};

const GOOD: &str = "0.0.12";
const BAD: &str = "0.1.0";
const NEW: &str = "0.0.13";

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let mut tree: BTreeMap<&str, String> =
        rollback_action_fuzz::files(&text).take(12).map(|(path, text)| (path, text.to_owned())).collect();
    // A file of this name is the policy's part about packages.
    let policy = tree.remove("policy").unwrap_or_default();
    let packages =
        config::parse(&format!("version: 1\nroles:\n  technical-lead: {{ users: [a] }}\n  product-owner: {{ users: [b] }}\n{policy}"), "p");
    let search = Search::new(&packages.map(|policy| policy.packages).unwrap_or_default(), "acme/entity-core");
    let owned: BTreeMap<String, String> = tree.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect();
    init::packages(&owned);

    let (files, found) = searched(&search, &tree);
    for place in &found.places {
        let text = files.text(&place.path).expect("a place lies in a file that was read");
        assert_eq!(text.get(place.span.clone()), Some(place.value.as_str()));
    }
    let Ok(edits) = rewrite(&found, &files, GOOD, BAD, NEW, "2026-11-23") else { return };
    left_alone(&found, &edits);
    for edit in &edits {
        let before = files.text(&edit.path).expect("an edit is of a file that was read");
        let after = edit.apply(before).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(edit.spans.len(), edit.places.len());
        *tree.get_mut(edit.path.as_str()).expect("an edit is of a file that is there") = after;
    }
    // Every place that was written states what was written, in the same order.
    let (_, again) = searched(&search, &tree);
    assert_eq!(again.places.len(), found.places.len());
    for edit in &edits {
        for (place, now) in found.places.iter().zip(&again.places).filter(|(place, _)| place.path == edit.path) {
            let written = edit.spans.iter().find(|span| span.at == place.span);
            match written {
                Some(span) => assert_eq!(now.value, span.new, "{}", place.path),
                // A place inside a wider one changes with it.
                None if edit.spans.iter().any(|span| span.at.start < place.span.end && place.span.start < span.at.end) => {}
                None => assert_eq!(now.value, place.value, "{}", place.path),
            }
        }
    }
});

/// Answers a search's questions from the tree until it has none.
fn searched(search: &Search, tree: &BTreeMap<&str, String>) -> (Files, Found) {
    let mut files = Files::new();
    let mut wants = initial_wants(search);
    for _ in 0..20 {
        for path in &wants.files {
            let content = tree.get(path.as_str()).map_or(Content::Missing, |text| match text.strip_prefix("-> ") {
                Some(target) => Content::Symlink(target.to_owned()),
                None => Content::Text(text.clone()),
            });
            files.insert_file(path, content);
        }
        for dir in &wants.dirs {
            files.insert_dir(dir, listing(tree, dir));
        }
        let found = find(search, &files);
        if found.wants.is_empty() {
            return (files, found);
        }
        wants = found.wants;
    }
    panic!("the search never ends: {wants:?}");
}

fn listing(tree: &BTreeMap<&str, String>, dir: &str) -> Option<Vec<(String, Mode)>> {
    let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
    let below = tree.keys().filter_map(|path| path.strip_prefix(&prefix));
    let names: BTreeMap<String, Mode> = below
        .map(|rest| match rest.split_once('/') {
            Some((name, _)) => (name.to_owned(), Mode::Directory),
            None => (rest.to_owned(), Mode::File),
        })
        .collect();
    (!names.is_empty()).then(|| names.into_iter().collect())
}
