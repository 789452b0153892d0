//! Queries of lists: Auth0 pages by number (`page`, `per_page`, `include_totals`) or by checkpoint (`from`, `take`).

use axum::Json;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::error::ManagementError;

/// Most records of one page.
const MOST: usize = 100;
/// Records of a page where the query names no number.
const USUAL: usize = 50;

/// How an endpoint pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paging {
    /// By number: a bare list, or with `include_totals` an object with `start`, `limit` and `total`.
    Numbers,
    /// By number, always an object, with `page` and `per_page` (actions).
    NumbersInObject,
    /// By checkpoint: an object with `next`; without `take` or `from` a bare list where the flag says so.
    Checkpoints {
        /// Whether a query without `take` and `from` gets a bare list.
        bare: bool,
    },
}

/// A list query that was read.
#[derive(Debug)]
pub(crate) struct Listing {
    pairs: Vec<(String, String)>,
    paging: Paging,
    start: usize,
    limit: usize,
}

impl Listing {
    /// Reads a query that may have the paging parameters and those named.
    ///
    /// # Errors
    /// 400 for an unknown or repeated parameter, a number out of range, a checkpoint that is none.
    pub(crate) fn read(query: Option<&str>, paging: Paging, more: &[&str]) -> Result<Self, ManagementError> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        let known: &[&str] = match paging {
            Paging::Numbers => &["page", "per_page", "include_totals"],
            Paging::NumbersInObject => &["page", "per_page"],
            Paging::Checkpoints { .. } => &["from", "take", "include_totals"],
        };
        for (index, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) && !more.contains(&name.as_str()) {
                return Err(ManagementError::query(&format!("Additional properties not allowed: {name}")));
            }
            if pairs.iter().skip(index.saturating_add(1)).any(|(other, _)| other == name) {
                return Err(ManagementError::query(&format!("{name} was sent twice")));
            }
        }
        let mut listing = Self { pairs, paging, start: 0, limit: USUAL };
        let size = if matches!(paging, Paging::Checkpoints { .. }) { "take" } else { "per_page" };
        if let Some(limit) = listing.number(size, 1, MOST)? {
            listing.limit = limit;
        }
        listing.start = if matches!(paging, Paging::Checkpoints { .. }) {
            listing.checkpoint()?
        } else {
            listing.number("page", 0, 1000)?.unwrap_or_default().saturating_mul(listing.limit)
        };
        listing.flag("include_totals")?;
        Ok(listing)
    }

    /// A parameter that is there.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is `true` or `false`.
    ///
    /// # Errors
    /// 400 when it is neither.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ManagementError> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(ManagementError::query(&format!("Expected type boolean on property {name}"))),
        }
    }

    /// The page of `all`, in the form that the query asks for, with `fields` and `include_fields` kept.
    ///
    /// # Errors
    /// 400 when `include_fields` is no boolean.
    pub(crate) fn answer(&self, member: &str, all: Vec<Value>) -> Result<Json<Value>, ManagementError> {
        let total = all.len();
        let end = self.start.saturating_add(self.limit);
        let page: Vec<Value> = all.into_iter().skip(self.start).take(self.limit).collect();
        let page = self.fields(page)?;
        let mut answer = Map::new();
        match self.paging {
            Paging::Numbers if self.flag("include_totals")? != Some(true) => return Ok(Json(Value::Array(page))),
            Paging::Checkpoints { bare: true } if self.get("take").is_none() && self.get("from").is_none() => {
                return Ok(Json(Value::Array(page)));
            }
            Paging::Numbers => {
                answer.insert("start".to_owned(), self.start.into());
                answer.insert("limit".to_owned(), self.limit.into());
                answer.insert("total".to_owned(), total.into());
            }
            Paging::NumbersInObject => {
                answer.insert("page".to_owned(), self.start.checked_div(self.limit).unwrap_or_default().into());
                answer.insert("per_page".to_owned(), self.limit.into());
                answer.insert("total".to_owned(), total.into());
            }
            Paging::Checkpoints { .. } => {
                if end < total {
                    answer.insert("next".to_owned(), format!("cp{end}").into());
                }
            }
        }
        answer.insert(member.to_owned(), Value::Array(page));
        Ok(Json(Value::Object(answer)))
    }

    fn fields(&self, page: Vec<Value>) -> Result<Vec<Value>, ManagementError> {
        let Some(fields) = self.get("fields") else { return Ok(page) };
        let kept = self.flag("include_fields")?.unwrap_or(true);
        Ok(page.into_iter().map(|record| only(record, fields, kept)).collect())
    }

    fn number(&self, name: &str, least: usize, most: usize) -> Result<Option<usize>, ManagementError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let fits = text.parse().ok().filter(|number| (least..=most).contains(number));
        let refusal = || ManagementError::query(&format!("{name} must be a number from {least} to {most}"));
        fits.map(Some).ok_or_else(refusal)
    }

    fn checkpoint(&self) -> Result<usize, ManagementError> {
        let Some(text) = self.get("from") else { return Ok(0) };
        let start = text.strip_prefix("cp").and_then(|number| number.parse().ok());
        start.ok_or_else(|| ManagementError::query("from is no checkpoint"))
    }
}

/// The record with (or without) the members in a comma list.
pub(crate) fn only(record: Value, fields: &str, kept: bool) -> Value {
    let Value::Object(members) = record else { return json!({}) };
    let named = |name: &str| fields.split(',').any(|field| field == name);
    Value::Object(members.into_iter().filter(|(name, _)| named(name) == kept).collect())
}
