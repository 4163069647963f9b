//! Types that people write in a file, with their doc comments as data, so that a reference page is made of the
//! very types that are read.

/// What a type says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Documented {
    /// What it is, line by line.
    pub about: &'static [&'static str],
    /// Its forms: one for a struct, one for each variant of an enum.
    pub forms: &'static [Form],
}

/// One form of a type.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// The name of the struct or of the variant.
    pub name: &'static str,
    /// What it is, line by line; empty for a struct.
    pub about: &'static [&'static str],
    /// What its attributes say to serde.
    pub attributes: &'static [&'static str],
    /// Its fields.
    pub fields: &'static [Field],
}

/// One field of a form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it is, line by line.
    pub about: &'static [&'static str],
    /// Its type as it is written in Rust.
    pub of_type: &'static str,
    /// What its attributes say to serde.
    pub attributes: &'static [&'static str],
    /// What the type says of itself, for fields that hold several values.
    pub inner: Option<fn() -> Documented>,
}

impl Form {
    /// Whether a field may be left out.
    #[must_use]
    pub fn is_optional(&self, field: &Field) -> bool {
        let says_so = |attributes: &[&str]| {
            let mut words = attributes.iter().flat_map(|it| it.split(','));
            words.any(|word| word.trim().starts_with("default"))
        };
        field.of_type.starts_with("Option") || says_so(field.attributes) || says_so(self.attributes)
    }
}

/// A type that says of itself what its doc comments say.
pub trait Describes {
    /// What it says.
    fn documented() -> Documented;
}

/// Declares a struct, or an enum whose variants have named fields or hold another such type, and keeps its doc
/// comments. Docs come first, then derives, then what is said to serde; `=> Type` behind a type says that the field
/// holds such a type as well.
#[macro_export]
macro_rules! documented {
    (
        $(#[doc = $about:literal])*
        $(#[derive($($derived:tt)*)])*
        $(#[serde($($serde:tt)*)])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $(#[serde($($with:tt)*)])*
                $fvis:vis $field:ident: $type:ty $(=> $inner:ty)?,
            )*
        }
    ) => {
        $(#[doc = $about])*
        $(#[derive($($derived)*)])*
        $(#[serde($($serde)*)])*
        $vis struct $name {
            $(
                $(#[doc = $doc])*
                $(#[serde($($with)*)])*
                $fvis $field: $type,
            )*
        }

        impl $crate::documented::Describes for $name {
            fn documented() -> $crate::documented::Documented {
                $crate::documented::Documented {
                    about: &[$($about),*],
                    forms: &[$crate::documented::Form {
                        name: stringify!($name),
                        about: &[],
                        attributes: &[$(stringify!($($serde)*)),*],
                        fields: &[$($crate::documented::Field {
                            name: stringify!($field),
                            about: &[$($doc),*],
                            of_type: stringify!($type),
                            attributes: &[$(stringify!($($with)*)),*],
                            inner: $crate::documented!(@inner $($inner)?),
                        }),*],
                    }],
                }
            }
        }
    };
    (
        $(#[doc = $about:literal])*
        $(#[derive($($derived:tt)*)])*
        $(#[serde($($serde:tt)*)])*
        $vis:vis enum $name:ident {
            $(
                $(#[doc = $of:literal])*
                $variant:ident
                $({
                    $(
                        $(#[doc = $doc:literal])*
                        $(#[serde($($with:tt)*)])*
                        $field:ident: $type:ty,
                    )*
                })?
                $(($held:ty => $inner:ty))?,
            )*
        }
    ) => {
        $(#[doc = $about])*
        $(#[derive($($derived)*)])*
        $(#[serde($($serde)*)])*
        $vis enum $name {
            $(
                $(#[doc = $of])*
                $variant
                $({
                    $(
                        $(#[doc = $doc])*
                        $(#[serde($($with)*)])*
                        $field: $type,
                    )*
                })?
                $(($held))?,
            )*
        }

        impl $crate::documented::Describes for $name {
            fn documented() -> $crate::documented::Documented {
                $crate::documented::Documented {
                    about: &[$($about),*],
                    forms: &[$($crate::documented::Form {
                        name: stringify!($variant),
                        about: &[$($of),*],
                        attributes: &[],
                        fields: &[
                            $($($crate::documented::Field {
                                name: stringify!($field),
                                about: &[$($doc),*],
                                of_type: stringify!($type),
                                attributes: &[$(stringify!($($with)*)),*],
                                inner: None,
                            }),*)?
                            $($crate::documented::Field {
                                name: "",
                                about: &[],
                                of_type: stringify!($inner),
                                attributes: &[],
                                inner: Some(<$inner as $crate::documented::Describes>::documented),
                            })?
                        ],
                    }),*],
                }
            }
        }
    };
    (@inner) => { None };
    (@inner $inner:ty) => { Some(<$inner as $crate::documented::Describes>::documented) };
}

#[cfg(test)]
mod tests {
    use super::*;

    documented! {
        /// Something.
        #[derive(Debug)]
        struct Thing {
            /// Its size.
            /// In bytes.
            _size: Option<u64>,
        }
    }

    #[test]
    fn docs_types_and_what_may_be_left_out_are_kept() {
        let thing = Thing::documented();
        assert_eq!(thing.about, [" Something."]);
        let field = thing.forms[0].fields[0];
        assert_eq!(field.about, [" Its size.", " In bytes."]);
        assert_eq!((field.name, field.of_type), ("_size", "Option<u64>"));
        assert!(thing.forms[0].is_optional(&field));
    }
}
