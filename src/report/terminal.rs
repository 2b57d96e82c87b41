//! Lines for a terminal or a log: wrapped at a width, columns aligned. On the Actions runner a log line is code, so
//! nothing here begins with `::` or holds `##[`.

use super::escape::visible;

/// The width of a line of prose: that of a plain terminal.
pub(super) const WIDTH: usize = 80;
/// The widest line there is: a table's.
pub(super) const WIDEST: usize = 100;

/// Returns one line of text from outside that neither moves the cursor nor commands the runner.
pub fn terminal(text: &str, most: usize) -> String {
    defused(&visible(text, most))
}

/// Breaks the two forms of a workflow command: `##[cmd]` anywhere, `::cmd` at the start of a line.
pub(super) fn defused(line: &str) -> String {
    let line = line.replace("##[", "## [");
    match line.trim_start().starts_with("::") {
        true => line.replacen("::", ": :", 1),
        false => line,
    }
}

/// Returns how many columns a text takes: wide characters of East Asia and emoji take two.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200c}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115e}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Returns the text in lines of at most `wide` columns; a word that is longer is broken.
pub(super) fn wrap(text: &str, wide: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for piece in pieces(word, wide) {
            let space = usize::from(!line.is_empty());
            if width(&line) + space + width(&piece) > wide && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&piece);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

fn pieces(word: &str, wide: usize) -> Vec<String> {
    // A link that is cut in two can be neither clicked nor copied.
    if word.starts_with("https://") && word.is_ascii() {
        return vec![word.to_owned()];
    }
    let mut pieces = vec![String::new()];
    let mut taken = 0;
    for c in word.chars() {
        let columns = char_width(c);
        if taken + columns > wide.max(2) {
            pieces.push(String::new());
            taken = 0;
        }
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
        taken += columns;
    }
    pieces
}

/// Returns the lines kept to a number, with `…` at the end of the last where something is missing.
pub(super) fn at_most(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = fit(&format!("{last} …"), WIDEST);
        }
    }
    lines
}

/// Returns the text cut to a number of columns.
pub(super) fn fit(text: &str, wide: usize) -> String {
    if width(text) <= wide {
        return text.to_owned();
    }
    let mut taken = 0;
    let kept = text.chars().take_while(|c| {
        taken += char_width(*c);
        taken < wide
    });
    kept.chain(std::iter::once('…')).collect()
}

/// Returns the text filled with spaces to a number of columns.
pub(super) fn pad(text: &str, wide: usize) -> String {
    format!("{text}{}", " ".repeat(wide.saturating_sub(width(text))))
}

/// Returns a table's lines, its columns two spaces apart, cut so that none is wider than `wide`.
pub(super) fn columns(rows: &[Vec<String>], wide: usize) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths: Vec<usize> =
        (0..count).map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0)).collect();
    while widths.iter().sum::<usize>() + 2 * count.saturating_sub(1) > wide {
        let Some(widest) = widths.iter_mut().max() else { break };
        if *widest <= 4 {
            break;
        }
        *widest -= 1;
    }
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, wide)| pad(&fit(cell, *wide), *wide)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn workflow_commands_are_broken() {
        assert_eq!(terminal("  ::error::x", 100), ": :error::x");
        assert_eq!(terminal("a ##[error]x \u{1b}[2J", 100), "a ## [error]x ␛[2J");
        assert_eq!(terminal("std::mem", 100), "std::mem");
    }

    #[test]
    fn a_long_word_is_broken_and_wide_letters_count_twice() {
        assert_eq!(wrap("ab abcdef", 4), ["ab", "abcd", "ef"]);
        assert_eq!(wrap("回滚回滚", 4), ["回滚", "回滚"]);
        assert_eq!(fit("abcdef", 4), "abc…");
    }

    proptest! {
        #[test]
        fn no_wrapped_line_is_wider_than_asked(text in "[ a-z:回]{0,200}", wide in 2usize..90) {
            for line in wrap(&text, wide) {
                prop_assert!(width(&line) <= wide);
            }
        }
    }
}
