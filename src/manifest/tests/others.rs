//! Java, .NET, Ruby, Helm, Dart, PHP, Elixir, plain files and what the policy declares.

use super::{check, package, tree};

#[test]
fn a_gemspec_that_reads_its_version_out_of_a_file_names_that_file() {
    let tree = tree([
        ("lib/core.rb", "module Core\n  RELEASE = \"0.0.12\"\nend\n"),
        ("core.gemspec", "Gem::Specification.new do |s|\n  s.version = File.read('lib/core.rb')[/RELEASE += +\"([\\d.]+)\"/, 1]\nend\n"),
    ]);
    check(&tree, &["lib/core.rb:2 RELEASE: 0.0.12 -> 0.0.13"]);
}

#[test]
fn a_maven_module_that_only_a_profile_builds_changes_too() {
    let tree = tree([
        (
            "pom.xml",
            "<project><groupId>acme</groupId><artifactId>top</artifactId>\n<version>0.0.12</version>\n<profiles><profile><id>fast</id></profile><profile><modules><module>dist</module></modules></profile></profiles></project>",
        ),
        (
            "dist/pom.xml",
            "<project><parent><groupId>acme</groupId><artifactId>top</artifactId>\n<version>0.0.12</version></parent></project>",
        ),
    ]);
    check(&tree, &["dist/pom.xml:2 <parent> top: 0.0.12 -> 0.0.13", "pom.xml:2 <version>: 0.0.12 -> 0.0.13"]);
}

#[test]
fn a_maven_project_changes_its_own_version_and_its_modules_parents() {
    let tree = tree([
        (
            "pom.xml",
            "<project><groupId>acme</groupId><artifactId>top</artifactId>\n<version> 0.0.12 </version>\n<modules><module>core</module><module>web</module></modules></project>",
        ),
        (
            "core/pom.xml",
            "<project><parent><groupId>acme</groupId><artifactId>top</artifactId>\n<version>0.0.12</version></parent><artifactId>core</artifactId></project>",
        ),
        (
            "web/pom.xml",
            "<project><parent><groupId>acme</groupId><artifactId>top</artifactId>\n<version>0.0.12</version></parent><artifactId>web</artifactId>\n<dependencies><dependency><groupId>acme</groupId><artifactId>core</artifactId>\n<version>0.0.12</version></dependency><dependency><groupId>other</groupId><artifactId>core</artifactId><version>0.0.12</version></dependency></dependencies></project>",
        ),
    ]);
    check(
        &tree,
        &[
            "core/pom.xml:2 <parent> top: 0.0.12 -> 0.0.13",
            "pom.xml:2 <version>: 0.0.12 -> 0.0.13",
            "web/pom.xml:2 <parent> top: 0.0.12 -> 0.0.13",
            "web/pom.xml:4 <dependency> core: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn mavens_revision_is_changed_in_its_property() {
    let tree = tree([(
        "pom.xml",
        "<project><artifactId>a</artifactId><version>${revision}${changelist}</version><properties>\n<revision>0.0.12</revision>\n<changelist/></properties></project>",
    )]);
    check(&tree, &["pom.xml:2 <properties> revision: 0.0.12 -> 0.0.13"]);
}

#[test]
fn gradle_changes_its_properties_and_its_own_version_and_no_plugins() {
    let tree = tree([
        ("settings.gradle.kts", "include(\":lib\", \":tools:cli\")\n"),
        ("gradle.properties", "# version=0.0.12\nkotlin.version=0.0.12\nversion = 0.0.12\n"),
        (
            "build.gradle.kts",
            "plugins {\n  id(\"x\") version \"0.0.12\"\n}\n// version = \"0.0.12\"\nversion = \"0.0.12\"\nallprojects {\n  version = \"0.0.12\"\n}\ndependencies {\n  version = \"0.0.12\"\n}\n",
        ),
        ("lib/build.gradle", "version '0.0.12'\n"),
        ("tools/cli/build.gradle", "project.version = '0.0.12'\n"),
    ]);
    check(
        &tree,
        &[
            "build.gradle.kts:5 version: 0.0.12 -> 0.0.13",
            "build.gradle.kts:7 version: 0.0.12 -> 0.0.13",
            "gradle.properties:3 version: 0.0.12 -> 0.0.13",
            "lib/build.gradle:1 version: 0.0.12 -> 0.0.13",
            "tools/cli/build.gradle:1 project.version: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn an_android_app_raises_its_version_code_with_its_version_name() {
    let tree = tree([("app/build.gradle", "android {\n  defaultConfig {\n    versionCode 41\n    versionName \"0.0.12\"\n  }\n}\n")])
        .newer("app/build.gradle", "  versionCode 57\n  versionName \"0.1.0\"\n");
    check(&tree, &["app/build.gradle:3 versionCode: 41 -> 58", "app/build.gradle:4 versionName: 0.0.12 -> 0.0.13"]);
}

#[test]
fn a_gem_changes_its_version_file_and_its_own_entry_in_the_lock() {
    let lock = "PATH\n  remote: .\n  specs:\n    entity-core (0.0.12)\n      rack (= 0.0.12)\n\nGEM\n  specs:\n    rack (0.0.12)\n\nDEPENDENCIES\n  entity-core!\n";
    let tree = tree([
        (
            "entity-core.gemspec",
            "require_relative 'lib/entity/core/version'\nGem::Specification.new do |s|\n  s.version = Entity::Core::VERSION\n  s.required_ruby_version = '0.0.12'\nend\n",
        ),
        ("lib/entity/core/version.rb", "module Entity\n  module Core\n    VERSION = '0.0.12'.freeze # v\n  end\nend\n"),
        ("Gemfile.lock", lock),
    ]);
    check(&tree, &["Gemfile.lock:4 entity-core: 0.0.12 -> 0.0.13", "lib/entity/core/version.rb:3 VERSION: 0.0.12 -> 0.0.13"]);
}

#[test]
fn a_build_number_in_a_pubspec_rises_above_the_newest_release() {
    let tree = tree([("pubspec.yaml", "name: app\nversion: 0.0.12+7 # build\n")]);
    check(&tree, &["pubspec.yaml:2 version: 0.0.12+7 -> 0.0.13+8"]);
    let tree = tree.newer("pubspec.yaml", "name: app\nversion: 0.1.0+31\n");
    check(&tree, &["pubspec.yaml:2 version: 0.0.12+7 -> 0.0.13+32"]);
}

#[test]
fn an_app_for_the_stores_raises_its_build_numbers() {
    let tree =
        tree([("app.json", "{\"expo\":{\"version\":\"0.0.12\",\n\"ios\":{\"buildNumber\":\"12\"},\n\"android\":{\"versionCode\":12}}}")])
            .newer("app.json", "{\"expo\":{\n\"ios\":{\"buildNumber\":\"20\"},\n\"android\":{\"versionCode\":30}}}");
    check(
        &tree,
        &[
            "app.json:1 expo.version: 0.0.12 -> 0.0.13",
            "app.json:2 expo.ios.buildNumber: 12 -> 21",
            "app.json:3 expo.android.versionCode: 12 -> 31",
        ],
    );
}

#[test]
fn mix_changes_its_attribute_first_or_else_its_literal() {
    check(
        &tree([("mix.exs", "defmodule A do\n  @version \"0.0.12\"\n  def project, do: [version: @version, elixir: \"~> 1.0\"]\nend\n")]),
        &["mix.exs:2 @version: 0.0.12 -> 0.0.13"],
    );
    check(
        &tree([(
            "mix.exs",
            "def project do\n  [\n    app: :a,\n    version: \"0.0.12\",\n    deps: [{:b, version: \"0.0.12\"}]\n  ]\nend\n",
        )]),
        &["mix.exs:4 version:: 0.0.12 -> 0.0.13"],
    );
}

#[test]
fn small_files_change_and_a_citation_that_lags_is_left() {
    let tree = tree([
        ("VERSION", "v0.0.12"),
        ("composer.json", "{\"name\": \"acme/a\", \"version\": \"0.0.12\"}"),
        ("CITATION.cff", "cff-version: 1.2.0\nversion: 0.0.11\ndate-released: '2020-01-02'\n"),
        ("DESCRIPTION", "Package: a\nVersion: 0.0.12\n"),
        ("MODULE.bazel", "module(\n    name = \"a\",\n    version = \"0.0.12\",\n)\nbazel_dep(name = \"b\", version = \"0.0.12\")\n"),
    ]);
    check(
        &tree,
        &[
            "CITATION.cff:3 date-released: 2020-01-02 -> 2026-11-23",
            "DESCRIPTION:2 Version: 0.0.12 -> 0.0.13",
            "MODULE.bazel:3 module(version=…): 0.0.12 -> 0.0.13",
            "VERSION:1 the whole file: v0.0.12 -> v0.0.13",
            "composer.json:1 version: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn an_action_that_names_its_own_image_changes_it_and_no_other_action() {
    let action = "name: x\nruns:\n  using: docker\n  image: docker://ghcr.io/acme/entity-core:v0.0.12\n  steps:\n    - uses: actions/checkout@v0.0.12\n    - uses: acme/entity-core/setup@v0.0.12\n";
    let tree = tree([("action.yml", action), ("VERSION", "0.0.12\n")]);
    check(
        &tree,
        &["VERSION:1 the whole file: 0.0.12 -> 0.0.13", "action.yml:4 runs: 0.0.12 -> 0.0.13", "action.yml:7 runs: 0.0.12 -> 0.0.13"],
    );
}

#[test]
fn places_that_the_policy_declares_are_found_by_every_kind_of_locator() {
    let declared = [
        ("a.toml", "toml:tool.x.version"),
        ("b.json", "json:$.a[\"b.c\"][1].version"),
        ("values.yaml", "yaml:image.tag"),
        ("d.xml", "xml:/project/meta/@version"),
        ("e.sh", "line:IMAGE="),
        ("f.py", "marker"),
    ];
    let tree = tree([
        ("a.toml", "[tool.x]\nversion = '0.0.12'\n"),
        ("b.json", "{\"a\":{\"b.c\":[{},{\"version\":\"0.0.12\"}]}}"),
        ("values.yaml", "# ä\nimage:\n  repository: x\n  tag: \"v0.0.12\"   # pinned\n"),
        ("d.xml", "<project><meta version=\"0.0.12\"/></project>"),
        ("e.sh", "BASE=debian:0.0.12\nIMAGE=acme/core:0.0.12\n"),
        ("f.py", "v = '0.0.12'  # x-rollback-version\nw = '0.0.12'\n"),
    ])
    .package(package("entity-core", None, &declared));
    check(
        &tree,
        &[
            "a.toml:2 toml:tool.x.version: 0.0.12 -> 0.0.13",
            "b.json:1 json:$.a[\"b.c\"][1].version: 0.0.12 -> 0.0.13",
            "d.xml:1 xml:/project/meta/@version: 0.0.12 -> 0.0.13",
            "e.sh:2 line with `IMAGE=`: 0.0.12 -> 0.0.13",
            "f.py:1 marked line: 0.0.12 -> 0.0.13",
            "values.yaml:4 yaml:image.tag: v0.0.12 -> v0.0.13",
        ],
    );
}

#[test]
fn every_declared_place_that_is_not_there_is_said_at_once() {
    let declared = [
        ("gone.txt", "marker"),
        ("a.toml", "toml:nothing.here"),
        ("a.toml", "perl:x"),
        ("b.txt", "line:nope"),
        ("c.txt", "marker"),
        ("d.py", "marker"),
    ];
    let files = [("a.toml", "x = 1\n"), ("b.txt", "0.0.12\n"), ("c.txt", "0.0.12\n"), ("d.py", "RELEASE = '0.0.12'\n")];
    let tree = tree(files).package(package("p", None, &declared));
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    for expected in [
        "gone.txt: declared in the policy",
        "nothing stands at `toml:nothing.here`",
        "`perl:x` is no locator",
        "no line with `nope`",
        "c.txt: no line is marked",
        "d.py: no line is marked",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn a_declared_place_that_states_another_version_stops_the_plan() {
    let tree = tree([("VERSION", "0.0.12\n"), ("values.yaml", "image:\n  tag: 0.0.11\n")]).package(package(
        "p",
        None,
        &[("values.yaml", "yaml:image.tag")],
    ));
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    assert!(said.starts_with("values.yaml:2:8: `yaml:image.tag` states `0.0.11`"), "{said}");
}

#[test]
fn marked_blocks_change_every_line_and_marked_parts_their_number() {
    let text = "# x-release-please-start-version\na 0.0.12\nb 0.0.12\n# x-release-please-end\nc 0.0.12\nmajor = 0 # x-release-please-major\npatch = 12 # x-release-please-patch\non 2020-01-01 # x-release-please-date\n";
    let tree = tree([("docs.txt", text), ("VERSION", "0.0.12\n")]).package(package("p", None, &[("docs.txt", "marker")]));
    let want = "# x-release-please-start-version\na 0.0.13\nb 0.0.13\n# x-release-please-end\nc 0.0.12\nmajor = 0 # x-release-please-major\npatch = 13 # x-release-please-patch\non 2026-11-23 # x-release-please-date\n";
    assert_eq!(tree.rolled("docs.txt"), want);
}

#[test]
fn a_go_modules_own_word_for_its_version_follows_the_tag() {
    let go = ("go.mod", "module example.com/x\n");
    let function = "package x\n\n// Version is the current one.\nfunc Version() string {\n\treturn \"0.0.12\"\n}\n";
    check(&tree([go, ("version.go", function)]), &["version.go:5 Version: 0.0.12 -> 0.0.13"]);
    check(&tree([go, ("version.go", "package x\n\nconst Version = \"0.0.12\"\n")]), &["version.go:3 Version: 0.0.12 -> 0.0.13"]);
    check(&tree([go, ("version.go", "package x\n\nfunc Other() string {\n\treturn \"0.0.12\"\n}\n")]), &[]);
}

#[test]
fn a_maven_property_for_the_projects_own_release_moves_and_that_of_a_dependency_does_not() {
    let pom = "<project>\n<artifactId>a</artifactId>\n<version>0.0.12</version>\n<properties>\n<AcmeReleaseVersion>0.0.12</AcmeReleaseVersion>\n<other.version>0.0.12</other.version>\n</properties>\n</project>\n";
    check(
        &tree([("pom.xml", pom)]),
        &["pom.xml:3 <version>: 0.0.12 -> 0.0.13", "pom.xml:5 <properties> AcmeReleaseVersion: 0.0.12 -> 0.0.13"],
    );
}

#[test]
fn a_go_module_needs_no_edit_and_says_so() {
    let tree = tree([("go.mod", "module example.com/x\n")]);
    check(&tree, &[]);
    assert!(tree.notes().contains("a Go module takes the version from the tag: nothing to write"));
}

#[test]
fn a_link_is_followed_to_the_file_that_really_holds_the_version_and_never_edited_itself() {
    use crate::domain::tree::Mode;
    use crate::manifest::{Content, Files, Search, find, rewrite};
    let mut files = Files::new();
    let search = Search::default();
    files
        .insert_dir("", Some(vec![("VERSION".into(), Mode::Symlink), ("src".into(), Mode::Directory), ("version.txt".into(), Mode::File)]));
    for _ in 0..6 {
        let wants = find(&search, &files).wants;
        for path in &wants.files {
            let content = match path.as_str() {
                "VERSION" => "src/V",
                "src/V" | "version.txt" => "0.0.12\n",
                _ => panic!("`{path}` is not in the listing"),
            };
            files.insert_file(path, Content::Text(content.into()));
        }
        for dir in &wants.dirs {
            files.insert_dir(dir, Some(vec![("V".into(), Mode::File)]));
        }
    }
    let found = find(&search, &files);
    let edits = rewrite(&found, &files, "0.0.12", "0.1.0", "0.0.13", super::DAY).unwrap();
    assert_eq!(edits.iter().map(|edit| edit.path.as_str()).collect::<Vec<_>>(), ["src/V", "version.txt"]);
}

#[test]
fn a_build_without_a_version_is_asked_about_and_the_policy_can_say_that_the_tag_is_it() {
    let gradle = || tree([("build.gradle.kts", "plugins { java }\n"), ("README.md", "")]);
    let said = gradle().changes("0.0.12", "0.1.0", "0.0.13");
    assert!(
        said.starts_with(
            "no version found; looked at `build.gradle.kts`\nhint: in `.github/rollback.yml`, name the place, as in `packages: [{ name: entity-core, registry: maven, manifests: [{ path: build.gradle.kts, locator: 'line:version' }] }]`; where the tag is the version: `packages:"
        ),
        "{said}"
    );
    assert!(said.contains("build.gradle.kts: the build states no literal version"), "{said}");
    check(&gradle().package(package("p", None, &[("build.gradle.kts", "tag")])), &[]);
    check(&tree([("build.gradle", "id 'pl.allegro.tech.build.axion-release'\n")]), &[]);
}

#[test]
fn places_that_keep_their_version_are_named() {
    let tree = tree([
        ("VERSION", "0.0.12\n"),
        ("CITATION.cff", "version: 0.0.11\n"),
        ("package.json", "{\"version\":\"0.0.0\",\"workspaces\":[\"packages/*\"]}"),
        ("packages/ui/package.json", "{\"name\":\"ui\",\"version\":\"3.0.0\"}"),
    ]);
    let want = [
        "`CITATION.cff`: `version` in line 1, `0.0.11`, does not state the good release's version and stays",
        "`package.json`: `version` in line 1, `0.0.0`, is a placeholder and stays",
        "`packages/ui/package.json`: `version` in line 1, `3.0.0`, has a version of its own and stays",
    ];
    assert_eq!(tree.left(), want.join("\n"));
}

#[test]
fn a_project_whose_version_is_the_tags_may_hold_other_versions_that_are_left() {
    let tree = tree([
        ("pyproject.toml", "[project]\nname = \"a\"\ndynamic = [\"version\"]\n[tool.hatch.version]\nsource = \"vcs\"\n"),
        ("package.json", "{\"name\":\"docs\",\"version\":\"1.0.0\"}"),
    ]);
    check(&tree, &[]);
    assert!(tree.left().contains("`version` in line 1, `1.0.0`, has a version of its own and stays"));
}

#[test]
fn a_setup_py_whose_version_is_put_together_is_asked_about() {
    let tree = tree([("setup.py", "MAJOR = 0\nMINOR = 0\nmeta = dict(v='%d.%d' % (MAJOR, MINOR))\nsetup(**meta)\n")]);
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    assert!(said.contains("setup.py: it gives no literal version, and no file of the package states one"), "{said}");
}

#[test]
fn a_gem_may_call_its_version_by_another_constant() {
    let tree = tree([
        ("rackish.gemspec", "s.version = Rackish.release\n"),
        ("lib/rackish/version.rb", "module Rackish\n  RELEASE = \"0.0.12\"\nend\n"),
    ]);
    check(&tree, &["lib/rackish/version.rb:2 RELEASE: 0.0.12 -> 0.0.13"]);
}

#[test]
fn a_place_that_states_another_version_is_rewritten_when_the_policy_says_so() {
    let manifest = ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.0.11\"\n");
    let lock = ("Cargo.lock", "[[package]]\nname = \"a\"\nversion = \"0.0.11\"\n");
    let said = tree([manifest, lock]).changes("0.0.12", "0.1.0", "0.0.13");
    assert!(said.contains("with `rewrite:` before its locator"), "{said}");
    let told = tree([manifest, lock]).package(package("a", None, &[("Cargo.toml", "rewrite:toml:package.version")]));
    check(&told, &["Cargo.lock:3 [[package]] a: 0.0.11 -> 0.0.13", "Cargo.toml:3 [package] version: 0.0.11 -> 0.0.13"]);
}
