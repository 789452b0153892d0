use deputy_agent::fields::Line;
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connections::Providers;
use crate::tools::provider::{Caller, Provider, shape};

/// A customer's record in Salesforce: it only reads, but what it reads is sensitive, so the user says yes on the device to
/// every single one (AA-26).
pub struct GetCustomerRecord {
    provider: Provider,
    audience: String,
}

impl GetCustomerRecord {
    /// With the settings of the providers.
    pub fn new(settings: &Providers) -> Self {
        Self { provider: Provider::of(settings, "salesforce"), audience: settings.own_audience.clone() }
    }
}

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "Full name, or the contact's id")]
    customer: Line<1, 120>,
}

/// Several customers may have one name.
const MOST: u64 = 5;
/// Whoever asks is looking at the phone: a question for a record is not left lying about, seconds (AA-11).
const EXPIRY: u32 = 120;
const FIELDS: [(&str, &str); 7] = [
    ("id", "/Id"),
    ("name", "/Name"),
    ("title", "/Title"),
    ("email", "/Email"),
    ("phone", "/Phone"),
    ("birthdate", "/Birthdate"),
    ("city", "/MailingCity"),
];

impl Tool for GetCustomerRecord {
    type Input = Input;
    const NAME: &'static str = "getCustomerRecord";
    const DESCRIPTION: &'static str = "Get the record of a customer (contact) from Salesforce";
    const TOPICS: &'static str = "customer contact salesforce record client";
    const EFFECT: Effect = Effect::Reads;

    fn unavailable(&self) -> Option<String> {
        self.provider.unavailable()
    }

    fn authority(&self, input: &Input) -> Vec<Authority> {
        let mut authority = self.provider.authority(&["api"]);
        authority.push(Authority::Approval {
            audience: self.audience.clone(),
            scopes: vec!["openid".to_owned()],
            binding_message: format!("Show the record of {}", input.customer),
            requested_expiry: Some(EXPIRY),
        });
        authority
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        record(&input, &self.provider.caller(grant.vault(self.provider.connection()), context)?).await
    }
}

async fn record(input: &Input, salesforce: &Caller<'_>) -> Result<Value, ToolError> {
    let field = if is_contact_id(&input.customer) { "Id" } else { "Name" };
    // https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
    let value = input.customer.replace('\\', "\\\\").replace('\'', "\\'");
    let query = format!(
        "SELECT Id, Name, Title, Email, Phone, Birthdate, MailingCity FROM Contact WHERE {field} = '{value}' LIMIT {MOST}"
    );
    let answer = salesforce.get("/services/data/v57.0/query/", &[("q", &query)]).await?;
    let found = shape::each(&answer, "/records", salesforce, |record| shape::pick(record, &FIELDS))?;
    if found.is_empty() {
        return Err(ToolError::Answer(format!("Salesforce has no customer {}.", input.customer)));
    }
    if found.len() as u64 >= MOST {
        let partial = format!("Salesforce may have more customers of this name: at most {MOST} are shown.");
        return Ok(json!({"records": found, "partial": partial}));
    }
    Ok(json!({"records": found}))
}

/// Ids of contacts begin with 003 and have 15 or 18 characters.
fn is_contact_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.starts_with("003") && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestContext, input, provider, providers};

    fn read(customer: &str) -> Result<Input, String> {
        input::<GetCustomerRecord>(json!({ "customer": customer }))
    }

    fn ask(customer: &str, status: u16, body: &str) -> (Result<Value, ToolError>, String) {
        let context = TestContext::answering(deputy_http::response(status, body));
        let (salesforce, token) = (provider("salesforce"), Secret::new("provider-token"));
        let input = read(customer).unwrap();
        let result = block_on(record(&input, &salesforce.caller(Some(&token), &context).unwrap()));
        let sent = context.sent.borrow();
        let uri = sent[0].uri().to_string();
        let (_, query) = uri.split_once("?q=").unwrap();
        (result, deputy_http::parse_query(&format!("q={query}")).remove(0).1)
    }

    /// AA-26, AA-11: a read that asks on the device, for this record, for a short time.
    #[test]
    fn aa_26_aa_11_a_sensitive_record_asks_on_the_device() {
        let input = read(" Dana O'Brien ").unwrap();
        let authority = GetCustomerRecord::new(&providers(&[])).authority(&input);
        assert_eq!(
            authority,
            [
                Authority::Vault { connection: "salesforce".into(), scopes: vec!["api".into()] },
                Authority::Approval {
                    audience: "https://deputy.example/api".into(),
                    scopes: vec!["openid".into()],
                    binding_message: "Show the record of Dana O'Brien".into(),
                    requested_expiry: Some(120),
                }
            ]
        );
        assert_eq!(GetCustomerRecord::EFFECT, Effect::Reads);
        let nowhere = GetCustomerRecord::new(&providers(&[("SALESFORCE_INSTANCE_URL", "")]));
        let missing = "Salesforce is not set up here: SALESFORCE_INSTANCE_URL is missing.";
        assert_eq!(nowhere.unavailable().as_deref(), Some(missing), "nobody is asked for what could not be done");
        for wrong in ["", "  ", "Dana\nBerg", &"x".repeat(121)] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    /// A name cannot end the query's text, and an id is looked up as one.
    #[test]
    fn the_query_is_about_this_customer_alone() {
        let body = r#"{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Contact"},"Id":"003","Name":"Dana","Email":null}]}"#;
        let (result, query) = ask("Dana", 200, body);
        assert_eq!(result, Ok(json!({"records": [{"id": "003", "name": "Dana"}]})));
        assert!(query.ends_with("FROM Contact WHERE Name = 'Dana' LIMIT 5"), "{query}");
        assert!(ask("003Ab000005XyZ1IAK", 200, body).1.contains("WHERE Id = '003Ab000005XyZ1IAK' LIMIT"));
        assert!(ask("003Ab000005Xy Z1IA", 200, body).1.contains("WHERE Name = "));
        let (_, query) = ask(r"x' OR Name != '\", 200, body);
        assert!(query.contains(r"WHERE Name = 'x\' OR Name != \'\\' LIMIT"), "{query}");
    }

    #[test]
    fn a_record_that_is_not_there_is_a_sentence() {
        let none = ask("Nobody", 200, r#"{"totalSize":0,"done":true,"records":[]}"#).0;
        assert_eq!(none, Err(ToolError::Answer("Salesforce has no customer Nobody.".into())));
        assert!(matches!(ask("Dana", 401, "[]").0, Err(ToolError::Unauthorized { .. })));
        for (status, body) in [(200, "[]"), (200, r#"{"records":1}"#), (403, "[]"), (503, "")] {
            assert!(matches!(ask("Dana", status, body).0, Err(ToolError::Refused { .. })), "{status} {body}");
        }
    }
}
