use deputy_error::{Explained, Explanation};
use deputy_http::Secret;
use strum::EnumIter;
use zeroize::{Zeroize as _, Zeroizing};

use crate::encoding::from_base64;
use crate::words::NOT_SET_UP;

/// The client's private key as PKCS#8 (RFC 5958) in DER: what WebCrypto imports as `pkcs8`. Read from the setting
/// `AUTH0_CLIENT_PRIVATE_KEY`; wiped when dropped, not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// Reads PEM (RFC 7468, 10). Line breaks may be written as `\n`, as they often are in a settings file.
    pub fn parse(setting: &Secret) -> Result<Self, PrivateKeyError> {
        const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
        const END: &str = "-----END PRIVATE KEY-----";
        let text = setting.expose().trim();
        if text.is_empty() {
            return Err(PrivateKeyError::Missing);
        }
        let Some((_, rest)) = text.split_once(BEGIN) else {
            return Err(if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
                PrivateKeyError::Encrypted
            } else if text.contains("-----BEGIN RSA PRIVATE KEY-----") {
                PrivateKeyError::NotPkcs8
            } else {
                PrivateKeyError::NotPem
            });
        };
        let (body, _) = rest.split_once(END).ok_or(PrivateKeyError::NotPem)?;
        let mut base64 = body.replace("\\n", "\n");
        base64.retain(|c| !c.is_whitespace());
        let der = from_base64(&base64).map(Zeroizing::new);
        base64.zeroize();
        let der = der.ok_or(PrivateKeyError::NotPem)?;
        // RFC 5958, 2: a SEQUENCE. Whether it is an RSA key is for the importer to say.
        if der.first() != Some(&0x30) {
            return Err(PrivateKeyError::NotPem);
        }
        Ok(Self(der))
    }

    /// The DER. Never put it anywhere but into an importer of keys.
    pub fn expose_der(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

/// Why `AUTH0_CLIENT_PRIVATE_KEY` is no key. Never repeats the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum PrivateKeyError {
    /// Empty.
    #[error("AUTH0_CLIENT_PRIVATE_KEY is missing")]
    Missing,
    /// Not PEM with the label `PRIVATE KEY`.
    #[error("AUTH0_CLIENT_PRIVATE_KEY is not PEM")]
    NotPem,
    /// PKCS#1, which WebCrypto does not import.
    #[error("AUTH0_CLIENT_PRIVATE_KEY is PKCS#1 and not PKCS#8")]
    NotPkcs8,
    /// Encrypted with a passphrase.
    #[error("AUTH0_CLIENT_PRIVATE_KEY is encrypted")]
    Encrypted,
}

const SET_KEY: &str = "Set AUTH0_CLIENT_PRIVATE_KEY to the output of `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`, whole, with its first and last line.";
const CONVERT_KEY: &str = "Convert the key with `openssl pkcs8 -topk8 -nocrypt -in key.pem` and put the output into AUTH0_CLIENT_PRIVATE_KEY.";

impl Explained for PrivateKeyError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Missing => Explanation::new("client_private_key_missing", NOT_SET_UP, SET_KEY),
            Self::NotPem => Explanation::new("client_private_key_not_pem", NOT_SET_UP, SET_KEY),
            Self::NotPkcs8 => Explanation::new("client_private_key_not_pkcs8", NOT_SET_UP, CONVERT_KEY),
            Self::Encrypted => Explanation::new("client_private_key_encrypted", NOT_SET_UP, CONVERT_KEY),
        }
    }
}
