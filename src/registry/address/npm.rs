//! npm: `@scope:registry`, then `registry`, each from the environment first and then from `.npmrc`; tokens by the address they are for.

use super::{Address, BadAddress, Configuration, Protocol, Secret, settings};

pub(super) fn find(package: &str, configuration: &Configuration) -> Result<Option<Address>, BadAddress> {
    let scoped = package.split_once('/').map(|(scope, _)| format!("{scope}:registry")).filter(|key| key.starts_with('@'));
    for key in scoped.iter().map(String::as_str).chain(["registry"]) {
        if let Some((url, place)) = setting(key, configuration) {
            let address = Address::parse(&url, &place)?;
            let secret = token(address.url(), configuration);
            return Ok(Some(address.signed(secret)));
        }
    }
    Ok(None)
}

/// The token for this address: `//host/path/:_authToken=…`, the longest path that fits.
pub(super) fn token(url: &str, configuration: &Configuration) -> Option<Secret> {
    let (_, rest) = url.split_once("//")?;
    let mut path = format!("//{}", rest.trim_end_matches('/'));
    loop {
        for slash in ["/", ""] {
            if let Some((token, _)) = setting(&format!("{path}{slash}:_authToken"), configuration) {
                return Some(Secret::Bearer(token));
            }
        }
        let cut = path.rfind('/').filter(|at| *at > 1)?;
        path.truncate(cut);
    }
}

fn setting(key: &str, configuration: &Configuration) -> Option<(String, String)> {
    let variables = [format!("npm_config_{key}"), format!("NPM_CONFIG_{}", key.to_ascii_uppercase())];
    for name in variables {
        if let Some(value) = configuration.environment.get(&name).filter(|value| !value.is_empty()) {
            return Some((value.clone(), format!("`{name}`")));
        }
    }
    configuration.of(Protocol::Npm).iter().find_map(|(name, text)| {
        let (_, _, value) = settings(text).filter(|(section, found, _)| section.is_empty() && *found == key).last()?;
        let value = expanded(&value, configuration);
        let shown = key.rsplit(':').next().unwrap_or(key);
        (!value.is_empty()).then(|| (value, format!("`{shown}` in `{name}`")))
    })
}

/// `${NAME}` stands for the environment's value, and for itself where there is none.
fn expanded(value: &str, configuration: &Configuration) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((front, (name, after))) = rest.split_once("${").and_then(|(front, back)| Some((front, back.split_once('}')?))) {
        text.push_str(front);
        match configuration.environment.get(name) {
            Some(value) => text.push_str(value),
            None => text.extend(["${", name, "}"]),
        }
        rest = after;
    }
    text + rest
}
