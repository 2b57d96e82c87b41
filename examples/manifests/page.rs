//! The part of `docs/manifests.md` that is made from the clones: counts and table.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use super::{Outcome, look};

/// The repositories, and the page about them.
const LIST: &str = "docs/manifests.txt";
const PAGE: &str = "docs/manifests.md";
/// What stands around the part of the page that is made here.
const MADE: [&str; 2] = ["<!-- made by the command above -->\n", "<!-- end -->\n"];

/// Writes the made part of the page anew.
pub(crate) fn write(clones: &Path) -> Result<()> {
    let made = made(clones)?;
    let page = std::fs::read_to_string(PAGE).context(PAGE)?;
    let [before, _, after] = parts(&page)?;
    std::fs::write(PAGE, format!("{before}{made}{after}")).context(PAGE)
}

/// Compares the made part of the page with what it would be now.
pub(crate) fn check(clones: &Path) -> Result<()> {
    let made = made(clones)?;
    let page = std::fs::read_to_string(PAGE).context(PAGE)?;
    let [_, said, _] = parts(&page)?;
    let mut differences = String::new();
    for line in said.lines().filter(|line| !made.lines().any(|other| other == *line)) {
        let _ = writeln!(differences, "- {line}");
    }
    for line in made.lines().filter(|line| !said.lines().any(|other| other == *line)) {
        let _ = writeln!(differences, "+ {line}");
    }
    std::io::stdout().write_all(differences.as_bytes())?;
    ensure!(said == made, "`{PAGE}` is not what its command makes; `--write` makes it anew");
    Ok(())
}

/// Splits the page into what stands before the made part, the made part, and what stands after.
fn parts(page: &str) -> Result<[&str; 3]> {
    let [begin, end] = MADE;
    let split = page.find(begin).zip(page.find(end)).map(|(from, to)| (from + begin.len(), to)).filter(|(from, to)| from <= to);
    let (from, to) = split.with_context(|| format!("`{PAGE}` has no part between `{}` and `{}`", begin.trim_end(), end.trim_end()))?;
    Ok([&page[..from], &page[from..to], &page[to..]])
}

/// Returns the counts and the table.
fn made(clones: &Path) -> Result<String> {
    let mut rows = String::new();
    let mut counts = Counts::default();
    for line in std::fs::read_to_string(LIST).context(LIST)?.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [repository, package, path, tags @ ..] = words.as_slice() else { bail!("`{line}` is not `owner/name package path tag...`") };
        let clone = clones.join(repository.rsplit('/').next().unwrap_or(repository));
        counts.repositories += 1;
        for tag in tags {
            let path = (*path != "-").then_some(*path);
            let outcome = look(&clone, package, path, tag)?;
            let (files, places, said) = said(&outcome);
            counts.add(&outcome, places);
            let shown = match path {
                None => (*package).to_owned(),
                Some(path) => format!("{package} (`{path}`)"),
            };
            let _ = writeln!(
                rows,
                "| {repository} | {shown} | {tag} | {} | {files} | {places} | {} | {said} |",
                outcome.rounds,
                outcome.found.places.len()
            );
        }
    }
    let head =
        "| repository | package | tag | rounds | files | places | of all | outcome |\n| --- | --- | --- | --: | --: | --: | --: | --- |\n";
    Ok(format!("\n{counts}\n\n{head}{rows}\n"))
}

/// How many trees came to which end.
#[derive(Default)]
struct Counts {
    repositories: usize,
    found: usize,
    tagged: usize,
    refused: usize,
    wrong: usize,
    places: usize,
    all: usize,
}

impl Counts {
    fn add(&mut self, outcome: &Outcome, places: usize) {
        let end = match &outcome.edits {
            _ if !outcome.wrong.is_empty() => &mut self.wrong,
            Ok(edits) if edits.is_empty() => &mut self.tagged,
            Ok(_) => &mut self.found,
            Err(_) => &mut self.refused,
        };
        *end += 1;
        self.places += places;
        self.all += outcome.found.places.len();
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { repositories, found, tagged, refused, wrong, places, all } = self;
        let trees = found + tagged + refused + wrong;
        write!(
            f,
            "{repositories} repositories, {trees} trees: {found} found, {tagged} where the tag is the version, {refused} refused, \
             {wrong} wrong; {places} places edited of {all} that state a version."
        )
    }
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
