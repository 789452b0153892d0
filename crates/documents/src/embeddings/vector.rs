use base64ct::{Base64Unpadded, Encoding as _};

/// A direction, kept in a byte for each dimension: a cosine is changed by less than 0.01, three quarters of the room are saved, and
/// what has to be read for each question is as much less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector(Vec<u8>);

impl Vector {
    /// The direction of these numbers. None where there is none: no numbers, all zero, or one that is not finite.
    pub fn new(numbers: &[f32]) -> Option<Self> {
        let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
        if numbers.iter().any(|number| !number.is_finite()) || largest == 0.0 {
            return None;
        }
        let byte = |number: &f32| ((number / largest) * 127.0).round() as i8;
        Some(Self(numbers.iter().map(|number| byte(number).cast_unsigned()).collect()))
    }

    /// What [`bytes`](Self::bytes) gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// How it is kept: a signed byte for each dimension.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text (base64), for tables that take no others.
    pub fn text(&self) -> String {
        Base64Unpadded::encode_string(&self.0)
    }

    /// The bytes of what [`text`](Self::text) gave. None where it is no such text.
    pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
        Base64Unpadded::decode_vec(text).ok()
    }

    /// The cosine of the angle between this and another as it is kept, from -1 to 1. None where the two are not of the same model: another
    /// number of dimensions.
    pub fn cosine(&self, kept: &[u8]) -> Option<f64> {
        if self.0.len() != kept.len() {
            return None;
        }
        let (mut product, mut own, mut other) = (0_i64, 0_i64, 0_i64);
        for (left, right) in self.0.iter().zip(kept) {
            let (left, right) = (i64::from(left.cast_signed()), i64::from(right.cast_signed()));
            product += left * right;
            own += left * left;
            other += right * right;
        }
        let cosine = product as f64 / ((own as f64) * (other as f64)).sqrt();
        cosine.is_finite().then(|| cosine.clamp(-1.0, 1.0))
    }
}
