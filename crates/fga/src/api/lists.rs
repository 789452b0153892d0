//! `POST /stores/{store}/list-objects`, `/streamed-list-objects` and `/list-users`.

use deputy_http::{ReadResponse as _, Response, json, response};
use serde::{Deserialize, Serialize};

use super::body;
use super::refusal::Refusal;
use super::reply::{by_model, ok};
use super::rules::{Broken, Pattern, at_most, matching, refused, unless_empty};
use super::storage::Stores;
use super::wire::{Consistency, MAX_CONTEXTUAL_TUPLES, TupleKeys, tuple_key};
use crate::questions::{
    CutOff, Limits, ListObjectsRequest, ListUsersRequest, Listed, UserFilter, list_objects, list_users,
};
use crate::tuple::{Context, Object, TupleKey, User};

/// Why a list may have more than this: `results` or `tuples`, whichever limit it ended at. OpenFGA does not say.
pub const CUT_OFF_HEADER: &str = "deputy-list-cut-off";

#[derive(Deserialize, Default)]
#[serde(default)]
struct ObjectsBody {
    #[serde(rename = "type")]
    type_name: String,
    relation: String,
    user: String,
    contextual_tuples: TupleKeys,
    context: Option<Context>,
    authorization_model_id: String,
    #[serde(rename = "consistency")]
    _consistency: Consistency,
}

pub(super) fn objects<S: Stores>(stores: &mut S, store: &str, body: &[u8]) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Answer {
        objects: Vec<Object>,
    }
    listed_objects(stores, store, body::read(body)?, "ListObjectsRequest", |listed| {
        with_cut_off(ok(&Answer { objects: listed.items }), listed.cut_off)
    })
}

/// One line of JSON for each object.
pub(super) fn streamed_objects<S: Stores>(stores: &mut S, store: &str, body: &[u8]) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Line<'a> {
        result: Item<'a>,
    }
    #[derive(Serialize)]
    struct Item<'a> {
        object: &'a Object,
    }
    // What cannot be read is refused before there is a stream.
    let body = body::read(body)?;
    let streamed = listed_objects(stores, store, body, "StreamedListObjectsRequest", |listed| {
        let lines = listed.items.iter().map(|object| json::write(&Line { result: Item { object } }) + "\n");
        let answer = response(200, lines.collect::<String>()).with_header("content-type", "application/json");
        with_cut_off(answer, listed.cut_off)
    });
    Ok(streamed.unwrap_or_else(|refusal| refusal.stream_response()))
}

fn listed_objects<S: Stores>(
    stores: &mut S,
    store: &str,
    body: ObjectsBody,
    message: &'static str,
    answer: impl FnOnce(Listed<Object>) -> Response,
) -> Result<Response, Refusal> {
    matching(message, "Type", Pattern::Type, &body.type_name)?;
    matching(message, "Relation", Pattern::Relation, &body.relation)?;
    if !(1..=512).contains(&body.user.len()) {
        return Err(refused(message, "User", Broken::BytesOutside(1, 512)));
    }
    let request = ListObjectsRequest {
        type_name: body.type_name.into(),
        relation: body.relation.into(),
        user: body.user,
        contextual_tuples: body.contextual_tuples.contextual()?,
        context: body.context,
    };
    by_model(stores, store, message, &body.authorization_model_id, |stores, system| {
        Ok(answer(list_objects(system, stores.tuples(store), &request, &Limits::default())?))
    })
}

fn with_cut_off(answer: Response, cut_off: Option<CutOff>) -> Response {
    match cut_off {
        None => answer,
        Some(CutOff::Results) => answer.with_header(CUT_OFF_HEADER, "results"),
        Some(CutOff::Tuples) => answer.with_header(CUT_OFF_HEADER, "tuples"),
    }
}

/// Here contextual tuples are not wrapped, unlike everywhere else.
#[derive(Deserialize, Default)]
#[serde(default)]
struct UsersBody {
    object: Option<TypedId>,
    relation: String,
    user_filters: Vec<Filter>,
    contextual_tuples: Vec<TupleKey>,
    context: Option<Context>,
    authorization_model_id: String,
    #[serde(rename = "consistency")]
    _consistency: Consistency,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct TypedId {
    #[serde(rename = "type")]
    type_name: String,
    id: String,
}

impl From<Object> for TypedId {
    fn from(object: Object) -> Self {
        Self { type_name: object.type_name.to_string(), id: object.id.to_string() }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    #[serde(rename = "type")]
    type_name: String,
    relation: String,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Found {
    Object(TypedId),
    Userset {
        #[serde(flatten)]
        object: TypedId,
        relation: String,
    },
    Wildcard {
        #[serde(rename = "type")]
        type_name: String,
    },
}

impl From<User> for Found {
    fn from(user: User) -> Self {
        match user {
            User::Object(object) => Self::Object(object.into()),
            User::Userset(object, relation) => Self::Userset { object: object.into(), relation: relation.to_string() },
            User::Wildcard(type_name) => Self::Wildcard { type_name: type_name.to_string() },
        }
    }
}

pub(super) fn users<S: Stores>(stores: &mut S, store: &str, body: &[u8]) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Answer {
        users: Vec<Found>,
    }
    let body: UsersBody = body::read(body)?;
    let model_id = body.authorization_model_id.clone();
    let request = users_request(body)?;
    by_model(stores, store, "ListUsersRequest", &model_id, |stores, system| {
        let listed = list_users(system, stores.tuples(store), &request, &Limits::default())?;
        let users = listed.items.into_iter().map(Found::from).collect();
        Ok(with_cut_off(ok(&Answer { users }), listed.cut_off))
    })
}

fn users_request(body: UsersBody) -> Result<ListUsersRequest, Refusal> {
    const MESSAGE: &str = "ListUsersRequest";
    let object = body.object.ok_or_else(|| refused(MESSAGE, "Object", Broken::Required))?;
    matching("Object", "Type", Pattern::Type, &object.type_name)?;
    matching("Object", "Id", Pattern::ObjectId, &object.id)?;
    matching(MESSAGE, "Relation", Pattern::Relation, &body.relation)?;
    let [filter] = body.user_filters.as_slice() else {
        return Err(refused(MESSAGE, "UserFilters", Broken::ExactlyOneItem));
    };
    matching("UserTypeFilter", "Type", Pattern::Type, &filter.type_name)?;
    unless_empty("UserTypeFilter", "Relation", Pattern::Relation, &filter.relation)?;
    at_most(MESSAGE, "ContextualTuples", MAX_CONTEXTUAL_TUPLES, &body.contextual_tuples)?;
    body.contextual_tuples.iter().try_for_each(|key| tuple_key("TupleKey", key))?;
    Ok(ListUsersRequest {
        object: Object::new(object.type_name, object.id),
        relation: body.relation.into(),
        filter: UserFilter {
            type_name: filter.type_name.as_str().into(),
            relation: (!filter.relation.is_empty()).then(|| filter.relation.as_str().into()),
        },
        contextual_tuples: body.contextual_tuples,
        context: body.context,
    })
}
