//! Authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0 section 4).
//!
//! Where it may be, and what it says. Invariant: metadata of another issuer is never used, and an
//! endpoint that came out of it obeys the rules of one that an administrator enters.

use grantd_model::{AuthenticationMethod, Scope, TokenEndpoint};

use crate::excerpt::{PAGE, Quoter, without_query};

mod fault;
mod issuer;
mod value;

pub use fault::{MetadataError, MetadataWarning};
pub use issuer::{Issuer, metadata_urls};
use value::{Members, Value};

/// The largest document that is read: 1 MiB.
pub const MOST_METADATA_BYTES: usize = 1 << 20;

/// The longest name of a method or a grant, in bytes; some grants are URNs.
const MOST_NAME_BYTES: usize = 128;

/// What RFC 8414 section 2 has in place of a missing list of methods.
const DEFAULT_METHOD: &str = "client_secret_basic";

/// The metadata of an authorization server, as far as this client has use for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// `issuer`, which is the one that was asked for.
    pub issuer: Issuer,
    /// `token_endpoint`.
    pub token_endpoint: TokenEndpoint,
    /// `token_endpoint_auth_methods_supported`, or what its absence means; IANA's names.
    pub authentication_methods: Vec<String>,
    /// `grant_types_supported`; absent means unknown.
    pub grant_types: Option<Vec<String>>,
    /// `scopes_supported`; servers need not list every one.
    pub scopes: Option<Vec<Scope>>,
    /// `introspection_endpoint` (RFC 7662 section 2), under the rules of a token endpoint: the
    /// client shows its secret there as well.
    pub introspection_endpoint: Option<TokenEndpoint>,
    /// `revocation_endpoint` (RFC 7009 section 2), under the same rules.
    pub revocation_endpoint: Option<TokenEndpoint>,
    /// `mtls_endpoint_aliases.token_endpoint` (RFC 8705 section 5).
    pub mtls_token_endpoint: Option<TokenEndpoint>,
    /// What is unusual about the document.
    pub warnings: Vec<MetadataWarning>,
}

impl Metadata {
    /// Whether the server says that it takes this method.
    #[must_use]
    pub fn supports(&self, method: AuthenticationMethod) -> bool {
        let mut names = self.authentication_methods.iter();
        names.any(|name| name == method.iana_name())
    }
}

/// Reads a metadata document (RFC 8414 sections 3.2 and 3.3) that was asked of this issuer.
///
/// # Errors
/// When it is no metadata, or of another issuer, or its token endpoint can not be used.
pub fn parse_metadata(body: &[u8], issuer: &Issuer) -> Result<Metadata, MetadataError> {
    if body.len() > MOST_METADATA_BYTES {
        return Err(MetadataError::TooLarge);
    }
    let mut members = read(body)?;
    if let Some(name) = &members.repeated {
        let member = quoted(name);
        return Err(MetadataError::RepeatedMember { member });
    }
    let found = required(&mut members, "issuer")?;
    if found != issuer.as_str() {
        return Err(MetadataError::OtherIssuer {
            found: quoted(&without_query(&found)),
        });
    }
    let found = required(&mut members, "token_endpoint")?;
    let token_endpoint = TokenEndpoint::try_from(found.as_str()).map_err(|reason| {
        let found = quoted(&without_query(&found));
        MetadataError::InvalidTokenEndpoint { found, reason }
    })?;
    let mut optional = Optional {
        members,
        warnings: Vec::new(),
    };
    if token_endpoint.url().origin() != issuer.url().origin() {
        let origin = quoted(token_endpoint.origin().as_str());
        optional.warn(MetadataWarning::OtherOrigin { origin });
    }
    let authentication_methods = optional
        .names("token_endpoint_auth_methods_supported")
        .unwrap_or_else(|| vec![DEFAULT_METHOD.to_owned()]);
    let grant_types = optional.names("grant_types_supported");
    let is_listed = |names: &Vec<String>| names.iter().any(|name| name == "client_credentials");
    if !grant_types.as_ref().is_none_or(is_listed) {
        optional.warn(MetadataWarning::GrantNotListed);
    }
    Ok(Metadata {
        issuer: issuer.clone(),
        token_endpoint,
        authentication_methods,
        grant_types,
        scopes: optional.list("scopes_supported", |text| Scope::try_from(text).ok()),
        introspection_endpoint: optional.endpoint("introspection_endpoint"),
        revocation_endpoint: optional.endpoint("revocation_endpoint"),
        mtls_token_endpoint: optional.mtls_token_endpoint(),
        warnings: optional.warnings,
    })
}

fn read(body: &[u8]) -> Result<Members, MetadataError> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let text = std::str::from_utf8(body).ok();
    let members = text.and_then(|text| serde_json::from_str(text).ok());
    members.ok_or_else(|| {
        // As of a success, of which nothing is quoted but a page: it may be anybody's answer.
        let page = Quoter::new(200, &[], None).body(body);
        MetadataError::NotAnObject {
            page: page.filter(|page| page.starts_with(PAGE)),
        }
    })
}

fn required(members: &mut Members, member: &'static str) -> Result<String, MetadataError> {
    match members.take(member) {
        Some(Value::Text(text)) => Ok(text),
        Some(_) => Err(MetadataError::WrongType {
            member,
            expected: "a string",
        }),
        None => Err(MetadataError::MissingMember { member }),
    }
}

fn quoted(text: &str) -> Box<str> {
    Quoter::new(400, &[], None).line(text)
}

/// Members that may be missing, and that are left out with a warning where they are wrong.
struct Optional {
    members: Members,
    warnings: Vec<MetadataWarning>,
}

impl Optional {
    fn warn(&mut self, warning: MetadataWarning) {
        self.warnings.push(warning);
    }

    /// A list that is there and not empty: RFC 8414 section 3.2 has empty ones omitted.
    fn list<T: PartialEq>(
        &mut self,
        member: &'static str,
        parse: impl Fn(String) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::List(list) = self.members.take(member)? else {
            self.warn(MetadataWarning::UnusableMember { member });
            return None;
        };
        let mut is_partial = list.is_partial;
        let mut values = Vec::new();
        for text in list.texts {
            match parse(text) {
                Some(value) if !values.contains(&value) => values.push(value),
                Some(_) => {}
                None => is_partial = true,
            }
        }
        if is_partial {
            self.warn(MetadataWarning::PartialList { member });
        }
        (!values.is_empty()).then_some(values)
    }

    fn names(&mut self, member: &'static str) -> Option<Vec<String>> {
        self.list(member, |name| is_name(&name).then_some(name))
    }

    fn endpoint(&mut self, member: &'static str) -> Option<TokenEndpoint> {
        let value = self.members.take(member)?;
        self.as_endpoint(member, value)
    }

    fn mtls_token_endpoint(&mut self) -> Option<TokenEndpoint> {
        let member = "mtls_endpoint_aliases";
        let Value::Object(mut aliases) = self.members.take(member)? else {
            self.warn(MetadataWarning::UnusableMember { member });
            return None;
        };
        let value = aliases.take("token_endpoint")?;
        self.as_endpoint(member, value)
    }

    fn as_endpoint(&mut self, member: &'static str, value: Value) -> Option<TokenEndpoint> {
        let endpoint = match value {
            Value::Text(text) => TokenEndpoint::try_from(text).ok(),
            _ => None,
        };
        if endpoint.is_none() {
            self.warn(MetadataWarning::UnusableMember { member });
        }
        endpoint
    }
}

/// Names of methods and grants: visible ASCII (RFC 6749 appendix A.10, RFC 7591 section 2).
fn is_name(text: &str) -> bool {
    (1..=MOST_NAME_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
