//! One-file ecosystems: Helm charts, Dart, PHP, Elixir, the repository's own action, Bazel, R.

use crate::manifest::files::under;
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, Part, What};
use crate::manifest::spelling;
use crate::manifest::tokens::{Comments, Placed, Token, given, tokens};

/// Looks at each of them in a directory.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    charts(scan, dir);
    dart(scan, dir);
    composer(scan, dir);
    elixir(scan, dir);
    action(scan, dir);
    bazel(scan, dir);
    cmake(scan, dir);
    description(scan, dir);
}

fn charts(scan: &mut Scan<'_>, dir: &str) {
    let mut dirs = vec![dir.to_owned(), under(dir, "chart"), under(dir, "helm")];
    if scan.document(&under(dir, "Chart.yaml")).is_none() {
        for parent in ["charts", "helm"] {
            dirs.extend(scan.subdirectories(&under(dir, parent)).into_iter().map(|(_, path)| path).take(200));
        }
    }
    for chart in dirs {
        let Some((path, text, node)) = scan.document(&under(&chart, "Chart.yaml")) else { continue };
        let unit = format!("chart:{chart}");
        let name = node.text(&["name"]);
        for scalar in node.all(&["version"]) {
            scan.scalar(&path, text, "version", scalar, Kind::own(Ecosystem::Helm, &unit, name));
        }
        for scalar in node.all(&["appVersion"]) {
            scan.scalar(&path, text, "appVersion", scalar, Kind::own(Ecosystem::Helm, &unit, name).being(What::AppVersion));
        }
    }
}

fn dart(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text, node)) = scan.document(&under(dir, "pubspec.yaml")) else { return };
    for scalar in node.all(&["version"]) {
        let part = if scalar.text.contains('+') { Part::WithBuild } else { Part::Whole };
        scan.scalar(&path, text, "version", scalar, Kind::own(Ecosystem::Other, dir, node.text(&["name"])).spelled(part));
        if part == Part::WithBuild {
            scan.note(
                &path,
                "the build number behind `+` must rise with every upload, in a rollback too: it becomes one more than the highest known",
            );
        }
    }
}

fn composer(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text, node)) = scan.document(&under(dir, "composer.json")) else { return };
    let mut stated = false;
    for scalar in node.all(&["version"]) {
        scan.scalar(&path, text, "version", scalar, Kind::own(Ecosystem::Other, dir, node.text(&["name"])));
        stated = true;
    }
    if stated {
        scan.note(&path, "Packagist passes over a tag that differs from `version`");
    } else {
        scan.tag_is_stated_nowhere(dir, &path, "Packagist");
    }
}

fn elixir(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text)) = scan.text(&under(dir, "mix.exs")) else { return };
    let tokens = tokens(text, Comments::Hash);
    let attribute = |at: Option<&Placed<'_>>| at.is_some_and(|before| before.token == Token::Sign('@'));
    let own: Vec<_> = given(&tokens, &["version"], &[':', '=']).filter(|given| spelling::is_version(given.text)).collect();
    // `@version` first; else the one in `project`, which begins its line.
    let named = own.iter().any(|given| attribute(given.before));
    // On one line, `[app: :core, version: "1.2.3"]`, it is the one beside `app:`.
    let app = tokens.iter().find(|token| token.token == Token::Word("app")).map(|token| token.depth);
    let first = own.iter().any(|given| given.name.first);
    let chosen = |given: &&crate::manifest::tokens::Given<'_, '_>| match (named, first) {
        (true, _) => attribute(given.before),
        (false, true) => given.name.first,
        (false, false) => app == Some(given.name.depth),
    };
    let spans: Vec<_> = own.iter().filter(chosen).take(1).map(|given| given.value.span.clone()).collect();
    for span in spans {
        let locator = if named { "@version" } else { "version:" };
        scan.place(&path, text, locator, span, Kind::own(Ecosystem::Other, dir, None));
    }
}

/// An action's pins on itself: its image, and its other actions by their tag.
fn action(scan: &mut Scan<'_>, dir: &str) {
    let repository = scan.search.repository.to_lowercase();
    if repository.is_empty() {
        return;
    }
    for file in ["action.yml", "action.yaml"] {
        let Some((path, text, node)) = scan.document(&under(dir, file)) else { continue };
        let Some(runs) = node.get("runs") else { continue };
        let mut pins = Vec::new();
        runs.scalars(&mut |scalar| {
            if scalar.plain && scalar.text.to_lowercase().contains(&repository) && scalar.text.len() < 512 {
                pins.push(scalar);
            }
        });
        for scalar in pins {
            // Only the version that follows the repository's name, at its tag.
            let after = scalar.text.rfind([':', '@']).map_or(0, |at| at + 1);
            for token in spelling::tokens(&scalar.text[after..]).into_iter().take(1) {
                let start = scalar.span.start + after + token.start;
                let kind = Kind::own(Ecosystem::Other, dir, None).being(What::Echo);
                scan.place(&path, text, "runs", start..start + token.len(), kind);
            }
        }
    }
}

fn bazel(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text)) = scan.text(&under(dir, "MODULE.bazel")) else { return };
    let tokens = tokens(text, Comments::Hash);
    let module = tokens
        .windows(2)
        .position(|pair| pair[0].token == Token::Word("module") && pair[0].depth == 0 && pair[1].token == Token::Sign('('));
    let Some(from) = module else { return };
    let until = tokens[from + 2..].iter().position(|token| token.depth == 0).map_or(tokens.len(), |len| from + 2 + len);
    let own: Vec<_> = given(&tokens[from..until], &["version"], &['=']).map(|given| given.value.span.clone()).collect();
    for span in own {
        scan.place(&path, text, "module(version=…)", span, Kind::own(Ecosystem::Other, dir, None));
    }
}

/// CMake's `project(core VERSION 1.2.3)`, the first of the file.
fn cmake(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text)) = scan.text(&under(dir, "CMakeLists.txt")) else { return };
    let tokens = tokens(text, Comments::Hash);
    let word = |token: &Placed<'_>, wanted: &str| matches!(token.token, Token::Word(word) if word.eq_ignore_ascii_case(wanted));
    let Some(from) = tokens.iter().position(|token| token.depth == 0 && word(token, "project")) else { return };
    let inside: Vec<&Placed<'_>> = tokens[from + 1..].iter().skip(1).take_while(|token| token.depth > 0).collect();
    let Some(stated) = inside.windows(2).find(|pair| word(pair[0], "VERSION")).map(|pair| pair[1].span.clone()) else { return };
    match spelling::is_version(&text[stated.clone()]) {
        true => scan.place(&path, text, "project(VERSION …)", stated, Kind::own(Ecosystem::Other, dir, None)),
        false => scan.expect(&path, "the `VERSION` of `project()` is no literal"),
    }
}

/// R's `DESCRIPTION`.
fn description(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text)) = scan.text(&under(dir, "DESCRIPTION")) else { return };
    let mut at = 0;
    let package = text.starts_with("Package:") || text.contains("\nPackage:");
    for line in text.split_inclusive('\n').filter(|_| package) {
        if let Some(value) = line.strip_prefix("Version:") {
            let start = at + line.len() - value.trim_start().len();
            scan.place(&path, text, "Version", start..start + value.trim().len(), Kind::own(Ecosystem::Other, dir, None));
        }
        at += line.len();
    }
}
