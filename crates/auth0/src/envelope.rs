use std::borrow::Cow;

use deputy_http::{FromJson, Json, Secret};
use serde::Serialize;

use crate::key_ring::{KeyRing, Purpose};
use crate::sealing::{AssociatedData, SealError, SealNonce};
use crate::{ProviderToken, Scopes, TokenSet};

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

impl Confidential for TokenSet {
    const PURPOSE: Purpose = Purpose::SessionTokens;
}

impl Confidential for ProviderToken {
    const PURPOSE: Purpose = Purpose::ProviderToken;
}

#[derive(Serialize, FromJson)]
struct TokenSetJson<'a> {
    access_token: Cow<'a, str>,
    id_token: Option<Cow<'a, str>>,
    refresh_token: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, Scopes>>,
    expires_at: u64,
}

impl private::Plain for TokenSet {
    fn write(&self) -> String {
        to_json(&TokenSetJson {
            access_token: self.access_token.expose().into(),
            id_token: self.id_token.as_ref().map(|token| token.expose().into()),
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose().into()),
            scope: self.scope.as_ref().map(Cow::Borrowed),
            expires_at: self.expires_at,
        })
    }

    fn read(json: &[u8]) -> Option<Self> {
        let json = Json::parse(json).ok()?;
        let plain: TokenSetJson<'_> = json.read().ok()?;
        Some(Self {
            access_token: Secret::new(plain.access_token),
            id_token: plain.id_token.map(Secret::new),
            refresh_token: plain.refresh_token.map(Secret::new),
            scope: plain.scope.map(Cow::into_owned),
            expires_at: plain.expires_at,
        })
    }
}

#[derive(Serialize, FromJson)]
struct ProviderTokenJson<'a> {
    token: Cow<'a, str>,
    scopes: Cow<'a, Scopes>,
    expires_at: u64,
}

impl private::Plain for ProviderToken {
    fn write(&self) -> String {
        to_json(&ProviderTokenJson {
            token: self.token.expose().into(),
            scopes: Cow::Borrowed(&self.scopes),
            expires_at: self.expires_at,
        })
    }

    fn read(json: &[u8]) -> Option<Self> {
        let json = Json::parse(json).ok()?;
        let plain: ProviderTokenJson<'_> = json.read().ok()?;
        Some(Self { token: Secret::new(plain.token), scopes: plain.scopes.into_owned(), expires_at: plain.expires_at })
    }
}

/// JSON of a struct of texts and numbers. Such a struct cannot fail to serialise; an empty text would not be read back.
pub(crate) fn to_json<T: Serialize>(plain: &T) -> String {
    deputy_http::write_json(plain)
}
