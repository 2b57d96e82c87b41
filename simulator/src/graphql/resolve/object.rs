//! What trees, blobs and annotated tags hold.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Node, Resolved, Resolver, nothing, text, unknown};
use crate::git::Entry;
use crate::graphql::connection::items;

/// Where GitHub cuts the text of a blob.
const LONGEST_TEXT: usize = 512_000;

impl Resolver<'_> {
    pub(super) fn tree_field(&mut self, node: &Node, field: &str) -> Resolved {
        match field {
            "entries" => {
                let entries = self.world.git.tree(text(node, "oid")).unwrap_or_default();
                Ok(entries.iter().map(|entry| self.entry(entry, text(node, "_path"))).collect())
            }
            _ => unknown("Tree", field),
        }
    }

    pub(super) fn entry(&self, entry: &Entry, above: &str) -> Value {
        let name = entry.text();
        let path = if above.is_empty() { name.clone() } else { format!("{above}/{name}") };
        json!({
            "name": name,
            "nameRaw": STANDARD.encode(&entry.name),
            "path": path,
            "pathRaw": STANDARD.encode(&path),
            // GitHub states the octal mode as a decimal number.
            "mode": i64::from_str_radix(&entry.mode, 8).unwrap_or_default(),
            "oid": entry.oid,
            "type": entry.kind().name(),
            "extension": name.rsplit_once('.').map(|(_, extension)| format!(".{extension}")).unwrap_or_default(),
            "isGenerated": false,
            "repository": {},
        })
    }

    pub(super) fn entry_field(&mut self, node: &Node, field: &str) -> Resolved {
        let (oid, kind) = (text(node, "oid"), text(node, "type"));
        Ok(match field {
            // A submodule's commit is in another repository.
            "object" if kind == "commit" => Value::Null,
            "object" => self.git_object(oid, text(node, "path")).unwrap_or(Value::Null),
            "size" if kind == "blob" => json!(self.world.git.kind(oid).map(|(_, size)| size).unwrap_or_default()),
            "size" => json!(0),
            "lineCount" => {
                let blob = self.world.git.blob(oid).filter(|_| kind == "blob");
                json!(blob.map(|bytes| bytes.split(|byte| *byte == b'\n').count()))
            }
            _ => return unknown("TreeEntry", field),
        })
    }

    pub(super) fn blob_field(&mut self, node: &Node, field: &str) -> Resolved {
        let bytes = self.world.git.blob(text(node, "oid")).unwrap_or_default();
        let read = if bytes.contains(&0) { None } else { String::from_utf8(bytes).ok() };
        Ok(match field {
            "isBinary" => json!(read.is_none()),
            "isTruncated" => json!(read.is_some_and(|text| text.len() > LONGEST_TEXT)),
            "text" => json!(read.map(|mut text| {
                text.truncate(text.floor_char_boundary(LONGEST_TEXT));
                text
            })),
            _ => return unknown("Blob", field),
        })
    }

    pub(super) fn tag_field(&mut self, node: &Node, field: &str) -> Resolved {
        let Some(tag) = self.world.git.tag(text(node, "oid")) else {
            return Ok(Value::Null);
        };
        Ok(match field {
            "name" => json!(tag.name),
            "message" => json!(tag.message.trim_end_matches('\n')),
            "tagger" => tag.tagger.as_ref().map_or(Value::Null, |tagger| self.git_actor(tagger)),
            "target" => self.git_object(&tag.target, "").unwrap_or(Value::Null),
            _ => return unknown("Tag", field),
        })
    }

    /// Returns the changed files of a pull request.
    pub(super) fn changed_files(&self, base: &str, head: &str) -> Value {
        let from = self.world.git.merge_base(base, head);
        let changes = from.and_then(|from| self.world.git.changes(&from, head).ok()).unwrap_or_default();
        if changes.is_empty() {
            return nothing();
        }
        let shown = changes.iter().map(|change| {
            let kind = if change.status == "removed" { "DELETED".to_owned() } else { change.status.to_uppercase() };
            json!({"path": change.path, "additions": change.additions, "deletions": change.deletions, "changeType": kind, "viewerViewedState": "UNVIEWED"})
        });
        items(shown.collect())
    }
}
