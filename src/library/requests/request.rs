use serde::Serialize;
use serde::de::DeserializeOwned;

/// A request that a library answers. Each names the [`Person`] it is asked for, and what that person may is checked for each.
pub trait LibraryRequest: Serialize + DeserializeOwned {
    /// What it is called on the way.
    const NAME: &'static str;
    /// What it is answered with.
    type Reply: Serialize + DeserializeOwned;
}
