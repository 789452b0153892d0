//! `#[derive(FromJson)]`: the reader of a type, from the `#[serde(...)]` attributes that say how it is written.

mod attributes;
mod body;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, GenericParam, Lifetime, parse_macro_input};

/// Derives `deputy_http::FromJson` for structs and for enums that are named from outside (`{"variant": …}`).
///
/// Of serde's attributes it knows `rename`, `rename_all`, `default`, `skip` and `transparent`; what only concerns writing or borrowing
/// is passed over. Any other is an error, so that nothing is written that is read otherwise.
#[proc_macro_derive(FromJson, attributes(serde))]
pub fn from_json(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    implement(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn implement(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let mut own = None;
    for parameter in &input.generics.params {
        match parameter {
            GenericParam::Lifetime(parameter) if own.is_none() => own = Some(parameter.lifetime.clone()),
            other => return Err(syn::Error::new_spanned(other, "FromJson takes no parameter but one lifetime")),
        }
    }
    let name = &input.ident;
    let lifetime = own.clone().unwrap_or_else(|| Lifetime::new("'json", name.span()));
    let parameters = own.map(|own| quote!(<#own>));
    let body::Body { empty, read, absent } = body::body(input)?;
    Ok(quote! {
        #[automatically_derived]
        impl<#lifetime> ::deputy_http::FromJson<#lifetime> for #name #parameters {
            fn empty() -> Self {
                #empty
            }

            fn read(&mut self, __value: ::deputy_http::Reader<#lifetime>) -> Result<(), ::deputy_http::JsonError> {
                #read
            }

            #absent
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What serde would write in a way that is not read is an error, not a difference.
    #[test]
    fn what_is_not_known_is_refused() {
        let unknown: [DeriveInput; 8] = [
            syn::parse_quote! { struct A { #[serde(flatten)] a: B } },
            syn::parse_quote! { struct A { #[serde(default = "five")] a: u8 } },
            syn::parse_quote! { struct A { #[serde(with = "hex")] a: u8 } },
            syn::parse_quote! { struct A(#[serde(default)] u8, u8); },
            syn::parse_quote! { #[serde(tag = "kind")] enum A { B {} } },
            syn::parse_quote! { #[serde(rename_all = "kebab-case")] struct A { a_b: u8 } },
            syn::parse_quote! { struct A<T> { a: T } },
            syn::parse_quote! { enum A {} },
        ];
        for input in &unknown {
            assert!(implement(input).is_err(), "{}", input.ident);
        }
        let known: DeriveInput = syn::parse_quote! {
            #[serde(rename_all = "camelCase")]
            struct A<'a> { #[serde(default, skip_serializing_if = "Option::is_none", rename = "b")] a: Option<Cow<'a, str>> }
        };
        assert!(implement(&known).is_ok());
    }
}
