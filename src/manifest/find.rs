//! The search over a tree: asks for files, hands them to the ecosystems, and collects what they find.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use crate::domain::tree::Mode;
use crate::gather::Gather as _;

use super::document::{Format, Node, Scalar};
use super::files::{Files, Known, Wants, under};
use super::place::{Ecosystem, Found, Member, Note, Part, Place, Problem, What, position};
use super::search::Search;
use super::{advice, ecosystem, spelling};
use crate::config::Registry;

/// How many directories and files may be asked for in all, so that a strange tree cannot make the reads endless.
pub(crate) const MOST: usize = 4000;

/// Directories that often hold packages, listed in the first round.
const DIRECTORIES: [&str; 14] =
    ["", ".changeset", "Src", "apps", "charts", "crates", "lib", "libs", "modules", "packages", "plugins", "python", "src", "tools"];

/// Files that only matter beside another one, read in the first round all the same.
const FILES: [&str; 8] = [
    "Cargo.lock",
    "Directory.Build.props",
    "Gemfile.lock",
    "bun.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pnpm-workspace.yaml",
    "settings.gradle.kts",
];

/// Returns the places of a tree as far as it has been read, and what must be read next.
pub fn find(search: &Search, files: &Files) -> Found {
    let mut scan = Scan::new(search, files);
    ecosystem::find(&mut scan);
    scan.done()
}

/// Returns what is asked for in the first round, before anything is known.
pub fn initial_wants(search: &Search) -> Wants {
    let mut wants = find(search, &Files::new()).wants;
    for root in std::iter::once("").chain(search.searched()) {
        wants.dirs.extend(DIRECTORIES.map(|dir| under(root, dir)));
        wants.files.extend(FILES.map(|file| under(root, file)));
    }
    wants.dirs = wants.dirs.iter().map(|dir| dir.trim_end_matches('/').to_owned()).collect();
    wants
}

/// A search under way.
pub(crate) struct Scan<'a> {
    pub(crate) search: &'a Search,
    files: &'a Files,
    found: Found,
    documents: BTreeMap<String, Option<Rc<Node>>>,
    /// Where each place is in the list, by path and bytes: a lock file may hold very many.
    at: BTreeMap<(String, usize, usize), usize>,
    /// Manifests that should state a version and do not, with the reason.
    pub(crate) expected: Vec<Problem>,
    /// Files looked at and there, for the message that nothing was found.
    pub(crate) seen: BTreeSet<String>,
}

/// What a place is, apart from where: filled in by the ecosystems.
#[derive(Debug, Clone)]
pub(crate) struct Kind<'k> {
    pub(crate) what: What,
    pub(crate) ecosystem: Ecosystem,
    pub(crate) unit: &'k str,
    pub(crate) package: Option<&'k str>,
    pub(crate) part: Part,
}

impl<'k> Kind<'k> {
    /// A package's own version.
    pub(crate) fn own(ecosystem: Ecosystem, unit: &'k str, package: Option<&'k str>) -> Self {
        Self { what: What::OwnVersion, ecosystem, unit, package, part: Part::Whole }
    }

    /// The same place as something else.
    pub(crate) fn being(self, what: What) -> Self {
        Self { what, ..self }
    }

    /// The same place in another spelling.
    pub(crate) fn spelled(self, part: Part) -> Self {
        Self { part, ..self }
    }
}

impl<'a> Scan<'a> {
    fn new(search: &'a Search, files: &'a Files) -> Self {
        let found = Found { search: search.clone(), ..Found::default() };
        Self { search, files, found, documents: BTreeMap::new(), at: BTreeMap::new(), expected: Vec::new(), seen: BTreeSet::new() }
    }

    /// Returns the text of a file and the path that really holds it; asks for it when nobody has read it.
    pub(crate) fn text(&mut self, path: &str) -> Option<(String, &'a str)> {
        match self.files.known(path) {
            Known::Text(real, text) => {
                let real = real.to_owned();
                self.seen.insert(real.clone());
                Some((real, text))
            }
            Known::Absent => None,
            Known::TooLarge => {
                self.problem(
                    path,
                    "",
                    0,
                    "the file is larger than 5 MB",
                    "leave it to a declared place of a smaller file, or remove it from the search",
                );
                None
            }
            Known::Unread(path) => {
                self.want_file(&path);
                None
            }
        }
    }

    /// Returns a document; one that cannot be read is a problem.
    pub(crate) fn document(&mut self, path: &str) -> Option<(String, &'a str, Rc<Node>)> {
        self.document_as(path, Format::of(path))
    }

    /// Returns a document of a grammar that its name does not tell.
    pub(crate) fn document_as(&mut self, path: &str, format: Format) -> Option<(String, &'a str, Rc<Node>)> {
        let (path, text) = self.text(path)?;
        if let Some(known) = self.documents.get(&path) {
            return known.clone().map(|node| (path, text, node));
        }
        let node = match format.parse(text) {
            Ok(node) => Some(Rc::new(node)),
            Err(error) => {
                self.problem(
                    &path,
                    text,
                    error.at,
                    &error.message,
                    "mend the file in the good release's tree, or declare the place with `line:` or `marker`",
                );
                None
            }
        };
        self.documents.insert(path.clone(), node.clone());
        node.map(|node| (path, text, node))
    }

    /// Returns the names in a directory with their modes; asks for the listing when nobody has read it.
    pub(crate) fn dir(&mut self, path: &str) -> Vec<(String, Mode)> {
        match self.files.listing(path) {
            Some(Some(entries)) => entries.iter().map(|(name, mode)| (name.clone(), *mode)).collect(),
            Some(None) => Vec::new(),
            None => {
                if self.room() {
                    self.found.wants.dirs.insert(path.to_owned());
                }
                Vec::new()
            }
        }
    }

    /// Adds a place whose value is a scalar of a document.
    pub(crate) fn scalar(&mut self, path: &str, text: &str, locator: &str, scalar: &Scalar, kind: Kind<'_>) {
        if scalar.plain {
            self.place(path, text, locator, scalar.span.clone(), kind);
        } else if spelling::is_version(scalar.text.trim()) {
            self.problem(
                path,
                text,
                scalar.span.start,
                &format!("the value at `{locator}` is written with escapes or over several lines"),
                "write it as one plain string",
            );
        }
    }

    /// Adds a place by its bytes.
    pub(crate) fn place(&mut self, path: &str, text: &str, locator: &str, span: Range<usize>, kind: Kind<'_>) {
        let Some(value) = text.get(span.clone()) else { return };
        let Kind { what, ecosystem, unit, package, part } = kind;
        let next = self.found.places.len();
        let at = *self.at.entry((path.to_owned(), span.start, span.end)).or_insert(next);
        if let Some(known) = self.found.places.get_mut(at) {
            if what == What::Always {
                known.what = what;
            }
            return;
        }
        self.found.places.push(Place {
            path: path.to_owned(),
            value: value.to_owned(),
            span,
            what,
            locator: locator.to_owned(),
            package: package.map(str::to_owned),
            line: 0,
            column: 0,
            ecosystem,
            unit: unit.to_owned(),
            part,
        });
    }

    /// Adds the version inside a requirement such as `^1.2.3` or `entity-core==1.2.3`.
    pub(crate) fn pin(&mut self, path: &str, text: &str, locator: &str, scalar: &Scalar, kind: Kind<'_>) {
        if !scalar.plain {
            return;
        }
        for token in spelling::tokens(&scalar.text) {
            let span = scalar.span.start + token.start..scalar.span.start + token.end;
            self.place(path, text, locator, span, kind.clone());
        }
    }

    /// Adds a package and the place its version comes from.
    pub(crate) fn member(&mut self, ecosystem: Ecosystem, name: &str, dir: &str, own: Option<(String, usize)>) {
        let member = Member { ecosystem, name: name.to_owned(), dir: dir.to_owned(), own };
        if !self.found.members.contains(&member) {
            self.found.members.push(member);
        }
    }

    /// Returns the packages of an ecosystem found so far.
    pub(crate) fn members(&self, ecosystem: Ecosystem) -> BTreeSet<String> {
        self.found.members.iter().filter(|member| member.ecosystem == ecosystem).map(|member| member.name.clone()).gather()
    }

    /// Returns the place that states the version of the package in a directory, of this ecosystem.
    pub(crate) fn places_own(&self, ecosystem: Ecosystem, unit: &str) -> Option<(String, usize)> {
        let own = |place: &&Place| place.what == What::OwnVersion && place.ecosystem == ecosystem && place.unit == unit;
        self.found.places.iter().find(own).map(|place| (place.path.clone(), place.span.start))
    }

    /// Tells whether a version of this ecosystem has been found.
    pub(crate) fn states(&self, ecosystem: Ecosystem) -> bool {
        self.found.places.iter().any(|place| place.ecosystem == ecosystem && place.what == What::OwnVersion)
    }

    /// Tells whether a package of this ecosystem requires a version of another one here.
    pub(crate) fn has_pins(&self, ecosystem: Ecosystem) -> bool {
        self.found.places.iter().any(|place| place.ecosystem == ecosystem && place.what == What::InternalPin)
    }

    /// Tells whether anything is known of the version: a place that states it, a tool that takes it from the tag, or a
    /// manifest that should.
    pub(crate) fn knows_anything(&self) -> bool {
        let own = |place: &Place| matches!(place.what, What::OwnVersion | What::Marker | What::Always);
        self.found.places.iter().any(own) || !self.found.tagged.is_empty() || !self.expected.is_empty()
    }

    /// Tells whether this file is there and too large to look into.
    pub(crate) fn is_too_large(&self, path: &str) -> bool {
        self.files.known(path) == Known::TooLarge
    }

    /// Tells whether this path has yet to be read.
    pub(crate) fn unread(&self, path: &str) -> bool {
        matches!(self.files.known(path), Known::Unread(_))
    }

    /// Tells whether anything is still to be read.
    pub(crate) fn waiting(&self) -> bool {
        !self.found.wants.is_empty()
    }

    /// Adds something people should know.
    pub(crate) fn note(&mut self, path: &str, text: impl Into<String>) {
        self.found.notes.push(Note { path: path.to_owned(), text: text.into() });
    }

    /// Says that the version of a unit is the tag's by its own word, whatever other files there state.
    pub(crate) fn tag_is_version(&mut self, unit: &str, path: &str, by: &str) {
        self.found.waived.insert(unit.to_owned());
        self.tag_is_stated_nowhere(unit, path, by);
    }

    /// Says that an ecosystem takes the version of a unit from the tag; files of other ecosystems there must still agree.
    pub(crate) fn tag_is_stated_nowhere(&mut self, unit: &str, path: &str, by: &str) {
        self.found.tagged.insert(unit.to_owned());
        self.note(path, format!("{by} takes the version from the tag: nothing to write; the tag must exist before the build"));
    }

    /// Tells whether the version of a unit is the tag's.
    pub(crate) fn is_tagged(&self, unit: &str) -> bool {
        self.found.tagged.contains(unit)
    }

    /// Says that a manifest is never published, by its own word.
    pub(crate) fn private(&mut self, path: &str) {
        self.found.private.insert(path.to_owned());
    }

    /// Adds something that must be mended.
    pub(crate) fn problem(&mut self, path: &str, text: &str, at: usize, message: &str, hint: &str) {
        let (line, column) = if text.is_empty() { (0, 0) } else { position(text, at) };
        self.found.problems.push(Problem { path: path.to_owned(), line, column, message: message.to_owned(), hint: hint.to_owned() });
    }

    /// Says that a manifest should state a version and does not.
    pub(crate) fn expect(&mut self, path: &str, message: impl Into<String>) {
        self.expected.push(Problem { path: path.to_owned(), line: 0, column: 0, message: message.into(), hint: String::new() });
    }

    fn want_file(&mut self, path: &str) {
        if self.room() {
            self.found.wants.files.insert(path.to_owned());
        }
    }

    fn room(&self) -> bool {
        self.found.wants.files.len() + self.found.wants.dirs.len() < MOST
    }

    fn done(mut self) -> Found {
        if self.found.wants.is_empty() {
            self.conclude();
        }
        let Found { places, problems, notes, members, .. } = &mut self.found;
        // Of two places that begin at the same byte the wider comes first, and is the one that is edited.
        places.sort_unstable_by(|a, b| (&a.path, a.span.start, b.span.end).cmp(&(&b.path, b.span.start, a.span.end)));
        *problems = std::mem::take(problems).into_iter().distinct();
        *notes = std::mem::take(notes).into_iter().distinct();
        *members = std::mem::take(members).into_iter().distinct();
        number_lines(places, self.files);
        self.found
    }

    /// Says what it means when nothing states a version.
    fn conclude(&mut self) {
        let own = |place: &Place| matches!(place.what, What::OwnVersion | What::Marker | What::Always);
        if self.found.places.iter().any(|place| own(place) && !spelling::is_placeholder(&place.value)) {
            return;
        }
        let tagged = self.found.tagged.iter().any(|unit| self.search.names(unit));
        // A placeholder is where the build puts the tag's version.
        let filled_in = self.found.places.iter().any(own) || !self.is_published_with_a_manifest();
        if tagged || (self.expected.is_empty() && filled_in) {
            self.note("", "no file states a version; the tag is the version");
            return;
        }
        let seen: Vec<String> = self.seen.iter().take(12).map(|path| format!("`{path}`")).collect();
        let looked = if seen.is_empty() { "there is no manifest".into() } else { format!("looked at {}", seen.join(", ")) };
        let expected = self.expected.first().map(|problem| &problem.path).or_else(|| self.seen.first());
        let path = expected.map_or("path/to/file", String::as_str);
        let hint = format!(
            "in `.github/rollback.yml`, name the place, as in {}; where the tag is the version: {}",
            advice::entry(self.search, path, advice::usual(path)),
            advice::entry(self.search, path, "tag"),
        );
        self.problem("", "", 0, &format!("no version found; {looked}"), &hint);
        self.found.problems.append(&mut self.expected);
    }

    /// Tells whether a package goes to a registry that takes the version from a file.
    fn is_published_with_a_manifest(&self) -> bool {
        let needs = |registry| matches!(registry, Registry::Npm | Registry::Crates | Registry::Pypi | Registry::Maven);
        self.search.packages.iter().any(|package| needs(package.registry))
    }
}

/// Gives each place its line and column, in one pass over each file; the places are sorted.
fn number_lines(places: &mut [Place], files: &Files) {
    let (mut path, mut line, mut column, mut at) = (String::new(), 1, 1, 0);
    for place in places {
        if place.path != path {
            (path, line, column, at) = (place.path.clone(), 1, 1, 0);
        }
        let between = files.text(&path).and_then(|text| text.get(at..place.span.start)).unwrap_or_default();
        line += between.bytes().filter(|byte| *byte == b'\n').count();
        column = match between.rsplit_once('\n') {
            Some((_, last)) => last.chars().count() + 1,
            None => column + between.chars().count(),
        };
        at = place.span.start;
        (place.line, place.column) = (line, column);
    }
}
