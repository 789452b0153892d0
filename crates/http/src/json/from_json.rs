use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{JsonError, Reader};

/// A type that is read from JSON, in place: it is made empty and then takes what is there, so that there are no halves of it to
/// carry and to drop. `#[derive(FromJson)]` reads what `serde` writes by the same attributes.
///
/// ```
/// #[derive(deputy_http::FromJson)]
/// #[serde(rename_all = "camelCase")]
/// struct Page {
///     next_page: Option<String>,
///     #[serde(default)]
///     names: Vec<String>,
/// }
/// let page: Page = deputy_http::read_json(br#"{"names":["a"]}"#).unwrap();
/// assert_eq!((page.next_page, page.names), (None, vec!["a".to_owned()]));
/// ```
pub trait FromJson<'n> {
    /// Without anything that is read; what stands there means nothing. A member with `#[serde(default)]` has its default.
    fn empty() -> Self
    where
        Self: Sized;

    /// Takes the value, if it is as [`FromJson::empty`] made it. After an error it is to be thrown away.
    fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError>;

    /// It is a member that is not there. Only an `Option` may be missing without a default.
    fn absent(&mut self) -> Result<(), JsonError> {
        Err(JsonError::MISSING)
    }
}

/// A type whose values borrow nothing of what they were read from.
pub trait FromJsonOwned: for<'n> FromJson<'n> {}

impl<T: for<'n> FromJson<'n>> FromJsonOwned for T {}

/// What grows by an item at a time.
pub(super) trait List<'n> {
    /// The new item, empty. There is always one.
    fn grow(&mut self) -> Option<&mut dyn FromJson<'n>>;
}

impl<'n, T: FromJson<'n>> List<'n> for Vec<T> {
    fn grow(&mut self) -> Option<&mut dyn FromJson<'n>> {
        self.push(T::empty());
        match self.last_mut() {
            Some(item) => Some(item),
            None => None,
        }
    }
}

impl<'n, T: FromJson<'n>> FromJson<'n> for Vec<T> {
    fn empty() -> Self {
        Self::new()
    }

    fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError> {
        value.list(self)
    }
}

impl<'n, T: FromJson<'n>> FromJson<'n> for Option<T> {
    fn empty() -> Self {
        None
    }

    fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError> {
        if value.is_null() {
            return Ok(());
        }
        self.insert(T::empty()).read(value)
    }

    fn absent(&mut self) -> Result<(), JsonError> {
        Ok(())
    }
}

impl<'n, T: FromJson<'n>> FromJson<'n> for Box<T> {
    fn empty() -> Self {
        Self::new(T::empty())
    }

    fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError> {
        T::read(self, value)
    }

    fn absent(&mut self) -> Result<(), JsonError> {
        T::absent(self)
    }
}

impl<'n, T: ToOwned<Owned: FromJson<'n>> + ?Sized> FromJson<'n> for Cow<'_, T> {
    fn empty() -> Self {
        Self::Owned(T::Owned::empty())
    }

    fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError> {
        self.to_mut().read(value)
    }
}

impl<'n, A: FromJson<'n>, B: FromJson<'n>> FromJson<'n> for (A, B) {
    fn empty() -> Self {
        (A::empty(), B::empty())
    }

    fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError> {
        value.tuple(&mut [&mut self.0, &mut self.1])
    }
}

/// Types whose empty value is their default, and what they take of a value.
macro_rules! simple {
    ($($type:ty: $value:ident => $read:expr;)*) => {
        $(impl<'n> FromJson<'n> for $type {
            fn empty() -> Self {
                Self::default()
            }

            fn read(&mut self, $value: Reader<'n>) -> Result<(), JsonError> {
                *self = $read;
                Ok(())
            }
        })*
    };
}

simple! {
    bool: value => value.flag()?;
    u64: value => value.unsigned()?;
    i64: value => value.signed()?;
    f64: value => value.float()?;
    u8: value => fits(value.unsigned()?.try_into())?;
    u16: value => fits(value.unsigned()?.try_into())?;
    u32: value => fits(value.unsigned()?.try_into())?;
    usize: value => fits(value.unsigned()?.try_into())?;
    i32: value => fits(value.signed()?.try_into())?;
    String: value => value.text()?.to_owned();
    Value: value => value.any()?;
    Map<String, Value>: value => value.map()?;
}

fn fits<T, E>(number: Result<T, E>) -> Result<T, JsonError> {
    number.map_err(|_| JsonError::ANOTHER_VALUE)
}
