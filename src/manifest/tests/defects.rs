//! The ten defects seen in a widely used release tool, each as a test that it is none of ours.

use super::{check, tree};

#[test]
fn one_an_inherited_cargo_version_is_no_error() {
    let tree = tree([("Cargo.toml", "[workspace.package]\nversion = \"0.0.12\"\n[package]\nname = \"a\"\nversion.workspace = true\n")]);
    check(&tree, &["Cargo.toml:2 [workspace.package] version: 0.0.12 -> 0.0.13"]);
}

#[test]
fn two_a_registry_crate_of_the_same_name_is_left_in_the_lock() {
    let lock =
        "[[package]]\nname = \"a\"\nversion = \"0.0.12\"\nsource = \"registry+x\"\n\n[[package]]\nname = \"a\"\nversion = \"0.0.12\"\n";
    let tree = tree([("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.0.12\"\n"), ("Cargo.lock", lock)]);
    check(&tree, &["Cargo.lock:8 [[package]] a: 0.0.12 -> 0.0.13", "Cargo.toml:3 [package] version: 0.0.12 -> 0.0.13"]);
}

#[test]
fn three_a_chart_changes_its_app_version_and_keeps_comments_and_flow_maps() {
    let chart =
        "apiVersion: v2 # api\nname: a\nversion:   0.0.12    # chart\nappVersion: \"0.0.12\"   # app\nannotations: {a: 1,b: [2,3]}\n";
    assert_eq!(tree([("Chart.yaml", chart)]).rolled("Chart.yaml"), chart.replace("0.0.12", "0.0.13"));
}

#[test]
fn three_an_app_version_of_its_own_is_left() {
    let tree = tree([("charts/a/Chart.yaml", "name: a\nversion: 0.0.12\nappVersion: '7.1'\n")]);
    check(&tree, &["charts/a/Chart.yaml:2 version: 0.0.12 -> 0.0.13"]);
}

#[test]
fn four_a_pyproject_with_windows_line_endings_and_a_comment_is_edited() {
    let text = "# c\r\n[project]\r\nname = \"a\" # d\r\nversion = \"0.0.12\"\r\n";
    assert_eq!(tree([("pyproject.toml", text)]).rolled("pyproject.toml"), text.replace("0.0.12", "0.0.13"));
}

#[test]
fn five_the_first_line_that_ends_in_version_is_not_taken_for_it() {
    let text = "[tox]\nminversion = 3.8.1\n[metadata]\nversion = 0.0.12\n";
    assert_eq!(tree([("setup.cfg", text)]).rolled("setup.cfg"), text.replace("0.0.12", "0.0.13"));
}

#[test]
fn six_a_parent_from_elsewhere_keeps_its_version_and_a_property_is_followed() {
    let text = "<project><parent><groupId>far</groupId><artifactId>away</artifactId><version>0.0.12</version></parent><artifactId>a</artifactId>\n<version>${revision}</version><properties><revision>0.0.12</revision></properties></project>";
    let want = text.replace("<revision>0.0.12", "<revision>0.0.13");
    assert_eq!(tree([("pom.xml", text)]).rolled("pom.xml"), want);
}

#[test]
fn seven_every_version_property_of_dotnet_is_edited_with_four_numbers_where_they_were() {
    let text = "<Project>\n<PropertyGroup>\n<VersionPrefix>0.0.12</VersionPrefix>\n<AssemblyVersion>0.0.12.0</AssemblyVersion>\n<FileVersion Condition=\"'$(X)' == ''\">0.0.12.0</FileVersion>\n<PackageVersion>$(VersionPrefix)</PackageVersion>\n<LangVersion>0.0.12</LangVersion>\n</PropertyGroup>\n</Project>\n";
    let tree = tree([
        ("Directory.Build.props", text),
        ("src/A/A.csproj", "<Project><PropertyGroup><PackageId>A</PackageId></PropertyGroup></Project>"),
        ("src/B/B.csproj", "\u{feff}<Project>\r\n  <PropertyGroup>\r\n    <Version>0.0.12</Version>\r\n  </PropertyGroup>\r\n</Project>"),
        ("src/B/Properties/AssemblyInfo.cs", "[assembly: AssemblyVersion(\"0.0.12.0\")]\n// [assembly: AssemblyVersion(\"0.0.12.0\")]\n"),
    ]);
    check(
        &tree,
        &[
            "Directory.Build.props:3 <VersionPrefix>: 0.0.12 -> 0.0.13",
            "Directory.Build.props:4 <AssemblyVersion>: 0.0.12.0 -> 0.0.13.0",
            "Directory.Build.props:5 <FileVersion>: 0.0.12.0 -> 0.0.13.0",
            "src/B/B.csproj:3 <Version>: 0.0.12 -> 0.0.13",
            "src/B/Properties/AssemblyInfo.cs:1 AssemblyVersion: 0.0.12.0 -> 0.0.13.0",
        ],
    );
}

#[test]
fn eight_nothing_is_written_anew_but_the_version() {
    let package = "{\r\n    \"name\":\"a\",\"version\":\"0.0.12\",\r\n  \"files\":[\"x\",\r\n\"y\"]}\r\n";
    assert_eq!(tree([("package.json", package)]).rolled("package.json"), package.replace("0.0.12", "0.0.13"));
    let pubspec = "# top\r\nname: 'a'   # name\r\nversion: '0.0.12' # v\r\nmore: [ 1,  2 ]";
    assert_eq!(tree([("pubspec.yaml", pubspec)]).rolled("pubspec.yaml"), pubspec.replace("0.0.12", "0.0.13"));
}

#[test]
fn nine_versions_beyond_three_numbers_are_known_everywhere() {
    for good in ["0.1.0rc1", "1.0.post1", "1.2.3.4", "2026.01.02"] {
        let files = [
            ("setup.py", format!("setup(name='a', version='{good}')\n")),
            ("a/__init__.py", format!("__version__ = '{good}'\n")),
            ("VERSION", format!("{good}\n")),
            ("docs.md", format!("install {good} <!-- x-release-please-version -->\n")),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text));
        let tree = tree(files).package(super::package("a", None, &[("docs.md", "marker")]));
        assert_eq!(tree.changes(good, "9.9.9", "3.0.0").lines().count(), 4, "{}", tree.changes(good, "9.9.9", "3.0.0"));
    }
}

#[test]
fn ten_no_match_is_an_error_with_the_places_looked_at() {
    let tree = tree([("a/pyproject.toml", "[project]\nname = \"a\"\nversion = \"0.0.11\"\n")]).package(super::package("a", Some("a"), &[]));
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    assert!(said.contains("a/pyproject.toml:3:12: `[project] version` states `0.0.11`, and the good release is `0.0.12`"), "{said}");
    let members = super::tree([
        ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n"),
        ("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.0.11\"\n"),
    ]);
    let said = members.changes("0.0.12", "0.1.0", "0.0.13");
    assert!(said.contains("no place states `0.0.12`, the good release's version: `a/Cargo.toml` line 3 states `0.0.11`"), "{said}");
    assert!(said.contains("hint: name the place in `.github/rollback.yml`, as in `packages: [{ name: entity-core, registry: crates, manifests: [{ path: a/Cargo.toml, locator: 'rewrite:toml:package.version' }] }]`"), "{said}");
}
