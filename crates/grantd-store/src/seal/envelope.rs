//! The byte format of sealed values.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use grantd_model::{Randomness, Sealed, Secret};

use zeroize::Zeroize;

use super::SealError;
use super::keyring::{KeyEncryptionKey, Keyring};

const FORMAT: u8 = 1;
const AES_256_GCM_SIV_ID: u8 = 1;
const KEY_LEN: usize = 32;
const TAG_LEN: usize = 16;

/// Seals under a new data key.
pub(super) fn seal(
    wrapping: &KeyEncryptionKey,
    associated: &[u8],
    clear: &[u8],
    random: &dyn Randomness,
) -> Result<Sealed, SealError> {
    let mut fresh = [0; KEY_LEN];
    random.fill(&mut fresh);
    let data_key = Secret::new(fresh);
    fresh.zeroize();

    let mut out = begin(&wrapping.id)?;
    encrypt(
        wrapping.key.expose(),
        &wrap_data(&wrapping.id),
        data_key.expose(),
        random,
        &mut out,
    )?;
    encrypt(data_key.expose(), associated, clear, random, &mut out)?;
    Ok(Sealed::from_bytes(out))
}

/// A sealed value taken apart.
struct Parts<'a> {
    key_id: &'a str,
    wrapped: &'a [u8],
    rest: &'a [u8],
}

fn parts(bytes: &[u8]) -> Result<Parts<'_>, SealError> {
    let (&[format, algorithm, id_len], rest) =
        bytes.split_first_chunk::<3>().ok_or(SealError::Malformed)?;
    if format != FORMAT || algorithm != AES_256_GCM_SIV_ID || rest.len() < usize::from(id_len) {
        return Err(SealError::Malformed);
    }
    let (id, rest) = rest.split_at(usize::from(id_len));
    let key_id = std::str::from_utf8(id).map_err(|_| SealError::Malformed)?;
    let wrapped_len = NONCE_LEN + KEY_LEN + TAG_LEN;
    if rest.len() < wrapped_len {
        return Err(SealError::Malformed);
    }
    let (wrapped, rest) = rest.split_at(wrapped_len);
    Ok(Parts {
        key_id,
        wrapped,
        rest,
    })
}

/// The id of the key that a value is under.
pub(super) fn key_id(bytes: &[u8]) -> Option<&str> {
    Some(parts(bytes).ok()?.key_id)
}

/// The data key of a value.
fn data_key(keyring: &Keyring, parts: &Parts<'_>) -> Result<Secret<Vec<u8>>, SealError> {
    let id = parts.key_id;
    let wrapping = keyring
        .find(id)
        .ok_or_else(|| SealError::KeyMissing { id: id.to_owned() })?;
    decrypt(wrapping.key.expose(), &wrap_data(id), parts.wrapped)
}

/// Opens with the key that the value names.
pub(super) fn open(
    keyring: &Keyring,
    associated: &[u8],
    sealed: &Sealed,
) -> Result<Secret<Vec<u8>>, SealError> {
    let parts = parts(sealed.as_bytes())?;
    let data_key = data_key(keyring, &parts)?;
    let data_key =
        <&[u8; KEY_LEN]>::try_from(data_key.expose().as_slice()).map_err(|_| SealError::Refused)?;
    decrypt(data_key, associated, parts.rest)
}

/// Wraps the data key anew with the primary key; none where it is so already.
pub(super) fn rewrap(
    keyring: &Keyring,
    sealed: &Sealed,
    random: &dyn Randomness,
) -> Result<Option<Sealed>, SealError> {
    let parts = parts(sealed.as_bytes())?;
    let primary = keyring.primary();
    if parts.key_id == primary.id {
        return Ok(None);
    }
    let data_key = data_key(keyring, &parts)?;
    let mut out = begin(&primary.id)?;
    let bound_to = wrap_data(&primary.id);
    encrypt(
        primary.key.expose(),
        &bound_to,
        data_key.expose(),
        random,
        &mut out,
    )?;
    out.extend_from_slice(parts.rest);
    Ok(Some(Sealed::from_bytes(out)))
}

/// What every sealed value begins with.
fn begin(key_id: &str) -> Result<Vec<u8>, SealError> {
    let id = key_id.as_bytes();
    let id_len = u8::try_from(id.len()).map_err(|_| SealError::NotSealed)?;
    let mut out = vec![FORMAT, AES_256_GCM_SIV_ID, id_len];
    out.extend_from_slice(id);
    Ok(out)
}

/// What a wrapped data key is bound to.
fn wrap_data(key_id: &str) -> Vec<u8> {
    format!("grantd data key {FORMAT} {key_id}").into_bytes()
}

fn encrypt(
    key: &[u8; KEY_LEN],
    associated: &[u8],
    clear: &[u8],
    random: &dyn Randomness,
    out: &mut Vec<u8>,
) -> Result<(), SealError> {
    let key = UnboundKey::new(&AES_256_GCM_SIV, key).map_err(|_| SealError::NotSealed)?;
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce);
    out.extend_from_slice(&nonce);
    let start = out.len();
    out.reserve_exact(clear.len() + TAG_LEN);
    out.extend_from_slice(clear);
    let tag = LessSafeKey::new(key)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated),
            out.get_mut(start..).unwrap_or_default(),
        )
        .map_err(|_| SealError::NotSealed)?;
    out.extend_from_slice(tag.as_ref());
    Ok(())
}

fn decrypt(
    key: &[u8; KEY_LEN],
    associated: &[u8],
    sealed: &[u8],
) -> Result<Secret<Vec<u8>>, SealError> {
    let (nonce, ciphertext) = sealed
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(SealError::Malformed)?;
    let key = UnboundKey::new(&AES_256_GCM_SIV, key).map_err(|_| SealError::Refused)?;
    let mut bytes = ciphertext.to_vec();
    let length = LessSafeKey::new(key)
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(associated),
            &mut bytes,
        )
        .map_err(|_| SealError::Refused)?
        .len();
    // what is behind the clear text is the tag, no secret
    bytes.truncate(length);
    Ok(Secret::new(bytes))
}
