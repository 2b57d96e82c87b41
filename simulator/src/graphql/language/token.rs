//! Words, marks, numbers and strings of a GraphQL text, each with its place.

/// A place in a text; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Position {
    /// The line.
    pub(in super::super) line: usize,
    /// The column, in characters.
    pub(in super::super) column: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Name(String),
    /// A mark of one character, or `…` for the three dots of a spread.
    Mark(char),
    Int(i64),
    Float(f64),
    Text(String),
    End,
}

impl Kind {
    /// Returns the token as GitHub names it where it did not expect it.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Name(name) => format!("IDENTIFIER (\"{name}\")"),
            Self::Mark('…') => "ELLIPSIS (\"...\")".to_owned(),
            Self::Mark(mark) => format!("\"{mark}\""),
            Self::Int(number) => format!("INT (\"{number}\")"),
            Self::Float(number) => format!("FLOAT (\"{number}\")"),
            Self::Text(text) => format!("STRING (\"{text}\")"),
            Self::End => "end of document".to_owned(),
        }
    }
}

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) position: Position,
}

/// Returns the tokens of a text, the last one being [`Kind::End`]; commas, comments and spaces mean nothing.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut scanner = Scanner { rest: text.trim_start_matches('\u{feff}'), position: Position { line: 1, column: 1 } };
    let mut tokens = Vec::new();
    loop {
        scanner.skip(|next| next.is_whitespace() || next == ',');
        if scanner.rest.starts_with('#') {
            scanner.skip(|next| next != '\n');
            continue;
        }
        let position = scanner.position;
        let kind = scanner.token()?;
        let is_end = kind == Kind::End;
        tokens.push(Token { kind, position });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Scanner<'text> {
    rest: &'text str,
    position: Position,
}

impl<'text> Scanner<'text> {
    fn token(&mut self) -> Result<Kind, String> {
        let Some(first) = self.rest.chars().next() else {
            return Ok(Kind::End);
        };
        if first.is_ascii_alphabetic() || first == '_' {
            return Ok(Kind::Name(self.skip(|next| next.is_ascii_alphanumeric() || next == '_').to_owned()));
        }
        if first.is_ascii_digit() || first == '-' {
            return self.number();
        }
        if first == '"' {
            return self.text();
        }
        if self.rest.starts_with("...") {
            self.advance(3);
            return Ok(Kind::Mark('…'));
        }
        if "!$&():=@[]{|}".contains(first) {
            self.advance(1);
            return Ok(Kind::Mark(first));
        }
        Err(self.unexpected(&format!("{first:?}")))
    }

    fn number(&mut self) -> Result<Kind, String> {
        let written = self.skip(|next| next.is_ascii_alphanumeric() || matches!(next, '-' | '+' | '.'));
        let whole = written.strip_prefix('-').unwrap_or(written).split(['.', 'e', 'E']).next().unwrap_or_default();
        let is_plain = whole == "0" || !whole.is_empty() && !whole.starts_with('0') && whole.bytes().all(|byte| byte.is_ascii_digit());
        let fraction = written.split_once('.').map(|(_, after)| after);
        let is_plain = is_plain && fraction.is_none_or(|after| after.starts_with(|next: char| next.is_ascii_digit()));
        let number = match written.parse() {
            Ok(number) if is_plain => Some(Kind::Int(number)),
            _ => written.parse().ok().filter(|number: &f64| is_plain && number.is_finite()).map(Kind::Float),
        };
        number.ok_or_else(|| self.unexpected(written))
    }

    fn text(&mut self) -> Result<Kind, String> {
        if self.rest.starts_with("\"\"\"") {
            return self.block();
        }
        self.advance(1);
        let mut text = String::new();
        loop {
            text.push_str(self.skip(|next| !matches!(next, '"' | '\\' | '\n' | '\r')));
            if self.rest.starts_with('"') {
                self.advance(1);
                return Ok(Kind::Text(text));
            }
            if !self.rest.starts_with('\\') {
                return Err(self.unexpected("an unclosed string"));
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let (character, length) = match self.rest.chars().nth(1) {
            Some('b') => (Some('\u{8}'), 2),
            Some('f') => (Some('\u{c}'), 2),
            Some('n') => (Some('\n'), 2),
            Some('r') => (Some('\r'), 2),
            Some('t') => (Some('\t'), 2),
            Some('u') => {
                let digits = self.rest.get(2..6).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                (digits.and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?)), 6)
            }
            Some(plain @ ('"' | '\\' | '/')) => (Some(plain), 2),
            _ => (None, 0),
        };
        let character = character.ok_or_else(|| self.unexpected("an escape that is none"))?;
        self.advance(length);
        Ok(character)
    }

    /// Reads a string between three quotes each, without the indentation its lines share and blank lines around it.
    fn block(&mut self) -> Result<Kind, String> {
        self.advance(3);
        let mut end = None;
        for (at, _) in self.rest.match_indices("\"\"\"") {
            if !self.rest[..at].ends_with('\\') {
                end = Some(at);
                break;
            }
        }
        let Some(end) = end else {
            return Err(self.unexpected("an unclosed string"));
        };
        let raw = self.rest[..end].replace("\\\"\"\"", "\"\"\"");
        self.advance(end + 3);
        let lines: Vec<&str> = raw.lines().collect();
        let is_blank = |line: &&str| line.trim_matches([' ', '\t']).is_empty();
        let indentation = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let common = lines.iter().skip(1).filter(|line| !is_blank(line)).map(indentation).min().unwrap_or(0);
        let mut shown: Vec<&str> =
            lines.iter().enumerate().map(|(at, line)| if at == 0 { *line } else { line.get(common..).unwrap_or_default() }).collect();
        while shown.last().is_some_and(is_blank) {
            shown.pop();
        }
        let blank = shown.iter().take_while(|line| is_blank(line)).count();
        Ok(Kind::Text(shown[blank..].join("\n")))
    }

    /// Takes characters as long as they fit, and returns them.
    fn skip(&mut self, fits: impl Fn(char) -> bool) -> &'text str {
        let length = self.rest.find(|next| !fits(next)).unwrap_or(self.rest.len());
        let taken = &self.rest[..length];
        self.advance(length);
        taken
    }

    fn advance(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        match taken.rfind('\n') {
            Some(last) => {
                self.position.line += taken.matches('\n').count();
                self.position.column = 1 + taken[last + 1..].chars().count();
            }
            None => self.position.column += taken.chars().count(),
        }
        self.rest = rest;
    }

    fn unexpected(&self, what: &str) -> String {
        format!("Parse error on {what} at [{}, {}]", self.position.line, self.position.column)
    }
}
