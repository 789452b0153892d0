use deputy_http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::connection::{Access, Consistency, success};
use super::error::ApiError;
use super::list_objects::SERVER_LIMIT;
use crate::names::{RelationName, TypeName};
use crate::questions::{CutOff, ListUsersRequest, Listed};
use crate::tuple::{Context, Object, TupleKey, User};

/// Here contextual tuples are not wrapped, unlike everywhere else.
#[derive(Serialize)]
struct UsersBody<'a> {
    object: TypedId<&'a str>,
    relation: &'a str,
    user_filters: [Filter<'a>; 1],
    #[serde(skip_serializing_if = "<[TupleKey]>::is_empty")]
    contextual_tuples: &'a [TupleKey],
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Context>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Consistency::is_default")]
    consistency: Consistency,
}

#[derive(Serialize, Deserialize)]
struct TypedId<T> {
    #[serde(rename = "type")]
    type_name: T,
    id: T,
}

#[derive(Serialize)]
struct Filter<'a> {
    #[serde(rename = "type")]
    type_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    relation: Option<&'a str>,
}

/// `POST /stores/{id}/list-users`. Auth0 FGA's trial takes ten a minute.
pub fn list_users_request(access: &Access<'_>, question: &ListUsersRequest) -> Request {
    let body = UsersBody {
        object: TypedId { type_name: &question.object.type_name, id: &question.object.id },
        relation: &question.relation,
        user_filters: [Filter { type_name: &question.filter.type_name, relation: question.filter.relation.as_deref() }],
        contextual_tuples: &question.contextual_tuples,
        context: question.context.as_ref(),
        authorization_model_id: access.model_id(),
        consistency: access.consistency,
    };
    access.post(access.in_store("list-users"), &body)
}

/// The users. [`User::Wildcard`] is everybody of the type, whether or not single ones are listed beside it.
pub fn list_users_response(response: &Response, now_ms: u64) -> Result<Listed<User>, ApiError> {
    let Answer { users } = success(response, now_ms)?;
    let cut_off = (users.len() >= SERVER_LIMIT).then_some(CutOff::Results);
    Ok(Listed { items: users.into_iter().map(User::from).collect(), cut_off })
}

#[derive(Deserialize)]
struct Answer {
    users: Vec<Found>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Found {
    Object(TypedId<String>),
    Userset {
        #[serde(rename = "type")]
        type_name: String,
        id: String,
        relation: String,
    },
    Wildcard {
        #[serde(rename = "type")]
        type_name: String,
    },
}

impl From<Found> for User {
    fn from(found: Found) -> Self {
        match found {
            Found::Object(TypedId { type_name, id }) => Self::Object(Object::new(type_name, id)),
            Found::Userset { type_name, id, relation } => {
                Self::Userset(Object::new(type_name, id), RelationName::from(relation))
            }
            Found::Wildcard { type_name } => Self::Wildcard(TypeName::from(type_name)),
        }
    }
}
