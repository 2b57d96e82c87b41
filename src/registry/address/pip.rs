//! pip: `PIP_INDEX_URL`, then `index-url` in its files, where `[install]` counts before `[global]`.

use super::{Address, BadAddress, Configuration, Protocol, settings};

pub(super) fn find(configuration: &Configuration) -> Result<Option<Address>, BadAddress> {
    if let Some(url) = configuration.environment.get("PIP_INDEX_URL").filter(|url| !url.is_empty()) {
        return Address::parse(url, "`PIP_INDEX_URL`").map(Some);
    }
    for wanted in ["install", "global"] {
        for (name, text) in configuration.of(Protocol::Pypi) {
            let found = settings(text)
                .filter(|(section, key, value)| section == wanted && key.replace('_', "-") == "index-url" && !value.is_empty())
                .last();
            if let Some((_, _, url)) = found {
                return Address::parse(&url, &format!("`index-url` in `{name}`")).map(Some);
            }
        }
    }
    Ok(None)
}
