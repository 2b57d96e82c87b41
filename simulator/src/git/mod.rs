//! The git half of the world: real objects in a real bare repository, driven with the `git` program.
//!
//! Reads go through `git cat-file` processes that stay alive, refs are kept in memory and written through. Nothing is
//! ever written to the repository whose objects are borrowed.

mod batch;
mod command;
mod compare;
mod loose;
mod object;
mod scratch;
mod write;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use batch::Batch;
use command::{git, git_in};
use scratch::Scratch;

pub use compare::Change;
pub(crate) use object::is_oid;
pub use object::{Commit, Entry, Kind, Object, Person, TagObject};
pub use write::NewCommit;

/// One bare repository of the simulator.
#[derive(Debug)]
pub struct Git {
    scratch: Scratch,
    /// The objects of the clone that this repository borrows.
    borrowed: Option<PathBuf>,
    /// Full ref name to object id, branches and tags only.
    pub refs: BTreeMap<String, String>,
    contents: RefCell<Option<Batch>>,
    checks: RefCell<Option<Batch>>,
    commits: RefCell<BTreeMap<String, Commit>>,
}

impl Git {
    /// Makes an empty repository.
    ///
    /// # Errors
    /// When the `git` program is missing or the temporary directory cannot be written.
    pub fn empty() -> Result<Self> {
        let scratch = Scratch::new()?;
        git_in(None, &["init", "--bare", "--quiet", "--template=", &scratch.path().to_string_lossy()], b"")?;
        Ok(Self {
            scratch,
            borrowed: None,
            refs: BTreeMap::new(),
            contents: RefCell::new(None),
            checks: RefCell::new(None),
            commits: RefCell::new(BTreeMap::new()),
        })
    }

    /// Makes a repository that borrows the objects of another one and copies its branches and tags, and returns the
    /// name of its default branch beside it.
    ///
    /// A branch that is known only from the remote `origin` counts as a branch.
    ///
    /// # Errors
    /// When there is no repository at the path, or when objects are missing from it because it is a shallow or a
    /// partial clone.
    pub fn borrowing(source: &Path) -> Result<(Self, Option<String>)> {
        let common = common_directory(source)?;
        if common.join("shallow").exists() {
            bail!(
                "the clone at `{}` is shallow, and the simulator needs the whole history; run `git fetch --unshallow --tags` first",
                source.display()
            );
        }
        if is_partial(source) {
            bail!(
                "the clone at `{}` is a partial one, and the simulator needs every object; make a full clone without `--filter`",
                source.display()
            );
        }
        if format_of(source) == "sha256" {
            bail!("the clone at `{}` names objects by SHA-256, which GitHub does not", source.display());
        }
        let mut made = Self::empty()?;
        let info = made.path().join("objects/info");
        std::fs::create_dir_all(&info)?;
        let objects = common.join("objects");
        std::fs::write(info.join("alternates"), format!("{}\n", objects.display()))?;
        made.borrowed = Some(objects);
        made.import_refs(source)?;
        let head = made.head_of(source);
        Ok((made, head))
    }

    /// Returns the directory of the bare repository.
    pub fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Returns the object id of a full ref name.
    pub fn reference(&self, name: &str) -> Option<&str> {
        self.refs.get(name).map(String::as_str)
    }

    /// Returns the object id of a branch.
    pub fn branch(&self, name: &str) -> Option<&str> {
        self.reference(&format!("refs/heads/{name}"))
    }

    /// Returns the branches by name.
    pub fn branches(&self) -> impl Iterator<Item = (&str, &str)> {
        self.under("refs/heads/")
    }

    /// Returns the tags by name, with what the ref itself points at.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.under("refs/tags/")
    }

    fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.refs.range(prefix.to_owned()..).map_while(move |(name, oid)| name.strip_prefix(prefix).map(|short| (short, oid.as_str())))
    }

    /// Returns the commit that a name stands for: a sha or the beginning of one, a branch, a tag, `heads/x`, `tags/x`
    /// or a full ref name.
    pub fn resolve(&self, name: &str) -> Option<String> {
        let candidates = [name.to_owned(), format!("refs/{name}"), format!("refs/heads/{name}"), format!("refs/tags/{name}")];
        if let Some(oid) = candidates.iter().find_map(|candidate| self.refs.get(candidate)) {
            return self.peel(oid);
        }
        if !(4..=40).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let oid = self.full_oid(name)?;
        self.peel(&oid)
    }

    /// Returns the commit behind an object id, through any number of annotated tags.
    pub fn peel(&self, oid: &str) -> Option<String> {
        let mut oid = oid.to_owned();
        for _ in 0..10 {
            match self.kind(&oid)?.0 {
                Kind::Commit => return Some(oid),
                Kind::Tag => oid = self.tag(&oid)?.target,
                Kind::Tree | Kind::Blob => return None,
            }
        }
        None
    }

    /// Sets a ref, or deletes it where `oid` is `None`.
    ///
    /// # Errors
    /// When git refuses the name or the object.
    pub fn set_ref(&mut self, name: &str, oid: Option<&str>) -> Result<()> {
        match oid {
            Some(oid) => {
                let before = self.refs.get(name).map_or("0000000000000000000000000000000000000000", String::as_str);
                self.run(&["update-ref", name, oid, before])?;
                self.refs.insert(name.to_owned(), oid.to_owned());
            }
            None => {
                self.run(&["update-ref", "-d", name])?;
                self.refs.remove(name);
            }
        }
        Ok(())
    }

    /// Reads the refs again, after something else wrote to the bare repository.
    ///
    /// # Errors
    /// When git cannot list them.
    pub fn refresh(&mut self) -> Result<()> {
        let listed = self.run(&["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags"])?;
        self.refs = pairs(&listed).map(|(oid, name)| (name.to_owned(), oid.to_owned())).collect();
        Ok(())
    }

    /// Changes refs in one go, by the commands of `git update-ref --stdin`.
    pub(crate) fn update_refs(&self, commands: &str) -> Result<()> {
        git(self.path(), &["update-ref", "--stdin"], commands.as_bytes()).map(drop)
    }

    /// Runs git in the bare repository and returns what it printed.
    ///
    /// # Errors
    /// When git ends with an error; its words are in the message.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let printed = git(self.path(), arguments, b"")?;
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }

    fn import_refs(&mut self, source: &Path) -> Result<()> {
        let format = "--format=%(objectname) %(refname)";
        let listed = git_in(Some(source), &["for-each-ref", format, "refs/remotes/origin", "refs/heads", "refs/tags"], b"")?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        for (oid, name) in pairs(&listed) {
            if let Some(short) = name.strip_prefix("refs/remotes/origin/").filter(|short| *short != "HEAD") {
                self.refs.entry(format!("refs/heads/{short}")).or_insert_with(|| oid.to_owned());
            }
        }
        for (oid, name) in pairs(&listed).filter(|(_, name)| !name.starts_with("refs/remotes/")) {
            self.refs.insert(name.to_owned(), oid.to_owned());
        }
        // The file is git's own format; written at once, since ten thousand tags are ten thousand files otherwise.
        let mut packed = String::from("# pack-refs with: sorted \n");
        for (name, oid) in &self.refs {
            packed.push_str(oid);
            packed.push(' ');
            packed.push_str(name);
            packed.push('\n');
        }
        std::fs::write(self.path().join("packed-refs"), packed).context("could not copy the refs")
    }

    fn head_of(&self, source: &Path) -> Option<String> {
        let short = |name: &str, prefix: &str| {
            let printed = git_in(Some(source), &["symbolic-ref", "--quiet", name], b"").ok()?;
            let target = String::from_utf8_lossy(&printed).trim().to_owned();
            target.strip_prefix(prefix).map(str::to_owned).filter(|branch| self.branch(branch).is_some())
        };
        short("refs/remotes/origin/HEAD", "refs/remotes/origin/")
            .or_else(|| short("HEAD", "refs/heads/"))
            .or_else(|| ["main", "master"].into_iter().find(|name| self.branch(name).is_some()).map(str::to_owned))
    }

    fn full_oid(&self, short: &str) -> Option<String> {
        if short.len() == 40 {
            return Some(short.to_ascii_lowercase());
        }
        let name = format!("{short}^{{commit}}");
        self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).ok().map(|oid| oid.trim().to_owned())
    }
}

fn pairs(listed: &str) -> impl Iterator<Item = (&str, &str)> {
    listed.lines().filter_map(|line| line.split_once(' '))
}

fn common_directory(source: &Path) -> Result<PathBuf> {
    let printed = git_in(Some(source), &["rev-parse", "--git-common-dir"], b"")
        .with_context(|| format!("`{}` is not a git repository", source.display()))?;
    let named = PathBuf::from(String::from_utf8_lossy(&printed).trim_end_matches('\n'));
    let common = if named.is_absolute() { named } else { source.join(named) };
    common.canonicalize().with_context(|| format!("could not find `{}`", common.display()))
}

fn format_of(source: &Path) -> String {
    let printed = git_in(Some(source), &["rev-parse", "--show-object-format"], b"").unwrap_or_default();
    String::from_utf8_lossy(&printed).trim().to_owned()
}

fn is_partial(source: &Path) -> bool {
    git_in(Some(source), &["config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$"], b"")
        .is_ok_and(|printed| !printed.is_empty())
}
