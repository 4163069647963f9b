//! Sections: documented fields that are read from what was given.

use super::values::Values;

/// A section of the configuration.
pub(super) trait Section: Sized {
    /// Its name in the file.
    const NAME: &'static str;
    /// What it is, line by line.
    const ABOUT: &'static [&'static str];
    /// Its settings.
    const SETTINGS: &'static [SettingDoc];

    /// Reads its settings.
    fn read(values: &mut Values) -> Self;
}

/// What a setting is called, and what its doc comment says, line by line.
#[derive(Debug, Clone, Copy)]
pub(super) struct SettingDoc {
    pub(super) name: &'static str,
    pub(super) about: &'static [&'static str],
}

/// Declares a section: each field with its doc, its type and how it is read.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident = $section:literal {
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty = |$setting:ident| $read:expr,)*
        }
        $(then $check:path)?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug)]
        pub(crate) struct $name {
            $($(#[doc = $doc])+ pub(crate) $field: $type,)*
        }

        impl $crate::config::section::Section for $name {
            const NAME: &'static str = $section;
            const ABOUT: &'static [&'static str] = &[$($about),+];
            const SETTINGS: &'static [$crate::config::section::SettingDoc] =
                &[$($crate::config::section::SettingDoc {
                    name: stringify!($field),
                    about: &[$($doc),+],
                }),*];

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
