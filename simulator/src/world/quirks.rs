//! Behaviour that GitHub does not document and nobody has measured: the likelier outcome is the default.

/// Switches between the possible behaviours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quirks {
    /// A `PATCH` of a release that says nothing of `make_latest` makes it the latest, as its documented default
    /// `"true"` would: <https://docs.github.com/rest/releases/releases#update-a-release>.
    pub patch_makes_latest: bool,
    /// The workflow-file rule also holds for a `PATCH` of a published release that only changes its text.
    pub workflow_rule_on_release_text: bool,
    /// The status with which a release is refused by the workflow-file rule: `404` is documented, `403` was measured.
    pub workflow_rule_on_release_status: u16,
    /// A changed `target_commitish` is accepted on an immutable release.
    pub immutable_takes_target: bool,
    /// Of a directory and a path below it in one list, the path is put into the directory. Otherwise it "overwrites the
    /// contents of the tree": <https://docs.github.com/rest/git/trees#create-a-tree>.
    pub tree_keeps_around_nested: bool,
    /// `mergeable` is `null` the first time a pull request is read after one of its branches moved.
    pub mergeable_comes_late: bool,
    /// A label that does not exist is made when it is put on an issue.
    pub labels_are_made: bool,
    /// A commit that carries any signature counts as verified; keys are not known here.
    pub trust_signatures: bool,
    /// A public repository can be read by an installation token without the permission.
    pub public_is_readable: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            patch_makes_latest: true,
            workflow_rule_on_release_text: true,
            workflow_rule_on_release_status: 403,
            immutable_takes_target: true,
            tree_keeps_around_nested: true,
            mergeable_comes_late: false,
            labels_are_made: true,
            trust_signatures: true,
            public_is_readable: true,
        }
    }
}
