use deputy_agent::fields::{Integer, Line};
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::order;
use crate::connections::ApiSettings;

/// Buys shares, after a yes on the user's device (CF-27, AA-18).
pub struct BuyStock(pub ApiSettings);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The ticker symbol of the stock to buy")]
    ticker: Line<1, 20>,
    // The starter says `quantity`.
    #[serde(alias = "quantity")]
    #[schemars(description = "The number of shares to buy")]
    qty: Integer<1, 1_000_000>,
}

impl Tool for BuyStock {
    type Input = Input;
    const NAME: &'static str = "buyStock";
    const DESCRIPTION: &'static str = "Use this function to buy stock";
    const TOPICS: &'static str = "buy stock share trade invest purchase";
    const EFFECT: Effect = Effect::Spends;

    fn unavailable(&self) -> Option<String> {
        // AA-18: there is no mock.
        self.0.url.is_none().then(|| "The stock exchange is not set up here: STOCK_API_URL is missing.".to_owned())
    }

    fn authority(&self, input: &Input) -> Vec<Authority> {
        // AA-06, AA-07
        vec![Authority::Approval {
            audience: self.0.audience.clone(),
            scopes: vec!["openid".to_owned(), "stock:trade".to_owned()],
            binding_message: format!("Do you want to buy {} shares of {}", input.qty, input.ticker),
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
        let order = json!({"ticker": &*input.ticker, "qty": input.qty.get()});
        order::place(&self.0, "stock exchange", grant.approval(), &order, context).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::testing::{input, tool};

    fn read(given: Value) -> Result<Input, String> {
        input::<BuyStock>(given)
    }

    /// CF-27, AA-06, AA-07, AA-18: name, description, input, message, scopes, audience.
    #[test]
    fn aa_18_what_the_model_and_the_device_are_told() {
        let offered = tool("buyStock");
        assert_eq!(offered.description, "Use this function to buy stock");
        assert_eq!(offered.parameters["required"], json!(["ticker", "qty"]));
        let api = ApiSettings { url: None, audience: "sample-stock-api".to_owned() };
        assert!(BuyStock(api.clone()).unavailable().is_some_and(|why| why.contains("STOCK_API_URL")));
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
    fn the_starters_quantity_is_understood_and_nonsense_is_told_in_words() {
        assert_eq!(read(json!({"ticker": "GOOGL", "quantity": 3})).unwrap().qty.get(), 3);
        for (wrong, why) in [
            (json!({"ticker": "", "qty": 0}), "qty: at least 1; ticker: must not be empty"),
            (json!({"ticker": "GOOGL"}), "qty: is missing"),
            (json!({"ticker": "GOOGL", "quantity": 0}), "quantity: at least 1"),
            (json!({"ticker": "GOOGL", "qty": -1}), "qty: at least 1"),
            (json!({"ticker": "GOOGL", "qty": 1.5}), "qty: must be a whole number"),
            (json!({"ticker": "GOOGL", "qty": 1_000_001}), "qty: at most 1000000"),
            (json!({"ticker": " ", "qty": 1}), "ticker: must not be empty"),
            (json!({"ticker": "x".repeat(21), "qty": 1}), "ticker: at most 20 characters"),
            (json!({"qty": 1}), "ticker: is missing"),
        ] {
            let said = format!("The input of buyStock does not fit: {why}.");
            assert_eq!(read(wrong.clone()).err(), Some(said), "{wrong}");
        }
    }
}
