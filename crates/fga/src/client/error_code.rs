use std::fmt;
use std::str::FromStr;

/// An error code of OpenFGA's API. Which status an answer has follows from the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum ErrorCode {
    /// The token is for nobody that is known.
    AuthFailedInvalidSubject,
    /// The token is for another API.
    AuthFailedInvalidAudience,
    /// The token is of another issuer.
    AuthFailedInvalidIssuer,
    /// A claim of the token is not as it has to be.
    InvalidClaims,
    /// The token is none, or has ended.
    AuthFailedInvalidBearerToken,
    /// There is no token.
    BearerTokenMissing,
    /// Who asks is not known.
    Unauthenticated,
    /// Who asks may not.
    Forbidden,
    /// The request is not as it has to be; of a check also: its type or relation is not in the model.
    ValidationError,
    /// No model of this id.
    AuthorizationModelNotFound,
    /// The question leads too deep.
    ResolutionTooComplex,
    /// Nothing to write and nothing to delete.
    InvalidWriteInput,
    /// One tuple twice in a request.
    DuplicateTuples,
    /// One type twice in a model.
    DuplicateTypes,
    /// A relation refers to another twice.
    MultipleReferences,
    /// The page's token is not one, or another question's.
    InvalidContinuationToken,
    /// A tuple set is not as it has to be.
    InvalidTupleSet,
    /// A check is not as it has to be.
    InvalidCheckInput,
    /// An expansion is not as it has to be.
    InvalidExpandInput,
    /// A rewrite that is not supported.
    UnsupportedUserSet,
    /// No `type:id`.
    InvalidObjectFormat,
    /// A tuple to write exists, or one to delete does not.
    WriteFailed,
    /// The model has no assertions.
    AssertionsNotFound,
    /// The store has no model.
    LatestAuthorizationModelNotFound,
    /// The model has no such type.
    TypeNotFound,
    /// The type has no such relation.
    RelationNotFound,
    /// A relation without definition.
    EmptyRelationDefinition,
    /// No user.
    InvalidUser,
    /// The model does not allow the tuple.
    InvalidTuple,
    /// The model has no such relation.
    UnknownRelation,
    /// A store id that is none.
    StoreIdInvalidLength,
    /// Too many assertions.
    AssertionsTooManyItems,
    /// An id that is too long.
    IdTooLong,
    /// A model id that is too long.
    AuthorizationModelIdTooLong,
    /// A part of a tuple is missing.
    TupleKeyValueNotSpecified,
    /// No tuple, or too many.
    TupleKeysTooManyOrTooFewItems,
    /// The size of a page.
    PageSizeInvalid,
    /// A value is missing.
    ParamMissingValue,
    /// The base of a difference is missing.
    DifferenceBaseMissingValue,
    /// What a difference takes away is missing.
    SubtractBaseMissingValue,
    /// An object that is too long.
    ObjectTooLong,
    /// A relation that is too long.
    RelationTooLong,
    /// A model without types.
    TypeDefinitionsTooFewItems,
    /// A type's name is too long.
    TypeInvalidLength,
    /// A type's name has a character that it may not have.
    TypeInvalidPattern,
    /// A type without relations.
    RelationsTooFewItems,
    /// A relation's name is too long.
    RelationsTooLong,
    /// A relation's name has a character that it may not have.
    RelationsInvalidPattern,
    /// An object has a character that it may not have.
    ObjectInvalidPattern,
    /// The page's token is of a question for another type.
    QueryStringTypeContinuationTokenMismatch,
    /// Too many of something.
    ExceededEntityLimit,
    /// A contextual tuple is not as it has to be.
    InvalidContextualTuple,
    /// One contextual tuple twice.
    DuplicateContextualTuple,
    /// The model means nothing.
    InvalidAuthorizationModel,
    /// A schema that the server does not know.
    UnsupportedSchemaVersion,
    /// Who asked hung up.
    Cancelled,
    /// The question was slowed down until it was too late.
    ThrottledTimeout,
    /// The server failed.
    InternalError,
    /// The server was too slow.
    DeadlineExceeded,
    /// It exists already.
    AlreadyExists,
    /// The server has no more of something.
    ResourceExhausted,
    /// The server is in another state.
    FailedPrecondition,
    /// The server gave up.
    InternalAborted,
    /// The server left a range.
    OutOfRange,
    /// The server is not there.
    Unavailable,
    /// The server has lost data.
    DataLoss,
    /// No such path.
    UndefinedEndpoint,
    /// No store of this id.
    StoreIdNotFound,
    /// The server does not do that.
    Unimplemented,
    /// Two transactions met (status 409).
    Aborted,
}

impl ErrorCode {
    /// As in `code` of an answer.
    pub const fn as_str(self) -> &'static str {
        self.row().1
    }

    /// As in OpenFGA's protocol buffers; 0 for `Aborted`, which is gRPC's.
    pub const fn number(self) -> u16 {
        self.row().0
    }

    const fn row(self) -> (u16, &'static str) {
        match self {
            Self::AuthFailedInvalidSubject => (1001, "auth_failed_invalid_subject"),
            Self::AuthFailedInvalidAudience => (1002, "auth_failed_invalid_audience"),
            Self::AuthFailedInvalidIssuer => (1003, "auth_failed_invalid_issuer"),
            Self::InvalidClaims => (1004, "invalid_claims"),
            Self::AuthFailedInvalidBearerToken => (1005, "auth_failed_invalid_bearer_token"),
            Self::BearerTokenMissing => (1010, "bearer_token_missing"),
            Self::Unauthenticated => (1500, "unauthenticated"),
            Self::Forbidden => (1600, "forbidden"),
            Self::ValidationError => (2000, "validation_error"),
            Self::AuthorizationModelNotFound => (2001, "authorization_model_not_found"),
            Self::ResolutionTooComplex => (2002, "authorization_model_resolution_too_complex"),
            Self::InvalidWriteInput => (2003, "invalid_write_input"),
            Self::DuplicateTuples => (2004, "cannot_allow_duplicate_tuples_in_one_request"),
            Self::DuplicateTypes => (2005, "cannot_allow_duplicate_types_in_one_request"),
            Self::MultipleReferences => (2006, "cannot_allow_multiple_references_to_one_relation"),
            Self::InvalidContinuationToken => (2007, "invalid_continuation_token"),
            Self::InvalidTupleSet => (2008, "invalid_tuple_set"),
            Self::InvalidCheckInput => (2009, "invalid_check_input"),
            Self::InvalidExpandInput => (2010, "invalid_expand_input"),
            Self::UnsupportedUserSet => (2011, "unsupported_user_set"),
            Self::InvalidObjectFormat => (2012, "invalid_object_format"),
            Self::WriteFailed => (2017, "write_failed_due_to_invalid_input"),
            Self::AssertionsNotFound => (2018, "authorization_model_assertions_not_found"),
            Self::LatestAuthorizationModelNotFound => (2020, "latest_authorization_model_not_found"),
            Self::TypeNotFound => (2021, "type_not_found"),
            Self::RelationNotFound => (2022, "relation_not_found"),
            Self::EmptyRelationDefinition => (2023, "empty_relation_definition"),
            Self::InvalidUser => (2025, "invalid_user"),
            Self::InvalidTuple => (2027, "invalid_tuple"),
            Self::UnknownRelation => (2028, "unknown_relation"),
            Self::StoreIdInvalidLength => (2030, "store_id_invalid_length"),
            Self::AssertionsTooManyItems => (2033, "assertions_too_many_items"),
            Self::IdTooLong => (2034, "id_too_long"),
            Self::AuthorizationModelIdTooLong => (2036, "authorization_model_id_too_long"),
            Self::TupleKeyValueNotSpecified => (2037, "tuple_key_value_not_specified"),
            Self::TupleKeysTooManyOrTooFewItems => (2038, "tuple_keys_too_many_or_too_few_items"),
            Self::PageSizeInvalid => (2039, "page_size_invalid"),
            Self::ParamMissingValue => (2040, "param_missing_value"),
            Self::DifferenceBaseMissingValue => (2041, "difference_base_missing_value"),
            Self::SubtractBaseMissingValue => (2042, "subtract_base_missing_value"),
            Self::ObjectTooLong => (2043, "object_too_long"),
            Self::RelationTooLong => (2044, "relation_too_long"),
            Self::TypeDefinitionsTooFewItems => (2045, "type_definitions_too_few_items"),
            Self::TypeInvalidLength => (2046, "type_invalid_length"),
            Self::TypeInvalidPattern => (2047, "type_invalid_pattern"),
            Self::RelationsTooFewItems => (2048, "relations_too_few_items"),
            Self::RelationsTooLong => (2049, "relations_too_long"),
            Self::RelationsInvalidPattern => (2050, "relations_invalid_pattern"),
            Self::ObjectInvalidPattern => (2051, "object_invalid_pattern"),
            Self::QueryStringTypeContinuationTokenMismatch => (2052, "query_string_type_continuation_token_mismatch"),
            Self::ExceededEntityLimit => (2053, "exceeded_entity_limit"),
            Self::InvalidContextualTuple => (2054, "invalid_contextual_tuple"),
            Self::DuplicateContextualTuple => (2055, "duplicate_contextual_tuple"),
            Self::InvalidAuthorizationModel => (2056, "invalid_authorization_model"),
            Self::UnsupportedSchemaVersion => (2057, "unsupported_schema_version"),
            Self::Cancelled => (2058, "cancelled"),
            Self::ThrottledTimeout => (3500, "throttled_timeout_error"),
            Self::InternalError => (4000, "internal_error"),
            Self::DeadlineExceeded => (4004, "deadline_exceeded"),
            Self::AlreadyExists => (4005, "already_exists"),
            Self::ResourceExhausted => (4006, "resource_exhausted"),
            Self::FailedPrecondition => (4007, "failed_precondition"),
            Self::InternalAborted => (4008, "aborted"),
            Self::OutOfRange => (4009, "out_of_range"),
            Self::Unavailable => (4010, "unavailable"),
            Self::DataLoss => (4011, "data_loss"),
            Self::UndefinedEndpoint => (5000, "undefined_endpoint"),
            Self::StoreIdNotFound => (5002, "store_id_not_found"),
            Self::Unimplemented => (5004, "unimplemented"),
            Self::Aborted => (0, "Aborted"),
        }
    }
}

impl ErrorCode {
    /// The status that an answer with this code has.
    pub const fn status(self) -> u16 {
        match self.number() {
            0 => 409,
            1600 => 403,
            1000..2000 => 401,
            3500..4000 => 422,
            4000..5000 => 500,
            5000.. => 404,
            _ => 400,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is none of the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no error code of OpenFGA")]
pub struct NoErrorCode;

impl FromStr for ErrorCode {
    type Err = NoErrorCode;

    /// By name or by number; gRPC's number of `Aborted` is 10.
    fn from_str(text: &str) -> Result<Self, NoErrorCode> {
        use strum::IntoEnumIterator as _;
        if text == "10" {
            return Ok(Self::Aborted);
        }
        let number = text.parse::<u16>().ok().filter(|number| *number > 0);
        Self::iter().find(|code| code.as_str() == text || number == Some(code.number())).ok_or(NoErrorCode)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_code_is_read_back_by_name_and_number() {
        let mut numbers = HashSet::new();
        for code in ErrorCode::iter() {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert!(numbers.insert(code.number()), "{code}");
            if code.number() > 0 {
                assert_eq!(code.number().to_string().parse(), Ok(code));
            }
        }
        assert_eq!("10".parse(), Ok(ErrorCode::Aborted));
        for text in ["", "0", "2", "validation", "VALIDATION_ERROR"] {
            assert_eq!(text.parse::<ErrorCode>(), Err(NoErrorCode), "{text}");
        }
    }

    #[test]
    fn the_status_follows_from_the_number() {
        let statuses = [
            (ErrorCode::BearerTokenMissing, 401),
            (ErrorCode::Forbidden, 403),
            (ErrorCode::ValidationError, 400),
            (ErrorCode::ThrottledTimeout, 422),
            (ErrorCode::DeadlineExceeded, 500),
            (ErrorCode::StoreIdNotFound, 404),
            (ErrorCode::Aborted, 409),
        ];
        for (code, status) in statuses {
            assert_eq!(code.status(), status, "{code}");
        }
    }
}
