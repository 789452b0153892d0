use deputy_agent::{Authority, Effect, Grant, Host, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::provider::{Caller, Provider};
use super::provider_error::ProviderProblem;
use super::shape;
use crate::config::Providers;

/// Opportunities of Salesforce (SF-01 to SF-04).
pub struct ListOpportunities {
    provider: Provider,
    /// `SALESFORCE_INSTANCE_URL` is set.
    configured: bool,
}

impl ListOpportunities {
    /// With the settings of the providers.
    pub fn new(settings: &Providers) -> Self {
        Self { provider: Provider::salesforce(settings), configured: settings.salesforce.is_some() }
    }
}

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(
        description = "The maximum number of opportunities to return",
        range(min = 1, max = MOST),
        extend("default" = DEFAULT)
    )]
    limit: Option<u64>,
}

/// What Salesforce's tools say without an instance.
pub const NOT_SET_UP: &str = "Salesforce is not set up here: SALESFORCE_INSTANCE_URL is missing.";
const DEFAULT: u64 = 10;
const MOST: u64 = 200;

impl Tool for ListOpportunities {
    type Input = Input;
    const NAME: &'static str = "listOpportunities";
    const DESCRIPTION: &'static str = "Get a list of opportunities from Salesforce";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        // Nobody is asked for an account that could not be used.
        if self.configured { self.provider.authority(&["api"]) } else { vec![Authority::None] }
    }

    async fn call(&self, input: Input, _permit: Permit, grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        if !self.configured {
            return Err(ToolError::Answer(NOT_SET_UP.into()));
        }
        opportunities(&input, &self.provider.caller(grant.vault(&self.provider.connection), host)?).await
    }
}

async fn opportunities(input: &Input, salesforce: &Caller<'_>) -> Result<Value, ToolError> {
    let limit = shape::within("limit", input.limit.unwrap_or(DEFAULT), MOST)?;
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm
    let query = format!("SELECT Id, Name, StageName, CloseDate FROM Opportunity LIMIT {limit}");
    let answer = salesforce.get("/services/data/v57.0/query/", &[("q", &query)]).await?;
    if answer.is_object() { Ok(answer) } else { Err(salesforce.error(ProviderProblem::Malformed).into()) }
}

#[cfg(test)]
mod tests {
    use deputy_http::{Response, Secret};
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestHost, providers, tool};

    fn ask(limit: Option<u64>, status: u16, body: &str) -> (Result<Value, ToolError>, TestHost) {
        let host = TestHost::answering(Response::new(status, body));
        let (salesforce, token) = (Provider::salesforce(&providers(&[])), Secret::new("provider-token"));
        let result = block_on(opportunities(&Input { limit }, &salesforce.caller(Some(&token), &host).unwrap()));
        (result, host)
    }

    /// SF-01, SF-03: name, description, input; the connection and its setting.
    #[test]
    fn sf_01_sf_03_declaration() {
        let tool = tool("listOpportunities");
        assert_eq!(tool.description, "Get a list of opportunities from Salesforce");
        let limit = &tool.parameters["properties"]["limit"];
        assert_eq!(limit["description"], "The maximum number of opportunities to return");
        assert_eq!((&limit["default"], &limit["type"]), (&json!(10), &json!("integer")));
        assert_eq!(tool.parameters.get("required"), None);
        let url = ("SALESFORCE_INSTANCE_URL", "https://example.my.salesforce.com");
        let authority = |change: &[(&str, &str)]| {
            let tool = ListOpportunities::new(&providers(change));
            tool.authority(&Input { limit: None })
        };
        let vault = |name: &str| vec![Authority::Vault { connection: name.into(), scopes: vec!["api".into()] }];
        assert_eq!(authority(&[url]), vault("salesforce"));
        assert_eq!(authority(&[url, ("SALESFORCE_CONNECTION", "sfdc")]), vault("sfdc"));
        assert_eq!(authority(&[]), [Authority::None], "without an instance nobody is asked for consent");
    }

    /// SF-02: this URL, this query, these headers; without a limit ten.
    #[test]
    fn sf_01_sf_02_request() {
        for (limit, asked) in [(None, 10), (Some(2), 2), (Some(200), 200)] {
            let (_, host) = ask(limit, 200, "{}");
            let sent = host.sent.borrow();
            let [request] = sent.as_slice() else { panic!("one request") };
            let (url, query) = request.url.split_once('?').unwrap();
            assert_eq!(url, "https://salesforce.test/services/data/v57.0/query/");
            let soql = format!("SELECT Id, Name, StageName, CloseDate FROM Opportunity LIMIT {asked}");
            assert_eq!(deputy_http::parse_query(query), [("q".to_owned(), soql)]);
            assert!(request.headers.contains(&("content-type".to_owned(), "application/json".to_owned())));
            assert_eq!(request.bearer.as_ref().unwrap().expose(), "provider-token");
        }
        for limit in [0, 201, u64::MAX] {
            let (result, host) = ask(Some(limit), 200, "{}");
            assert_eq!(result, Err(ToolError::Answer("limit is not a number from 1 to 200.".into())));
            assert!(host.sent.borrow().is_empty());
        }
    }

    /// SF-04: the JSON as it came; 401 asks for authorization, 400 keeps Salesforce's sentence.
    #[test]
    fn sf_04_answers() {
        let body =
            json!({"totalSize": 1, "done": true, "records": [{"attributes": {"type": "Opportunity"}, "Id": "1"}]});
        assert_eq!(ask(None, 200, &body.to_string()).0, Ok(body));
        let message = "Authorization required to access the Token Vault connection".to_owned();
        let unauthorized = ToolError::Unauthorized { connection: "salesforce".into(), message };
        assert_eq!(ask(None, 401, "[]").0, Err(unauthorized));
        let error = r#"[{"message":"unexpected token: 'x'","errorCode":"MALFORMED_QUERY"}]"#;
        let sentence = "Salesforce refused the request (400): unexpected token: 'x'";
        assert_eq!(ask(None, 400, error).0, Err(ToolError::Answer(sentence.into())));
        assert!(matches!(ask(None, 200, "[]").0, Err(ToolError::Answer(_))));
    }
}
