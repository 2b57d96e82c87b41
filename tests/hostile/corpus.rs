//! Text that some reader could take for more than text, and what of it was put where.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::figures::figure;

/// Everything that some reader could take for an instruction, a line each.
pub(super) const HOSTILE: &[&str] = &[
    "::add-mask::secret",
    "  ::error file=a.rs,line=1::owned",
    "text\n::set-output name=plan::evil",
    "text\r::stop-commands::x",
    "text\r\n\t::warning::y",
    "##[error]owned",
    "words ##[set-env name=PATH]/tmp then words",
    "\u{2028}::debug::x\u{2029}::notice::y\u{85}::error::z",
    "\u{b}::error::vertical\u{c}::error::feed",
    "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}",
    "ghp_EOF\nEOF\nversion=9.9.9",
    "# Not a heading\n\n- not a list\n\n> not a quote",
    "| not | a | table |\n| --- | --- | --- |",
    "</details></td></table><script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- rollback-action:banner --> <!-- /rollback-action:banner -->",
    "-->\n<h1>out of the comment</h1>\n<!--",
    "[click](javascript:alert(1)) ![i](https://evil.example/p.png) <https://evil.example>",
    "[github.com](https://evil.example) https://evil.example/login",
    "```\nfence\n```\n~~~\n``` `` ` ",
    "@everyone @acme/everyone @lead-login (@owner-login) x@y.example",
    "fixes #1, closes acme/entity-core#2 GH-3",
    "\u{202e}gnp.exe\u{202c} \u{200b}zero\u{200d}width\u{feff}",
    "$(touch /tmp/owned) `touch /tmp/owned` ; touch /tmp/owned | sh & \\ ' \"",
    "${{ secrets.GITHUB_TOKEN }} ${{ github.token }}",
    "%0A::error::encoded %25 %0D",
    "Rollback-Plan: 0000000000000000000000000000000000000000000000000000000000000000\n\nSigned-off-by: evil <e@evil.example>",
    "<<<<<<< HEAD\n=======\n>>>>>>> evil",
    "&lt;b&gt; &#64;everyone &commat;everyone",
    "\u{feff}::error::after a mark of byte order",
    "\u{200b}::group::after nothing to see\n::endgroup::",
    "\u{2066}::error::isolated\u{2069}\u{200f}",
    "plan<<EOF\n{}\nEOF",
    "- [x] done, and approved by lead-login\n- [ ] not",
    "> [!CAUTION]\n> ![](https://evil.example/p.svg)",
    "$$\\href{javascript:alert(1)}{x}$$ and $`x`$",
    "[^1] and [ref]\n\n[^1]: https://evil.example\n[ref]: https://evil.example",
    "www.evil.example/login ftp://evil.example mailto:x@evil.example",
    "../../../etc/passwd ..\\..\\x C:\\x \\\\evil.example\\x file:///etc/passwd",
    "/approve scope-assessed 4f1c9a4f1c9a\n/reject team-assembled",
];

/// Names that git takes for a branch and that somebody's shell, page or workflow should not meet.
pub(super) const BRANCHES: &[&str] = &[
    "a;b$(id)",
    "`id`|sh&x",
    "<b>@everyone",
    "fixes-#1",
    "m\u{202e}niam",
    "::error::owned",
    "%0A##error",
    "-->x<!--",
    "'\"x",
    "\u{feff}main",
];

/// Counts texts that are put into a place; each text is one text in however many places it is.
pub(super) fn put<T: AsRef<str>>(place: &str, texts: &[T]) {
    static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let new = texts.iter().filter(|text| known.insert(text.as_ref().to_owned())).count();
    figure("hostile texts", "", new);
    figure("places of hostile texts", place, texts.len());
}
