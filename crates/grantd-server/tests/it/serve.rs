//! The server on its socket: TLS and plain, HTTP/1.1 and HTTP/2, and the end.

mod end;
mod protocols;
mod quick;
mod tls;
