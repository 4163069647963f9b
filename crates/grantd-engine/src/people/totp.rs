//! Time-based codes (RFC 6238) as authenticator apps make them: HMAC-SHA-1, 30 s, six digits.

use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};
use data_encoding::BASE32_NOPAD;
use grantd_model::{Randomness, Secret, Timestamp};
use zeroize::Zeroize;

/// The length of a time step in seconds.
const STEP_S: i64 = 30;

/// The time step of a moment.
pub(crate) fn step_of(now: Timestamp) -> u64 {
    u64::try_from(now.as_seconds().div_euclid(STEP_S)).unwrap_or(0)
}

/// A new shared secret of 160 bits in base32, as RFC 4226 section 4 asks.
pub(crate) fn new_secret(random: &dyn Randomness) -> Secret<String> {
    let mut bytes = [0; 20];
    random.fill(&mut bytes);
    let text = Secret::new(BASE32_NOPAD.encode(&bytes));
    bytes.zeroize();
    text
}

/// The address that an authenticator app reads from a picture (key URI format).
pub(crate) fn uri(secret: &Secret<String>, user: &str, issuer: &str) -> Secret<String> {
    let encoded = |text: &str| -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    Secret::new(format!(
        "otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_S}",
        encoded(user),
        secret.expose(),
        issuer = encoded(issuer)
    ))
}

/// The step whose code this is: the present one or one beside it, and later than the last one that
/// was taken.
pub(crate) fn matching_step(
    secret: &Secret<String>,
    typed: &str,
    now: Timestamp,
    last: u64,
) -> Option<u64> {
    let key = BASE32_NOPAD.decode(secret.expose().as_bytes()).ok()?;
    let key = Secret::new(key);
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let present = step_of(now);
    let steps = present.saturating_sub(1)..=present.saturating_add(1);
    steps.into_iter().filter(|step| *step > last).find(|step| {
        let code = code(key.expose(), *step);
        let same = aws_lc_rs::constant_time::verify_slices_are_equal;
        same(code.as_bytes(), digits.as_bytes()).is_ok()
    })
}

/// The six digits of a step (RFC 4226 section 5.3).
fn code(key: &[u8], step: u64) -> String {
    let key = hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 0xf);
    let mut word = [0; 4];
    if let Some(part) = bytes.get(offset..offset + 4) {
        word.copy_from_slice(part);
    }
    let number = u32::from_be_bytes(word) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let key = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_of(Timestamp::from_seconds(seconds));
            assert_eq!(code(key, step), expected, "{seconds}");
        }
    }

    #[test]
    fn a_code_counts_once_and_around_its_time() {
        let secret = Secret::new(BASE32_NOPAD.encode(b"12345678901234567890"));
        let at = Timestamp::from_seconds;
        let step = step_of(at(1_111_111_111));
        for (seconds, last, found) in [
            (1_111_111_111, 0, Some(step)),
            (1_111_111_111 + 30, 0, Some(step)),
            (1_111_111_111 - 30, 0, Some(step)),
            (1_111_111_111 + 60, 0, None),
            (1_111_111_111 - 61, 0, None),
            (1_111_111_111, step, None),
            (1_111_111_111, step - 1, Some(step)),
        ] {
            let matching = matching_step(&secret, "050 471", at(seconds), last);
            assert_eq!(matching, found, "{seconds} {last}");
        }
        assert_eq!(matching_step(&secret, "", at(59), 0), None);
    }
}
