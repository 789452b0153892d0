//! The stores of the FGA double, and who may call it.

use deputy_fga::{
    TypeSystem,
    api::{MemoryStores, StoreRecord, Stores as _},
    dsl,
    model::{self, AuthorizationModel},
};
use serde::{Deserialize, Serialize, de::Error as _};

use super::StartError;

/// The key that is taken where a preshared key is asked for. It opens nothing but this program.
pub const PRESHARED_KEY: &str = "offline-preshared-key-not-a-real-one";
/// The store that is there from the start, with the model of documents and folders and without a tuple.
const STORE: &str = "01JZ0000000000000000000001";
const MODEL: &str = "01JZ0000000000000000000002";

/// What a caller has to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FgaAccess {
    /// Nothing, and what is shown makes no difference: an OpenFGA server without authentication.
    #[default]
    Open,
    /// [`PRESHARED_KEY`]: an OpenFGA server of one's own.
    PresharedKey,
    /// An access token of the tenant's for the FGA API: Auth0 FGA.
    ClientCredentials,
}

/// What a reset takes back.
#[derive(Debug)]
pub(crate) struct FgaState {
    pub(crate) stores: MemoryStores,
    pub(crate) access: FgaAccess,
}

impl FgaState {
    /// The state of the start.
    ///
    /// # Errors
    /// [`StartError::Seed`] when the seeded model is none.
    pub(crate) fn seeded() -> Result<Self, StartError> {
        let stores = seeded().map_err(|source| StartError::Seed { file: "documents.fga", source })?;
        Ok(Self { stores, access: FgaAccess::default() })
    }
}

fn seeded() -> Result<MemoryStores, serde_json::Error> {
    let read = dsl::parse(model::DOCUMENTS).map_err(serde_json::Error::custom)?.to_model();
    let system =
        TypeSystem::new(AuthorizationModel { id: MODEL.to_owned(), ..read }).map_err(serde_json::Error::custom)?;
    let mut stores = MemoryStores::default();
    stores
        .create(StoreRecord { id: STORE.to_owned(), name: "Deputy".to_owned(), created_at_ms: 0 })
        .and_then(|()| stores.add_model(STORE, system))
        .map_err(serde_json::Error::custom)?;
    Ok(stores)
}
