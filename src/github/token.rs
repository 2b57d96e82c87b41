//! The token: read once, shown never.

use std::fmt;

/// A GitHub token. Has no `Display`; its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes a token, without surrounding white space; `None` for an empty one or one that no header can carry.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// Returns the `Authorization` header's value.
    pub(super) fn header(&self) -> Option<http::HeaderValue> {
        let mut value = http::HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new(" ghs_secret\n").unwrap();
        assert_eq!(format!("{token:?} {:?}", token.header()), "Token(…) Some(Sensitive)");
        assert!(Token::new("  ").is_none() && Token::new("a b").is_none());
    }
}
