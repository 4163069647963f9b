//! The sources that are declared, by name.

use std::collections::BTreeMap;

use async_trait::async_trait;
use grantd_model::secret_reference::SourceName;
use grantd_model::{Invalid, Origin, Secret, SecretReference};
use serde::Deserialize;

use crate::{Destination, Environment, FileSource, SourceError, pointer};

/// A secret as it was read.
#[derive(Debug)]
pub struct SecretRead {
    /// The value, as it is, apart from the line end behind the only secret of a file.
    pub value: Secret<String>,
    /// What the source calls this version of it.
    pub version: Option<String>,
}

/// A place that secrets are read from. Reading is bounded in time and size.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// Checks what can be checked without reading: the form of the path.
    ///
    /// # Errors
    /// When the path is outside of the source, or a version is asked for that it does not keep.
    fn check(&self, reference: &SecretReference) -> Result<(), SourceError>;

    /// Reads the value at the reference's path and version; its key is applied by the caller.
    async fn read(&self, reference: &SecretReference) -> Result<SecretRead, SourceError>;
}

/// What a source is and where it reads, as the configuration declares it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceConfig {
    /// Files below a folder.
    File {
        /// The folder, absolute.
        folder: std::path::PathBuf,
        /// Whether files that others may read or change are refused.
        #[serde(default = "yes")]
        check_mode: bool,
        /// Whether a line end behind a secret is a part of it.
        #[serde(default)]
        keep_line_end: bool,
        /// Origins of token endpoints that its secrets may go to.
        origins: Served,
        /// Whether credentials with a CA bundle or an egress proxy of their own are served.
        #[serde(default)]
        own_ca_and_proxy: bool,
    },
    /// Variables of grantd's own environment.
    Environment {
        /// What the names of the variables begin with.
        prefix: String,
        /// Origins of token endpoints that its secrets may go to.
        origins: Served,
        /// Whether credentials with a CA bundle or an egress proxy of their own are served.
        #[serde(default)]
        own_ca_and_proxy: bool,
    },
}

/// The origins of token endpoints that a source serves. Whoever may make credentials could
/// otherwise have any secret of the source sent to an endpoint of his own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub enum Served {
    /// Every one, by the explicit `["*"]`.
    Everywhere,
    /// These.
    Origins(Vec<Origin>),
}

impl Served {
    fn includes(&self, origin: &Origin) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Origins(origins) => origins.contains(origin),
        }
    }
}

impl TryFrom<Vec<String>> for Served {
    type Error = Invalid;

    fn try_from(texts: Vec<String>) -> Result<Self, Invalid> {
        match texts.as_slice() {
            [] => Err(Invalid::new(
                "required",
                "at least one origin such as `https://login.example.com` is expected, or `*` for all",
            )),
            [all] if all == "*" => Ok(Self::Everywhere),
            _ => texts
                .into_iter()
                .map(Origin::try_from)
                .collect::<Result<_, _>>()
                .map(Self::Origins),
        }
    }
}

const fn yes() -> bool {
    true
}

impl SourceConfig {
    /// What kind it is, as it is written in the configuration.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Environment { .. } => "environment",
        }
    }

    fn open(&self) -> Result<Box<dyn SecretSource>, Invalid> {
        Ok(match self {
            Self::File {
                folder,
                check_mode,
                keep_line_end,
                ..
            } => {
                let source = FileSource::new(folder.clone(), *check_mode)?;
                Box::new(source.keep_line_end(*keep_line_end))
            }
            Self::Environment { prefix, .. } => Box::new(Environment::new(prefix.clone())?),
        })
    }

    const fn origins(&self) -> &Served {
        match self {
            Self::File { origins, .. } | Self::Environment { origins, .. } => origins,
        }
    }

    const fn own_ca_and_proxy(&self) -> bool {
        match self {
            Self::File {
                own_ca_and_proxy, ..
            }
            | Self::Environment {
                own_ca_and_proxy, ..
            } => *own_ca_and_proxy,
        }
    }
}

struct Declared {
    config: SourceConfig,
    source: Box<dyn SecretSource>,
}

/// All sources that are declared.
#[derive(Default)]
pub struct Sources(BTreeMap<SourceName, Declared>);

impl Sources {
    /// Makes the sources that the configuration declares.
    ///
    /// # Errors
    /// Names the source whose declaration is wrong.
    pub fn new(
        declared: BTreeMap<SourceName, SourceConfig>,
    ) -> Result<Self, (SourceName, Invalid)> {
        let mut sources = BTreeMap::new();
        for (name, config) in declared {
            match config.open() {
                Ok(source) => sources.insert(name, Declared { config, source }),
                Err(fault) => return Err((name, fault)),
            };
        }
        Ok(Self(sources))
    }

    /// The names and kinds of all sources.
    pub fn iter(&self) -> impl Iterator<Item = (&SourceName, &'static str)> {
        self.0
            .iter()
            .map(|(name, declared)| (name, declared.config.kind()))
    }

    /// Checks a reference as far as that goes without reading.
    ///
    /// # Errors
    /// When the source is unknown, must not serve this destination, or the path is outside of it.
    pub fn check(
        &self,
        reference: &SecretReference,
        destination: &Destination,
    ) -> Result<(), SourceError> {
        self.find(reference, destination)?.source.check(reference)
    }

    /// Reads the secret that a reference points at, to be sent to this destination.
    ///
    /// # Errors
    /// When the source is unknown, must not serve this destination, or does not give a text.
    pub async fn read(
        &self,
        reference: &SecretReference,
        destination: &Destination,
    ) -> Result<SecretRead, SourceError> {
        let declared = self.find(reference, destination)?;
        declared.source.check(reference)?;
        let mut read = declared.source.read(reference).await?;
        if let Some(key) = &reference.key {
            read.value = pointer::text_at(&read.value, &reference.path, key)?;
        }
        if read.value.expose().is_empty() {
            return Err(SourceError::Empty {
                path: reference.path.clone(),
            });
        }
        Ok(read)
    }

    fn find(
        &self,
        reference: &SecretReference,
        destination: &Destination,
    ) -> Result<&Declared, SourceError> {
        let declared = self
            .0
            .get(&reference.source)
            .ok_or_else(|| SourceError::UnknownSource {
                name: reference.source.clone(),
                declared: if self.0.is_empty() {
                    "none".to_owned()
                } else {
                    self.0
                        .keys()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(", ")
                },
            })?;
        if !declared.config.origins().includes(&destination.origin) {
            return Err(SourceError::OriginNotServed {
                name: reference.source.clone(),
                origin: destination.origin.clone(),
            });
        }
        if !declared.config.own_ca_and_proxy()
            && let Some(own) = destination.own()
        {
            return Err(SourceError::OwnCaOrProxy {
                name: reference.source.clone(),
                own,
            });
        }
        Ok(declared)
    }
}
