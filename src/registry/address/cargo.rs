//! Cargo: what replaces its own registry (`[source.crates-io] replace-with`), or the default registry (`[registry] default`).

use toml_edit::{Document, Item};

use super::{Address, BadAddress, Configuration, Protocol};

pub(super) fn find(configuration: &Configuration) -> Result<Option<Address>, BadAddress> {
    let mut files = Vec::new();
    for (name, text) in configuration.of(Protocol::Crates) {
        let document =
            Document::parse(text.as_str()).map_err(|error| BadAddress { place: format!("`{name}`"), why: error.message().to_owned() })?;
        files.push((name, document));
    }
    let value = |path: &[&str]| -> Option<(String, String)> {
        let mut found = files.iter().filter_map(|(name, document)| Some((text_at(document.as_item(), path)?, (*name).clone())));
        found.next()
    };
    let variable = |name: &str| configuration.environment.get(name).filter(|value| !value.is_empty()).cloned();

    if let Some(default) = variable("CARGO_REGISTRY_DEFAULT").or_else(|| value(&["registry", "default"]).map(|(default, _)| default)) {
        let key = format!("CARGO_REGISTRIES_{}_INDEX", default.to_ascii_uppercase().replace('-', "_"));
        if let Some(index) = variable(&key) {
            return sparse(&index, &format!("`{key}`")).map(Some);
        }
        if let Some((index, file)) = value(&["registries", &default, "index"]) {
            return sparse(&index, &format!("`registries.{default}.index` in `{file}`")).map(Some);
        }
    }
    let mut source = "crates-io".to_owned();
    // A chain longer than this is a circle, which Cargo refuses too.
    for _ in 0..8 {
        let Some((next, _)) = value(&["source", &source, "replace-with"]) else { break };
        source = next;
    }
    for path in [["source", source.as_str(), "registry"], ["registries", source.as_str(), "index"]] {
        if let Some((index, file)) = value(&path) {
            return sparse(&index, &format!("`{}` in `{file}`", path.join("."))).map(Some);
        }
    }
    Ok(None)
}

fn sparse(index: &str, place: &str) -> Result<Address, BadAddress> {
    if index.starts_with("sparse+") {
        return Address::parse(index, place);
    }
    let why = "it is a git index, and only sparse ones (`sparse+https://…`) are read";
    Err(BadAddress { place: place.to_owned(), why: why.to_owned() })
}

fn text_at(item: &Item, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(item, |item, key| item.get(key))?;
    found.as_str().map(str::to_owned)
}
