//! Markdown tables and lists from cells that are escaped already.

/// Returns a table, or nothing where it has no rows.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rule: Vec<String> = head.iter().map(|_| "---".to_owned()).collect();
    line(&head) + &line(&rule) + &rows.iter().map(|row| line(row)).collect::<String>()
}

/// Returns a table of facts: a word in bold and what is to be said about it.
pub(super) fn facts(rows: &[(&str, String)]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|(name, fact)| vec![format!("**{name}**"), fact.clone()]).collect();
    table(&["", ""], &rows)
}

/// Returns a list of items, and a line that counts those left out.
pub(super) fn list(items: &[String], all: usize) -> String {
    let mut lines: Vec<String> = items.iter().map(|item| format!("- {item}\n")).collect();
    if all > items.len() {
        lines.push(format!("- and {} more\n", all - items.len()));
    }
    lines.concat()
}

/// Returns something that is folded away until somebody opens it.
pub(super) fn folded(summary: &str, inside: &str) -> String {
    match inside.trim().is_empty() {
        true => String::new(),
        false => format!("<details><summary>{summary}</summary>\n\n{}\n\n</details>\n", inside.trim_end()),
    }
}

/// Returns a part with its heading, or nothing where there is nothing in it.
pub(super) fn section(title: &str, inside: &str) -> String {
    if inside.trim().is_empty() { String::new() } else { format!("### {title}\n\n{inside}") }
}

/// Joins the parts of a document that are not empty, an empty line between them.
pub(super) fn document(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n") + "\n"
}

/// Cuts a document at the end of a line, so that it fits; the last resort of a limit that must hold.
pub(super) fn clip(text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let note = "\n\n(cut: too long for GitHub)\n";
    let room = most.saturating_sub(note.len());
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= room).last().unwrap_or(0);
    let end = text[..end].rfind('\n').unwrap_or(0);
    format!("{}{note}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!((table(&["a"], &[]), list(&[], 0), folded("a", " \n")), (String::new(), String::new(), String::new()));
    }

    #[test]
    fn a_long_document_is_cut_at_a_line() {
        assert_eq!(clip("ü\nabc\ndefghijklmnopqrstuvwxyz0123456789".into(), 34), "ü\n\n(cut: too long for GitHub)\n");
        assert_eq!(clip("ab".into(), 2), "ab");
    }
}
