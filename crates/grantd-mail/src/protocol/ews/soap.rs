//! The SOAP envelope: what a request is wrapped in, and what an answer is unwrapped to.

use std::fmt::Write;
use std::time::Duration;

use grantd_model::listener::{ExchangeVersion, ImpersonateBy, MailAddress};

use super::xml::{Element, XmlFault, escape, parse};

/// What the header of a request says.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The version whose schema the request follows.
    pub version: ExchangeVersion,
    /// Whose mailbox is opened.
    pub impersonate: Option<(ImpersonateBy, &'a MailAddress)>,
}

/// The name of a version on the wire.
#[must_use]
pub const fn version_name(version: ExchangeVersion) -> &'static str {
    match version {
        ExchangeVersion::Exchange2010Sp2 => "Exchange2010_SP2",
        ExchangeVersion::Exchange2013 => "Exchange2013",
        ExchangeVersion::Exchange2013Sp1 => "Exchange2013_SP1",
        ExchangeVersion::Exchange2016 => "Exchange2016",
    }
}

/// A whole request around the body of an operation.
#[must_use]
pub fn envelope(header: &Header<'_>, body: &str) -> String {
    let mut text = String::with_capacity(body.len() + 1024);
    text.push_str(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
         xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>",
    );
    // writing to a String does not fail
    let _ = write!(
        text,
        "<t:RequestServerVersion Version=\"{}\"/>",
        version_name(header.version)
    );
    if let Some((by, mailbox)) = header.impersonate {
        let name = match by {
            ImpersonateBy::SmtpAddress => "SmtpAddress",
            ImpersonateBy::PrimarySmtpAddress => "PrimarySmtpAddress",
            ImpersonateBy::PrincipalName => "PrincipalName",
        };
        let _ = write!(
            text,
            "<t:ExchangeImpersonation><t:ConnectingSID><t:{name}>{}</t:{name}></t:ConnectingSID>\
             </t:ExchangeImpersonation>",
            escape(mailbox.as_str())
        );
    }
    text.push_str(
        "<t:TimeZoneContext><t:TimeZoneDefinition Id=\"UTC\"/></t:TimeZoneContext></s:Header><s:Body>",
    );
    text.push_str(body);
    text.push_str("</s:Body></s:Envelope>");
    text
}

/// An answer, unwrapped.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The version that the server says it has, as major, minor and build.
    pub server: Option<(u32, u32, u32)>,
    /// Its messages, one for each thing that was asked for; or why there are none.
    pub result: Result<Vec<ResponseMessage>, CodeFault>,
}

/// What became of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseMessage {
    /// The message, or what is wrong.
    pub(crate) result: Result<Element, CodeFault>,
}

/// A code that is not `NoError`, with what goes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeFault {
    /// The code, such as `ErrorItemNotFound`.
    pub code: String,
    /// What the server says.
    pub text: String,
    /// How long it asks to wait.
    pub back_off: Option<Duration>,
    /// The code behind a general one.
    pub inner: Option<String>,
    /// Where a request breaks the schema.
    pub violation: Option<String>,
}

/// Why an answer is none of SOAP.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoapFault {
    /// It is no XML.
    #[error(transparent)]
    Xml(#[from] XmlFault),
    /// It is XML of another kind.
    #[error("it is no SOAP envelope")]
    NoEnvelope,
}

/// Reads an answer.
///
/// # Errors
/// When it is no SOAP.
pub fn read(bytes: &[u8]) -> Result<Reply, SoapFault> {
    let root = parse(bytes)?;
    if root.name != "Envelope" {
        return Err(SoapFault::NoEnvelope);
    }
    let server = root
        .below(&["Header", "ServerVersionInfo"])
        .and_then(server_version);
    let body = root.child("Body").ok_or(SoapFault::NoEnvelope)?;
    let answer = body.children.first().ok_or(SoapFault::NoEnvelope)?;
    let result = if answer.name == "Fault" {
        Err(soap_fault(answer))
    } else {
        let messages = answer.child("ResponseMessages");
        let messages = messages.map(|it| it.children.iter().map(message).collect());
        Ok(messages.unwrap_or_default())
    };
    Ok(Reply { server, result })
}

fn server_version(info: &Element) -> Option<(u32, u32, u32)> {
    let number = |name: &str| info.attribute(name)?.parse().ok();
    Some((
        number("MajorVersion")?,
        number("MinorVersion")?,
        number("MajorBuildNumber").unwrap_or(0),
    ))
}

fn message(element: &Element) -> ResponseMessage {
    let code = element.text_of("ResponseCode").unwrap_or("NoError").trim();
    let class = element.attribute("ResponseClass").unwrap_or("Success");
    let result = if class == "Error" || (class == "Warning" && code != "NoError") {
        Err(code_fault(
            code,
            element.text_of("MessageText"),
            element.child("MessageXml"),
        ))
    } else {
        Ok(element.clone())
    };
    ResponseMessage { result }
}

fn soap_fault(fault: &Element) -> CodeFault {
    let detail = fault.child("detail");
    let code = detail
        .and_then(|it| it.text_of("ResponseCode"))
        .or_else(|| fault.text_of("faultcode"))
        .unwrap_or_default();
    // `a:ErrorServerBusy`
    let code = code.trim().rsplit(':').next().unwrap_or_default();
    let text = detail
        .and_then(|it| it.text_of("Message"))
        .or_else(|| fault.text_of("faultstring"));
    let mut result = code_fault(code, text, detail.and_then(|it| it.child("MessageXml")));
    if let Some(detail) = detail
        && let Some(violation) = detail.text_of("Violation")
    {
        let line = detail.text_of("LineNumber").unwrap_or("?");
        let position = detail.text_of("Position").unwrap_or("?");
        result.violation = Some(format!("line {line}, position {position}: {violation}"));
    }
    result
}

fn code_fault(code: &str, text: Option<&str>, xml: Option<&Element>) -> CodeFault {
    let value = |name: &str| {
        let values = xml.map(|xml| xml.children.as_slice()).unwrap_or_default();
        let found = values.iter().find(|it| it.attribute("Name") == Some(name));
        found.map(|it| it.text.trim().to_owned())
    };
    let line = xml.and_then(|xml| xml.text_of("LineNumber"));
    let violation = xml
        .and_then(|xml| xml.text_of("Violation"))
        .map(|text| format!("line {}: {text}", line.unwrap_or("?")));
    CodeFault {
        code: code.to_owned(),
        text: text.unwrap_or_default().trim().to_owned(),
        back_off: value("BackOffMilliseconds")
            .and_then(|text| text.parse().ok())
            .map(Duration::from_millis),
        inner: value("InnerErrorResponseCode"),
        violation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: &str = r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
        <s:Fault><faultcode xmlns:a="urn:x">a:ErrorServerBusy</faultcode>
        <faultstring xml:lang="en-US">The server cannot service this request right now.</faultstring>
        <detail><e:ResponseCode xmlns:e="urn:e">ErrorServerBusy</e:ResponseCode>
        <e:Message xmlns:e="urn:e">Try again later.</e:Message>
        <t:MessageXml xmlns:t="urn:t"><t:Value Name="BackOffMilliseconds">297749</t:Value></t:MessageXml>
        </detail></s:Fault></s:Body></s:Envelope>"#;

    #[test]
    fn a_fault_says_how_long_to_wait() {
        let reply = read(BUSY.as_bytes()).unwrap();
        let fault = reply.result.unwrap_err();
        assert_eq!(fault.code, "ErrorServerBusy");
        assert_eq!(fault.text, "Try again later.");
        assert_eq!(fault.back_off, Some(Duration::from_millis(297_749)));
    }

    #[test]
    fn each_message_ends_by_itself() {
        let answer = r#"<s:Envelope xmlns:s="u"><s:Header><h:ServerVersionInfo MajorVersion="15"
            MinorVersion="20" MajorBuildNumber="8000" MinorBuildNumber="1" xmlns:h="u"/></s:Header>
            <s:Body><m:GetItemResponse xmlns:m="u"><m:ResponseMessages>
            <m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>
            <m:Items/></m:GetItemResponseMessage>
            <m:GetItemResponseMessage ResponseClass="Error"><m:MessageText>Not found.</m:MessageText>
            <m:ResponseCode>ErrorItemNotFound</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>
            </m:GetItemResponseMessage>
            <m:GetItemResponseMessage ResponseClass="Error"><m:MessageText>Oops.</m:MessageText>
            <m:ResponseCode>ErrorInternalServerError</m:ResponseCode><m:MessageXml>
            <t:Value Name="InnerErrorResponseCode" xmlns:t="u">ErrorServerBusy</t:Value></m:MessageXml>
            </m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>"#;
        let reply = read(answer.as_bytes()).unwrap();
        assert_eq!(reply.server, Some((15, 20, 8000)));
        let messages = reply.result.unwrap();
        assert!(messages[0].result.is_ok());
        assert_eq!(
            messages[1].result.as_ref().unwrap_err().code,
            "ErrorItemNotFound"
        );
        let busy = messages[2].result.as_ref().unwrap_err();
        assert_eq!(busy.inner.as_deref(), Some("ErrorServerBusy"));
    }

    #[test]
    fn what_is_no_soap_is_told() {
        assert_eq!(read(b"<html/>"), Err(SoapFault::NoEnvelope));
        assert!(matches!(read(b"plain"), Err(SoapFault::Xml(_))));
    }
}
