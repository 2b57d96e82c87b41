//! Modes, symbolic links, submodules and LFS pointers that the bad release changed come back as they were.

use rollback_action::commands::{Exit, StageOptions};

use crate::repository::Repository;
use crate::scenario::Scenario;

const ROLES: &str = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";
const GOOD_SUBMODULE: &str = "160000,0123456789012345678901234567890123456789,vendored";
const BAD_SUBMODULE: &str = "160000,9876543210987654321098765432109876543210,vendored";
const PATHS: [&str; 4] = ["big.bin", "link", "run.sh", "vendored"];

fn pointer(digest: &str) -> String {
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12\n", digest.repeat(64))
}

/// In v1.0.0 `run.sh` is a program, `link` a link, `vendored` a submodule and `big.bin` an LFS pointer; v1.1.0 makes
/// something else of each.
fn repository(policy: &str) -> Repository {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}{policy}")));
    repository.file("pyproject.toml", Some("[project]\nname = \"acme-core\"\nversion = \"1.0.0\"\n"));
    repository.file("run.sh", Some("#!/bin/sh\n")).file("big.bin", Some(&pointer("a"))).file("target", Some("run.sh"));
    repository.git(&["add", "--all"]);
    repository.git(&["update-index", "--chmod=+x", "run.sh"]);
    let link = repository.git(&["rev-parse", ":target"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("120000,{},link", link.trim())]);
    repository.git(&["update-index", "--add", "--cacheinfo", GOOD_SUBMODULE]);
    repository.git(&["commit", "--quiet", "--message", "Release 1.0.0"]);
    repository.git(&["tag", "v1.0.0"]);
    repository.git(&["reset", "--quiet", "--hard"]);
    repository.file("pyproject.toml", Some("[project]\nname = \"acme-core\"\nversion = \"1.1.0\"\n"));
    repository.file("run.sh", Some("echo broken\n")).file("big.bin", Some(&pointer("b"))).file("link", None);
    repository.file("link", Some("now a file\n"));
    repository.git(&["add", "--all", "--", ".", ":!vendored"]);
    repository.git(&["update-index", "--chmod=-x", "run.sh"]);
    repository.git(&["update-index", "--cacheinfo", BAD_SUBMODULE]);
    repository.git(&["commit", "--quiet", "--message", "Release 1.1.0"]);
    repository.git(&["tag", "v1.1.0"]);
    repository
}

#[track_caller]
fn come_back(policy: &str) {
    let repository = repository(policy);
    let listed = |reference: &str| {
        let mut words = vec!["ls-tree", reference, "--"];
        words.extend(PATHS);
        words.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let of = |reference: &str| repository.git(&listed(reference).iter().map(String::as_str).collect::<Vec<_>>());
    let (good, bad) = (of("v1.0.0"), of("v1.1.0"));
    for (good, bad) in good.lines().zip(bad.lines()) {
        assert_ne!(good, bad, "the bad release must have changed it");
    }
    assert_eq!(good.lines().count(), PATHS.len());
    let options = StageOptions { bad: Some("v1.1.0".into()), ..StageOptions::default() };
    let scenario = Scenario::on(repository.path(), &options);
    let document = scenario.planned();
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    let words = listed("refs/heads/rollback/v1.1.0");
    let back = scenario.world(|world| world.git.run(&words.iter().map(String::as_str).collect::<Vec<_>>()).unwrap());
    assert_eq!(back, good);
}

#[test]
fn modes_links_submodules_and_lfs_pointers_come_back_with_the_whole_release() {
    come_back("");
}

#[test]
fn modes_links_submodules_and_lfs_pointers_come_back_where_only_they_are_restored() {
    come_back("restore: { paths: [run.sh, link, vendored, big.bin] }\n");
}
