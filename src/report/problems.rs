//! Small pieces for job summaries: problems with their remedies, and what a gate's job says.

use super::escape::text;

/// The most problems that are listed.
const PROBLEMS: usize = 100;

/// Returns outside text as Markdown that is only text.
pub fn inline(outside: &str) -> String {
    text(outside, 2000)
}

/// Returns problems for the job summary, each with its remedy; nothing where there are none.
pub fn problems_markdown<'p>(problems: impl Iterator<Item = (&'p str, Option<&'p str>)>) -> String {
    let items: Vec<String> = problems
        .take(PROBLEMS)
        .map(|(error, hint)| {
            let hint = hint.filter(|hint| !hint.is_empty()).map(|hint| format!(">   {}\n", text(hint, 1000)));
            format!("> - {}\n{}", text(error, 1000), hint.unwrap_or_default())
        })
        .collect();
    match items.is_empty() {
        true => String::new(),
        false => format!("> [!CAUTION]\n> **What is wrong, and what helps**\n>\n{}", items.concat()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{self, check_markdown, some_cases};
    use super::*;

    #[test]
    fn no_problem_says_nothing() {
        assert_eq!(problems_markdown(std::iter::empty()), "");
    }

    #[test]
    fn each_problem_has_its_remedy() {
        let problems = [("tag `v0.1` is not there", Some("did you mean `v0.1.0`?")), ("the window is over", None)];
        insta::assert_snapshot!(problems_markdown(problems.into_iter()), @r#"
        > [!CAUTION]
        > **What is wrong, and what helps**
        >
        > - tag `v0.1` is not there
        >   did you mean `v0.1.0`?
        > - the window is over
        "#);
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn no_text_changes_the_shape(error in hostile::text(), hint in hostile::text()) {
            check_markdown(&problems_markdown([(error.as_str(), Some(hint.as_str())), ("next", None)].into_iter()))?;
        }
    }
}
