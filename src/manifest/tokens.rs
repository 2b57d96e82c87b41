//! Source code of build scripts as words, strings and signs: enough to find `version = "…"`, and never more than
//! one pass over the text. A string that does not end on its line ends there, so a wrong guess stays on its line.

use std::ops::Range;

/// How comments look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comments {
    /// From `#` to the end of the line.
    Hash,
    /// From `//` to the end of the line, and between `/*` and `*/`.
    Slashes,
}

/// One piece of source code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A word: letters, digits, `_`, and dots between them.
    Word(&'a str),
    /// A string's content.
    Text(&'a str),
    /// Any other character.
    Sign(char),
}

/// A token, where it is, and how many braces and parentheses are open there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed<'a> {
    /// The token.
    pub(crate) token: Token<'a>,
    /// Its bytes, without quotes.
    pub(crate) span: Range<usize>,
    /// Open braces, brackets and parentheses around it.
    pub(crate) depth: usize,
    /// Whether it is the first token on its line.
    pub(crate) first: bool,
    /// How many blanks the line begins with.
    pub(crate) indent: usize,
}

/// Reads source code.
pub(crate) fn tokens(text: &str, comments: Comments) -> Vec<Placed<'_>> {
    let mut reader =
        Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, depth: 0, first: true, indent: 0, found: Vec::new() };
    while reader.step(comments) {}
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    first: bool,
    indent: usize,
    found: Vec<Placed<'a>>,
}

impl<'a> Reader<'a> {
    fn step(&mut self, comments: Comments) -> bool {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else { return false };
        match c {
            '\n' => {
                self.first = true;
                self.indent = 0;
                self.at += 1;
            }
            c if c.is_whitespace() => {
                self.indent += usize::from(self.first);
                self.at += c.len_utf8();
            }
            '#' if comments == Comments::Hash => self.at += line_length(rest),
            '/' if comments == Comments::Slashes && rest.starts_with("//") => self.at += line_length(rest),
            '/' if comments == Comments::Slashes && rest.starts_with("/*") => self.at += rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' | '\'' => self.string(rest, c),
            c if is_word(c) => {
                let len = word_length(rest);
                self.put(Token::Word(&rest[..len]), self.at..self.at + len, self.at + len);
            }
            c => {
                if matches!(c, ')' | ']' | '}') {
                    self.depth = self.depth.saturating_sub(1);
                }
                self.put(Token::Sign(c), self.at..self.at + c.len_utf8(), self.at + c.len_utf8());
                if matches!(c, '(' | '[' | '{') {
                    self.depth += 1;
                }
            }
        }
        true
    }

    fn string(&mut self, rest: &'a str, quote: char) {
        let triple: String = [quote; 3].iter().collect();
        if rest.starts_with(&triple) {
            let inner = &rest[3..];
            let len = inner.find(&triple).unwrap_or(inner.len());
            let start = self.at + 3;
            self.put(Token::Text(&inner[..len]), start..start + len, (start + len + 3).min(self.text.len()));
            return;
        }
        let inner = &rest[1..];
        let mut escaped = false;
        let mut end = None;
        for (at, c) in inner.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\n' => break,
                '\\' => escaped = true,
                c if c == quote => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
        }
        match end {
            Some(len) => self.put(Token::Text(&inner[..len]), self.at + 1..self.at + 1 + len, self.at + 2 + len),
            None => self.put(Token::Sign(quote), self.at..self.at + 1, self.at + line_length(rest).max(1)),
        }
    }

    fn put(&mut self, token: Token<'a>, span: Range<usize>, next: usize) {
        self.found.push(Placed { token, span, depth: self.depth, first: self.first, indent: self.indent });
        self.first = false;
        self.at = next;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_length(rest: &str) -> usize {
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let joined = c == '.' && at > 0 && chars.peek().is_some_and(|(_, next)| is_word(*next));
        if !is_word(c) && !joined {
            return at;
        }
    }
    rest.len()
}

fn line_length(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// Returns every string that is given to one of `names`: `name = "…"`, `name: "…"`, `name "…"`, `name("…")`.
/// Chains such as `__version__ = version = "…"` and annotations (`name: str = "…"`) are seen through.
pub(crate) fn given<'t, 'a>(tokens: &'t [Placed<'a>], names: &'t [&str], signs: &'t [char]) -> impl Iterator<Item = Given<'t, 'a>> {
    tokens.iter().enumerate().filter_map(move |(at, name)| {
        let Token::Word(word) = name.token else { return None };
        names.contains(&word).then_some(())?;
        let mut next = at + 1;
        for _ in 0..6 {
            let token = tokens.get(next)?;
            match token.token {
                Token::Text(text) => {
                    return Some(Given { before: at.checked_sub(1).and_then(|at| tokens.get(at)), name, word, value: token, text });
                }
                Token::Sign(sign) if signs.contains(&sign) => {
                    if sign == '=' && matches!(tokens.get(next + 1)?.token, Token::Sign('=')) {
                        return None;
                    }
                    next += 1;
                }
                // `version: str = "…"`, `__version__ = version = "…"`, `.freeze` never comes before the text.
                Token::Word(_) if next > at + 1 && matches!(tokens.get(next + 1)?.token, Token::Sign('=')) => next += 1,
                Token::Word(_) | Token::Sign(_) => return None,
            }
        }
        None
    })
}

/// A string given to a name.
pub(crate) struct Given<'t, 'a> {
    /// What stands before the name.
    pub(crate) before: Option<&'t Placed<'a>>,
    /// The name.
    pub(crate) name: &'t Placed<'a>,
    /// The name's text.
    pub(crate) word: &'a str,
    /// The string.
    pub(crate) value: &'t Placed<'a>,
    /// The string's text.
    pub(crate) text: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<'a>(text: &'a str, signs: &[char]) -> Vec<&'a str> {
        given(&tokens(text, Comments::Hash), &["version", "VERSION"], signs).map(|given| given.text).collect()
    }

    #[test]
    fn a_string_is_given_to_a_name_by_every_form_of_assignment() {
        let forms = [
            "version = \"1.0\"",
            "version: str = '1.0'",
            "VERSION = other = \"1.0\"",
            "version \"1.0\"",
            "version(\"1.0\")",
            "version = \"\"\"1.0\"\"\"",
            "# version = \"2.0\"\nversion = \"1.0\"",
        ];
        for text in forms {
            assert_eq!(values(text, &['=', ':', '(']), ["1.0"], "{text}");
        }
    }

    #[test]
    fn what_only_stands_near_a_name_is_not_given_to_it() {
        let others = [
            "version == \"1.0\"",
            "version other = \"1.0\"",
            "version = other(\"1.0\")",
            "version = other \"1.0\"",
            "my.version = \"1.0\"",
            "version; \"1.0\"",
            "version = \"1.0\nversion",
        ];
        for text in others {
            assert_eq!(values(text, &['=', ':']), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_string_ends_on_its_line_and_keeps_its_escapes() {
        let found = tokens("a = 'it\\'s' # no\n  b = \"x\\\\\"\nc = 'open\nd = 'y'", Comments::Hash);
        let texts: Vec<&str> =
            found.iter().filter_map(|placed| if let Token::Text(text) = placed.token { Some(text) } else { None }).collect();
        assert_eq!(texts, ["it\\'s", "x\\\\", "y"]);
    }
}
