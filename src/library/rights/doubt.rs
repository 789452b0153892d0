//! What a service's answers come to while it does not know of every change: it may still allow what was taken away here.

use std::collections::{HashMap, HashSet};

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

/// What the pending changes mean for questions about these users.
struct Doubts<'a> {
    /// The owners that objects are to have, and have not yet.
    owners: HashMap<String, &'a str>,
    /// By user: what was taken from them.
    taken: HashMap<&'a str, Lost>,
}

/// The objects of tuples that are to be deleted and may be what a user has a right by.
struct Lost {
    objects: HashSet<String>,
    /// A folder is among them.
    folder: bool,
}

impl<'a> Doubts<'a> {
    fn new(pending: &'a [Pending], questions: &'a [CheckRequest]) -> Self {
        let owners = pending.iter().filter_map(|one| Some((one.object(), one.new_owner()?)));
        let users: HashSet<&str> = questions.iter().map(|question| &*question.user).collect();
        let taken = users.into_iter().map(|user| {
            let objects: HashSet<_> = pending.iter().filter(|one| one.takes_from(user)).map(Pending::object).collect();
            let is_folder = |name: &String| name.split_once(':').is_some_and(|(kind, _)| kind == FOLDER_TYPE);
            (user, Lost { folder: objects.iter().any(is_folder), objects })
        });
        Self { owners: owners.collect(), taken: taken.collect() }
    }
}

impl<P: Sql + Clock> Outbox<P> {
    /// The decisions that follow from the service's, which are older than what is pending here.
    pub fn decide(
        &self,
        questions: &[CheckRequest],
        answers: Vec<Decision<RightsError>>,
    ) -> Result<Vec<Decision<RightsError>>, SqlError> {
        let pending = self.all()?;
        if pending.is_empty() {
            return Ok(answers);
        }
        let doubts = Doubts::new(&pending, questions);
        questions.iter().zip(answers).map(|(question, answer)| self.decision(&doubts, question, answer)).collect()
    }

    /// A document is there for nobody before its owner is known. What the service allows by a tuple that may be one of those taken away
    /// is a doubt, and that is no: said to be one to whoever has a right that stands, and to nobody else, because of what is not theirs
    /// to know they get the answer that they get of nothing.
    fn decision(
        &self,
        doubts: &Doubts<'_>,
        question: &CheckRequest,
        answer: Decision<RightsError>,
    ) -> Result<Decision<RightsError>, SqlError> {
        let CheckRequest { user, object, .. } = question;
        if answer.error().is_some() {
            return Ok(answer);
        }
        if let Some(owner) = doubts.owners.get(object) {
            return Ok(if owner == user { Decision::Unchecked(RightsError::NotSettled) } else { Decision::Denied });
        }
        let taken = doubts.taken.get(&**user).filter(|taken| !taken.objects.is_empty());
        let (true, Some(taken)) = (answer.is_allowed(), taken) else { return Ok(answer) };
        let everybody = user.split_once(':').map(|(kind, _)| format!("{kind}:*"));
        let is_named = |names: &[String]| names.iter().any(|name| name == user || Some(name) == everybody.as_ref());
        let above = self.sql.texts(above!(""), &[object.into()])?;
        if above.iter().any(|name| taken.objects.contains(name)) {
            let stands = self.sql.texts(above!(" AND pending IS NOT 'delete'"), &[object.into()])?;
            let known = is_named(&stands);
            return Ok(if known { Decision::Unchecked(RightsError::NotSettled) } else { Decision::Denied });
        }
        // Of a yes that the tuples here do not explain, nobody can tell which folder leads to it.
        Ok(if taken.folder && !is_named(&above) { Decision::Denied } else { answer })
    }
}
