//! Which part of a list, and the token of the next.

use base64ct::{Base64Url, Encoding as _};
use deputy_http::parse_query;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::refusal::{Refusal, VALIDATION_ERROR};
use super::rules::{Broken, Pattern, matching, refused, short};

/// How many a page has where nothing is said.
const DEFAULT_PAGE_SIZE: usize = 50;
/// The most bytes of a token.
const MAX_TOKEN_BYTES: usize = 5_120;

/// A part of a list.
pub(super) struct Page {
    pub size: usize,
    /// What the token says; `None` for the first page.
    pub after: Option<String>,
}

impl Page {
    /// `size` is checked by the caller's rule. `message` is the request's name.
    pub fn new(message: &str, size: usize, token: &str) -> Result<Self, Refusal> {
        short(message, "ContinuationToken", MAX_TOKEN_BYTES, token)?;
        matching(message, "ContinuationToken", Pattern::ContinuationToken, token)?;
        let after = if token.is_empty() { None } else { Some(decode(token)?) };
        Ok(Self { size, after })
    }

    /// After which position; 0 for the first page.
    pub fn position(&self) -> Result<u64, Refusal> {
        self.after.as_deref().map_or(Ok(0), |after| after.parse().map_err(|_| Refusal::invalid_continuation_token()))
    }

    /// Leaves of one more than a page a page, and gives the token of the next if there is one.
    pub fn cut<T>(&self, items: &mut Vec<T>, name: impl FnOnce(&T) -> String) -> String {
        if items.len() <= self.size {
            return String::new();
        }
        items.truncate(self.size);
        items.last().map(|last| encode(&name(last))).unwrap_or_default()
    }

    /// One more than a page: whether there is a next one.
    pub fn and_one(&self) -> usize {
        self.size.saturating_add(1)
    }
}

/// The token of what comes after this.
pub(super) fn encode(after: &str) -> String {
    Base64Url::encode_string(after.as_bytes())
}

fn decode(token: &str) -> Result<String, Refusal> {
    let bytes = Base64Url::decode_vec(token).map_err(|_| Refusal::invalid_continuation_token())?;
    String::from_utf8(bytes).map_err(|_| Refusal::invalid_continuation_token())
}

/// 1 to 100; 50 where nothing is said.
pub(super) fn size(message: &str, size: Option<i64>) -> Result<usize, Refusal> {
    let Some(size) = size else { return Ok(DEFAULT_PAGE_SIZE) };
    usize::try_from(size)
        .ok()
        .filter(|size| (1..=100).contains(size))
        .ok_or_else(|| refused(message, "PageSize", Broken::Outside(1, 100)))
}

/// 1 or more.
pub(super) fn unbounded_size(message: &str, size: Option<i64>) -> Result<usize, Refusal> {
    let Some(size) = size else { return Ok(DEFAULT_PAGE_SIZE) };
    usize::try_from(size).ok().filter(|size| *size > 0).ok_or_else(|| refused(message, "PageSize", Broken::LessThan(1)))
}

/// A number in a body, which may be written as text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse::<i32>().ok().map(i64::from),
        _ => None,
    };
    number.map(Some).ok_or_else(|| serde::de::Error::custom("no number"))
}

/// The parameters of a query. Of one that is there twice the last counts, as with OpenFGA.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub fn new(query: Option<&str>) -> Self {
        Self(parse_query(query.unwrap_or_default()).into_iter().collect())
    }

    pub fn text(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// `page_size`, which must be a number.
    pub fn page_size(&self) -> Result<Option<i64>, Refusal> {
        match self.text("page_size") {
            "" => Ok(None),
            text => text
                .parse::<i32>()
                .map(|size| Some(i64::from(size)))
                .map_err(|_| Refusal::new(VALIDATION_ERROR, "parsing field \"page_size\": it is no number")),
        }
    }

    /// A page of a list that has pages of 100 at most.
    pub fn page(&self, message: &str) -> Result<Page, Refusal> {
        Page::new(message, size(message, self.page_size()?)?, self.text("continuation_token"))
    }
}
