use deputy_fga::api::ReadFilter;
use deputy_fga::names::{RelationName, TypeName};
use deputy_fga::store::{StoreError, TupleStore};
use deputy_fga::tuple::{Object, Tuple, TupleCondition, TupleKey, User};
use serde::Deserialize;

use super::deciders::note_delete;
use crate::platform::ports::{Bind, Sql, SqlError};

/// The tuples of a library in its SQLite, as the evaluator reads them.
#[derive(Debug, Clone)]
pub struct SqlTuples<P>(pub P);

#[derive(Deserialize)]
struct Row {
    object_type: String,
    object_id: String,
    relation: String,
    user: String,
    condition: Option<String>,
}

/// The condition of a tuple's key: type and id of its object, relation, user.
pub const KEY: &str = "object_type = ? AND object_id = ? AND relation = ? AND user = ?";
const SELECT: &str = "SELECT object_type, object_id, relation, user, condition FROM library_tuples WHERE";

impl<P: Sql> SqlTuples<P> {
    fn find(&self, condition: &str, binds: &[Bind<'_>]) -> Result<Vec<Tuple>, StoreError> {
        let rows: Vec<Row> = self.0.rows(&format!("{SELECT} {condition}"), binds).map_err(failed)?;
        rows.into_iter().map(Row::read).collect()
    }

    fn of_relation(&self, object: &Object, relation: &str, and: &str) -> Result<Vec<Tuple>, StoreError> {
        let condition = format!("object_type = ? AND object_id = ? AND relation = ? {and}");
        self.find(&condition, &[object.type_name.as_str().into(), (&*object.id).into(), relation.into()])
    }

    /// All tuples about an object.
    pub fn about(&self, object: &Object) -> Result<Vec<TupleKey>, StoreError> {
        let binds = [object.type_name.as_str().into(), (&*object.id).into()];
        Ok(self.find("object_type = ? AND object_id = ?", &binds)?.iter().map(TupleKey::from).collect())
    }

    /// Tuples that have all that the filter names, in the order of their keys: at most so many, after the first `after`.
    pub fn page(&self, filter: &ReadFilter, after: u64, most: usize) -> Result<Vec<Tuple>, StoreError> {
        let user = filter.user.as_ref().map(ToString::to_string);
        let parts = [
            ("object_type", filter.type_name.as_deref()),
            ("object_id", filter.object.as_ref().map(|object| &*object.id)),
            ("relation", filter.relation.as_deref()),
            ("user", user.as_deref()),
        ];
        let given: Vec<_> = parts.iter().filter_map(|(column, value)| Some((column, (*value)?))).collect();
        let conditions: String = given.iter().map(|(column, _)| format!("{column} = ? AND ")).collect();
        let mut binds: Vec<Bind<'_>> = given.iter().map(|(_, value)| (*value).into()).collect();
        binds.extend([Bind::Integer(u64::try_from(most).unwrap_or(u64::MAX)), Bind::Integer(after)]);
        let order = "ORDER BY object_type, object_id, relation, user LIMIT ? OFFSET ?";
        self.find(&format!("{conditions} pending IS NULL {order}"), &binds)
    }

    /// Keeps a tuple that is not there.
    pub fn insert(&self, tuple: &Tuple) -> Result<(), SqlError> {
        let condition = tuple.condition.as_ref().map(deputy_http::json::write);
        self.0.exec(
            "INSERT OR REPLACE INTO library_tuples (object_type, object_id, relation, user, userset, condition)
                VALUES (?, ?, ?, ?, ?, ?)",
            &[
                tuple.object.type_name.as_str().into(),
                (&*tuple.object.id).into(),
                tuple.relation.as_str().into(),
                tuple.user.to_string().as_str().into(),
                u64::from(tuple.user.relation().is_some()).into(),
                condition.as_ref().into(),
            ],
        )
    }

    /// Forgets a tuple.
    pub fn remove(&self, object: &Object, relation: &str, user: &str) -> Result<(), SqlError> {
        let place = || [object.type_name.as_str().into(), (&*object.id).into(), relation.into(), user.into()];
        note_delete(&self.0, place())?;
        self.0.exec(&format!("DELETE FROM library_tuples WHERE {KEY}"), &place())
    }
}

impl Row {
    fn read(self) -> Result<Tuple, StoreError> {
        let unreadable = || StoreError("a stored tuple cannot be read".to_owned());
        let condition = match &self.condition {
            None => None,
            Some(json) => Some(deputy_http::json::read::<TupleCondition>(json.as_bytes()).map_err(|_| unreadable())?),
        };
        Ok(Tuple {
            object: Object::new(self.object_type, self.object_id),
            relation: self.relation.into(),
            user: self.user.parse().map_err(|_| unreadable())?,
            condition,
        })
    }
}

fn failed(error: SqlError) -> StoreError {
    StoreError(error.0)
}

impl<P: Sql> TupleStore for SqlTuples<P> {
    fn tuple(&self, object: &Object, relation: &RelationName, user: &User) -> Result<Option<Tuple>, StoreError> {
        let user = user.to_string();
        let binds =
            [object.type_name.as_str().into(), (&*object.id).into(), relation.as_str().into(), user.as_str().into()];
        let found = self.find(KEY, &binds)?;
        Ok(found.into_iter().next())
    }

    fn tuples(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError> {
        self.of_relation(object, relation, "")
    }

    fn usersets(&self, object: &Object, relation: &RelationName) -> Result<Vec<Tuple>, StoreError> {
        self.of_relation(object, relation, "AND userset = 1")
    }

    fn tuples_of_user(&self, user: &User) -> Result<Vec<Tuple>, StoreError> {
        self.find("user = ?", &[user.to_string().as_str().into()])
    }

    fn objects(&self, type_name: &TypeName) -> Result<Vec<Object>, StoreError> {
        let query = "SELECT DISTINCT object_id AS value FROM library_tuples WHERE object_type = ?";
        let ids = self.0.texts(query, &[type_name.as_str().into()]).map_err(failed)?;
        Ok(ids.into_iter().map(|id| Object::new(type_name.clone(), id)).collect())
    }
}
