use std::rc::Rc;

use super::rights::{Changes, Rights, RightsError};
use super::schema::MIGRATIONS;
use super::vectors::Vectors;
use crate::config::Settings;
use crate::objects::{self, Refusal};
use crate::platform::ports::{Clock, Network, Random, Sql};

/// What the library needs from the platform. Clones are the same host.
pub trait Ports: Sql + Clock + Random + Network + Clone + 'static {
    /// Runs `work` in one transaction: what it writes stays if it succeeds, and none of it if it fails.
    fn transaction(&self, work: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal>;

    /// Has [`Core::tend`] called at that time, milliseconds since the epoch, instead of whenever it was to be called.
    fn wake_at(&self, at: u64);
}

/// The library of a tenant or an organisation: decisions over rows. Each kind of request has its own file.
pub struct Core<P> {
    pub ports: P,
    pub settings: Rc<Settings>,
    /// Who decides what somebody may.
    pub rights: Rights<P>,
    /// What finds passages beside their words.
    pub vectors: Vectors<P>,
}

impl<P: Ports> Core<P> {
    /// Opens the library: brings its tables up to date, and sees to it that a service is told what it was not told before, and
    /// that passages get the vectors they lack.
    pub fn open(ports: P, settings: Rc<Settings>) -> Result<Self, Refusal> {
        objects::migrate(&ports, MIGRATIONS)?;
        let rights = Rights::open(ports.clone(), &settings.fga)?;
        let vectors = Vectors::open(ports.clone(), settings.embeddings.clone())?;
        let core = Self { ports, settings, rights, vectors };
        core.wake()?;
        Ok(core)
    }

    /// Has the service that decides, if there is one, make changes that were noted, and sees to it that it is told again what it was not
    /// told now.
    ///
    /// Errors: [`Rights::carry_out`]
    pub async fn carry_out(&self, changes: &Changes) -> Result<(), RightsError> {
        self.wake()?;
        let outcome = self.rights.carry_out(changes).await;
        self.wake()?;
        outcome
    }

    /// Tells the service what it does not know yet and what is due.
    ///
    /// Errors: [`Rights::settle`]
    pub async fn settle(&self) -> Result<(), RightsError> {
        let settled = self.rights.settle().await;
        self.wake()?;
        settled
    }

    /// What the alarm is for: tells the service what is due, and makes vectors of passages that have none.
    ///
    /// Errors: what could not be done; both are tried again, at a time that is set.
    pub async fn tend(&self) -> Result<(), Refusal> {
        let settled = self.settle().await;
        let made = self.vectors.make().await;
        self.wake()?;
        made?;
        Ok(settled?)
    }

    /// Has [`tend`](Self::tend) called when something is due. Before anything is sent, too: the process may not live to hear the answer.
    pub fn wake(&self) -> Result<(), RightsError> {
        if let Some(at) = self.rights.next_try()?.into_iter().chain(self.vectors.next_try()?).min() {
            self.ports.wake_at(at);
        }
        Ok(())
    }
}
