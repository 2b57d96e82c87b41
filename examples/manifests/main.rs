//! Shows what the version finder makes of real repositories.
//!
//! ```sh
//! cargo run --example manifests -- CLONE TAG...
//! cargo run --example manifests -- --write CLONES
//! cargo run --example manifests -- --check CLONES
//! ```
//!
//! The first form prints, for each tag of one clone, the version found, every place, and the one-token change that a
//! rollback would make there. The others read the lines `owner/name package path tag tag` of `docs/manifests.txt`, where
//! `-` stands for no path, look for the clones under `CLONES/name`, and write the counts and the table of
//! `docs/manifests.md`, or compare the page with them.

mod page;
mod proof;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
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
        ["--write", clones] => page::write(Path::new(clones)),
        ["--check", clones] => page::check(Path::new(clones)),
        [clone, tags @ ..] if !tags.is_empty() => tags.iter().try_for_each(|tag| one(Path::new(clone), tag)),
        _ => Err(anyhow::anyhow!("usage: manifests CLONE TAG... | manifests --write CLONES | manifests --check CLONES")),
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
    let mut wrong = proof::there_and_back(&search, &found, &files);
    if let Ok(edits) = &edits {
        wrong.extend(proof::judged(edits, &files));
        wrong.extend(proof::rolled_back(&search, &files, edits, &good, &next));
    }
    Ok(Outcome { good, rounds, found, edits, wrong })
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
