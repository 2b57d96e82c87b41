//! Makes a repository ready: what its policy and workflows should say, and what differs from what is there. Nothing of
//! other people's is ever overwritten.

mod difference;
mod environments;
mod packages;
mod policy;
mod survey;
mod workflows;

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

pub use difference::difference;
pub use environments::{closed, is_closed};
pub use packages::{FoundPackage, packages};
pub use policy::{Choices, PLACEHOLDERS, release_tool};
pub use survey::{Survey, survey};

/// A file that a ready repository has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where, from the top.
    pub path: &'static str,
    /// What it should say.
    pub text: String,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// It was not there, and was written.
    Written,
    /// It said that already.
    Unchanged,
    /// It says something else, and was left alone; the difference to what would be written.
    Left(String),
}

/// Returns the files of a ready repository.
pub fn files(survey: &Survey, choices: &Choices, branch: &str) -> Vec<File> {
    let policy = File { path: ".github/rollback.yml", text: policy::policy(survey, choices, branch) };
    std::iter::once(policy).chain(workflows::workflows(choices)).collect()
}

/// Puts a file where nothing is; what is there stays.
///
/// # Errors
/// When it cannot be read or written, or a link leads elsewhere.
pub fn place(root: &Path, file: &File) -> Result<Placed> {
    let path = root.join(file.path);
    let directory = path.parent().unwrap_or(root);
    std::fs::create_dir_all(directory).with_context(|| format!("cannot make the directory `{}`", directory.display()))?;
    // A directory of the repository may be a link to anywhere; its content is not ours to choose.
    let inside = directory.canonicalize().and_then(|directory| Ok(directory.starts_with(root.canonicalize()?)));
    ensure!(
        inside.with_context(|| format!("cannot read `{}`", directory.display()))?,
        "`{}` leads out of the repository",
        directory.display()
    );
    match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(mut new) => {
            std::io::Write::write_all(&mut new, file.text.as_bytes()).with_context(|| format!("cannot write `{}`", path.display()))?;
            Ok(Placed::Written)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            let there = String::from_utf8_lossy(&there);
            // A checkout on Windows may have other line ends; that is nobody's change.
            match there.replace("\r\n", "\n") == file.text {
                true => Ok(Placed::Unchanged),
                false => Ok(Placed::Left(difference(file.path, &there, &file.text))),
            }
        }
        Err(error) => Err(error).with_context(|| format!("cannot write `{}`", path.display())),
    }
}
