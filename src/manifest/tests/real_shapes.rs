//! Manifests as projects really write them: edited forth, and back byte for byte.

use proptest::prelude::*;

use super::tree;

/// A manifest with `@` where its version stands.
struct Shape {
    path: &'static str,
    text: &'static str,
    /// How many places are the version.
    places: usize,
}

const fn shape(path: &'static str, places: usize, text: &'static str) -> Shape {
    Shape { path, text, places }
}

const SHAPES: [Shape; 14] = [
    shape(
        "pyproject.toml",
        1,
        "# built with hatch\n[build-system]\nrequires = [\"hatchling>=1.18.0\"]\nbuild-backend = \"hatchling.build\"\n\n[project]\nname = \"entity-core\"   # the name people install\nversion = \"@\"\nrequires-python = \">=3.9\"\ndependencies = [\n    \"attrs>=22.2.0\",\n    'tomli==2.0.1; python_version < \"3.11\"',\n]\n\n[project.optional-dependencies]\ntest = [\"pytest~=8.0\"]\n\n[tool.ruff]\ntarget-version = \"py39\"\nrequired-version = \"0.4.1\"\n",
    ),
    shape(
        "pyproject.toml",
        1,
        "[tool.poetry]\nname = 'entity-core'\nversion = '@' # x\ndescription = '''\nNeeds 1.2.3 of \"it\".\n'''\n\n[tool.poetry.dependencies]\npython = '^3.9'\npendulum = { version = '^3.0.0', optional = true }\n",
    ),
    shape(
        "setup.cfg",
        1,
        "[metadata]\nname = entity-core\nversion = @\nlong_description = file: README.md\n\n[options]\npackages = find:\ninstall_requires =\n    attrs>=22.2.0\n    tomli==2.0.1\n\n[tool:pytest]\nminversion = 6.0\n",
    ),
    shape(
        "setup.py",
        1,
        "#!/usr/bin/env python\n# version 1.0.0 was the first\nfrom setuptools import setup\n\nsetup(\n    name=\"entity-core\",\n    version=\"@\",\n    python_requires=\">=3.9\",\n    install_requires=[\"attrs==22.2.0\"],\n)\n",
    ),
    shape(
        "Cargo.toml",
        1,
        "[package]\nname    = \"entity-core\"\nversion = \"@\"    # keep in step with the docs\nedition = \"2021\"\nrust-version = \"1.70.0\"\n\n[dependencies]\nserde = { version = \"1.0.200\", features = [\"derive\"] }\n\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2.150\"\n",
    ),
    shape(
        "package.json",
        1,
        "{\n  \"name\": \"@acme/entity-core\",\n  \"version\": \"@\",\n  \"description\": \"\u{e9}\u{e8} \\u2014 1.2.3\",\n  \"engines\": { \"node\": \">=18.0.0\" },\n  \"scripts\": {\"build\":\"tsc -p .\"},\n  \"dependencies\": {\n    \"left-pad\": \"^1.3.0\"\n  }\n}\n",
    ),
    shape(
        "pom.xml",
        1,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- 1.2.3 -->\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  <parent>\n    <groupId>org.example</groupId>\n    <artifactId>parent</artifactId>\n    <version>7.1.0</version>\n    <relativePath/>\n  </parent>\n  <groupId>org.acme</groupId>\n  <artifactId>entity-core</artifactId>\n  <version>@</version>\n  <dependencies>\n    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version></dependency>\n  </dependencies>\n</project>\n",
    ),
    shape(
        "Acme.csproj",
        1,
        "<Project Sdk=\"Microsoft.NET.Sdk\">\n\n  <PropertyGroup>\n    <TargetFramework>net8.0</TargetFramework>\n    <LangVersion>12.0</LangVersion>\n    <Version>@</Version>\n  </PropertyGroup>\n\n  <ItemGroup>\n    <PackageReference Include=\"Polly\" Version=\"8.2.0\" />\n  </ItemGroup>\n</Project>\n",
    ),
    shape("gradle.properties", 1, "# settings\norg.gradle.jvmargs=-Xmx2g\nkotlin.version=1.9.22\nversion=@\ngroup=org.acme\n"),
    shape(
        "build.gradle.kts",
        1,
        "plugins {\n    kotlin(\"jvm\") version \"1.9.22\"\n    `maven-publish`\n}\n\ngroup = \"org.acme\"\nversion = \"@\" // the release\n\ndependencies {\n    implementation(\"com.squareup.okio:okio:3.9.0\")\n}\n",
    ),
    shape(
        "Chart.yaml",
        2,
        "apiVersion: v2\nname: entity-core   # the chart\ntype: application\nversion: @\nappVersion: \"@\"\ndependencies:\n  - name: postgresql\n    version: 15.5.0\n    repository: \"@acme\"\nannotations:\n  category: 'Tools'\n",
    ),
    shape(
        "pubspec.yaml",
        1,
        "name: entity_core\ndescription: >-\n  Reads 1.2.3\n  and more.\nversion: @\n\nenvironment:\n  sdk: '>=3.0.0 <4.0.0'\n\ndependencies:\n  http: ^1.1.0\n",
    ),
    shape(
        "mix.exs",
        1,
        "defmodule Entity.MixProject do\n  use Mix.Project\n\n  @version \"@\"\n\n  def project do\n    [app: :entity, version: @version, elixir: \"~> 1.14\", deps: [{:jason, \"~> 1.4.0\"}]]\n  end\nend\n",
    ),
    shape(
        "composer.json",
        1,
        "{\n    \"name\": \"acme/entity-core\",\n    \"version\": \"@\",\n    \"require\": {\n        \"php\": \">=8.1\",\n        \"psr/log\": \"^3.0.0\"\n    }\n}\n",
    ),
];

/// The marks that stand for the version: `@` alone between its delimiters.
fn dressed(shape: &Shape, version: &str, windows: bool, mark: bool, last: bool) -> String {
    let own = ["\"@\"", "'@'", ">@<", "=@\n", " @\n", " @ #"];
    let text = own.iter().fold(shape.text.to_owned(), |text, own| text.replace(own, &own.replace('@', version)));
    let text = if last { text } else { text.trim_end_matches('\n').to_owned() };
    let text = if windows { text.replace('\n', "\r\n") } else { text };
    if mark { format!("\u{feff}{text}") } else { text }
}

/// Versions of every kind that semver and Python's rules know, the second above the first.
fn versions() -> impl Strategy<Value = (String, String)> {
    let plain =
        (0..40_u32, 0..40_u32, 1..4000_u32, 1..60_u32).prop_map(|(a, b, c, up)| (format!("{a}.{b}.{c}"), format!("{a}.{b}.{}", c + up)));
    let before = (0..40_u32, 0..40_u32, 1..9_u32).prop_map(|(a, b, n)| (format!("{a}.{b}.1-rc.{n}"), format!("{a}.{b}.1")));
    let calendar = (2020..2031_u32, 1..13_u32, 1..28_u32).prop_map(|(y, m, d)| (format!("{y}.{m}.{d}"), format!("{y}.{m}.{}", d + 1)));
    prop_oneof![plain, before, calendar]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_manifest_as_projects_write_it_is_edited_forth_and_back_byte_for_byte(
        at in 0..SHAPES.len(), (good, new) in versions(), windows in any::<bool>(), mark in any::<bool>(), last in any::<bool>(),
    ) {
        let shape = &SHAPES[at];
        let (before, after) = (dressed(shape, &good, windows, mark, last), dressed(shape, &new, windows, mark, last));
        let edited = |text: &str, from: &str, to: &str| {
            let edits = tree([(shape.path, text)]).edits(from, "9999.9.9", to).map_err(|problems| TestCaseError::fail(format!("{}: {problems:?}", shape.path)))?;
            prop_assert_eq!(edits.iter().map(|edit| edit.places.len()).sum::<usize>(), shape.places, "{}", shape.path);
            Ok(edits[0].apply(text).unwrap())
        };
        let forth = edited(&before, &good, &new)?;
        prop_assert_eq!(&forth, &after);
        prop_assert_eq!(edited(&forth, &new, &good)?, before);
    }
}
