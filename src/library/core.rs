use std::rc::Rc;

use super::rights::Rights;
use super::schema::MIGRATIONS;
use crate::config::Settings;
use crate::objects::{self, Refusal};
use crate::platform::ports::{Clock, Network, Random, Sql};

/// What the library needs from the platform. Clones are the same host.
pub trait Ports: Sql + Clock + Random + Network + Clone + 'static {
    /// Runs `work` in one transaction: what it writes stays if it succeeds, and none of it if it fails.
    fn transaction(&self, work: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal>;
}

/// The library of a tenant or an organisation: decisions over rows. Each kind of request has its own file.
pub struct Core<P> {
    pub ports: P,
    pub settings: Rc<Settings>,
    /// Who decides what somebody may.
    pub rights: Rights<P>,
}

impl<P: Ports> Core<P> {
    /// Opens the library: brings its tables up to date.
    pub fn open(ports: P, settings: Rc<Settings>) -> Result<Self, Refusal> {
        objects::migrate(&ports, MIGRATIONS)?;
        let rights = Rights::open(ports.clone(), &settings.fga)?;
        Ok(Self { ports, settings, rights })
    }
}
