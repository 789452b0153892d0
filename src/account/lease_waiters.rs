use std::cell::RefCell;

use deputy_auth0::ExchangeError;
use futures::channel::oneshot;

/// Who waits for a lease to be released, by its name: few at a time. They are woken and read the answer from where the holder left
/// it; of a failure, which is left nowhere, they are told.
#[derive(Default)]
pub struct LeaseWaiters(pub(super) RefCell<Vec<(String, Wake)>>);

type Wake = oneshot::Sender<Option<ExchangeError>>;
