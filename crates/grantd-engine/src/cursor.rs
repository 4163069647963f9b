//! Cursors: a position in a list as opaque text, tied to filter and order.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use grantd_model::Invalid;
use grantd_store::{Page, PageRequest, Position, SortValue};
use serde::{Deserialize, Serialize};

use crate::EngineError;

/// The most rows of a page.
const MOST: u32 = 200;

/// A page of a list for the outside.
#[derive(Debug)]
pub struct Listing<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    pub next_cursor: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    /// Digest of filter and order.
    q: String,
    /// Text of the sort value.
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<String>,
    /// Microseconds of the sort value.
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<i64>,
    /// Id.
    i: String,
}

/// Reads limit and cursor of a request for a list that `query` describes.
pub(crate) fn page(
    limit: u32,
    cursor: Option<&str>,
    query: &str,
) -> Result<PageRequest, EngineError> {
    if limit == 0 || limit > MOST {
        let fault = Invalid::new(
            "out_of_range",
            format!("a number from 1 to {MOST} is expected"),
        );
        return Err(EngineError::field(fault.at("/limit")));
    }
    let after = cursor.map(|cursor| read(cursor, query)).transpose()?;
    Ok(PageRequest { limit, after })
}

/// Turns a page of the store into one for the outside.
pub(crate) fn listing<T>(page: Page<T>, query: &str) -> Listing<T> {
    Listing {
        items: page.items,
        next_cursor: page.next.map(|position| write(position, query)),
    }
}

fn read(text: &str, query: &str) -> Result<Position, EngineError> {
    let wrong =
        |detail: &str| EngineError::field(Invalid::new("invalid_cursor", detail).at("/cursor"));
    let cursor: Cursor = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| wrong("a `next_cursor` of an earlier page is expected"))?;
    if cursor.q != fingerprint(query) {
        return Err(wrong(
            "the cursor belongs to a list with another filter or order; begin anew without it",
        ));
    }
    let value = match (cursor.t, cursor.m) {
        (Some(text), None) => SortValue::Text(text),
        (None, Some(micros)) => SortValue::Micros(micros),
        _ => return Err(wrong("a `next_cursor` of an earlier page is expected")),
    };
    Ok(Position {
        value,
        id: cursor.i,
    })
}

fn write(position: Position, query: &str) -> String {
    let (t, m) = match position.value {
        SortValue::Text(text) => (Some(text), None),
        SortValue::Micros(micros) => (None, Some(micros)),
    };
    let cursor = Cursor {
        q: fingerprint(query),
        t,
        m,
        i: position.id,
    };
    BASE64URL_NOPAD.encode(&serde_json::to_vec(&cursor).unwrap_or_default())
}

fn fingerprint(query: &str) -> String {
    let digest = digest(&SHA256, query.as_bytes());
    BASE64URL_NOPAD.encode(digest.as_ref().get(..9).unwrap_or_default())
}
