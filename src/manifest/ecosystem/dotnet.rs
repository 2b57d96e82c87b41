//! .NET: project files and `Directory.Build.props` with all their version properties, `AssemblyInfo`, `.nuspec`.

use crate::config::Registry;
use crate::domain::tree::Mode;
use crate::manifest::files::{split, under};
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, Part, What};
use crate::manifest::spelling;
use crate::manifest::tokens::{Comments, given, tokens};

const DOTNET: Ecosystem = Ecosystem::Dotnet;

/// Directories whose projects are not what is published.
const BESIDE: [&str; 11] = ["artifacts", "benchmark", "benchmarks", "bin", "docs", "examples", "obj", "sample", "samples", "test", "tests"];

/// How many directories are looked into where there is no solution.
const MOST_DIRECTORIES: usize = 500;

/// The properties that state a version, and what each is.
const PROPERTIES: [(&str, What, Part); 9] = [
    ("Version", What::OwnVersion, Part::Whole),
    ("VersionPrefix", What::OwnVersion, Part::Whole),
    ("PackageVersion", What::OwnVersion, Part::Whole),
    ("InformationalVersion", What::Echo, Part::Whole),
    ("AssemblyInformationalVersion", What::Echo, Part::Whole),
    ("AssemblyVersion", What::Echo, Part::FourNumbers),
    ("FileVersion", What::Echo, Part::FourNumbers),
    ("AssemblyFileVersion", What::Echo, Part::FourNumbers),
    ("ApplicationDisplayVersion", What::OwnVersion, Part::Whole),
];

/// Looks at the projects in a directory and in `src/*/`, `source/*/` and the directories beside them.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    let listing: Vec<String> = scan.dir(dir).into_iter().map(|(name, _)| name).collect();
    let solution = listing.iter().any(|name| {
        is_project(name) || name.ends_with(".sln") || name.ends_with(".slnx") || name == "Directory.Build.props" || name == "global.json"
    });
    project_files(scan, dir);
    let mut parents: Vec<String> = listing.iter().filter(|name| is_sources(name)).map(|name| under(dir, name)).collect();
    if solution {
        parents.push(dir.to_owned());
    }
    for parent in &parents {
        let names: Vec<String> = scan.dir(parent).into_iter().map(|(name, _)| name).collect();
        let props = names.iter().any(|name| name == "Directory.Build.props" || name.ends_with(".sln"));
        if parent != dir {
            project_files(scan, parent);
        }
        if solution || props {
            for (_, inner) in scan.subdirectories(parent).into_iter().take(500) {
                project_files(scan, &inner);
            }
        }
    }
}

/// Looks further where there is no solution to tell: two levels down, three in `src/`, where a package goes to NuGet and no
/// project of it was found yet; one less where nothing else was found either.
pub(super) fn elsewhere(scan: &mut Scan<'_>, dir: &str) {
    let nuget = scan.search.packages.iter().any(|package| package.registry == Registry::Nuget);
    let wanted = if nuget { !scan.states(DOTNET) && !scan.is_tagged(dir) } else { !scan.knows_anything() };
    if wanted && !scan.waiting() {
        spread(scan, dir, if nuget { 2 } else { 1 }, &mut { MOST_DIRECTORIES });
    }
    without(scan, dir);
}

fn spread(scan: &mut Scan<'_>, dir: &str, deep: usize, left: &mut usize) {
    for (name, path) in scan.subdirectories(dir) {
        if BESIDE.iter().any(|beside| name.eq_ignore_ascii_case(beside)) {
            continue;
        }
        let Some(fewer) = left.checked_sub(1) else { return };
        *left = fewer;
        let files = scan.dir(&path);
        let project = files.iter().any(|(name, _)| is_project(name));
        if project || files.iter().any(|(name, _)| name == "Directory.Build.props" || is_version_props(name)) {
            project_files(scan, &path);
        }
        let deeper = if is_sources(&name) { deep } else { deep - 1 };
        if !project && deeper > 0 {
            spread(scan, &path, deeper, left);
        }
    }
}

fn is_sources(name: &str) -> bool {
    ["src", "source", "sources"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Projects that state no version: the tag's, by one of the packages for it, or one that is to be named.
fn without(scan: &mut Scan<'_>, dir: &str) {
    scan.text(&under(dir, "Directory.Packages.props"));
    let projects: Vec<String> = scan.seen.iter().filter(|path| is_project(path) || path.ends_with(".props")).cloned().collect();
    if projects.is_empty() || scan.states(DOTNET) {
        return;
    }
    let mut tagged = false;
    for path in &projects {
        let Some((path, text)) = scan.text(path) else { continue };
        if ["MinVer", "GitVersion", "Nerdbank.GitVersioning"].iter().any(|package| text.contains(package)) {
            scan.tag_is_version(dir, &path, "a package");
            tagged = true;
        }
    }
    if !tagged && let Some(path) = projects.first() {
        scan.expect(path, "no project states a version");
    }
}

/// `Acme.Tests`, `Acme.UnitTests`, `Acme.Benchmarks`.
fn is_for_tests(name: &str) -> bool {
    ["Tests", ".Test", "Benchmarks"].iter().any(|end| name.ends_with(end))
}

fn is_project(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("csproj" | "fsproj" | "vbproj" | "nuspec")) && name.contains('.')
}

/// `Directory.Version.props`, `version.props` and the like, which the build imports.
fn is_version_props(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("version") && name.ends_with(".props")
}

fn project_files(scan: &mut Scan<'_>, dir: &str) {
    let files: Vec<String> = scan.dir(dir).into_iter().filter(|(_, mode)| *mode != Mode::Directory).map(|(name, _)| name).collect();
    let own = files.iter().any(|name| is_project(name));
    for name in files {
        let path = under(dir, &name);
        if name.ends_with(".nuspec") {
            nuspec(scan, dir, &path);
        } else if is_project(&name) || name == "Directory.Build.props" || is_version_props(&name) {
            project(scan, dir, &path);
        } else if name.starts_with("AssemblyInfo.") {
            assembly_info(scan, dir, &path);
        }
    }
    if own {
        for name in ["AssemblyInfo.cs", "AssemblyInfo.fs", "AssemblyInfo.vb"] {
            assembly_info(scan, dir, &under(dir, &format!("Properties/{name}")));
        }
    }
}

fn project(scan: &mut Scan<'_>, dir: &str, path: &str) {
    let Some((path, text, node)) = scan.document(path) else { return };
    let stem = split(&path).1.rsplit_once('.').map_or("", |(stem, _)| stem).to_owned();
    let name = node.text(&["Project", "PropertyGroup", "PackageId"]).map_or(stem, str::to_owned);
    let package = (!path.ends_with(".props")).then_some(name.as_str());
    let tests = package.is_some_and(is_for_tests) || node.text(&["Project", "PropertyGroup", "IsTestProject"]) == Some("true");
    for (property, what, part) in PROPERTIES {
        for values in [node.all(&["Project", "PropertyGroup", property]), node.all(&["Project", "PropertyGroup", property, "#text"])] {
            for scalar in values.into_iter().filter(|scalar| spelling::is_version(&scalar.text)) {
                let what = if tests { What::Echo } else { what };
                scan.scalar(&path, text, &format!("<{property}>"), scalar, Kind::own(DOTNET, dir, package).being(what).spelled(part));
            }
        }
    }
    for scalar in node.all(&["Project", "PropertyGroup", "ApplicationVersion"]) {
        let kind = Kind::own(DOTNET, dir, package).being(What::BuildNumber).spelled(Part::None);
        if scalar.text.parse::<u64>().is_ok() {
            scan.scalar(&path, text, "<ApplicationVersion>", scalar, kind);
        }
    }
    let suffixes = node.all(&["Project", "PropertyGroup", "VersionSuffix"]);
    if suffixes.iter().any(|suffix| !suffix.text.is_empty() && !suffix.text.contains("$(")) {
        scan.note(&path, "`<VersionSuffix>` makes a pre-release of the version; check what the build gives it");
    }
}

fn nuspec(scan: &mut Scan<'_>, dir: &str, path: &str) {
    let Some((path, text, node)) = scan.document(path) else { return };
    let id = node.text(&["package", "metadata", "id"]).map(str::to_owned);
    for scalar in node.all(&["package", "metadata", "version"]).into_iter().filter(|scalar| spelling::is_version(&scalar.text)) {
        scan.scalar(&path, text, "<version>", scalar, Kind::own(DOTNET, dir, id.as_deref()));
    }
}

fn assembly_info(scan: &mut Scan<'_>, dir: &str, path: &str) {
    let Some((path, text)) = scan.text(path) else { return };
    let tokens = tokens(text, Comments::Slashes);
    for (property, what, part) in PROPERTIES {
        for given in given(&tokens, &[property], &['(']) {
            // Bound the search to attributes: `[assembly: AssemblyVersion("1.0.0.0")]`.
            if property.starts_with("Assembly") && spelling::is_version(given.text) {
                scan.place(&path, text, property, given.value.span.clone(), Kind::own(DOTNET, dir, None).being(what).spelled(part));
            }
        }
    }
}
