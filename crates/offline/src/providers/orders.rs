//! The shop and the stock exchange: two APIs of the tenant that take orders and never the same one twice.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::tenant::{Access, Presented, authenticate};
use crate::world::{World, random_hex};

const MOST: u64 = 1_000_000;
const LONGEST_KEY: usize = 255;
const LONGEST_TEXT: usize = 200;

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Market {
    audience: &'static str,
    scope: &'static str,
    kind: &'static str,
    /// The member that names what is bought.
    item: &'static str,
}

const SHOP: Market = Market { audience: "sample-shop-api", scope: "product:buy", kind: "shop.order", item: "product" };
const STOCK: Market =
    Market { audience: "sample-stock-api", scope: "stock:trade", kind: "stock.order", item: "ticker" };

/// Why no order was placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum OrderError {
    #[error("The access token is missing, expired, revoked or for another API.")]
    Token,
    #[error("The access token lacks the scope {0}.")]
    Scope(&'static str),
    #[error("{0}")]
    Invalid(String),
    #[error("The idempotency key was used for another order.")]
    KeyReused,
    #[error("The price is above the limit.")]
    TooDear,
}

/// `/shop/orders` and `/stock/orders`.
pub fn router() -> Router<Arc<World>> {
    let route = |market: Market| {
        post(move |state: State<Arc<World>>, presented: Presented, body: Bytes| order(state, presented, body, market))
            .get(move |state: State<Arc<World>>, presented: Presented| list(state, presented, market))
    };
    Router::new().route("/shop/orders", route(SHOP)).route("/stock/orders", route(STOCK))
}

/// `POST`: 200 with the order; the same idempotency key and body give the same order again.
async fn order(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
    market: Market,
) -> Result<Response, OrderError> {
    let access = access(&world, &presented, market)?;
    let wanted: Value =
        serde_json::from_slice(&body).map_err(|_| OrderError::Invalid("The body is not JSON.".into()))?;
    let key = presented.headers.get("idempotency-key").map(|key| key.to_str().unwrap_or_default().to_owned());
    if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > LONGEST_KEY) {
        return Err(OrderError::Invalid("Idempotency-Key must have 1 to 255 printable characters.".into()));
    }
    let (item, qty) = read(&wanted, market)?;
    let slot = key.as_ref().map(|key| (format!("{} {}", market.kind, access.subject), key.clone()));
    let price = price(item);
    if wanted.get("priceLimit").and_then(Value::as_f64).is_some_and(|limit| price > limit) {
        return Err(OrderError::TooDear);
    }
    let answer = json!({
        "id": format!("ord_{}", random_hex(8)), "status": "placed", market.item: item, "qty": qty, "price": price,
    });
    if let Some(slot) = slot {
        // One lock for look-up and entry: of two requests at the same time one is the first.
        let mut state = world.state();
        match state.effects.keys.get(&slot) {
            Some((before, _)) if *before != wanted => return Err(OrderError::KeyReused),
            Some((_, former)) => {
                let replayed = (HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
                return Ok(([replayed], Json(former.clone())).into_response());
            }
            None => state.effects.keys.insert(slot, (wanted.clone(), answer.clone())),
        };
    }
    world.record_effect(market.kind, &access.subject, &access.client_id, key.as_deref(), answer.clone());
    Ok(Json(answer).into_response())
}

/// `GET`: the caller's orders since the last reset.
async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    market: Market,
) -> Result<Json<Value>, OrderError> {
    let access = access(&world, &presented, market)?;
    let own = world.effects().into_iter().filter(|made| made.kind == market.kind && made.user_id == access.subject);
    Ok(Json(json!({ "orders": own.map(|made| made.resource).collect::<Vec<_>>() })))
}

fn access(world: &World, presented: &Presented, market: Market) -> Result<Access, OrderError> {
    let access = authenticate(world, presented).filter(|access| access.is_for(market.audience));
    let access = access.ok_or(OrderError::Token)?;
    if access.has(market.scope) { Ok(access) } else { Err(OrderError::Scope(market.scope)) }
}

fn read(wanted: &Value, market: Market) -> Result<(&str, u64), OrderError> {
    let item = wanted.get(market.item).and_then(Value::as_str).map(str::trim);
    let item = item.filter(|item| !item.is_empty() && item.chars().count() <= LONGEST_TEXT);
    let item = item.ok_or_else(|| OrderError::Invalid(format!("{} must be a text.", market.item)))?;
    let qty = wanted.get("qty").and_then(Value::as_u64).filter(|qty| (1..=MOST).contains(qty));
    let qty = qty.ok_or_else(|| OrderError::Invalid("qty must be a whole number from 1.".to_owned()))?;
    let limit = wanted.get("priceLimit").filter(|limit| !limit.is_null());
    if limit.is_some_and(|limit| limit.as_f64().is_none_or(|limit| limit <= 0.0)) {
        return Err(OrderError::Invalid("priceLimit must be a number above 0.".to_owned()));
    }
    Ok((item, qty))
}

/// A price that follows from the name alone, between 10 and 1009.
fn price(item: &str) -> f64 {
    let sum = item.to_lowercase().bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    f64::from(sum % 1000) + 10.0
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        let (status, code, challenge) = match &self {
            Self::Token => {
                (StatusCode::UNAUTHORIZED, "invalid_token", Some("Bearer error=\"invalid_token\"".to_owned()))
            }
            Self::Scope(scope) => {
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                (StatusCode::FORBIDDEN, "insufficient_scope", Some(challenge))
            }
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid_request", None),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", None),
            Self::TooDear => (StatusCode::CONFLICT, "price_above_limit", None),
        };
        let mut response = (status, Json(json!({ "error": code, "message": self.to_string() }))).into_response();
        if let Some(challenge) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
