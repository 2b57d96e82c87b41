//! Writing one object as git's loose file.
//!
//! Starting `git hash-object` for each would take most of the time of a test. The file is git's own format: the zlib
//! stream of a header and the content, here in stored blocks, which every reader of zlib accepts.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use sha1::{Digest as _, Sha1};

use super::object::Kind;

/// The most bytes of a stored block: <https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4>.
const BLOCK: usize = 65_535;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Writes an object below `objects` and returns its id; one that is there already is left alone.
pub(super) fn write(objects: &Path, kind: Kind, content: &[u8]) -> Result<String> {
    let mut bytes = format!("{} {}\0", kind.name(), content.len()).into_bytes();
    bytes.extend_from_slice(content);
    let oid = format!("{:x}", Sha1::digest(&bytes));
    let (first, rest) = oid.split_at(2);
    let directory = objects.join(first);
    let path = directory.join(rest);
    if path.exists() {
        return Ok(oid);
    }
    let fresh = directory.join(format!("tmp_obj_{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    std::fs::create_dir_all(&directory)
        .and_then(|()| std::fs::write(&fresh, zlib(&bytes)))
        .and_then(|()| std::fs::rename(&fresh, &path))
        .with_context(|| format!("could not write object {oid}"))?;
    Ok(oid)
}

/// Returns a zlib stream that holds the bytes as they are: <https://www.rfc-editor.org/rfc/rfc1950>.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        stream.push(u8::from(blocks.peek().is_none()));
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.extend_from_slice(&length.to_le_bytes());
        stream.extend_from_slice(&(!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    stream.extend_from_slice(&adler32(bytes).to_be_bytes());
    stream
}

fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    (high << 16) | low
}
