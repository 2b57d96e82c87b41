//! What registries answer, and what their clients are configured with.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use rollback_action::registry::address::{Address, Configuration, files, find};
use rollback_action::registry::{Index, Protocol, crates, npm, pypi};

fuzz_target!(|data: &[u8]| {
    let read = [npm::parse(data), pypi::parse(data, "entity-core"), crates::parse(data)];
    read.into_iter().flatten().for_each(|index| sorted(&index));

    let text = rollback_action_fuzz::text(data);
    let [package, address, file] = rollback_action_fuzz::parts(&text);
    if let Ok(address) = Address::parse(address, "the policy") {
        assert!(address.url().starts_with("http"), "{address}");
        let authority = address.url().split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
        assert!(!authority.contains('@'), "credentials are shown: {address}");
        let port = authority.rsplit(']').next().and_then(|rest| rest.split_once(':'));
        assert!(port.is_none_or(|(_, port)| port.chars().all(|c| c.is_ascii_digit())), "{address}");
    }
    let environment = BTreeMap::from([("HOME".to_owned(), "/home/a".to_owned()), ("PIP_INDEX_URL".to_owned(), address.to_owned())]);
    for protocol in [Protocol::Pypi, Protocol::Npm, Protocol::Crates] {
        let named = files(protocol, &environment).into_iter().map(|name| (name, file.to_owned())).collect();
        let _ =
            find(protocol, package, None, &Configuration { environment: environment.clone(), files: BTreeMap::from([(protocol, named)]) });
        let _ = find(protocol, package, Some(address), &Configuration::default());
    }
});

fn sorted(index: &Index) {
    assert!(index.published.windows(2).all(|pair| pair[0].version < pair[1].version), "{:?}", index.published);
}
