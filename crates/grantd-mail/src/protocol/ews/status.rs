//! What the HTTP status of an answer means where there is no SOAP in it.

use std::time::Duration;

use grantd_model::Timestamp;
use grantd_oauth::parse_retry_after;
use http::{HeaderMap, StatusCode, header};

use crate::fault::MailFault;

/// The most characters of a header that are quoted.
const MOST_QUOTED: usize = 300;

/// What has to be run where Exchange Online does not let an application in.
const BLOCKED: &str = "Exchange Online blocks EWS unless the organisation allows this application. Its \
    administrator runs: Set-OrganizationConfig -EwsEnabled $true; Set-OrganizationConfig \
    -EwsAllowedAppIDs \"<the ids that stand there>,<client id>\" (Get-OrganizationConfig \
    -RetrieveEwsOperationAccessPolicy shows those that stand there; changes may take a day). EWS in \
    Exchange Online ends on 1 April 2027.";

/// What to look at where another server does not.
const ON_PREMISES: &str = "On premises, check that EWS is on for the organisation and for the mailbox (Get-OrganizationConfig | \
    Format-List Ews*; Get-CASMailbox MAILBOX | Format-List Ews*), that the application has the role \
    ApplicationImpersonation, and that no proxy on the way refuses it. Where this address leads to Exchange \
    Online: ";

/// Hosts of Exchange Online end so.
const ONLINE: [&str; 3] = [".office365.com", ".office365.us", ".outlook.cn"];

/// What to do where the host does not let the client in.
fn blocked(host: &str, client_id: &str) -> String {
    let online = BLOCKED.replace("<client id>", client_id);
    let host = host.to_lowercase();
    if ONLINE.iter().any(|end| host.ends_with(end)) {
        online
    } else {
        format!("{ON_PREMISES}{online}")
    }
}

/// What it means; the host that was asked, and the client that did, stand in the remedy.
pub(crate) fn fault(
    status: StatusCode,
    headers: &HeaderMap,
    body: &str,
    (host, client_id): (&str, &str),
    now: Timestamp,
) -> MailFault {
    let retry = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| parse_retry_after(value, now));
    let said = said(headers);
    let with = |text: &str| {
        if said.is_empty() {
            text.to_owned()
        } else {
            format!("{text}: {said}")
        }
    };
    match status.as_u16() {
        401 => MailFault::Configuration {
            class: "token_refused",
            detail: with("the mailbox server refuses the token (401)"),
            remedy:
                "Check that the scope of the credential is that of the mailbox server, such as \
                     https://outlook.office365.com/.default, and that the application has the \
                     permission full_access_as_app with admin consent. grantd goes on trying."
                    .to_owned(),
        },
        403 => MailFault::Configuration {
            class: "ews_blocked",
            detail: with("the mailbox server does not let the application in (403)"),
            remedy: blocked(host, client_id),
        },
        404 | 410 => MailFault::Configuration {
            class: "no_service",
            detail: with(&format!(
                "there is no EWS at this address ({})",
                status.as_u16()
            )),
            remedy: if says_retired(body) {
                blocked(host, client_id)
            } else {
                "Check the endpoint; on premises it is https://HOST/EWS/Exchange.asmx.".to_owned()
            },
        },
        456 => MailFault::Configuration {
            class: "account_locked",
            detail: with("the account of the mailbox is locked (456)"),
            remedy: "An administrator has to unlock the account.".to_owned(),
        },
        429 | 503 => MailFault::Busy {
            after: retry,
            detail: with(&format!("status {}", status.as_u16())),
        },
        300..=399 => MailFault::Transient {
            class: "redirected",
            detail: with(&format!(
                "the mailbox server sends elsewhere ({}), which is not followed",
                status.as_u16()
            )),
        },
        _ if says_retired(body) => MailFault::Configuration {
            class: "ews_blocked",
            detail: with(&format!("EWS is off ({})", status.as_u16())),
            remedy: blocked(host, client_id),
        },
        200..=299 => MailFault::Transient {
            class: "no_soap",
            detail: "the answer is no SOAP but something else, as a page of a proxy".to_owned(),
        },
        _ => match retry {
            Some(after) => MailFault::Busy {
                after: Some(after.max(Duration::from_secs(1))),
                detail: with(&format!("status {}", status.as_u16())),
            },
            None => MailFault::Transient {
                class: "http_status",
                detail: with(&format!(
                    "the mailbox server answered status {}",
                    status.as_u16()
                )),
            },
        },
    }
}

/// Whether the words of an answer say that EWS is off.
fn says_retired(body: &str) -> bool {
    let body = body.to_lowercase();
    let ews = body.contains("ews") || body.contains("exchange web services");
    ews && [
        "disabled",
        "blocked",
        "retired",
        "deprecated",
        "not allowed",
    ]
    .iter()
    .any(|word| body.contains(word))
}

/// What the header says about a refusal.
fn said(headers: &HeaderMap) -> String {
    let mut said = Vec::new();
    for name in ["x-ms-diagnostics", "www-authenticate"] {
        for value in headers.get_all(name) {
            let text = String::from_utf8_lossy(value.as_bytes());
            said.push(format!("{name}: {}", text.trim()));
        }
    }
    let said = said.join("; ");
    said.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MOST_QUOTED)
        .collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn each_status_is_acted_on() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("17"));
        headers.insert(
            "x-ms-diagnostics",
            HeaderValue::from_static("2000008;reason=\"The token contains no permissions\""),
        );
        let now = Timestamp::from_seconds(1_000_000_000);
        for (status, class) in [
            (401, "token_refused"),
            (403, "ews_blocked"),
            (404, "no_service"),
            (456, "account_locked"),
            (429, "busy"),
            (503, "busy"),
            (302, "redirected"),
            (507, "busy"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let fault = fault(
                status,
                &headers,
                "",
                ("exchange.example.com", "client-1"),
                now,
            );
            assert_eq!(fault.class(), class, "{status}");
            assert!(fault.to_string().contains("2000008"), "{fault}");
        }
        headers.clear();
        let oops = fault(
            StatusCode::INTERNAL_SERVER_ERROR,
            &headers,
            "",
            ("h", "c"),
            now,
        );
        assert_eq!(oops.class(), "http_status");
        let off = "<p>EWS has been disabled for this tenant</p>";
        let off = fault(
            StatusCode::INTERNAL_SERVER_ERROR,
            &headers,
            off,
            ("outlook.office365.com", "client-1"),
            now,
        );
        assert_eq!(off.class(), "ews_blocked");
        assert!(
            off.remedy()
                .unwrap()
                .starts_with("Exchange Online blocks EWS")
        );
        let there = (StatusCode::FORBIDDEN, ("exchange.example.com", "client-1"));
        let refused = fault(there.0, &headers, "", there.1, now);
        let remedy = refused.remedy().unwrap();
        assert!(remedy.starts_with("On premises"), "{remedy}");
        assert!(
            remedy.contains("EwsAllowedAppIDs \"<the ids that stand there>,client-1\""),
            "{remedy}"
        );
    }
}
