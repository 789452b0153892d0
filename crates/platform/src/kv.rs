//! Workers KV.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use super::bindings::RawKv;

/// The binding `TOKEN_VAULT`: sealed provider tokens and hints. A missing binding or a failing store looks like a miss.
#[derive(Clone)]
pub struct Vault(Option<RawKv>);

impl Vault {
    /// The store behind the binding.
    pub fn of(env: &Env) -> Self {
        let binding = Reflect::get(env, &JsValue::from_str("TOKEN_VAULT")).ok();
        Self(binding.filter(JsValue::is_object).map(JsCast::unchecked_into))
    }

    /// The value, if it is there.
    pub async fn get(&self, key: &str) -> Option<String> {
        let value = self.0.as_ref()?.get(key).ok()?;
        JsFuture::from(value).await.ok()?.as_string()
    }

    /// Stores a value; less than 60 seconds are not worth a write and not accepted by the store.
    pub async fn put(&self, key: &str, value: String, ttl_seconds: u64) {
        const MIN_TTL_SECONDS: u64 = 60;
        if ttl_seconds >= MIN_TTL_SECONDS
            && let Some(written) = self.begin_put(key, &value, ttl_seconds)
        {
            let _ = JsFuture::from(written).await;
        }
    }

    fn begin_put(&self, key: &str, value: &str, ttl_seconds: u64) -> Option<Promise> {
        let options = Object::new();
        let ttl = JsValue::from_f64(ttl_seconds as f64);
        Reflect::set(&options, &JsValue::from_str("expirationTtl"), &ttl).ok()?;
        self.0.as_ref()?.put(key, value, &options).ok()
    }
}
