//! The ranges of the other ecosystems, which all come down to "these numbers in front are fixed".
//! Only the few usual consumers are computed; nobody's whole grammar is copied here.

use crate::domain::version::Version;

use super::super::shelf::{Gets, Shelf, Standing};

/// A range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Span {
    /// Everything that is no pre-release.
    Any,
    /// Everything there is.
    All,
    /// From this one on, without pre-releases unless it is one.
    AtLeast(Version),
    /// Everything from this one on.
    From(Version),
    /// From this one on, as long as so many numbers in front are the same.
    Like(Version, usize),
}

impl Span {
    fn takes(&self, version: &Version) -> bool {
        let front = |version: &Version, length: usize| {
            let numbers = version.numbers().iter().copied().chain(std::iter::repeat(0));
            numbers.take(length).collect::<Vec<u64>>()
        };
        match self {
            Self::Any => !version.is_prerelease(),
            Self::All => true,
            Self::AtLeast(from) => version >= from && (from.is_prerelease() || !version.is_prerelease()),
            Self::From(from) => version >= from,
            Self::Like(from, length) => {
                let same = front(version, *length) == front(from, *length);
                let stage = !version.is_prerelease() || (from.is_prerelease() && version.numbers() == from.numbers());
                version >= from && same && stage
            }
        }
    }
}

/// `^1.4.0`: everything up to the first number that is not zero stays.
pub(in super::super) fn caret(from: &Version) -> Span {
    let zeros = from.numbers().iter().take_while(|number| **number == 0).count();
    Span::Like(from.clone(), (zeros + 1).min(from.numbers().len()))
}

/// `~> 1.4.0`: everything but the last number stays.
pub(in super::super) fn pessimistic(from: &Version) -> Span {
    Span::Like(from.clone(), from.numbers().len().saturating_sub(1).max(1))
}

/// The highest live version in the range.
pub(in super::super) fn highest(span: &Span, shelf: &Shelf) -> Gets {
    let picked = shelf.iter().rev().find(|(version, standing)| *standing == Standing::Live && span.takes(version));
    picked.map_or(Gets::Nothing, |(version, _)| Gets::Version(version.clone()))
}

/// What a moving tag names: the highest live version in the span, else the highest.
pub(in super::super) fn tagged(span: &Span, shelf: &Shelf) -> Gets {
    let any = || shelf.iter().rev().find(|(version, _)| span.takes(version));
    match highest(span, shelf) {
        Gets::Nothing => any().map_or(Gets::Nothing, |(version, _)| Gets::Version(version.clone())),
        live => live,
    }
}

/// The lowest live version in the range.
pub(in super::super) fn lowest(span: &Span, shelf: &Shelf) -> Gets {
    let picked = shelf.iter().find(|(version, standing)| *standing == Standing::Live && span.takes(version));
    picked.map_or(Gets::Nothing, |(version, _)| Gets::Version(version.clone()))
}

#[cfg(test)]
mod tests {
    use super::{Span, caret};
    use crate::domain::version::Version;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn a_caret_keeps_everything_up_to_the_first_number_that_is_not_zero() {
        let takes = |from: &str, other: &str| caret(&version(from)).takes(&version(other));
        assert!(takes("1.4.0", "1.4.0") && takes("1.4.0", "1.9.3") && !takes("1.4.0", "2.0.0") && !takes("1.4.0", "1.3.9"));
        assert!(takes("0.4.1", "0.4.9") && !takes("0.4.1", "0.5.0"));
        assert!(takes("0.0.3", "0.0.3") && !takes("0.0.3", "0.0.4"));
        assert!(matches!(caret(&version("0.0.0")), Span::Like(_, 3)));
    }
}
