//! OpenFGA's HTTP API from the asking side, as pure pairs of request and response: Auth0 FGA, and OpenFGA servers of one's own.
//! The questions are those that the evaluator answers, too.

mod batch_check;
mod check;
mod connection;
mod error;
mod error_code;
mod expand;
mod list_objects;
mod list_users;
mod models;
mod page;
mod question;
mod read;
mod remote;
mod retry;
mod settings;
mod stores;
mod token;
mod write;

pub use batch_check::{BATCH_LIMIT, BatchCall, BatchCheck, batch_check_requests};
pub use check::{check_request, check_response};
pub use connection::{Access, Authentication, Connection, Consistency, Credential};
pub use error::{ApiError, NOT_CHECKED};
pub use error_code::{ErrorCode, NoErrorCode};
pub use expand::{expand_request, expand_response};
pub use list_objects::{ObjectStream, list_objects_request, list_objects_response, streamed_list_objects_request};
pub use list_users::{list_users_request, list_users_response};
pub use models::{
    ModelPage, list_models_request, list_models_response, read_model_request, read_model_response, write_model_request,
    write_model_response,
};
pub use page::Page;
pub(crate) use question::question_key;
pub use read::{StoredTuple, TupleFilter, TuplePage, read_request, read_response};
pub use remote::{FgaClient, Ports};
pub use retry::{Repeatable, RetryPolicy};
pub use settings::{SettingsError, SettingsProblem};
pub use stores::{
    Store, StorePage, create_store_request, get_store_request, list_stores_request, list_stores_response,
    store_response,
};
pub use token::{AccessToken, ClientCredentials, token_request, token_response};
pub use write::{WRITE_LIMIT, write_requests, write_response};
