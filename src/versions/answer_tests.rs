//! What people read: the sentences, the table, the whole answer.

use super::*;
use crate::config::Registry;
use crate::versions::consumers::Ask;
use crate::versions::render_markdown;
use crate::versions::shelf::{Gets, Shelf, Standing};

fn version(text: &str) -> Version {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn question(outlet: Option<Registry>, bad: &str, good: &str, strategy: &str) -> Question {
    let ecosystem = |outlet| Ecosystem { outlet, package: "entity-core".into(), published: None, latest: None };
    Question {
        bad: parse_list(bad).unwrap(),
        good: version(good),
        strategy: strategy.parse().unwrap(),
        ecosystems: outlet.map(ecosystem).into_iter().collect(),
        published: parse_list(good).unwrap(),
    }
}

fn answered(question: &Question) -> Answer {
    answer(question).unwrap_or_else(|refusals| panic!("{refusals:?}"))
}

fn check_headline(outlet: Option<Registry>, strategy: &str, says: &[&str]) {
    assert_eq!(answered(&question(outlet, "1.4.0", "1.3.7", strategy)).table.headline, says, "{outlet:?}");
}

/// Said of every table that no client's engine computed, also where a person listed what is published.
const BY_RULE: &str = "The rows of `entity-core` are computed by rule and not by its client's own engine.";

#[test]
fn the_seeds_example_reads_as_it_should() {
    let answer = answered(&question(Some(Registry::Pypi), "0.1.0", "0.0.12", "auto"));
    assert_eq!(
        answer.to_text(),
        "\
release  0.0.13 (`patch`)
why      `0.1.0` can be withdrawn on PyPI, after which resolvers go back to the good line
better   consider `both`: withdrawing `0.1.0` on PyPI needs a person, and who has installed `0.1.0` stays on it; `0.1.1` beside the patch reaches everyone who floats at once
last     a person yanks `entity-core` `0.1.0` on PyPI, under the release's options; PyPI has no interface for programs to do it

Until 0.1.0 is yanked on PyPI, `pip install entity-core` keeps installing it.
Who has installed 0.1.0 stays on it: `pip install -U entity-core` does not go down to 0.0.13.
Once 0.1.0 is withdrawn, `entity-core~=0.1.0` finds no version at all.

who gets what                                 now     after the release  after withdrawing 0.1.0
pip install entity-core                       0.1.0   0.1.0              0.0.13
entity-core~=0.0                              0.1.0   0.1.0              0.0.13
entity-core~=0.0.12                           0.0.12  0.0.13             0.0.13
entity-core>=0.0.12                           0.1.0   0.1.0              0.0.13
entity-core<0.1.0                             0.0.12  0.0.13             0.0.13
entity-core~=0.1.0                            0.1.0   0.1.0              nothing, it fails
entity-core==0.1.0                            0.1.0   0.1.0              0.1.0, with a warning
pip install -U entity-core (0.1.0 installed)  0.1.0   0.1.0              0.1.0
uv sync (0.1.0 in uv.lock)                    0.1.0   0.1.0              0.1.0
uv lock --upgrade (0.1.0 in uv.lock)          0.1.0   0.1.0              0.0.13

patch             0.0.13            always right by content; changes nothing for those who float until `0.1.0` is withdrawn, and that is the last step, since after it a range on `0.1.0`'s own line has nothing good to take
forward           0.1.1             reaches everyone who floats at once and needs no withdrawal; those who already use what `0.1.0` added lose it within a compatible range
forward-breaking  0.2.0             formally clean above `0.1.0`, but reaches only those who set no upper bound; `0.1.0` stays for the rest
both              0.0.13 and 0.1.1  two releases of the same content; once `0.1.0` is withdrawn, everyone who pins no exact version gets good content; those who already use what `0.1.0` added lose it within a compatible range
retag             -                 publishes nothing, and on PyPI there is no `latest` to move: only withdrawing `0.1.0` brings people back to `0.0.12`
"
    );
}

#[test]
fn the_short_table_in_markdown_marks_what_is_bad() {
    let table = answered(&question(Some(Registry::Npm), "1.4.0", "1.3.7", "auto")).table;
    assert_eq!(
        render_markdown(&table.short()),
        "\
Until 1.4.0 is deprecated and `latest` moved on npm, `npm install entity-core` keeps installing it.

| who gets what | now | after the release | after withdrawing 1.4.0 |
| --- | --- | --- | --- |
| `npm install entity-core` | **1.4.0** | **1.4.0** | 1.3.8 |
| `entity-core@latest` | **1.4.0** | **1.4.0** | 1.3.8 |
| `entity-core@^1.3.7` | **1.4.0** | **1.4.0** | 1.3.8 |
| `entity-core@^1.4.0` | **1.4.0** | **1.4.0** | **1.4.0, with a warning** |
| `entity-core@1.4.0` | **1.4.0** | **1.4.0** | **1.4.0, with a warning** |
"
    );
    assert!(table.leaves_somebody_bad());
}

#[test]
fn a_packages_name_cannot_leave_its_cell() {
    let mut asked = question(Some(Registry::Npm), "1.4.0", "1.3.7", "auto");
    asked.ecosystems[0].package = "a`|\n# x".into();
    let table = answered(&asked).table;
    assert!(render_markdown(&table).contains("| `npm install a'\\|\u{fffd}# x` |"));
    assert!(render_markdown(&table).lines().chain(render(&table).lines()).all(|line| !line.starts_with('#')));
}

#[test]
fn the_sentence_on_top_says_what_happens_where_it_is_published() {
    check_headline(
        Some(Registry::Crates),
        "auto",
        &[
            "Until 1.4.0 is yanked on crates.io, `cargo add entity-core` keeps installing it.",
            "Once 1.4.0 is withdrawn, `entity-core = \"^1.4.0\"`, `entity-core = \"~1.4.0\"` and `entity-core = \"=1.4.0\"` find no version at all.",
        ],
    );
    check_headline(Some(Registry::Pypi), "forward", &["`pip install entity-core` gets 1.4.1 as soon as it is released."]);
    check_headline(Some(Registry::Npm), "retag", &["`npm install entity-core` gets 1.3.7 as soon as `latest` is moved."]);
    check_headline(
        Some(Registry::Oci),
        "auto",
        &["Until 1.4.0 is no longer `latest` in the image registry, `entity-core:latest` keeps giving it.", BY_RULE],
    );
    check_headline(Some(Registry::Go), "auto", &["`go get entity-core@latest` gets 1.4.1 as soon as it is released.", BY_RULE]);
    check_headline(Some(Registry::Maven), "auto", &["`entity-core:LATEST` gets 1.4.1 as soon as it is released.", BY_RULE]);
    check_headline(
        Some(Registry::Hex),
        "patch",
        &["`entity-core >= 0.0.0` keeps getting 1.4.0 on Hex: only a version above it changes that.", BY_RULE],
    );
    check_headline(Some(Registry::GithubReleases), "auto", &["Whoever takes the highest version gets 1.4.1 as soon as it is released."]);
    check_headline(
        None,
        "auto",
        &[
            "Whoever takes the highest version keeps getting 1.4.0: only a version above it changes that.",
            "No registry is declared, so this is computed from tags alone.",
        ],
    );
}

#[test]
fn an_index_that_was_not_read_is_said() {
    let unread = Question { published: Vec::new(), ..question(Some(Registry::Pypi), "1.4.0", "1.3.7", "forward") };
    let table = answered(&unread).table;
    assert_eq!(
        table.headline,
        [
            "`pip install entity-core` gets 1.4.1 as soon as it is released.",
            "No index of `entity-core` was read from PyPI, so its rows are computed from tags alone."
        ]
    );
    assert!(!table.rows.is_empty());
}

#[test]
fn with_both_and_the_withdrawal_only_pins_and_locks_keep_the_bad_version() {
    let kept = |outlet, strategy| {
        let table = answered(&question(Some(outlet), "1.4.0", "1.3.7", strategy)).table;
        let bad = |row: &&crate::versions::Row| row.after_withdrawal.version().is_none_or(|got| *got == version("1.4.0"));
        table.rows.iter().filter(bad).map(|row| row.consumer.clone()).collect::<Vec<_>>()
    };
    assert_eq!(kept(Registry::Pypi, "both"), ["entity-core==1.4.0", "uv sync (1.4.0 in uv.lock)"]);
    assert_eq!(kept(Registry::Npm, "both"), ["entity-core@1.4.0", "npm ci (1.4.0 in package-lock.json)"]);
    assert_eq!(kept(Registry::Crates, "both"), ["entity-core = \"=1.4.0\"", "cargo build (1.4.0 in Cargo.lock)"]);
    assert_eq!(
        kept(Registry::Pypi, "patch"),
        ["entity-core~=1.4.0", "entity-core==1.4.0", "pip install -U entity-core (1.4.0 installed)", "uv sync (1.4.0 in uv.lock)"]
    );
}

#[test]
fn several_bad_versions_are_withdrawn_together() {
    let table = answered(&question(Some(Registry::Pypi), "0.1.0, 0.1.1", "0.0.12", "auto")).table;
    assert_eq!(table.headline[0], "Until 0.1.0 and 0.1.1 are yanked on PyPI, `pip install entity-core` keeps installing one of them.");
    assert_eq!(table.rows[0].after_withdrawal, Gets::Version(version("0.0.13")));
    assert_eq!(table.withdrawn, [version("0.1.0"), version("0.1.1")]);
}

#[test]
fn nothing_to_withdraw_leaves_the_last_column_out() {
    let table = answered(&question(Some(Registry::Maven), "1.4.0", "1.3.7", "auto")).table;
    assert!(table.withdrawn.is_empty());
    assert_eq!(render(&table).lines().nth(3), Some("who gets what         now    after the release"));
}

#[test]
fn an_installed_package_goes_up_but_never_down_with_pip() {
    let gets = |published: &[&str], withdrawn: bool| {
        let standing = |text: &str| if withdrawn && text == "0.1.0" { Standing::Withdrawn } else { Standing::Live };
        let shelf = Shelf::new(published.iter().map(|text| (version(text), standing(text))), None);
        Ask::Up(version("0.1.0"), Box::new(Ask::Pip(String::new()))).of(&shelf)
    };
    assert_eq!(gets(&["0.0.12", "0.0.13", "0.1.0"], true), Some(Gets::Version(version("0.1.0"))));
    assert_eq!(gets(&["0.0.12", "0.0.13", "0.1.0", "0.1.1"], true), Some(Gets::Version(version("0.1.1"))));
    assert_eq!(gets(&["0.0.12", "0.1.0", "0.2.0"], false), Some(Gets::Version(version("0.2.0"))));
}

#[test]
fn npm_prefers_what_latest_names_unless_it_is_deprecated() {
    let shelf = Shelf::new(
        [
            (version("0.0.12"), Standing::Live),
            (version("0.0.13"), Standing::Live),
            (version("0.0.15"), Standing::Live),
            (version("0.1.0"), Standing::Withdrawn),
        ],
        Some(version("0.0.13")),
    );
    let check = |shelf: &Shelf, range: &str, expected: Gets| assert_eq!(Ask::Npm(range.into()).of(shelf), Some(expected), "{range}");
    check(&shelf, "*", Gets::Version(version("0.0.13")));
    check(&shelf, ">=0.0.12", Gets::Version(version("0.0.13")));
    check(&shelf, "~0.0.12", Gets::Version(version("0.0.13")));
    check(&shelf, "^0.0.12", Gets::Version(version("0.0.12")));
    check(&shelf, "^0.1.0", Gets::VersionWithWarning(version("0.1.0")));
    check(&shelf, "latest", Gets::Version(version("0.0.13")));
    let unmoved = shelf.point(&version("0.1.0"));
    check(&unmoved, "*", Gets::Version(version("0.0.15")));
    check(&unmoved, "latest", Gets::VersionWithWarning(version("0.1.0")));
    let next = shelf.with(&version("2.0.0-rc.1")).point(&version("2.0.0-rc.1"));
    check(&next, "*", Gets::Version(version("2.0.0-rc.1")));
    check(&next, ">=0.0.12", Gets::Version(version("0.0.15")));
}

#[test]
fn pip_takes_a_yanked_version_only_for_an_exact_pin() {
    let shelf = Shelf::new(
        [(version("0.0.13"), Standing::Live), (version("0.1.0"), Standing::Withdrawn), (version("0.2.0"), Standing::Live)],
        None,
    );
    let pip = |specifier: &str| Ask::Pip(specifier.into()).of(&shelf);
    assert_eq!(pip(">=0.1"), Some(Gets::Version(version("0.2.0"))));
    assert_eq!(pip("~=0.1.0"), Some(Gets::Nothing));
    assert_eq!(pip("==0.1.0"), Some(Gets::VersionWithWarning(version("0.1.0"))));
    assert_eq!(pip("==0.1.*"), Some(Gets::Nothing));
    assert_eq!(pip("not a specifier"), None);
}

/// One consumer's three cells where nothing but the two versions is known.
fn cells(registry: Registry, bad: &str, good: &str, strategy: &str, consumer: &str) -> String {
    let table = answered(&question(Some(registry), bad, good, strategy)).table;
    let row = table.rows.iter().find(|row| row.consumer == consumer).unwrap_or_else(|| panic!("no `{consumer}` in {:#?}", table.rows));
    format!("{} | {} | {}", row.now, row.after_release, row.after_withdrawal)
}

#[test]
fn nuget_takes_the_lowest_version_that_fits_and_floats_only_where_asked_to() {
    let nuget = |strategy, consumer| cells(Registry::Nuget, "1.4.0", "1.3.7", strategy, consumer);
    assert_eq!(nuget("forward", "entity-core \"1.3.7\""), "1.3.7 | 1.3.7 | 1.3.7");
    assert_eq!(nuget("forward", "entity-core \"1.4.0\""), "1.4.0 | 1.4.0 | 1.4.0");
    assert_eq!(nuget("forward", "entity-core \"1.*\""), "1.4.0 | 1.4.1 | 1.4.1");
    assert_eq!(nuget("patch", "entity-core \"*\""), "1.4.0 | 1.4.0 | 1.4.0");
    assert_eq!(cells(Registry::Nuget, "2.0.0-rc.1", "1.9.3", "patch", "entity-core \"*\""), "1.9.3 | 1.9.4 | 1.9.4");
}

#[test]
fn maven_leaves_no_prerelease_out_of_a_range() {
    assert_eq!(cells(Registry::Maven, "2.0.0-rc.1", "1.9.3", "forward", "entity-core:[1.9.3,)"), "2.0.0-rc.1 | 2.0.0-rc.2 | 2.0.0-rc.2");
    assert_eq!(cells(Registry::Maven, "1.4.0", "1.3.7", "patch", "entity-core:RELEASE"), "1.4.0 | 1.4.0 | 1.4.0");
}

#[test]
fn a_go_mod_keeps_what_it_names() {
    let go = |consumer| cells(Registry::Go, "0.1.0", "0.0.12", "forward", consumer);
    assert_eq!(go("go get entity-core@latest"), "0.1.0 | 0.1.1 | 0.1.1");
    assert_eq!(go("go get entity-core@v0.1.0"), "0.1.0 | 0.1.0, with a warning | 0.1.0, with a warning");
    assert_eq!(go("entity-core v0.1.0 in go.mod"), "0.1.0 | 0.1.0 | 0.1.0");
    assert_eq!(go("entity-core v0.0.12 in go.mod"), "0.0.12 | 0.0.12 | 0.0.12");
    assert_eq!(go("go get -u entity-core (v0.1.0 in go.mod)"), "0.1.0 | 0.1.1 | 0.1.1");
}

#[test]
fn the_pessimistic_operator_fixes_all_but_the_last_number() {
    for (registry, strategy) in [(Registry::Rubygems, "patch"), (Registry::Hex, "forward")] {
        let gets = |consumer| cells(registry, "1.4.0", "1.3.7", strategy, consumer);
        let (below, above) =
            if registry == Registry::Hex { ("1.4.1 | 1.4.1", "1.3.7 | 1.3.7") } else { ("1.4.0 | 1.3.8", "1.3.8 | 1.3.8") };
        assert_eq!(gets("entity-core ~> 1.3"), format!("1.4.0 | {below}"));
        assert_eq!(gets("entity-core ~> 1.3.7"), format!("1.3.7 | {above}"));
    }
}

#[test]
fn an_images_moving_tags_leave_the_bad_version_where_there_is_another() {
    let image = |consumer| cells(Registry::Oci, "1.4.0", "1.3.7", "patch", consumer);
    assert_eq!(image("entity-core:latest"), "1.4.0 | 1.4.0 | 1.3.8");
    assert_eq!(image("entity-core:1"), "1.4.0 | 1.4.0 | 1.3.8");
    assert_eq!(image("entity-core:1.3"), "1.3.7 | 1.3.8 | 1.3.8");
    assert_eq!(image("entity-core:1.4"), "1.4.0 | 1.4.0 | 1.4.0");
    assert_eq!(image("entity-core:1.4.0"), "1.4.0 | 1.4.0 | 1.4.0");
}

#[test]
fn rows_that_no_engine_computed_say_so() {
    let unread = Question { published: Vec::new(), ..question(Some(Registry::Maven), "1.4.0", "1.3.7", "forward") };
    let said = "No index of `entity-core` was read from Maven Central, so its rows are computed from tags alone, by rule and not by its client's own engine.";
    assert_eq!(answered(&unread).table.headline.last().map(String::as_str), Some(said));
}

#[test]
fn lists_are_read_and_every_bad_entry_is_named() {
    assert_eq!(parse_list("0.0.11,0.0.12 0.1.0\n"), Ok(vec![version("0.0.11"), version("0.0.12"), version("0.1.0")]));
    let errors: Vec<String> = parse_list("0.0.11,x,v2").unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "`x` is not a version: it must start with numbers between dots, as in `1.2.3`",
            "`v2` is not a version: a version has no `v`; that belongs to the tag"
        ]
    );
}
