//! Finds and edits the places that state a version: text + version → text, editing only the bytes of the version.
