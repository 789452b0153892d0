use deputy_agent::fields::Integer;
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::provider::{Bound, Caller, Next, Provider, ProviderProblem};

/// Opportunities of Salesforce (SF-01 to SF-04).
pub struct ListOpportunities(pub Provider);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The maximum number of opportunities to return", extend("default" = DEFAULT))]
    limit: Option<Integer<1, 200>>,
}

const DEFAULT: u64 = 10;

impl Tool for ListOpportunities {
    type Input = Input;
    const NAME: &'static str = "listOpportunities";
    const DESCRIPTION: &'static str = "Get a list of opportunities from Salesforce";
    const TOPICS: &'static str = "opportunity opportunities salesforce deal pipeline";
    const EFFECT: Effect = Effect::Reads;

    fn unavailable(&self) -> Option<String> {
        self.0.unavailable()
    }

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&["api"])
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        opportunities(&input, &self.0.caller(grant.vault(self.0.connection()), context)?).await
    }
}

async fn opportunities(input: &Input, salesforce: &Caller<'_>) -> Result<Value, ToolError> {
    let limit = input.limit.map_or(DEFAULT, Integer::get);
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm
    let query = format!("SELECT Id, Name, StageName, CloseDate FROM Opportunity LIMIT {limit}");
    let bound = Bound { records: usize::try_from(limit).unwrap_or(usize::MAX), pages: 8 };
    let next = Next::Path("/nextRecordsUrl");
    let read =
        salesforce.pages("/services/data/v57.0/query/", (&[("q", &query)], &[]), (next, "/records"), bound).await?;
    let mut answer = read.first;
    // An answer is an object; as it came, unless it goes on.
    let Some(members) = answer.as_object_mut() else {
        return Err(salesforce.error(ProviderProblem::Malformed).into());
    };
    if members.remove("nextRecordsUrl").is_some() {
        members.insert("records".to_owned(), read.records.into());
        members.insert("done".to_owned(), read.rest.is_none().into());
    }
    if let Some(rest) = read.rest {
        members.insert("partial".to_owned(), rest.into());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestContext, input, provider, providers, tool};

    fn ask(limit: Option<u64>, status: u16, body: &str) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::answering(deputy_http::response(status, body));
        let (salesforce, token) = (provider("salesforce"), Secret::new("provider-token"));
        let result = block_on(opportunities(
            &input::<ListOpportunities>(json!({ "limit": limit })).unwrap(),
            &salesforce.caller(Some(&token), &context).unwrap(),
        ));
        (result, context)
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
        let tool = |change: &[(&str, &str)]| ListOpportunities(Provider::of(&providers(change), "salesforce"));
        let authority = |change: &[(&str, &str)]| tool(change).authority(&Input { limit: None });
        let vault = |name: &str| vec![Authority::Vault { connection: name.into(), scopes: vec!["api".into()] }];
        assert_eq!(authority(&[]), vault("salesforce"));
        assert_eq!(authority(&[("SALESFORCE_CONNECTION", "sfdc")]), vault("sfdc"));
        assert_eq!(tool(&[]).unavailable(), None);
        let nowhere = tool(&[("SALESFORCE_INSTANCE_URL", "")]).unavailable();
        assert!(nowhere.is_some(), "without an instance nobody is asked for consent");
    }

    /// SF-02: this URL, this query, these headers; without a limit ten.
    #[test]
    fn sf_01_sf_02_request() {
        for (limit, asked) in [(None, 10), (Some(2), 2), (Some(200), 200)] {
            let (_, context) = ask(limit, 200, "{}");
            let sent = context.sent.borrow();
            let [request] = sent.as_slice() else { panic!("one request") };
            let uri = request.uri().to_string();
            let (url, query) = uri.split_once('?').unwrap();
            assert_eq!(url, "https://salesforce.test/services/data/v57.0/query/");
            let soql = format!("SELECT Id, Name, StageName, CloseDate FROM Opportunity LIMIT {asked}");
            assert_eq!(deputy_http::parse_query(query), [("q".to_owned(), soql)]);
            assert_eq!(request.headers()["content-type"], "application/json");
            assert_eq!(request.headers()["authorization"], "Bearer provider-token");
        }
        for (limit, why) in [(0, "at least 1"), (201, "at most 200"), (u64::MAX, "at most 200")] {
            let said = input::<ListOpportunities>(json!({ "limit": limit })).err().unwrap();
            assert!(said.ends_with(&format!("limit: {why}.")), "{said}");
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
        assert_eq!(ask(None, 400, error).0.unwrap_err().to_string(), sentence);
        assert!(matches!(ask(None, 200, "[]").0, Err(ToolError::Refused { .. })));
    }

    /// Trial 36, of its kind: an answer that is not done goes on at the address it names, below the instance.
    #[test]
    fn t36_an_answer_that_is_not_done_goes_on() {
        let run = |next: &str| {
            let first = json!({"totalSize": 2, "done": false, "nextRecordsUrl": next, "records": [{"Id": "1"}]});
            let second = json!({"totalSize": 2, "done": true, "records": [{"Id": "2"}]});
            let answers = [first, second].map(|body| Ok(deputy_http::response(200, body.to_string())));
            let context = TestContext::with_answers(answers);
            let (salesforce, token) = (provider("salesforce"), Secret::new("provider-token"));
            let input = input::<ListOpportunities>(json!({"limit": 5.0})).unwrap();
            let result = block_on(opportunities(&input, &salesforce.caller(Some(&token), &context).unwrap())).unwrap();
            let urls: Vec<String> = context.sent.borrow().iter().map(|request| request.uri().to_string()).collect();
            (result, urls)
        };
        let (result, urls) = run("/services/data/v57.0/query/01gA-2000");
        assert_eq!(result, json!({"totalSize": 2, "done": true, "records": [{"Id": "1"}, {"Id": "2"}]}));
        assert_eq!(urls[1], "https://salesforce.test/services/data/v57.0/query/01gA-2000");
        let (result, urls) = run("@evil.example/query");
        assert_eq!((&result["done"], urls.len()), (&json!(false), 1));
        assert!(result["partial"].as_str().unwrap().contains("there are more"), "{result}");
    }
}
