//! How to ask for one exact version, as each ecosystem writes it.

use crate::domain::version::Version;
use crate::plan::Plan;

/// Returns what to install or pin to get a version: `(pip, pip install entity-core==0.0.13)`.
pub(super) fn pins(plan: &Plan, version: &Version) -> Vec<(String, String)> {
    let consumers = plan.who_gets_what.iter().map(|row| row.consumer.as_str());
    let mut pins: Vec<_> = consumers.filter_map(|consumer| pin(consumer, plan.bad.version.as_str(), version.as_str())).collect();
    pins.dedup();
    pins
}

/// Both from a consumer that asks for no version, or for exactly the bad one.
fn pin(consumer: &str, bad: &str, new: &str) -> Option<(String, String)> {
    let command = |words: &str, between: &str| {
        let name = consumer.strip_prefix(words)?.strip_prefix(' ')?;
        (!name.contains(' ') && !name.is_empty()).then(|| format!("{words} {name}{between}{new}"))
    };
    let clients = [
        ("pip install", "pip", "=="),
        ("npm install", "npm", "@"),
        ("cargo add", "Cargo", "@="),
        ("dotnet add package", ".NET", " --version "),
        ("gem install", "gem", " -v "),
        ("composer require", "Composer", ":"),
        ("helm install", "Helm", " --version "),
    ];
    let found = clients.iter().find_map(|(words, client, between)| Some(((*client).to_owned(), command(words, between)?)));
    found.or_else(|| {
        let pinned = consumer.strip_suffix(bad)?;
        let exact = [("==", "an exact pin"), (":", "an exact tag"), ("@v", "an exact version"), (" = ", "an exact pin")];
        let (_, with) = exact.iter().find(|(end, _)| pinned.ends_with(end))?;
        Some(((*with).to_owned(), format!("{pinned}{new}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(consumer: &str, wanted: Option<&str>) {
        assert_eq!(pin(consumer, "0.1.0", "0.0.13").map(|(_, write)| write).as_deref(), wanted, "{consumer}");
    }

    #[test]
    fn pins_are_written_as_each_ecosystem_writes_them() {
        check("pip install entity-core", Some("pip install entity-core==0.0.13"));
        check("npm install @acme/core", Some("npm install @acme/core@0.0.13"));
        check("cargo add entity-core", Some("cargo add entity-core@=0.0.13"));
        check("entity-core==0.1.0", Some("entity-core==0.0.13"));
        check("acme/core:0.1.0", Some("acme/core:0.0.13"));
        check("go get example.org/core@v0.1.0", Some("go get example.org/core@v0.0.13"));
        for none in ["entity-core~=0.0", "pip install -U entity-core (0.1.0 installed)", "pip install ", "whoever asks for 0.1.0", ""] {
            check(none, None);
        }
    }
}
