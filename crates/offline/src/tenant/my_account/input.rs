//! Bodies of the My Account API: JSON objects whose members are checked one by one.

use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::{Map, Value};
use url::Url;

use super::error::ApiError;

/// A body with the problems found in it so far.
#[derive(Debug)]
pub(crate) struct Input {
    members: Map<String, Value>,
    problems: Vec<(String, String)>,
}

impl Input {
    /// Reads the body.
    ///
    /// # Errors
    /// 415 unless it says it is JSON, 400 unless it is an object with no other members than `known`.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8], known: &[&str]) -> Result<Self, ApiError> {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.starts_with("application/json") {
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be application/json."));
        }
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
            return Err(ApiError::bad_request("The body is not a JSON object."));
        };
        let problems = members
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| (name.clone(), "is not a known property".to_owned()))
            .collect();
        Ok(Self { members, problems })
    }

    /// A text of `min` to `max` characters, or nothing.
    pub(crate) fn text(&mut self, name: &str, min: usize, max: usize) -> Option<String> {
        let value = self.members.get(name)?;
        let text = value.as_str().filter(|text| (min..=max).contains(&text.chars().count())).map(str::to_owned);
        if text.is_none() {
            self.problem(name, &format!("must be a text of {min} to {max} characters"));
        }
        text
    }

    /// A text that must be there; empty when it is not, with the problem noted.
    pub(crate) fn required(&mut self, name: &str, min: usize, max: usize) -> String {
        if !self.members.contains_key(name) {
            self.problem(name, "is required");
        }
        self.text(name, min, max).unwrap_or_default()
    }

    /// A URI that must be there.
    pub(crate) fn required_uri(&mut self, name: &str) -> String {
        let text = self.required(name, 1, 2048);
        if !text.is_empty() && Url::parse(&text).is_err() {
            self.problem(name, "must be a URI");
        }
        text
    }

    /// 1 to 100 distinct texts of 1 to 255 characters, or nothing.
    pub(crate) fn scopes(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.members.get(name)?;
        let scopes: Option<Vec<String>> =
            value.as_array().filter(|items| (1..=100).contains(&items.len())).and_then(|items| {
                items
                    .iter()
                    .map(|item| {
                        item.as_str().filter(|text| (1..=255).contains(&text.chars().count())).map(str::to_owned)
                    })
                    .collect()
            });
        let distinct = scopes.filter(|scopes| {
            scopes
                .iter()
                .enumerate()
                .all(|(index, scope)| !scopes.iter().skip(index.saturating_add(1)).any(|other| other == scope))
        });
        if distinct.is_none() {
            self.problem(name, "must be 1 to 100 distinct texts of 1 to 255 characters");
        }
        distinct
    }

    /// An object, or nothing.
    pub(crate) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        let value = self.members.get(name)?;
        let object = value.as_object().cloned();
        if object.is_none() {
            self.problem(name, "must be an object");
        }
        object
    }

    /// Notes a problem.
    pub(crate) fn problem(&mut self, name: &str, detail: &str) {
        self.problems.push((name.to_owned(), detail.to_owned()));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// 400 with every problem found.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ApiError::validation(&self.problems)) }
    }
}
