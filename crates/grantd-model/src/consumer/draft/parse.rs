//! Reads a consumer as it was written down, and names everything that is wrong at once.

use std::net::IpAddr;
use std::time::Duration;

use super::{CALLERS, ConsumerDraft, HTTP, HeaderDraft, LimitsDraft, RejectedDraft};
use crate::consumer::{
    ConsumerLimits, ConsumerSettings, ConsumerTimeouts, FieldName, MOST_FIELDS, MOST_NAMES,
    MOST_REPLAY_BYTES, MOST_STATUSES, RejectedRule, TokenPlacement,
};
use crate::credential::check_free_text;
use crate::faults::Faults;
use crate::parameter::check_header_value;
use crate::text::check_line;
use crate::{CredentialId, FieldError, Invalid, Labels, Parameter, ParameterInput, ScopeSet};

/// The longest word before a token, in characters.
const MOST_PREFIX: usize = 64;

/// The longest text that is looked for in a header field of an answer, in characters.
const MOST_CONTAINED: usize = 256;

/// The longest text that is looked for in the body of an answer, in characters.
const MOST_PATTERN: usize = 1000;

/// The most requests of any limit.
const MOST_REQUESTS: u64 = 1_000_000;

impl ConsumerDraft {
    /// Reads it, for a credential that was found: the settings, and the header fields as they come in.
    ///
    /// # Errors
    /// Everything that is wrong, each at its place.
    pub fn parse(
        &self,
        credential: CredentialId,
    ) -> Result<(ConsumerSettings, Vec<Parameter<ParameterInput>>), Vec<FieldError>> {
        let mut faults = Faults::default();
        let read = self.read(&mut faults, credential);
        faults.or(read)
    }

    fn read(
        &self,
        f: &mut Faults,
        credential: CredentialId,
    ) -> Option<(ConsumerSettings, Vec<Parameter<ParameterInput>>)> {
        let name = f.take("/name", self.name.trim().try_into());
        f.check("/description", check_free_text(&self.description, 1000));
        let labels = Labels::read(f, &self.labels);
        let scope = match self.scope.trim() {
            "" => Some(None),
            scope => f.take("/scope", ScopeSet::parse(scope)).map(Some),
        };
        let base_url = f.take("/base_url", self.base_url.trim().try_into());
        let addresses = list(f, "/addresses", &self.addresses, MOST_NAMES, lower);
        if let Some(bundle) = &self.ca_bundle {
            f.check("/ca_bundle", check_free_text(bundle, 200_000));
        }
        let http = f.named("/http", &self.http, &HTTP);
        let placement = self.placement(f);
        let token_field = placement.as_ref().map(|it| &it.field);
        let fields = headers(f, &self.headers, token_field);
        let remove_fields = list(
            f,
            "/remove_headers",
            &self.remove_headers,
            MOST_FIELDS,
            lower,
        );
        let hosts = list(f, "/hosts", &self.hosts, MOST_NAMES, host);
        let callers = f.named("/callers", &self.callers, &CALLERS);
        let methods = list(f, "/methods", &self.methods, MOST_NAMES, same);
        let paths = list(f, "/paths", &self.paths, MOST_NAMES, same);
        let rejected = rejected(f, &self.rejected);
        f.range(
            "/replay_bytes",
            self.replay_bytes,
            0,
            MOST_REPLAY_BYTES.into(),
        );
        let timeouts = self.timeouts(f);
        let limits = limits(f, self.limits);
        let settings = ConsumerSettings {
            name: name?,
            description: self.description.clone(),
            labels: labels?,
            credential,
            scope: scope?,
            base_url: base_url?,
            addresses,
            ca_bundle: self.ca_bundle.clone(),
            http: http?,
            placement: placement?,
            remove_fields,
            hosts,
            callers: callers?,
            methods,
            paths,
            cookies: self.cookies,
            upgrades: self.upgrades,
            rejected: rejected?,
            replay_bytes: u32::try_from(self.replay_bytes).ok()?,
            timeouts,
            limits,
        };
        Some((settings, fields))
    }

    fn placement(&self, f: &mut Faults) -> Option<TokenPlacement> {
        let field = lower(&self.token_header);
        let field = f.take("/token_header", field.as_str().try_into());
        f.check("/token_prefix", check_prefix(&self.token_prefix));
        Some(TokenPlacement {
            field: field?,
            prefix: self.token_prefix.clone(),
        })
    }

    fn timeouts(&self, f: &mut Faults) -> ConsumerTimeouts {
        let timeouts = self.timeouts;
        f.range("/timeouts/connect_s", timeouts.connect_s, 1, 60);
        f.range("/timeouts/answer_s", timeouts.answer_s, 1, 3600);
        f.range("/timeouts/idle_s", timeouts.idle_s, 1, 24 * 3600);
        ConsumerTimeouts {
            connect: Duration::from_secs(timeouts.connect_s),
            answer: Duration::from_secs(timeouts.answer_s),
            idle: Duration::from_secs(timeouts.idle_s),
        }
    }
}

/// Values of a list, each once, written in the one way that is kept.
fn list<T>(
    f: &mut Faults,
    place: &str,
    texts: &[String],
    most: usize,
    written: impl Fn(&str) -> String,
) -> Vec<T>
where
    T: TryFrom<String, Error = Invalid> + PartialEq,
{
    if !f.count(place, texts.len(), most) {
        return Vec::new();
    }
    let mut values = Vec::with_capacity(texts.len());
    for (number, text) in texts.iter().enumerate() {
        let at = format!("{place}/{number}");
        let Some(value) = f.take(&at, T::try_from(written(text))) else {
            continue;
        };
        if values.contains(&value) {
            f.check(&at, Err(repeated()));
        } else {
            values.push(value);
        }
    }
    values
}

fn headers(
    f: &mut Faults,
    drafts: &[HeaderDraft],
    token_field: Option<&FieldName>,
) -> Vec<Parameter<ParameterInput>> {
    if !f.count("/headers", drafts.len(), MOST_FIELDS) {
        return Vec::new();
    }
    let mut fields: Vec<Parameter<ParameterInput>> = Vec::with_capacity(drafts.len());
    for (number, draft) in drafts.iter().enumerate() {
        let at = format!("/headers/{number}");
        let name = f.take(
            &format!("{at}/name"),
            FieldName::try_from(lower(&draft.name)),
        );
        let value = header_value(f, &format!("{at}/value"), draft);
        let (Some(name), Some(value)) = (name, value) else {
            continue;
        };
        if token_field == Some(&name) {
            let detail = format!("another header field is expected, the token goes into `{name}`");
            f.check(
                &format!("{at}/name"),
                Err(Invalid::new("reserved_name", detail)),
            );
        } else if fields.iter().any(|field| field.name == name.as_str()) {
            f.check(&format!("{at}/name"), Err(repeated()));
        } else {
            fields.push(Parameter {
                name: name.into(),
                value,
            });
        }
    }
    fields
}

fn header_value(f: &mut Faults, place: &str, draft: &HeaderDraft) -> Option<ParameterInput> {
    let Some(value) = &draft.value else {
        if draft.secret {
            return Some(ParameterInput::Keep);
        }
        f.check(place, Err(Invalid::new("required", "a value is expected")));
        return None;
    };
    f.take(place, check_header_value(value.expose()))?;
    Some(if draft.secret {
        ParameterInput::Secret(value.clone())
    } else {
        ParameterInput::Plain(value.expose().clone())
    })
}

fn rejected(f: &mut Faults, draft: &RejectedDraft) -> Option<RejectedRule> {
    let place = "/rejected/statuses";
    if draft.statuses.is_empty() {
        let detail = "at least one status is expected, such as 401";
        f.check(place, Err(Invalid::new("required", detail)));
    }
    f.count(place, draft.statuses.len(), MOST_STATUSES);
    for (number, status) in draft.statuses.iter().enumerate() {
        let at = format!("{place}/{number}");
        f.range(&at, u64::from(*status), 200, 599);
        if draft.statuses.iter().take(number).any(|it| it == status) {
            f.check(&at, Err(repeated()));
        }
    }
    let header = draft.header.as_ref().map(|header| {
        let name = lower(&header.name);
        let name = f.take("/rejected/header/name", name.as_str().try_into());
        let contains = check_line(&header.contains, MOST_CONTAINED);
        f.check("/rejected/header/contains", contains);
        name.map(|name| (name, header.contains.clone()))
    });
    if let Some(body) = &draft.body {
        f.check("/rejected/body", check_pattern(body));
    }
    Some(RejectedRule {
        statuses: draft.statuses.clone(),
        field: match header {
            None => None,
            Some(header) => Some(header?),
        },
        body: draft.body.clone(),
    })
}

fn limits(f: &mut Faults, draft: LimitsDraft) -> ConsumerLimits {
    let mut limit = |member: &str, value: Option<u64>| {
        let value = value?;
        f.range(&format!("/limits/{member}"), value, 1, MOST_REQUESTS);
        u32::try_from(value).ok()
    };
    let limits = ConsumerLimits {
        requests_per_second: limit("requests_per_second", draft.requests_per_second),
        burst: limit("burst", draft.burst),
        concurrent: limit("concurrent", draft.concurrent),
    };
    if draft.burst.is_some() && draft.requests_per_second.is_none() {
        let detail = "`requests_per_second` is expected where a burst is set";
        let fault = Invalid::new("required", detail);
        f.check("/limits/requests_per_second", Err(fault));
    }
    limits
}

fn check_prefix(prefix: &str) -> Result<(), Invalid> {
    if prefix.len() > MOST_PREFIX {
        let detail = format!("at most {MOST_PREFIX} characters are expected");
        return Err(Invalid::new("too_long", detail));
    }
    check_header_value(prefix)
}

fn check_pattern(pattern: &str) -> Result<(), Invalid> {
    if pattern.is_empty() {
        return Err(Invalid::new("required", "a text is expected, it is empty"));
    }
    check_free_text(pattern, MOST_PATTERN)
}

fn repeated() -> Invalid {
    Invalid::new("repeated", "each one is expected once")
}

fn same(text: &str) -> String {
    text.trim().to_owned()
}

fn lower(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

/// A host in the one way in which it is written.
fn host(text: &str) -> String {
    let text = lower(text);
    let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let address: Result<IpAddr, _> = inner.unwrap_or(&text).parse();
    address.map_or(text, |address| address.to_string())
}
