//! One `git cat-file` process that stays alive and answers one question after another.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context as _, Result, bail};

use super::command::command;

#[derive(Debug)]
pub(super) struct Batch {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Batch {
    /// Starts the process; `mode` is `--batch` or `--batch-check`.
    pub(super) fn start(directory: &Path, mode: &str) -> Result<Self> {
        let mut child = command(Some(directory))
            .args(["cat-file", mode])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("could not start `git cat-file`")?;
        let input = child.stdin.take().context("git cat-file has no input")?;
        let output = BufReader::new(child.stdout.take().context("git cat-file has no output")?);
        Ok(Self { child, input, output })
    }

    /// Asks for an object and returns its kind and size, or nothing where it does not exist.
    pub(super) fn header(&mut self, oid: &str) -> Result<Option<(String, u64)>> {
        self.ask(oid)?;
        self.read_header()
    }

    /// Asks a `--batch-check` process for many objects, with few turns between the two processes.
    pub(super) fn headers(&mut self, oids: &[&str]) -> Result<Vec<Option<(String, u64)>>> {
        let mut found = Vec::with_capacity(oids.len());
        // Both directions of a chunk fit into a pipe's buffer, so that neither side waits for the other.
        for chunk in oids.chunks(500) {
            self.ask(&chunk.join("\n"))?;
            for _ in chunk {
                found.push(self.read_header()?);
            }
        }
        Ok(found)
    }

    fn ask(&mut self, oids: &str) -> Result<()> {
        self.input.write_all(format!("{oids}\n").as_bytes())?;
        Ok(self.input.flush()?)
    }

    fn read_header(&mut self) -> Result<Option<(String, u64)>> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let mut words = line.trim_end().split(' ').skip(1);
        match (words.next(), words.next()) {
            (Some(kind), Some(size)) => Ok(Some((kind.to_owned(), size.parse().context("git cat-file printed no size")?))),
            (Some("missing" | "ambiguous"), None) => Ok(None),
            _ => bail!("git cat-file printed `{}`", line.trim_end()),
        }
    }

    /// Asks a `--batch` process for an object and returns its kind and bytes.
    pub(super) fn contents(&mut self, oid: &str) -> Result<Option<(String, Vec<u8>)>> {
        let Some((kind, size)) = self.header(oid)? else {
            return Ok(None);
        };
        let mut bytes = vec![0; usize::try_from(size)? + 1];
        self.output.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(Some((kind, bytes)))
    }
}

#[cfg(test)]
impl Batch {
    /// Ends the process, as a machine without memory does.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
