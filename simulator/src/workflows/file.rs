//! What the simulator reads from a workflow file: its name, and the inputs of its dispatch.
//!
//! Reads lines by their indentation, which is enough for workflow files as people write them.

use std::collections::BTreeMap;

/// How a workflow is dispatched: its inputs by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dispatchable {
    pub(super) inputs: BTreeMap<String, Input>,
}

/// One input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) required: bool,
    pub(super) has_default: bool,
    /// The values of a choice; empty for other types.
    pub(super) options: Vec<String>,
}

/// Returns the workflow's name.
pub(super) fn name(text: &str) -> Option<String> {
    let lines = lines(text);
    child(&lines, "name").map(|(line, _)| line.value.to_owned()).filter(|name| !name.is_empty())
}

/// Returns how the workflow is dispatched, where it is.
pub(super) fn dispatchable(text: &str) -> Option<Dispatchable> {
    let lines = lines(text);
    let (on, events) = child(&lines, "on")?;
    let words = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "workflow_dispatch");
    let listed = events.iter().any(|line| line.key == "-" && line.value == "workflow_dispatch");
    if words(on.value) || listed {
        return Some(Dispatchable::default());
    }
    let (_, dispatch) = child(events, "workflow_dispatch")?;
    let Some((_, inputs)) = child(dispatch, "inputs") else {
        return Some(Dispatchable::default());
    };
    let inputs = children(inputs).map(|(line, settings)| (line.key.to_owned(), input(settings)));
    Some(Dispatchable { inputs: inputs.collect() })
}

fn input(settings: &[Line]) -> Input {
    let options = child(settings, "options").map(|(line, items)| {
        let listed = items.iter().filter(|item| item.key == "-").map(|item| item.value.to_owned());
        let inline = line.value.trim_matches(['[', ']']).split(',').map(|item| unquoted(item.trim()).to_owned());
        listed.chain(inline.filter(|item| !item.is_empty())).collect()
    });
    Input {
        required: child(settings, "required").is_some_and(|(line, _)| line.value == "true"),
        has_default: child(settings, "default").is_some(),
        options: options.unwrap_or_default(),
    }
}

/// One line of the file: a key with its value, or an item of a list under the key `-`.
#[derive(Debug, Clone, Copy)]
struct Line<'text> {
    indent: usize,
    key: &'text str,
    value: &'text str,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match content.strip_prefix("- ") {
            Some(item) => lines.push(Line { indent, key: "-", value: unquoted(without_comment(item)) }),
            None => entry(indent, content, &mut lines),
        }
    }
    lines
}

/// Reads `key: value`; a map in braces becomes lines of its own, as if it were written below.
fn entry<'text>(indent: usize, content: &'text str, lines: &mut Vec<Line<'text>>) {
    let Some((key, value)) = content.split_once(':') else { return };
    if !value.is_empty() && !value.starts_with(' ') {
        return;
    }
    let (key, value) = (unquoted(key.trim()), without_comment(value));
    let Some(inner) = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        lines.push(Line { indent, key, value: unquoted(value) });
        return;
    };
    lines.push(Line { indent, key, value: "" });
    for part in parts(inner) {
        entry(indent + 2, part.trim(), lines);
    }
}

/// Splits at the commas that are inside no quotes, braces or brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            // An apostrophe within a word quotes nothing.
            (None, '"' | '\'') if text[..at].trim_end().ends_with([':', ',', '[', '{']) => quote = Some(character),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// Returns the lines on the outermost level of a block, each with the lines below it.
fn children<'lines, 'text>(block: &'lines [Line<'text>]) -> impl Iterator<Item = (Line<'text>, &'lines [Line<'text>])> {
    let outermost = block.first().map_or(0, |line| line.indent);
    let starts = move |line: &Line<'_>| line.indent == outermost && line.key != "-";
    block.iter().enumerate().filter(move |(_, line)| starts(line)).map(move |(at, line)| {
        let below = block.get(at + 1..).unwrap_or_default();
        let end = below.iter().position(|line| line.indent < outermost || starts(line)).unwrap_or(below.len());
        (*line, &below[..end])
    })
}

fn child<'lines, 'text>(block: &'lines [Line<'text>], key: &str) -> Option<(Line<'text>, &'lines [Line<'text>])> {
    children(block).find(|(line, _)| line.key == key)
}

fn without_comment(value: &str) -> &str {
    value.split_once(" #").map_or(value, |(before, _)| before).trim()
}

fn unquoted(text: &str) -> &str {
    let quoted = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLLBACK: &str = "\
# Rolls back.
name: 'Roll back'

on:
  workflow_dispatch:
    inputs:
      bad: # which release
        description: \"the bad release: its tag\"
        required: true
      line:
        type: choice
        options:
        - patch
        - forward
        default: patch
  schedule:
    - cron: '17 * * * *'
jobs:
  plan:
    runs-on: ubuntu-latest
";

    #[test]
    fn a_workflow_file_tells_its_name_and_inputs() {
        assert_eq!(name(ROLLBACK).as_deref(), Some("Roll back"));
        let inputs = dispatchable(ROLLBACK).unwrap().inputs;
        assert_eq!(inputs.keys().collect::<Vec<_>>(), ["bad", "line"]);
        assert_eq!(inputs["bad"], Input { required: true, has_default: false, options: Vec::new() });
        assert_eq!(inputs["line"], Input { required: false, has_default: true, options: vec!["patch".to_owned(), "forward".to_owned()] });
    }

    #[test]
    fn inputs_may_be_written_in_braces() {
        let text = "\
on:
  workflow_dispatch:
    inputs:
      bad: { description: Tag of the bad release, required: true } # which
      trigger: { description: \"The policy's name, for it\", type: choice, options: [security, other], default: security }
      note: { description: The policy's word }
";
        let inputs = dispatchable(text).unwrap().inputs;
        assert_eq!(inputs["bad"], Input { required: true, has_default: false, options: Vec::new() });
        assert_eq!(
            inputs["trigger"],
            Input { required: false, has_default: true, options: vec!["security".to_owned(), "other".to_owned()] }
        );
        assert_eq!(inputs["note"], Input::default());
        let inputs = dispatchable("on: { push: {}, workflow_dispatch: { inputs: { bad: { required: true } } } }\n").unwrap().inputs;
        assert!(inputs["bad"].required);
    }

    #[test]
    fn a_workflow_is_dispatched_only_where_it_says_so() {
        assert_eq!(dispatchable("on: push\n"), None);
        assert_eq!(dispatchable("on:\n  push:\n    branches: [main]\n"), None);
        for text in
            ["on: workflow_dispatch\n", "on: [push, workflow_dispatch]\n", "'on':\n  - workflow_dispatch\n", "on:\n  workflow_dispatch:\n"]
        {
            assert_eq!(dispatchable(text), Some(Dispatchable::default()), "{text}");
        }
    }
}
