//! Which packages a rollback is of, named or told by the bad tags, and which part of the tree is theirs.

use super::draft::Refused;
use super::snapshot::Line;
use crate::config::{Package, Policy};
use crate::domain::git::Tag;
use crate::domain::restore::{RepoPath, Restore};
use crate::domain::version::TagTemplate;
use crate::words::{list, nearest};

/// The changelog: it stays as it is on the default branch and gets an entry, at the top and in a package's directory.
pub const CHANGELOG: &str = "CHANGELOG.md";

/// Why nothing can be said of the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoScope {
    /// What was asked for names something that the policy does not have.
    Unknown(Vec<Refused>),
    /// The tags and the packages do not go together.
    Refused(Vec<Refused>),
}

/// Sorts the bad tags by the packages they are of, in the order named; `names` are the packages that were asked for.
///
/// # Errors
/// See [`NoScope`]; all reasons at once.
pub fn lines(policy: &Policy, names: &[String], bad: &[Tag]) -> Result<Vec<Line>, NoScope> {
    let unknown: Vec<Refused> = names.iter().filter_map(|name| unknown(policy, name)).collect();
    if !unknown.is_empty() {
        return Err(NoScope::Unknown(unknown));
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut refused = Vec::new();
    for tag in bad {
        let packages = match owners(policy, names, tag) {
            Ok(packages) => packages,
            Err(why) => {
                refused.push(why);
                continue;
            }
        };
        match lines.iter_mut().find(|line| line.packages == packages) {
            Some(line) => line.bad.push(tag.clone()),
            None => {
                let rest: Vec<Package> = policy.packages.iter().filter(|package| !packages.contains(package)).cloned().collect();
                lines.push(Line { template: form(&packages, tag), beside: roots(&rest), packages, bad: vec![tag.clone()] });
            }
        }
    }
    let without: Vec<&Package> = policy
        .packages
        .iter()
        .filter(|package| names.contains(&package.name) && !lines.iter().any(|line| line.packages.contains(package)))
        .collect();
    if refused.is_empty() {
        refused.extend(without.iter().map(|package| {
            Refused::new(
                format!(
                    "no bad tag is one of `{}`, whose tags are like `{}`",
                    package.name,
                    package.tag.as_deref().unwrap_or("v{version}")
                ),
                format!("name its bad release with `--bad` too, or leave `{}` out of `--package`", package.name),
            )
        }));
    }
    if lines.len() > 1 {
        refused.extend(lines.iter().filter(|line| !have_paths(&line.packages)).map(|line| {
            let why = format!("{} cannot go back together with others: it has no `path`, so its content is the whole tree", names_of(line));
            Refused::new(why, "roll it back in a run of its own, or give it a `path` under `packages` in the policy")
        }));
    }
    if refused.is_empty() { Ok(lines) } else { Err(NoScope::Refused(refused)) }
}

/// Returns the policy for these lines only: their packages, and what of the tree is restored for them.
///
/// The policy's own `restore` holds where every package goes back with one tag. Else only the packages' paths do.
pub fn narrowed(policy: &Policy, names: &[String], lines: &[Line]) -> Policy {
    let rolled: Vec<Package> =
        policy.packages.iter().filter(|package| lines.iter().any(|line| line.packages.contains(package))).cloned().collect();
    let rest: Vec<Package> = policy.packages.iter().filter(|package| !rolled.contains(package)).cloned().collect();
    let paths = roots(&rolled);
    let parts = !names.is_empty() || lines.len() > 1 || !rest.is_empty();
    let restore = match parts && !rolled.is_empty() {
        true if have_paths(&rolled) => of_paths(&policy.restore, &paths, &roots(&rest)),
        true => besides(&policy.restore, &roots(&rest)),
        false => policy.restore.clone(),
    };
    Policy { restore: with_changelogs(restore, &paths), packages: rolled, ..policy.clone() }
}

/// Returns what people call the packages of a line.
pub(super) fn names_of(line: &Line) -> String {
    let mut names: Vec<&str> = line.packages.iter().map(|package| package.name.as_str()).collect();
    names.dedup();
    list(&names, "and")
}

/// Returns the directories of packages, each once.
pub fn roots(packages: &[Package]) -> Vec<RepoPath> {
    let mut paths: Vec<RepoPath> = Vec::new();
    for path in packages.iter().filter_map(|package| package.path.as_ref()) {
        if !paths.contains(path) {
            paths.push(path.clone());
        }
    }
    paths
}

fn have_paths(packages: &[Package]) -> bool {
    !packages.is_empty() && packages.iter().all(|package| package.path.is_some())
}

fn unknown(policy: &Policy, name: &str) -> Option<Refused> {
    if policy.packages.iter().any(|package| package.name == name) {
        return None;
    }
    let known: Vec<&str> = policy.packages.iter().map(|package| package.name.as_str()).collect();
    let why = format!("the policy has no package `{}` (`--package`)", name.escape_debug());
    let near = nearest(name, known.iter().copied());
    let hint = match (known.is_empty(), near.is_empty()) {
        (true, _) => "list it under `packages` in the policy, with its `path` and how its tags are made (`tag`)".into(),
        (false, false) => format!("did you mean {}?", list(&near, "or")),
        (false, true) => format!("its packages are {}", list(&known, "and")),
    };
    Some(Refused::new(why, hint))
}

/// The packages a tag is of: those whose template it has, and those that have none where it is a plain `v1.2.3` or no
/// other's; of these, the ones asked for.
fn owners(policy: &Policy, names: &[String], tag: &Tag) -> Result<Vec<Package>, Refused> {
    let has = |package: &Package| template(package).is_some_and(|template| template.read(tag).is_some());
    let plain = TagTemplate::of(tag).is_some_and(|(template, _)| matches!(template.prefix.as_str(), "" | "v"));
    let anybodys = plain || !policy.packages.iter().any(has);
    let is_of = |package: &&Package| has(package) || (anybodys && package.tag.is_none());
    let owners: Vec<Package> = policy.packages.iter().filter(is_of).cloned().collect();
    let asked: Vec<Package> = owners.iter().filter(|package| names.is_empty() || names.contains(&package.name)).cloned().collect();
    if !asked.is_empty() || policy.packages.is_empty() {
        return Ok(asked);
    }
    let wanted: Vec<&Package> = policy.packages.iter().filter(|package| names.is_empty() || names.contains(&package.name)).collect();
    let forms: Vec<&str> = wanted.iter().filter_map(|package| package.tag.as_deref()).collect();
    let those: Vec<&str> = owners.iter().map(|package| package.name.as_str()).collect();
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    Err(match (names.is_empty(), those.is_empty()) {
        (true, _) => Refused::new(
            format!("`{tag}` is a tag of no package of the policy; their tags are like {}", list(&forms, "or")),
            "check `--bad`, or correct `packages: tag` in the policy",
        ),
        (false, true) => Refused::new(
            format!("`{tag}` is no tag of {}, whose tags are like {}", list(&asked, "or"), list(&forms, "or")),
            "check `--bad` and `--package`, or correct `packages: tag` in the policy",
        ),
        (false, false) => Refused::new(
            format!("`{tag}` is a tag of {}, not of {} (`--package`)", list(&those, "and"), list(&asked, "or")),
            format!("name {} with `--package`, or leave it out: the tag tells the package", list(&those, "and")),
        ),
    })
}

fn template(package: &Package) -> Option<TagTemplate> {
    package.tag.as_deref()?.parse().ok()
}

/// How this very tag is made, with or without `v` as it has it: the rollback's tag follows it.
fn form(packages: &[Package], tag: &Tag) -> Option<TagTemplate> {
    let declared = packages.iter().filter_map(template).find_map(|template| template.as_in(tag));
    declared.or_else(|| TagTemplate::of(tag)).map(|(template, _)| template)
}

/// Only these paths, with what the policy's own lists name inside them.
fn of_paths(restore: &Restore, paths: &[RepoPath], others: &[RepoPath]) -> Restore {
    let inside = |listed: &[RepoPath]| -> Vec<RepoPath> {
        listed.iter().filter(|path| paths.iter().any(|root| root.covers(path.as_str()))).cloned().collect()
    };
    let below = |listed: &[RepoPath]| -> Vec<RepoPath> { inside(listed).into_iter().filter(|path| !paths.contains(path)).collect() };
    match restore {
        Restore::Everything { keep } => {
            Restore::Only { paths: outermost(paths), remove: Vec::new(), keep: [below(keep), below(others)].concat() }
        }
        Restore::Only { paths: listed, remove, keep } => {
            let listed = inside(listed);
            let whole = listed.is_empty() && inside(remove).is_empty();
            Restore::Only { paths: if whole { outermost(paths) } else { listed }, remove: inside(remove), keep: inside(keep) }
        }
    }
}

/// The whole tree but the paths of packages that do not go back.
fn besides(restore: &Restore, others: &[RepoPath]) -> Restore {
    match restore {
        Restore::Everything { keep } => {
            let new = others.iter().filter(|path| !keep.iter().any(|kept| kept.covers(path.as_str())));
            Restore::Everything { keep: outermost(&keep.iter().chain(new).cloned().collect::<Vec<_>>()) }
        }
        Restore::Only { .. } => restore.clone(),
    }
}

/// The paths that lie in no other of them, each once.
fn outermost(paths: &[RepoPath]) -> Vec<RepoPath> {
    let mut kept: Vec<RepoPath> = Vec::new();
    for path in paths {
        let inside = |other: &RepoPath| other != path && other.covers(path.as_str());
        if !kept.contains(path) && !paths.iter().any(inside) {
            kept.push(path.clone());
        }
    }
    kept
}

fn with_changelogs(restore: Restore, paths: &[RepoPath]) -> Restore {
    let of = |directory: &str| if directory.is_empty() { CHANGELOG.parse() } else { format!("{directory}/{CHANGELOG}").parse() };
    let all = std::iter::once("").chain(paths.iter().map(RepoPath::as_str)).filter_map(|directory| of(directory).ok());
    let covered = |listed: &[RepoPath], path: &RepoPath| listed.iter().any(|listed| listed.covers(path.as_str()));
    match restore {
        Restore::Everything { keep } => {
            let new: Vec<RepoPath> = all.filter(|path| !covered(&keep, path)).collect();
            Restore::Everything { keep: [keep, new].concat() }
        }
        Restore::Only { paths, remove, keep } => {
            // One that the policy names itself goes back or away as it says.
            let wanted =
                |path: &RepoPath| covered(&paths, path) && !paths.contains(path) && !covered(&remove, path) && !covered(&keep, path);
            let new: Vec<RepoPath> = all.filter(wanted).collect();
            Restore::Only { paths, remove, keep: [keep, new].concat() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Registry;

    fn package(name: &str, path: &str, tag: &str) -> Package {
        let some = |text: &str| Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
        Package {
            name: name.into(),
            registry: Registry::Npm,
            path: some(path).map(|path| path.parse().unwrap()),
            tag: some(tag),
            index: None,
            manifests: Vec::new(),
        }
    }

    fn policy(packages: &[(&str, &str, &str)]) -> Policy {
        Policy { packages: packages.iter().map(|(name, path, tag)| package(name, path, tag)).collect(), ..Policy::default() }
    }

    fn two() -> Policy {
        policy(&[("core", "packages/core", "core@{version}"), ("ui", "packages/ui", "ui@{version}")])
    }

    fn asked(policy: &Policy, names: &str, bad: &str) -> Result<Vec<Line>, NoScope> {
        let names: Vec<String> = names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let bad: Vec<Tag> = bad.split(',').map(|tag| tag.parse().unwrap()).collect();
        lines(policy, &names, &bad)
    }

    /// `package: tags, of which form`, a line each.
    #[track_caller]
    fn check(policy: &Policy, names: &str, bad: &str, wanted: &[&str]) {
        let lines = asked(policy, names, bad).unwrap_or_else(|not| panic!("{not:?}"));
        let shown = |line: &Line| {
            let tags: Vec<&str> = line.bad.iter().map(Tag::as_str).collect();
            let form = line.template.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{}: {}, {form}", names_of(line), tags.join(" "))
        };
        assert_eq!(lines.iter().map(shown).collect::<Vec<_>>(), wanted);
    }

    #[track_caller]
    fn refused(policy: &Policy, names: &str, bad: &str) -> String {
        match asked(policy, names, bad) {
            Err(NoScope::Refused(why)) => format!("refused: {}", why.iter().map(|one| one.why.as_str()).collect::<Vec<_>>().join("; ")),
            Err(NoScope::Unknown(why)) => format!("unknown: {}; {}", why[0].why, why[0].hint),
            Ok(lines) => panic!("{lines:?}"),
        }
    }

    fn restored(policy: &Policy, names: &str, bad: &str) -> Restore {
        let lines = asked(policy, names, bad).unwrap();
        let names: Vec<String> = names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        narrowed(policy, &names, &lines).restore
    }

    fn paths(paths: &[&str]) -> Vec<RepoPath> {
        paths.iter().map(|path| path.parse().unwrap()).collect()
    }

    #[test]
    fn the_tag_tells_the_package() {
        check(&two(), "", "ui@2.0.1", &["`ui`: ui@2.0.1, ui@{version}"]);
        check(&two(), "ui", "ui@2.0.1", &["`ui`: ui@2.0.1, ui@{version}"]);
        check(&two(), "", "ui@2.0.1,ui@2.0.0", &["`ui`: ui@2.0.1 ui@2.0.0, ui@{version}"]);
        check(&policy(&[]), "", "v1.1.0", &["nobody: v1.1.0, v{version}"]);
        // Of a package without a template are the tags that no other package has.
        let top = policy(&[("acme", "", ""), ("ui", "packages/ui", "ui@{version}")]);
        check(&top, "", "v1.1.0", &["`acme`: v1.1.0, v{version}"]);
        check(&top, "", "ui@1.1.0", &["`ui`: ui@1.1.0, ui@{version}"]);
    }

    #[test]
    fn packages_that_share_a_tag_go_back_together_unless_one_is_asked_for() {
        let shared = policy(&[("core", "packages/core", ""), ("ui", "packages/ui", "v{version}")]);
        check(&shared, "", "v1.1.0", &["`core` and `ui`: v1.1.0, v{version}"]);
        let shared = policy(&[("core", "packages/core", "v{version}"), ("ui", "packages/ui", "v{version}")]);
        check(&shared, "", "v1.1.0", &["`core` and `ui`: v1.1.0, v{version}"]);
        check(&shared, "core", "v1.1.0", &["`core`: v1.1.0, v{version}"]);
    }

    #[test]
    fn several_packages_have_a_line_each_in_the_order_named() {
        check(&two(), "", "ui@2.0.1,core@1.1.0", &["`ui`: ui@2.0.1, ui@{version}", "`core`: core@1.1.0, core@{version}"]);
    }

    #[test]
    fn the_new_tag_follows_the_bad_ones_own_form() {
        let one = policy(&[("core-2", "core", "core-2-{version}")]);
        check(&one, "", "core-2-v1.1.0", &["`core-2`: core-2-v1.1.0, core-2-v{version}"]);
    }

    #[test]
    fn tags_and_packages_that_do_not_go_together_are_refused() {
        assert_eq!(refused(&two(), "core", "ui@2.0.1"), "refused: `ui@2.0.1` is a tag of `ui`, not of `core` (`--package`)");
        assert_eq!(
            refused(&two(), "", "v1.0.0"),
            "refused: `v1.0.0` is a tag of no package of the policy; their tags are like `core@{version}` or `ui@{version}`"
        );
        assert_eq!(refused(&two(), "core", "v1.0.0"), "refused: `v1.0.0` is no tag of `core`, whose tags are like `core@{version}`");
        assert_eq!(refused(&two(), "core,ui", "ui@2.0.1"), "refused: no bad tag is one of `core`, whose tags are like `core@{version}`");
        let top = policy(&[("acme", "", ""), ("ui", "packages/ui", "ui@{version}")]);
        assert_eq!(
            refused(&top, "", "v1.1.0,ui@1.1.0"),
            "refused: `acme` cannot go back together with others: it has no `path`, so its content is the whole tree"
        );
    }

    #[test]
    fn an_unknown_package_is_answered_with_the_nearest_name() {
        assert_eq!(refused(&two(), "cor", "core@1.1.0"), "unknown: the policy has no package `cor` (`--package`); did you mean `core`?");
        assert_eq!(
            refused(&policy(&[]), "core", "core@1.1.0"),
            "unknown: the policy has no package `core` (`--package`); list it under `packages` in the policy, with its `path` and how its tags are made (`tag`)"
        );
    }

    #[test]
    fn only_the_packages_own_paths_are_restored_and_its_changelog_stays() {
        let ui = Restore::Only { paths: paths(&["packages/ui"]), remove: Vec::new(), keep: paths(&["packages/ui/CHANGELOG.md"]) };
        assert_eq!(restored(&two(), "", "ui@2.0.1"), ui);
        let keeping = Policy { restore: Restore::Everything { keep: paths(&["docs", "packages/ui/docs"]) }, ..two() };
        let kept = paths(&["packages/ui/docs", "packages/ui/CHANGELOG.md"]);
        assert_eq!(restored(&keeping, "", "ui@2.0.1"), Restore::Only { paths: paths(&["packages/ui"]), remove: Vec::new(), keep: kept });
        let nested = policy(&[("ui", "ui", "ui@{version}"), ("icons", "ui/icons", "icons@{version}")]);
        let kept = paths(&["ui/icons", "ui/CHANGELOG.md"]);
        assert_eq!(restored(&nested, "", "ui@2.0.1"), Restore::Only { paths: paths(&["ui"]), remove: Vec::new(), keep: kept });
    }

    #[test]
    fn a_package_that_is_the_whole_tree_leaves_the_others_as_they_are() {
        let top = policy(&[("acme", "", ""), ("ui", "packages/ui", "ui@{version}")]);
        assert_eq!(restored(&top, "", "v1.1.0"), Restore::Everything { keep: paths(&["packages/ui", "CHANGELOG.md"]) });
    }

    #[test]
    fn where_every_package_goes_back_the_policys_own_lists_hold() {
        let one = policy(&[("core", "packages/core", "")]);
        assert_eq!(restored(&one, "", "v1.1.0"), Restore::Everything { keep: paths(&["CHANGELOG.md", "packages/core/CHANGELOG.md"]) });
        assert_eq!(
            restored(&one, "core", "v1.1.0"),
            Restore::Only { paths: paths(&["packages/core"]), remove: Vec::new(), keep: paths(&["packages/core/CHANGELOG.md"]) }
        );
        let only = Restore::Only { paths: paths(&["src", "CHANGELOG.md"]), remove: Vec::new(), keep: Vec::new() };
        assert_eq!(restored(&Policy { restore: only.clone(), ..policy(&[]) }, "", "v1.1.0"), only);
    }
}
