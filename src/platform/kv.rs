use worker::{Env, KvStore};

/// The binding `TOKEN_VAULT`: sealed provider tokens and hints. A missing binding or a failing store looks like a miss.
#[derive(Clone)]
pub struct Vault(Option<KvStore>);

impl Vault {
    /// The store behind the binding.
    pub fn of(env: &Env) -> Self {
        Self(env.kv("TOKEN_VAULT").ok())
    }

    /// The value, if it is there.
    pub async fn get(&self, key: &str) -> Option<String> {
        self.0.as_ref()?.get(key).text().await.ok().flatten()
    }

    /// Stores a value; less than 60 seconds are not worth a write and not accepted by the store.
    pub async fn put(&self, key: &str, value: String, ttl_seconds: u64) {
        const MIN_TTL_SECONDS: u64 = 60;
        let Some(store) = &self.0 else { return };
        if ttl_seconds < MIN_TTL_SECONDS {
            return;
        }
        if let Ok(put) = store.put(key, value) {
            let _ = put.expiration_ttl(ttl_seconds).execute().await;
        }
    }
}
