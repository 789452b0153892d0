use deputy_http::{ReadResponse as _, Response, json, response};
use serde::Serialize;

use super::storage_error::StorageError;
use crate::error::FgaError;
use crate::store::StoreError;

/// Why a call is refused: OpenFGA's code, and its words where it has fixed ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct Refusal {
    pub(super) number: u16,
    pub(super) name: &'static str,
    pub(super) message: String,
    /// The model that was asked, if it came so far.
    model: Option<String>,
}

/// The header that says which model answered.
pub const MODEL_HEADER: &str = "openfga-authorization-model-id";

/// OpenFGA's number and name of a refusal.
pub(super) type Code = (u16, &'static str);

pub(super) const VALIDATION_ERROR: Code = (2000, "validation_error");
pub(super) const INVALID_CONTINUATION_TOKEN: Code = (2007, "invalid_continuation_token");
pub(super) const INVALID_EXPAND_INPUT: Code = (2010, "invalid_expand_input");
pub(super) const ASSERTIONS_TOO_MANY_ITEMS: Code = (2033, "assertions_too_many_items");
pub(super) const TUPLE_KEY_VALUE_NOT_SPECIFIED: Code = (2037, "tuple_key_value_not_specified");
pub(super) const PAGE_SIZE_INVALID: Code = (2039, "page_size_invalid");
pub(super) const DIFFERENCE_BASE_MISSING_VALUE: Code = (2041, "difference_base_missing_value");
pub(super) const SUBTRACT_BASE_MISSING_VALUE: Code = (2042, "subtract_base_missing_value");
pub(super) const TYPE_DEFINITIONS_TOO_FEW_ITEMS: Code = (2045, "type_definitions_too_few_items");
pub(super) const TYPE_INVALID_PATTERN: Code = (2047, "type_invalid_pattern");
pub(super) const RELATIONS_INVALID_PATTERN: Code = (2050, "relations_invalid_pattern");
pub(super) const TOKEN_OF_ANOTHER_TYPE: Code = (2052, "query_string_type_continuation_token_mismatch");
pub(super) const EXCEEDED_ENTITY_LIMIT: Code = (2053, "exceeded_entity_limit");
pub(super) const INTERNAL_ERROR: Code = (4000, "internal_error");
pub(super) const RESOURCE_EXHAUSTED: Code = (4006, "resource_exhausted");
pub(super) const UNDEFINED_ENDPOINT: Code = (5000, "undefined_endpoint");
pub(super) const STORE_ID_NOT_FOUND: Code = (5002, "store_id_not_found");
pub(super) const UNIMPLEMENTED: Code = (5004, "unimplemented");

impl Refusal {
    pub(super) fn new((number, name): Code, message: impl Into<String>) -> Self {
        Self { number, name, message: message.into(), model: None }
    }

    /// Nobody said who asks.
    pub fn bearer_token_missing() -> Self {
        Self::new((1010, "bearer_token_missing"), "missing bearer token")
    }

    /// The token has ended, or is of somebody else, or for another API.
    pub fn invalid_claims() -> Self {
        Self::new((1004, "invalid_claims"), "invalid claims")
    }

    /// Who asks is not known.
    pub fn unauthenticated() -> Self {
        Self::new((1500, "unauthenticated"), "unauthenticated")
    }

    pub(super) fn invalid_continuation_token() -> Self {
        Self::new(INVALID_CONTINUATION_TOKEN, "Invalid continuation token")
    }

    pub(super) fn store_not_found() -> Self {
        Self::new(STORE_ID_NOT_FOUND, "Store ID not found")
    }

    /// The same, after this model was asked.
    pub(super) fn of_model(self, id: &str) -> Self {
        Self { model: Some(id.to_owned()), ..self }
    }

    /// The answer that says so: `{"code":"…","message":"…"}`.
    pub fn response(&self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            code: &'a str,
            message: &'a str,
        }
        let body = json::write(&Body { code: self.name, message: &self.message });
        self.answer(body)
    }

    /// The answer of a stream: gRPC's status in the place of a result.
    pub(super) fn stream_response(&self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error: Status<'a>,
        }
        #[derive(Serialize)]
        struct Status<'a> {
            code: u8,
            message: &'a str,
            details: [(); 0],
        }
        let error = Status { code: self.grpc(), message: &self.message, details: [] };
        let mut body = json::write(&Body { error });
        body.push('\n');
        self.answer(body)
    }

    fn answer(&self, body: String) -> Response {
        let answer = response(self.status(), body).with_header("content-type", "application/json");
        match &self.model {
            Some(id) => answer.with_header(MODEL_HEADER, id),
            None => answer,
        }
    }

    fn status(&self) -> u16 {
        match self.number {
            10 => 409,
            1000..2000 => 401,
            2000..3500 => 400,
            3500..4000 => 422,
            5000.. => 404,
            _ => 500,
        }
    }

    /// gRPC's code of the same status.
    fn grpc(&self) -> u8 {
        match self.status() {
            400 => 3,
            401 => 16,
            404 => 5,
            409 => 10,
            422 => 8,
            _ => 13,
        }
    }
}

impl From<FgaError> for Refusal {
    fn from(error: FgaError) -> Self {
        match error {
            FgaError::Store(reason) => StorageError::from(StoreError(reason)).into(),
            error => Self::new((error.number(), error.name()), error.to_string()),
        }
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        match error {
            // Why is nobody's business who asks.
            StorageError::Failed(_) => Self::new(INTERNAL_ERROR, "Internal Server Error"),
            StorageError::Unsupported(what) => Self::new(UNIMPLEMENTED, what),
        }
    }
}
