//! Who decided before. A service that others followed still has the tuples that were deleted since: it is told of them when it decides again.

use crate::objects;
use crate::platform::ports::{Bind, Sql, SqlError};

/// The key of `meta` that names who decided last.
const DECIDER: &str = "rights_decider";
/// What it says where no service decides.
const EMBEDDED: &str = "embedded";

/// Makes this service the one that decides, or none. One that did not decide last is told all tuples that there are, and which of those
/// that it knows are there no more.
pub fn take_over(sql: &impl Sql, service: Option<&str>) -> Result<(), SqlError> {
    let last = objects::meta(sql, DECIDER)?;
    if last.as_deref() == Some(service.unwrap_or(EMBEDDED)) {
        return Ok(());
    }
    if let Some(last) = last.filter(|last| last != EMBEDDED) {
        sql.exec("INSERT OR IGNORE INTO library_services (name) VALUES (?)", &[(&last).into()])?;
        sql.exec(
            "INSERT OR IGNORE INTO library_untold_deletes (service, object_type, object_id, relation, user)
                SELECT ?, object_type, object_id, relation, user FROM library_tuples WHERE pending = 'delete'",
            &[(&last).into()],
        )?;
    }
    sql.exec("DELETE FROM library_tuples WHERE pending = 'delete'", &[])?;
    let pending = if service.is_some() { "'write'" } else { "NULL" };
    let all = format!("UPDATE library_tuples SET pending = {pending}, tries = 0, next_try = 0, refused = 0");
    sql.exec(&all, &[])?;
    if let Some(service) = service {
        // What was written again since stays.
        sql.exec(
            "INSERT OR IGNORE INTO library_tuples (object_type, object_id, relation, user, userset, pending)
                SELECT object_type, object_id, relation, user, instr(user, '#') > 0, 'delete' FROM library_untold_deletes WHERE service = ?",
            &[service.into()],
        )?;
        sql.exec("DELETE FROM library_untold_deletes WHERE service = ?", &[service.into()])?;
    }
    objects::set_meta(sql, DECIDER, service.unwrap_or(EMBEDDED))
}

/// Notes for the services that do not decide now that a tuple was deleted: type and id of its object, relation, user.
pub fn note_delete(sql: &impl Sql, [object_type, object_id, relation, user]: [Bind<'_>; 4]) -> Result<(), SqlError> {
    sql.exec(
        "INSERT OR IGNORE INTO library_untold_deletes (service, object_type, object_id, relation, user)
            SELECT name, ?, ?, ?, ? FROM library_services WHERE name <> (SELECT value FROM meta WHERE key = ?)",
        &[object_type, object_id, relation, user, DECIDER.into()],
    )
}
