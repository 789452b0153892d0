//! A login that failed: the user reads a sentence and a code, the log has the fix.

use deputy_error::Explained;

use super::visit::Visit;
use crate::objects::Refusal;
use crate::platform::log::{Level, Line};

/// In the error's own words.
pub fn refused(visit: &Visit, status: u16, error: &dyn Explained) -> Refusal {
    refused_with(visit, error.code(), &error.developer_fix(), status, &error.user_message())
}

/// In these words.
pub fn refused_with(visit: &Visit, code: &str, fix: &str, status: u16, message: &str) -> Refusal {
    let line =
        Line { id: Some(&visit.id), code: Some(code), detail: Some(fix), ..Line::new(Level::Warn, "login_failed") };
    line.write();
    Refusal::new(status, code, message)
}
