//! Pagination: `per_page`, `page`, and the `Link` header.
//!
//! <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api>

use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::Reply;
use crate::request::SEGMENT;

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// Returns the page a call asks for: 30 items unless it says otherwise, at most 100.
    pub(crate) fn of(call: &Call) -> Self {
        let number = |name: &str| call.param(name).and_then(|text| text.parse::<usize>().ok()).filter(|value| *value > 0);
        Self { number: number("page").unwrap_or(1), size: number("per_page").unwrap_or(30).min(100) }
    }

    /// Returns how many items come before the page.
    pub(crate) fn skip(self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    /// Returns how many items are on it at most.
    pub(crate) fn size(self) -> usize {
        self.size
    }

    /// Tells whether it is the first one.
    pub(crate) fn is_first(self) -> bool {
        self.number == 1
    }

    /// Adds the links to the other pages.
    pub(crate) fn links(self, call: &Call, total: usize, reply: Reply) -> Reply {
        let last = total.div_ceil(self.size).max(1);
        let mut links = Vec::new();
        let mut link = |number: usize, relation: &str| links.push(format!("<{}>; rel=\"{relation}\"", self.url(call, number)));
        if self.number > 1 {
            link((self.number - 1).min(last), "prev");
        }
        if self.number < last {
            link(self.number + 1, "next");
            link(last, "last");
        }
        if self.number > 1 {
            link(1, "first");
        }
        if links.is_empty() { reply } else { reply.header("link", links.join(", ")) }
    }

    /// Adds the links where the end of the list is not known: `total` is only how far has been looked.
    pub(crate) fn links_without_last(self, call: &Call, total: usize, reply: Reply) -> Reply {
        let mut links = Vec::new();
        if self.number > 1 {
            links.push(format!("<{}>; rel=\"prev\"", self.url(call, self.number - 1)));
            links.push(format!("<{}>; rel=\"first\"", self.url(call, 1)));
        }
        if total > self.number.saturating_mul(self.size) {
            links.push(format!("<{}>; rel=\"next\"", self.url(call, self.number + 1)));
        }
        if links.is_empty() { reply } else { reply.header("link", links.join(", ")) }
    }

    fn url(self, call: &Call, number: usize) -> String {
        let mut url = format!("{}{}?", call.base, call.path);
        for (name, value) in call.query.iter().filter(|(name, _)| *name != "page") {
            url.extend([name.as_str(), "="]);
            url.extend(utf8_percent_encode(value, SEGMENT));
            url.push('&');
        }
        url + &format!("page={number}")
    }
}

/// Answers one page of these items, each made into JSON only when it is on the page.
pub(crate) fn list<T>(call: &Call, items: &[T], shape: impl FnMut(&T) -> Value) -> Reply {
    let page = Page::of(call);
    let shown: Vec<Value> = items.iter().skip(page.skip()).take(page.size()).map(shape).collect();
    page.links(call, items.len(), Reply::ok(Value::Array(shown)))
}

/// Answers one page of these items inside an object with their count, as the Actions routes do.
pub(crate) fn counted<T>(call: &Call, field: &str, items: &[T], shape: impl FnMut(&T) -> Value) -> Reply {
    let page = Page::of(call);
    let shown: Vec<Value> = items.iter().skip(page.skip()).take(page.size()).map(shape).collect();
    page.links(call, items.len(), Reply::ok(json!({"total_count": items.len(), field: shown})))
}
