//! Versions: one order over semver, PEP 440 and calendar versions, the same as theirs where they speak.
#![no_main]

use std::cmp::Ordering;

use libfuzzer_sys::fuzz_target;
use rollback_action::config::Registry;
use rollback_action::domain::version::Version;
use rollback_action::versions::Strategy;

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let mut lines = text.lines();
    let versions: Vec<Version> = lines.by_ref().take(3).filter_map(|line| line.parse().ok()).collect();
    for version in &versions {
        alone(version);
        for other in &versions {
            together(version, other);
            for third in &versions {
                assert!(!(version <= other && other <= third) || version <= third, "{version} {other} {third}");
            }
        }
    }
    for line in lines.take(4) {
        if let Ok(strategy) = line.parse::<Strategy>() {
            assert_eq!(strategy.to_string().parse::<Strategy>().as_ref(), Ok(&strategy));
        }
        if let Ok(outlet) = line.parse::<Registry>() {
            versions.iter().for_each(|version| drop(outlet.takes(version)));
        }
    }
});

fn alone(version: &Version) {
    assert_eq!(version.as_str().parse::<Version>().as_ref(), Ok(version));
    assert!(version.same_line(version) && !version.line().is_empty());
    let small = version.as_str().len() < 100 && version.numbers().iter().all(|number| *number < u64::MAX);
    for next in [version.next_patch(), version.next_breaking()].iter().filter(|_| small) {
        let read: Version = next.as_str().parse().unwrap_or_else(|error| panic!("after {version}: {error}"));
        assert_eq!((&read, read.numbers(), read.is_prerelease()), (next, next.numbers(), next.is_prerelease()), "after {version}");
        assert!(next > version, "{next} is not above {version}");
    }
}

fn together(one: &Version, other: &Version) {
    assert_eq!(one.cmp(other), other.cmp(one).reverse());
    assert_eq!(one == other, one.cmp(other) == Ordering::Equal);
    if one.is_two_faced() || other.is_two_faced() || one.build().is_some() || other.build().is_some() {
        return;
    }
    let python = |version: &Version| version.as_str().parse::<pep440_rs::Version>().ok();
    if let (Some(first), Some(second)) = (python(one), python(other)) {
        assert_eq!(one.cmp(other), first.cmp(&second), "{one} and {other} in PEP 440");
        return;
    }
    let semver = |version: &Version| semver::Version::parse(version.as_str()).ok().filter(|_| python(version).is_none());
    if let (Some(first), Some(second)) = (semver(one), semver(other)) {
        assert_eq!(one.cmp(other), first.cmp_precedence(&second), "{one} and {other} in semver");
    }
}
