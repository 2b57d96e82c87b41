//! How much of a large space of cases a test tries: a share of it, or, with `ROLLBACK_EXPLORE=SECONDS`, all of it until the
//! time is over. `scripts/explore` does the latter.

use std::time::{Duration, Instant};

use crate::figures::figure;

/// A small generator of the same numbers every time: the seed is in the message of a test that fails.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.draw() % (last as u64 + 1)).unwrap();
            items.swap(last, other);
        }
    }
}

/// The cases to try, in an order of the seed's.
pub(crate) struct Cases<T> {
    what: &'static str,
    left: std::vec::IntoIter<T>,
    tried: usize,
    all: usize,
    seed: u64,
    until: Option<Instant>,
}

/// Returns one of `share` cases, or all of them when exploring.
#[expect(clippy::disallowed_methods, reason = "the test run is told its budget and seed by its caller")]
pub(crate) fn cases<T>(what: &'static str, share: usize, mut cases: Vec<T>) -> Cases<T> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (seconds, seed, all) = (number("ROLLBACK_EXPLORE"), number("ROLLBACK_SEED").unwrap_or(1), cases.len());
    Chance::new(seed).shuffle(&mut cases);
    if seconds.is_none() {
        cases.truncate(all.div_ceil(share));
    }
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    Cases { what, left: cases.into_iter(), tried: 0, all, seed, until }
}

/// Asserts that a test is not idle: so many cases at least, unless the budget was shorter.
#[track_caller]
pub(crate) fn enough(tried: usize, wanted: usize) {
    assert!(tried > wanted || is_exploring(), "only {tried} cases");
}

/// Returns how many cases to draw by chance, of which there is no end: so many, or more than any budget is good for.
pub(crate) fn drawn(by_default: u64) -> u64 {
    if is_exploring() { 50_000 } else { by_default }
}

#[expect(clippy::disallowed_methods, reason = "the test run is told its budget by its caller")]
fn is_exploring() -> bool {
    std::env::var("ROLLBACK_EXPLORE").is_ok()
}

impl<T> Iterator for Cases<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        // One at least, however short the budget.
        if self.tried > 0 && self.until.is_some_and(|until| Instant::now() > until) {
            return None;
        }
        let case = self.left.next()?;
        self.tried += 1;
        Some(case)
    }
}

impl<T> Drop for Cases<T> {
    #[expect(clippy::print_stderr, reason = "`scripts/explore` shows it, other runs swallow it")]
    fn drop(&mut self) {
        figure("cases", self.what, self.tried);
        eprintln!("explored: {}: {} of {} cases, seed {}", self.what, self.tried, self.all, self.seed);
    }
}

#[test]
fn the_same_seed_gives_the_same_share_of_cases_and_no_case_twice() {
    let chosen = || cases("numbers", 4, (0..100).collect()).collect::<Vec<_>>();
    let first = chosen();
    assert_eq!(first, chosen());
    let different: std::collections::BTreeSet<_> = first.iter().collect();
    assert_eq!(different.len(), first.len());
}
