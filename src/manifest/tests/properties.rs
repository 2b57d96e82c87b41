//! Properties over generated manifests, and trees made to harm.

use proptest::prelude::*;

use super::{Content, Files, Search, changelog_entry, find, initial_wants, package, rewrite, tree};

/// Names of every file the finder reads, so that any of them may hold anything.
fn names() -> Vec<String> {
    let mut names: Vec<String> = initial_wants(&Search::default()).files.into_iter().collect();
    names.extend(
        ["a.gemspec", "a.csproj", "docs.txt", "values.yaml", "lib/a/version.rb", "a/__init__.py", "pnpm-lock.yaml", "yarn.lock"]
            .map(str::to_owned),
    );
    names
}

/// Manifests with the version left out, one of each grammar.
const SHAPES: [(&str, &str); 14] = [
    ("pyproject.toml", "[project]\nname = \"a\"\nversion = \"{}\"\n"),
    ("pyproject.toml", "tool = { poetry = { name = 'a', version = '{}' } }\n"),
    ("setup.cfg", "[metadata]\nname = a\nversion = {}\n"),
    ("setup.py", "setup(name='a', version='{}')\n"),
    ("Cargo.toml", "package.name = \"a\"\npackage.version = '''{}'''\n"),
    ("package.json", "{ \"name\": \"a\",\n\t\"version\" :\"{}\" , }\n"),
    ("Chart.yaml", "name: a\nversion: {}\n"),
    ("pubspec.yaml", "{ name: a, version: \"{}\" }\n"),
    ("pom.xml", "<project><artifactId>a</artifactId><version>\n {} </version></project>\n"),
    ("Directory.Build.props", "<Project><PropertyGroup><Version>{}</Version></PropertyGroup></Project>\n"),
    ("gradle.properties", "version = {}\n"),
    ("build.gradle", "version '{}'\n"),
    ("mix.exs", "@version \"{}\"\n"),
    ("VERSION", "{}\n"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_changes_exactly_the_version_reads_back_and_can_be_undone(
        shape in 0..SHAPES.len(), good in "(0|[1-9][0-9]{0,3})\\.(0|[1-9][0-9]{0,3})\\.(0|[1-9][0-9]{0,3})", bump in 1..50_u64,
        windows in any::<bool>(), mark in any::<bool>(), last in any::<bool>(),
    ) {
        let (path, shape) = SHAPES[shape];
        let mut parsed = semver::Version::parse(&good).unwrap();
        prop_assume!(good != "0.0.0");
        parsed.patch += bump;
        let new = parsed.to_string();
        let dress = |version: &str| {
            let text = shape.replace("{}", version);
            let text = if last { text } else { text.trim_end_matches('\n').to_owned() };
            let text = if windows { text.replace('\n', "\r\n") } else { text };
            if mark { format!("\u{feff}{text}") } else { text }
        };
        let (before, after) = (dress(&good), dress(&new));
        let there = tree([(path, before.as_str())]).edits(&good, "9999.9.9", &new).map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
        prop_assert_eq!(there.len(), 1);
        prop_assert_eq!(there[0].apply(&before).unwrap(), after.clone());
        let back = tree([(path, after.as_str())]).edits(&new, "9999.9.9", &good).map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
        prop_assert_eq!(back[0].apply(&after).unwrap(), before);
    }

    #[test]
    fn a_search_over_anything_ends_without_a_panic(
        contents in proptest::collection::vec((any::<prop::sample::Index>(), "(?s)([\\PC\n\r\t]{0,40}(version|\"|\\[|\\{|=|: |<a>|0\\.0\\.12|project|\\$\\{|'|#|x-rollback-version)){0,12}"), 1..8)
    ) {
        let names = names();
        let mut files = Files::new();
        for (at, text) in &contents {
            files.insert_file(&names[at.index(names.len())], Content::Text(text.clone()));
        }
        let search = Search::new(&[package("a", None, &[("docs.txt", "line:version"), ("values.yaml", "yaml:a.b"), ("a.json", "json:$['x")])], "acme/a");
        for _ in 0..6 {
            let found = find(&search, &files);
            let _ = rewrite(&found, &files, "0.0.12", "0.1.0", "0.0.13", "2026-11-23");
            for path in &found.wants.files {
                files.insert_file(path, contents.first().map_or(Content::Missing, |(_, text)| Content::Text(text.clone())));
            }
            for dir in &found.wants.dirs {
                files.insert_dir(dir, Some(vec![("a".into(), crate::domain::tree::Mode::Directory), ("a.gemspec".into(), crate::domain::tree::Mode::File)]));
            }
        }
        for (_, text) in &contents {
            let _ = changelog_entry(text, "0.1.0", "0.0.13", "0.0.12", "2026-11-23", text);
        }
    }
}

#[test]
fn manifests_made_to_nest_or_to_take_long_are_refused_in_time() {
    let bombs: [(&str, String); 9] = [
        ("package.json", "[".repeat(1_000_000)),
        ("package.json", format!("{{\"version\":{}", "{\"a\":".repeat(200_000))),
        ("pom.xml", "<a>".repeat(500_000)),
        ("pom.xml", format!("<a {}/>", (0..20_000).map(|at| format!("a{at}='1' ")).collect::<String>())),
        ("Chart.yaml", "[".repeat(100_000)),
        ("Chart.yaml", "- ".repeat(100_000)),
        ("pyproject.toml", format!("a = {}", "[".repeat(500_000))),
        ("pyproject.toml", format!("{}x = 1", "a.".repeat(200_000))),
        ("setup.py", "version=".repeat(500_000)),
    ];
    for (path, text) in bombs {
        let started = std::time::Instant::now();
        let mut files = Files::new();
        files.insert_file(path, Content::Text(text));
        let _ = find(&Search::default(), &files);
        assert!(started.elapsed().as_secs() < 5, "{path} took {:?}", started.elapsed());
    }
}

#[test]
fn a_lock_file_of_very_many_entries_is_edited_in_time() {
    let entries = 10_000;
    let lock = "[[package]]\nname = \"a\"\nversion = \"0.0.12\"\n\n".repeat(entries);
    let tree = tree([("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.0.12\"\n"), ("Cargo.lock", lock.as_str())]);
    let started = std::time::Instant::now();
    let edits = tree.edits("0.0.12", "0.1.0", "0.0.13").unwrap();
    assert_eq!(edits.iter().map(|edit| edit.spans.len()).sum::<usize>(), entries + 1);
    assert_eq!(tree.left(), "");
    assert!(started.elapsed().as_secs() < 20, "it took {:?}", started.elapsed());
}
