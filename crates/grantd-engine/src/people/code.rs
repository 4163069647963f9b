//! Texts that only their holder knows: what a browser shows, links, recovery codes. They are random,
//! so a digest is kept and no slow hash is needed.

use aws_lc_rs::digest::{SHA256, digest};
use grantd_model::{Randomness, Secret, base32};
use zeroize::Zeroize;

/// A new text of 256 random bits.
pub(crate) fn new(prefix: &str, random: &dyn Randomness) -> Secret<String> {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    let text = Secret::new(format!("{prefix}{}", base32::encode(&bytes)));
    bytes.zeroize();
    text
}

/// A new recovery code: 60 random bits in groups that are easy to type.
pub(crate) fn recovery(random: &dyn Randomness) -> Secret<String> {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    let text = Secret::new(base32::encode(&bytes));
    bytes.zeroize();
    let group = |from: usize| text.expose().get(from..from + 4).unwrap_or_default();
    Secret::new(format!("{}-{}-{}", group(0), group(4), group(8)))
}

/// What is kept of a text.
pub(crate) fn digest_of(text: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    out
}

/// A recovery code as people type it: in any case, with or without its dashes.
pub(crate) fn normalised(typed: &str) -> Secret<String> {
    let plain: Secret<String> = Secret::new(
        typed
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect(),
    );
    let group = |from: usize| plain.expose().get(from..from + 4).unwrap_or_default();
    if plain.expose().len() != 12 {
        return Secret::new(String::new());
    }
    Secret::new(format!("{}-{}-{}", group(0), group(4), group(8)))
}

#[cfg(test)]
mod tests {
    use grantd_testkit::TestRandom;

    use super::*;

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let code = recovery(&TestRandom::default());
        let shown = code.expose();
        assert_eq!(shown.len(), 14, "{shown}");
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " ")] {
            assert_eq!(normalised(&typed).expose(), shown, "{typed}");
        }
        for wrong in ["", "1234", &shown[1..], "ü"] {
            assert_eq!(normalised(wrong).expose(), "", "{wrong}");
        }
    }
}
