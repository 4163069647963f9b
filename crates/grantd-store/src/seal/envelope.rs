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

    let id = wrapping.id.as_bytes();
    let id_len = u8::try_from(id.len()).map_err(|_| SealError::NotSealed)?;
    let mut out = vec![FORMAT, AES_256_GCM_SIV_ID, id_len];
    out.extend_from_slice(id);
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

/// Opens with the key that the value names.
pub(super) fn open(
    keyring: &Keyring,
    associated: &[u8],
    sealed: &Sealed,
) -> Result<Secret<Vec<u8>>, SealError> {
    let bytes = sealed.as_bytes();
    let (&[format, algorithm, id_len], rest) =
        bytes.split_first_chunk::<3>().ok_or(SealError::Malformed)?;
    if format != FORMAT || algorithm != AES_256_GCM_SIV_ID || rest.len() < usize::from(id_len) {
        return Err(SealError::Malformed);
    }
    let (id, rest) = rest.split_at(usize::from(id_len));
    let id = std::str::from_utf8(id).map_err(|_| SealError::Malformed)?;
    let wrapping = keyring
        .find(id)
        .ok_or_else(|| SealError::KeyMissing { id: id.to_owned() })?;
    let wrapped_len = NONCE_LEN + KEY_LEN + TAG_LEN;
    if rest.len() < wrapped_len {
        return Err(SealError::Malformed);
    }
    let (wrapped, rest) = rest.split_at(wrapped_len);
    let data_key = decrypt(wrapping.key.expose(), &wrap_data(id), wrapped)?;
    let data_key =
        <&[u8; KEY_LEN]>::try_from(data_key.expose().as_slice()).map_err(|_| SealError::Refused)?;
    decrypt(data_key, associated, rest)
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
