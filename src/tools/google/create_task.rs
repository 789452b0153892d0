use std::rc::Rc;

use deputy_agent::fields::{Line, Text};
use deputy_agent::{Authority, CallContext, Effect, Grant, InputProblem, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::get_tasks::{SCOPE, TASKS};
use crate::tools::moment::Moment;
use crate::tools::ports::TimeZones;
use crate::tools::provider::{Caller, Provider, shape};

/// Adds a task to the user's default list in Google Tasks.
pub struct CreateTask(pub Provider, pub Rc<dyn TimeZones>);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "Title")]
    title: Line<1, 1_024>,
    #[schemars(description = "Notes")]
    notes: Option<Text<0, 8_192>>,
    #[schemars(description = "The day it is due: yyyy-MM-dd in the user's time zone")]
    due: Option<Moment>,
}

impl Tool for CreateTask {
    type Input = Input;
    const NAME: &'static str = "createTasksTool";
    const DESCRIPTION: &'static str = "Create a task in the user's default list in Google Tasks";
    const TOPICS: &'static str = "task todo";
    const EFFECT: Effect = Effect::Writes;

    fn misfit(&self, input: &Input) -> Option<InputProblem> {
        input.due.as_ref()?.misfit("due", &self.1.of_user(), self.1.as_ref())
    }

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&[SCOPE])
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        create(&input, &self.0.caller(grant.vault(self.0.connection()), context)?, self.1.as_ref()).await
    }
}

/// Google knows no idempotency key here: a call that was cut off is not repeated, its outcome is said to be unknown. Nor is
/// there a place for the call's id but the notes, where the user would read it: whether it happened cannot be looked up.
async fn create(input: &Input, google: &Caller<'_>, zones: &dyn TimeZones) -> Result<Value, ToolError> {
    let mut task = Map::new();
    task.insert("title".to_owned(), Value::from(&*input.title));
    if let Some(notes) = &input.notes {
        task.insert("notes".to_owned(), Value::from(&**notes));
    }
    if let Some(due) = &input.due {
        let Some((date, ..)) = due.day(&zones.of_user(), zones) else {
            return Err(ToolError::Answer("The due date is not a date in ISO 8601.".into()));
        };
        // Google keeps the date of this instant in UTC and forgets the time: the user's midnight would be the day before.
        task.insert("due".to_owned(), Value::from(format!("{date}T00:00:00.000Z")));
    }
    // https://developers.google.com/workspace/tasks/reference/rest/v1/tasks/insert
    Ok(shape::short(&google.create(TASKS, &task.into()).await?))
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Response, Secret};
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestContext, TestZones, input, provider, tool};

    fn ask(due: Option<&str>, response: Response) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::answering(response);
        let (google, token) = (provider("google"), Secret::new("provider-token"));
        let given = json!({"title": "Water", "notes": due.map(|_| "Both"), "due": due});
        let input = input::<CreateTask>(given).unwrap();
        let result = block_on(create(&input, &google.caller(Some(&token), &context).unwrap(), &TestZones));
        (result, context)
    }

    fn sent(context: &TestContext) -> Value {
        let sent = context.sent.borrow();
        let [request] = sent.as_slice() else { panic!("one request") };
        assert_eq!(
            (request.method(), request.uri().to_string().as_str()),
            (&Method::POST, "https://google.test/tasks/v1/lists/@default/tasks")
        );
        let body = &request.body().text();
        serde_json::from_str(body).unwrap()
    }

    /// GC-08: the day is the user's, and stays the same day at Google.
    #[test]
    fn gc_08_the_due_day_is_the_users() {
        assert!(
            tool("createTasksTool").parameters["properties"]["due"]["description"]
                .as_str()
                .unwrap()
                .contains("time zone")
        );
        let made = || deputy_http::response(200, r#"{"id":"a","title":"Water","etag":"x"}"#);
        let (result, context) = ask(None, made());
        assert_eq!(result, Ok(json!({"id": "a", "title": "Water", "etag": "x"})));
        assert_eq!(sent(&context), json!({"title": "Water"}));
        for due in ["2026-11-25", "2026-11-25T00:30:00+01:00", "2026-11-24T23:00:00Z"] {
            let (_, context) = ask(Some(due), made());
            assert_eq!(
                sent(&context),
                json!({"title": "Water", "notes": "Both", "due": "2026-11-25T00:00:00.000Z"}),
                "{due}"
            );
        }
    }

    /// The user is not asked for what cannot be a task: the model is told what is wrong.
    #[test]
    fn what_cannot_be_a_task_is_told_in_words() {
        let why = |given: Value| input::<CreateTask>(given).err().unwrap();
        assert!(why(json!({"title": "Water", "due": "soon"})).contains("due: not an ISO 8601 date or time"));
        // Trial 4: also what only the zones can tell.
        let tool = CreateTask(provider("google"), Rc::new(TestZones));
        let due = |due: &str| tool.misfit(&input::<CreateTask>(json!({"title": "Water", "due": due})).unwrap());
        assert!(due("2026-11-25T09:00[Mars/Base]").is_some() && due("2026-W48-3").is_none());
        for title in ["", " "] {
            assert!(why(json!({ "title": title })).contains("title: must not be empty"));
        }
        assert!(why(json!({"title": 7})).contains("title: must be a text"));
    }

    #[test]
    fn a_task_that_was_not_made_is_not_said_to_be() {
        for (status, body) in [(400, "{}"), (403, "{}"), (429, "{}")] {
            assert!(
                matches!(ask(None, deputy_http::response(status, body)).0, Err(ToolError::Refused { .. })),
                "{status} {body}"
            );
        }
        for (status, body) in [(200, "{}"), (200, ""), (503, "{}")] {
            let result = ask(None, deputy_http::response(status, body)).0;
            assert!(matches!(result, Err(ToolError::OutcomeUnknown(_))), "{status} {body}");
        }
        assert!(matches!(ask(None, deputy_http::response(401, "")).0, Err(ToolError::Unauthorized { .. })));
    }
}
