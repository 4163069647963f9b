//! What a server says, as it is told to people.

use grantd_oauth::redact;

use super::mailbox::cut;
use super::soap::{CodeFault, Reply};
use super::tokens::MailToken;

/// The most of what a server says that is told, in bytes.
const MOST_SAID: usize = 500;

/// What a server says, as it is told: without the token that it may repeat, on one line, not too long.
pub(super) fn clean(said: &str, token: &MailToken) -> String {
    one_line(&redact(said, &[&token.held.access_token.value]))
}

fn one_line(said: &str) -> String {
    let mut said: String = said
        .chars()
        .map(|c| {
            if c.is_control() || is_turning(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    if cut(&mut said, MOST_SAID) {
        said.push('…');
    }
    said
}

/// Characters that turn the direction of what follows, so that it looks like something else.
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An answer with what the server says of faults in it as it is told.
pub(super) fn told(mut reply: Reply, token: &MailToken) -> Reply {
    let tell = |fault: &mut CodeFault| {
        fault.code = clean(&fault.code, token);
        fault.text = clean(&fault.text, token);
        for text in [&mut fault.inner, &mut fault.violation]
            .into_iter()
            .flatten()
        {
            *text = clean(text, token);
        }
    };
    match &mut reply.result {
        Err(fault) => tell(fault),
        Ok(messages) => {
            let results = messages.iter_mut().map(|it| &mut it.result);
            results.filter_map(|it| it.as_mut().err()).for_each(tell);
        }
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_one_short_line() {
        let said = one_line(&format!("a\r\nb\u{202e}c{}", "x".repeat(2000)));
        assert!(
            said.starts_with("a  b cxx") && said.ends_with('…'),
            "{said}"
        );
        assert!(said.len() <= MOST_SAID + 3);
    }
}
