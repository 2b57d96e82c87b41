//! What is chosen, and what is refused, word for word.

#[path = "choose_properties_test.rs"]
mod properties;

use super::*;
use crate::registry::Published;
use crate::versions::facts::{Ecosystem, Taken};
use crate::versions::withdraw::How;
use crate::versions::{render, render_markdown, who_gets_what};

fn version(text: &str) -> Version {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn versions(text: &str) -> Vec<Version> {
    text.split_whitespace().map(version).collect()
}

fn facts(bad: &str, good: &str) -> Facts {
    Facts {
        other_lines: Vec::new(),
        bad: versions(bad),
        good: version(good),
        taken: Vec::new(),
        released: versions(&format!("{good} {bad}")),
        latest_release: None,
        ecosystems: Vec::new(),
    }
}

/// A package in a registry: its versions, withdrawn ones with `!` behind.
fn on(outlet: Registry, published: &str) -> Ecosystem {
    let one =
        |text: &str| Published { version: version(text.trim_end_matches('!')), withdrawn: text.ends_with('!'), uploaded: None, file: None };
    let published = published.split_whitespace().map(one).collect();
    Ecosystem { outlet, package: "entity-core".into(), published: Some(published), latest: None }
}

fn tagged(text: &str) -> Taken {
    Taken { version: version(text), by: format!("tag `v{text}`") }
}

fn chosen(facts: &Facts, strategy: &str) -> Choice {
    choose(facts, &strategy.parse().unwrap()).unwrap_or_else(|refusals| panic!("{refusals:?}"))
}

fn check(facts: &Facts, strategy: &str, gives: &str) {
    assert_eq!(chosen(facts, strategy).versions.iter().map(Version::as_str).collect::<Vec<_>>().join(" "), gives);
}

fn refused(facts: &Facts, strategy: &str) -> Vec<String> {
    choose(facts, &strategy.parse().unwrap()).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn the_procedures_own_example_gives_the_patch() {
    let facts = facts("0.1.0", "0.0.12");
    let choice = chosen(&facts, "auto");
    assert_eq!((choice.strategy, choice.versions), (Strategy::Patch, versions("0.0.13")));
    assert_eq!(
        choice.why,
        "no registry is declared, so who gets what is computed from tags alone; the next free patch of the good line is right by content"
    );
    assert_eq!(choice.withdrawals, []);
}

#[test]
fn on_pypi_the_patch_is_chosen_withdrawn_by_a_person_and_both_is_recommended() {
    let facts = Facts { ecosystems: vec![on(Registry::Pypi, "0.0.11 0.0.12 0.1.0")], ..facts("0.1.0", "0.0.12") };
    let choice = chosen(&facts, "auto");
    assert_eq!((&choice.strategy, &choice.versions), (&Strategy::Patch, &versions("0.0.13")));
    assert_eq!(choice.why, "`0.1.0` can be withdrawn on PyPI, after which resolvers go back to the good line");
    assert_eq!(
        choice.recommendation.as_deref(),
        Some(
            "consider `both`: withdrawing `0.1.0` on PyPI needs a person, and who has installed `0.1.0` stays on it; `0.1.1` beside the patch reaches everyone who floats at once"
        )
    );
    let how = How::Manual(
        "a person yanks `entity-core` `0.1.0` on PyPI, under the release's options; PyPI has no interface for programs to do it".into(),
    );
    assert_eq!(choice.withdrawals, [Withdrawal { outlet: Registry::Pypi, package: "entity-core".into(), version: version("0.1.0"), how }]);
}

#[test]
fn each_strategy_gives_the_tables_numbers() {
    for (bad, good, patch, forward, breaking) in [
        ("0.1.0", "0.0.12", "0.0.13", "0.1.1", "0.2.0"),
        ("1.4.0", "1.3.7", "1.3.8", "1.4.1", "2.0.0"),
        ("2.0.0", "1.9.3", "1.9.4", "2.0.1", "3.0.0"),
        ("1.3.8", "1.3.7", "1.3.9", "1.3.9", "2.0.0"),
        ("2026.11.0", "2026.10.2", "2026.10.3", "2026.11.1", "2027.0.0"),
        ("2.0.0-rc.1", "1.9.3", "1.9.4", "2.0.0-rc.2", "2.0.0"),
    ] {
        let facts = facts(bad, good);
        check(&facts, "patch", patch);
        check(&facts, "forward", forward);
        check(&facts, "forward-breaking", breaking);
        check(&facts, "both", &if patch == forward { patch.to_owned() } else { format!("{patch} {forward}") });
        check(&facts, "retag", "");
    }
}

#[test]
fn auto_goes_the_way_that_reaches_people() {
    let with = |outlets: &[Registry]| Facts {
        ecosystems: outlets.iter().map(|outlet| on(*outlet, "0.0.12 0.1.0")).collect(),
        ..facts("0.1.0", "0.0.12")
    };
    for outlet in [Registry::Crates, Registry::Pypi, Registry::Rubygems, Registry::Packagist, Registry::Helm] {
        assert_eq!(chosen(&with(&[outlet]), "auto").strategy, Strategy::Patch, "{outlet}");
    }
    for outlet in [Registry::Go, Registry::Maven, Registry::Nuget, Registry::Hex, Registry::GithubReleases] {
        let choice = chosen(&with(&[outlet]), "auto");
        assert_eq!((choice.strategy, choice.versions), (Strategy::Forward, versions("0.1.1")), "{outlet}");
    }
    let mixed = chosen(&with(&[Registry::Crates, Registry::Maven, Registry::Hex]), "auto");
    assert_eq!(mixed.strategy, Strategy::Forward);
    assert_eq!(mixed.why, "on Maven Central and on Hex only a version above `0.1.0` reaches those who float");
}

#[test]
fn a_bad_prerelease_is_only_taken_back() {
    let facts = Facts { ecosystems: vec![on(Registry::Crates, "1.9.3 2.0.0-rc.1")], ..facts("2.0.0-rc.1", "1.9.3") };
    let choice = chosen(&facts, "auto");
    assert_eq!((&choice.strategy, choice.versions.len(), choice.withdrawals.len()), (&Strategy::Retag, 0, 1));
    assert_eq!(choice.why, "`2.0.0-rc.1` is a pre-release, so nobody who floats has it; moving back what points to it is enough");
}

#[test]
fn a_bad_patch_of_the_good_line_leaves_one_number_and_nothing_to_withdraw() {
    let facts = Facts { ecosystems: vec![on(Registry::Pypi, "1.3.7 1.3.8")], ..facts("1.3.8", "1.3.7") };
    let choice = chosen(&facts, "auto");
    assert_eq!((&choice.strategy, &choice.versions, choice.withdrawals.len()), (&Strategy::Patch, &versions("1.3.9"), 0));
    assert_eq!(choice.why, "`1.3.8` is on the line of `1.3.7`, so the line's next free patch is above it and reaches everyone who floats");
    assert_eq!(choice.recommendation, None);
}

#[test]
fn taken_numbers_are_passed_over_and_named() {
    let mut facts = Facts { ecosystems: vec![on(Registry::Pypi, "0.0.12 0.0.14! 0.1.0")], ..facts("0.1.0", "0.0.12") };
    facts.taken = vec![tagged("0.0.13"), Taken { version: version("0.0.15"), by: "draft release `v0.0.15`".into() }, tagged("0.0.17")];
    let choice = chosen(&facts, "auto");
    assert_eq!(choice.versions, versions("0.0.16"));
    let said: Vec<String> = choice.skipped.iter().map(|(version, by)| format!("{version}: {by}")).collect();
    assert_eq!(said, ["0.0.13: tag `v0.0.13`", "0.0.14: `entity-core` on PyPI (withdrawn)", "0.0.15: draft release `v0.0.15`"]);
}

#[test]
fn the_new_patch_is_above_everything_live_on_its_line() {
    let facts = Facts { ecosystems: vec![on(Registry::Crates, "1.3.7 1.3.9 1.4.0")], ..facts("1.4.0", "1.3.7") };
    check(&facts, "patch", "1.3.10");
}

#[test]
fn a_taken_breaking_number_is_followed_by_its_patch() {
    let facts = Facts { taken: vec![tagged("0.2.0")], ..facts("0.1.0", "0.0.12") };
    check(&facts, "forward-breaking", "0.2.1");
}

#[test]
fn calendar_versions_keep_their_zeros_and_four_numbers_stay_four() {
    check(&facts("2026.11.01", "2026.10.09"), "auto", "2026.10.10");
    check(&facts("2026.11.01", "2026.10.09"), "forward", "2026.11.02");
    check(&facts("1.3.0.0", "1.2.3.4"), "auto", "1.2.3.5");
}

#[test]
fn every_way_has_a_verdict() {
    let choice = chosen(&facts("0.1.0", "0.0.12"), "auto");
    let said: Vec<String> = choice.candidates.iter().map(|one| format!("{}: {}", one.strategy, one.verdict)).collect();
    assert_eq!(
        said,
        [
            "patch: always right by content; changes nothing for those who float until `0.1.0` is withdrawn, and that is the last step, since after it a range on `0.1.0`'s own line has nothing good to take",
            "forward: reaches everyone who floats at once and needs no withdrawal; those who already use what `0.1.0` added lose it within a compatible range",
            "forward-breaking: formally clean above `0.1.0`, but reaches only those who set no upper bound; `0.1.0` stays for the rest",
            "both: two releases of the same content; once `0.1.0` is withdrawn, everyone who pins no exact version gets good content; those who already use what `0.1.0` added lose it within a compatible range",
            "retag: publishes nothing; `latest` goes back to `0.0.12`, which passes release-age cooldowns at once; who floats without `latest` keeps `0.1.0` until it is withdrawn",
        ]
    );
}

#[test]
fn swapped_releases_are_refused() {
    assert_eq!(
        refused(&facts("0.0.12", "0.1.0"), "auto"),
        [
            "the good version `0.1.0` is not below the bad `0.0.12`\nhint: bad is the release to roll back, good the one before it; are they swapped?"
        ]
    );
}

#[test]
fn a_withdrawn_good_release_is_refused() {
    let facts = Facts { ecosystems: vec![on(Registry::Pypi, "0.0.12! 0.1.0")], ..facts("0.1.0", "0.0.12") };
    assert_eq!(
        refused(&facts, "auto"),
        ["the good version `0.0.12` of `entity-core` is itself withdrawn on PyPI\nhint: choose an older release that is still good"]
    );
}

#[test]
fn versions_above_the_bad_one_must_be_named() {
    let mut facts = Facts { ecosystems: vec![on(Registry::Pypi, "0.0.12 0.1.0 0.1.1 0.2.0 0.3.0! 0.4.0rc1")], ..facts("0.1.0", "0.0.12") };
    assert_eq!(
        refused(&facts, "auto"),
        [
            "`0.1.1` and `0.2.0` are published above `0.1.0` and not named as bad\nhint: name them too, as in `0.1.0,0.1.1,0.2.0`, or check that the right release is bad"
        ]
    );
    facts.bad = versions("0.1.0 0.1.1 0.2.0");
    check(&facts, "auto", "0.0.13");
    check(&facts, "forward", "0.2.1");
}

#[test]
fn a_latest_that_somebody_moved_is_refused() {
    let npm = Ecosystem { latest: Some(version("0.0.11")), ..on(Registry::Npm, "0.0.11 0.0.12 0.1.0") };
    let facts = Facts { ecosystems: vec![npm], ..facts("0.1.0", "0.0.12") };
    assert_eq!(
        refused(&facts, "auto"),
        [
            "`latest` of `entity-core` on npm is `0.0.11`, which is neither bad (`0.1.0`) nor good (`0.0.12`)\nhint: somebody has acted already; look at what they did, then plan anew"
        ]
    );
}

#[test]
fn a_latest_release_that_somebody_moved_is_refused() {
    let moved = |to: &str| Facts { latest_release: Some(version(to)), ..facts("0.1.0", "0.0.12") };
    assert_eq!(
        refused(&moved("0.0.11"), "auto"),
        [
            "`Latest` on GitHub is `0.0.11`, which is neither bad (`0.1.0`) nor good (`0.0.12`)\nhint: somebody has acted already; look at what they did, then plan anew"
        ]
    );
    check(&moved("0.0.12"), "auto", "0.0.13");
    check(&moved("0.1.0"), "auto", "0.0.13");
    let of_a_prerelease = Facts { latest_release: Some(version("1.9.2")), ..facts("2.0.0-rc.1", "1.9.3") };
    assert_eq!(chosen(&of_a_prerelease, "auto").strategy, Strategy::Retag, "a pre-release is never Latest, so it does not matter who is");
}

#[test]
fn asking_for_a_way_that_reaches_nobody_gets_advice() {
    let maven = Facts { ecosystems: vec![on(Registry::Maven, "0.0.12 0.1.0")], ..facts("0.1.0", "0.0.12") };
    let choice = chosen(&maven, "patch");
    assert_eq!(
        choice.recommendation.as_deref(),
        Some("consider `forward`: on Maven Central only a version above `0.1.0` reaches those who float")
    );
    assert_eq!(
        choice.candidates[0].verdict,
        "always right by content; changes nothing for those who float, and on Maven Central nothing else changes it either"
    );
    assert_eq!(
        choice.candidates[4].verdict,
        "publishes nothing and moves nothing: on Maven Central there is no `latest`, and nothing can be withdrawn"
    );
}

#[test]
fn a_bad_version_that_nobody_gets_is_refused() {
    let facts = Facts { ecosystems: vec![on(Registry::Pypi, "0.0.12 0.1.0!"), on(Registry::Crates, "0.0.12")], ..facts("0.1.0", "0.0.12") };
    assert_eq!(
        refused(&facts, "auto"),
        ["`0.1.0` is not what anybody gets: withdrawn or never published on PyPI and on crates.io\nhint: there is nothing to roll back"]
    );
}

#[test]
fn a_deprecated_version_that_latest_still_names_is_rolled_back() {
    let npm = Ecosystem { latest: Some(version("0.1.0")), ..on(Registry::Npm, "0.0.12 0.1.0!") };
    check(&Facts { ecosystems: vec![npm], ..facts("0.1.0", "0.0.12") }, "auto", "0.0.13");
}

#[test]
fn a_taken_version_is_refused_by_what_has_it() {
    let pypi = on(Registry::Pypi, "0.0.12 0.0.14! 0.1.0");
    let facts = Facts { taken: vec![tagged("0.0.14")], ecosystems: vec![pypi], ..facts("0.1.0", "0.0.12") };
    assert_eq!(
        refused(&facts, "0.0.14"),
        [
            "`0.0.14` is already taken by `entity-core` on PyPI (withdrawn) and tag `v0.0.14`\nhint: published versions are never used again; ask for another"
        ]
    );
    check(&facts, "0.0.20", "0.0.20");
}

#[test]
fn a_version_not_above_the_good_one_is_refused() {
    assert_eq!(
        refused(&facts("0.1.0", "0.0.12"), "0.0.11"),
        ["`0.0.11` is not above the good version `0.0.12`\nhint: a rollback is a new release, so its number goes up"]
    );
}

#[test]
fn spellings_for_marker_tags_are_refused_as_versions() {
    let facts = Facts { ecosystems: vec![on(Registry::Pypi, "0.0.12 0.1.0")], ..facts("0.1.0", "0.0.12") };
    let hint = "\nhint: ask for a plain version such as the `patch` strategy gives";
    assert_eq!(
        refused(&facts, "0.0.13-rollback"),
        [
            format!("`0.0.13-rollback` cannot be the rollback's version: it is a pre-release, which no ordinary range takes{hint}"),
            "`0.0.13-rollback` cannot be published on PyPI as `entity-core`: it is no version under PEP 440\nhint: ask for a version that every registry takes with `--rollback-version`".into()
        ]
    );
    assert_eq!(
        refused(&facts, "0.0.13-1"),
        [format!(
            "`0.0.13-1` cannot be the rollback's version: semver sorts it below the release without the suffix, PEP 440 above it{hint}"
        )]
    );
    assert_eq!(
        refused(&facts, "0.0.13+rollback"),
        [format!("`0.0.13+rollback` cannot be the rollback's version: registries ignore or refuse build metadata (`+`){hint}")]
    );
}

#[test]
fn a_release_that_sorts_both_ways_is_refused_on_pypi_alone() {
    let with = |outlet| Facts { ecosystems: vec![on(outlet, "1.0.0 1.1.0-1")], ..facts("1.1.0-1", "1.0.0") };
    assert_eq!(
        refused(&with(Registry::Pypi), "auto"),
        [
            "`1.1.0-1` sorts in opposite directions under semver and PEP 440\nhint: write a post-release as PyPI shows it, e.g. `1.0.0.post1`"
        ]
    );
    assert_eq!(chosen(&with(Registry::Npm), "auto").strategy, Strategy::Retag);
}

#[test]
fn a_number_that_a_registry_does_not_take_is_refused() {
    let facts = Facts { ecosystems: vec![on(Registry::Npm, "")], ..facts("2026.11.01", "2026.10.02") };
    let facts = Facts { ecosystems: vec![Ecosystem { published: None, ..facts.ecosystems[0].clone() }], ..facts };
    assert_eq!(
        refused(&facts, "auto"),
        [
            "`2026.10.03` cannot be published on npm as `entity-core`: semver refuses it: invalid leading zero in patch version number\nhint: ask for a version that every registry takes with `--rollback-version`"
        ]
    );
    check(&facts, "2026.10.3", "2026.10.3");
}

#[test]
fn go_needs_a_version_above_the_bad_one() {
    let module = |path: &str| Ecosystem { package: path.into(), ..on(Registry::Go, "0.0.12 0.1.0") };
    let facts = Facts { ecosystems: vec![module("example.test/acme/core")], ..facts("0.1.0", "0.0.12") };
    assert_eq!(
        refused(&facts, "patch"),
        [
            "`0.0.13` alone cannot replace `0.1.0` of Go module `example.test/acme/core`: a `retract` counts only in the highest version\nhint: use the strategy `forward` or `both`"
        ]
    );
    let choice = chosen(&facts, "auto");
    assert_eq!(choice.versions, versions("0.1.1"));
    assert_eq!(choice.withdrawals[0].how, How::Written("`retract v0.1.0` goes into the `go.mod` that is released as `v0.1.1`".into()));
    check(&facts, "both", "0.0.13 0.1.1");
    assert_eq!(
        choice.candidates[4].verdict,
        "publishes nothing and moves nothing: on Go's module proxy there is no `latest`, and nothing can be withdrawn without a version above"
    );
}

#[test]
fn a_withdrawal_is_told_as_the_commands_that_do_it_and_both_is_recommended_beside_it() {
    let withdrawn = |outlet| {
        let choice = chosen(&Facts { ecosystems: vec![on(outlet, "0.0.12 0.1.0")], ..facts("0.1.0", "0.0.12") }, "patch");
        assert!(choice.recommendation.unwrap().starts_with("consider `both`: withdrawing `0.1.0` "));
        choice.withdrawals[0].to_string()
    };
    assert_eq!(
        withdrawn(Registry::Npm),
        "a person runs `npm dist-tag add entity-core@0.0.13 latest` and `npm deprecate entity-core@0.1.0 \"rolled back, use 0.0.13\"`; it takes both"
    );
    assert_eq!(withdrawn(Registry::Crates), "a person runs `cargo yank entity-core@0.1.0`");
    assert_eq!(
        withdrawn(Registry::Oci),
        "a person moves `latest` and the other moving tags of image `entity-core` from `0.1.0` to `0.0.13`"
    );
}

#[test]
fn a_taken_number_names_the_file_of_its_registry() {
    let mut pypi = on(Registry::Pypi, "0.0.12 0.0.14! 0.1.0");
    for one in pypi.published.iter_mut().flatten() {
        one.file = Some(format!("entity_core-{}.tar.gz", one.version));
    }
    let facts = Facts { ecosystems: vec![pypi], ..facts("0.1.0", "0.0.12") };
    assert_eq!(
        refused(&facts, "0.0.14"),
        [
            "`0.0.14` is already taken by `entity_core-0.0.14.tar.gz` of `entity-core` on PyPI (withdrawn)\nhint: published versions are never used again; ask for another"
        ]
    );
}

#[test]
fn a_major_version_that_is_not_in_gos_path_is_refused() {
    let module = |path: &str, published: &str| Ecosystem { package: path.into(), ..on(Registry::Go, published) };
    let one = Facts { ecosystems: vec![module("example.test/acme/core", "1.3.7 1.4.0")], ..facts("1.4.0", "1.3.7") };
    let why = "Go module `example.test/acme/core` cannot have version `2.0.0`: from `v2` on, the path ends in the major version\nhint: use a strategy that stays in the module's major version";
    assert_eq!(refused(&one, "forward-breaking"), [why]);
    assert!(!chosen(&one, "auto").candidates[2].possible);
    let two = Facts { ecosystems: vec![module("example.test/acme/core/v2", "2.0.0 2.1.0")], ..facts("2.1.0", "2.0.0") };
    check(&two, "auto", "2.1.1");
}

#[test]
fn everything_wrong_is_said_at_once() {
    let npm = Ecosystem { latest: Some(version("0.0.11")), ..on(Registry::Npm, "0.0.11 0.0.12! 0.1.0 0.1.5") };
    let facts = Facts { ecosystems: vec![npm], taken: vec![tagged("0.0.9")], ..facts("0.1.0", "0.0.12") };
    assert_eq!(refused(&facts, "0.0.9").len(), 5);
}
