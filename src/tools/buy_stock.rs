use deputy_agent::{Authority, Effect, Grant, Host, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::own_api;
use crate::config::OwnApi;

/// Buys shares, after a yes on the user's device (CF-27, AA-18).
pub struct BuyStock(pub OwnApi);

/// Input: a ticker of 1 to 20 letters and 1 to 1000000 shares.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "Order")]
pub struct Input {
    ticker: String,
    qty: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Order {
    #[schemars(description = "The ticker symbol of the stock to buy", length(min = 1, max = 20))]
    ticker: String,
    /// The starter says `quantity`.
    #[serde(alias = "quantity")]
    #[schemars(description = "The number of shares to buy", range(min = 1, max = 1_000_000))]
    qty: u32,
}

impl TryFrom<Order> for Input {
    type Error = &'static str;

    fn try_from(order: Order) -> Result<Self, Self::Error> {
        let ticker = order.ticker.trim().to_owned();
        if !(1..=20).contains(&ticker.chars().count()) {
            return Err("ticker: 1 to 20 letters");
        }
        if !(1..=1_000_000).contains(&order.qty) {
            return Err("qty: 1 to 1000000");
        }
        Ok(Self { ticker, qty: order.qty })
    }
}

impl Tool for BuyStock {
    type Input = Input;
    const NAME: &'static str = "buyStock";
    const DESCRIPTION: &'static str = "Use this function to buy stock";
    const EFFECT: Effect = Effect::Spends;

    fn authority(&self, input: &Input) -> Vec<Authority> {
        // AA-06, AA-07
        vec![Authority::Approval {
            audience: self.0.audience.clone(),
            scopes: vec!["openid".to_owned(), "stock:trade".to_owned()],
            binding_message: format!("Do you want to buy {} shares of {}", input.qty, input.ticker),
            requested_expiry: None,
        }]
    }

    async fn call(&self, input: Input, _permit: Permit, grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        let order = json!({ "ticker": input.ticker, "qty": input.qty });
        own_api::order(&self.0, "stock exchange", grant.approval(), &order, host).await
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::tools::testing::tool;

    fn read(input: Value) -> Result<Input, String> {
        deputy_http::json::read_value(&input).map_err(|error| error.to_string())
    }

    /// CF-27, AA-06, AA-07, AA-18: name, description, input, message, scopes, audience.
    #[test]
    fn aa_18_what_the_model_and_the_device_are_told() {
        let offered = tool("buyStock");
        assert_eq!(offered.description, "Use this function to buy stock");
        assert_eq!(offered.parameters["required"], json!(["ticker", "qty"]));
        let api = OwnApi { url: None, audience: "sample-stock-api".to_owned() };
        let input = read(json!({"ticker": "GOOGL", "qty": 3})).unwrap();
        let authority = BuyStock(api).authority(&input);
        assert_eq!(
            authority,
            [Authority::Approval {
                audience: "sample-stock-api".to_owned(),
                scopes: vec!["openid".to_owned(), "stock:trade".to_owned()],
                binding_message: "Do you want to buy 3 shares of GOOGL".to_owned(),
                requested_expiry: None,
            }]
        );
        assert_eq!(BuyStock::EFFECT, Effect::Spends);
    }

    #[test]
    fn the_starters_quantity_is_understood_and_nonsense_is_not() {
        assert_eq!(read(json!({"ticker": "GOOGL", "quantity": 3})).unwrap().qty, 3);
        for wrong in [
            json!({"ticker": "GOOGL"}),
            json!({"ticker": "GOOGL", "qty": 0}),
            json!({"ticker": "GOOGL", "qty": -1}),
            json!({"ticker": "GOOGL", "qty": 1.5}),
            json!({"ticker": "GOOGL", "qty": 1_000_001}),
            json!({"ticker": " ", "qty": 1}),
            json!({"ticker": "x".repeat(21), "qty": 1}),
            json!({"qty": 1}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
