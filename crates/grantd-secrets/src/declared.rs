//! What the configuration declares: what reads this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use grantd_model::source::{PathBound, Served, SourceBounds};
use grantd_model::{Invalid, documented};
use serde::Deserialize;

use crate::{CacheFor, CommandSource, Environment, FileSource, OpenSource, SecretSource};

documented! {
    /// What a secret source is and where it reads, as the configuration declares it.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
    pub enum SourceConfig {
        /// Files below a folder.
        File {
            /// The folder, absolute.
            folder: PathBuf,
            /// Whether files that others may read or change are refused. Default: `true`.
            #[serde(default = "yes")]
            check_mode: bool,
            /// Whether a line end behind a secret is a part of it. Default: `false`.
            #[serde(default)]
            keep_line_end: bool,
            /// Paths below the folder that it serves, such as `apps/*`. Default: `["*"]`, all.
            #[serde(default = "all_paths")]
            paths: Vec<PathBound>,
            /// Origins that its secrets may go to: of token endpoints, and of other sources; `["*"]` for all.
            origins: Served,
            /// Whether credentials with a CA bundle or an egress proxy of their own are served. Default: `false`.
            #[serde(default)]
            own_ca_and_proxy: bool,
        },
        /// Variables of grantd's own environment.
        Environment {
            /// What the names of the variables begin with.
            prefix: String,
            /// Origins that its secrets may go to; `["*"]` for all.
            origins: Served,
            /// Whether credentials with a CA bundle or an egress proxy of their own are served. Default: `false`.
            #[serde(default)]
            own_ca_and_proxy: bool,
        },
        /// A program that prints secrets.
        Command {
            /// The program, by its absolute path; there is no shell.
            program: PathBuf,
            /// Its arguments; `{path}` is filled in.
            arguments: Vec<String>,
            /// Its whole environment. Default: empty.
            #[serde(default)]
            environment: BTreeMap<String, String>,
            /// How long it may take, in seconds. Default: `10`.
            #[serde(default = "ten")]
            timeout_s: u64,
            /// Whether a line end behind a secret is a part of it. Default: `false`.
            #[serde(default)]
            keep_line_end: bool,
            /// Paths that it serves.
            paths: Vec<PathBound>,
            /// Origins that its secrets may go to; `["*"]` for all.
            origins: Served,
            /// Whether credentials with a CA bundle or an egress proxy of their own are served. Default: `false`.
            #[serde(default)]
            own_ca_and_proxy: bool,
            /// How long a secret is used until it is read again, in seconds. Default: `300`.
            #[serde(default = "five_minutes")]
            fresh_s: u64,
            /// How much longer it is used while the program fails, in seconds. Default: `3600`.
            #[serde(default = "an_hour")]
            stale_s: u64,
        },
    }
}

const fn yes() -> bool {
    true
}

const fn ten() -> u64 {
    10
}

const fn five_minutes() -> u64 {
    300
}

const fn an_hour() -> u64 {
    3600
}

fn all_paths() -> Vec<PathBound> {
    vec![PathBound::everything()]
}

impl SourceConfig {
    /// What kind it is, as it is written in the configuration.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Environment { .. } => "environment",
            Self::Command { .. } => "command",
        }
    }

    /// Whether credentials with a CA bundle or an egress proxy of their own are served.
    #[must_use]
    pub const fn own_ca_and_proxy(&self) -> bool {
        match self {
            Self::File {
                own_ca_and_proxy, ..
            }
            | Self::Environment {
                own_ca_and_proxy, ..
            }
            | Self::Command {
                own_ca_and_proxy, ..
            } => *own_ca_and_proxy,
        }
    }

    /// Makes the source.
    ///
    /// # Errors
    /// What is wrong with the declaration.
    pub fn open(&self) -> Result<OpenSource, Invalid> {
        let (paths, origins) = match self {
            Self::File { paths, origins, .. } | Self::Command { paths, origins, .. } => {
                (paths.clone(), origins)
            }
            Self::Environment { origins, .. } => (all_paths(), origins),
        };
        if paths.is_empty() {
            let detail = "paths: at least one such as `sales/*` is expected, or `*` for all";
            return Err(Invalid::new("required", detail));
        }
        Ok(OpenSource {
            kind: self.kind(),
            is_declared: true,
            bounds: SourceBounds {
                paths,
                origins: origins.clone(),
                own_ca_and_proxy: self.own_ca_and_proxy(),
            },
            cache: self.cache(),
            source: self.source()?,
        })
    }

    fn source(&self) -> Result<Box<dyn SecretSource>, Invalid> {
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
            Self::Command {
                program,
                arguments,
                environment,
                timeout_s,
                keep_line_end,
                ..
            } => {
                let timeout = Duration::from_secs(*timeout_s);
                let source = CommandSource::new(
                    program.clone(),
                    arguments.clone(),
                    environment.clone(),
                    timeout,
                )?;
                Box::new(source.keep_line_end(*keep_line_end))
            }
        })
    }

    const fn cache(&self) -> CacheFor {
        match self {
            Self::File { .. } => CacheFor::LOCAL,
            Self::Environment { .. } => CacheFor::FIXED,
            Self::Command {
                fresh_s, stale_s, ..
            } => CacheFor {
                fresh: Duration::from_secs(*fresh_s),
                stale: Duration::from_secs(*stale_s),
                look_again: Duration::from_secs(*fresh_s),
                // programs are heavier than requests
                reads_per_second: 50,
            },
        }
    }
}
