//! Sections `[spools.NAME]`: the folders that email listeners may deliver into.

use std::path::Component;

use grantd_mail::SpoolConfig;
use grantd_model::listener::SpoolName;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

/// Reads one declaration; where it is wrong, says what and, if that is known, at which byte.
pub(super) fn read(
    name: &str,
    table: Spanned<DeValue<'_>>,
) -> Result<(SpoolName, SpoolConfig), (Option<usize>, String)> {
    let name = SpoolName::try_from(name).map_err(|fault| (None, fault.detail))?;
    let config = SpoolConfig::deserialize(ValueDeserializer::from(table)).map_err(|error| {
        let offset = error.span().map(|span| span.start);
        (offset, error.message().replace('\n', ", "))
    })?;
    let is_inside = config
        .folder
        .components()
        .any(|part| matches!(part, Component::Normal(_)));
    if config.folder.is_absolute() && is_inside {
        Ok((name, config))
    } else {
        let detail = "folder: an absolute path of a folder is expected, and not `/`";
        Err((None, detail.to_owned()))
    }
}
