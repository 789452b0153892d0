use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DataEnum, DeriveInput, Fields, Ident};

use crate::attributes::{Attributes, Case};

/// The functions of a reader.
pub struct Body {
    pub empty: TokenStream,
    pub read: TokenStream,
    /// The whole function; nothing where the trait's own is right.
    pub absent: TokenStream,
}

/// Errors: what FromJson does not read, at its place.
pub fn body(input: &DeriveInput) -> syn::Result<Body> {
    let attributes = Attributes::read(&input.attrs)?;
    match &input.data {
        Data::Struct(data) => {
            let shape = Shape::new(&data.fields, attributes.rename_all)?;
            let (empty, pattern, read) = (shape.empty(quote!(Self)), shape.pattern(quote!(Self)), shape.read());
            let absent = shape.absent();
            Ok(Body { empty, read: quote! { let #pattern = self; #read }, absent })
        }
        Data::Enum(data) => variants(data, attributes.rename_all),
        Data::Union(_) => Err(syn::Error::new_spanned(input, "FromJson reads no unions")),
    }
}

/// The value becomes the variant that is named, empty, and is then read like a struct: nothing has to be moved.
fn variants(data: &DataEnum, case: Case) -> syn::Result<Body> {
    let (mut names, mut empties, mut arms) = (Vec::new(), Vec::new(), Vec::new());
    let (mut first, mut unit) = (None, None);
    let last = data.variants.len().saturating_sub(1);
    for (at, variant) in data.variants.iter().enumerate() {
        let attributes = Attributes::read(&variant.attrs)?;
        names.push(attributes.rename.unwrap_or_else(|| case.variant(&variant.ident.unraw().to_string())));
        let shape = Shape::new(&variant.fields, attributes.rename_all)?;
        let name = &variant.ident;
        let (made, pattern, read) =
            (shape.empty(quote!(Self::#name)), shape.pattern(quote!(Self::#name)), shape.read());
        let simplest = if matches!(variant.fields, Fields::Unit) { &mut unit } else { &mut first };
        simplest.get_or_insert_with(|| made.clone());
        // The reader finds no other index than those of the names.
        empties.push(if at == last { quote!(_ => #made) } else { quote!(#at => #made) });
        arms.push(quote!(#pattern => { #read }));
    }
    let Some(empty) = unit.or(first) else {
        return Err(syn::Error::new_spanned(&data.variants, "FromJson reads no enum without variants"));
    };
    let read = quote! {
        let (__index, __value) = __value.variant(&[#(#names),*])?;
        *self = match __index { #(#empties),* };
        match self { #(#arms),* }
    };
    Ok(Body { empty, read, absent: TokenStream::new() })
}

/// A struct, or a variant of an enum.
enum Shape {
    Unit,
    Newtype,
    /// A name for each item.
    Tuple(Vec<Ident>),
    Members {
        read: Vec<Member>,
        skipped: Vec<Ident>,
    },
}

struct Member {
    ident: Ident,
    name: String,
    default: bool,
}

impl Shape {
    fn new(fields: &Fields, case: Case) -> syn::Result<Self> {
        Ok(match fields {
            Fields::Unit => Self::Unit,
            Fields::Unnamed(fields) => {
                for field in &fields.unnamed {
                    let attributes = Attributes::read(&field.attrs)?;
                    if attributes.default || attributes.skip || attributes.rename.is_some() {
                        return Err(syn::Error::new_spanned(field, "FromJson knows this of named members only"));
                    }
                }
                match fields.unnamed.len() {
                    1 => Self::Newtype,
                    count => Self::Tuple((0..count).map(|at| format_ident!("item{at}")).collect()),
                }
            }
            Fields::Named(fields) => {
                let (mut read, mut skipped) = (Vec::new(), Vec::new());
                for (field, ident) in fields.named.iter().filter_map(|field| Some((field, field.ident.clone()?))) {
                    let Attributes { rename, default, skip, .. } = Attributes::read(&field.attrs)?;
                    if skip {
                        skipped.push(ident);
                    } else {
                        let name = rename.unwrap_or_else(|| case.member(&ident.unraw().to_string()));
                        read.push(Member { ident, name, default });
                    }
                }
                Self::Members { read, skipped }
            }
        })
    }

    fn empty(&self, path: impl ToTokens) -> TokenStream {
        let empty = quote!(::deputy_http::FromJson::empty());
        match self {
            Self::Unit => path.to_token_stream(),
            Self::Newtype => quote!(#path(#empty)),
            Self::Tuple(items) => {
                let items = items.iter().map(|_| &empty);
                quote!(#path(#(#items),*))
            }
            Self::Members { read, skipped } => {
                let members =
                    read.iter().map(
                        |Member { ident, default, .. }| {
                            if *default { quote!(#ident: Default::default()) } else { quote!(#ident: #empty) }
                        },
                    );
                quote!(#path { #(#members,)* #(#skipped: Default::default(),)* })
            }
        }
    }

    fn pattern(&self, path: impl ToTokens) -> TokenStream {
        match self {
            Self::Unit => path.to_token_stream(),
            Self::Newtype => quote!(#path(inner)),
            Self::Tuple(items) => quote!(#path(#(#items),*)),
            Self::Members { read, skipped } => {
                let members = read.iter().map(|member| &member.ident);
                quote!(#path { #(#members,)* #(#skipped: _,)* })
            }
        }
    }

    /// Reads `__value` into the names of the pattern.
    fn read(&self) -> TokenStream {
        match self {
            Self::Unit => quote!(__value.unit()),
            Self::Newtype => quote!(inner.read(__value)),
            Self::Tuple(items) => quote!(__value.tuple(&mut [#(#items),*])),
            Self::Members { read, .. } => {
                let names = read.iter().map(|member| &member.name);
                let defaults = read.iter().map(|member| member.default);
                let idents = read.iter().map(|member| &member.ident);
                quote!(__value.members(&[#((#names, #defaults)),*], &mut [#(#idents),*]))
            }
        }
    }

    /// A newtype may be missing where what it holds may be.
    fn absent(&self) -> TokenStream {
        if !matches!(self, Self::Newtype) {
            return TokenStream::new();
        }
        quote! {
            fn absent(&mut self) -> Result<(), ::deputy_http::JsonError> {
                let Self(inner) = self;
                inner.absent()
            }
        }
    }
}
