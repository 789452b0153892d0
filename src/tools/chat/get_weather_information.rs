use deputy_agent::fields::Line;
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// The documents' example of a tool that asks first (CF-18). Its answer is theirs: it shows the asking, not the weather.
pub struct GetWeatherInformation;

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    city: Line<1, 100>,
}

impl Tool for GetWeatherInformation {
    type Input = Input;
    const NAME: &'static str = "getWeatherInformation";
    const DESCRIPTION: &'static str = "show the weather in a given city to the user";
    const TOPICS: &'static str = "weather rain snow sunny temperature forecast";
    const EFFECT: Effect = Effect::Reads;
    const UNTRUSTED: bool = false;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::Confirmation]
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        _grant: Grant,
        _context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        Ok(Value::from(format!("The weather in {} is sunny", input.city)))
    }
}
