//! Hashes of passwords as texts, in the string format of the Password Hashing Competition:
//! `$argon2id$v=19$m=…,t=…,p=…$SALT$HASH`, salt and hash in base64 without padding.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE64_NOPAD;

/// The bytes of a hash.
const LENGTH: usize = 32;

/// What comes before the parameters.
const HEAD: &str = "$argon2id$v=19$";

/// Makes the text.
pub(super) fn hash(password: &[u8], salt: &[u8; 16], params: Params) -> Option<String> {
    let (memory, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    let hashed = hashed(password, salt, params)?;
    let (salt, hashed) = (BASE64_NOPAD.encode(salt), BASE64_NOPAD.encode(&hashed));
    Some(format!(
        "{HEAD}m={memory},t={passes},p={lanes}${salt}${hashed}"
    ))
}

/// Whether the password has this hash, with the parameters that stand in it.
pub(super) fn matches(password: &[u8], text: &str) -> bool {
    let compared = || {
        let (params, salt, kept) = parse(text)?;
        let hashed = hashed(password, &salt, params)?;
        verify_slices_are_equal(&hashed, &kept).ok()
    };
    compared().is_some()
}

fn hashed(password: &[u8], salt: &[u8], params: Params) -> Option<[u8; LENGTH]> {
    let mut out = [0; LENGTH];
    let mut memory = vec![Block::default(); params.block_count()];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut out, &mut memory)
        .ok()?;
    Some(out)
}

fn parse(text: &str) -> Option<(Params, Vec<u8>, Vec<u8>)> {
    let mut parts = text.strip_prefix(HEAD)?.split('$');
    let (params, salt, kept) = (parts.next()?, parts.next()?, parts.next()?);
    let mut numbers = params.split(',');
    let mut number = |name: &str| -> Option<u32> {
        let value = numbers.next()?.strip_prefix(name)?.strip_prefix('=')?;
        value.parse().ok()
    };
    let (memory, passes, lanes) = (number("m")?, number("t")?, number("p")?);
    let kept = BASE64_NOPAD.decode(kept.as_bytes()).ok()?;
    if parts.next().is_some() || kept.len() != LENGTH {
        return None;
    }
    let params = Params::new(memory, passes, lanes, Some(LENGTH)).ok()?;
    let salt = BASE64_NOPAD.decode(salt.as_bytes()).ok()?;
    Some((params, salt, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the tests of the reference implementation.
    const REFERENCE: &str =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    #[test]
    fn a_hash_of_the_reference_implementation_matches() {
        assert!(matches(b"password", REFERENCE));
        assert!(!matches(b"Password", REFERENCE));
    }

    #[test]
    fn what_is_no_hash_matches_nothing() {
        for text in [
            "",
            "$argon2id$v=19$",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc$",
            "$argon2id$v=19$t=2,m=65536,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=0,t=0,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=65536,t=2,p=1$%%$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ] {
            assert!(!matches(b"password", text), "{text}");
        }
    }
}
