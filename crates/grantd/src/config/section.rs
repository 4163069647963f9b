//! Sections: documented fields that are read from what was given.

use super::values::Values;

/// A section of the configuration.
pub(super) trait Section: Sized {
    /// Its name in the file.
    const NAME: &'static str;
    /// The names of its settings.
    const KEYS: &'static [&'static str];

    /// Reads its settings.
    fn read(values: &mut Values) -> Self;
}

/// Declares a section: each field with its doc, its type and how it is read.
macro_rules! section {
    (
        $(#[$about:meta])*
        $name:ident = $section:literal {
            $($(#[$doc:meta])+ $field:ident: $type:ty = |$setting:ident| $read:expr,)*
        }
        $(then $check:path)?
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $($(#[$doc])+ pub(crate) $field: $type,)*
        }

        impl $crate::config::section::Section for $name {
            const NAME: &'static str = $section;
            const KEYS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn read(values: &mut $crate::config::values::Values) -> Self {
                let section = Self {
                    $($field: {
                        let $setting = values.setting($section, stringify!($field));
                        $read
                    },)*
                };
                $($check(&section, values);)?
                section
            }
        }
    };
}
pub(super) use section;
