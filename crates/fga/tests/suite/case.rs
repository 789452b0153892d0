//! A test as it is written: stages of a model, tuples and assertions.

use deputy_fga::model::AuthorizationModel;
use deputy_fga::tuple::{Context, TupleKey};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Test {
    pub suite: String,
    pub name: String,
    pub stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    pub model: AuthorizationModel,
    #[serde(default)]
    pub tuples: Option<Vec<TupleKey>>,
    #[serde(default)]
    pub check_assertions: Option<Vec<Check>>,
    #[serde(default)]
    pub list_objects_assertions: Option<Vec<ListObjects>>,
    #[serde(default)]
    pub list_users_assertions: Option<Vec<ListUsers>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    pub tuple: TupleKey,
    #[serde(default)]
    pub contextual_tuples: Vec<TupleKey>,
    pub context: Option<Context>,
    #[serde(default)]
    pub expectation: bool,
    pub error_code: Option<u16>,
    pub list_objects_error_code: Option<u16>,
    pub list_users_error_code: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListObjects {
    pub request: ListObjectsQuestion,
    #[serde(default)]
    pub contextual_tuples: Vec<TupleKey>,
    pub context: Option<Context>,
    pub expectation: Option<Vec<String>>,
    pub error_code: Option<u16>,
}

#[derive(Debug, Deserialize)]
pub struct ListObjectsQuestion {
    pub user: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub relation: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListUsers {
    pub request: ListUsersQuestion,
    #[serde(default)]
    pub contextual_tuples: Vec<TupleKey>,
    pub context: Option<Context>,
    pub expectation: Option<Vec<String>>,
    pub error_code: Option<u16>,
}

#[derive(Debug, Deserialize)]
pub struct ListUsersQuestion {
    pub object: String,
    pub relation: String,
    pub filters: Vec<String>,
}
