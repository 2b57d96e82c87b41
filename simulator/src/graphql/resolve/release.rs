//! Releases.

use serde_json::{Value, json};

use super::git::commit_node;
use super::{Arguments, Node, Resolved, Resolver, unknown};
use crate::clock::stamp;
use crate::graphql::connection::items;
use crate::rest::latest::latest;
use crate::rest::shape;
use crate::world::Release;

impl Resolver<'_> {
    /// Returns the releases the caller may see: drafts are for those who can push.
    pub(super) fn visible_releases(&self) -> Vec<&Release> {
        let drafts = self.world.can_push(self.call);
        self.world.releases.values().filter(|release| drafts || !release.draft).collect()
    }

    pub(super) fn releases(&self, arguments: &Arguments) -> Value {
        let mut found = self.visible_releases();
        let order = arguments.get("orderBy").cloned().unwrap_or(Value::Null);
        if order["field"] == "NAME" {
            found.sort_unstable_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        } else {
            found.sort_unstable_by_key(|release| (release.created_at, release.id));
        }
        // Without an order the newest comes first.
        if order["direction"] != "ASC" {
            found.reverse();
        }
        items(found.into_iter().map(|release| self.release(release)).collect())
    }

    /// Returns a release with what it holds itself.
    pub(super) fn release(&self, release: &Release) -> Value {
        let path = format!("/{}/releases/tag/{}", self.world.repository.full_name(), release.tag_name);
        json!({
            "_id": release.id,
            "id": shape::node_id("RE", release.id),
            "databaseId": release.id,
            "tagName": release.tag_name,
            "name": release.name,
            "description": release.body,
            "descriptionHTML": release.body,
            "isDraft": release.draft,
            "isPrerelease": release.prerelease,
            "immutable": release.immutable,
            "createdAt": stamp(release.created_at),
            "updatedAt": stamp(release.updated_at),
            "publishedAt": release.published_at.map(stamp),
            "repository": {},
            "resourcePath": path,
            "url": format!("{}{path}", self.world.server),
        })
    }

    pub(super) fn release_field(&mut self, node: &Node, field: &str) -> Resolved {
        let id = node.get("_id").and_then(Value::as_u64).unwrap_or_default();
        let Some(release) = self.world.releases.get(&id) else {
            return Ok(Value::Null);
        };
        let tag = format!("refs/tags/{}", release.tag_name);
        let oid = self.world.git.reference(&tag);
        Ok(match field {
            "isLatest" => json!(latest(self.world).is_some_and(|latest| latest.id == id)),
            "author" => self.actor(&release.author),
            "tag" => oid.map_or(Value::Null, |_| self.reference(&tag, None)),
            "tagCommit" => oid.and_then(|oid| self.world.git.peel(oid)).map_or(Value::Null, |commit| commit_node(&commit)),
            "releaseAssets" => {
                let shown = release.assets.iter().map(|asset| {
                    let url = format!("{}/releases/download/{}/{}", shape::html(self.world), release.tag_name, asset.name);
                    json!({
                        "id": shape::node_id("RA", asset.id),
                        "name": asset.name,
                        "size": asset.size,
                        "contentType": asset.content_type,
                        "createdAt": stamp(release.created_at),
                        "updatedAt": stamp(release.created_at),
                        "downloadCount": 0,
                        "downloadUrl": url,
                        "url": url,
                        "digest": null,
                    })
                });
                items(shown.collect())
            }
            _ => return unknown("Release", field),
        })
    }
}
