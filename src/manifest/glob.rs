//! Workspace globs: `packages/*`, `crates/{a,b}`, `apps/**`. Linear, no regular expressions.

/// Tells whether one path part matches one part of a glob, where `*` and `?` stand for anything.
pub(crate) fn part_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => {
                p += 1;
                n += 1;
            }
            Some(_) | None => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

/// Tells whether a whole path matches a glob.
pub(crate) fn path_matches(glob: &str, path: &str) -> bool {
    let glob: Vec<&str> = glob.trim_start_matches("./").split('/').filter(|part| !part.is_empty()).take(16).collect();
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).take(64).collect();
    parts_match(&glob, &path)
}

fn parts_match(glob: &[&str], path: &[&str]) -> bool {
    // One row per glob part: which prefixes of the path are matched so far.
    let mut reach = vec![false; path.len() + 1];
    reach[0] = true;
    for part in glob {
        let mut next = vec![false; path.len() + 1];
        if *part == "**" {
            let mut open = false;
            for at in 0..=path.len() {
                open |= reach[at];
                next[at] = open;
            }
        } else {
            for at in 0..path.len() {
                next[at + 1] = reach[at] && part_matches(part, path[at]);
            }
        }
        reach = next;
    }
    reach[path.len()]
}

/// Expands `{a,b}` alternatives, at most 64 of them.
pub(crate) fn alternatives(glob: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![glob.to_owned()];
    while let Some(glob) = open.pop() {
        let braces = glob.find('{').and_then(|from| glob[from..].find('}').map(|len| (from, from + len)));
        match braces {
            Some((from, to)) if done.len() + open.len() < 64 => {
                open.extend(glob[from + 1..to].split(',').take(32).map(|part| format!("{}{part}{}", &glob[..from], &glob[to + 1..])));
            }
            Some(_) | None => done.push(glob),
        }
    }
    done.sort_unstable();
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_within_one_part_and_double_stars_across_parts() {
        assert!(path_matches("packages/*", "packages/a"));
        assert!(!path_matches("packages/*", "packages/a/b"));
        assert!(path_matches("packages/**", "packages/a/b"));
        assert!(path_matches("**/core", "a/b/core"));
        assert!(path_matches("crates/entity-*", "crates/entity-core"));
        assert!(!path_matches("crates/entity-*", "crates/other"));
    }

    #[test]
    fn braces_stand_for_each_of_their_alternatives() {
        assert_eq!(alternatives("{a,b}/*"), ["a/*", "b/*"]);
    }

    #[test]
    fn a_glob_made_to_explode_is_answered_at_once() {
        let glob = "*a".repeat(2000);
        assert!(!part_matches(&glob, &"a".repeat(4000).replace("aaaa", "aab")));
        assert!(alternatives(&"{a,b}".repeat(40)).len() <= 128);
    }
}
