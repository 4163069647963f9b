//! A tunnel through an HTTP proxy (RFC 9110 section 9.3.6).

use grantd_model::Invalid;
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::error::NetError;
use crate::exchange::USER_AGENT;

/// The largest header of a proxy's answer, in bytes.
const MOST_BYTES: usize = 8 * 1024;

const END: &[u8] = b"\r\n\r\n";

/// Asks for a tunnel to the host; afterwards the stream leads there.
pub(crate) async fn tunnel<T>(stream: &mut T, host: &str, port: u16) -> Result<(), NetError>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    // A host out of a URL has none, but this text is put together by hand.
    if host.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(NetError::InvalidRequest(Invalid::new(
            "invalid_host",
            "a host without control characters is expected",
        )));
    }
    let ask = format!(
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {USER_AGENT}\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await.map_err(closed)?;
    let header = read_header(stream).await?;
    match status(&header)? {
        status if status.is_success() => Ok(()),
        status => Err(NetError::ProxyRefused { status }),
    }
}

/// Reads up to the empty line and not a byte further: what follows belongs to the target.
async fn read_header<T: AsyncRead + Unpin>(stream: &mut T) -> Result<Vec<u8>, NetError> {
    let mut header = Vec::with_capacity(256);
    while !header.ends_with(END) {
        if header.len() >= MOST_BYTES {
            return Err(misbehaved("its header is too large"));
        }
        header.push(stream.read_u8().await.map_err(closed)?);
    }
    Ok(header)
}

/// The status out of `HTTP/1.1 200 Connection established`.
fn status(header: &[u8]) -> Result<StatusCode, NetError> {
    let wrong = || misbehaved("it answered something that is not HTTP/1.1");
    let rest = header
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| header.strip_prefix(b"HTTP/1.0 "))
        .ok_or_else(wrong)?;
    match rest {
        [a, b, c, b' ' | b'\r', ..] => StatusCode::from_bytes(&[*a, *b, *c]).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn closed(fault: std::io::Error) -> NetError {
    misbehaved(match fault.kind() {
        std::io::ErrorKind::UnexpectedEof => "it closed the connection",
        _ => "the connection to it broke",
    })
}

fn misbehaved(fault: &str) -> NetError {
    NetError::ProxyMisbehaved {
        fault: fault.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a proxy may send: anything, and what looks like an answer to begin with.
    fn any_answer() -> impl Strategy<Value = Vec<u8>> {
        let noise = || prop::collection::vec(any::<u8>(), 0..300);
        let begin = prop_oneof![
            Just(String::new()),
            Just("HTTP/1.1 ".to_owned()),
            "HTTP/1\\.[01] [0-9]{3}[ \r][a-z]{0,9}",
        ];
        let filling = prop_oneof![
            3 => Just(0),
            1 => MOST_BYTES - 400..MOST_BYTES + 400,
        ];
        let end = prop::sample::select(vec![&b""[..], b"\r\n", b"\n\n", END]);
        (begin, noise(), filling, end, noise()).prop_map(|(begin, noise, filling, end, rest)| {
            let filling = vec![b'x'; filling];
            [begin.as_bytes(), &noise, &filling, end, &rest].concat()
        })
    }

    /// The result, and how many bytes were read for it.
    fn asked(answer: &[u8]) -> (Result<(), NetError>, usize) {
        let mut left = answer;
        let mut stream = tokio::io::join(&mut left, tokio::io::sink());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let result = runtime.block_on(tunnel(&mut stream, "login.example.com", 443));
        (result, answer.len() - left.len())
    }

    proptest! {
        #[test]
        fn any_answer_is_read_to_its_empty_line_and_no_further(answer in any_answer()) {
            let within = &answer[..answer.len().min(MOST_BYTES)];
            let end = within.windows(END.len()).position(|it| it == END);
            let (result, read) = asked(&answer);
            prop_assert_eq!(read, end.map_or(within.len(), |at| at + END.len()));
            match result {
                Ok(()) => {
                    prop_assert!(end.is_some());
                    prop_assert!(answer.starts_with(b"HTTP/1.") && answer[9] == b'2');
                }
                Err(NetError::ProxyRefused { status }) => {
                    prop_assert!(end.is_some() && !status.is_success());
                    prop_assert_eq!(&answer[9..12], status.as_str().as_bytes());
                }
                Err(fault) => prop_assert!(
                    matches!(fault, NetError::ProxyMisbehaved { .. }),
                    "{}", fault
                ),
            }
        }

        #[test]
        fn any_header_has_a_status_or_none(header in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert!(status(&header).is_err());
            let answer = [b"HTTP/1.1 ", &header[..]].concat();
            if let Ok(status) = status(&answer) {
                prop_assert_eq!(&header[..3], status.as_str().as_bytes());
            }
        }
    }

    #[test]
    fn the_status_is_read_from_the_first_line() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n"), Ok(StatusCode::OK));
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n").unwrap().as_u16(), 407);
        for wrong in [
            &b"SSH-2.0-x\r\n\r\n"[..],
            b"HTTP/1.1 20\r\n\r\n",
            b"HTTP/1.1 2000\r\n\r\n",
            b"HTTP/1.1 099 x\r\n\r\n",
            b"HTTP/2 200\r\n\r\n",
            b"",
        ] {
            assert!(status(wrong).is_err(), "{wrong:?}");
        }
    }
}
