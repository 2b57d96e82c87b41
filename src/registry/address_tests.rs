//! Where an index is, from every place that a client is configured in.

use super::*;

fn configured(environment: &[(&str, &str)], files: &[(&str, &str)]) -> Configuration {
    let owned = |pair: &(&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
    let files: Vec<(String, String)> = files.iter().map(owned).collect();
    let all = [Protocol::Pypi, Protocol::Npm, Protocol::Crates];
    Configuration { environment: environment.iter().map(owned).collect(), files: all.map(|protocol| (protocol, files.clone())).into() }
}

fn check(protocol: Protocol, package: &str, configuration: &Configuration, url: Option<&str>) {
    let found = find(protocol, package, None, configuration).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found.as_ref().map(Address::url), url);
}

#[test]
fn without_a_configuration_there_is_no_address() {
    for protocol in [Protocol::Pypi, Protocol::Npm, Protocol::Crates] {
        check(protocol, "core", &Configuration::default(), None);
    }
}

#[test]
fn no_client_reads_the_files_of_another() {
    let pip = ("pip.conf".to_owned(), "[global]\nindex-url = https://pip.test/simple\ncert = /etc/ssl/cert.pem\n".to_owned());
    let cargo =
        ("config.toml".to_owned(), "[registry]\ndefault = \"acme\"\n[registries.acme]\nindex = \"sparse+https://acme.test/\"\n".to_owned());
    let files = [(Protocol::Pypi, vec![pip]), (Protocol::Crates, vec![cargo])].into();
    let configuration = Configuration { environment: BTreeMap::new(), files };
    check(Protocol::Pypi, "core", &configuration, Some("https://pip.test/simple"));
    check(Protocol::Npm, "core", &configuration, None);
    check(Protocol::Crates, "core", &configuration, Some("https://acme.test/"));
}

#[test]
fn the_policys_address_counts_before_the_clients() {
    let configuration = configured(&[("PIP_INDEX_URL", "https://pip.test/simple")], &[]);
    let found = find(Protocol::Pypi, "core", Some("https://policy.test/simple/"), &configuration).unwrap();
    assert_eq!(found.as_ref().map(Address::url), Some("https://policy.test/simple/"));
}

#[test]
fn pip_is_asked_in_its_own_order() {
    let user = ("user.conf", "[global]\nindex-url = https://user.test/simple\n; [install]\n");
    let site = ("site.conf", "[global]\nindex_url=https://site.test/simple\ntimeout = 60\n");
    let install = ("site.conf", "[install]\nindex-url = https://install.test/simple\n");
    check(Protocol::Pypi, "core", &configured(&[], &[user, site]), Some("https://user.test/simple"));
    check(Protocol::Pypi, "core", &configured(&[], &[site]), Some("https://site.test/simple"));
    check(Protocol::Pypi, "core", &configured(&[], &[user, install]), Some("https://install.test/simple"));
    check(Protocol::Pypi, "core", &configured(&[("PIP_INDEX_URL", "https://env.test/simple")], &[user]), Some("https://env.test/simple"));
    check(Protocol::Pypi, "core", &configured(&[("PIP_INDEX_URL", "")], &[]), None);
}

#[test]
fn npms_scopes_have_their_own_registry_and_token() {
    let text = "registry=https://npm.test/\n@acme:registry = https://acme.test/npm/\n//acme.test/npm/:_authToken=${TOKEN}\n//npm.test/:_authToken=abc\n";
    for text in ["https://user:pa/ss@pip.test/simple", "https://user:pa?s@pip.test", "https://user:pa#s@pip.test"] {
        let why = Address::parse(text, "here").unwrap_err().to_string();
        assert!(why.contains("its port is no number; write") && !why.contains("pa/ss"), "{why}");
    }
    assert_eq!(Address::parse("http://[::1]:8080/simple", "here").unwrap().url(), "http://[::1]:8080/simple");
    let configuration = configured(&[("TOKEN", "s3cret")], &[(".npmrc", text)]);
    check(Protocol::Npm, "core", &configuration, Some("https://npm.test/"));
    check(Protocol::Npm, "@other/core", &configuration, Some("https://npm.test/"));
    check(Protocol::Npm, "@acme/core", &configuration, Some("https://acme.test/npm/"));
    let found = find(Protocol::Npm, "@acme/core", None, &configuration).unwrap().unwrap();
    assert_eq!(found.authorization().as_deref(), Some("Bearer s3cret"));
    check(
        Protocol::Npm,
        "core",
        &configured(&[("npm_config_registry", "https://env.test")], &[(".npmrc", text)]),
        Some("https://env.test"),
    );
}

#[test]
fn cargos_own_registry_is_followed_to_what_replaces_it() {
    let text = "[source.crates-io]\nreplace-with = 'mirror'\n[source.mirror]\nregistry = \"sparse+https://mirror.test/index/\"\n";
    check(Protocol::Crates, "core", &configured(&[], &[("config.toml", text)]), Some("https://mirror.test/index/"));
    let registry = "[registries.acme]\nindex = \"sparse+https://acme.test/\"\n[source.crates-io]\nreplace-with = \"acme\"\n";
    check(Protocol::Crates, "core", &configured(&[], &[("config.toml", registry)]), Some("https://acme.test/"));
    let default = "[registry]\ndefault = \"acme\"\n[registries]\nacme = { index = \"sparse+https://acme.test/\" }\n";
    check(Protocol::Crates, "core", &configured(&[], &[("config.toml", default)]), Some("https://acme.test/"));
    let variable = [("CARGO_REGISTRY_DEFAULT", "my-own"), ("CARGO_REGISTRIES_MY_OWN_INDEX", "sparse+https://own.test/")];
    check(Protocol::Crates, "core", &configured(&variable, &[]), Some("https://own.test/"));
    let circle = "[source.crates-io]\nreplace-with = \"a\"\n[source.a]\nreplace-with = \"crates-io\"\n";
    check(Protocol::Crates, "core", &configured(&[], &[("config.toml", circle)]), None);
}

#[test]
fn an_address_that_cannot_be_used_is_refused_with_its_place() {
    let why = |protocol, configuration: &Configuration| find(protocol, "core", None, configuration).unwrap_err().to_string();
    assert_eq!(
        why(Protocol::Pypi, &configured(&[("PIP_INDEX_URL", "file:///simple")], &[])),
        "the index's address from `PIP_INDEX_URL` cannot be used: it is neither `https` nor `http`"
    );
    assert_eq!(
        why(Protocol::Npm, &configured(&[], &[(".npmrc", "registry = npm.test")])),
        "the index's address from `registry` in `.npmrc` cannot be used: it does not start with `https://`"
    );
    let git = "[source.crates-io]\nreplace-with = \"m\"\n[source.m]\nregistry = \"https://git.test/index\"\n";
    assert_eq!(
        why(Protocol::Crates, &configured(&[], &[("config.toml", git)])),
        "the index's address from `source.m.registry` in `config.toml` cannot be used: it is a git index, and only sparse ones (`sparse+https://…`) are read"
    );
    assert!(
        why(Protocol::Crates, &configured(&[], &[("config.toml", "= x")]))
            .starts_with("the index's address from `config.toml` cannot be used: ")
    );
    for text in ["https://", "https://a b", "https://x/?q", "ftp://x", "https://:80/", "https://[::1]:x/", "https://h:8:8/"] {
        assert!(Address::parse(text, "here").is_err(), "{text:?} was taken");
    }
}

#[test]
fn credentials_are_sent_and_never_shown() {
    let address = Address::parse("https://user:pa%40ss@pip.test/simple", "here").unwrap();
    assert_eq!(address.url(), "https://pip.test/simple");
    assert_eq!(address.authorization().as_deref(), Some("Basic dXNlcjpwYUBzcw=="));
    assert_eq!(format!("{address} {address:?}"), "https://pip.test/simple Address(https://pip.test/simple, with a secret)");
    for text in ["https://user:pa/ss@pip.test/simple", "https://user:pa?s@pip.test", "https://user:pa#s@pip.test"] {
        let why = Address::parse(text, "here").unwrap_err().to_string();
        assert!(why.contains("its port is no number; write") && !why.contains("pa/ss"), "{why}");
    }
    assert_eq!(Address::parse("http://[::1]:8080/simple", "here").unwrap().url(), "http://[::1]:8080/simple");
    let configuration = configured(&[("TOKEN", "s3cret")], &[(".npmrc", "//x/:_authToken=s3cret")]);
    assert!(!format!("{configuration:?}").contains("s3cret"));
}

#[test]
fn base64_is_the_standards() {
    for (text, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("\u{ff}\u{fe}", "w7/Dvg==")]
    {
        assert_eq!(base64(text.as_bytes()), encoded);
    }
}

#[test]
fn the_files_to_read_are_the_clients() {
    let environment: BTreeMap<String, String> = [("HOME".to_owned(), "/home/me".to_owned())].into();
    assert_eq!(files(Protocol::Pypi, &environment), ["/home/me/.config/pip/pip.conf", "/home/me/.pip/pip.conf", "/etc/pip.conf"]);
    assert_eq!(files(Protocol::Npm, &environment), [".npmrc", "/home/me/.npmrc"]);
    assert_eq!(files(Protocol::Crates, &environment), [".cargo/config.toml", "/home/me/.cargo/config.toml"]);
}
