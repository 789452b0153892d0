use serde::{Deserialize, Serialize};

/// A page of a list: what `tools/list`, `resources/list`, `resources/templates/list` and `prompts/list` answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// In an order that stays.
    pub items: Vec<T>,
    /// What asks for the next page.
    pub next: Option<String>,
    /// For how long it may be kept (2026-07-28).
    pub cache: Option<CacheHint>,
}

impl<T> Page<T> {
    /// The only page.
    pub fn all(items: Vec<T>) -> Self {
        Self { items, next: None, cache: None }
    }
}

/// For how long, and by whom, a result may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheHint {
    /// Milliseconds; 0: not at all.
    pub ttl_ms: u64,
    /// For whom what was kept is.
    pub cache_scope: CacheScope,
}

impl CacheHint {
    /// Not to be kept.
    pub const NONE: Self = Self { ttl_ms: 0, cache_scope: CacheScope::Private };
}

/// For whom what was kept is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheScope {
    /// Whoever asks.
    Public,
    /// The one who asked.
    Private,
}
