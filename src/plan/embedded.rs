//! The plan inside what is published on GitHub, in a comment nobody sees, so that a later run has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Plan;

const OPEN: &str = "<!-- rollback-action:plan";
const CLOSE: &str = "-->";
/// How long a line of the comment is.
const LINE: usize = 120;

/// Returns the comment that holds the plan.
pub fn embedded(plan: &Plan) -> String {
    let encoded = STANDARD.encode(plan.to_document());
    let mut lines = vec![OPEN.to_owned()];
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        lines.push(line.to_owned());
        rest = after;
    }
    lines.push(CLOSE.to_owned());
    lines.join("\n")
}

/// Returns the plan document that a description or comment holds. Its digest is the reader's to check.
pub fn plan_in(body: &str) -> Option<String> {
    let at = body.match_indices(OPEN).find(|(at, _)| *at == 0 || body[..*at].ends_with('\n'))?.0;
    let (encoded, _) = body[at + OPEN.len()..].split_once(CLOSE)?;
    let encoded: String = encoded.split_ascii_whitespace().collect();
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::example::example_plan;

    #[test]
    fn the_plan_is_read_back_also_after_an_editor_changed_the_line_ends() {
        let (plan, body) = (example_plan(), format!("Text.\n\n{}\n\nMore.", embedded(&example_plan())));
        for body in [body.clone(), body.replace('\n', "\r\n")] {
            assert_eq!(Plan::from_document(&plan_in(&body).unwrap()).unwrap(), plan);
        }
    }

    #[test]
    fn a_body_without_a_whole_plan_has_none() {
        for body in
            ["", "text", "<!-- rollback-action:plan", "<!-- rollback-action:plan\n§§\n-->", "quoted <!-- rollback-action:plan\nYQ==\n-->"]
        {
            assert_eq!(plan_in(body), None, "{body}");
        }
    }
}
