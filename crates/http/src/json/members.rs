use serde::{Serialize, Serializer};

use super::{FromJson, JsonError, Reader};

/// An object whose names a type does not know: a few members in the order of their names. A tree would be compiled anew for every
/// type of member, and these are never many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members<T>(Vec<(String, T)>);

impl<T> Members<T> {
    /// Without members.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Puts a value in the place of that of the same name.
    pub fn insert(&mut self, name: String, value: T) {
        let place = self.0.partition_point(|(known, _)| *known < name);
        match self.0.get_mut(place) {
            Some((known, old)) if *known == name => *old = value,
            _ => self.0.insert(place, (name, value)),
        }
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> IntoIterator for Members<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T> FromIterator<(String, T)> for Members<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(members: I) -> Self {
        let mut all = Self::new();
        members.into_iter().for_each(|(name, value)| all.insert(name, value));
        all
    }
}

impl<T: Serialize> Serialize for Members<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Of names that are there twice the last counts: nothing is lost by it that a type knows.
impl<'n, T: FromJson<'n>> FromJson<'n> for Members<T> {
    fn empty() -> Self {
        Self::new()
    }

    fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError> {
        for (name, value) in value.entries()? {
            let mut item = T::empty();
            item.read(value)?;
            self.insert(name.to_owned(), item);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_comes_back_in_the_order_of_its_names() {
        let read: Members<String> = crate::read_json(br#"{"b":"1","a":"2","b":"3"}"#).unwrap();
        assert_eq!(crate::write_json(&read), r#"{"a":"2","b":"3"}"#);
        assert_eq!((read.get("b").map(String::as_str), read.get("c")), (Some("3"), None));
        assert!(crate::read_json::<Members<String>>(br#"{"a":1}"#).is_err());
        assert_eq!(read, read.clone().into_iter().rev().collect());
    }
}
