//! Who may what: answered by the embedded evaluator over the library's own tuples, or by a service, as the settings say. Whatever goes
//! wrong, the answer is no.

mod api;
mod changes;
mod deciders;
mod doubt;
mod embedded;
mod error;
mod model;
mod outbox;
mod outgoing;
mod remote;
mod schema;
mod taken;
mod tuples;

use std::rc::Rc;

use deputy_fga::tuple::Object;
use deputy_fga::{CheckRequest, Checker, Decision, ExpandRequest, ListObjectsRequest, Listed, UsersetTree};
use deputy_http::{Request, Response};

use self::embedded::Embedded;
use self::remote::Remote;
use self::taken::{Taken, TakenFrom};
use crate::config::FgaSettings;
use crate::platform::ports::{Clock, Network, Random, Sql};

pub use changes::{Changes, OWNER, PARENT, VIEWER};
pub use error::{RightsError, allowed};
pub use schema::{DECIDERS, TABLES};
pub use tuples::SqlTuples;

/// Who decides in this library.
#[derive(Debug)]
pub struct Rights<P> {
    tuples: SqlTuples<P>,
    decider: Decider<P>,
    taken: Rc<Taken>,
}

#[derive(Debug)]
enum Decider<P> {
    Embedded(Box<Embedded<P>>),
    Remote(Box<Remote<P>>),
}

impl<P: Sql + Clock + Network + Random + Clone> Rights<P> {
    /// Whoever decides by these settings. A service that did not decide last is told all tuples that there are,
    /// and those that are there no more.
    ///
    /// Errors: storage, or a model that is none.
    pub fn open(ports: P, settings: &FgaSettings) -> Result<Self, RightsError> {
        let taken = Rc::new(Taken::new(&settings.user_format.everybody()));
        let decider = match &settings.connection {
            None => Decider::Embedded(Box::new(Embedded::new(ports.clone(), &settings.object_type)?)),
            Some(connection) => {
                Decider::Remote(Box::new(Remote::new(ports.clone(), connection.clone(), taken.clone())))
            }
        };
        let service = settings.connection.as_ref().map(|one| format!("{}/{}", one.api_url, one.store_id));
        deciders::take_over(&ports, service.as_deref())?;
        Ok(Self { tuples: SqlTuples(ports), decider, taken })
    }

    /// Changes tuples, with whatever else is written in the same unit: at once, or noted for [`settle`](Self::settle).
    ///
    /// Errors: storage, or a tuple that the embedded model does not allow.
    pub fn change(&self, changes: Changes) -> Result<(), RightsError> {
        match &self.decider {
            Decider::Embedded(embedded) => {
                changes.deletes.iter().for_each(|key| self.taken.count(&key.user));
                embedded.change(changes)
            }
            Decider::Remote(remote) => remote.change(&changes),
        }
    }

    /// What was taken from a user, or from anybody, up to now: when it is to be taken, and again when the service has done so. What was
    /// decided before this changed may not be so any more.
    pub fn taken(&self, user: Option<&str>) -> TakenFrom {
        self.taken.from(user)
    }

    /// Deletes every tuple about an object that was written here, as [`change`](Self::change) does.
    pub fn forget(&self, object: &str) -> Result<(), RightsError> {
        let Ok(object) = object.parse::<Object>() else { return Ok(()) };
        let deletes = self.tuples.about(&object)?;
        self.change(Changes { deletes, ..Changes::default() })
    }

    /// Tells the service, if there is one, what it does not know yet and what is due.
    ///
    /// Errors: what it did not take; that is tried again.
    pub async fn settle(&self) -> Result<(), RightsError> {
        match &self.decider {
            Decider::Embedded(_) => Ok(()),
            Decider::Remote(remote) => remote.settle().await,
        }
    }

    /// As [`settle`](Self::settle), and says what became of these changes.
    ///
    /// Errors: why they are not made. After a refusal ([`RightsError::is_refusal`]) they are to be taken back ([`take_back`](Self::take_back))
    /// with what was written beside them; else nobody knows what became of them, and they are tried again.
    pub async fn carry_out(&self, changes: &Changes) -> Result<(), RightsError> {
        match &self.decider {
            Decider::Remote(remote) if *changes != Changes::default() => remote.carry_out(changes).await,
            Decider::Embedded(_) | Decider::Remote(_) => Ok(()),
        }
    }

    /// When [`settle`](Self::settle) has something to do next, milliseconds since the epoch.
    pub fn next_try(&self) -> Result<Option<u64>, RightsError> {
        match &self.decider {
            Decider::Embedded(_) => Ok(None),
            Decider::Remote(remote) => remote.next_try(),
        }
    }

    /// Takes back tuples that were to be written: those that were refused never were, the others are to be deleted.
    pub fn take_back(&self, changes: &Changes) -> Result<(), RightsError> {
        match &self.decider {
            Decider::Embedded(_) => Ok(()),
            Decider::Remote(remote) => remote.take_back(changes),
        }
    }

    /// Answers a call of OpenFGA's HTTP API. `None` where a service decides.
    pub fn api(&self, ports: &P, call: &Request) -> Option<Response> {
        match &self.decider {
            Decider::Embedded(embedded) => Some(embedded.api(ports, call)),
            Decider::Remote(_) => None,
        }
    }

    /// The objects that a user has a relation to, where that is told at once: each is allowed. `None` where a service decides.
    pub fn list_objects(
        &self,
        object_type: &str,
        relation: &str,
        user: &str,
    ) -> Option<Result<Listed<Object>, RightsError>> {
        match &self.decider {
            Decider::Embedded(embedded) => Some(embedded.list_objects(&list_of(object_type, relation, user))),
            Decider::Remote(_) => None,
        }
    }

    /// As [`list_objects`](Self::list_objects), of a service, too: what it lists is still to be checked. A service takes few such
    /// questions, and each takes time.
    ///
    /// Errors: nobody can tell.
    pub async fn ask_for_objects(
        &self,
        object_type: &str,
        relation: &str,
        user: &str,
    ) -> Result<Listed<Object>, RightsError> {
        let request = list_of(object_type, relation, user);
        match &self.decider {
            Decider::Embedded(embedded) => embedded.list_objects(&request),
            Decider::Remote(remote) => remote.list_objects(&request).await,
        }
    }

    /// How a relation of an object comes about, one step.
    pub async fn expand(&self, object: &str, relation: &str) -> Result<UsersetTree, RightsError> {
        let request =
            ExpandRequest { object: object.to_owned(), relation: relation.to_owned(), contextual_tuples: Vec::new() };
        match &self.decider {
            Decider::Embedded(embedded) => embedded.expand(&request),
            Decider::Remote(remote) => remote.expand(&request).await,
        }
    }
}

fn list_of(object_type: &str, relation: &str, user: &str) -> ListObjectsRequest {
    ListObjectsRequest {
        type_name: object_type.into(),
        relation: relation.into(),
        user: user.to_owned(),
        contextual_tuples: Vec::new(),
        context: None,
    }
}

impl<P: Sql + Clock + Network + Random + Clone> Checker for Rights<P> {
    type Error = RightsError;

    async fn check(&self, questions: &[CheckRequest]) -> Vec<Decision<RightsError>> {
        match &self.decider {
            Decider::Embedded(embedded) => embedded.check(questions),
            Decider::Remote(remote) => remote.check(questions).await,
        }
    }
}
