use std::fmt;
use std::str::FromStr;

/// The error codes of OpenFGA's API, with their names, numbers and HTTP statuses.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal $name:literal,)*) => {
        /// An error code of OpenFGA's API. Which status an answer has follows from the number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumIter)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// As in `code` of an answer.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// As in OpenFGA's protocol buffers; 0 for `Aborted`, which is gRPC's.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$variant => $number,)*
                }
            }
        }
    };
}

codes! {
    /// The token is for nobody that is known.
    AuthFailedInvalidSubject = 1001 "auth_failed_invalid_subject",
    /// The token is for another API.
    AuthFailedInvalidAudience = 1002 "auth_failed_invalid_audience",
    /// The token is of another issuer.
    AuthFailedInvalidIssuer = 1003 "auth_failed_invalid_issuer",
    /// A claim of the token is not as it has to be.
    InvalidClaims = 1004 "invalid_claims",
    /// The token is none, or has ended.
    AuthFailedInvalidBearerToken = 1005 "auth_failed_invalid_bearer_token",
    /// There is no token.
    BearerTokenMissing = 1010 "bearer_token_missing",
    /// Who asks is not known.
    Unauthenticated = 1500 "unauthenticated",
    /// Who asks may not.
    Forbidden = 1600 "forbidden",
    /// The request is not as it has to be; of a check also: its type or relation is not in the model.
    ValidationError = 2000 "validation_error",
    /// No model of this id.
    AuthorizationModelNotFound = 2001 "authorization_model_not_found",
    /// The question leads too deep.
    ResolutionTooComplex = 2002 "authorization_model_resolution_too_complex",
    /// Nothing to write and nothing to delete.
    InvalidWriteInput = 2003 "invalid_write_input",
    /// One tuple twice in a request.
    DuplicateTuples = 2004 "cannot_allow_duplicate_tuples_in_one_request",
    /// One type twice in a model.
    DuplicateTypes = 2005 "cannot_allow_duplicate_types_in_one_request",
    /// A relation refers to another twice.
    MultipleReferences = 2006 "cannot_allow_multiple_references_to_one_relation",
    /// The page's token is not one, or another question's.
    InvalidContinuationToken = 2007 "invalid_continuation_token",
    /// A tuple set is not as it has to be.
    InvalidTupleSet = 2008 "invalid_tuple_set",
    /// A check is not as it has to be.
    InvalidCheckInput = 2009 "invalid_check_input",
    /// An expansion is not as it has to be.
    InvalidExpandInput = 2010 "invalid_expand_input",
    /// A rewrite that is not supported.
    UnsupportedUserSet = 2011 "unsupported_user_set",
    /// No `type:id`.
    InvalidObjectFormat = 2012 "invalid_object_format",
    /// A tuple to write exists, or one to delete does not.
    WriteFailed = 2017 "write_failed_due_to_invalid_input",
    /// The model has no assertions.
    AssertionsNotFound = 2018 "authorization_model_assertions_not_found",
    /// The store has no model.
    LatestAuthorizationModelNotFound = 2020 "latest_authorization_model_not_found",
    /// The model has no such type.
    TypeNotFound = 2021 "type_not_found",
    /// The type has no such relation.
    RelationNotFound = 2022 "relation_not_found",
    /// A relation without definition.
    EmptyRelationDefinition = 2023 "empty_relation_definition",
    /// No user.
    InvalidUser = 2025 "invalid_user",
    /// The model does not allow the tuple.
    InvalidTuple = 2027 "invalid_tuple",
    /// The model has no such relation.
    UnknownRelation = 2028 "unknown_relation",
    /// A store id that is none.
    StoreIdInvalidLength = 2030 "store_id_invalid_length",
    /// Too many assertions.
    AssertionsTooManyItems = 2033 "assertions_too_many_items",
    /// An id that is too long.
    IdTooLong = 2034 "id_too_long",
    /// A model id that is too long.
    AuthorizationModelIdTooLong = 2036 "authorization_model_id_too_long",
    /// A part of a tuple is missing.
    TupleKeyValueNotSpecified = 2037 "tuple_key_value_not_specified",
    /// No tuple, or too many.
    TupleKeysTooManyOrTooFewItems = 2038 "tuple_keys_too_many_or_too_few_items",
    /// The size of a page.
    PageSizeInvalid = 2039 "page_size_invalid",
    /// A value is missing.
    ParamMissingValue = 2040 "param_missing_value",
    /// The base of a difference is missing.
    DifferenceBaseMissingValue = 2041 "difference_base_missing_value",
    /// What a difference takes away is missing.
    SubtractBaseMissingValue = 2042 "subtract_base_missing_value",
    /// An object that is too long.
    ObjectTooLong = 2043 "object_too_long",
    /// A relation that is too long.
    RelationTooLong = 2044 "relation_too_long",
    /// A model without types.
    TypeDefinitionsTooFewItems = 2045 "type_definitions_too_few_items",
    /// A type's name is too long.
    TypeInvalidLength = 2046 "type_invalid_length",
    /// A type's name has a character that it may not have.
    TypeInvalidPattern = 2047 "type_invalid_pattern",
    /// A type without relations.
    RelationsTooFewItems = 2048 "relations_too_few_items",
    /// A relation's name is too long.
    RelationsTooLong = 2049 "relations_too_long",
    /// A relation's name has a character that it may not have.
    RelationsInvalidPattern = 2050 "relations_invalid_pattern",
    /// An object has a character that it may not have.
    ObjectInvalidPattern = 2051 "object_invalid_pattern",
    /// The page's token is of a question for another type.
    QueryStringTypeContinuationTokenMismatch = 2052 "query_string_type_continuation_token_mismatch",
    /// Too many of something.
    ExceededEntityLimit = 2053 "exceeded_entity_limit",
    /// A contextual tuple is not as it has to be.
    InvalidContextualTuple = 2054 "invalid_contextual_tuple",
    /// One contextual tuple twice.
    DuplicateContextualTuple = 2055 "duplicate_contextual_tuple",
    /// The model means nothing.
    InvalidAuthorizationModel = 2056 "invalid_authorization_model",
    /// A schema that the server does not know.
    UnsupportedSchemaVersion = 2057 "unsupported_schema_version",
    /// Who asked hung up.
    Cancelled = 2058 "cancelled",
    /// The question was slowed down until it was too late.
    ThrottledTimeout = 3500 "throttled_timeout_error",
    /// The server failed.
    InternalError = 4000 "internal_error",
    /// The server was too slow.
    DeadlineExceeded = 4004 "deadline_exceeded",
    /// It exists already.
    AlreadyExists = 4005 "already_exists",
    /// The server has no more of something.
    ResourceExhausted = 4006 "resource_exhausted",
    /// The server is in another state.
    FailedPrecondition = 4007 "failed_precondition",
    /// The server gave up.
    InternalAborted = 4008 "aborted",
    /// The server left a range.
    OutOfRange = 4009 "out_of_range",
    /// The server is not there.
    Unavailable = 4010 "unavailable",
    /// The server has lost data.
    DataLoss = 4011 "data_loss",
    /// No such path.
    UndefinedEndpoint = 5000 "undefined_endpoint",
    /// No store of this id.
    StoreIdNotFound = 5002 "store_id_not_found",
    /// The server does not do that.
    Unimplemented = 5004 "unimplemented",
    /// Two transactions met (status 409).
    Aborted = 0 "Aborted",
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
