use deputy_agent::fields::{Integer, Line};
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use deputy_http::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::order;
use crate::connections::ApiSettings;

/// Buys products, after a yes on the user's device (AA-15, AA-16).
pub struct ShopOnline(pub ApiSettings);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The product to buy")]
    product: Line<1, 200>,
    #[schemars(description = "How many")]
    qty: Integer<1, 1_000_000>,
    #[serde(rename = "priceLimit")]
    #[schemars(with = "Option<f64>", description = "The highest price of one of them, above 0")]
    price_limit: Option<Price>,
}

/// What a model may not take for a purchase.
const DEMO: &str = "this is a demo answer: no shop is set up here, so nothing was bought";

/// A price, above 0.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
struct Price(f64);

impl TryFrom<f64> for Price {
    type Error = &'static str;

    fn try_from(price: f64) -> Result<Self, Self::Error> {
        if price.is_finite() && price > 0.0 { Ok(Self(price)) } else { Err("must be above 0") }
    }
}

impl Tool for ShopOnline {
    type Input = Input;
    const NAME: &'static str = "shop_online";
    const DESCRIPTION: &'static str = "Tool to buy products online";
    const TOPICS: &'static str = "buy shop order product purchase";
    const EFFECT: Effect = Effect::Spends;

    fn effect(&self) -> Effect {
        // AA-16: a demo answer spends nothing, so no phone rings for it.
        if self.0.url.is_some() { Self::EFFECT } else { Effect::Reads }
    }

    fn authority(&self, input: &Input) -> Vec<Authority> {
        if self.0.url.is_none() {
            return vec![Authority::None];
        }
        // AA-06, AA-07
        vec![Authority::Approval {
            audience: self.0.audience.clone(),
            scopes: vec!["openid".to_owned(), "product:buy".to_owned()],
            binding_message: format!("Do you want to buy {} {}", input.qty, input.product),
            requested_expiry: None,
        }]
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        buy(&self.0, &input, grant.approval(), context).await
    }
}

async fn buy(
    api: &ApiSettings,
    input: &Input,
    token: Option<&Secret>,
    context: &dyn CallContext,
) -> Result<Value, ToolError> {
    if api.url.is_none() {
        // AA-16: without a shop there is nothing to send.
        return Ok(Value::from(format!("Ordered {} {} ({DEMO})", input.qty, input.product)));
    }
    let mut order = Map::new();
    order.insert("product".to_owned(), json!(&*input.product));
    order.insert("qty".to_owned(), json!(input.qty.get()));
    if let Some(Price(limit)) = input.price_limit {
        order.insert("priceLimit".to_owned(), json!(limit));
    }
    order::place(api, "shop", token, &order.into(), context).await
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestContext, input, tool};

    fn shop(url: Option<&str>) -> ApiSettings {
        ApiSettings { url: url.map(str::to_owned), audience: "sample-shop-api".to_owned() }
    }

    fn read(given: Value) -> Input {
        input::<ShopOnline>(given).unwrap()
    }

    /// AA-06, AA-07, AA-15: name, description, input, message, scopes, audience.
    #[test]
    fn aa_15_what_the_model_and_the_device_are_told() {
        let offered = tool("shop_online");
        assert_eq!(offered.description, "Tool to buy products online");
        assert_eq!(offered.parameters["required"], json!(["product", "qty"]));
        assert!(offered.parameters["properties"].get("priceLimit").is_some());
        let authority = ShopOnline(shop(Some("https://shop.test/orders")))
            .authority(&read(json!({"product": "XYZ phone", "qty": 2})));
        let [Authority::Approval { audience, scopes, binding_message, .. }] = authority.as_slice() else { panic!() };
        assert_eq!(
            (audience.as_str(), binding_message.as_str()),
            ("sample-shop-api", "Do you want to buy 2 XYZ phone")
        );
        assert_eq!(scopes, &["openid", "product:buy"]);
        let demo = ShopOnline(shop(None));
        assert_eq!(demo.authority(&read(json!({"product": "XYZ phone", "qty": 2}))), [Authority::None]);
        assert_eq!((demo.effect(), ShopOnline(shop(Some("x"))).effect()), (Effect::Reads, Effect::Spends));
    }

    /// AA-15: the three members; AA-16: without a shop it answers as if ordered.
    #[test]
    fn aa_15_aa_16_the_order() {
        let api = shop(Some("https://shop.test/orders"));
        let token = Secret::new("approved-token");
        let wanted = read(json!({"product": "XYZ phone", "qty": 1, "priceLimit": 500.5}));
        let context = TestContext::answering(deputy_http::response(200, "{}"));
        assert_eq!(block_on(buy(&api, &wanted, Some(&token), &context)).unwrap(), json!("OK"));
        let sent = context.sent.borrow();
        let body: Value = serde_json::from_str(&sent[0].body().text()).unwrap();
        assert_eq!(body, json!({"product": "XYZ phone", "qty": 1, "priceLimit": 500.5}));

        let nobody = TestContext::default();
        let demo = "Ordered 1 XYZ phone (this is a demo answer: no shop is set up here, so nothing was bought)";
        assert_eq!(block_on(buy(&shop(None), &wanted, None, &nobody)).unwrap(), json!(demo));
        assert!(nobody.sent.borrow().is_empty());
        for (wrong, why) in [
            (json!({"product": " ", "qty": 1}), "product: must not be empty"),
            (json!({"product": "x", "qty": 0}), "qty: at least 1"),
            (json!({"product": "x", "qty": "0"}), "qty: at least 1"),
            (json!({"product": "x", "qty": 0.5}), "qty: must be a whole number"),
            (json!({"product": "x", "qty": 1, "priceLimit": "0"}), "priceLimit: must be above 0"),
            (json!({"product": "x", "qty": 1, "priceLimit": -1.0}), "priceLimit: must be above 0"),
        ] {
            assert!(input::<ShopOnline>(wrong).err().unwrap().ends_with(&format!("{why}.")), "{why}");
        }
    }
}
