use serde_json::{Map, Number, Value};

use super::from_json::{FromJson, List};
use super::{JsonError, Node};

/// A value in the tree; begins with it. Nothing here depends on the type that is read.
#[derive(Clone, Copy)]
pub struct Reader<'n>(pub(super) &'n [Node<'n>]);

/// The end of a tree: nothing is there.
const NOTHING: Reader<'static> = Reader(&[]);

const fn unexpected(expected: &'static str) -> JsonError {
    JsonError::expected(expected)
}

impl<'n> Reader<'n> {
    fn node(self) -> &'n Node<'n> {
        self.0.first().unwrap_or(&Node::Null)
    }

    /// True for `null`.
    pub fn is_null(self) -> bool {
        matches!(self.node(), Node::Null)
    }

    /// `true` or `false`.
    pub fn flag(self) -> Result<bool, JsonError> {
        if let Node::Flag(flag) = self.node() { Ok(*flag) } else { Err(unexpected("true or false")) }
    }

    /// A whole number that is not negative.
    pub fn unsigned(self) -> Result<u64, JsonError> {
        if let Node::Unsigned(number) = self.node() { Ok(*number) } else { Err(unexpected("a whole number")) }
    }

    /// A whole number.
    pub fn signed(self) -> Result<i64, JsonError> {
        let number = match self.node() {
            Node::Signed(number) => Some(*number),
            Node::Unsigned(number) => i64::try_from(*number).ok(),
            _ => None,
        };
        number.ok_or_else(|| unexpected("a whole number"))
    }

    /// A number.
    pub fn float(self) -> Result<f64, JsonError> {
        match self.node() {
            Node::Float(number) => Ok(*number),
            Node::Unsigned(number) => Ok(*number as f64),
            Node::Signed(number) => Ok(*number as f64),
            _ => Err(unexpected("a number")),
        }
    }

    /// A string.
    pub fn text(self) -> Result<&'n str, JsonError> {
        if let Node::Text(text) = self.node() { Ok(text) } else { Err(unexpected("a string")) }
    }

    /// The items of a list.
    pub fn items(self) -> Result<Items<'n>, JsonError> {
        if let Node::List { .. } = self.node() { Ok(self.inside()) } else { Err(unexpected("a list")) }
    }

    /// The names and values of an object, in turn.
    fn names_and_values(self) -> Result<Items<'n>, JsonError> {
        if let Node::Object { .. } = self.node() { Ok(self.inside()) } else { Err(unexpected("an object")) }
    }

    /// The members of an object: names and values.
    pub(super) fn entries(self) -> Result<impl Iterator<Item = (&'n str, Reader<'n>)>, JsonError> {
        let mut inside = self.names_and_values()?;
        Ok(std::iter::from_fn(move || Some((inside.next()?.text().ok()?, inside.next()?))))
    }

    fn inside(self) -> Items<'n> {
        let size = self.size();
        Items(self.0.get(1..).and_then(|rest| rest.get(..size)).unwrap_or_default())
    }

    fn size(self) -> usize {
        if let Node::List { size } | Node::Object { size } = self.node() { *size } else { 0 }
    }

    /// Reads an object's members into those of a type; each name comes with whether it may be missing. What is there twice is
    /// refused: readers that take the first and readers that take the last would not agree on what it means. Other members
    /// are passed over.
    pub fn members(
        self,
        names: &[(&'static str, bool)],
        members: &mut [&mut dyn FromJson<'n>],
    ) -> Result<(), JsonError> {
        let inside = self.names_and_values()?;
        for ((name, default), member) in names.iter().zip(members) {
            let read = match inside.find(name) {
                Ok(Some(value)) => member.read(value),
                Ok(None) if *default => Ok(()),
                Ok(None) => member.absent(),
                Err(error) => Err(error),
            };
            read.map_err(|error| error.within(name))?;
        }
        Ok(())
    }

    /// Reads the items of a list that has as many as a type wants.
    pub fn tuple(self, members: &mut [&mut dyn FromJson<'n>]) -> Result<(), JsonError> {
        let mut items = self.items()?;
        members.iter_mut().try_for_each(|member| member.read(items.next().ok_or(JsonError::MISSING)?))
    }

    pub(super) fn list(self, list: &mut dyn List<'n>) -> Result<(), JsonError> {
        for item in self.items()? {
            match list.grow() {
                Some(place) => place.read(item)?,
                None => break,
            }
        }
        Ok(())
    }

    /// Which variant of an enum, as an index of the names, and what is in it: the name alone (and nothing in it), or an
    /// object whose one member has that name.
    pub fn variant(self, names: &[&str]) -> Result<(usize, Self), JsonError> {
        let (name, content) = match self.node() {
            Node::Text(_) => (Some(self), NOTHING),
            _ => {
                let mut inside = self.names_and_values()?;
                let member = (inside.next(), inside.next().unwrap_or(NOTHING));
                if inside.0.is_empty() { member } else { (None, NOTHING) }
            }
        };
        match name.map(Reader::text) {
            Some(Ok(name)) => match names.iter().position(|known| *known == name) {
                Some(index) => Ok((index, content)),
                None => Err(unexpected("another name")),
            },
            _ => Err(unexpected("an object with one member")),
        }
    }

    /// What is in a variant that has nothing in it.
    pub fn unit(self) -> Result<(), JsonError> {
        if self.is_null() { Ok(()) } else { Err(unexpected("a name alone")) }
    }

    /// Anything, if it is there.
    pub(super) fn any(self) -> Result<Value, JsonError> {
        if self.0.is_empty() { Err(unexpected("a value")) } else { Ok(self.value()) }
    }

    fn value(self) -> Value {
        match self.node() {
            Node::Null => Value::Null,
            Node::Flag(flag) => Value::Bool(*flag),
            Node::Unsigned(number) => Value::Number((*number).into()),
            Node::Signed(number) => Value::Number((*number).into()),
            Node::Float(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Node::Text(text) => Value::String(text.clone().into_owned()),
            Node::List { .. } => Value::Array(self.inside().map(Reader::value).collect()),
            Node::Object { .. } => Value::Object(self.map().unwrap_or_default()),
        }
    }

    pub(super) fn map(self) -> Result<Map<String, Value>, JsonError> {
        let mut map = Map::new();
        for (name, value) in self.entries()? {
            map.insert(name.to_owned(), value.value());
        }
        Ok(map)
    }
}

/// The rest of a list, or of an object's names and values in turn.
pub struct Items<'n>(&'n [Node<'n>]);

impl<'n> Items<'n> {
    /// The value of that name.
    fn find(&self, wanted: &str) -> Result<Option<Reader<'n>>, JsonError> {
        let (mut inside, mut found) = (Items(self.0), None);
        while let (Some(name), Some(value)) = (inside.next(), inside.next()) {
            if name.text() == Ok(wanted) && found.replace(value).is_some() {
                return Err(unexpected("one value"));
            }
        }
        Ok(found)
    }
}

impl<'n> Iterator for Items<'n> {
    type Item = Reader<'n>;

    #[inline(never)]
    fn next(&mut self) -> Option<Reader<'n>> {
        let next = Reader(self.0);
        self.0 = self.0.get(next.size().saturating_add(1)..)?;
        Some(next)
    }
}
