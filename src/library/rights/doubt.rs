//! What a service's answers come to while it does not know of every change: it may still allow what was taken away here.

use deputy_fga::{CheckRequest, Decision};

use super::error::RightsError;
use super::outbox::{Outbox, Pending};
use crate::config::FOLDER_TYPE;
use crate::platform::ports::{Clock, Sql, SqlError};

/// An object and everything that rights to it come from, by all tuples or by those that stand: its folders, and whoever is named on the way.
macro_rules! above {
    ($and:literal) => {
        concat!(
            "WITH RECURSIVE above (name) AS (SELECT ? UNION
                SELECT substr(user, 1, instr(user || '#', '#') - 1) FROM above CROSS JOIN library_tuples
                    ON object_type = substr(name, 1, instr(name, ':') - 1) AND object_id = substr(name, instr(name, ':') + 1)",
            $and,
            ") SELECT name AS value FROM above"
        )
    };
}

impl<P: Sql + Clock> Outbox<P> {
    /// The decisions that follow from the service's, which are older than what is pending here.
    pub fn decide(
        &self,
        questions: &[CheckRequest],
        answers: Vec<Decision<RightsError>>,
    ) -> Result<Vec<Decision<RightsError>>, SqlError> {
        let pending = self.all()?;
        questions.iter().zip(answers).map(|(question, answer)| self.decision(&pending, question, answer)).collect()
    }

    /// A document is there for nobody before its owner is known. What the service allows by a tuple that may be one of those taken away
    /// is a doubt, and that is no: said to be one to whoever has a right that stands, and to nobody else, because of what is not theirs
    /// to know they get the answer that they get of nothing.
    fn decision(
        &self,
        pending: &[Pending],
        question: &CheckRequest,
        answer: Decision<RightsError>,
    ) -> Result<Decision<RightsError>, SqlError> {
        if pending.is_empty() || answer.error().is_some() {
            return Ok(answer);
        }
        let CheckRequest { user, object, .. } = question;
        if let Some(owner) = pending.iter().filter(|one| one.object() == *object).find_map(Pending::new_owner) {
            return Ok(if owner == user { Decision::Unchecked(RightsError::NotSettled) } else { Decision::Denied });
        }
        if !answer.is_allowed() || !self.is_in_doubt(pending, user, object)? {
            return Ok(answer);
        }
        let stands = self.0.texts(above!(" AND pending IS NOT 'delete'"), &[object.into()])?;
        let everybody = user.split_once(':').map(|(kind, _)| format!("{kind}:*"));
        let known = stands.iter().any(|name| name == user || Some(name) == everybody.as_ref());
        Ok(if known { Decision::Unchecked(RightsError::NotSettled) } else { Decision::Denied })
    }

    /// Whether a tuple that is to be deleted may be what a user has a right by.
    fn is_in_doubt(&self, pending: &[Pending], user: &str, object: &str) -> Result<bool, SqlError> {
        let mut taken = pending.iter().filter(|one| one.takes_from(user)).map(Pending::object).peekable();
        if taken.peek().is_none() {
            return Ok(false);
        }
        let above = self.0.texts(above!(""), &[object.into()])?;
        // Of what has no tuple here, nobody can tell which folder leads to it.
        let unknown = above.len() == 1;
        let is_folder = |name: &str| name.split_once(':').is_some_and(|(kind, _)| kind == FOLDER_TYPE);
        Ok(taken.any(|name| above.contains(&name) || unknown && is_folder(&name)))
    }
}
