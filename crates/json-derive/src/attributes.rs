use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, LitStr, Token};

/// What serde's attributes say of a type, a variant or a member.
#[derive(Default)]
pub struct Attributes {
    /// Its name, if it is not the one in the program.
    pub rename: Option<String>,
    /// How the names of what is in it are written.
    pub rename_all: Case,
    /// It may be missing.
    pub default: bool,
    /// It is no part of the JSON.
    pub skip: bool,
}

impl Attributes {
    /// Errors: an attribute that FromJson does not know.
    pub fn read(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut read = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| read.take(&meta))?;
        }
        Ok(read)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match word.as_str() {
            "rename" => self.rename = Some(text(meta)?.value()),
            "rename_all" => self.rename_all = Case::named(&text(meta)?)?,
            "default" if !meta.input.peek(Token![=]) => self.default = true,
            "skip" => self.skip = true,
            // A newtype is read as what it holds in any case.
            "transparent" | "borrow" => {}
            "skip_serializing_if" => {
                meta.value()?.parse::<Expr>()?;
            }
            _ => return Err(meta.error("FromJson does not know this attribute")),
        }
        Ok(())
    }
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    meta.value()?.parse()
}

/// serde's `rename_all`.
#[derive(Default, Clone, Copy)]
pub enum Case {
    /// As in the program.
    #[default]
    Same,
    Lower,
    Snake,
    Camel,
}

impl Case {
    fn named(name: &LitStr) -> syn::Result<Self> {
        match name.value().as_str() {
            "lowercase" => Ok(Self::Lower),
            "snake_case" => Ok(Self::Snake),
            "camelCase" => Ok(Self::Camel),
            _ => Err(syn::Error::new_spanned(name, "FromJson does not know this case")),
        }
    }

    /// The name of a variant, which the program writes `LikeThis`.
    pub fn variant(self, name: &str) -> String {
        match self {
            Self::Same => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Camel => {
                name.char_indices().map(|(at, c)| if at == 0 { c.to_ascii_lowercase() } else { c }).collect()
            }
            Self::Snake => {
                let mut written = String::new();
                for (at, c) in name.char_indices() {
                    if at > 0 && c.is_uppercase() {
                        written.push('_');
                    }
                    written.push(c.to_ascii_lowercase());
                }
                written
            }
        }
    }

    /// The name of a member, which the program writes `like_this`.
    pub fn member(self, name: &str) -> String {
        let Self::Camel = self else { return name.to_owned() };
        let mut words = name.split('_');
        let mut written = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut letters = word.chars();
            written.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            written.push_str(letters.as_str());
        }
        written
    }
}
