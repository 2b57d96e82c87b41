//! Shows what the version finder makes of real repositories.
//!
//! ```sh
//! cargo run --example manifests -- CLONE TAG...
//! cargo run --example manifests -- --table CLONES < docs/manifests.txt
//! ```
//!
//! The first form prints, for each tag of one clone, the version found, every place, and the one-token change that a
//! rollback would make there. The second reads lines of `owner/name package path tag tag`, where `-` stands for no path,
//! looks for the clones under `CLONES/name`, and prints a table in Markdown.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail, ensure};
use rollback_action::config::{Package, Registry};
use rollback_action::domain::tree::Mode;
use rollback_action::manifest::{Content, FileEdit, Files, Found, Search, Wants, find, initial_wants, rewrite};

/// The date a rollback would write; any will do here.
const DAY: &str = "2026-01-02";
/// A version nothing states.
const BAD: &str = "99999.0.0";
/// The most rounds of files naming further files; the plan itself makes at most four.
const ROUNDS: usize = 6;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["--table", clones] => table(Path::new(clones)),
        [clone, tags @ ..] if !tags.is_empty() => tags.iter().try_for_each(|tag| one(Path::new(clone), tag)),
        _ => Err(anyhow::anyhow!("usage: manifests CLONE TAG... | manifests --table CLONES < list")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What the finder made of one tag.
struct Outcome {
    /// The tag's version.
    good: String,
    rounds: usize,
    found: Found,
    edits: Result<Vec<FileEdit>, Vec<String>>,
    /// What is wrong with an edit: it is not a change of one version per place.
    wrong: Vec<String>,
}

fn one(clone: &Path, tag: &str) -> Result<()> {
    let name = clone.file_name().and_then(|name| name.to_str()).unwrap_or("package").trim_end_matches(".git").to_owned();
    let outcome = look(clone, &name, None, tag)?;
    let mut text = format!("{tag}: version {}, {} rounds of reading\n", outcome.good, outcome.rounds);
    match &outcome.edits {
        Ok(edits) => {
            for (edit, place) in edits.iter().flat_map(|edit| edit.places.iter().map(move |place| (edit, place))) {
                let _ = writeln!(text, "  {}:{} {}: `{}` -> `{}`", edit.path, place.line, place.locator, place.old, place.new);
            }
        }
        Err(problems) => problems.iter().for_each(|problem| {
            let _ = writeln!(text, "  refused: {problem}");
        }),
    }
    for note in &outcome.found.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    for wrong in &outcome.wrong {
        let _ = writeln!(text, "  WRONG: {wrong}");
    }
    std::io::stdout().write_all(text.as_bytes())?;
    ensure!(outcome.wrong.is_empty(), "an edit changes more than versions");
    Ok(())
}

fn table(clones: &Path) -> Result<()> {
    let mut out =
        String::from("| repository | package | tag | rounds | files | places | outcome |\n| --- | --- | --- | --: | --: | --: | --- |\n");
    for line in std::io::read_to_string(std::io::stdin())?.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [repository, package, path, tags @ ..] = words.as_slice() else { bail!("`{line}` is not `owner/name package path tag...`") };
        let clone = clones.join(repository.rsplit('/').next().unwrap_or(repository));
        for tag in tags {
            let path = (*path != "-").then_some(*path);
            let outcome = look(&clone, package, path, tag)?;
            let (files, places, said) = said(&outcome);
            let shown = match path {
                None => (*package).to_owned(),
                Some(path) => format!("{package} (`{path}`)"),
            };
            let _ = writeln!(out, "| {repository} | {shown} | {tag} | {} | {files} | {places} | {said} |", outcome.rounds);
        }
    }
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(())
}

fn said(outcome: &Outcome) -> (usize, usize, String) {
    match &outcome.edits {
        _ if !outcome.wrong.is_empty() => (0, 0, format!("**wrong**: {}", outcome.wrong.join("; "))),
        Ok(edits) if edits.is_empty() => (0, 0, "the tag is the version".to_owned()),
        Ok(edits) => {
            let places: Vec<_> = edits.iter().flat_map(|edit| &edit.places).collect();
            let stated = places.iter().any(|place| place.old == outcome.good);
            let said = if stated { "found, one word a place" } else { "found in another spelling, one word a place" };
            (edits.len(), places.len(), said.to_owned())
        }
        Err(problems) => {
            let first = problems.first().map_or("", |problem| problem.split(" | hint").next().unwrap_or(problem));
            (0, 0, format!("**refused**: {}", first.replace('|', "\\|").chars().take(200).collect::<String>()))
        }
    }
}

/// Finds the version in the tree of a tag and rewrites it to the next patch.
fn look(clone: &Path, package: &str, path: Option<&str>, tag: &str) -> Result<Outcome> {
    ensure!(
        git(clone, &["rev-parse", "--verify", "--quiet", &format!("refs/tags/{tag}^{{commit}}")]).is_some(),
        "no tag `{tag}` in `{}`",
        clone.display()
    );
    let search = Search::new(&[package_of(package, path)?], package);
    let mut files = Files::new();
    let mut wants = initial_wants(&search);
    let mut rounds = 0;
    let found = loop {
        rounds += 1;
        read(clone, tag, &wants, &mut files);
        let found = find(&search, &files);
        if found.wants.is_empty() || rounds == ROUNDS {
            break found;
        }
        wants = found.wants;
    };
    let good = version_in(tag);
    let next = next_patch(&good);
    let edits = rewrite(&found, &files, &good, BAD, &next, DAY)
        .map_err(|problems| problems.iter().map(|problem| problem.to_string().replace('\n', " | ")).collect());
    let wrong = edits.as_ref().map_or_else(|_| Vec::new(), |edits| judged(edits, &files));
    Ok(Outcome { good, rounds, found, edits, wrong })
}

/// In every file as many words must change as the plan has places in it, each on a line of a place, and nothing else.
fn judged(edits: &[FileEdit], files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for edit in edits {
        let Some(before) = files.text(&edit.path) else { continue };
        let after = match edit.apply(before) {
            Ok(after) => after,
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        let (old, new): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
        if old.len() != new.len() {
            wrong.push(format!("`{}` has {} lines and then {}", edit.path, old.len(), new.len()));
            continue;
        }
        for (at, (old, new)) in old.iter().zip(&new).enumerate() {
            let places = edit.places.iter().filter(|place| place.line == at + 1).count();
            let (old, new) = (words(old), words(new));
            let changed = old.iter().zip(&new).filter(|(old, new)| old != new).count();
            if old.len() != new.len() || changed != places {
                wrong.push(format!("`{}` line {}: {changed} words change at {places} places", edit.path, at + 1));
            }
        }
    }
    wrong
}

/// A version is one word, quotes and spaces are not part of one.
fn words(line: &str) -> Vec<&str> {
    line.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !".+-_".contains(c)).collect()
}

fn read(clone: &Path, tag: &str, wants: &Wants, files: &mut Files) {
    for path in &wants.files {
        let content = match git(clone, &["cat-file", "blob", &format!("{tag}:{path}")]) {
            None => Content::Missing,
            Some(bytes) => String::from_utf8(bytes).map_or(Content::Binary, Content::Text),
        };
        files.insert_file(path, content);
    }
    for path in &wants.dirs {
        files.insert_dir(path, listing(clone, tag, path));
    }
}

fn listing(clone: &Path, tag: &str, path: &str) -> Option<Vec<(String, Mode)>> {
    let out = git(clone, &["ls-tree", "-z", &format!("{tag}:{path}")])?;
    let entry = |line: &str| {
        let (facts, name) = line.split_once('\t')?;
        let mode = match facts.split(' ').next()? {
            "040000" => Mode::Directory,
            "120000" => Mode::Symlink,
            "160000" => Mode::Submodule,
            "100755" => Mode::Executable,
            _ => Mode::File,
        };
        Some((name.to_owned(), mode))
    };
    Some(String::from_utf8_lossy(&out).split('\0').filter_map(entry).collect())
}

fn git(clone: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("git").arg("-C").arg(clone).args(arguments).output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn package_of(name: &str, path: Option<&str>) -> Result<Package> {
    let path = path.map(str::parse).transpose().context("the package's path")?;
    Ok(Package { name: name.to_owned(), registry: Registry::GithubReleases, path, tag: None, index: None, manifests: Vec::new() })
}

/// Returns the version in a tag: from the first digit that starts a dotted number.
fn version_in(tag: &str) -> String {
    let starts = tag.char_indices().filter(|(at, c)| {
        c.is_ascii_digit() && !tag.get(..*at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit() || c == '.'))
    });
    let mut versions = starts.filter_map(|(at, _)| tag.get(at..)).filter(|rest| rest.contains('.') && !rest.contains('/'));
    versions.next_back().map_or_else(|| tag.to_owned(), ToOwned::to_owned)
}

fn next_patch(version: &str) -> String {
    match version.rsplit_once('.') {
        Some((line, patch)) => patch.parse::<u64>().map_or_else(|_| format!("{version}.1"), |patch| format!("{line}.{}", patch + 1)),
        None => format!("{version}.1"),
    }
}
