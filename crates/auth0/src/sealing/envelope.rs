use deputy_http::Secret;
use serde::Serialize;

use crate::sealing::key_ring::{KeyRing, Purpose};
use crate::sealing::seal::{AssociatedData, SealError, SealNonce};

/// The one way in which tokens leave memory: sealed for storage, or as the body of a call between our own objects.
/// Nothing else in this crate that holds a secret can be written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<T>(pub T);

impl<T: Confidential> Envelope<T> {
    /// Seals for storage. `associated_data` names whom the value belongs to; `nonce` is fresh and random.
    pub fn seal(
        &self,
        ring: &KeyRing,
        nonce: SealNonce,
        associated_data: &AssociatedData,
    ) -> Result<String, SealError> {
        ring.seal(T::PURPOSE, nonce, associated_data, self.to_body().expose().as_bytes())
    }

    /// Opens what [`Envelope::seal`] wrote; the second value is true if it should be sealed again with the first key.
    pub fn open(ring: &KeyRing, associated_data: &AssociatedData, sealed: &str) -> Result<(Self, bool), SealError> {
        let opened = ring.open(T::PURPOSE, associated_data, sealed)?;
        let value = T::read(&opened.plaintext).ok_or(SealError)?;
        Ok((Self(value), opened.reseal))
    }

    /// JSON in clear, for the body of a call from one of our objects to another. Never store or log it.
    pub fn to_body(&self) -> Secret {
        Secret::new(self.0.write())
    }

    /// The reverse of [`Envelope::to_body`].
    pub fn from_body(body: &str) -> Result<Self, SealError> {
        T::read(body.as_bytes()).map(Self).ok_or(SealError)
    }
}

/// A value that an [`Envelope`] can carry.
pub trait Confidential: private::Plain {
    /// The key it is sealed with.
    const PURPOSE: Purpose;
}

pub(crate) mod private {
    /// Plain JSON of a confidential value; out of reach for other crates.
    pub trait Plain: Sized {
        fn write(&self) -> String;
        fn read(json: &[u8]) -> Option<Self>;
    }
}

/// JSON of a struct of texts and numbers. Such a struct cannot fail to serialise; an empty text would not be read back.
pub(crate) fn to_json<T: Serialize>(plain: &T) -> String {
    deputy_http::json::write(plain)
}
