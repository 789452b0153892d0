use std::rc::Rc;

use deputy_agent::{
    Authority, CallContext, Effect, ErasedTool, Grant, InputError, InputProblem, Permit, Relation, RelationTemplate,
    ToolError, Unfit, fitted_input, input_problems,
};
use deputy_http::{BuildRequest, ReadResponse, Request, Response, TransportError};
use deputy_models::ToolDefinition;
use futures::future::{LocalBoxFuture, ready};
use serde_json::{Map, Value, json};

use super::Definition;
use crate::tools::provider::{ProviderProblem, refusal};

/// Characters of a provider's text that go into an answer.
const TEXT_CHARS: usize = 2_000;

/// A definition at work: one request with the connection's token, nothing else.
pub struct DefinedTool(pub Rc<Definition>);

impl ErasedTool for DefinedTool {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn effect(&self) -> Effect {
        self.0.effect
    }

    fn definition(&self) -> ToolDefinition {
        let Definition { name, description, parameters, .. } = self.0.as_ref();
        ToolDefinition { name: name.clone(), description: description.clone(), parameters: parameters.clone() }
    }

    fn authority(&self, input: &Value) -> Result<Vec<Authority>, Unfit> {
        let fitted = fitted_input(&self.0.parameters, input);
        let (members, _) = self.fit(&fitted)?;
        let mut needs = vec![Authority::Vault { connection: self.0.connection.clone(), scopes: self.0.scopes.clone() }];
        if let Some(relation) = &self.0.relation {
            needs.push(Authority::Relation(relation.expand(members).map_err(|problem| self.unfit(vec![problem]))?));
        }
        Ok(needs)
    }

    fn offered_to(&self) -> Option<Relation> {
        self.0.relation.as_ref().and_then(RelationTemplate::fixed)
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _permit: Permit,
        grant: Grant,
        context: &'a dyn CallContext,
    ) -> LocalBoxFuture<'a, Result<Value, ToolError>> {
        match self.signed(&input, &grant, context) {
            Ok(request) => Box::pin(async move { self.answer(context.send(request).await, context.now()) }),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }
}

impl DefinedTool {
    fn signed(&self, input: &Value, grant: &Grant, context: &dyn CallContext) -> Result<Request, ToolError> {
        let token = grant.vault(&self.0.connection).ok_or_else(|| self.unauthorized())?;
        let request = self.request(input, context).map_err(|error| ToolError::Answer(error.to_string()))?;
        Ok(request.bearer(token))
    }

    /// The members and the address they make. What a schema does not know is refused: the user says yes to what is sent.
    fn fit<'i>(&self, input: &'i Value) -> Result<(&'i Map<String, Value>, String), InputError> {
        let mut schema = self.0.parameters.clone();
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        match (input_problems(&schema, input), input.as_object()) {
            (problems, Some(members)) if problems.is_empty() => {
                let address = self.0.url.expand(members);
                Ok((members, address.map_err(|rule| self.unfit(vec![InputProblem { path: String::new(), rule }]))?))
            }
            (problems, _) => Err(self.unfit(problems)),
        }
    }

    fn unfit(&self, problems: Vec<InputProblem>) -> InputError {
        InputError { tool: self.0.name.clone(), problems }
    }

    fn request(&self, input: &Value, context: &dyn CallContext) -> Result<Request, InputError> {
        let input = &fitted_input(&self.0.parameters, input);
        let (members, address) = self.fit(input)?;
        let mut request = deputy_http::request(self.0.method.clone(), address);
        for (name, value) in self.0.headers.iter() {
            request = request.header(name, value.as_str());
        }
        if self.0.effect != Effect::Reads {
            // Draft of the IETF; who does not know the header ignores it.
            request = request.header("idempotency-key", context.call_id());
        }
        if self.0.body.is_empty() {
            return Ok(request);
        }
        let given = |name: &String| Some((name.clone(), members.get(name).filter(|value| !value.is_null())?.clone()));
        let body: Map<String, Value> = self.0.body.iter().filter_map(given).collect();
        Ok(request.json(&Value::Object(body)))
    }

    /// The provider's answer as a result, or what the model should know instead.
    fn answer(&self, sent: Result<Response, TransportError>, now: u64) -> Result<Value, ToolError> {
        let problem = match sent {
            Ok(response) if response.status().is_success() => return self.result(&response),
            // Where it would lead a user is nothing this knows of the provider: no link is passed on.
            Ok(response) => refusal(&response, now, &|_| false),
            Err(error) => error.into(),
        };
        Err(match problem {
            ProviderProblem::NeedsConnection => self.unauthorized(),
            problem => self.failed(&problem),
        })
    }

    /// What was to change something and gave no usable answer may have done so all the same.
    fn failed(&self, problem: &ProviderProblem) -> ToolError {
        let sentence = problem.sentence(&self.0.connection);
        if self.0.effect != Effect::Reads && problem.may_have_happened() {
            ToolError::OutcomeUnknown(sentence)
        } else {
            ToolError::Refused { code: problem.code(), message: sentence }
        }
    }

    fn result(&self, response: &Response) -> Result<Value, ToolError> {
        if response.body().is_empty() {
            return Ok(json!({"status": response.status().as_u16()}));
        }
        let Ok(body) = response.json::<Value>() else {
            let text: String = response.text().chars().take(TEXT_CHARS).collect();
            return Ok(json!({"status": response.status().as_u16(), "text": text}));
        };
        let Some(pointer) = &self.0.result else { return Ok(body) };
        let part = body.pointer(pointer).cloned();
        part.ok_or_else(|| self.failed(&ProviderProblem::Malformed))
    }

    fn unauthorized(&self) -> ToolError {
        let connection = self.0.connection.clone();
        let message = format!("Authorization required to access the Token Vault: {connection}.");
        ToolError::Unauthorized { connection, message }
    }
}

#[cfg(test)]
mod tests {
    use deputy_http::Method;

    use super::*;
    use crate::tools::defined::read;
    use crate::tools::testing::{NOW, TestContext};

    fn tool(change: Value) -> DefinedTool {
        let mut definition = json!({
            "name": "note", "description": "A note", "connection": "crm", "scopes": ["notes.write"], "effect": "writes",
            "method": "POST", "url": "https://crm.example/v1/{deal}/notes?notify={notify}", "hosts": ["crm.example"],
            "input": {"type": "object", "required": ["deal", "text"], "properties": {
                "deal": {"type": "string"}, "text": {"type": "string"}, "notify": {"type": "boolean"}, "color": {"type": "string"}}},
            "body": ["text", "color"], "headers": {"crm-version": "3"}
        });
        for (name, value) in change.as_object().unwrap() {
            definition[name] = value.clone();
        }
        DefinedTool(read([json!([definition]).to_string().as_str()], &[], false).unwrap().remove(0))
    }

    fn answer(tool: &DefinedTool, response: Response) -> Result<Value, ToolError> {
        tool.answer(Ok(response), NOW)
    }

    /// IN-04: the connection is whatever the definition says.
    #[test]
    fn in_04_the_authority_is_the_connections_and_the_input_is_checked_first() {
        let tool = tool(json!({}));
        let vault = Authority::Vault { connection: "crm".into(), scopes: vec!["notes.write".into()] };
        assert_eq!(tool.authority(&json!({"deal": "7", "text": "x"})), Ok(vec![vault]));
        for (given, why) in [
            (json!({"deal": 7}), "text: is missing; deal: must be a text"),
            (json!({"deal": "7", "text": "x", "url": "https://evil.example"}), "url: there is no such input"),
            (json!({"deal": "..", "text": "x"}), "an input cannot be used in an address"),
        ] {
            let said = format!("The input of note does not fit: {why}.");
            assert_eq!(tool.authority(&given).unwrap_err().to_string(), said);
        }
    }

    /// SD-10: any tool may declare a relation; its object names what the request is about.
    #[test]
    fn sd_10_a_relation_is_declared_in_data() {
        let needs = |object: &str, deal: &str| {
            let tool =
                tool(json!({"relation": {"relation": "editor", "object": object, "context": {"text": "{text}"}}}));
            let needs = tool.authority(&json!({"deal": deal, "text": "x"})).map_err(|error| error.to_string());
            (needs.map(|needs| needs.last().map(Authority::describe).unwrap()), tool.offered_to())
        };
        assert_eq!(needs("deal:{deal}", "7"), (Ok("relation:editor deal:7".to_owned()), None));
        let refused = needs("deal:{deal}", "*").0.unwrap_err();
        assert!(refused.starts_with("The input of note does not fit: deal: must be the id of one object"), "{refused}");
        let fixed = tool(json!({"relation": {"relation": "member", "object": "team:sales"}}));
        assert_eq!(fixed.offered_to(), Some(Relation::of("member", "team", "sales")));
    }

    #[test]
    fn the_request_is_the_definitions_with_the_input_in_its_place() {
        let tool = tool(json!({}));
        let input = json!({"deal": "../admin?x#", "text": "a \"b\"", "notify": true, "color": null});
        let request = tool.request(&input, &TestContext::default()).unwrap();
        assert_eq!(
            (request.method(), request.uri().to_string().as_str()),
            (&Method::POST, "https://crm.example/v1/..%2Fadmin%3Fx%23/notes?notify=true")
        );
        let body = &request.body().text();
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), json!({"text": "a \"b\""}));
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!((header("crm-version"), header("idempotency-key")), (Some("3"), Some("call_1")));
        assert!(request.headers().get("authorization").is_none(), "the token comes from the grant alone");
        for bad in [
            json!({"deal": "..", "text": "x"}),
            json!({"deal": "", "text": "x"}),
            json!([]),
            json!({"deal": "1", "text": "x", "url": "y"}),
        ] {
            assert!(tool.request(&bad, &TestContext::default()).is_err(), "{bad}");
        }
    }

    #[test]
    fn answers_are_results() {
        let whole = tool(json!({}));
        assert_eq!(answer(&whole, deputy_http::response(200, "[1]")), Ok(json!([1])));
        assert_eq!(answer(&whole, deputy_http::response(204, "")), Ok(json!({"status": 204})));
        assert_eq!(answer(&whole, deputy_http::response(200, "fine")), Ok(json!({"status": 200, "text": "fine"})));
        let part = tool(json!({"result": "/note/id"}));
        assert_eq!(answer(&part, deputy_http::response(200, r#"{"note":{"id":5}}"#)), Ok(json!(5)));
        let missing = Err(ToolError::OutcomeUnknown("The answer of crm could not be read.".into()));
        assert_eq!(answer(&part, deputy_http::response(200, r#"{"note":[]}"#)), missing);
    }

    /// Issue 6, bad input: the same words as for every other tool; a redirect is not followed.
    #[test]
    fn failures_are_sentences_and_a_401_asks_to_connect() {
        let tool = tool(json!({}));
        let Err(ToolError::Unauthorized { connection, message }) = answer(&tool, deputy_http::response(401, "{}"))
        else {
            panic!("unauthorized")
        };
        assert_eq!(
            (connection.as_str(), message.as_str()),
            ("crm", "Authorization required to access the Token Vault: crm.")
        );
        let limited = deputy_http::response(429, "").with_header("retry-after", "7");
        for (response, sentence) in [
            (limited, "crm allows no more requests for now. Please try again in 7 seconds."),
            (deputy_http::response(403, "{}"), "crm does not allow this."),
            (deputy_http::response(404, ""), "crm has nothing there (404)."),
            (
                deputy_http::response(302, "").with_header("location", "https://evil.example"),
                "crm refused the request (302).",
            ),
        ] {
            assert_eq!(answer(&tool, response).unwrap_err().to_string(), sentence);
        }
    }

    /// A lost answer: what was only read has failed, what was to change may have happened.
    #[test]
    fn a_lost_answer_of_a_write_is_unknown() {
        let (write, read) = (tool(json!({})), tool(json!({"effect": "reads"})));
        let slow = |tool: &DefinedTool| tool.answer(Err(TransportError::TimedOut { host: "crm.example".into() }), NOW);
        let late = || "crm did not answer in time. Please try again later.".to_owned();
        assert_eq!(slow(&read), Err(ToolError::Refused { code: "provider_slow", message: late() }));
        assert_eq!(slow(&write), Err(ToolError::OutcomeUnknown(late())));
        let down = || "crm is not available now (503). Please try again later.".to_owned();
        let refused = ToolError::Refused { code: "provider_down", message: down() };
        assert_eq!(answer(&read, deputy_http::response(503, "<html>")), Err(refused));
        assert_eq!(answer(&write, deputy_http::response(503, "<html>")), Err(ToolError::OutcomeUnknown(down())));
    }
}
