//! JSON bodies, read strictly.

mod media_type;
mod shape;

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use zeroize::Zeroize;

use crate::app::App;
use crate::problem::{Problem, ProblemCode};

/// The largest body, in bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// How long a body may take to come in.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A body as JSON text, not yet given a form.
pub(crate) struct JsonBytes(Vec<u8>);

impl JsonBytes {
    /// Reads the text into a form; a member that the form does not know is refused.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        shape::check(&self.0)?;
        let mut reader = serde_json::Deserializer::from_slice(&self.0);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let pointer = pointer(error.path());
            unreadable(&pointer, error.inner())
        })?;
        reader.end().map_err(|error| unreadable("", &error))?;
        Ok(value)
    }

    /// The text of a document.
    pub(crate) fn from_value(document: &serde_json::Value) -> Self {
        Self(document.to_string().into_bytes())
    }

    /// Refuses what is no JSON object; nothing of it is kept.
    pub(crate) fn check_object(&self) -> Result<(), Problem> {
        self.read::<AnyObject>().map(drop)
    }
}

/// An object with whatever members.
#[derive(Deserialize)]
struct AnyObject {}

impl From<Box<RawValue>> for JsonBytes {
    /// The text of a part of a body.
    fn from(part: Box<RawValue>) -> Self {
        let text: Box<str> = part.into();
        Self(String::from(text).into_bytes())
    }
}

impl Drop for JsonBytes {
    fn drop(&mut self) {
        // bodies hold secrets
        self.0.zeroize();
    }
}

impl FromRequest<App> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        media_type::check(request.headers())
            .map_err(|detail| Problem::of(ProblemCode::UnsupportedMediaType).detail(detail))?;
        read_whole(request, MOST_BYTES).await.map(Self)
    }
}

/// A whole body of at most so many bytes.
pub(crate) async fn read_whole(request: Request, most: usize) -> Result<Vec<u8>, Problem> {
    let reading = Limited::new(request.into_body(), most).collect();
    let unreadable = |detail: &str| Problem::of(ProblemCode::UnreadableRequest).detail(detail);
    match tokio::time::timeout(TIMEOUT, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Problem::of(ProblemCode::BodyTooLarge)
                .detail(format!("a body of at most {most} bytes is expected")))
        }
        Ok(Err(_)) => Err(unreadable("the body ended before it was complete")),
        Err(_) => Err(unreadable(
            "a body that is complete within 30 s is expected",
        )),
    }
}

/// A body in a certain form.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        JsonBytes::from_request(request, app)
            .await?
            .read()
            .map(Self)
    }
}

/// The path of serde as a JSON pointer (RFC 6901).
pub(crate) fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .fold(String::new(), |pointer, segment| match segment {
            Segment::Seq { index } => format!("{pointer}/{index}"),
            Segment::Map { key } => member(&pointer, key),
            Segment::Enum { variant } => format!("{pointer}/{variant}"),
            Segment::Unknown => pointer,
        })
}

/// The pointer to a member of the object at this pointer.
pub(crate) fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn unreadable(pointer: &str, error: &serde_json::Error) -> Problem {
    Problem::unreadable(pointer, &without_value(&error.to_string()))
}

/// serde repeats a value of the wrong type, which could be a secret in the wrong place.
pub(crate) fn without_value(message: &str) -> String {
    for kind in ["integer", "floating point", "boolean"] {
        if let Some((head, rest)) = message.split_once(&format!("invalid type: {kind} `"))
            && let Some((_, tail)) = rest.split_once('`')
        {
            return format!("{head}invalid type: {kind}{tail}");
        }
    }
    let Some(start) = message.find("string \"") else {
        return message.to_owned();
    };
    let head = message.get(..start).unwrap_or_default();
    match message.rfind("\", expected") {
        Some(end) => format!("{head}string{}", message.get(end + 1..).unwrap_or_default()),
        None => format!("{head}string"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_the_wrong_type_is_not_repeated() {
        for (wrong, kind) in [
            ("1234", "integer"),
            ("-1.5", "floating point"),
            ("true", "boolean"),
        ] {
            let error = serde_json::from_str::<String>(wrong).unwrap_err();
            assert_eq!(
                without_value(&error.to_string()),
                format!(
                    "invalid type: {kind}, expected a string at line 1 column {}",
                    wrong.len()
                )
            );
        }
    }

    #[test]
    fn a_text_of_the_wrong_type_is_not_repeated() {
        for wrong in [r#""hunter2""#, r#""a\", expected \"b""#] {
            let error = serde_json::from_str::<u64>(wrong).unwrap_err().to_string();
            assert_eq!(
                without_value(&error),
                format!(
                    "invalid type: string, expected u64 at line 1 column {}",
                    wrong.len()
                )
            );
        }
    }
}
