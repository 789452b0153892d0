use deputy_agent::{Api, Authority, Effect, Grant, Host, Permit, Tool, ToolError};
use deputy_http::Request;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Profile of the signed-in user, from the tenant (OA-02, CF-26).
pub struct GetUserInfo;

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for GetUserInfo {
    type Input = Input;
    const NAME: &'static str = "get_user_info";
    const DESCRIPTION: &'static str = "Get information about the current logged in user.";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::Session]
    }

    async fn call(&self, _input: Input, _permit: Permit, grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        let Some(token) = grant.session() else { return Ok(Value::from("There is no user logged in.")) };
        let tenant = host.base_url(Api::Tenant).unwrap_or_default();
        // OpenID Connect Core, 5.3.1
        let response = host.send(Request::get(format!("{tenant}/userinfo")).bearer(token.clone())).await?;
        if !response.is_success() {
            return Ok(Value::from("I couldn't verify your identity"));
        }
        let profile: Value = response.json().unwrap_or_else(|_| Value::from("I couldn't verify your identity"));
        Ok(json!({ "result": profile }))
    }
}
