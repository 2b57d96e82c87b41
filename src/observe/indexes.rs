//! What the packages' registries have ever published, at the address their own clients use.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::config::{Package, Registry};
use crate::registry::address::{Configuration, find};
use crate::registry::http::{Client, Limits};
use crate::registry::{Index, Protocol, read};

/// What was read, and what could not be, in sentences.
#[derive(Debug, Clone, Default)]
pub(super) struct Indexes {
    pub(super) read: BTreeMap<(Registry, String), Index>,
    pub(super) notes: Vec<String>,
    /// The packages whose index has no known address, in sentences.
    pub(super) unread: Vec<String>,
}

/// Reads the index of each package that has a known address; a registry that does not answer stops nothing.
pub(super) async fn indexes(packages: &[Package], clients: &Configuration) -> Indexes {
    let known = packages.iter().filter_map(|package| Some((package, Protocol::of(package.registry)?)));
    let mut indexes = Indexes::default();
    let answers = join_all(known.map(|(package, protocol)| async move { (package, index(package, protocol, clients).await) })).await;
    for (package, answer) in answers {
        match answer {
            Ok(Answer::Index(index)) => {
                indexes.read.insert((package.registry, package.name.clone()), index);
            }
            Ok(Answer::Unknown) => {}
            Ok(Answer::NoAddress) => indexes.unread.push(format!(
                "the index of `{}` {} was not read, since its address is not known: name it with `index` in the policy, or configure the client on the runner",
                package.name,
                package.registry.place()
            )),
            Err(why) => indexes
                .notes
                .push(format!("the index of `{}` could not be read ({why}); who gets what is computed from tags alone", package.name)),
        }
    }
    indexes
}

/// What came of reading one index.
enum Answer {
    Index(Index),
    /// It does not know the package.
    Unknown,
    /// Neither the policy nor a client's configuration says where it is.
    NoAddress,
}

async fn index(package: &Package, protocol: Protocol, clients: &Configuration) -> Result<Answer, String> {
    let Some(address) = find(protocol, &package.name, package.index.as_deref(), clients).map_err(|error| error.to_string())? else {
        return Ok(Answer::NoAddress);
    };
    let client = Client::new(Limits::default()).map_err(|error| error.to_string())?;
    let index = read(&client, protocol, &address, &package.name).await.map_err(|error| error.to_string())?;
    Ok(index.map_or(Answer::Unknown, Answer::Index))
}
