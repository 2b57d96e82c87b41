//! Sets and maps out of iterators, one item after another.

/// An iterator whose items go into a set or a map.
pub(crate) trait Gather: Iterator + Sized {
    /// Returns the items as a set or a map. `collect` would do the same, but it sorts first, with a sorting routine of its own
    /// for each type: nearly 3 kB of the program every time.
    fn gather<T: Default + Extend<Self::Item>>(self) -> T {
        let mut gathered = T::default();
        gathered.extend(self);
        gathered
    }
}

impl<I: Iterator> Gather for I {}
