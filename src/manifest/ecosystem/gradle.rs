//! Gradle: `gradle.properties`, and the version in `build.gradle(.kts)` of the root and the subprojects.

use std::collections::BTreeSet;

use crate::manifest::files::{join, under};
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, Part, What};
use crate::manifest::spelling;
use crate::manifest::tokens::{Comments, Placed, Token, given, tokens};

const JAVA: Ecosystem = Ecosystem::Java;

/// The properties projects keep their version in.
const PROPERTIES: [&str; 7] =
    ["version", "VERSION_NAME", "projectVersion", "project.version", "project_version", "mod_version", "pluginVersion"];

/// Looks at the build in a directory and its subprojects.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    let mut dirs = BTreeSet::from([dir.to_owned(), under(dir, "app")]);
    for settings in ["settings.gradle", "settings.gradle.kts"] {
        if let Some((_, text)) = scan.text(&under(dir, settings)) {
            dirs.extend(included(text).iter().filter_map(|project| join(dir, project)));
        }
    }
    for dir in &dirs {
        properties(scan, dir);
        for file in ["build.gradle", "build.gradle.kts"] {
            build(scan, dir, &under(dir, file));
        }
    }
    for logic in ["build-logic", "buildSrc"] {
        for sources in ["src/main/kotlin", "src/main/groovy"] {
            let sources = under(&under(dir, logic), sources);
            for (name, _) in scan.dir(&sources).into_iter().filter(|(name, _)| name.ends_with(".gradle") || name.ends_with(".gradle.kts")) {
                build(scan, dir, &under(&sources, &name));
            }
        }
    }
    if scan.places_own(JAVA, dir).is_none() {
        without(scan, dir);
    }
}

/// A build that states no version: the tag's, by one of the plugins for it, or one that is to be named.
fn without(scan: &mut Scan<'_>, dir: &str) {
    for file in ["build.gradle", "build.gradle.kts"] {
        let Some((path, text)) = scan.text(&under(dir, file)) else { continue };
        if ["axion-release", "jgitver", "git-version", "gitVersion", "nebula.release", "reckon", "gitSemVer", "shipkit"]
            .iter()
            .any(|plugin| text.contains(plugin))
        {
            scan.tag_is_version(dir, &path, "a plugin");
        } else {
            scan.expect(&path, "the build states no literal version");
        }
    }
}

/// Returns the directories of `include ':a:b', ':c'`.
fn included(text: &str) -> Vec<String> {
    let tokens = tokens(text, Comments::Slashes);
    let mut found = Vec::new();
    let mut within = false;
    for token in &tokens {
        match token.token {
            Token::Word("include") => within = true,
            Token::Text(project) if within => found.push(project.trim_start_matches(':').replace(':', "/")),
            Token::Sign(',' | '(' | ')') => {}
            Token::Word(_) | Token::Text(_) | Token::Sign(_) => within = false,
        }
    }
    found.truncate(1000);
    found
}

fn properties(scan: &mut Scan<'_>, dir: &str) {
    for file in ["gradle.properties", "version.properties"] {
        property_file(scan, dir, &under(dir, file));
    }
}

fn property_file(scan: &mut Scan<'_>, dir: &str, path: &str) {
    let Some((path, text)) = scan.text(path) else { return };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.trim_end();
        let Some(sign) = body.find(['=', ':']).filter(|_| !body.trim_start().starts_with(['#', '!'])) else { continue };
        let (key, value) = (body[..sign].trim_start_matches('\u{feff}').trim(), &body[sign + 1..]);
        let from = start + sign + 1 + (value.len() - value.trim_start().len());
        let span = from..from + value.trim().len();
        if PROPERTIES.contains(&key) && spelling::is_version(value.trim()) {
            scan.place(&path, text, key, span, Kind::own(JAVA, dir, None));
        } else if key == "VERSION_CODE" && value.trim().parse::<u64>().is_ok() {
            scan.place(&path, text, key, span, Kind::own(JAVA, dir, None).being(What::BuildNumber).spelled(Part::None));
        }
    }
}

fn build(scan: &mut Scan<'_>, dir: &str, path: &str) {
    let Some((path, text)) = scan.text(path) else { return };
    let tokens = tokens(text, Comments::Slashes);
    let blocks = blocks(&tokens);
    for given in given(&tokens, &["version", "project.version", "versionName"], &['=', '(']) {
        // `id("x") version "1"` is a plugin's; the project's own begins its line, at the top or for all projects.
        let inside: &[&str] = blocks.iter().find(|(from, _)| *from == given.name.span.start).map_or(&[], |(_, names)| names.as_slice());
        let top = inside.iter().all(|block| matches!(*block, "allprojects" | "subprojects"));
        let android = given.word == "versionName" && inside.first() == Some(&"android");
        if given.name.first && (top && given.word != "versionName" || android) && spelling::is_version(given.text) {
            scan.place(&path, text, given.word, given.value.span.clone(), Kind::own(JAVA, dir, None));
        }
    }
    for pair in tokens.windows(3) {
        let number = match (pair[0].token, pair[1].token, pair[2].token) {
            (Token::Word("versionCode"), Token::Word(number), _) if number.parse::<u64>().is_ok() => &pair[1],
            (Token::Word("versionCode"), Token::Sign('='), Token::Word(number)) if number.parse::<u64>().is_ok() => &pair[2],
            _ => continue,
        };
        let kind = Kind::own(JAVA, dir, None).being(What::BuildNumber).spelled(Part::None);
        scan.place(&path, text, "versionCode", number.span.clone(), kind);
    }
}

/// For each word `version…`, the names of the blocks around it, outermost first.
fn blocks<'a>(tokens: &[Placed<'a>]) -> Vec<(usize, Vec<&'a str>)> {
    let mut open: Vec<&str> = Vec::new();
    let mut last = "";
    let mut found = Vec::new();
    for token in tokens {
        match token.token {
            Token::Word(word) => {
                if word.ends_with("version") || word == "versionName" {
                    found.push((token.span.start, open.iter().take(8).copied().collect()));
                }
                last = word;
            }
            Token::Sign('{') => open.push(std::mem::take(&mut last)),
            Token::Sign('}') => {
                open.pop();
            }
            Token::Text(_) | Token::Sign(_) => {}
        }
    }
    found
}
