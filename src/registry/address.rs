//! Where an index is: what the policy says, else what the ecosystem's own client is configured with.
//! Pure: environment and files come as data. No default is known here, so without a configuration there is no address.

use std::collections::BTreeMap;
use std::fmt;

use super::read::Protocol;

mod cargo;
mod npm;
mod pip;

/// An index's address. Credentials in it are kept apart and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: String,
    secret: Option<Secret>,
}

/// How to sign in to an index.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Secret {
    /// `user:password`.
    Basic(String),
    /// A token.
    Bearer(String),
}

/// A configured address that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the index's address from {place} cannot be used: {why}")]
pub struct BadAddress {
    place: String,
    why: String,
}

/// What a client is configured with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Configuration {
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Each client's files, the most important first: name and text. No client reads another's.
    pub files: BTreeMap<Protocol, Vec<(String, String)>>,
}

impl Configuration {
    fn of(&self, protocol: Protocol) -> &[(String, String)] {
        self.files.get(&protocol).map_or(&[], Vec::as_slice)
    }
}

impl Address {
    /// Reads an address; `place` says where it stands.
    ///
    /// # Errors
    /// When it is no `http` or `https` address.
    pub fn parse(text: &str, place: &str) -> Result<Self, BadAddress> {
        let bad = |why: &str| BadAddress { place: place.to_owned(), why: why.to_owned() };
        let text = text.trim().trim_start_matches("sparse+");
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(bad("it does not start with `https://`"));
        };
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "https" && scheme != "http" {
            return Err(bad("it is neither `https` nor `http`"));
        }
        if rest.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(bad("it has blanks or control characters"));
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        if host.is_empty() || host.starts_with(':') {
            return Err(bad("it names no host"));
        }
        // A password with a `/` of its own would be taken for a port and a path, and be shown in both.
        let port = host.rsplit_once(']').map_or(host, |(_, port)| port).split_once(':').map_or("", |(_, port)| port);
        if !port.chars().all(|c| c.is_ascii_digit()) {
            return Err(bad("its port is no number; write a `/`, `:` or `@` of a name or password as `%2F`, `%3A` or `%40`"));
        }
        if path.contains(['?', '#']) {
            return Err(bad("it has a query or a fragment"));
        }
        let secret = user.map(|user| Secret::Basic(percent_encoding::percent_decode_str(user).decode_utf8_lossy().into_owned()));
        Ok(Self { url: format!("{scheme}://{host}{path}"), secret })
    }

    /// Returns the address without credentials.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the `Authorization` header's value, if any.
    pub(super) fn authorization(&self) -> Option<String> {
        self.secret.as_ref().map(|secret| match secret {
            Secret::Basic(pair) => {
                let pair = if pair.contains(':') { pair.clone() } else { format!("{pair}:") };
                format!("Basic {}", base64(pair.as_bytes()))
            }
            Secret::Bearer(token) => format!("Bearer {token}"),
        })
    }

    fn signed(self, secret: Option<Secret>) -> Self {
        let secret = self.secret.or(secret);
        Self { secret, ..self }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.secret.is_some() { ", with a secret" } else { "" };
        write!(f, "Address({}{secret})", self.url)
    }
}

impl fmt::Debug for Configuration {
    /// Neither values nor texts: both may hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<&str> = self.files.values().flatten().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Configuration").field("files", &files).finish_non_exhaustive()
    }
}

/// Finds a package's index: the policy's `index`, else what the client is configured with, else `None`.
///
/// # Errors
/// When the address that counts cannot be used; a less important one never takes its place in silence.
pub fn find(protocol: Protocol, package: &str, policy: Option<&str>, configuration: &Configuration) -> Result<Option<Address>, BadAddress> {
    if let Some(index) = policy {
        let address = Address::parse(index, "the policy's `index`")?;
        let secret = (protocol == Protocol::Npm).then(|| npm::token(address.url(), configuration)).flatten();
        return Ok(Some(address.signed(secret)));
    }
    match protocol {
        Protocol::Pypi => pip::find(configuration),
        Protocol::Npm => npm::find(package, configuration),
        Protocol::Crates => cargo::find(configuration),
    }
}

/// Returns the files to read for a protocol, the most important first; the caller reads those that exist.
pub fn files(protocol: Protocol, environment: &BTreeMap<String, String>) -> Vec<String> {
    let of = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
    let home = |path: &str| of("HOME").or_else(|| of("USERPROFILE")).map(|home| format!("{home}/{path}"));
    let all = match protocol {
        Protocol::Pypi => match of("PIP_CONFIG_FILE") {
            Some(file) => vec![Some(file)],
            None => vec![
                of("VIRTUAL_ENV").map(|path| format!("{path}/pip.conf")),
                of("XDG_CONFIG_HOME").map(|path| format!("{path}/pip/pip.conf")).or_else(|| home(".config/pip/pip.conf")),
                home(".pip/pip.conf"),
                Some("/etc/pip.conf".into()),
            ],
        },
        Protocol::Npm => {
            vec![Some(".npmrc".into()), of("NPM_CONFIG_USERCONFIG").or_else(|| of("npm_config_userconfig")).or_else(|| home(".npmrc"))]
        }
        Protocol::Crates => vec![
            Some(".cargo/config.toml".into()),
            of("CARGO_HOME").map(|path| format!("{path}/config.toml")).or_else(|| home(".cargo/config.toml")),
        ],
    };
    all.into_iter().flatten().collect()
}

/// `key = value` lines under `[section]` heads, as pip and npm write them.
fn settings(text: &str) -> impl Iterator<Item = (String, &str, String)> {
    let mut section = String::new();
    text.lines().map(str::trim).filter_map(move |line| {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim().to_ascii_lowercase();
            return None;
        }
        if line.starts_with(['#', ';']) {
            return None;
        }
        let (key, value) = line.split_once('=')?;
        Some((section.clone(), key.trim(), value.trim().trim_matches(['"', '\'']).to_owned()))
    })
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| (bits << 8) | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = usize::try_from((bits >> (18 - 6 * at)) & 63).unwrap_or(0);
            text.push(if at <= chunk.len() { char::from(DIGITS[digit]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
