use deputy_agent::fields::Integer;
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tools::provider::{Bound, Caller, Next, Provider, shape};

/// Path of the user's default task list.
pub const TASKS: &str = "/tasks/v1/lists/@default/tasks";
/// What reading and writing tasks takes.
pub const SCOPE: &str = "https://www.googleapis.com/auth/tasks";
const DEFAULT: u64 = 20;
const TASK: [(&str, &str); 10] = [
    ("id", "/id"),
    ("title", "/title"),
    ("notes", "/notes"),
    ("status", "/status"),
    ("due", "/due"),
    ("completed", "/completed"),
    ("deleted", "/deleted"),
    ("hidden", "/hidden"),
    ("position", "/position"),
    ("links", "/links"),
];

/// The tasks of the user's default list in Google Tasks.
pub struct GetTasks(pub Provider);

/// Input.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[schemars(description = "How many at most", extend("default" = DEFAULT))]
    max_results: Option<Integer<1, 100>>,
    #[schemars(description = "Completed tasks too", extend("default" = true))]
    show_completed: Option<bool>,
    #[schemars(description = "Also those completed in Google's own apps", extend("default" = false))]
    show_hidden: Option<bool>,
}

impl Tool for GetTasks {
    type Input = Input;
    const NAME: &'static str = "getTasksTool";
    const DESCRIPTION: &'static str = "Get the tasks of the user's default list in Google Tasks";
    const TOPICS: &'static str = "task todo";
    const EFFECT: Effect = Effect::Reads;

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
        tasks(&input, &self.0.caller(grant.vault(self.0.connection()), context)?).await
    }
}

async fn tasks(input: &Input, google: &Caller<'_>) -> Result<Value, ToolError> {
    let most = input.max_results.map_or(DEFAULT, Integer::get);
    let bound = Bound { records: usize::try_from(most).unwrap_or(usize::MAX), pages: 8 };
    let most = most.to_string();
    // https://developers.google.com/workspace/tasks/reference/rest/v1/tasks/list
    let query = [
        ("maxResults", most.as_str()),
        ("showCompleted", flag(input.show_completed, true)),
        ("showHidden", flag(input.show_hidden, false)),
    ];
    let next = Next::Token("pageToken", "/nextPageToken");
    let read = google.pages(TASKS, (&query, &[]), (next, "/items"), bound).await?;
    let tasks: Vec<Value> = read.records.iter().map(|task| shape::pick(task, &TASK)).collect();
    Ok(match read.rest {
        None => json!({"tasksCount": tasks.len(), "tasks": tasks}),
        Some(rest) => json!({"tasksCount": tasks.len(), "tasks": tasks, "partial": rest}),
    })
}

fn flag(given: Option<bool>, default: bool) -> &'static str {
    if given.unwrap_or(default) { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestContext, input, provider, tool};

    fn ask(input: &Input, status: u16, body: &str) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::answering(deputy_http::response(status, body));
        let (google, token) = (provider("google"), Secret::new("provider-token"));
        let result = block_on(tasks(input, &google.caller(Some(&token), &context).unwrap()));
        (result, context)
    }

    #[test]
    fn tasks_are_asked_for_with_defaults_or_as_the_model_wants() {
        assert_eq!(tool("getTasksTool").parameters["properties"]["maxResults"]["maximum"], 100);
        let many = json!({"maxResults": 100, "showCompleted": false, "showHidden": true});
        let many = input::<GetTasks>(many).unwrap();
        for (input, query) in [
            (Input::default(), "maxResults=20&showCompleted=true&showHidden=false"),
            (many, "maxResults=100&showCompleted=false&showHidden=true"),
        ] {
            let (_, context) = ask(&input, 200, "{}");
            assert_eq!(context.sent.borrow()[0].uri().to_string(), format!("https://google.test{TASKS}?{query}"));
        }
        let why = input::<GetTasks>(json!({"maxResults": 101, "showHidden": "yes"})).err().unwrap();
        assert!(why.ends_with("maxResults: at most 100; showHidden: must be true or false."), "{why}");
    }

    /// Trial 36, of its kind: a list that goes on is followed up to what was asked for; more is announced.
    #[test]
    fn t36_pages_of_tasks() {
        let page = |id: &str, token: &str| {
            let body = json!({"items": [{"id": id}], "nextPageToken": token});
            Ok(deputy_http::response(200, body.to_string()))
        };
        let two = input::<GetTasks>(json!({"maxResults": "2"})).unwrap();
        let context = TestContext::with_answers([page("a", "t1"), page("b", "t2"), page("c", "")]);
        let (google, token) = (provider("google"), Secret::new("provider-token"));
        let result = block_on(tasks(&two, &google.caller(Some(&token), &context).unwrap())).unwrap();
        assert_eq!((&result["tasksCount"], context.sent.borrow().len()), (&json!(2), 2));
        assert!(result["partial"].as_str().unwrap().contains("there are more"), "{result}");
        assert!(context.sent.borrow()[1].uri().to_string().ends_with("showHidden=false&pageToken=t1"));
    }

    #[test]
    fn tasks_are_shown_small_and_errors_are_told_apart() {
        let body = r#"{"items":[{"id":"a","etag":"x","title":"T","status":"needsAction","links":[]},{"id":"b"}]}"#;
        let expected = json!({"tasksCount": 2, "tasks": [{"id": "a", "title": "T", "status": "needsAction", "links": []}, {"id": "b"}]});
        assert_eq!(ask(&Input::default(), 200, body).0, Ok(expected));
        assert_eq!(ask(&Input::default(), 200, "{}").0, Ok(json!({"tasksCount": 0, "tasks": []})));
        assert!(matches!(ask(&Input::default(), 401, "").0, Err(ToolError::Unauthorized { .. })));
        for (status, body) in [(403, "{}"), (500, ""), (200, "[]"), (200, r#"{"items":{}}"#)] {
            assert!(
                matches!(ask(&Input::default(), status, body).0, Err(ToolError::Refused { .. })),
                "{status} {body}"
            );
        }
    }
}
