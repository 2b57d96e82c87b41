//! The table as text for terminals and as Markdown.

use super::shelf::Gets;
use super::table::{Row, Table};

/// Renders the table for a terminal: the sentences, then aligned columns.
pub fn render(table: &Table) -> String {
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| cells(table, row, &|consumer| visible(consumer), &Gets::to_string)).collect();
    let grid: Vec<Vec<String>> = std::iter::once(head(table)).chain(rows).collect();
    let columns = grid.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..columns).map(|at| grid.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let padded: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let sentences = table.headline.iter().map(|sentence| visible(sentence));
    let blank = (!table.headline.is_empty()).then(String::new);
    let lines: Vec<String> = sentences.chain(blank).chain(grid.iter().map(line)).collect();
    lines.join("\n") + "\n"
}

/// Renders the table as Markdown; bad versions are bold.
pub fn render_markdown(table: &Table) -> String {
    let bold = |gets: &Gets| {
        let is_bad = gets.version().is_some_and(|version| table.bad.contains(version));
        if is_bad || *gets == Gets::Nothing { format!("**{gets}**") } else { gets.to_string() }
    };
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let head = head(table);
    let rule = vec!["---".to_owned(); head.len()];
    let rows = table.rows.iter().map(|row| line(cells(table, row, &code, &bold)));
    let grid: Vec<String> = [line(head), line(rule)].into_iter().chain(rows).collect();
    let sentences: String = table.headline.iter().map(|sentence| format!("{}\n\n", visible(sentence))).collect();
    sentences + &grid.join("\n") + "\n"
}

fn head(table: &Table) -> Vec<String> {
    let released = if table.released.is_empty() { "after moving latest" } else { "after the release" };
    let mut head = vec!["who gets what".to_owned(), "now".into(), released.into()];
    if !table.withdrawn.is_empty() {
        head.push(format!("after withdrawing {}", super::listed(&table.withdrawn)));
    }
    head
}

fn cells(table: &Table, row: &Row, consumer: &dyn Fn(&str) -> String, gets: &dyn Fn(&Gets) -> String) -> Vec<String> {
    let mut cells = vec![consumer(&row.consumer), gets(&row.now), gets(&row.after_release)];
    if !table.withdrawn.is_empty() {
        cells.push(gets(&row.after_withdrawal));
    }
    cells
}

/// The text with control characters shown, so that a package's name cannot break the layout.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A code span that no package's name can leave, inside a table's cell.
fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'").replace('|', "\\|"))
}
