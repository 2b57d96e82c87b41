//! Where versions are published, and what can be done there about a bad one.

use std::fmt;
use std::str::FromStr;

use crate::config::Registry;
use crate::domain::git::BadName;
use crate::domain::version::Version;

impl Registry {
    /// Tells whether only a version above the bad one reaches those who float: nothing can be withdrawn, or resolvers ignore it.
    pub fn needs_forward(self) -> bool {
        match self {
            Self::Go | Self::Maven | Self::Nuget | Self::Hex | Self::GithubReleases => true,
            Self::Pypi | Self::Npm | Self::Crates | Self::Oci | Self::Rubygems | Self::Packagist | Self::Helm => false,
        }
    }

    /// Tells whether a withdrawn version is still chosen as if nothing had happened.
    pub fn ignores_withdrawal(self) -> bool {
        match self {
            Self::Maven | Self::Nuget | Self::Hex | Self::GithubReleases => true,
            Self::Pypi | Self::Npm | Self::Crates | Self::Oci | Self::Rubygems | Self::Go | Self::Packagist | Self::Helm => false,
        }
    }

    /// Tells whether `latest` is a pointer that somebody sets; elsewhere the highest version is the latest.
    pub fn has_pointer(self) -> bool {
        match self {
            Self::Npm | Self::Oci | Self::GithubReleases => true,
            Self::Pypi
            | Self::Crates
            | Self::Maven
            | Self::Nuget
            | Self::Rubygems
            | Self::Go
            | Self::Hex
            | Self::Packagist
            | Self::Helm => false,
        }
    }

    /// Tells whether the table is computed with the range engine that the registry's own client has; elsewhere by a rule of ours.
    pub fn has_engine(self) -> bool {
        match self {
            Self::Pypi | Self::Npm | Self::Crates => true,
            Self::Oci
            | Self::Maven
            | Self::Nuget
            | Self::Rubygems
            | Self::Go
            | Self::Hex
            | Self::Packagist
            | Self::Helm
            | Self::GithubReleases => false,
        }
    }

    /// Returns the place as a sentence has it: `on PyPI`, `in the image registry`.
    pub fn place(self) -> String {
        match self {
            Self::Oci | Self::Helm => format!("in {self}"),
            Self::Pypi
            | Self::Npm
            | Self::Crates
            | Self::Maven
            | Self::Nuget
            | Self::Rubygems
            | Self::Go
            | Self::Hex
            | Self::Packagist
            | Self::GithubReleases => format!("on {self}"),
        }
    }

    /// Checks that the version can be published here.
    ///
    /// # Errors
    /// With the reason why not.
    pub fn takes(self, version: &Version) -> Result<(), String> {
        let text = version.as_str();
        match self {
            Self::Pypi => match text.parse::<pep440_rs::Version>() {
                Ok(_) => Ok(()),
                Err(_) => Err("it is no version under PEP 440".into()),
            },
            Self::Npm | Self::Crates | Self::Go | Self::Hex | Self::Helm => {
                semver::Version::parse(text).map(drop).map_err(|error| format!("semver refuses it: {error}"))
            }
            Self::Nuget | Self::Packagist if text.contains('!') || version.numbers().len() < 2 => Err("an epoch is PEP 440's alone".into()),
            Self::Nuget | Self::Packagist if text.contains(".post") || text.contains(".dev") => {
                Err("`.post` and `.dev` are PEP 440's alone".into())
            }
            Self::Rubygems if text.contains('-') => Err("RubyGems rewrites `-` to `.pre.`, so file and tag would differ".into()),
            Self::Oci | Self::Rubygems | Self::Maven if text.contains('!') => Err("`!` is allowed in PEP 440 alone".into()),
            Self::Nuget | Self::Packagist | Self::Rubygems | Self::Oci | Self::Maven | Self::GithubReleases => Ok(()),
        }
    }
}

impl FromStr for Registry {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        Ok(match text {
            "pypi" => Self::Pypi,
            "npm" => Self::Npm,
            "crates" => Self::Crates,
            "oci" => Self::Oci,
            "maven" => Self::Maven,
            "nuget" => Self::Nuget,
            "rubygems" => Self::Rubygems,
            "go" => Self::Go,
            "hex" => Self::Hex,
            "packagist" => Self::Packagist,
            "helm" => Self::Helm,
            "github-releases" => Self::GithubReleases,
            _ => {
                let why = "write `pypi`, `npm`, `crates`, `oci`, `maven`, `nuget`, `rubygems`, `go`, `hex`, `packagist`, `helm` or `github-releases`";
                return Err(BadName::new(text, "registry", why));
            }
        })
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pypi => "PyPI",
            Self::Npm => "npm",
            Self::Crates => "crates.io",
            Self::Oci => "the image registry",
            Self::Maven => "Maven Central",
            Self::Nuget => "NuGet",
            Self::Rubygems => "RubyGems",
            Self::Go => "Go's module proxy",
            Self::Hex => "Hex",
            Self::Packagist => "Packagist",
            Self::Helm => "the chart repository",
            Self::GithubReleases => "GitHub releases",
        })
    }
}
