//! Request parameters of the OAuth endpoints.

use axum::http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;
use url::form_urlencoded;

use super::OAuthError;
use crate::world::World;

/// Named parameters, each at most once (RFC 6749 3.1, 3.2).
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query.
    ///
    /// # Errors
    /// `invalid_request` when a parameter is repeated.
    pub(crate) fn from_query(query: Option<&str>) -> Result<Self, OAuthError> {
        Self::once(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// Reads a body that must be a form.
    ///
    /// # Errors
    /// `invalid_request` when it is not, or a parameter is repeated.
    pub(crate) fn from_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        if !content_type(headers).starts_with("application/x-www-form-urlencoded") {
            return Err(OAuthError::invalid_request("The body must be a form."));
        }
        Self::from_body(headers, body)
    }

    /// Reads a body, form or JSON: Auth0's token endpoint takes both.
    ///
    /// # Errors
    /// `invalid_request` when the body is neither, or a parameter is repeated.
    pub(crate) fn from_body(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let content_type = content_type(headers);
        if content_type.starts_with("application/x-www-form-urlencoded") {
            return Self::once(form_urlencoded::parse(body).into_owned().collect());
        }
        if !content_type.starts_with("application/json") {
            return Err(OAuthError::invalid_request("The body must be a form or JSON."));
        }
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
            return Err(OAuthError::invalid_request("The body is not a JSON object."));
        };
        Ok(Self(
            members
                .into_iter()
                .filter_map(|(name, value)| match value {
                    Value::String(text) => Some((name, text)),
                    Value::Null => None,
                    other => Some((name, other.to_string())),
                })
                .collect(),
        ))
    }

    /// Parameters that were read before.
    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All of them, in order.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The API asked for at `/authorize`, pushed requests, CIBA and refresh: `audience`, else `resource` where the tenant's compatibility
    /// profile is on (RFC 8707). Other flows know `audience` only.
    pub(crate) fn audience(&self, world: &World) -> Option<String> {
        let resource =
            || self.get("resource").filter(|_| world.state().directory.policies.resource_parameter_compatibility);
        self.get("audience").or_else(resource).map(str::to_owned)
    }

    /// A parameter that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, value)| found == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request` naming it.
    pub(crate) fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::invalid_request(&format!("Missing required parameter: {name}")))
    }

    /// The space-separated scopes, without repetitions.
    pub(crate) fn scopes(&self) -> Vec<String> {
        let mut scopes: Vec<String> = Vec::new();
        for scope in self.get("scope").unwrap_or_default().split_whitespace() {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        scopes
    }

    fn once(pairs: Vec<(String, String)>) -> Result<Self, OAuthError> {
        for (index, (name, _)) in pairs.iter().enumerate() {
            if pairs.iter().skip(index.saturating_add(1)).any(|(other, _)| other == name) {
                return Err(OAuthError::invalid_request(&format!("The parameter {name} was sent twice.")));
            }
        }
        Ok(Self(pairs))
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
