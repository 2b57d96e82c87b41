//! The edit of one file as data: spans and what comes in their place. Applying it proves that nothing else changed.

use std::ops::Range;

use super::document::{Format, Node, Scalar};

/// The edit of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// The file.
    pub path: String,
    /// The replacements, in order, without overlap.
    pub spans: Vec<SpanEdit>,
    /// The places changed, for the plan.
    pub places: Vec<EditedPlace>,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanEdit {
    /// The bytes replaced.
    pub at: Range<usize>,
    /// What comes in their place.
    pub new: String,
}

/// One place changed, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedPlace {
    /// The line, from 1.
    pub line: usize,
    /// Where in the file: `[project] version`.
    pub locator: String,
    /// The value before.
    pub old: String,
    /// The value after.
    pub new: String,
}

/// Why an edit was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The spans do not lie in this text.
    #[error("`{path}` is not the text the edit was made for")]
    OtherText {
        /// The file.
        path: String,
    },
    /// The text could not be read again after the edit.
    #[error("`{path}` could not be read after the edit: {message}")]
    Unreadable {
        /// The file.
        path: String,
        /// What was expected.
        message: String,
    },
    /// Something beside the value changed.
    #[error("the edit of `{path}` would change more than the version")]
    ChangedMore {
        /// The file.
        path: String,
    },
}

impl FileEdit {
    /// Returns the edited text.
    ///
    /// # Errors
    /// When the text is another one than the edit was made for, or when reading the result shows another change
    /// than the one meant.
    pub fn apply(&self, text: &str) -> Result<String, EditError> {
        let new = self.splice(text).ok_or_else(|| EditError::OtherText { path: self.path.clone() })?;
        let format = Format::of(&self.path);
        if format == Format::Text {
            return Ok(new);
        }
        // A file that was unreadable before is edited by its marked lines only, and cannot be compared.
        let Ok(before) = format.parse(text) else { return Ok(new) };
        let after =
            format.parse(&new).map_err(|error| EditError::Unreadable { path: self.path.clone(), message: error.message.clone() })?;
        if self.only_these_changed(&before, &after) { Ok(new) } else { Err(EditError::ChangedMore { path: self.path.clone() }) }
    }

    fn splice(&self, text: &str) -> Option<String> {
        let mut new = String::with_capacity(text.len() + 16 * self.spans.len());
        let mut from = 0;
        for edit in &self.spans {
            new.push_str(text.get(from..edit.at.start)?);
            text.get(edit.at.clone())?;
            new.push_str(&edit.new);
            from = edit.at.end;
        }
        new.push_str(text.get(from..)?);
        Some(new)
    }

    fn only_these_changed(&self, before: &Node, after: &Node) -> bool {
        if !before.same_shape(after) {
            return false;
        }
        let (mut old, mut new): (Vec<&Scalar>, Vec<&Scalar>) = (Vec::new(), Vec::new());
        before.scalars(&mut |scalar| old.push(scalar));
        after.scalars(&mut |scalar| new.push(scalar));
        old.iter().zip(new).all(|(old, new)| self.expected(old) == new.text)
    }

    /// Returns what a scalar says after the edits that lie in it.
    fn expected(&self, scalar: &Scalar) -> String {
        if !scalar.plain {
            return scalar.text.clone();
        }
        let first = self.spans.partition_point(|edit| edit.at.start < scalar.span.start);
        let (mut text, mut from) = (String::new(), scalar.span.start);
        for edit in self.spans.get(first..).unwrap_or_default().iter().take_while(|edit| edit.at.end <= scalar.span.end) {
            text.push_str(scalar.text.get(from - scalar.span.start..edit.at.start - scalar.span.start).unwrap_or_default());
            text.push_str(&edit.new);
            from = edit.at.end;
        }
        text.push_str(scalar.text.get(from - scalar.span.start..).unwrap_or_default());
        text
    }
}
