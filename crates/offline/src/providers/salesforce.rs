//! Salesforce's REST API: `query` with a small part of SOQL, enough for lists of one object.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::bearer::{self, Refusal};
use super::registry;
use crate::world::World;

const QUERY: &str = r"(?ix)^ \s* SELECT \s+ (?<fields> \w+ (?: \s*,\s* \w+ )* ) \s+ FROM \s+ (?<object> \w+ )
    (?: \s+ WHERE \s+ (?<field> \w+ ) \s* = \s* '(?<value> (?: [^'\\] | \\. )* )' )?
    (?: \s+ ORDER \s+ BY \s+ (?<order> \w+ ) (?: \s+ (?<direction> ASC|DESC ) )? )?
    (?: \s+ LIMIT \s+ (?<limit> \d+ ) )? \s* $";

type Objects = BTreeMap<String, Vec<Map<String, Value>>>;

static OBJECTS: LazyLock<Objects> = LazyLock::new(|| registry::parse(include_str!("../../data/salesforce.json")));
static GRAMMAR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(QUERY).ok());

/// How Salesforce refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SalesforceError {
    Token(Refusal),
    Malformed(String),
    UnknownObject(String),
    UnknownField { field: String, object: String },
}

#[derive(Debug, Deserialize)]
struct Parameters {
    q: Option<String>,
}

/// The routes below `/salesforce`.
pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/salesforce/services/data/v57.0/query", get(query))
        .route("/salesforce/services/data/v57.0/query/", get(query))
}

async fn query(
    State(world): State<Arc<World>>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Json<Value>, SalesforceError> {
    let grant = bearer::grant(&world, &headers, "salesforce").map_err(SalesforceError::Token)?;
    bearer::require(&grant, &["api", "full", "web"]).map_err(SalesforceError::Token)?;
    let records = select(&parameters.q.unwrap_or_default())?;
    Ok(Json(json!({"totalSize": records.len(), "done": true, "records": records})))
}

fn select(query: &str) -> Result<Vec<Value>, SalesforceError> {
    let malformed = || SalesforceError::Malformed(query.to_owned());
    let parts = GRAMMAR.as_ref().and_then(|grammar| grammar.captures(query)).ok_or_else(malformed)?;
    let part = |name: &str| parts.name(name).map(|found| found.as_str());
    let wanted = part("object").unwrap_or_default();
    let (object, rows) = OBJECTS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .ok_or_else(|| SalesforceError::UnknownObject(wanted.to_owned()))?;
    let known = |field: &str| {
        let mut names = rows.iter().flat_map(|row| row.keys());
        let found = names.find(|name| name.eq_ignore_ascii_case(field));
        found.cloned().ok_or_else(|| SalesforceError::UnknownField { field: field.to_owned(), object: object.clone() })
    };
    let fields = part("fields")
        .unwrap_or_default()
        .split(',')
        .map(|field| known(field.trim()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rows = rows.iter().collect::<Vec<_>>();
    if let (Some(field), Some(value)) = (part("field"), part("value")) {
        let (field, value) = (known(field)?, unescaped(value));
        rows.retain(|row| row.get(&field).and_then(Value::as_str) == Some(&value));
    }
    if let Some(order) = part("order") {
        let field = known(order)?;
        rows.sort_by(|a, b| compare(a.get(&field), b.get(&field)));
        if part("direction").is_some_and(|direction| direction.eq_ignore_ascii_case("desc")) {
            rows.reverse();
        }
    }
    let limit = part("limit").map(|limit| limit.parse::<usize>().map_err(|_| malformed())).transpose()?;
    let record = |row: &Map<String, Value>| {
        let id = row.get("Id").and_then(Value::as_str).unwrap_or_default();
        let url = format!("/services/data/v57.0/sobjects/{object}/{id}");
        let attributes = ("attributes".to_owned(), json!({"type": object, "url": url}));
        let chosen = fields.iter().map(|field| (field.clone(), row.get(field).cloned().unwrap_or_default()));
        Value::Object(std::iter::once(attributes).chain(chosen).collect())
    };
    Ok(rows.into_iter().take(limit.unwrap_or(usize::MAX)).map(record).collect())
}

/// A quoted text without its backslashes.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a.and_then(Value::as_f64), b.and_then(Value::as_f64)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.and_then(Value::as_str).cmp(&b.and_then(Value::as_str)),
    }
}

impl IntoResponse for SalesforceError {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::Token(Refusal::Scope { .. }) => {
                let message = "This session is not valid for use with the REST API".to_owned();
                (StatusCode::FORBIDDEN, "INVALID_SESSION_ID", message)
            }
            Self::Token(_) => (StatusCode::UNAUTHORIZED, "INVALID_SESSION_ID", "Session expired or invalid".to_owned()),
            Self::Malformed(query) if query.trim().is_empty() => {
                (StatusCode::BAD_REQUEST, "MALFORMED_QUERY", "A query string has to be specified".to_owned())
            }
            Self::Malformed(query) => {
                (StatusCode::BAD_REQUEST, "MALFORMED_QUERY", format!("unexpected token: '{}'", query.trim()))
            }
            Self::UnknownObject(object) => {
                (StatusCode::BAD_REQUEST, "INVALID_TYPE", format!("sObject type '{object}' is not supported."))
            }
            Self::UnknownField { field, object } => {
                (StatusCode::BAD_REQUEST, "INVALID_FIELD", format!("No such column '{field}' on entity '{object}'."))
            }
        };
        (status, Json(json!([{"message": message, "errorCode": code}]))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(query: &str) -> Vec<String> {
        select(query).unwrap().iter().map(|record| record["Name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_query_of_sf_02_gives_its_fields_and_its_limit() {
        let records = select("SELECT Id, Name, StageName, CloseDate FROM Opportunity LIMIT 2").unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!(records[0]["attributes"]["type"], "Opportunity");
        assert_eq!(records[0].as_object().unwrap().len(), 5);
    }

    #[test]
    fn conditions_and_order_work() {
        assert_eq!(names("select Name from opportunity where StageName = 'Closed Won'"), ["Tram stops, second batch"]);
        assert_eq!(names(r"SELECT Name FROM Contact WHERE Name = 'Maeve O\'Brien' LIMIT 5"), ["Maeve O'Brien"]);
        assert_eq!(names(r"SELECT Name FROM Contact WHERE Name = 'x\' OR Name != \'\\'"), Vec::<String>::new());
        assert_eq!(names("SELECT Name FROM Opportunity ORDER BY Amount DESC LIMIT 1"), ["Harbour Museum wayfinding"]);
    }

    #[test]
    fn bad_queries_are_told_apart() {
        assert!(matches!(select("SELECT FROM"), Err(SalesforceError::Malformed(_))));
        assert!(matches!(select("SELECT Id FROM Unicorn"), Err(SalesforceError::UnknownObject(_))));
        assert!(matches!(select("SELECT Horn FROM Account"), Err(SalesforceError::UnknownField { .. })));
        assert!(matches!(select("SELECT Id FROM Account; DELETE"), Err(SalesforceError::Malformed(_))));
    }
}
