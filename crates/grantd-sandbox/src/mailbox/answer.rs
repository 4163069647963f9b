//! Answers: text, and contents that are put into base64 while they are sent.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use http_body::Frame;

use super::item::Mail;
use super::xml::escape;

/// How many bytes of a content are put into base64 at once; a multiple of three.
const AT_ONCE: usize = 48 * 1024;

/// A piece of an answer.
pub(crate) enum Piece {
    /// Text.
    Text(String),
    /// A mail, in base64.
    Mime(Arc<Mail>),
    /// An attachment of it, in base64.
    Attachment(Arc<Mail>, usize),
}

/// An answer under way.
#[derive(Default)]
pub(crate) struct Answer(Vec<Piece>);

impl Answer {
    pub(crate) fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
    }

    pub(crate) fn piece(&mut self, piece: Piece) {
        self.0.push(piece);
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// A message that went well begins; its element stays open.
    pub(crate) fn begin(&mut self, operation: &str) {
        self.text(&format!(
            "<m:{operation}ResponseMessage ResponseClass=\"Success\">\
             <m:ResponseCode>NoError</m:ResponseCode>"
        ));
    }

    pub(crate) fn end(&mut self, operation: &str) {
        self.text(&format!("</m:{operation}ResponseMessage>"));
    }

    /// A message that went wrong.
    pub(crate) fn error(&mut self, operation: &str, code: &str, extra: &Extra) {
        self.text(&format!(
            "<m:{operation}ResponseMessage ResponseClass=\"Error\"><m:MessageText>{}</m:MessageText>\
             <m:ResponseCode>{code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{}",
            words(code),
            extra.xml("m:MessageXml")
        ));
        // what these answers hold whether it went well or not
        self.text(match operation {
            "GetItem" | "UpdateItem" | "MoveItem" => "<m:Items/>",
            "GetAttachment" => "<m:Attachments/>",
            "SyncFolderItems" => {
                "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"
            }
            _ => "",
        });
        self.text(&format!("</m:{operation}ResponseMessage>"));
    }

    /// The whole answer of an operation.
    pub(crate) fn finish(self, operation: &str) -> Response {
        let mut pieces = vec![Piece::Text(format!(
            "{HEAD}<m:{operation}Response xmlns:m=\"{MESSAGES}\" xmlns:t=\"{TYPES}\"><m:ResponseMessages>"
        ))];
        pieces.extend(self.0);
        pieces.push(Piece::Text(format!(
            "</m:ResponseMessages></m:{operation}Response></s:Body></s:Envelope>"
        )));
        let body = Pieces {
            waiting: pieces.into_iter(),
            current: None,
            at: 0,
        };
        let kind = [(header::CONTENT_TYPE, "text/xml; charset=utf-8")];
        (kind, Body::new(body)).into_response()
    }
}

const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
const TYPES: &str = "http://schemas.microsoft.com/exchange/services/2006/types";

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
    <s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>\
    <h:ServerVersionInfo MajorVersion=\"15\" MinorVersion=\"20\" MajorBuildNumber=\"9000\" \
    MinorBuildNumber=\"12\" Version=\"V2018_01_08\" \
    xmlns:h=\"http://schemas.microsoft.com/exchange/services/2006/types\"/></s:Header><s:Body>";

/// What goes with a code.
#[derive(Debug, Default, Clone)]
pub(crate) struct Extra {
    pub(crate) inner: Option<String>,
    pub(crate) back_off_ms: Option<u64>,
}

impl Extra {
    fn xml(&self, name: &str) -> String {
        let mut values = String::new();
        if let Some(inner) = &self.inner {
            _ = write!(
                values,
                "<t:Value Name=\"InnerErrorResponseCode\">{}</t:Value>",
                escape(inner)
            );
        }
        if let Some(wait) = self.back_off_ms {
            _ = write!(
                values,
                "<t:Value Name=\"BackOffMilliseconds\">{wait}</t:Value>"
            );
        }
        if values.is_empty() {
            String::new()
        } else {
            format!("<{name}>{values}</{name}>")
        }
    }
}

/// Status 500 with a SOAP fault.
pub(crate) fn fault(code: &str, extra: &Extra) -> Response {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>\
         <faultcode xmlns:a=\"{TYPES}\">a:{code}</faultcode>\
         <faultstring xml:lang=\"en-US\">{}</faultstring><detail>\
         <e:ResponseCode xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{code}\
         </e:ResponseCode><e:Message \
         xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{}</e:Message>{}\
         </detail></s:Fault></s:Body></s:Envelope>",
        words(code),
        words(code),
        extra.xml("t:MessageXml").replacen(
            "<t:MessageXml",
            &format!("<t:MessageXml xmlns:t=\"{TYPES}\""),
            1
        )
    );
    let kind = [(header::CONTENT_TYPE, "text/xml; charset=utf-8")];
    (StatusCode::INTERNAL_SERVER_ERROR, kind, text).into_response()
}

/// What a code says to people.
fn words(code: &str) -> &'static str {
    match code {
        "ErrorServerBusy" => "The server cannot service this request right now. Try again later.",
        "ErrorItemNotFound" => "The specified object was not found in the store.",
        "ErrorFolderNotFound" => "The specified folder could not be found in the store.",
        "ErrorNonExistentMailbox" => "The SMTP address has no mailbox associated with it.",
        "ErrorImpersonateUserDenied" => {
            "The account does not have permission to impersonate the requested user."
        }
        "ErrorInvalidSyncStateData" => "The SyncState data is invalid.",
        "ErrorInvalidExchangeImpersonationHeaderData" => {
            "ExchangeImpersonation SOAP header must be present for this type of OAuth token."
        }
        "ErrorAccessDenied" => "Access is denied. Check credentials and try again.",
        _ => "The request failed.",
    }
}

struct Pieces {
    waiting: std::vec::IntoIter<Piece>,
    current: Option<Piece>,
    at: usize,
}

impl http_body::Body for Pieces {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        loop {
            if self.current.is_none() {
                let Some(next) = self.waiting.next() else {
                    return Poll::Ready(None);
                };
                self.current = Some(next);
                self.at = 0;
            }
            let at = self.at;
            let content = match &self.current {
                Some(Piece::Text(text)) => {
                    let bytes = bytes::Bytes::copy_from_slice(text.as_bytes());
                    self.current = None;
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Piece::Mime(mail)) => mail.mime.get(at..),
                Some(Piece::Attachment(mail, number)) => {
                    let attachment = mail.attachments.get(*number);
                    attachment.and_then(|it| it.content.get(at..))
                }
                None => None,
            };
            let part = content.unwrap_or_default();
            let part = part.get(..AT_ONCE.min(part.len())).unwrap_or_default();
            if part.is_empty() {
                self.current = None;
                continue;
            }
            let encoded = BASE64.encode(part);
            self.at += part.len();
            return Poll::Ready(Some(Ok(Frame::data(bytes::Bytes::from(encoded)))));
        }
    }
}
