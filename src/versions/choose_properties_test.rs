//! What holds of every choice, over any versions, registries and strategies.

use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, prop_compose, proptest};

use super::*;

const OUTLETS: [Registry; 12] = [
    Registry::Pypi,
    Registry::Npm,
    Registry::Crates,
    Registry::Oci,
    Registry::Maven,
    Registry::Nuget,
    Registry::Rubygems,
    Registry::Go,
    Registry::Hex,
    Registry::Packagist,
    Registry::Helm,
    Registry::GithubReleases,
];

prop_compose! {
    fn any_version()(
        numbers in (0u64..3, 0u64..4, 0u64..6),
        rest in prop::sample::select(vec!["", "", "", "", "-rc.1", "rc1", ".post1", "-1"]),
    ) -> Version {
        version(&format!("{}.{}.{}{rest}", numbers.0, numbers.1, numbers.2))
    }
}

prop_compose! {
    fn any_ecosystem()(
        outlet in prop::sample::select(OUTLETS.to_vec()),
        published in prop::option::of(prop::collection::vec((any_version(), any::<bool>()), 0..8)),
        latest in prop::option::of(any_version()),
    ) -> Ecosystem {
        let one = |(version, withdrawn)| Published { version, withdrawn, uploaded: None, file: None };
        Ecosystem { outlet, package: "acme".into(), published: published.map(|all| all.into_iter().map(one).collect()), latest }
    }
}

prop_compose! {
    fn any_facts()(
        bad in prop::collection::vec(any_version(), 0..3),
        good in any_version(),
        taken in prop::collection::vec(any_version(), 0..12),
        released in prop::collection::vec(any_version(), 0..3),
        latest_release in prop::option::of(any_version()),
        ecosystems in prop::collection::vec(any_ecosystem(), 0..3),
    ) -> Facts {
        let taken = taken.into_iter().map(|version| Taken { by: format!("tag `v{version}`"), version }).collect();
        Facts { bad, good, taken, released, other_lines: Vec::new(), latest_release, ecosystems }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn every_new_version_is_above_the_good_one_free_and_above_the_bad_one_where_it_says_so(
        facts in any_facts(),
        strategy in prop::sample::select(vec!["auto", "patch", "forward", "forward-breaking", "both", "retag", "0.0.7", "1.9.9"]),
    ) {
        let strategy: Strategy = strategy.parse().unwrap();
        let Ok(choice) = choose(&facts, &strategy) else { return Ok(()) };
        for new in &choice.versions {
            prop_assert!(*new > facts.good);
            prop_assert_eq!(facts.taken_by(new), Vec::<String>::new());
            prop_assert!(choice.skipped.iter().all(|(skipped, by)| skipped != new && !by.is_empty()));
        }
        if matches!(choice.strategy, Strategy::Forward | Strategy::ForwardBreaking | Strategy::Both) {
            prop_assert!(choice.versions.iter().max() > facts.highest_bad());
        }
        prop_assert_eq!(choice.versions.is_empty(), choice.strategy == Strategy::Retag);
        prop_assert!(choice.strategy != Strategy::Auto);
        let table = who_gets_what(&facts, &choice);
        prop_assert!(!table.rows.is_empty());
        prop_assert!(render(&table).lines().count() > table.rows.len());
        prop_assert_eq!(render_markdown(&table).lines().filter(|line| line.starts_with('|')).count(), table.rows.len() + 2);
    }

    #[test]
    fn the_patch_is_above_the_good_one_and_free_whatever_is_taken(taken in prop::collection::vec(any_version(), 0..40), good in any_version()) {
        let taken = taken.into_iter().map(|version| Taken { by: "a tag".into(), version }).collect();
        let facts = Facts { bad: versions("9.0.0"), good, taken, released: Vec::new(), other_lines: Vec::new(), latest_release: None, ecosystems: Vec::new() };
        let choice = choose(&facts, &Strategy::Patch).unwrap();
        prop_assert!(choice.versions[0] > facts.good && facts.taken_by(&choice.versions[0]).is_empty());
    }
}
