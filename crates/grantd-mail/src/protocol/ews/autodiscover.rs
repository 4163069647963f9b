//! Autodiscover: where the EWS endpoint of a mailbox is, for Exchange on premises.
//!
//! Each host is asked by the JSON of Exchange 2016 and later, which wants no authentication, then by the
//! XML of older ones (MS-OXDSCLI). Invariant: no token is sent here; each hop is https and passes the
//! egress guard.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use grantd_model::listener::{MailAddress, MailEndpoint};
use grantd_net::{Body, Limits, Outbound, Request, Response};
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method};
use serde::Deserialize;
use url::Url;

use super::xml::{Element, escape, parse};
use crate::fault::MailFault;

/// The most hops.
const MOST_HOPS: usize = 4;

/// How long one hop may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How a host is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Json,
    Xml,
}

/// What is asked, and where.
#[derive(Debug, Clone)]
struct Question {
    way: Way,
    url: Url,
    /// About whom.
    address: String,
}

impl Question {
    /// The first question to a host.
    fn to(host: &str, way: Way, address: &str) -> Option<Self> {
        let file = match way {
            Way::Json => "json",
            Way::Xml => "xml",
        };
        let place = format!("https://{host}/autodiscover/autodiscover.{file}");
        let mut url: Url = place.parse().ok()?;
        if way == Way::Json {
            url.query_pairs_mut()
                .append_pair("Email", address)
                .append_pair("Protocol", "EWS")
                .append_pair("RedirectCount", "3");
        }
        Some(Self {
            way,
            url,
            address: address.to_owned(),
        })
    }

    fn at(&self, url: Url) -> Self {
        Self {
            url,
            ..self.clone()
        }
    }
}

/// What an answer says.
enum Said {
    /// Here it is.
    Endpoint(String),
    /// Ask this.
    Ask(Question),
}

/// Why there is no endpoint.
enum Missing {
    /// The host does not answer at all: there is no need to ask it in another way.
    Silent(String),
    Said(String),
}

/// Asks the mailbox's domain where EWS is.
pub(crate) async fn find(
    outbound: &Arc<dyn Outbound>,
    mailbox: &MailAddress,
    ca_bundle: Option<Arc<str>>,
) -> Result<MailEndpoint, MailFault> {
    let domain = mailbox.domain();
    let mut tried = Vec::new();
    for host in [format!("autodiscover.{domain}"), domain.to_owned()] {
        for way in [Way::Json, Way::Xml] {
            let Some(question) = Question::to(&host, way, mailbox.as_str()) else {
                tried.push(format!("{host} is no host"));
                break;
            };
            match follow(outbound, question, ca_bundle.clone()).await {
                Ok(endpoint) => return Ok(endpoint),
                Err(Missing::Said(why)) => tried.push(why),
                Err(Missing::Silent(why)) => {
                    tried.push(why);
                    break;
                }
            }
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
    mut question: Question,
    ca_bundle: Option<Arc<str>>,
) -> Result<MailEndpoint, Missing> {
    let start = question.url.host_str().unwrap_or_default().to_owned();
    for _ in 0..MOST_HOPS {
        let host = question.url.host_str().unwrap_or_default().to_owned();
        match ask(outbound, question, ca_bundle.clone()).await? {
            Said::Endpoint(text) => {
                return MailEndpoint::try_from(text).map_err(|fault| {
                    Missing::Said(format!(
                        "{host} names an endpoint that will not do: {fault}"
                    ))
                });
            }
            Said::Ask(next) if next.url.scheme() != "https" => {
                return Err(Missing::Said(format!(
                    "{host} sends to a place without TLS"
                )));
            }
            Said::Ask(next) => question = next,
        }
    }
    Err(Missing::Said(format!("{start} sends on and on")))
}

async fn ask(
    outbound: &Arc<dyn Outbound>,
    question: Question,
    ca_bundle: Option<Arc<str>>,
) -> Result<Said, Missing> {
    let host = question.url.host_str().unwrap_or_default().to_owned();
    let request = request(&question, ca_bundle);
    let answer = outbound.send(request).await;
    let answer = answer.map_err(|failure| Missing::Silent(format!("{host}: {}", failure.error)))?;
    read(&question, &answer).map_err(|why| Missing::Said(format!("{host} {why}")))
}

fn request(question: &Question, ca_bundle: Option<Arc<str>>) -> Request {
    let (method, header) = match question.way {
        Way::Json => (
            Method::GET,
            (ACCEPT, HeaderValue::from_static("application/json")),
        ),
        Way::Xml => (
            Method::POST,
            (
                CONTENT_TYPE,
                HeaderValue::from_static("text/xml; charset=utf-8"),
            ),
        ),
    };
    let mut request = Request::new(method, question.url.clone());
    request.ca_bundle = ca_bundle;
    request.limits = Limits {
        total: TIMEOUT,
        ..Limits::default()
    };
    request.headers.push(header);
    if question.way == Way::Xml {
        request.body = Body::Plain(Bytes::from(format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover \
             xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\
             <Request><EMailAddress>{}</EMailAddress><AcceptableResponseSchema>\
             http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\
             </AcceptableResponseSchema></Request></Autodiscover>",
            escape(&question.address)
        )));
    }
    request
}

/// What an answer says, or why it is none.
fn read(question: &Question, answer: &Response) -> Result<Said, String> {
    if answer.status.is_redirection() {
        let place = answer.headers.get(LOCATION).and_then(|it| it.to_str().ok());
        let next = place.and_then(|place| question.url.join(place).ok());
        return next
            .map(|url| Said::Ask(question.at(url)))
            .ok_or_else(|| "redirects nowhere".to_owned());
    }
    if !answer.status.is_success() {
        let status = answer.status.as_u16();
        return Err(match status {
            401 => "wants authentication (401), and no token is sent to it".to_owned(),
            _ => format!("answers status {status}"),
        });
    }
    let said = match question.way {
        Way::Json => read_json(&answer.body)?,
        Way::Xml => {
            let root = parse(&answer.body).map_err(|fault| format!("answers no XML: {fault}"))?;
            read_xml(&root, question)
        }
    };
    said.ok_or_else(|| "names no endpoint".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JsonAnswer {
    url: Option<String>,
    error_code: Option<String>,
}

fn read_json(body: &[u8]) -> Result<Option<Said>, String> {
    let answer: JsonAnswer =
        serde_json::from_slice(body).map_err(|_| "answers no JSON".to_owned())?;
    match (answer.url, answer.error_code) {
        (Some(url), _) => Ok(Some(Said::Endpoint(url))),
        (None, Some(code)) => Err(format!("answers {code}")),
        (None, None) => Ok(None),
    }
}

/// What the XML says: the outer endpoint before the inner one.
fn read_xml(root: &Element, question: &Question) -> Option<Said> {
    let account = root.find("Account")?;
    let action = account.text_of("Action").map(str::trim);
    match action {
        Some("redirectUrl") => {
            let place = account.text_of("RedirectUrl")?.trim();
            let url = question.url.join(place).ok()?;
            return Some(Said::Ask(question.at(url)));
        }
        Some("redirectAddr") => {
            // about this address from then on
            let address = account.text_of("RedirectAddr")?.trim();
            let (_, domain) = address.rsplit_once('@')?;
            let host = format!("autodiscover.{domain}");
            return Question::to(&host, Way::Xml, address).map(Said::Ask);
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
    use grantd_net::NetError;
    use grantd_testkit::{Answer, FakeOutbound};

    use super::*;

    const FIRST: &str = "autodiscover.example.com";
    const SECOND: &str = "example.com";

    fn account(inside: &str) -> String {
        format!("<Autodiscover><Response><Account>{inside}</Account></Response></Autodiscover>")
    }

    fn protocol(kind: &str, url: &str) -> String {
        format!("<Protocol><Type>{kind}</Type><EwsUrl>{url}</EwsUrl></Protocol>")
    }

    fn gone(host: &str) -> Answer {
        Answer::failure(NetError::NameNotFound {
            host: host.to_owned(),
        })
    }

    /// The endpoint that is found, or why there is none. No request carries a token.
    async fn found(script: impl FnOnce(&FakeOutbound)) -> (String, Arc<FakeOutbound>) {
        let fake = Arc::new(FakeOutbound::default());
        script(&fake);
        let outbound: Arc<dyn Outbound> = Arc::<FakeOutbound>::clone(&fake);
        let mailbox = MailAddress::try_from("ann@example.com").unwrap();
        let found = find(&outbound, &mailbox, None).await;
        for sent in fake.sent() {
            assert_eq!(sent.0.url.scheme(), "https");
            let names = sent.0.headers.iter().map(|(name, _)| name.as_str());
            assert!(
                names
                    .clone()
                    .all(|it| it == "accept" || it == "content-type"),
                "{:?}",
                names.collect::<Vec<_>>()
            );
        }
        let told = match found {
            Ok(endpoint) => endpoint.to_string(),
            Err(fault) => {
                assert_eq!(fault.class(), "autodiscover_failed");
                fault.to_string()
            }
        };
        (told, fake)
    }

    #[tokio::test]
    async fn json_comes_first_and_follows_where_it_is_sent() {
        let (told, fake) = found(|it| {
            let there = "https://mail.example.org/autodiscover/autodiscover.json?Email=x";
            let elsewhere = Answer::json(302, "").with_header("location", there);
            it.answer(FIRST, elsewhere);
            let endpoint = "https://mail.example.org/EWS/Exchange.asmx";
            let body = format!("{{\"Protocol\":\"EWS\",\"Url\":\"{endpoint}\"}}");
            it.answer("mail.example.org", Answer::json(200, &body));
        })
        .await;
        assert_eq!(told, "https://mail.example.org/EWS/Exchange.asmx");
        let asked = fake.sent().remove(0).0;
        assert_eq!(asked.method, Method::GET);
        let query = asked.url.query().unwrap();
        assert_eq!(
            query,
            "Email=ann%40example.com&Protocol=EWS&RedirectCount=3"
        );
    }

    #[tokio::test]
    async fn older_servers_are_asked_in_xml_and_about_who_they_say() {
        let (told, fake) = found(|it| {
            it.answer(FIRST, Answer::json(404, ""));
            let other = account(
                "<Action>redirectAddr</Action><RedirectAddr>ann@b.example.com</RedirectAddr>",
            );
            it.answer(FIRST, Answer::json(200, &other));
            let endpoint = protocol("EXPR", "https://out.example.com/EWS/Exchange.asmx");
            let inner = protocol("EXCH", "https://in.example.com/EWS/Exchange.asmx");
            let both = Answer::json(200, &account(&format!("{inner}{endpoint}")));
            it.answer("autodiscover.b.example.com", both);
        })
        .await;
        assert_eq!(told, "https://out.example.com/EWS/Exchange.asmx");
        let Body::Plain(body) = fake.sent().remove(2).0.body else {
            panic!("no body");
        };
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.contains("<EMailAddress>ann@b.example.com</"), "{body}");
    }

    #[tokio::test]
    async fn a_host_that_is_not_there_is_asked_once_and_the_next_one_answers() {
        let (told, _) = found(|it| {
            it.answer(FIRST, gone(FIRST));
            it.answer(
                SECOND,
                Answer::json(200, "{\"ErrorCode\":\"ProtocolNotSupported\"}"),
            );
            let inner = protocol("EXCH", "https://in.example.com/EWS/Exchange.asmx");
            it.answer(SECOND, Answer::json(200, &account(&inner)));
        })
        .await;
        assert_eq!(told, "https://in.example.com/EWS/Exchange.asmx");
    }

    #[tokio::test]
    async fn what_leads_nowhere_is_told_host_by_host() {
        let (told, fake) = found(|it| {
            let open = Answer::json(302, "").with_header("location", "http://example.org/x");
            it.answer(FIRST, open);
            it.answer(FIRST, Answer::json(401, ""));
            let on = Answer::json(302, "").with_header("location", "/again");
            it.answer_always(SECOND, on);
        })
        .await;
        for words in [
            "autodiscover.example.com sends to a place without TLS",
            "autodiscover.example.com wants authentication (401), and no token is sent to it",
            "example.com sends on and on",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert_eq!(fake.count("example.org"), 0);
        assert_eq!(fake.count(SECOND), 2 * MOST_HOPS);
        let (told, _) = found(|it| {
            it.answer(
                FIRST,
                Answer::json(200, "{\"Url\":\"http://example.org/EWS\"}"),
            );
            it.answer(FIRST, Answer::json(200, "<Autodiscover/>"));
            it.answer(SECOND, gone(SECOND));
        })
        .await;
        for words in ["will not do", "names no endpoint", "example.com"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
}
