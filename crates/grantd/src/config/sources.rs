//! Sections `[sources.NAME]`: the secret sources that the operator declares.

use grantd_model::secret_reference::SourceName;
use grantd_secrets::SourceConfig;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

/// Reads one declaration; where it is wrong, says what and, if that is known, at which byte.
pub(super) fn read(
    name: &str,
    table: Spanned<DeValue<'_>>,
) -> Result<(SourceName, SourceConfig), (Option<usize>, String)> {
    let name = SourceName::try_from(name).map_err(|fault| (None, fault.detail))?;
    let config = SourceConfig::deserialize(ValueDeserializer::from(table)).map_err(|error| {
        let offset = error.span().map(|span| span.start);
        (offset, error.message().replace('\n', ", "))
    })?;
    // opened here alone to be checked: the sources that serve are made of all of them
    match config.open() {
        Ok(_) => Ok((name, config)),
        Err(fault) => Err((None, fault.detail)),
    }
}
