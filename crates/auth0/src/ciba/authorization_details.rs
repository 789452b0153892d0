use deputy_http::json;
use serde_json::{Map, Value, json};

use crate::ciba::approval_code::ApprovalCode;
use crate::ciba::authorization_details_error::AuthorizationDetailsError;

/// Types that begin like this follow Auth0's own schema, the only one the Auth0 Guardian app shows.
const AUTH0_SCHEMA: &str = "urn:auth0:schemas:authorization-details:";

/// The type of a tool call's details where nobody chose another: in Auth0's own schema, so that the Guardian app shows them.
/// It has to be registered for each API that approvals are asked for.
pub const GUARDIAN_DETAILS_TYPE: &str = "urn:auth0:schemas:authorization-details:v1:tool-call";

const LARGEST_BYTES: usize = 5_000;
const MOST_ENTRIES: usize = 5;
const MOST_PROPERTIES: usize = 10;
const LONGEST_TEXT: usize = 255;
const DEEPEST_LEVEL: usize = 5;

/// Rich authorization details (RFC 9396, 2) within Auth0's limits: at most 5 KB and 5 entries, each with a `type`,
/// 10 properties an object, names and values of 255 characters, 5 levels of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationDetails(Vec<Value>);

/// A tool call that the user is asked to approve.
#[derive(Debug, Clone, Copy)]
pub struct CallDetails<'a> {
    /// `type`, registered for the API at the tenant. One that begins with `urn:auth0:schemas:authorization-details:`
    /// has the call written in the schema of the Guardian app.
    pub kind: &'a str,
    /// What the user reads first, such as "Approve this purchase".
    pub instruction: &'a str,
    /// The tool's name; Auth0's schema has no place for it, there `instruction` speaks for it.
    pub tool: &'a str,
    /// The validated arguments, all of them (S-09).
    pub arguments: &'a Map<String, Value>,
    /// The digest of tool, arguments and account that the approval is bound to.
    pub digest: &'a str,
    /// The id of the question, which its code is made of.
    pub question: &'a str,
}

impl AuthorizationDetails {
    /// Entries that keep to the limits.
    pub fn new(entries: Vec<Value>) -> Result<Self, AuthorizationDetailsError> {
        if entries.is_empty() {
            return Err(AuthorizationDetailsError::Empty);
        }
        if entries.len() > MOST_ENTRIES {
            return Err(AuthorizationDetailsError::TooManyEntries);
        }
        for entry in &entries {
            let members = entry.as_object().ok_or(AuthorizationDetailsError::NotAnObject)?;
            let kind = members.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
            kind.ok_or(AuthorizationDetailsError::NoType)?;
            check(entry, "", 0)?;
        }
        let details = Self(entries);
        if details.to_json().len() > LARGEST_BYTES {
            return Err(AuthorizationDetailsError::TooLarge);
        }
        Ok(details)
    }

    /// One entry that says everything of a tool call: what, with which arguments, under which code and digest. A call
    /// that does not fit is refused and not shortened: nobody approves what is not shown.
    pub fn for_call(call: &CallDetails<'_>) -> Result<Self, AuthorizationDetailsError> {
        let code = ApprovalCode::of_question(call.question, call.digest);
        let entry = if call.kind.starts_with(AUTH0_SCHEMA) { auth0_schema(call, &code) } else { plain(call, &code) };
        Self::new(vec![entry])
    }

    /// The entries.
    pub fn entries(&self) -> &[Value] {
        &self.0
    }

    /// True if the Auth0 Guardian app shows them (AA-14): one entry alone, in Auth0's own schema. Of anything else it shows
    /// nothing, then only an app of one's own with the Guardian SDK does.
    pub fn shown_by_guardian(&self) -> bool {
        let kind =
            |entry: &Value| entry.get("type").and_then(Value::as_str).is_some_and(|t| t.starts_with(AUTH0_SCHEMA));
        matches!(self.0.as_slice(), [entry] if kind(entry))
    }

    /// The value of the parameter `authorization_details`.
    pub(crate) fn to_json(&self) -> String {
        json::write(&self.0)
    }

    /// RFC 9396, 7: true if everything that was asked for was granted. The tenant may add members and entries, not
    /// change or drop any.
    pub fn granted_by(&self, granted: &[Value]) -> bool {
        self.0.iter().all(|asked| granted.iter().any(|entry| contains(entry, asked)))
    }
}

/// Members that say how the call was asked for; an argument of that name does not replace them.
fn plain(call: &CallDetails<'_>, code: &ApprovalCode) -> Value {
    json!({
        "type": call.kind,
        "instruction": call.instruction,
        "tool": call.tool,
        "arguments": call.arguments,
        "code": code.as_str(),
        "digest": call.digest,
    })
}

/// `instruction` and `properties`, each with `display`, `name`, `display_order` (an integer) and `value`.
/// Arguments keep their names behind a prefix, so that none can pass for the code.
fn auth0_schema(call: &CallDetails<'_>, code: &ApprovalCode) -> Value {
    let mut properties = Map::new();
    properties.insert("code".to_owned(), shown("Code", 1, code.as_str().into()));
    properties.insert("digest".to_owned(), json!({ "display": false, "value": call.digest }));
    for (order, (name, value)) in (2..).zip(call.arguments) {
        // The app shows texts, numbers and truth values; what is nested is shown as JSON.
        let value = if value.is_object() || value.is_array() { value.to_string().into() } else { value.clone() };
        properties.insert(format!("argument.{name}"), shown(name, order, value));
    }
    json!({ "type": call.kind, "instruction": call.instruction, "properties": properties })
}

fn shown(name: &str, order: usize, value: Value) -> Value {
    json!({ "display": true, "name": name, "display_order": order, "value": value })
}

/// `name` is the member `value` is found at, for the error; `levels` of objects are around it.
fn check(value: &Value, name: &str, levels: usize) -> Result<(), AuthorizationDetailsError> {
    match value {
        Value::Object(members) => {
            let levels = levels.saturating_add(1);
            if levels > DEEPEST_LEVEL {
                return Err(AuthorizationDetailsError::TooDeep { name: beginning(name) });
            }
            if members.len() > MOST_PROPERTIES {
                return Err(AuthorizationDetailsError::TooManyProperties { name: beginning(name) });
            }
            members.iter().try_for_each(|(name, value)| {
                check_name(name)?;
                check(value, name, levels)
            })
        }
        Value::Array(items) => {
            // Nothing says how a list counts; as a level it is on the safe side.
            let levels = levels.saturating_add(1);
            if levels > DEEPEST_LEVEL {
                return Err(AuthorizationDetailsError::TooDeep { name: beginning(name) });
            }
            items.iter().try_for_each(|item| check(item, name, levels))
        }
        Value::String(text) if text.chars().count() > LONGEST_TEXT => {
            Err(AuthorizationDetailsError::ValueTooLong { name: beginning(name) })
        }
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), AuthorizationDetailsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if (1..=LONGEST_TEXT).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(AuthorizationDetailsError::NameNotAllowed { name: beginning(name) })
}

/// As much of a name as an error shows.
fn beginning(name: &str) -> String {
    name.chars().take(60).collect()
}

fn contains(granted: &Value, asked: &Value) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match (granted, asked) {
        (Value::Object(granted), Value::Object(asked)) => {
            asked.iter().all(|(name, value)| granted.get(name).is_some_and(|granted| contains(granted, value)))
        }
        // 2500 and 2500.0 are the same number to whoever reads JSON as JavaScript does, as far as that is exact.
        (Value::Number(granted), Value::Number(asked)) => {
            let exact = asked.as_f64().is_some_and(|number| number.abs() < EXACT);
            granted == asked || (exact && granted.as_f64() == asked.as_f64())
        }
        _ => granted == asked,
    }
}
