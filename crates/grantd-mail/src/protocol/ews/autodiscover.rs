//! Autodiscover: where the EWS endpoint of a mailbox is, for Exchange on premises.
//!
//! Invariant: no token is sent here. Each hop is https and passes the egress guard; one redirect is
//! followed to another host, as the protocol has it (MS-OXDISCO), and none without TLS.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use grantd_model::listener::{MailAddress, MailEndpoint};
use grantd_net::{Body, Limits, Outbound, Request};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method};
use url::Url;

use super::xml::{Element, escape, parse};
use crate::fault::MailFault;

/// The most hops.
const MOST_HOPS: usize = 4;

/// How long one hop may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What an answer says.
enum Said {
    /// Here it is.
    Endpoint(String),
    /// Ask there, about this address.
    Elsewhere(Url),
}

/// Asks the mailbox's domain where EWS is.
pub(crate) async fn find(
    outbound: &Arc<dyn Outbound>,
    mailbox: &MailAddress,
    ca_bundle: Option<Arc<str>>,
) -> Result<MailEndpoint, MailFault> {
    let domain = mailbox.domain();
    let mut tried = Vec::new();
    for start in [
        format!("https://autodiscover.{domain}/autodiscover/autodiscover.xml"),
        format!("https://{domain}/autodiscover/autodiscover.xml"),
    ] {
        match follow(outbound, &start, mailbox, ca_bundle.clone()).await {
            Ok(endpoint) => return Ok(endpoint),
            Err(why) => tried.push(why),
        }
    }
    Err(MailFault::Configuration {
        class: "autodiscover_failed",
        detail: format!("Autodiscover names no EWS endpoint: {}", tried.join("; ")),
        remedy:
            "Set the endpoint itself, such as https://mail.example.com/EWS/Exchange.asmx; or let \
                 grantd reach the domain's Autodiscover."
                .to_owned(),
    })
}

async fn follow(
    outbound: &Arc<dyn Outbound>,
    start: &str,
    mailbox: &MailAddress,
    ca_bundle: Option<Arc<str>>,
) -> Result<MailEndpoint, String> {
    let mut url: Url = start.parse().map_err(|_| format!("{start} is no URL"))?;
    for _ in 0..MOST_HOPS {
        let host = url.host_str().unwrap_or_default().to_owned();
        match ask(outbound, url, mailbox, ca_bundle.clone()).await? {
            Said::Endpoint(text) => {
                return MailEndpoint::try_from(text).map_err(|fault| {
                    format!("{host} names an endpoint that will not do: {fault}")
                });
            }
            Said::Elsewhere(next) => {
                if next.scheme() != "https" {
                    return Err(format!("{host} sends to a place without TLS"));
                }
                url = next;
            }
        }
    }
    Err(format!("{start} sends on and on"))
}

async fn ask(
    outbound: &Arc<dyn Outbound>,
    url: Url,
    mailbox: &MailAddress,
    ca_bundle: Option<Arc<str>>,
) -> Result<Said, String> {
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut request = Request::new(Method::POST, url.clone());
    request.ca_bundle = ca_bundle;
    request.limits = Limits {
        total: TIMEOUT,
        ..Limits::default()
    };
    request.headers.push((
        CONTENT_TYPE,
        HeaderValue::from_static("text/xml; charset=utf-8"),
    ));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover \
         xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\
         <Request><EMailAddress>{}</EMailAddress><AcceptableResponseSchema>\
         http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\
         </AcceptableResponseSchema></Request></Autodiscover>",
        escape(mailbox.as_str())
    );
    request.body = Body::Plain(Bytes::from(body));
    let answer = outbound.send(request).await;
    let answer = answer.map_err(|failure| format!("{host}: {}", failure.error))?;
    if answer.status.is_redirection() {
        let place = answer.headers.get(LOCATION).and_then(|it| it.to_str().ok());
        let next = place.and_then(|place| url.join(place).ok());
        return next
            .map(Said::Elsewhere)
            .ok_or_else(|| format!("{host} redirects nowhere"));
    }
    if !answer.status.is_success() {
        return Err(format!("{host} answers status {}", answer.status.as_u16()));
    }
    let root = parse(&answer.body).map_err(|fault| format!("{host}: {fault}"))?;
    read(&root, &url).ok_or_else(|| format!("{host} names no endpoint"))
}

/// What the answer says: the outer endpoint before the inner one.
fn read(root: &Element, url: &Url) -> Option<Said> {
    let account = root.find("Account")?;
    let action = account.text_of("Action").map(str::trim);
    match action {
        Some("redirectUrl") => {
            let place = account.text_of("RedirectUrl")?.trim();
            return url.join(place).ok().map(Said::Elsewhere);
        }
        Some("redirectAddr") => {
            let (_, domain) = account.text_of("RedirectAddr")?.trim().rsplit_once('@')?;
            let place = format!("https://autodiscover.{domain}/autodiscover/autodiscover.xml");
            return place.parse().ok().map(Said::Elsewhere);
        }
        _ => {}
    }
    for wanted in ["EXPR", "EXCH"] {
        let mut protocols = account.children.iter().filter(|it| it.name == "Protocol");
        let found = protocols.find(|it| it.text_of("Type").map(str::trim) == Some(wanted));
        let endpoint = found.and_then(|it| it.text_of("EwsUrl"));
        if let Some(endpoint) = endpoint {
            return Some(Said::Endpoint(endpoint.trim().to_owned()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(xml: &str) -> String {
        let root = parse(xml.as_bytes()).unwrap();
        let url = "https://autodiscover.example.com/a".parse().unwrap();
        match read(&root, &url) {
            Some(Said::Endpoint(text)) => text,
            Some(Said::Elsewhere(url)) => format!("→ {url}"),
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn the_outer_endpoint_comes_before_the_inner_one() {
        let protocol = |kind: &str, url: &str| {
            format!("<Protocol><Type>{kind}</Type><EwsUrl>{url}</EwsUrl></Protocol>")
        };
        let (inner, outer) = (
            protocol("EXCH", "https://in.example.com/EWS/Exchange.asmx"),
            protocol("EXPR", "https://out.example.com/EWS/Exchange.asmx"),
        );
        let account = |inside: &str| {
            format!("<Autodiscover><Response><Account>{inside}</Account></Response></Autodiscover>")
        };
        assert_eq!(
            said(&account(&format!("{inner}{outer}"))),
            "https://out.example.com/EWS/Exchange.asmx"
        );
        assert_eq!(
            said(&account(&inner)),
            "https://in.example.com/EWS/Exchange.asmx"
        );
        assert_eq!(
            said(&account(
                "<Action>redirectAddr</Action><RedirectAddr>a@b.example.com</RedirectAddr>"
            )),
            "→ https://autodiscover.b.example.com/autodiscover/autodiscover.xml"
        );
        assert_eq!(
            said(&account(
                "<Action>redirectUrl</Action><RedirectUrl>https://c.example.com/x</RedirectUrl>"
            )),
            "→ https://c.example.com/x"
        );
        assert_eq!(said("<Autodiscover/>"), "nothing");
    }
}
