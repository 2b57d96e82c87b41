//! The version bytes a plan rewrites, and their two written forms: plain, and packed where there are very many.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Plan, Side};
use crate::domain::restore::RepoPath;
use crate::domain::tree::Mode;

/// Path → the byte ranges that are replaced in it.
pub type Ranges = BTreeMap<RepoPath, Vec<(usize, usize)>>;

/// The same new text at many places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct EditGroup {
    /// Where the files are read.
    pub side: Side,
    /// Their mode.
    pub mode: Mode,
    /// The text that is put in.
    pub new: String,
    /// Where it is put in.
    pub at: Ranges,
    /// How the group stands in the document. It is kept, so that a plan that was read has the digest it was given.
    pub form: Form,
}

/// How a group of edits stands in a plan's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Every path in full, with its ranges.
    Plain,
    /// What each path and each place has beyond the one before, so that five hundred packages still fit a job output.
    Packed,
}

/// A group of edits as the document has it: `at`, or `packed`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    side: Side,
    mode: Mode,
    new: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Ranges>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    packed: Option<Packed>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packed {
    /// How many bytes are replaced at each place.
    width: usize,
    /// For each file: how many bytes its path has at the start and at the end in common with the one before, what is
    /// between them, and how far each place is from the end of the one before.
    files: Vec<(usize, usize, String, Vec<usize>)>,
}

impl From<EditGroup> for Written {
    fn from(EditGroup { side, mode, new, at, form }: EditGroup) -> Self {
        let (at, packed) = match form {
            Form::Plain => (Some(at), None),
            Form::Packed => (None, Some(Packed::of(&at))),
        };
        Self { side, mode, new, at, packed }
    }
}

impl TryFrom<Written> for EditGroup {
    type Error = &'static str;

    fn try_from(Written { side, mode, new, at, packed }: Written) -> Result<Self, Self::Error> {
        let (at, form) = match (at, packed) {
            (Some(at), None) => (at, Form::Plain),
            (None, Some(packed)) => (packed.ranges().ok_or("`packed` holds no edits that can be unpacked")?, Form::Packed),
            (Some(_), Some(_)) | (None, None) => return Err("a group of edits has either `at` or `packed`"),
        };
        Ok(Self { side, mode, new, at, form })
    }
}

impl Packed {
    fn of(at: &Ranges) -> Self {
        let width = at.values().flatten().map(|(start, end)| end.saturating_sub(*start)).next().unwrap_or_default();
        let mut before = "";
        let mut files = Vec::with_capacity(at.len());
        for (path, ranges) in at {
            let path = path.as_str();
            let start = common(before.chars(), path.chars());
            let end = common(before[start..].chars().rev(), path[start..].chars().rev());
            files.push((start, end, path[start..path.len() - end].to_owned(), gaps(ranges)));
            before = path;
        }
        Self { width, files }
    }

    /// Returns what was packed; `None` where this is no packing of anything.
    fn ranges(&self) -> Option<Ranges> {
        let mut at = Ranges::new();
        let mut before = String::new();
        for (start, end, between, gaps) in &self.files {
            let tail = before.get(before.len().checked_sub(*end)?..)?;
            let path = format!("{}{between}{tail}", before.get(..*start)?);
            let mut from = 0_usize;
            let mut ranges = Vec::with_capacity(gaps.len());
            for gap in gaps {
                let start = from.checked_add(*gap)?;
                from = start.checked_add(self.width)?;
                ranges.push((start, from));
            }
            at.insert(path.parse().ok()?, ranges);
            before = path;
        }
        Some(at)
    }
}

fn gaps(ranges: &[(usize, usize)]) -> Vec<usize> {
    let ends = std::iter::once(0).chain(ranges.iter().map(|(_, end)| *end));
    ranges.iter().zip(ends).map(|((start, _), end)| start.saturating_sub(end)).collect()
}

/// How many bytes two texts have in common from where they are read.
fn common(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

/// Returns the same edits in groups of one width each, which can be packed.
fn packed(groups: &[EditGroup]) -> Vec<EditGroup> {
    let split = |group: &EditGroup| {
        let mut by_width: BTreeMap<usize, Ranges> = BTreeMap::new();
        for (path, ranges) in &group.at {
            for (start, end) in ranges {
                let at = by_width.entry(end.saturating_sub(*start)).or_default();
                at.entry(path.clone()).or_default().push((*start, *end));
            }
        }
        let group = group.clone();
        by_width.into_values().map(move |at| EditGroup { at, form: Form::Packed, ..group.clone() })
    };
    groups.iter().flat_map(split).collect()
}

impl Plan {
    /// Returns the same plan as small as it must be: packed first, which loses nothing.
    pub(super) fn fitted(self) -> Self {
        let fits = |plan: &Self| plan.to_document().len() <= super::LARGEST_PLAN;
        let mut plan = if fits(&self) { self } else { self.packed() };
        if !fits(&plan) {
            plan.shed();
        }
        plan
    }

    /// Returns the same plan with its edits packed.
    pub(super) fn packed(mut self) -> Self {
        let second = self.second.as_ref().map(|second| packed(&second.all_edits(&self.content)));
        self.content.edits = packed(&self.content.edits);
        if let (Some(second), Some(edits)) = (&mut self.second, second) {
            second.take(edits, &self.content);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Second;
    use crate::plan::example::example_plan;

    fn group(at: &[(&str, &[(usize, usize)])]) -> EditGroup {
        let at = at.iter().map(|(path, ranges)| (path.parse().unwrap(), ranges.to_vec())).collect();
        EditGroup { side: Side::Good, mode: Mode::File, new: "1.0.1".into(), at, form: Form::Plain }
    }

    fn read(text: &str) -> Result<EditGroup, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_small_plan_is_written_as_it_always_was_and_one_that_was_read_keeps_its_digest() {
        let plan = example_plan();
        let document = plan.to_document();
        assert!(document.contains(r#""at":{"pyproject.toml":[[30,36]],"src/entity/__init__.py":[[15,21]]}"#), "{document}");
        for plan in [plan.clone(), plan.packed()] {
            let read = Plan::from_document(&plan.to_document()).unwrap();
            assert_eq!((&read, read.id()), (&plan, plan.id()));
        }
    }

    #[test]
    fn packed_edits_are_the_same_edits() {
        let plain = group(&[
            ("Cargo.lock", &[(3, 8), (100, 105), (200, 207)]),
            ("crates/acme-a/Cargo.toml", &[(40, 45)]),
            ("crates/acme-\u{e9}/Cargo.toml", &[(40, 45), (45, 50)]),
            ("crates/acme-\u{e8}/Cargo.toml", &[(0, 0), (12, 12)]),
            ("z", &[(7, 12)]),
        ]);
        let packed = packed(std::slice::from_ref(&plain));
        let back: Vec<EditGroup> = packed.iter().map(|group| read(&serde_json::to_string(group).unwrap()).unwrap()).collect();
        assert_eq!(back, packed);
        let mut all = Ranges::new();
        for (path, ranges) in back.into_iter().flat_map(|group| group.at) {
            all.entry(path).or_default().extend(ranges);
        }
        all.values_mut().for_each(|ranges| ranges.sort_unstable());
        assert_eq!(all, plain.at);
    }

    #[test]
    fn a_path_is_written_as_what_it_has_beyond_the_one_before() {
        let all = packed(&[group(&[("crates/acme-a/Cargo.toml", &[(40, 45), (60, 65)]), ("crates/acme-b/Cargo.toml", &[(40, 45)])])]);
        assert_eq!(
            serde_json::to_string(&all).unwrap(),
            r#"[{"side":"good","mode":"100644","new":"1.0.1","packed":{"width":5,"files":[[0,0,"crates/acme-a/Cargo.toml",[40,15]],[12,11,"b",[40]]]}}]"#
        );
    }

    #[test]
    fn a_second_release_names_the_packed_edits_it_shares() {
        let mut plan = example_plan();
        plan.content.edits = vec![group(&[("a", &[(1, 6), (9, 16)])])];
        let other = crate::plan::Content {
            edits: vec![EditGroup { new: "1.1.1".into(), ..plan.content.edits[0].clone() }],
            ..plan.content.clone()
        };
        plan.second = Some(Second::of("1.1.1".parse().unwrap(), "v1.1.1".parse().unwrap(), other, &plan.content));
        let packed = plan.packed();
        let second = packed.second.as_ref().unwrap();
        assert_eq!((second.same.as_slice(), second.edits.len()), ([(0, "1.1.1".to_owned()), (1, "1.1.1".to_owned())].as_slice(), 0));
    }

    #[test]
    fn what_is_no_packing_is_no_plan() {
        let packed = |files: &str| read(&format!(r#"{{"side":"good","mode":"100644","new":"1","packed":{{"width":5,"files":{files}}}}}"#));
        assert!(packed(r#"[[0,0,"a",[1]]]"#).is_ok());
        for wrong in [
            r#"[[1,0,"a",[1]]]"#,
            r#"[[0,1,"a",[1]]]"#,
            r#"[[0,0,"../a",[1]]]"#,
            r#"[[0,0,"a",[18446744073709551615]]]"#,
            r#"[[0,0,"\u00e9",[1]],[1,0,"",[1]]]"#,
        ] {
            assert_eq!(packed(wrong).unwrap_err(), "`packed` holds no edits that can be unpacked", "{wrong}");
        }
        let neither = read(r#"{"side":"good","mode":"100644","new":"1"}"#);
        assert_eq!(neither.unwrap_err(), "a group of edits has either `at` or `packed`");
    }
}
