use deputy_agent::{Authority, Effect, Grant, Host, Permit, Tool, ToolError};
use deputy_http::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::own_api;
use crate::config::OwnApi;

const MOST: u32 = 1_000_000;
const LONGEST: usize = 200;

/// Buys products, after a yes on the user's device (AA-15, AA-16).
pub struct ShopOnline(pub OwnApi);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The product to buy", length(min = 1, max = 200))]
    product: String,
    #[schemars(description = "How many", range(min = 1, max = 1_000_000))]
    qty: u32,
    #[serde(rename = "priceLimit")]
    #[schemars(description = "The highest price of one of them; nothing is bought above it")]
    price_limit: Option<f64>,
}

impl Tool for ShopOnline {
    type Input = Input;
    const NAME: &'static str = "shop_online";
    const DESCRIPTION: &'static str = "Tool to buy products online";
    const EFFECT: Effect = Effect::Spends;

    fn authority(&self, input: &Input) -> Vec<Authority> {
        // AA-06, AA-07
        vec![Authority::Approval {
            audience: self.0.audience.clone(),
            scopes: vec!["openid".to_owned(), "product:buy".to_owned()],
            binding_message: format!("Do you want to buy {} {}", input.qty, input.product),
            requested_expiry: None,
        }]
    }

    async fn call(&self, input: Input, _permit: Permit, grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        buy(&self.0, &input, grant.approval(), host).await
    }
}

async fn buy(api: &OwnApi, input: &Input, token: Option<&Secret>, host: &dyn Host) -> Result<Value, ToolError> {
    let product = input.product.trim();
    if product.is_empty() || product.chars().count() > LONGEST || input.qty == 0 || input.qty > MOST {
        return Err(ToolError::Answer("An order needs a product, and a number of 1 to 1000000.".to_owned()));
    }
    if input.price_limit.is_some_and(|limit| !limit.is_finite() || limit <= 0.0) {
        return Err(ToolError::Answer("The price limit must be above 0.".to_owned()));
    }
    if api.url.is_none() {
        // AA-16: without a shop there is nothing to send.
        return Ok(Value::from(format!("Ordered {} {product}", input.qty)));
    }
    let mut order = json!({ "product": product, "qty": input.qty });
    if let (Some(limit), Some(order)) = (input.price_limit, order.as_object_mut()) {
        order.insert("priceLimit".to_owned(), limit.into());
    }
    own_api::order(api, "shop", token, &order, host).await
}

#[cfg(test)]
mod tests {
    use deputy_http::Response;
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestHost, tool};

    fn shop(url: Option<&str>) -> OwnApi {
        OwnApi { url: url.map(str::to_owned), audience: "sample-shop-api".to_owned() }
    }

    fn input(value: Value) -> Input {
        deputy_http::json::read_value(&value).unwrap()
    }

    /// AA-06, AA-07, AA-15: name, description, input, message, scopes, audience.
    #[test]
    fn aa_15_what_the_model_and_the_device_are_told() {
        let offered = tool("shop_online");
        assert_eq!(offered.description, "Tool to buy products online");
        assert_eq!(offered.parameters["required"], json!(["product", "qty"]));
        assert!(offered.parameters["properties"].get("priceLimit").is_some());
        let authority = ShopOnline(shop(None)).authority(&input(json!({"product": "XYZ phone", "qty": 2})));
        let [Authority::Approval { audience, scopes, binding_message, .. }] = authority.as_slice() else { panic!() };
        assert_eq!(
            (audience.as_str(), binding_message.as_str()),
            ("sample-shop-api", "Do you want to buy 2 XYZ phone")
        );
        assert_eq!(scopes, &["openid", "product:buy"]);
    }

    /// AA-15: the three members; AA-16: without a shop it answers as if ordered.
    #[test]
    fn aa_15_aa_16_the_order() {
        let api = shop(Some("https://shop.test/orders"));
        let token = Secret::new("approved-token");
        let wanted = input(json!({"product": "XYZ phone", "qty": 1, "priceLimit": 500.5}));
        let host = TestHost::answering(Response::new(200, "{}"));
        assert_eq!(block_on(buy(&api, &wanted, Some(&token), &host)).unwrap(), json!("OK"));
        let sent = host.sent.borrow();
        let body: Value = serde_json::from_str(sent[0].body.text().unwrap()).unwrap();
        assert_eq!(body, json!({"product": "XYZ phone", "qty": 1, "priceLimit": 500.5}));

        let nobody = TestHost::default();
        assert_eq!(block_on(buy(&shop(None), &wanted, Some(&token), &nobody)).unwrap(), json!("Ordered 1 XYZ phone"));
        assert!(nobody.sent.borrow().is_empty());
        for wrong in [
            json!({"product": " ", "qty": 1}),
            json!({"product": "x", "qty": 0}),
            json!({"product": "x", "qty": 1, "priceLimit": -1.0}),
        ] {
            let refused = block_on(buy(&api, &input(wrong.clone()), Some(&token), &nobody));
            assert!(matches!(refused, Err(ToolError::Answer(_))), "{wrong}");
        }
    }
}
