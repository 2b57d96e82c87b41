//! Paths, packages, labels and workflows.

use super::check_with_roles;

#[test]
fn paths_are_inside_the_repository_and_do_not_overlap() {
    check_with_roles(
        "restore: { keep: [/etc, ../x, \"*.md\", docs, docs/a.md, docs/] }\n",
        r#"
rollback.yml:1:19: `/etc` is not a path in the repository
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                   ^^^^
  hint: write it relative to the top, with `/`, without empty parts, `.`, `..` or `.git`

rollback.yml:1:25: `../x` is not a path in the repository
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                         ^^^^
  hint: write it relative to the top, with `/`, without empty parts, `.`, `..` or `.git`

rollback.yml:1:31: `*.md` is not a path in the repository
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                               ^^^^^^
  hint: name the file or directory itself: patterns are not read

rollback.yml:1:45: `docs/a.md` and `docs` overlap: one lies in the other
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                                             ^^^^^^^^^
  hint: name paths that do not overlap

rollback.yml:1:56: `docs` stands here twice
   |
 1 | restore: { keep: [/etc, ../x, "*.md", docs, docs/a.md, docs/] }
   |                                                        ^^^^^
  hint: name paths that do not overlap
"#,
    );
    check_with_roles(
        "restore: { paths: [src/a, src/b], remove: [src/b, src/a/x] }\n",
        "
rollback.yml:1:44: `src/b` is both restored and removed
   |
 1 | restore: { paths: [src/a, src/b], remove: [src/b, src/a/x] }
   |                                            ^^^^^
  hint: name paths that do not overlap

rollback.yml:1:51: `src/a/x` and `src/a` overlap: one lies in the other
   |
 1 | restore: { paths: [src/a, src/b], remove: [src/b, src/a/x] }
   |                                                   ^^^^^^^
  hint: name paths that do not overlap
",
    );
    check_with_roles(
        "restore: { keep: [CHANGELOG.md], remove: [src/b] }\n",
        "
rollback.yml:1:18: `restore` has both `keep` and `remove`
   |
 1 | restore: { keep: [CHANGELOG.md], remove: [src/b] }
   |                  ^
  hint: `keep` goes with restoring everything; with `paths` and `remove` everything they do not name stays as it is
",
    );
    check_with_roles(
        "restore: { paths: [.github/workflows], remove: [.GitHub] }\n",
        "
rollback.yml:1:20: `.github/workflows` can be neither restored nor removed
   |
 1 | restore: { paths: [.github/workflows], remove: [.GitHub] }
   |                    ^^^^^^^^^^^^^^^^^
  hint: `.github` always stays as it is on the default branch: the token of a workflow may not change workflows

rollback.yml:1:49: `.GitHub` can be neither restored nor removed
   |
 1 | restore: { paths: [.github/workflows], remove: [.GitHub] }
   |                                                 ^^^^^^^
  hint: `.github` always stays as it is on the default branch: the token of a workflow may not change workflows
",
    );
}

#[test]
fn a_package_is_described_so_that_it_can_be_found() {
    check_with_roles(
        "packages:
  - { registry: pypi }
  - { name: entity core, registry: pypi }
",
        "
rollback.yml:2:5: `packages[0]` has no `name`
   |
 2 |   - { registry: pypi }
   |     ^^

rollback.yml:3:13: `entity core` is not the name of a package
   |
 3 |   - { name: entity core, registry: pypi }
   |             ^^^^^^^^^^^
  hint: write it as people install it, without spaces
",
    );
    check_with_roles(
        r#"packages:
  - { name: a, registry: npm, tag: v1 }
  - { name: b, registry: npm, tag: "{version}-{version}" }
  - { name: c, registry: npm, tag: "{name}-{version}" }
  - { name: d, registry: npm, tag: "d {version}" }
"#,
        r#"
rollback.yml:2:36: tag `v1` has no `{version}` in it
   |
 2 |   - { name: a, registry: npm, tag: v1 }
   |                                    ^^
  hint: write how a version's tag is made, e.g. `v{version}`

rollback.yml:3:36: tag `{version}-{version}` has `{version}` in it 2 times
   |
 3 |   - { name: b, registry: npm, tag: "{version}-{version}" }
   |                                    ^^^^^^^^^^^^^^^^^^^^^^
  hint: write it once

rollback.yml:4:36: tag `{name}-{version}` has braces beside `{version}`
   |
 4 |   - { name: c, registry: npm, tag: "{name}-{version}" }
   |                                    ^^^^^^^^^^^^^^^^^^^
  hint: `{version}` is the only thing that is filled in

rollback.yml:5:36: tag `d {version}` makes no valid tag: `d 1.2.3` is not a tag: git allows no ` ` in it
   |
 5 |   - { name: d, registry: npm, tag: "d {version}" }
   |                                    ^^^^^^^^^^^^^^
"#,
    );
    check_with_roles(
        "packages:
  - { name: a, registry: npm }
  - { name: a, registry: npm }
",
        "
rollback.yml:3:13: package `a` stands here twice
   |
 3 |   - { name: a, registry: npm }
   |             ^
  hint: keep one entry for each package and registry
",
    );
    check_with_roles(
        r#"packages:
  - { name: a, registry: pypi, index: packages.example.com }
  - { name: b, registry: pypi, index: "https://me:secret@packages.example.com/" }
"#,
        "
rollback.yml:2:39: `packages.example.com` is not the address of an index
   |
 2 |   - { name: a, registry: pypi, index: packages.example.com }
   |                                       ^^^^^^^^^^^^^^^^^^^^
  hint: write it with `https://`

rollback.yml:3:39: the address of an index has a name or password in it
  hint: remove everything before `@`: the client's own configuration has the credentials
",
    );
    check_with_roles(
        "packages:
  - name: a
    registry: npm
    manifests: [{ path: a.py, locator: x }, { path: a.py, locator: x }, { path: /a, locator: x }, { path: b }]
",
        "
rollback.yml:4:68: `x` of `a.py` stands here twice
   |
 4 |     manifests: [{ path: a.py, locator: x }, { path: a.py, locator: x }, { path: /a, locator: x }, { path: b }]
   |                                                                    ^
  hint: remove one

rollback.yml:4:81: `/a` is not a path in the repository
   |
 4 |     manifests: [{ path: a.py, locator: x }, { path: a.py, locator: x }, { path: /a, locator: x }, { path: b }]
   |                                                                                 ^^
  hint: write it relative to the top, with `/`, without empty parts, `.`, `..` or `.git`

rollback.yml:4:99: `packages[0].manifests[3]` has no `locator`
   |
 4 | : /a, locator: x }, { path: b }]
   |                     ^^
",
    );
}

#[test]
fn labels_and_workflows_are_names_that_github_takes() {
    check_with_roles(
        "labels: [rollback, Rollback, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
",
        "
rollback.yml:1:20: label `Rollback` stands here twice
   |
 1 | labels: [rollback, Rollback, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
   |                    ^^^^^^^^
  hint: GitHub compares labels without case: remove one

rollback.yml:1:30: label `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` is longer than 50 characters, GitHub takes no more
   |
 1 | labels: [rollback, Rollback, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
   |                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
    check_with_roles(
        "release: { workflow: ../publish.yml }\n",
        "
rollback.yml:1:22: `../publish.yml` is not the name of a workflow file
   |
 1 | release: { workflow: ../publish.yml }
   |                      ^^^^^^^^^^^^^^
  hint: write the name of a file in `.github/workflows`, e.g. `publish.yml`
",
    );
    check_with_roles(
        "release: { workflow: publish }\n",
        "
rollback.yml:1:22: `publish` is not the name of a workflow file
   |
 1 | release: { workflow: publish }
   |                      ^^^^^^^
  hint: write the name of a file in `.github/workflows`, e.g. `publish.yml`
",
    );
}
