//! The options of curl that are passed on: such as neither show the token nor lead it elsewhere.
//!
//! Only those that stand here are, by their whole names: what curl learns next is nobody's guess, and
//! it takes abbreviations. So that it is clear what is a value and what an option, each is written out.

/// What stands behind an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing.
    Nothing,
    /// One value that becomes a part of a line, or names a file.
    Line,
    /// A header.
    Header,
    /// One value that is sent as content, and may have several lines.
    Content,
}

use Takes::{Content, Header, Line, Nothing};

/// An option of curl.
#[derive(Debug)]
pub(super) struct CurlOption {
    /// Its letter, if it has one.
    pub(super) short: Option<char>,
    /// Its name.
    pub(super) long: &'static str,
    /// What stands behind it.
    pub(super) takes: Takes,
}

const fn with(short: char, long: &'static str, takes: Takes) -> CurlOption {
    CurlOption {
        short: Some(short),
        long,
        takes,
    }
}

const fn plain(long: &'static str, takes: Takes) -> CurlOption {
    CurlOption {
        short: None,
        long,
        takes,
    }
}

/// All of them.
///
/// A proxy is among them: https is tunnelled, so it reads nothing, and http is kept from it.
pub(super) const ALL: &[CurlOption] = &[
    // the request
    with('X', "request", Line),
    with('H', "header", Header),
    with('I', "head", Nothing),
    with('G', "get", Nothing),
    with('d', "data", Content),
    plain("data-ascii", Content),
    plain("data-binary", Content),
    plain("data-raw", Content),
    plain("data-urlencode", Content),
    plain("url-query", Line),
    plain("json", Content),
    with('F', "form", Content),
    plain("form-string", Content),
    plain("form-escape", Nothing),
    with('T', "upload-file", Line),
    with('A', "user-agent", Line),
    with('e', "referer", Line),
    with('b', "cookie", Line),
    with('c', "cookie-jar", Line),
    with('j', "junk-session-cookies", Nothing),
    with('r', "range", Line),
    with('C', "continue-at", Line),
    with('z', "time-cond", Line),
    plain("etag-compare", Line),
    plain("etag-save", Line),
    plain("compressed", Nothing),
    plain("tr-encoding", Nothing),
    plain("expect100-timeout", Line),
    // redirects
    with('L', "location", Nothing),
    plain("max-redirs", Line),
    plain("post301", Nothing),
    plain("post302", Nothing),
    plain("post303", Nothing),
    // the answer
    with('o', "output", Line),
    with('O', "remote-name", Nothing),
    plain("remote-name-all", Nothing),
    with('J', "remote-header-name", Nothing),
    with('R', "remote-time", Nothing),
    plain("output-dir", Line),
    plain("create-dirs", Nothing),
    plain("create-file-mode", Line),
    plain("no-clobber", Nothing),
    plain("remove-on-error", Nothing),
    with('i', "include", Nothing),
    with('D', "dump-header", Line),
    with('w', "write-out", Content),
    with('f', "fail", Nothing),
    plain("fail-with-body", Nothing),
    plain("fail-early", Nothing),
    plain("raw", Nothing),
    plain("ignore-content-length", Nothing),
    plain("max-filesize", Line),
    // what people see
    with('s', "silent", Nothing),
    with('S', "show-error", Nothing),
    with('#', "progress-bar", Nothing),
    plain("no-progress-meter", Nothing),
    with('N', "no-buffer", Nothing),
    plain("stderr", Line),
    // time
    with('m', "max-time", Line),
    plain("connect-timeout", Line),
    plain("happy-eyeballs-timeout-ms", Line),
    plain("retry", Line),
    plain("retry-all-errors", Nothing),
    plain("retry-connrefused", Nothing),
    plain("retry-delay", Line),
    plain("retry-max-time", Line),
    plain("limit-rate", Line),
    plain("rate", Line),
    with('Y', "speed-limit", Line),
    with('y', "speed-time", Line),
    with('Z', "parallel", Nothing),
    plain("parallel-immediate", Nothing),
    plain("parallel-max", Line),
    // the connection
    with('4', "ipv4", Nothing),
    with('6', "ipv6", Nothing),
    plain("interface", Line),
    plain("local-port", Line),
    plain("keepalive-time", Line),
    plain("no-keepalive", Nothing),
    plain("tcp-nodelay", Nothing),
    with('0', "http1.0", Nothing),
    plain("http1.1", Nothing),
    plain("http2", Nothing),
    plain("http3", Nothing),
    plain("no-alpn", Nothing),
    plain("no-sessionid", Nothing),
    // TLS
    plain("tlsv1.2", Nothing),
    plain("tlsv1.3", Nothing),
    plain("cacert", Line),
    plain("capath", Line),
    plain("crlfile", Line),
    plain("pinnedpubkey", Line),
    with('E', "cert", Line),
    plain("cert-type", Line),
    plain("key", Line),
    plain("key-type", Line),
    // proxies
    with('x', "proxy", Line),
    with('U', "proxy-user", Line),
    plain("proxy-header", Line),
    plain("proxy-cacert", Line),
    plain("noproxy", Line),
    with('p', "proxytunnel", Nothing),
    plain("socks4", Line),
    plain("socks4a", Line),
    plain("socks5", Line),
    plain("socks5-hostname", Line),
];
