use deputy_agent::{CallContext, ToolError};
use deputy_http::{BuildRequest, ReadResponse, Response, Secret, TransportError};
use serde_json::Value;

use crate::connections::ApiSettings;

/// Sends an order to one of our own APIs with the token of an approval, once: the call's id is its idempotency key, so the
/// same call sent again is the same order. Gives the status in words, as the documents do (AA-15, AA-18).
///
/// Errors: what the API answered; that nobody knows whether it took the order, when the answer was lost.
pub async fn place(
    api: &ApiSettings,
    name: &str,
    token: Option<&Secret>,
    body: &Value,
    context: &dyn CallContext,
) -> Result<Value, ToolError> {
    let Some(url) = &api.url else {
        return Err(ToolError::Answer(format!("The {name} is not set up here.")));
    };
    let request = deputy_http::post(url).header("idempotency-key", context.call_id()).json(body);
    // AA-04: with the token if there is one.
    let request = match token {
        Some(token) => request.bearer(token),
        None => request,
    };
    match context.send(request).await {
        Ok(response) if response.status().is_success() => Ok(Value::from(status_text(response.status().as_u16()))),
        Ok(response) if response.status().as_u16() >= 500 => Err(unknown(name)),
        Ok(response) => Err(ToolError::Refused { code: "refused_by_provider", message: refused(name, &response) }),
        Err(TransportError::Unreachable { .. } | TransportError::TimedOut { .. } | TransportError::Aborted) => {
            Err(unknown(name))
        }
        // It answered, with more than is read.
        Err(error @ TransportError::TooLarge { .. }) => Err(ToolError::OutcomeUnknown(error.to_string())),
    }
}

fn unknown(name: &str) -> ToolError {
    ToolError::OutcomeUnknown(format!("The {name} gave no answer, so nobody knows whether it took the order."))
}

fn refused(name: &str, response: &Response) -> String {
    let status = response.status().as_u16();
    let body: Value = response.json().unwrap_or_default();
    let said = ["/message", "/error_description", "/error"].iter().find_map(|at| body.pointer(at)?.as_str());
    let said: String = said.unwrap_or_default().chars().filter(|c| !c.is_control()).take(300).collect();
    match said.as_str() {
        "" => format!("The {name} did not take the order ({status} {}).", status_text(status)),
        said => format!("The {name} did not take the order ({status}): {said}"),
    }
}

/// The reason phrase of a status (RFC 9110, 15): HTTP/2 and the runtime carry none.
fn status_text(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        203 | 205..300 => "Success",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::TestContext;

    fn shop(url: Option<&str>) -> ApiSettings {
        ApiSettings { url: url.map(str::to_owned), audience: "sample-shop-api".to_owned() }
    }

    fn send(answer: Result<Response, TransportError>) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::with_answers([answer]);
        let token = Secret::new("approved-token");
        let api = shop(Some("https://shop.test/orders"));
        let result = block_on(place(&api, "shop", Some(&token), &json!({"product": "x"}), &context));
        (result, context)
    }

    /// AA-04, AA-15: the token FA issued, the body, the status text; the call's id as idempotency key.
    #[test]
    fn aa_04_the_order_carries_the_approvals_token_and_the_calls_id() {
        let (result, context) = send(Ok(deputy_http::response(200, "{}")));
        assert_eq!(result.unwrap(), json!("OK"));
        let sent = context.sent.borrow();
        assert_eq!(sent[0].headers()["authorization"], "Bearer approved-token");
        assert_eq!(sent[0].headers()["idempotency-key"], "call_1");
        assert_eq!(sent[0].body().text(), r#"{"product":"x"}"#);
    }

    /// An answer that was lost is no failure: the order may have been taken.
    #[test]
    fn a_lost_answer_is_unknown_and_a_refusal_is_a_sentence() {
        let host = || "shop.test".to_owned();
        for lost in [
            Err(TransportError::TimedOut { host: host() }),
            Err(TransportError::Unreachable { host: host() }),
            Ok(deputy_http::response(502, "")),
        ] {
            assert!(matches!(send(lost).0, Err(ToolError::OutcomeUnknown(_))));
        }
        let refused = send(Ok(deputy_http::response(409, r#"{"message":"The price is above the limit."}"#))).0;
        let sentence = "The shop did not take the order (409): The price is above the limit.";
        assert_eq!(refused.unwrap_err().to_string(), sentence);
        let plain = send(Ok(deputy_http::response(403, "no"))).0;
        assert_eq!(plain.unwrap_err().to_string(), "The shop did not take the order (403 Forbidden).");
    }
}
