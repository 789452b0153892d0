use std::rc::Rc;

use deputy_agent::fields::{Line, Text};
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError, VerifiedUser};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::library::{Document, Library, NoAnswer};
use super::refusal::{NO_USER, change_failed, read_failed};

/// A text of the conversation becomes a document of the user's, once the user has said yes (RG-10).
pub struct SaveDocument(pub Rc<dyn Library>);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The title of the document")]
    title: Line<1, 200>,
    #[schemars(description = "The whole text of the document, plain or Markdown, as the user wants it to be kept")]
    text: Text<1, 50_000>,
}

impl Tool for SaveDocument {
    type Input = Input;
    const NAME: &'static str = "save_document";
    const DESCRIPTION: &'static str =
        "Save a text as a new document of the user in the knowledge base. Only the user can see it";
    const EFFECT: Effect = Effect::Writes;
    const SHOWS_DOCUMENTS: bool = true;
    const TOPICS: &'static str = "save note document";
    // The document is named after the call.
    const CHECKS: bool = true;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::None]
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        _grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        let user = signed_in(context.user())?;
        let saved = self.0.add(user, &context.call_id(), &input.title, &input.text).await;
        saved.map(|document| shown(&document)).map_err(change_failed)
    }

    async fn check(&self, _input: Input, _grant: Grant, context: &dyn CallContext) -> Result<Option<Value>, ToolError> {
        let user = signed_in(context.user())?;
        match self.0.find(user, &context.call_id()).await {
            Ok(found) => Ok(found.as_ref().map(shown)),
            Err(NoAnswer::Lost(problem) | NoAnswer::Refused(problem)) => Err(read_failed(problem)),
            Err(missing) => Err(change_failed(missing)),
        }
    }
}

fn signed_in(user: Option<&VerifiedUser>) -> Result<&VerifiedUser, ToolError> {
    user.ok_or_else(|| ToolError::Answer(NO_USER.to_owned()))
}

fn shown(document: &Document) -> Value {
    json!({"documentId": document.id, "title": document.title})
}

#[cfg(test)]
mod tests {
    use deputy_agent::Problem;

    use super::*;
    use crate::tools::testing::input;

    #[test]
    fn rg_10_a_text_and_a_title_that_fit() {
        assert!(input::<SaveDocument>(json!({"title": "Plan", "text": "# Plan\n\nOne."})).is_ok());
        for bad in [
            json!({"title": "", "text": "x"}),
            json!({"title": "a\nb", "text": "x"}),
            json!({"title": "Plan", "text": " "}),
            json!({"title": "Plan", "text": "x".repeat(50_001)}),
        ] {
            assert!(input::<SaveDocument>(bad.clone()).is_err(), "{bad}");
        }
    }

    /// An answer that was lost is no refusal: the document may be there.
    #[test]
    fn a_lost_answer_is_unknown_and_a_refusal_is_one() {
        let problem = || Problem { code: "limit_documents".into(), message: "There is no room.".into() };
        assert_eq!(change_failed(NoAnswer::Lost(problem())), ToolError::OutcomeUnknown("There is no room.".into()));
        assert!(matches!(change_failed(NoAnswer::Refused(problem())), ToolError::Refused { .. }));
        assert!(signed_in(None).is_err());
    }
}
